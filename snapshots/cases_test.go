package snapshots_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"itmanagerjobs/server/servertest"
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
	{"listJobs", "GET /api/v1/jobs", []step{aDraft}, ""},
	{"createJob", "POST /api/v1/jobs", nil, fullJob},
	{"createJobsBatch", "POST /api/v1/jobs/batch", nil, `{"jobs":[{"title":"Platform Lead"}]}`},
	{"upsertJobByReference", byReference, []step{aDraft}, `{"city":"Leeds"}`},
	{"getJob", "GET /api/v1/jobs/1", []step{aDraft}, ""},
	{"replaceJob", "PUT /api/v1/jobs/1", []step{aDraft}, `{"city":"Leeds"}`},
	{"patchJob", "PATCH /api/v1/jobs/1", []step{aDraft}, `{"city":"Leeds"}`},
	{"deleteJob", "DELETE /api/v1/jobs/1", []step{aDraft}, ""},
	{"previewJob", "POST /api/v1/jobs/1/preview", []step{aDraft}, `{}`},
	{"publishJob", "POST /api/v1/jobs/1/publish", []step{aDraft}, `{}`},
}

// with is the exchange that the template makes under one condition.
func (p template) with(name, shows string, more ...step) exchangeCase {
	return exchangeCase{
		operation: p.operation, name: name, shows: shows, key: liveKey, call: p.call, body: p.body,
		given: slices.Concat(p.given, more),
	}
}

// contract is the template's operation as the contract describes it.
func (p template) contract() *openapi3.Operation {
	for _, item := range servertest.Document().Paths.Map() {
		for _, op := range item.Operations() {
			if op.OperationID == p.operation {
				return op
			}
		}
	}
	panic("the contract has no operation " + p.operation)
}

func (p template) declares(status string) bool { return p.contract().Responses.Value(status) != nil }

// maxBody is how many bytes the operation's body may have.
func (p template) maxBody() int {
	if limit, ok := p.contract().Extensions["x-max-body-bytes"].(float64); ok {
		return int(limit)
	}
	return 1 << 20
}

// allCases are the exchanges to record, the slowest first: they wait for a lock to time out.
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
	return slices.Concat(slow, all, accountCases, serviceCases, listCases, createCases, batchCases, upsertCases, getCases,
		changeCases("replaceJob", "PUT"), changeCases("patchJob", "PATCH"), deleteCases, publishCases, previewCases)
}

// commonCases are the answers that operations give alike.
func commonCases(p template) []exchangeCase {
	cases := []exchangeCase{
		noKey(p),
		p.with("429-limit", "The limit of the key is reached.", limitReached),
		p.with("500-database", "The database is away.", databaseGone),
	}
	unknown := p.with("400-unknown-parameter", "A query parameter that does not exist.")
	unknown.call += "?colour=red"
	cases = append(cases, unknown)

	method, _, _ := strings.Cut(p.call, " ")
	if p.operation != "getMe" { // any key may
		c := p.with("403-scope", "The key lacks the scope.")
		c.key = cvKey
		cases = append(cases, c)
	}
	if method != "GET" {
		c := p.with("403-read-only", "A read-only key may not write.")
		c.key = readOnlyKey
		cases = append(cases, c)
	}
	if method == "GET" {
		c := p.with("304-unchanged", "Nothing has changed since the client read it.", answered(method, strings.TrimPrefix(p.call, "GET "), "", nil))
		c.header = map[string]string{"If-None-Match": "{etag}"}
		cases = append(cases, c)
	}
	if p.declares("404") {
		c := p.with("404-absent", "There is no such job.")
		c.call = strings.Replace(c.call, "/jobs/1", "/jobs/999", 1)
		other := p.with("404-of-another", "A job of another employer is answered as one that is not there.")
		other.given = []step{anothersJob}
		id := p.with("404-id", "An id that is no number.")
		id.call = strings.Replace(id.call, "/jobs/1", "/jobs/PL-001", 1)
		cases = append(cases, c, other, id)
	}
	if p.declares("412") {
		c := p.with("412-changed", "The job is not at the version that the client has read.")
		c.header = map[string]string{"If-Match": `"7"`}
		malformed := p.with("400-if-match", "An If-Match that is no entity tag.")
		malformed.header = map[string]string{"If-Match": "7"}
		cases = append(cases, c, malformed)
	}
	if method == "POST" {
		reused := p.with("422-key-reused", "The Idempotency-Key belongs to another request.", keyUsed)
		twin := p.with("409-in-flight", "A request with the same Idempotency-Key has not been answered within 10 seconds.", keyInFlight)
		reused.header, twin.header = map[string]string{"Idempotency-Key": idempotencyKey}, map[string]string{"Idempotency-Key": idempotencyKey}
		if p.operation == "createJob" {
			reused.given = []step{keyUsed}
		}
		cases = append(cases, reused, twin)
	}
	if p.body != "" {
		cases = append(cases, bodyCases(p)...)
	}
	return cases
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
