package openapi_test

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/openapi"
)

// payload is what x-webhooks says of one event. OpenAPI 3.0 has no words for it, so that no validator looks there.
type payload struct {
	Post struct {
		OperationID string
		Tags        []string
		Summary     string
		Description string
		Parameters  []struct {
			Name, In, Description string
			Required              bool
			Example               any
		}
		RequestBody struct {
			Description string
			Content     map[string]struct {
				Schema   map[string]string
				Examples map[string]struct {
					Summary string
					Value   any
				}
			}
		}
		Responses map[string]struct{ Description string }
	}
}

func payloads(t *testing.T, document []byte) map[string]payload {
	t.Helper()
	var doc struct {
		Webhooks map[string]payload `json:"x-webhooks"`
	}
	if err := json.Unmarshal(document, &doc); err != nil {
		t.Fatal(err)
	}
	return doc.Webhooks
}

// auditPayloads is audit for x-webhooks.
func auditPayloads(doc *openapi3.T, all map[string]payload) []string {
	var problems []string
	requiref := func(ok bool, format string, args ...any) {
		if !ok {
			problems = append(problems, fmt.Sprintf(format, args...))
		}
	}
	headers := []string{"X-Webhook-Attempt", "X-Webhook-Delivery-Id", "X-Webhook-Event", "X-Webhook-Signature"}
	for event, p := range all {
		post := p.Post
		requiref(post.OperationID != "" && post.Summary != "" && post.Description != "" && len(post.Tags) == 1, "%s: no operationId, summary, description or tag", event)
		var sent []string
		for _, h := range post.Parameters {
			requiref(h.In == "header" && h.Description != "" && h.Example != nil, "%s: %s: no description or no example", event, h.Name)
			requiref(h.Name != "X-Webhook-Event" || h.Example == event, "%s: the example of %s is %v", event, h.Name, h.Example)
			if h.Required {
				sent = append(sent, h.Name)
			}
		}
		slices.Sort(sent)
		requiref(slices.Equal(sent, headers), "%s: always sent are %q", event, sent)
		requiref(post.Responses["2XX"].Description != "" && post.Responses["410"].Description != "", "%s: not what answers mean", event)
		body := post.RequestBody.Content["application/json"]
		schema := doc.Components.Schemas[path.Base(body.Schema["$ref"])]
		requiref(schema != nil, "%s: no schema", event)
		requiref(post.RequestBody.Description != "" && len(body.Examples) > 0, "%s: body: no description or no example", event)
		for name, example := range body.Examples {
			requiref(example.Summary != "", "%s: example %s: no summary", event, name)
			if schema != nil {
				requiref(schema.Value.VisitJSON(example.Value) == nil, "%s: example %s: does not fit", event, name)
			}
		}
	}
	slices.Sort(problems)
	return problems
}

func TestEveryEventIsDescribed(t *testing.T) {
	t.Parallel()
	doc, all := load(t, openapi.V1), payloads(t, openapi.V1)
	if diff := cmp.Diff([]string(nil), auditPayloads(doc, all)); diff != "" {
		t.Errorf("broken rules (-want +got):\n%s", diff)
	}
	described := map[string]bool{"webhook.test": true}
	native := doc.Components.Schemas["WebhookEvent"].Value.Extensions["x-profile-events"].(map[string]any)["native"]
	for _, event := range native.([]any) {
		described[event.(string)] = true
	}
	for event := range all {
		if !described[event] {
			t.Errorf("%s is described and can't be subscribed to", event)
		}
		delete(described, event)
	}
	for event := range described {
		t.Errorf("%s is not described", event)
	}
}

func TestPayloadAuditFindsFaults(t *testing.T) {
	t.Parallel()
	for _, fault := range [][2]string{
		{`"name": "X-Webhook-Attempt"`, `"name": "X-Attempt"`},
		{`"2XX": {`, `"200": {`},
		{`#/components/schemas/JobExpiredEvent`, `#/components/schemas/JobLostEvent`},
		{`"jobPostId": 1234`, `"jobPostId": "1234"`},
	} {
		document := strings.ReplaceAll(string(openapi.V1), fault[0], fault[1])
		if document == string(openapi.V1) {
			t.Errorf("the document lacks %s, so the fault cannot be planted", fault[0])
		}
		if len(auditPayloads(load(t, openapi.V1), payloads(t, []byte(document)))) == 0 {
			t.Errorf("%s instead of %s passes", fault[1], fault[0])
		}
	}
}
