package contracttest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
)

const (
	// fuzzed is how many requests every run of the tests sends; TestSoakFuzz sends a hundred times as many.
	fuzzed = 10_000
	// refill is how often there are new objects, for requests take them away.
	refill = 1000
)

func TestFuzz(t *testing.T) {
	t.Parallel()
	fuzz(t, 20_261_128, fuzzed)
}

// fuzzer sends requests to every operation in turn.
type fuzzer struct {
	*world
	source

	operations []operation
	// mine are whose objects the requests name; poor has no credits, and keys of it may do less.
	live, test, poor *party
	others           []*party
	// keys are those of the employer that may do less; elsewhere are those of each mode that work in other networks alone.
	keys      []string
	elsewhere map[board.Mode]string
	// tags are entity tags that were answered, by path.
	tags map[string]string
	// reached are the statuses that each operation has answered with.
	reached map[string]map[int]int
}

// fuzz sends n requests. It fails when an answer is a fault of the server or is not one of the contract, and when a status that
// the contract declares was never answered and is not among those that nothing here brings about.
func fuzz(t *testing.T, seed uint64, n int) {
	t.Helper()
	w := newWorld(t)
	f := &fuzzer{world: w, source: newSource(seed), operations: operations(), tags: map[string]string{}, reached: map[string]map[int]int{}}
	f.live, f.test = w.employer("Northwind")
	othersLive, othersTest := w.employer("Southwind")
	f.others = []*party{othersLive, othersTest}
	for _, p := range f.others {
		w.fill(p)
	}
	f.lesserKeys(t)
	f.direct(t)
	f.checkStatuses(t) // what is random would reach them in most runs, and not in all
	for i := range n {
		if i%refill == 0 {
			w.fill(f.live)
			w.fill(f.test)
			w.fill(f.poor)
		}
		f.send(t, f.operations[i%len(f.operations)])
		if t.Failed() {
			t.Fatalf("after %d requests of the seed %d", i+1, seed)
		}
	}
	f.checkStatuses(t)
}

// lesserKeys makes keys that may only read, have one scope, are revoked, or belong to somebody without credits.
func (f *fuzzer) lesserKeys(t *testing.T) {
	t.Helper()
	tenant, _ := f.Employer(t, "Eastwind", 10_000, apikey.AllScopes()...)
	for _, family := range append(board.AllLimitFamilies(), "readonly") {
		if err := f.Store.Accounts.SetLimit(context.Background(), tenant.EmployerID, family, 1_000_000); err != nil {
			t.Fatal(err)
		}
	}
	mint := func(n account.NewKey) string {
		n.Name, n.Approve = "key", true
		return f.Key(t, n)
	}
	f.poor = &party{tenant: tenant, mark: "EASTWIND", ids: map[string]string{}, key: mint(account.NewKey{Tenant: tenant, Scopes: apikey.AllScopes()})}
	f.keys = []string{"", "pk_live_nonsense", mint(account.NewKey{Tenant: f.live.tenant, Scopes: apikey.AllScopes(), ReadOnly: true}), mint(account.NewKey{Tenant: f.test.tenant, Scopes: apikey.AllScopes(), ReadOnly: true})}
	f.elsewhere = map[board.Mode]string{}
	for _, m := range board.AllModes() {
		f.elsewhere[m] = mint(account.NewKey{Tenant: board.Tenant{EmployerID: f.live.tenant.EmployerID, Mode: m}, Scopes: apikey.AllScopes(), Allowed: []string{"198.51.100.0/24"}})
	}
	for _, scope := range apikey.AllScopes() {
		f.keys = append(f.keys, mint(account.NewKey{Tenant: f.live.tenant, Scopes: []apikey.Scope{scope}}), mint(account.NewKey{Tenant: f.test.tenant, Scopes: []apikey.Scope{scope}}))
	}
}

// send makes up one request, sends it and judges the answer.
func (f *fuzzer) send(t *testing.T, op operation) {
	t.Helper()
	q, raw := f.request(op)
	f.judge(t, op, q, raw)
}

