package snapshots_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store/board"
)

const (
	fullJob = `{"title":"Platform Lead","reference":"PL-001","description":"<p>Lead the team that runs our hosting platform.</p>",` +
		`"city":"London","country":"United Kingdom","employmentType":"FullTime","remoteType":"HybridRemote","seniority":"Lead",` +
		`"applyMethod":"EmailApply","applyEmailAddress":"jobs@example.com","applyUrl":null,"applyPushUrl":null,` +
		`"salary":{"min":85000,"max":105000.5,"currency":"GBP","period":"Year"},` +
		`"requiredSkills":["Kubernetes","Go"],"optionalSkills":["PostgreSQL"]}`
	byReference = "PUT /api/v1/jobs/by-reference/PL-001"
)

// template is a request of an operation that succeeds. What every operation has in common is derived from it.
type template struct {
	operation string
	call      string
	given     []step
	body      string
}

var templates = []template{
	{"getMe", "GET /api/v1/me", nil, ""},
	{"listMyRequests", "GET /api/v1/me/requests", []step{asked}, ""},
	{"listMyDeprecations", "GET /api/v1/me/deprecations", nil, ""},
	{"getProposal", "GET /api/v1/proposals/1", []step{aProposal}, ""},
	{"listAudit", "GET /api/v1/audit", []step{anAct}, ""},
	{"listJobs", "GET /api/v1/jobs", []step{aDraft}, ""},
	{"createJob", "POST /api/v1/jobs", nil, fullJob},
	{"createJobsBatch", "POST /api/v1/jobs/batch", nil, `{"jobs":[{"title":"Platform Lead"}]}`},
	{"upsertJobByReference", byReference, []step{aDraft}, `{"city":"Leeds"}`},
	{"getJob", "GET /api/v1/jobs/1", []step{aDraft}, ""},
	{"getJobByReference", "GET /api/v1/jobs/by-reference/PL-001", []step{aDraft}, ""},
	{"deleteJobByReference", "DELETE /api/v1/jobs/by-reference/PL-001", []step{aDraft}, ""},
	{"closeJob", "POST /api/v1/jobs/1/close", []step{aDraft}, ""},
	{"updateJob", "PUT /api/v1/jobs/1", []step{aDraft}, `{"city":"Leeds"}`},
	{"patchJob", "PATCH /api/v1/jobs/1", []step{aDraft}, `{"city":"Leeds"}`},
	{"deleteJob", "DELETE /api/v1/jobs/1", []step{aDraft}, ""},
	{"previewJob", "POST /api/v1/jobs/1/preview", []step{aDraft}, `{}`},
	{"publishJob", "POST /api/v1/jobs/1/publish", []step{aDraft}, `{}`},
	{"listWebhooks", "GET /api/v1/webhooks", []step{aWebhook}, ""},
	{"createWebhook", "POST /api/v1/webhooks", nil, fullWebhook},
	{"getWebhook", "GET /api/v1/webhooks/1", []step{aWebhook}, ""},
	{"updateWebhook", "PUT /api/v1/webhooks/1", []step{aWebhook}, `{"events":["job.deleted"]}`},
	{"patchWebhook", "PATCH /api/v1/webhooks/1", []step{aWebhook}, `{"events":["job.deleted"]}`},
	{"deleteWebhook", "DELETE /api/v1/webhooks/1", []step{aWebhook}, ""},
	{"testWebhook", "POST /api/v1/webhooks/1/test", []step{aWebhook}, ""},
	{"disableWebhook", "POST /api/v1/webhooks/1/disable", []step{aWebhook}, ""},
	{"enableWebhook", "POST /api/v1/webhooks/1/enable", []step{aDisabledWebhook}, `{"replay":true}`},
	{"nextWebhookSecret", "POST /api/v1/webhooks/1/secret/next", []step{aWebhook}, ""},
	{"activateWebhookSecret", "POST /api/v1/webhooks/1/secret/activate", []step{aRotation}, ""},
	{"listWebhookEndpoints", "GET /v1/webhooks", []step{anEndpoint}, ""},
	{"createWebhookEndpoint", "POST /v1/webhooks", nil, fullEndpoint},
	{"getWebhookEndpoint", "GET /v1/webhooks/wh_1", []step{anEndpoint}, ""},
	{"updateWebhookEndpoint", "PUT /v1/webhooks/wh_1", []step{anEndpoint}, `{"events":["job.deleted"]}`},
	{"patchWebhookEndpoint", "PATCH /v1/webhooks/wh_1", []step{anEndpoint}, `{"events":["job.deleted"]}`},
	{"deleteWebhookEndpoint", "DELETE /v1/webhooks/wh_1", []step{anEndpoint}, ""},
	{"listWebhookDeliveries", "GET /api/v1/webhooks/1/deliveries", []step{aDelivery}, ""},
	{"getDelivery", "GET /api/v1/deliveries/1", []step{aDelivery}, ""},
	{"resendDelivery", "POST /api/v1/deliveries/1/resend", []step{aDeadLetter}, ""},
	{"listEvents", "GET /api/v1/events", []step{anActiveJob}, ""},
	{"replayEvents", replayCall, []step{aDelivered}, fullReplay},
	{"previewEventReplay", previewCall, []step{aDelivered}, fullReplay},
	{"listEventReplays", "GET /api/v1/events/replays", []step{aReplay}, ""},
	{"getEventReplay", "GET /api/v1/events/replays/1", []step{aReplay}, ""},
	{"cancelEventReplay", "POST /api/v1/events/replays/1/cancel", []step{aReplay}, ""},
	{"listApplications", "GET /api/v1/applications", []step{anApplication}, ""},
	{"listJobApplications", "GET /api/v1/jobs/1/applications", []step{anApplication}, ""},
	{"getApplication", "GET /api/v1/applications/1", []step{anApplication}, ""},
	{"downloadApplicationCv", "GET /api/v1/applications/1/cv", []step{anApplication}, ""},
	{"moveApplication", "POST /api/v1/applications/1/status", []step{anApplication}, `{"status":"Screened"}`},
	{"listCandidates", "GET /api/v1/candidates", []step{anApplication}, ""},
	{"searchCandidates", "GET /api/v1/candidates/search", []step{aPerson}, ""},
	{"getCandidate", "GET /api/v1/candidates/1", []step{anApplication}, ""},
	{"downloadCandidateCv", "GET /api/v1/candidates/1/cv", []step{anApplication}, ""},
	{"unlockCandidate", "POST /api/v1/candidates/1/unlock", []step{aPerson}, ""},
	{"exportCandidate", "GET /api/v1/candidates/1/export", []step{anApplication}, ""},
	{"moveCandidate", "POST /api/v1/candidates/1/status", []step{anApplication}, `{"status":"Screened"}`},
	{"listMatches", "GET /api/v1/matches", []step{aMatch}, ""},
	{"listInterviews", "GET /api/v1/interviews", []step{anInterview}, ""},
	{"createInterview", "POST /api/v1/interviews", []step{anApplication}, fullInterview},
	{"getInterview", "GET /api/v1/interviews/1", []step{anInterview}, ""},
	{"patchInterview", "PATCH /api/v1/interviews/1", []step{anInterview}, `{"notes":"Be kind."}`},
	{"listAiCalls", "GET /api/v1/ai-calls", []step{aCall}, ""},
	{"createAiCall", "POST /api/v1/ai-calls", []step{anApplication}, fullCall},
	{"getAiCall", "GET /api/v1/ai-calls/1", []step{aCall}, ""},
	{"patchAiCall", "PATCH /api/v1/ai-calls/1", []step{aCall}, `{"outcome":"Interested"}`},
	{"eraseCandidate", "DELETE /api/v1/candidates/1", []step{anApplication}, ""},
	{"simulateApplication", "POST /api/v1/test/applications", []step{anActiveTestJob}, `{"jobId":1}`},
	{"simulateMove", "POST /api/v1/test/applications/1/status", []step{aTestApplication}, `{"status":"Screened"}`},
	{"simulateExpiry", "POST /api/v1/test/jobs/1/expire", []step{anActiveTestJob}, ""},
	{"clearTestData", "DELETE /api/v1/test/data", []step{aTestApplication}, ""},
	{"certifyWebhook", "POST /api/v1/webhooks/1/certify", []step{aTestWebhook}, ""},
	{"getCertification", "GET /api/v1/test/certifications/1", []step{aReport}, ""},
	{"listInboxes", "GET /api/v1/test/inboxes", []step{anInbox}, ""},
	{"createInbox", "POST /api/v1/test/inboxes", nil, `{"name":"Trying out"}`},
	{"deleteInbox", "DELETE /api/v1/test/inboxes/1", []step{anInbox}, ""},
	{"listInboxRequests", "GET /api/v1/test/inboxes/1/requests", []step{anArrival}, ""},
	{"getApplicantRegions", "GET /api/v1/jobs/1/applicant-regions", []step{aDraft}, ""},
	{"setApplicantRegions", "PUT /api/v1/jobs/1/applicant-regions", []step{aDraft}, `{"countries":["GB"]}`},
}

