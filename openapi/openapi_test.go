package openapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/openapi"
	"itmanagerjobs/openapi/documenttest"
)

func load(t *testing.T, document []byte) *openapi3.T {
	t.Helper()
	doc, err := documenttest.Load(document)
	if err != nil {
		t.Fatalf("load the document: %v", err)
	}
	return doc
}

func TestContractsKeepTheHouseRules(t *testing.T) {
	t.Parallel()
	for _, c := range openapi.All() {
		doc := load(t, c.Document)
		// Validate also holds every example against its schema.
		if err := doc.Validate(context.Background()); err != nil {
			t.Errorf("%s is not valid OpenAPI: %v", c.Name, err)
		}
		if diff := cmp.Diff([]string(nil), audit(doc)); diff != "" {
			t.Errorf("%s: broken rules (-want +got):\n%s", c.Name, diff)
		}
	}
}

// TestContractsShareNoNames, because the server finds what it enforces by the names of operations and schemas.
func TestContractsShareNoNames(t *testing.T) {
	t.Parallel()
	operations, schemas := map[string]string{}, map[string]string{}
	for _, c := range openapi.All() {
		doc := load(t, c.Document)
		for _, file := range c.Files() {
			if doc.Paths.Value(file.Path) == nil {
				t.Errorf("%s does not describe the address %s", c.Name, file.Path)
			}
		}
		for _, item := range doc.Paths.Map() {
			for _, op := range item.Operations() {
				if other, ok := operations[op.OperationID]; ok {
					t.Errorf("%s stands in %s and in %s", op.OperationID, other, c.Name)
				}
				operations[op.OperationID] = c.Name
			}
		}
		for name, ref := range doc.Components.Schemas {
			text, err := json.Marshal(ref.Value)
			if err != nil {
				t.Fatal(err)
			}
			if other, ok := schemas[name]; ok && other != string(text) {
				t.Errorf("%s of %s differs from another contract's", name, c.Name)
			}
			schemas[name] = string(text)
		}
	}
}

// TestTheVersionIsInTheChangeLog holds the contracts to one version; RELEASING.md says how it changes.
func TestTheVersionIsInTheChangeLog(t *testing.T) {
	t.Parallel()
	log, err := os.ReadFile("../CHANGELOG.md")
	if err != nil {
		t.Fatal(err)
	}
	want := load(t, openapi.V1).Info.Version
	if !bytes.Contains(log, []byte("\n## ["+want+"]")) {
		t.Errorf("CHANGELOG.md has no section for %s", want)
	}
	for _, c := range openapi.All() {
		if got := load(t, c.Document).Info.Version; got != want {
			t.Errorf("%s has the version %s, v1 %s", c.Name, got, want)
		}
	}
}