// judge sends a request and judges the answer.
func (f *fuzzer) judge(t *testing.T, op operation, q servertest.Request, raw []byte) (res servertest.Response) {
	t.Helper()
	r := httptest.NewRequest(q.Method, "/", bytes.NewReader(raw))
	u, err := url.Parse(q.Path)
	if err != nil {
		t.Fatalf("%s: %v", q.Path, err)
	}
	r.URL, r.RequestURI = u, q.Path
	for name, value := range q.Header {
		r.Header.Set(name, value)
	}
	if q.Key != "" {
		r.Header.Set("Authorization", "Bearer "+q.Key)
	}
	recorder := httptest.NewRecorder()
	f.Handler.ServeHTTP(recorder, r)
	res = servertest.Response{Status: recorder.Code, Header: recorder.Header(), Body: recorder.Body.Bytes()}
	if servertest.Operation(q.Method, q.Path) != op.OperationID {
		return res // what the path has become is another's
	}
	servertest.CheckAnswer(t, q, raw, res)
	if res.Status >= 500 {
		t.Errorf("%s %s\n%v\n%.2000s\nanswered %d %s\n%s", q.Method, q.Path, q.Header, raw, res.Status, res.Body, f.lastFault())
	}
	if res.Status >= 400 && res.Status != http.StatusUnauthorized {
		checkEnvelope(t, op, res)
	}
	if tag := res.Header.Get("ETag"); tag != "" {
		f.tags[u.Path] = tag
	}
	if f.reached[op.OperationID] == nil {
		f.reached[op.OperationID] = map[int]int{}
	}
	f.reached[op.OperationID][res.Status]++
	return res
}

// lastFault is what the log says of the last error.
func (f *fuzzer) lastFault() string {
	lines := strings.Split(strings.TrimSpace(f.Log.String()), "\n")
	for _, line := range slices.Backward(lines) {
		if strings.Contains(line, `"error"`) {
			return line
		}
	}
	return ""
}

func checkEnvelope(t *testing.T, op operation, res servertest.Response) {
	t.Helper()
	var e struct{ Code, Message, RequestID string }
	if err := json.Unmarshal(res.Body, &e); err != nil || e.Code == "" || e.Message == "" || e.RequestID == "" {
		t.Errorf("%s answered %d without the envelope: %s", op.OperationID, res.Status, res.Body)
	}
}

// request makes up a request: mostly a good one with something wrong in it.
func (f *fuzzer) request(op operation) (servertest.Request, []byte) {
	by := f.live
	if op.testMode || f.percent(20) {
		by = f.test
	}
	if f.percent(4) && !op.testMode {
		by = f.poor
	}
	q := servertest.Request{Method: op.method, Key: by.key, Header: map[string]string{}}
	switch {
	case op.testMode && f.percent(2):
		q.Key = f.live.key
	case f.percent(3):
		q.Key = pick(f.source, f.keys)
	}
	q.Path = f.path(op, by)
	if query := f.query(op, by); query != "" {
		q.Path += "?" + query
	}
	f.headers(op, q)
	return q, f.body(op, by, q)
}

// path names an object of one's own, of somebody else, one that is not there, or nonsense.
func (f *fuzzer) path(op operation, by *party) string {
	noun := op.noun()
	if noun == "" {
		return op.path
	}
	id := by.ids[noun]
	switch n := f.IntN(20); {
	case n < 2:
		id = pick(f.source, f.others).ids[noun]
	case n == 2:
		id = "987654321"
	case n == 3:
		id = pick(f.source, hostileNumbers)
	case n == 4:
		id = pick(f.source, hostileTexts)
	}
	if id == "" || strings.ContainsAny(id, "/.") {
		id = "0"
	}
	before, after, _ := strings.Cut(op.path, "{")
	_, after, _ = strings.Cut(after, "}")
	return before + url.PathEscape(id) + after
}