// noun is a kind of object that has an id: how its path goes on, and what stands for the id of another employer's.
type noun struct {
	name, path, badID string
	another           step
}

var nouns = []noun{
	{"job", "/jobs/1", "PL-001", anothersJob},
	{"webhook", "/webhooks/1", "first", anothersWebhook},
	{"webhook", "/webhooks/wh_1", "first", anothersEndpoint},
	{"delivery", "/deliveries/1", "first", anothersDelivery},
	{"replay", "/replays/1", "first", anothersReplay},
	{"application", "/applications/1", "first", anothersApplication},
	{"candidate", "/candidates/1", "first", anothersApplication},
	{"interview", "/interviews/1", "first", anothersInterview},
	{"call", "/ai-calls/1", "first", anothersCall},
	{"inbox", "/inboxes/1", "first", anothersInbox},
	{"certification", "/certifications/1", "first", anothersReport},
	{"proposal", "/proposals/1", "first", anothersProposal},
}

// noun is that of the object whose id the template's path has.
func (p template) noun() noun {
	for _, n := range nouns {
		if strings.Contains(p.call, n.path) {
			return n
		}
	}
	return noun{name: "job"} // by its reference
}

// key is a kind of key that has the operation's scope.
func (p template) key() string {
	if p.testMode() && p.contract().Extensions["x-required-scope"] == "Webhooks" {
		return testHooksKey
	}
	if p.testMode() {
		return testKey
	}
	switch p.contract().Extensions["x-required-scope"] {
	case "Webhooks":
		if strings.Contains(p.call, " /v1/") {
			return peopleHooksKey
		}
		return hooksKey
	case "CvSearch":
		return cvKey
	}
	return liveKey
}