func TestOperations(t *testing.T) {
	t.Parallel()
	want := []string{
		"DELETE /api/v1/candidates/{id} eraseCandidate scope=CvSearch family=jobs",
		"DELETE /api/v1/jobs/by-reference/{reference} deleteJobByReference scope=JobPosting family=jobs",
		"DELETE /api/v1/jobs/{id} deleteJob scope=JobPosting family=jobs",
		"DELETE /api/v1/test/data clearTestData scope=JobPosting family=jobs",
		"DELETE /api/v1/test/inboxes/{id} deleteInbox scope=Webhooks family=jobs",
		"DELETE /api/v1/webhooks/{id} deleteWebhook scope=Webhooks family=jobs",
		"DELETE /v1/webhooks/{id} deleteWebhookEndpoint scope=Webhooks family=jobs",
		"GET /api/v1/ai-calls listAiCalls scope=CvSearch family=jobs",
		"GET /api/v1/ai-calls/{id} getAiCall scope=CvSearch family=jobs",
		"GET /api/v1/applications listApplications scope=JobPosting family=jobs",
		"GET /api/v1/applications/{id} getApplication scope=JobPosting family=jobs",
		"GET /api/v1/applications/{id}/cv downloadApplicationCv scope=JobPosting family=jobs",
		"GET /api/v1/audit listAudit scope=Webhooks family=jobs",
		"GET /api/v1/candidates listCandidates scope=CvSearch family=jobs",
		"GET /api/v1/candidates/search searchCandidates scope=CvSearch family=search",
		"GET /api/v1/candidates/{id} getCandidate scope=CvSearch family=candidate",
		"GET /api/v1/candidates/{id}/cv downloadCandidateCv scope=CvSearch family=candidate",
		"GET /api/v1/candidates/{id}/export exportCandidate scope=CvSearch family=jobs",
		"GET /api/v1/deliveries/{id} getDelivery scope=Webhooks family=jobs",
		"GET /api/v1/events listEvents scope=Webhooks family=jobs",
		"GET /api/v1/events/replays listEventReplays scope=Webhooks family=jobs",
		"GET /api/v1/events/replays/{id} getEventReplay scope=Webhooks family=jobs",
		"GET /api/v1/interviews listInterviews scope=CvSearch family=jobs",
		"GET /api/v1/interviews/{id} getInterview scope=CvSearch family=jobs",
		"GET /api/v1/jobs listJobs scope=JobPosting family=jobs",
		"GET /api/v1/jobs/by-reference/{reference} getJobByReference scope=JobPosting family=jobs",
		"GET /api/v1/jobs/{id} getJob scope=JobPosting family=jobs",
		"GET /api/v1/jobs/{id}/applicant-regions getApplicantRegions scope=JobPosting family=jobs",
		"GET /api/v1/jobs/{id}/applications listJobApplications scope=JobPosting family=jobs",
		"GET /api/v1/matches listMatches scope=CvSearch family=jobs",
		"GET /api/v1/me getMe scope= family=jobs",
		"GET /api/v1/me/deprecations listMyDeprecations scope= family=jobs",
		"GET /api/v1/me/requests listMyRequests scope= family=jobs",
		"GET /api/v1/proposals/{id} getProposal scope= family=jobs",
		"GET /api/v1/test/certifications/{id} getCertification scope=Webhooks family=jobs",
		"GET /api/v1/test/inboxes listInboxes scope=Webhooks family=jobs",
		"GET /api/v1/test/inboxes/{id}/requests listInboxRequests scope=Webhooks family=jobs",
		"GET /api/v1/webhooks listWebhooks scope=Webhooks family=jobs",
		"GET /api/v1/webhooks/{id} getWebhook scope=Webhooks family=jobs",
		"GET /api/v1/webhooks/{id}/deliveries listWebhookDeliveries scope=Webhooks family=jobs",
		"GET /applications/withdraw showWithdrawal public",
		"GET /healthz/live getLiveness public",
		"GET /healthz/ready getReadiness public",
		"GET /jobs/{id}/apply openApplyForm public",
		"GET /swagger/autotechjobs/swagger.json getWebhookEndpointOpenAPI public",
		"GET /swagger/intake/swagger.json getIntakeOpenAPI public",
		"GET /swagger/v1/openapi-3.1.json getOpenAPI31 public",
		"GET /swagger/v1/postman.json getPostmanCollection public",
		"GET /swagger/v1/swagger.json getOpenAPI public",
		"GET /v1/webhooks listWebhookEndpoints scope=Webhooks family=jobs",
		"GET /v1/webhooks/{id} getWebhookEndpoint scope=Webhooks family=jobs",
		"PATCH /api/v1/ai-calls/{id} patchAiCall scope=CvSearch family=jobs",
		"PATCH /api/v1/interviews/{id} patchInterview scope=CvSearch family=jobs",
		"PATCH /api/v1/jobs/{id} patchJob scope=JobPosting family=jobs",
		"PATCH /api/v1/webhooks/{id} patchWebhook scope=Webhooks family=jobs",
		"PATCH /v1/webhooks/{id} patchWebhookEndpoint scope=Webhooks family=jobs",
		"POST /api/v1/ai-calls createAiCall scope=CvSearch family=jobs",
		"POST /api/v1/applications/{id}/status moveApplication scope=JobPosting family=jobs",
		"POST /api/v1/candidates/{id}/status moveCandidate scope=CvSearch family=jobs",
		"POST /api/v1/candidates/{id}/unlock unlockCandidate scope=CvSearch family=candidate",
		"POST /api/v1/deliveries/{id}/resend resendDelivery scope=Webhooks family=jobs",
		"POST /api/v1/events/replay replayEvents scope=Webhooks family=jobs",
		"POST /api/v1/events/replay/preview previewEventReplay scope=Webhooks family=jobs",
		"POST /api/v1/events/replays/{id}/cancel cancelEventReplay scope=Webhooks family=jobs",
		"POST /api/v1/interviews createInterview scope=CvSearch family=jobs",
		"POST /api/v1/jobs createJob scope=JobPosting family=jobs",
		"POST /api/v1/jobs/batch createJobsBatch scope=JobPosting family=jobs",
		"POST /api/v1/jobs/{id}/close closeJob scope=JobPosting family=jobs",
		"POST /api/v1/jobs/{id}/preview previewJob scope=JobPosting family=jobs",
		"POST /api/v1/jobs/{id}/publish publishJob scope=JobPosting family=jobs",
		"POST /api/v1/test/applications simulateApplication scope=JobPosting family=jobs",
		"POST /api/v1/test/applications/{id}/status simulateMove scope=JobPosting family=jobs",
		"POST /api/v1/test/inboxes createInbox scope=Webhooks family=jobs",
		"POST /api/v1/test/jobs/{id}/expire simulateExpiry scope=JobPosting family=jobs",
		"POST /api/v1/webhooks createWebhook scope=Webhooks family=jobs",
		"POST /api/v1/webhooks/{id}/certify certifyWebhook scope=Webhooks family=jobs",
		"POST /api/v1/webhooks/{id}/disable disableWebhook scope=Webhooks family=jobs",
		"POST /api/v1/webhooks/{id}/enable enableWebhook scope=Webhooks family=jobs",
		"POST /api/v1/webhooks/{id}/secret/activate activateWebhookSecret scope=Webhooks family=jobs",
		"POST /api/v1/webhooks/{id}/secret/next nextWebhookSecret scope=Webhooks family=jobs",
		"POST /api/v1/webhooks/{id}/test testWebhook scope=Webhooks family=jobs",
		"POST /applications/withdraw withdrawApplication public",
		"POST /apply/careerjet receiveCareerjetApplication public",
		"POST /apply/inbound receiveInboundEmail scope=JobPosting family=jobs",
		"POST /jobs/{id}/apply applyToJob public",
		"POST /v1/webhooks createWebhookEndpoint scope=Webhooks family=jobs",
		"PUT /api/v1/jobs/by-reference/{reference} upsertJobByReference scope=JobPosting family=jobs",
		"PUT /api/v1/jobs/{id} updateJob scope=JobPosting family=jobs",
		"PUT /api/v1/jobs/{id}/applicant-regions setApplicantRegions scope=JobPosting family=jobs",
		"PUT /api/v1/webhooks/{id} updateWebhook scope=Webhooks family=jobs",
		"PUT /v1/webhooks/{id} updateWebhookEndpoint scope=Webhooks family=jobs",
	}
	var got []string
	paths := map[string]*openapi3.PathItem{}
	for _, c := range openapi.All() {
		maps.Copy(paths, load(t, c.Document).Paths.Map())
	}
	for path, item := range paths {
		for method, op := range item.Operations() {
			access := "public"
			if len(*op.Security) > 0 {
				scope, _ := op.Extensions["x-required-scope"].(string)
				family, _ := op.Extensions["x-rate-limit-family"].(string)
				access = "scope=" + scope + " family=" + family
			}
			got = append(got, strings.Join([]string{method, path, op.OperationID, access}, " "))
		}
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("operations (-want +got):\n%s", diff)
	}
}

