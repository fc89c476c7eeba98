// Package contracttest holds the server to its contracts, operation by operation: whatever is sent, the answer is one that the
// contract has, and nobody sees or changes what belongs to another employer or to the other mode. The operations are read from the
// contracts, so that one that is added is tried as well, or fails until it is.
package contracttest

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/pipeline"
)

// operation is one of a contract.
type operation struct {
	*openapi3.Operation

	method, path string
	testMode     bool
}

// operations are those of the contracts that take a key.
func operations() []operation {
	var all []operation
	for _, doc := range servertest.Documents() {
		for _, path := range doc.Paths.InMatchingOrder() {
			for method, op := range doc.Paths.Value(path).Operations() {
				if op.Security != nil && len(*op.Security) > 0 && op.OperationID != "receiveInboundEmail" { // its body is an email
					all = append(all, operation{op, method, path, op.Extensions["x-test-mode-only"] == true})
				}
			}
		}
	}
	return all
}

// noun is what the parameter of a path names, as world.ids has it; "" for a path without one.
func (op operation) noun() string {
	switch before, _, ok := strings.Cut(op.path, "/{"); {
	case !ok:
		return ""
	case strings.Contains(op.path, "{reference}"):
		return "reference"
	case strings.HasPrefix(op.path, "/v1/"):
		return "endpoint"
	default:
		return before[strings.LastIndexByte(before, '/')+1:]
	}
}

// world is a server, and whose objects are there.
type world struct {
	*servertest.API

	t    testing.TB
	made int
}

// party is an employer in one mode, with a key and the numbers of its objects.
type party struct {
	tenant board.Tenant
	key    string
	// proposing only proposes.
	proposing string
	// mark is in everything that the party has written.
	mark string
	ids  map[string]string
}

func newWorld(t testing.TB) *world {
	t.Helper()
	return &world{API: servertest.New(t), t: t}
}

// employer makes an account, with credits and limits that do not get in the way, and its two parties.
func (w *world) employer(name string) (live, test *party) {
	w.t.Helper()
	tenant, _ := w.Employer(w.t, name, 1_000_000, apikey.AllScopes()...)
	if _, err := w.Store.Accounts.GrantCredits(context.Background(), tenant, account.Credits{CVSearch: 1_000_000}); err != nil {
		w.t.Fatal(err)
	}
	for _, family := range append(board.AllLimitFamilies(), "readonly") {
		if err := w.Store.Accounts.SetLimit(context.Background(), tenant.EmployerID, family, 1_000_000); err != nil {
			w.t.Fatal(err)
		}
	}
	of := func(m board.Mode) *party {
		mine := board.Tenant{EmployerID: tenant.EmployerID, Mode: m}
		return &party{
			tenant: mine, mark: strings.ToUpper(name) + strings.ToUpper(string(m)), ids: map[string]string{},
			key:       w.Key(w.t, account.NewKey{Tenant: mine, Name: "key", Scopes: apikey.AllScopes(), Approve: true}),
			proposing: w.Key(w.t, account.NewKey{Tenant: mine, Name: "agent", Scopes: apikey.AllScopes(), ProposeOnly: true, Approve: true}),
		}
	}
	return of(board.ModeLive), of(board.ModeTest)
}

// post makes an object, and returns its number.
func (w *world) post(p *party, path string, body any) string {
	w.t.Helper()
	res := w.Do(w.t, servertest.Request{Method: http.MethodPost, Path: path, Key: p.key, Body: body})
	if res.Status/100 != 2 {
		w.t.Fatalf("POST %s: %d %s", path, res.Status, res.Body)
	}
	var made struct{ ID any }
	res.JSON(w.t, &made)
	if n, ok := made.ID.(float64); ok {
		return strconv.FormatInt(int64(n), 10)
	}
	text, _ := made.ID.(string)
	return text
}

