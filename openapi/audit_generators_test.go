package openapi_test

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/openapi"
	"itmanagerjobs/openapi/nulltest"
)

// namesOfLanguages are names that some language has for something of its own, or a generator for a class of every client, so
// that a generated type of the name hides it or does not compile.
var namesOfLanguages = []string{
	"ApiClient", "ApiError", "ApiException", "ApiResponse", "Configuration",
	"Array", "Boolean", "Class", "Date", "Error", "Event", "Exception", "File", "Function", "Integer", "Interface", "List", "Map", "Match", "Number",
	"Object", "Optional", "Promise", "Record", "Request", "Response", "Result", "Set", "String", "Symbol", "Task", "Type", "Void",
}

// auditGenerators checks what generators of clients and strict readers of OpenAPI 3.0 stumble over.
func auditGenerators(doc *openapi3.T) []string {
	a := &auditor{seen: map[*openapi3.Schema]bool{}}
	info := doc.Info
	a.requiref(info.Contact != nil && info.Contact.URL != "", "info: no contact")
	a.requiref(info.License != nil && info.License.URL != "", "info: no licence")
	for _, s := range doc.Servers {
		at, err := url.Parse(strings.NewReplacer("{", "", "}", "").Replace(s.URL))
		a.requiref(err == nil && at.IsAbs() && at.Host != "", "server %s: not absolute", s.URL)
	}
	for name, ref := range doc.Components.Schemas {
		a.requiref(!slices.Contains(namesOfLanguages, name), "schema %s: a language has the name", name)
		a.generated("schema "+name, ref)
		a.twin(name, ref.Value, doc.Components.Schemas)
	}
	for name, ref := range doc.Components.Headers {
		a.generated("header "+name, ref.Value.Schema)
	}
	for name, ref := range doc.Components.Parameters {
		a.generated("parameter "+name, ref.Value.Schema)
	}
	for _, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			a.answers(op)
			for _, p := range op.Parameters {
				a.generated(op.OperationID+": "+p.Value.Name, p.Value.Schema)
			}
			if op.RequestBody != nil {
				a.bodies(op.OperationID+": body", op.RequestBody.Value.Content)
			}
		}
	}
	slices.Sort(a.problems)
	return slices.Compact(a.problems)
}

// proposal is what keys that only propose are answered with, and no other key: a client that was generated for other keys never meets it.
const proposal = "#/components/schemas/Proposal"

// answers demands one type of success and one of failure, because most generators take the first that they meet.
func (a *auditor) answers(op *openapi3.Operation) {
	at := op.OperationID
	success := map[string]bool{}
	for status, response := range op.Responses.Map() {
		a.bodies(at+": "+status, response.Value.Content)
		if !strings.HasPrefix(status, "2") {
			continue
		}
		media := slices.Sorted(maps.Keys(response.Value.Content))
		_, page := response.Value.Content["text/html"]
		a.requiref(len(media) <= 1 || page && len(media) == 2, "%s: %s has several media types", at, status)
		for _, m := range media {
			if m != "text/html" && response.Value.Content[m].Schema.Ref != proposal {
				success[m+" "+response.Value.Content[m].Schema.Ref] = true
			}
		}
	}
	a.requiref(len(success) <= 1, "%s: several types of success: %v", at, slices.Sorted(maps.Keys(success)))
	other := op.Responses.Value("default")
	if other == nil {
		a.requiref(false, "%s: no default response", at)
		return
	}
	json := other.Value.Content["application/json"]
	_, foreign := op.Extensions["x-foreign-protocol"]
	a.requiref(json != nil && (foreign || json.Schema.Ref == "#/components/schemas/ErrorEnvelope"), "%s: the default response is no ErrorEnvelope", at)
}

func (a *auditor) bodies(at string, content openapi3.Content) {
	for _, media := range content {
		a.generated(at, media.Schema)
	}
}