// TestWrongExamplesAreFound shows that validation looks at examples, of properties and of whole bodies.
func TestWrongExamplesAreFound(t *testing.T) {
	t.Parallel()
	for _, fault := range [][2]string{
		{`"example": 1234`, `"example": "1234"`},
		{`"publishable": false`, `"publishable": "no"`},
		{`"remoteType": "HybridRemote"`, `"remoteType": "Hybrid"`},
	} {
		document := bytes.ReplaceAll(openapi.V1, []byte(fault[0]), []byte(fault[1]))
		if bytes.Equal(document, openapi.V1) {
			t.Errorf("the document lacks %s, so the fault cannot be planted", fault[0])
		}
		if load(t, document).Validate(context.Background()) == nil {
			t.Errorf("an example with %s passes", fault[1])
		}
	}
}

// TestContractsAreFormatted keeps the diffs of the documents small: every editor writes the same format.
func TestContractsAreFormatted(t *testing.T) {
	t.Parallel()
	for _, c := range openapi.All() {
		for _, file := range c.Files() {
			var want bytes.Buffer
			if err := json.Indent(&want, file.Content, "", "  "); err != nil {
				t.Fatal(err)
			}
			// Indent keeps the line end after the last brace.
			if diff := cmp.Diff(want.String(), string(file.Content)); diff != "" {
				t.Errorf("%s: indent with two spaces (-want +got):\n%s", file.Path, diff)
			}
			if !bytes.HasSuffix(file.Content, []byte("}\n")) {
				t.Errorf("%s: must end with a line end", file.Path)
			}
		}
	}
}

