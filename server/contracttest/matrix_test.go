package contracttest

import (
	"maps"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"itmanagerjobs/server/servertest"
)

// request is what is sent to an operation: a query and a body, in which {jobs} stands for the number of a job.
type request struct{ query, body string }

// requests are what is sent to operations; nil stands for nothing but the path. Every operation stands here.
var requests = map[string]*request{
	"getMe": nil, "listAudit": nil, "listMyRequests": nil, "listMyDeprecations": nil,
	"listJobs": nil, "createJob": {body: `{"title":"Head of IT"}`}, "createJobsBatch": {body: `{"jobs":[{"title":"Head of IT"}]}`},
	"getJob": nil, "updateJob": {body: `{"city":"York"}`}, "patchJob": {body: `{"city":"York"}`}, "deleteJob": nil,
	"getJobByReference": nil, "upsertJobByReference": {body: `{"title":"Head of IT"}`}, "deleteJobByReference": nil,
	"previewJob": {body: `{}`}, "publishJob": {body: `{}`}, "closeJob": nil,
	"listJobApplications": nil, "getApplicantRegions": nil, "setApplicantRegions": {body: `{"countries":["GB"]}`},
	"listApplications": {query: "jobId={jobs}"}, "getApplication": nil, "downloadApplicationCv": nil, "moveApplication": {body: `{"status":"Screened"}`},
	"listCandidates": {query: "jobId={jobs}"}, "searchCandidates": nil, "getCandidate": nil, "downloadCandidateCv": nil, "unlockCandidate": nil,
	"exportCandidate": nil, "moveCandidate": {body: `{"status":"Screened"}`}, "eraseCandidate": nil,
	"listMatches":    {query: "jobId={jobs}&candidateId={candidates}"},
	"listInterviews": {query: "jobId={jobs}&candidateId={candidates}"}, "getInterview": nil, "patchInterview": {body: `{"notes":"Be kind."}`},
	"createInterview": {body: `{"candidateId":{candidates},"jobId":{jobs},"startsAt":"2026-04-10T13:00:00Z"}`},
	"listAiCalls":     {query: "candidateId={candidates}"}, "getAiCall": nil, "patchAiCall": {body: `{"outcome":"Interested"}`},
	"createAiCall": {body: `{"candidateId":{candidates},"jobId":{jobs},"purpose":"Screening","provider":"vapi"}`},
	"listWebhooks": nil, "createWebhook": {body: `{"url":"https://ats.example/hook","events":["job.expired"]}`}, "getWebhook": nil,
	"updateWebhook": {body: `{"events":["job.deleted"]}`}, "patchWebhook": {body: `{"events":["job.deleted"]}`}, "deleteWebhook": nil, "testWebhook": nil,
	"disableWebhook": nil, "enableWebhook": {body: `{}`}, "nextWebhookSecret": nil, "activateWebhookSecret": nil, "listWebhookDeliveries": nil,
	"listWebhookEndpoints": nil, "createWebhookEndpoint": {body: `{"url":"https://ats.example/hook","events":["job.expired"]}`}, "getWebhookEndpoint": nil,
	"updateWebhookEndpoint": {body: `{"events":["job.deleted"]}`}, "patchWebhookEndpoint": {body: `{"events":["job.deleted"]}`}, "deleteWebhookEndpoint": nil,
	"getDelivery": nil, "resendDelivery": nil,
	"listEvents": nil, "replayEvents": {body: `{"webhookId":{webhooks},"since":"2026-03-01T00:00:00Z"}`},
	"previewEventReplay": {body: `{"webhookId":{webhooks},"since":"2026-03-01T00:00:00Z"}`},
	"listEventReplays":   nil, "getEventReplay": nil, "cancelEventReplay": nil,
	"simulateApplication": {body: `{"jobId":{jobs}}`}, "simulateMove": {body: `{"status":"Screened"}`}, "simulateExpiry": nil, "clearTestData": nil,
	"listInboxes": nil, "createInbox": {body: `{"name":"Mine"}`}, "deleteInbox": nil, "listInboxRequests": nil,
	"certifyWebhook": nil, "getCertification": nil,
	"getProposal": nil,
}