// query has some of the parameters, each with a value that fits or one that is hostile, and now and then an unknown one.
func (f *fuzzer) query(op operation, by *party) string {
	values := url.Values{}
	for _, p := range op.Parameters {
		if p.Value.In != "query" || !p.Value.Required && f.percent(75) {
			continue
		}
		text := f.value(p.Value.Schema, 0)
		var list []any
		var plain string
		switch {
		case json.Unmarshal([]byte(text), &plain) == nil:
			text = plain
		case json.Unmarshal([]byte(text), &list) == nil:
			parts := make([]string, len(list))
			for i, v := range list {
				parts[i] = fmt.Sprint(v)
			}
			text = strings.Join(parts, ",")
		}
		switch noun := map[string]string{"jobId": "jobs", "candidateId": "candidates"}[p.Value.Name]; {
		case noun != "" && f.percent(60):
			text = by.ids[noun]
		case f.percent(10):
			text = pick(f.source, hostileTexts)
		}
		values.Add(p.Value.Name, text)
	}
	if f.percent(2) {
		values.Add("colour", "red")
	}
	if f.percent(1) {
		return values.Encode() + "&q=%zz"
	}
	return values.Encode()
}

func (f *fuzzer) headers(op operation, q servertest.Request) {
	at, _, _ := strings.Cut(q.Path, "?")
	for _, p := range op.Parameters {
		if p.Value.In != "header" || f.percent(70) {
			continue
		}
		var value string
		switch p.Value.Name {
		case "If-Match", "If-None-Match":
			value = pick(f.source, []string{f.tags[at], f.tags[at], `"999"`, "*", `W/"1"`, "7", `"a", "b"`, `"`, "\x7f"})
		case "Idempotency-Key":
			value = pick(f.source, []string{strconv.Itoa(f.IntN(1 << 30)), "again-" + op.OperationID, "again-" + op.OperationID, strings.Repeat("k", 300), "ä"})
		case "Range":
			value = pick(f.source, []string{"bytes=0-3", "bytes=-5", "bytes=99999999-", "bytes=5-1", "lines=1-2", "bytes=0-1,3-4"})
		default:
			value = pick(f.source, hostileTexts)
		}
		if value != "" && !strings.ContainsAny(value, "\r\n\x00") {
			q.Header[p.Value.Name] = value
		}
	}
}

// body is one that the contract has as an example, one that fits the schema, or one that is broken.
func (f *fuzzer) body(op operation, by *party, q servertest.Request) []byte {
	if op.RequestBody == nil {
		if f.percent(2) {
			return []byte("{}")
		}
		return nil
	}
	media := op.RequestBody.Value.Content["application/json"]
	q.Header["Content-Type"] = "application/json"
	if f.percent(2) {
		q.Header["Content-Type"] = pick(f.source, []string{"text/plain", "application/xml", "multipart/form-data", "application/json; charset=latin1", "x"})
	}
	text := f.goodBody(op, by, media)
	switch n := f.IntN(100); {
	case n < 40:
		text = f.value(media.Schema, 0)
	case n < 43:
		text = text[:f.IntN(len(text))]
	case n == 43:
		text += "x"
	case n == 44:
		text = pick(f.source, hostileValues)
	case n == 45:
		text = strings.Repeat("[", 1000)
	case n == 46 && f.percent(30):
		text = `"` + strings.Repeat("x", 11<<20) + `"`
	}
	return []byte(text)
}

// goodBody is what succeeds, mostly: the request of the matrix, or an example of the contract with numbers that are there.
func (f *fuzzer) goodBody(op operation, by *party, media *openapi3.MediaType) string {
	r := requests[op.OperationID]
	if r != nil && r.body != "" && f.percent(60) {
		return by.expand(r.body)
	}
	names := make([]string, 0, len(media.Examples))
	for name := range media.Examples {
		names = append(names, name)
	}
	slices.Sort(names)
	text := encode(media.Examples[pick(f.source, names)].Value.Value)
	return strings.NewReplacer(`"jobId":1234`, `"jobId":`+by.ids["jobs"], `"candidateId":91011`, `"candidateId":`+by.ids["candidates"], `"webhookId":7`, `"webhookId":`+by.ids["webhooks"]).Replace(text)
}