// fill gives a party one object of each kind, new ones with each call.
func (w *world) fill(p *party) {
	w.t.Helper()
	w.made++
	w.makeRoom(p)
	p.ids["reference"] = fmt.Sprintf("%s-%d", p.mark, w.made)
	p.ids["jobs"] = w.post(p, "/api/v1/jobs", map[string]any{
		"title": "Platform Lead " + p.mark, "reference": p.ids["reference"], "description": "<p>Lead the team.</p>", "city": "Leeds", "country": "GB",
		"employmentType": "FullTime", "applyMethod": "DirectApply", "requiredSkills": []string{"Go"},
	})
	if p.proposing != "" {
		w.propose(p)
	}
	w.post(p, "/api/v1/jobs/"+p.ids["jobs"]+"/publish", map[string]any{})
	jobID, _ := strconv.ParseInt(p.ids["jobs"], 10, 64)
	a, err := w.Store.Pipeline.Apply(context.Background(), pipeline.ApplyParams{
		Mode: p.tenant.Mode, JobID: jobID, Source: board.SourceForm,
		Applicant: board.Applicant{FirstName: "Ada", LastName: p.mark, Email: fmt.Sprintf("%s.%d@example.com", strings.ToLower(p.mark), w.made), CoverLetter: p.mark},
		CV:        &board.Upload{Name: "cv.txt", Bytes: []byte("Ada " + p.mark + "\nGo, Kubernetes")},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	p.ids["applications"], p.ids["candidates"] = strconv.FormatInt(a.ID, 10), strconv.FormatInt(a.CandidateID, 10)
	p.ids["interviews"] = w.post(p, "/api/v1/interviews", map[string]any{"candidateId": a.CandidateID, "jobId": jobID, "startsAt": "2026-04-09T13:00:00Z", "notes": p.mark})
	p.ids["ai-calls"] = w.post(p, "/api/v1/ai-calls", map[string]any{"candidateId": a.CandidateID, "purpose": p.mark, "provider": "vapi"})
	p.ids["webhooks"] = w.post(p, "/api/v1/webhooks", map[string]any{"url": "https://ats.example/" + p.mark, "events": []string{"job.published"}})
	p.ids["endpoint"] = w.endpoint(p)
	p.ids["deliveries"] = w.post(p, "/api/v1/webhooks/"+p.ids["webhooks"]+"/test", nil)
	p.ids["replays"] = w.post(p, "/api/v1/events/replay", map[string]any{"since": "2026-03-01T00:00:00Z", "perSecond": 1})
	if p.tenant.Mode == board.ModeTest {
		w.certify(p)
		p.ids["inboxes"] = w.post(p, "/api/v1/test/inboxes", map[string]any{"name": p.mark})
	}
}

// propose has the job's publication proposed; what was proposed before is refused, so that there is room.
func (w *world) propose(p *party) {
	w.t.Helper()
	if before, _ := strconv.ParseInt(p.ids["proposals"], 10, 64); before > 0 {
		_ = w.Store.RefuseProposal(context.Background(), p.tenant, before, w.admin(p), "Another one follows.") // it may be cleared away
	}
	var made struct{ ID int64 }
	w.Want(w.t, 202, servertest.Request{Method: http.MethodPost, Path: "/api/v1/jobs/" + p.ids["jobs"] + "/publish", Key: p.proposing}).JSON(w.t, &made)
	p.ids["proposals"] = strconv.FormatInt(made.ID, 10)
}

func (w *world) admin(p *party) int64 {
	w.t.Helper()
	users, err := w.Store.Accounts.Users(context.Background(), p.tenant.EmployerID)
	if err != nil || len(users) == 0 {
		w.t.Fatalf("users: %v, %v", users, err)
	}
	return users[0].ID
}

// makeRoom takes away what there can be only so many of.
func (w *world) makeRoom(p *party) {
	w.t.Helper()
	if p.ids["replays"] == "" {
		return
	}
	for list, drop := range map[string]struct{ method, after string }{
		"/api/v1/events/replays": {http.MethodPost, "/cancel"}, "/api/v1/webhooks": {http.MethodDelete, ""}, "/api/v1/test/inboxes": {http.MethodDelete, ""},
	} {
		if strings.Contains(list, "/test/") && p.tenant.Mode == board.ModeLive {
			continue
		}
		var page struct {
			Items []struct {
				ID     int64
				Status string
			}
		}
		w.Want(w.t, 200, servertest.Request{Method: http.MethodGet, Path: list, Key: p.key}).JSON(w.t, &page)
		for _, item := range page.Items {
			if item.Status != "Completed" && item.Status != "Cancelled" {
				w.Do(w.t, servertest.Request{Method: drop.method, Path: fmt.Sprintf("%s/%d%s", list, item.ID, drop.after), Key: p.key})
			}
		}
	}
}

// certify has a receiver checked by nobody: the report is there at once.
func (w *world) certify(p *party) {
	w.t.Helper()
	p.ids["certifications"] = w.post(p, "/api/v1/webhooks/"+p.ids["webhooks"]+"/certify", nil)
	for {
		work, ok, err := w.Store.Outbox.ClaimCertification(context.Background())
		if err == nil && ok {
			err = w.Store.Outbox.FinishCertification(context.Background(), work, []delivery.ReceiverCheck{{Name: delivery.CheckGoodSignature, Passed: true, Status: 204}})
		}
		if err != nil || !ok {
			w.t.Fatalf("certified: %t, %v", ok, err)
		}
		if strconv.FormatInt(work.ID, 10) == p.ids["certifications"] {
			return // those before it were asked for by requests of the test
		}
	}
}

func (w *world) endpoint(p *party) string {
	w.t.Helper()
	res := w.Want(w.t, 201, servertest.Request{Method: http.MethodPost, Path: "/v1/webhooks", Key: p.key, Body: map[string]any{"url": "https://ats.example/" + p.mark, "events": []string{"job.expired"}}})
	found := regexp.MustCompile(`"id":"(wh_\d+)"`).FindSubmatch(res.Body)
	if found == nil {
		w.t.Fatalf("no id in %s", res.Body)
	}
	return string(found[1])
}

// expand puts the numbers of a party's objects into a request: {jobs} stands for its job.
func (p *party) expand(text string) string {
	for noun, id := range p.ids {
		text = strings.ReplaceAll(text, "{"+noun+"}", id)
	}
	return text
}