// TestV1Values holds values against the schemas where OpenAPI 3.0 is subtle or clients depend on it.
func TestV1Values(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, schema, value string
		ok                  bool
	}{
		{"a draft needs a title only", "JobCreate", `{"title":"Lead"}`, true},
		{"a title is needed", "JobCreate", `{"city":"London"}`, false},
		{"null empties an enum", "JobPatch", `{"remoteType":null,"salary":null,"requiredSkills":null}`, true},
		{"null is no title", "JobPatch", `{"title":null}`, false},
		{"an empty patch", "JobPatch", `{}`, true},
		{"requests are closed", "JobPatch", `{"colour":"red"}`, false},
		{"salaries are closed", "JobCreate", `{"title":"Lead","salary":{"currency":"GBP","period":"Year","mean":1}}`, false},
		{"an open-ended salary", "JobCreate", `{"title":"Lead","salary":{"min":1.5,"currency":"GBP","period":"Year"}}`, true},
		{"an unknown enum value", "JobCreate", `{"title":"Lead","remoteType":"Hybrid"}`, false},
		{"the longest description", "JobCreate", `{"title":"Lead","description":"` + strings.Repeat("ü", 50_000) + `"}`, true},
		{"a description beyond it", "JobCreate", `{"title":"Lead","description":"` + strings.Repeat("ü", 50_001) + `"}`, false},
		{"an upsert may leave out the title", "JobUpsert", `{"city":"London"}`, true},
		{"an empty batch", "JobBatch", `{"jobs":[]}`, false},
		{"an error of a code to come", "ErrorEnvelope", `{"code":"to_come","message":"New."}`, true},
		{"answers are open", "Health", `{"status":"ok","since":"yesterday"}`, true},
		{"the least of a webhook", "WebhookCreate", `{"url":"https://ats.example.com/hooks","events":["job.expired"]}`, true},
		{"a webhook without events", "WebhookCreate", `{"url":"https://ats.example.com/hooks","events":[]}`, false},
		{"an event to come, which the server refuses", "WebhookCreate", `{"url":"https://ats.example.com/hooks","events":["job.lost"]}`, true},
		{"a test event can't be replayed", "EventReplayRequest", `{"since":"2026-04-01T00:00:00Z","types":["webhook.test"]}`, false},
		{"no note any more", "WebhookPatch", `{"description":null}`, true},
		{"null is no URL", "WebhookPatch", `{"url":null}`, false},
		{"an event of a type to come", "LoggedEvent", `{"id":1,"sequence":1,"type":"to.come","createdAt":"2026-04-02T10:30:00Z","data":{"any":1}}`, true},
		{"the empty list", "JobList", `{"total":0,"page":1,"pageSize":50,"items":[]}`, true},
	}
	doc := load(t, openapi.V1)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var value any
			if err := json.Unmarshal([]byte(tt.value), &value); err != nil {
				t.Fatal(err)
			}
			err := doc.Components.Schemas[tt.schema].Value.VisitJSON(value)
			if ok := err == nil; ok != tt.ok {
				t.Errorf("%s accepted: %t, want %t (%v)", tt.schema, ok, tt.ok, err)
			}
		})
	}
}

// TestAuditFindsFaults shows that the rules above can fail: each fault is planted in a copy of the document.
func TestAuditFindsFaults(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, old, new, want string }{
		{"summary", `"summary": "List jobs",`, ``, "listJobs: no summary"},
		{"scope", `"x-required-scope": "JobPosting"`, `"x-required-scope": "Jobs"`, "x-required-scope"},
		{"closed answer", `"Health": {`, `"Health": {"additionalProperties": false,`, "answer is closed"},
		{"open request", `"additionalProperties": false`, `"x-additionalProperties": false`, "request is open"},
		{"missing example", `"example": "\"7\""`, `"x-example": "\"7\""`, "no example"},
		{"write without a key", `"#/components/parameters/IdempotencyKeyHeader"`, `"#/components/parameters/IfNoneMatchHeader"`, "Idempotency-Key belongs"},
		{"write without If-Match", `"#/components/parameters/IfMatchHeader"`, `"#/components/parameters/IfNoneMatchHeader"`, "If-Match belongs"},
		{"missing response", `"401": {`, `"418": {`, "does not declare 401"},
		{"missing header", `"X-Request-Id": {
            "$ref": "#/components/headers/X-Request-Id"
          }`, `"X-Other": {"$ref": "#/components/headers/X-Request-Id"}`, "without X-Request-Id"},
		{"nothing about when to ask again", `"Retry-After": {
                "$ref": "#/components/headers/Retry-After"`, `"X-Other": {
                "$ref": "#/components/headers/Retry-After"`, "getReadiness: 503 without Retry-After"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if !bytes.Contains(openapi.V1, []byte(tt.old)) {
				t.Fatalf("the document lacks %s, so the fault cannot be planted", tt.old)
			}
			got := audit(load(t, bytes.ReplaceAll(openapi.V1, []byte(tt.old), []byte(tt.new))))
			if !slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, tt.want) }) {
				t.Errorf("audit found %q, want something about %q", got, tt.want)
			}
		})
	}
}