// generated checks a schema and all that stands in it.
func (a *auditor) generated(at string, ref *openapi3.SchemaRef) {
	if ref == nil || a.seen[ref.Value] {
		return
	}
	s := ref.Value
	a.seen[s] = true
	a.requiref(len(s.AllOf) == 0, "%s: allOf; refer to the schema, or to its nullable twin", at)
	a.requiref(!s.Nullable || s.Type != nil, "%s: nullable without a type widens nothing", at)
	a.requiref(!s.Nullable || len(s.Enum) == 0 || slices.Contains(s.Enum, nil), "%s: nullable, and null is not in the enum", at)
	if s.Type.Is(openapi3.TypeInteger) {
		a.requiref(s.Format != "" && s.Min != nil && s.Max != nil, "%s: an integer without format, minimum or maximum", at)
	}
	a.requiref(!s.Type.Is(openapi3.TypeArray) || s.MaxItems != nil, "%s: an array without maxItems", at)
	signed := slices.ContainsFunc(s.Enum, func(v any) bool {
		text, _ := v.(string)
		return strings.HasPrefix(text, "-") || strings.HasPrefix(text, "+")
	})
	names, _ := s.Extensions["x-enum-varnames"].([]any)
	a.requiref(!signed || len(names) == len(s.Enum), "%s: values begin with a sign, and x-enum-varnames does not name each", at)
	_, open := s.Extensions["x-extensible-enum"]
	a.requiref(!open || len(s.Enum) == 0, "%s: both an open and a closed enum", at)
	for name, property := range s.Properties {
		a.generated(at+"."+name, property)
	}
	a.generated(at+"[]", s.Items)
}

// twin demands that a nullable schema is a copy of the one that its name comes from, where both are used.
func (a *auditor) twin(name string, s *openapi3.Schema, all openapi3.Schemas) {
	base, ok := strings.CutPrefix(name, "Nullable")
	a.requiref(ok == s.Nullable, "schema %s: a nullable schema is called Nullable…, and no other", name)
	if !ok || all[base] == nil {
		return
	}
	plain, copied := *all[base].Value, *s
	copied.Nullable = false
	if len(copied.Enum) > 0 {
		copied.Enum = slices.DeleteFunc(slices.Clone(copied.Enum), func(v any) bool { return v == nil })
	}
	copied.Description = plain.Description
	want, err1 := json.Marshal(plain)
	got, err2 := json.Marshal(copied)
	a.requiref(err1 == nil && err2 == nil && string(want) == string(got), "schema %s: is no copy of %s", name, base)
}

func TestGeneratorsFindNothingToStumbleOver(t *testing.T) {
	t.Parallel()
	for _, c := range openapi.All() {
		if diff := cmp.Diff([]string(nil), auditGenerators(load(t, c.Document))); diff != "" {
			t.Errorf("%s: (-want +got):\n%s", c.Name, diff)
		}
	}
}

func TestGeneratorAuditFindsFaults(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, old, new, want string }{
		{"contact", `"contact": {`, `"x-contact": {`, "no contact"},
		{"licence", `"license": {`, `"x-license": {`, "no licence"},
		{"server", `"url": "https://{host}"`, `"url": "/"`, "not absolute"},
		{"name", `schemas/LoggedEvent"`, `schemas/Event"`, "a language has the name"},
		{"default", `"default": {`, `"5XX": {`, "no default response"},
		{"allOf", `"$ref": "#/components/schemas/JobStatus"`, `"allOf": [{"$ref": "#/components/schemas/JobStatus"}]`, "allOf"},
		{"nullable", `"type": "string",
        "nullable": true`, `"nullable": true`, "widens nothing"},
		{"enum", `"FullyRemote",
          null`, `"FullyRemote"`, "null is not in the enum"},
		{"twin", `"FullyRemote",
          null`, `"FullyRemote", "Anywhere",
          null`, "is no copy of RemoteType"},
		{"integer", `"maximum": 9007199254740991,`, ``, "an integer without"},
		{"array", `"maxItems": 200,`, ``, "an array without"},
		{"success", `"202": {`, `"200": {"description": "Counted.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/EventReplayPreview"}}}}, "202": {`, "replayEvents: several types of success"},
		{"sign", `"x-enum-varnames"`, `"x-names"`, "begin with a sign"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			document := strings.ReplaceAll(string(openapi.V1), tt.old, tt.new)
			if tt.name == "name" {
				document = strings.ReplaceAll(document, `"LoggedEvent": {`, `"Event": {`)
			}
			if document == string(openapi.V1) {
				t.Fatalf("the document lacks %s, so the fault cannot be planted", tt.old)
			}
			got := auditGenerators(load(t, []byte(document)))
			if !slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, tt.want) }) {
				t.Errorf("the audit found %q, want something about %q", got, tt.want)
			}
		})
	}
}