// testMode tells whether the operation takes test keys alone.
func (p template) testMode() bool { return p.contract().Extensions["x-test-mode-only"] == true }

// family is the operation's family of limits.
func (p template) family() board.LimitFamily {
	family, _ := p.contract().Extensions["x-rate-limit-family"].(string)
	return board.LimitFamily(family)
}

// without is a kind of key that lacks the operation's scope.
func (p template) without() string {
	if p.testMode() {
		return testCVKey
	}
	if p.key() == cvKey {
		return liveKey
	}
	return cvKey
}

// readOnly is key, read-only.
func (p template) readOnly() string {
	switch p.key() {
	case testKey:
		return readOnlyTestKey
	case testHooksKey:
		return readOnlyTestHooksKey
	case hooksKey, peopleHooksKey:
		return readOnlyHooksKey
	case cvKey:
		return readOnlyCVKey
	}
	return readOnlyKey
}

// with is the exchange that the template makes under one condition.
func (p template) with(name, shows string, more ...step) exchangeCase {
	return exchangeCase{
		operation: p.operation, name: name, shows: shows, key: p.key(), call: p.call, body: p.body,
		given: slices.Concat(p.given, more),
	}
}

// contract is the template's operation as the contract describes it.
func (p template) contract() *openapi3.Operation {
	for _, doc := range servertest.Documents() {
		if op := operationOf(doc, p.operation); op != nil {
			return op
		}
	}
	panic("no contract has the operation " + p.operation)
}

func (p template) declares(status string) bool { return p.contract().Responses.Value(status) != nil }

// maxBody is how many bytes the operation's body may have.
func (p template) maxBody() int {
	if limit, ok := p.contract().Extensions["x-max-body-bytes"].(float64); ok {
		return int(limit)
	}
	return 1 << 20
}

// allCases are the exchanges to record. Those that wait for a lock to time out stand first.
func allCases() []exchangeCase {
	var slow, all []exchangeCase
	for _, p := range templates {
		for _, c := range commonCases(p) {
			if strings.HasPrefix(c.name, "409-") {
				slow = append(slow, c)
			} else {
				all = append(all, c)
			}
		}
	}
	return slices.Concat(slow, all, accountCases, auditCases, serviceCases, listCases, createCases, batchCases, upsertCases, getCases,
		changeCases("updateJob", "PUT"), changeCases("patchJob", "PATCH"), deleteCases, closeCases, publishCases, previewCases,
		webhookListCases, webhookCreateCases, webhookGetCases, webhookChangeCases("updateWebhook", "PUT"), webhookChangeCases("patchWebhook", "PATCH"),
		webhookStateCases, webhookSecretCases, webhookProfileCases(), endpointCases(), deliveryCases, eventCases, replayCases,
		candidateCases, searchCases, matchCases, interviewCases, callCases,
		testModeCases, applicationCases, applyCases(), withdrawCases(), careerjetCases(), inboundCases())
}

