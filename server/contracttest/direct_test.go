package contracttest

import (
	"maps"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/storetest/fixture"
)

// usedKey is an Idempotency-Key that belongs to another request.
const usedKey = "used"

// direct brings about, for every operation, what a request by chance would seldom: that it succeeds, and each refusal that operations
// have in common.
func (f *fuzzer) direct(t *testing.T) {
	t.Helper()
	for _, op := range f.operations {
		by := f.live
		if op.testMode {
			by = f.test
		}
		f.fill(by)
		f.Want(t, 201, servertest.Request{Method: http.MethodPost, Path: "/api/v1/jobs", Key: by.key, Header: map[string]string{"Idempotency-Key": usedKey}, Body: `{"title":"Head of another request"}`})
		if prepare := preparations[op.OperationID]; prepare != nil {
			prepare(t, f, by)
		}
		r, ok := op.of(t)
		if !ok {
			continue
		}
		f.refusals(t, op, r, by)
		f.succeed(t, op, r, by)
	}
	f.withoutCredits(t)
	f.proposing(t)
}

// raw is the body of a request.
func raw(q servertest.Request) []byte {
	text, _ := q.Body.(string)
	return []byte(text)
}

// with is a request that has a header in addition.
func with(q servertest.Request, name, value string) servertest.Request {
	q.Header = maps.Clone(q.Header)
	if q.Header == nil {
		q.Header = map[string]string{}
	}
	q.Header[name] = value
	return q
}

// ask is a request by a party about its own objects, which succeeds, or about those of another.
func (op operation) ask(r request, by, about *party) servertest.Request {
	q := op.call(r, by, about)
	if q.Body != nil {
		q = with(q, "Content-Type", "application/json")
	}
	return q
}

func (f *fuzzer) refusals(t *testing.T, op operation, r request, by *party) {
	t.Helper()
	q := op.ask(r, by, by)
	send := func(q servertest.Request) { f.judge(t, op, q, raw(q)) }
	anonymous, elsewhere, unknown := q, q, q
	anonymous.Key, elsewhere.Key = "", f.elsewhere[by.tenant.Mode]
	unknown.Path += "?colour=red"
	if strings.Contains(q.Path, "?") {
		unknown.Path = q.Path + "&colour=red"
	}
	send(anonymous)
	send(elsewhere)
	send(unknown)
	if op.refers(r) && op.OperationID != "upsertJobByReference" { // an upsert makes what is not there
		send(op.ask(r, by, nobody()))
	}
	takes := func(header string) bool { return op.Parameters.GetByInAndName("header", header) != nil }
	if takes("If-Match") {
		send(with(q, "If-Match", `"999"`))
	}
	if takes("Idempotency-Key") {
		send(with(q, "Idempotency-Key", usedKey))
	}
	if op.RequestBody != nil {
		size := 1 << 20
		if limit, ok := op.Extensions["x-max-body-bytes"].(float64); ok {
			size = int(limit)
		}
		f.judge(t, op, q, []byte(`"`+strings.Repeat("x", size)+`"`))
		send(with(q, "Content-Type", "text/plain"))
	}
}

func (f *fuzzer) succeed(t *testing.T, op operation, r request, by *party) {
	t.Helper()
	q := op.ask(r, by, by)
	if op.Responses.Value("206") != nil {
		f.judge(t, op, with(q, "Range", "bytes=0-3"), nil)
		f.judge(t, op, with(q, "Range", "bytes=999999-"), nil)
	}
	res := f.judge(t, op, q, raw(q))
	if tag := res.Header.Get("ETag"); tag != "" && op.method == http.MethodGet {
		f.judge(t, op, with(q, "If-None-Match", tag), nil)
	}
	if op.OperationID == "upsertJobByReference" {
		q.Path = strings.Replace(q.Path, by.ids["reference"], "NEW-"+by.mark, 1)
		f.judge(t, op, q, raw(q))
	}
}

// preparations bring what an operation works on into the state in which it succeeds.
var preparations = map[string]func(t *testing.T, f *fuzzer, p *party){
	"publishJob": func(_ *testing.T, f *fuzzer, p *party) {
		p.ids["jobs"] = f.post(p, "/api/v1/jobs", map[string]any{"title": "Head of IT", "description": "<p>Lead.</p>", "city": "Leeds", "country": "GB", "employmentType": "FullTime", "applyMethod": "DirectApply"})
	},
	"activateWebhookSecret": func(_ *testing.T, f *fuzzer, p *party) {
		f.post(p, "/api/v1/webhooks/"+p.ids["webhooks"]+"/secret/next", nil)
	},
	"enableWebhook": func(_ *testing.T, f *fuzzer, p *party) {
		f.post(p, "/api/v1/webhooks/"+p.ids["webhooks"]+"/disable", nil)
	},
	"resendDelivery": func(t *testing.T, f *fuzzer, _ *party) {
		t.Helper()
		f.Attempt(t, outbox.Attempt{Status: 500, Outcome: delivery.AttemptDead, Error: "500"})
	},
}

// withoutCredits asks for what has to be paid for.
func (f *fuzzer) withoutCredits(t *testing.T) {
	t.Helper()
	tenant, key := f.Employer(t, "Westwind", 0, apikey.AllScopes()...)
	broke := &party{tenant: tenant, key: key, mark: "WESTWIND", ids: map[string]string{}}
	f.Key(t, account.NewKey{Tenant: tenant, Name: "key", Scopes: apikey.AllScopes(), Approve: true})
	preparations["publishJob"](t, f, broke)
	people := fixture.People(t, 5, 1)
	people[0].CVText = "Ten years of keeping the lights on."
	broke.ids["candidates"] = strconv.FormatInt(fixture.ImportAll(t, f.Store, people)[0], 10)
	for _, op := range f.operations {
		if op.Responses.Value("402") == nil {
			continue
		}
		r, _ := op.of(t)
		q := op.ask(r, broke, broke)
		f.judge(t, op, q, raw(q))
	}
}

// proposing asks with a key that only proposes for what spends credits.
func (f *fuzzer) proposing(t *testing.T) {
	t.Helper()
	agent := &party{tenant: f.live.tenant, key: f.live.proposing, mark: f.live.mark, ids: map[string]string{}}
	preparations["publishJob"](t, f, agent)
	agent.ids["candidates"] = strconv.FormatInt(fixture.ImportAll(t, f.Store, fixture.People(t, 6, 1))[0], 10)
	for _, op := range f.operations {
		if op.Responses.Value("202") == nil || op.Responses.Value("402") == nil {
			continue
		}
		r, _ := op.of(t)
		q := op.ask(r, agent, agent)
		f.judge(t, op, q, raw(q))
	}
	f.keys = append(f.keys, f.live.proposing, f.test.proposing)
}