// TestEachNullHasAnExample holds the examples of bodies against the schemas: each property that can be null is null in
// one of them, and none is null where the schema forbids it.
func TestEachNullHasAnExample(t *testing.T) {
	t.Parallel()
	for _, c := range openapi.All() {
		doc := load(t, c.Document)
		names := map[*openapi3.Schema]string{}
		missing := map[string]bool{}
		for name, ref := range doc.Components.Schemas {
			names[ref.Value] = name
			for property, p := range ref.Value.Properties {
				if p.Value.Nullable {
					missing[name+"."+property] = true
				}
			}
		}
		shown := func(at string, schema *openapi3.SchemaRef, value any) {
			for _, pointer := range nulltest.Forbidden(schema, value) {
				t.Errorf("%s: an example of %s is null at %q, where the schema forbids it", c.Name, at, pointer)
			}
			nullsShown(names, schema.Value, value, missing)
		}
		for at, content := range contents(doc) {
			for _, media := range content {
				for _, e := range media.Examples {
					shown(at, media.Schema, e.Value.Value)
				}
			}
		}
		for event, p := range payloads(t, c.Document) {
			for _, media := range p.Post.RequestBody.Content {
				for _, e := range media.Examples {
					shown(event, doc.Components.Schemas[strings.TrimPrefix(media.Schema["$ref"], "#/components/schemas/")], e.Value)
				}
			}
		}
		if diff := cmp.Diff([]string(nil), slices.Sorted(maps.Keys(missing))); diff != "" {
			t.Errorf("%s: properties that are null in no example (-want +got):\n%s", c.Name, diff)
		}
	}
}

// contents are the bodies of a contract, by operation and status.
func contents(doc *openapi3.T) map[string]openapi3.Content {
	all := map[string]openapi3.Content{}
	for _, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			if op.RequestBody != nil {
				all[op.OperationID+" body"] = op.RequestBody.Value.Content
			}
			for status, response := range op.Responses.Map() {
				all[op.OperationID+" "+status] = response.Value.Content
			}
		}
	}
	return all
}

// nullsShown takes the properties that are null in a value out of those that are missing.
func nullsShown(names map[*openapi3.Schema]string, schema *openapi3.Schema, value any, missing map[string]bool) {
	switch value := value.(type) {
	case map[string]any:
		for name, inner := range value {
			property := schema.Properties[name]
			if property == nil {
				continue
			}
			if inner == nil {
				delete(missing, names[schema]+"."+name)
			}
			nullsShown(names, property.Value, inner, missing)
		}
	case []any:
		for _, item := range value {
			if schema.Items != nil {
				nullsShown(names, schema.Items.Value, item, missing)
			}
		}
	}
}

// TestClosedEnumsAreThoseOfTheDecision: see docs/adr/0009-open-and-closed-enums.md. Every other enum is an
// x-extensible-enum, to which a version may add values.
func TestClosedEnumsAreThoseOfTheDecision(t *testing.T) {
	t.Parallel()
	want := []string{
		"v1 AiCallSort", "v1 AiCallStatus", "v1 ApplicationSort", "v1 ApplicationStatus", "v1 CandidateSort", "v1 CandidateStatus", "v1 CertificationStatus", "v1 DeliverySort", "v1 DeliveryStatus", "v1 EventReplaySort", "v1 EventReplayStatus",
		"v1 EventTypeFilter", "v1 InterviewSort", "v1 InterviewStatus", "v1 JobSort", "v1 JobStatus", "v1 MatchSort", "v1 Mode", "v1 PipelineSort", "v1 ProposalStatus", "v1 RemoteType", "v1 RequestMethod",
		"v1 SalaryPeriod", "v1 StatusClass", "v1 WebhookSort", "v1 WebhookStatus",
	}
	var got []string
	for _, c := range openapi.All() {
		if c.Name == "intake" {
			continue // its only one is that of v1, which TestContractsShareNoNames compares
		}
		var found func(at string, node any)
		found = func(at string, node any) {
			switch node := node.(type) {
			case []any:
				for _, n := range node {
					found(at, n)
				}
			case map[string]any:
				if _, ok := node["enum"].([]any); ok {
					got = append(got, c.Name+" "+strings.TrimPrefix(at, "Nullable"))
				}
				for key, n := range node {
					if key != "example" && key != "examples" {
						found(at, n)
					}
				}
			}
		}
		var document struct {
			Paths      any
			Components map[string]map[string]any
		}
		if err := json.Unmarshal(c.Document, &document); err != nil {
			t.Fatal(err)
		}
		found("paths", document.Paths)
		for _, kind := range document.Components {
			for name, node := range kind {
				found(name, node)
			}
		}
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, slices.Compact(got)); diff != "" {
		t.Errorf("closed enums (-decided +found):\n%s", diff)
	}
}