// commonCases are the answers that operations give alike.
func commonCases(p template) []exchangeCase {
	cases := []exchangeCase{
		noKey(p),
		p.with("429-limit", "The limit of the key is reached.", limitReached(p.key(), p.family())),
		p.with("500-fault", "A fault of ours.", databaseBroken),
		p.with("503-database", "The database is away.", databaseGone),
	}
	unknown := p.with("400-unknown-parameter", "A query parameter that does not exist.")
	unknown.call += "?colour=red"
	cases = append(cases, unknown)

	method, _, _ := strings.Cut(p.call, " ")
	if p.contract().Extensions["x-required-scope"] != nil { // else any key may
		c := p.with("403-scope", "The key lacks the scope.")
		c.key = p.without()
		cases = append(cases, c)
	}
	if method != "GET" {
		c := p.with("403-read-only", "A read-only key may not write.")
		c.key = p.readOnly()
		cases = append(cases, c)
	}
	if p.testMode() {
		c := p.with("403-live-key", "A live key, where things are made up.")
		c.key = liveKey
		cases = append(cases, c)
	}
	if method == "GET" {
		c := p.with("304-unchanged", "Nothing has changed since the client read it.", answeredWith(p.key(), method, strings.TrimPrefix(p.call, "GET "), "", nil))
		c.header = map[string]string{"If-None-Match": "{etag}"}
		cases = append(cases, c)
	}
	if n := p.noun(); p.declares("404") && n.path != "" {
		c := p.with("404-absent", "There is no such "+n.name+".")
		c.call = strings.Replace(c.call, n.path, strings.TrimSuffix(n.path, "1")+"999", 1)
		other := p.with("404-of-another", "A "+n.name+" of another employer is answered as one that is not there.")
		other.given = []step{n.another}
		id := p.with("404-id", "An id that is no number.")
		id.call = strings.Replace(id.call, n.path, strings.TrimSuffix(n.path, "1")+n.badID, 1)
		cases = append(cases, c, other, id)
	}
	if p.declares("412") {
		c := p.with("412-changed", "The "+p.noun().name+" is not at the version that the client has read.")
		c.header = map[string]string{"If-Match": `"7"`}
		malformed := p.with("400-if-match", "An If-Match that is no entity tag.")
		malformed.header = map[string]string{"If-Match": "7"}
		cases = append(cases, c, malformed)
	}
	if method != "GET" {
		reused := p.with("422-key-reused", "The Idempotency-Key belongs to another request.", keyUsed(p.key()))
		twin := p.with("409-in-flight", "A request with the same Idempotency-Key has not been answered within 10 seconds.", keyInFlight(p.key()))
		reused.header, twin.header = map[string]string{"Idempotency-Key": idempotencyKey}, map[string]string{"Idempotency-Key": idempotencyKey}
		if p.operation == "createJob" {
			reused.given = []step{keyUsed(liveKey)}
		}
		cases = append(cases, reused, twin)
	}
	if p.declares("410") {
		_, path, _ := strings.Cut(p.call, " ")
		c := p.with("410-erased", "The recorded answer told of a person who was erased since.", answerErased(p.key(), method, path, p.body))
		c.header = withKey
		cases = append(cases, c)
	}
	if method != "GET" && method != "POST" {
		cases = append(cases, replayed(p, method))
	}
	if p.body != "" {
		cases = append(cases, bodyCases(p)...)
	}
	return cases
}

// replayed repeats a request that is no POST. Those are repeated in cases of their own, because what they make differs.
func replayed(p template, method string) exchangeCase {
	status := "200"
	if p.declares("204") {
		status = "204"
	}
	_, path, _ := strings.Cut(p.call, " ")
	c := p.with(status+"-replayed", "A repetition gets the same answer, and changes nothing more.", answeredWith(p.key(), method, path, p.body, withKey))
	c.header = withKey
	return c
}

func noKey(p template) exchangeCase {
	c := p.with("401-no-key", "A request without a key.")
	c.key = ""
	return c
}

// bodyCases are what is wrong with a body before anyone looks at its fields.
func bodyCases(p template) []exchangeCase {
	size := p.maxBody() + 1
	large := p.with("413-too-large", "The body is a byte longer than it may be.")
	large.body = `"` + strings.Repeat("x", size-len(`""`)) + `"`
	large.sends = fmt.Sprintf("{a JSON string, %d bytes with its quotes}", size)
	media := p.with("415-media-type", "A body that is not called JSON.")
	media.header = map[string]string{"Content-Type": "text/plain"}
	truncated := p.with("400-truncated", "A body that ends too early.")
	truncated.body = p.body[:len(p.body)-1]
	list := p.with("400-not-an-object", "A body of another type.")
	list.body = `["Platform Lead"]`
	unknown := p.with("400-unknown-field", "A field that does not exist.")
	unknown.body = `{"colour":"red",` + strings.TrimPrefix(p.body, "{")
	if p.body == "{}" {
		unknown.body = `{"colour":"red"}`
	}
	return []exchangeCase{large, media, truncated, list, unknown}
}