// of is the request of an operation, or a failure when there is none.
func (op operation) of(t testing.TB) (r request, ok bool) {
	t.Helper()
	found, ok := requests[op.OperationID]
	if !ok {
		t.Errorf("%s %s (%s) is not tried: add it to the requests in matrix_test.go", op.method, op.path, op.OperationID)
		return request{}, false
	}
	if found != nil {
		r = *found
	}
	return r, true
}

// call is the request of a party, about the objects of another, or of its own.
func (op operation) call(r request, by, about *party) servertest.Request {
	path := regexp.MustCompile(`\{\w+\}`).ReplaceAllString(op.path, "{"+op.noun()+"}")
	q := servertest.Request{Method: op.method, Path: about.expand(path), Key: by.key}
	if r.query != "" {
		q.Path += "?" + about.expand(r.query)
	}
	if r.body != "" {
		q.Body = about.expand(r.body)
	}
	return q
}

// refers tells whether a request names an object.
func (op operation) refers(r request) bool {
	return op.noun() != "" || strings.Contains(r.query+strings.TrimPrefix(r.body, "{"), "={") || strings.Contains(r.body, ":{") && strings.Contains(r.body, "s}")
}

// nobody has objects that do not exist.
func nobody() *party {
	p := &party{ids: map[string]string{}}
	for _, noun := range []string{"jobs", "applications", "candidates", "interviews", "ai-calls", "webhooks", "deliveries", "replays", "inboxes", "certifications", "proposals"} {
		p.ids[noun] = "987654321"
	}
	p.ids["endpoint"], p.ids["reference"] = "wh_987654321", "NOBODYS"
	return p
}

var requestID = regexp.MustCompile(`"(requestId|request_id)":"[^"]*"`)

// TestWhatIsAnothersIsNotThere: an object of another employer, of the other mode, and one that does not exist are answered with the
// same bytes, whichever operation names them.
func TestWhatIsAnothersIsNotThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	live, test := w.employer("Northwind")
	othersLive, othersTest := w.employer("Southwind")
	for _, p := range []*party{live, test, othersLive, othersTest} {
		w.fill(p)
	}
	none, compared := nobody(), 0
	for _, op := range operations() {
		r, ok := op.of(t)
		// An upsert makes what is not there.
		if !ok || !op.refers(r) || op.OperationID == "upsertJobByReference" {
			continue
		}
		by, others, otherMode := live, othersLive, test
		if op.testMode {
			by, others, otherMode = test, othersTest, live
		}
		want := w.Do(t, op.call(r, by, none))
		if op.noun() != "" && want.Status != http.StatusNotFound {
			t.Errorf("%s of what is not there: %d %s", op.OperationID, want.Status, want.Body)
		}
		for whose, about := range map[string]*party{"another employer's": others, "the other mode's": otherMode} {
			if (op.noun() == "inboxes" || op.noun() == "certifications") && about == otherMode {
				continue // live data has none
			}
			got := w.Do(t, op.call(r, by, about))
			if got.Status != want.Status || !sameBytes(got, want) {
				t.Errorf("%s of %s: %d %s\nof what is not there: %d %s", op.OperationID, whose, got.Status, got.Body, want.Status, want.Body)
			}
			compared++
		}
	}
	if compared < 80 {
		t.Errorf("%d answers were compared", compared)
	}
	missing := maps.Clone(requests)
	for _, op := range operations() {
		delete(missing, op.OperationID)
	}
	for id := range missing {
		t.Errorf("the requests have %s, which no contract has", id)
	}
}

func sameBytes(a, b servertest.Response) bool {
	strip := func(r servertest.Response) string { return string(requestID.ReplaceAll(r.Body, nil)) }
	return strip(a) == strip(b)
}
