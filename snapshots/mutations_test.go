package snapshots

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"itmanagerjobs/openapi"
)

// objectOf and listOf are for documents whose form is known; another one is a mistake in the test.
func objectOf(v any) map[string]any {
	o, ok := v.(map[string]any)
	if !ok {
		panic("no object: " + short(v))
	}
	return o
}

func listOf(v any) []any {
	l, ok := v.([]any)
	if !ok {
		panic("no list: " + short(v))
	}
	return l
}

// document is a contract that a mutation changes.
type document struct{ root map[string]any }

// mutatedPaths are those that the mutations change, each with all that it refers to.
var mutatedPaths = []string{"/api/v1/me", jobs, "/api/v1/jobs/by-reference/{reference}", job, publish, "/healthz/live"}

// smallContract is the published contract without the other paths: to read the whole of it is nearly all the time that
// a comparison takes, and a gate looks at every path in the same way.
var smallContract = sync.OnceValues(func() ([]byte, error) {
	v, err := decode(openapi.V1)
	if err != nil {
		return nil, err
	}
	root := objectOf(v)
	all, components := objectOf(root["paths"]), objectOf(root["components"])
	paths, used := map[string]any{}, map[string]any{"securitySchemes": components["securitySchemes"]}
	var follow func(any)
	follow = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				follow(e)
			}
		case map[string]any:
			for _, e := range v {
				follow(e)
			}
			ref, _ := v["$ref"].(string)
			kind, name, ok := strings.Cut(strings.TrimPrefix(ref, "#/components/"), "/")
			if !ok {
				return
			}
			if used[kind] == nil {
				used[kind] = map[string]any{}
			}
			if of := objectOf(used[kind]); of[name] == nil {
				of[name] = objectOf(components[kind])[name]
				follow(of[name])
			}
		}
	}
	for _, path := range mutatedPaths {
		paths[path] = all[path]
		follow(all[path])
	}
	root["paths"], root["components"] = paths, used
	return encode(root), nil
})

func newDocument(t *testing.T) document {
	t.Helper()
	contract, err := smallContract()
	if err != nil {
		t.Fatal(err)
	}
	v, err := decode(contract)
	if err != nil {
		t.Fatal(err)
	}
	d := document{root: objectOf(v)}
	// The contract describes its events elsewhere; the gates must guard those that it may describe here.
	d.root["x-webhooks"] = map[string]any{
		"job.expired": map[string]any{"post": map[string]any{"requestBody": map[string]any{"content": map[string]any{
			"application/json": map[string]any{"schema": map[string]any{
				"type": "object", "required": []any{"jobPostId"},
				"properties": map[string]any{"jobPostId": map[string]any{"type": "integer"}, "expiredAt": map[string]any{"type": "string"}},
			}},
		}}}},
		"job.created": map[string]any{"post": map[string]any{}},
	}
	return d
}

// at finds an object or list by keys; a path of the API is one key.
func (d document) at(keys ...string) any {
	var v any = d.root
	for _, key := range keys {
		switch x := v.(type) {
		case map[string]any:
			v = x[key]
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil {
				panic(err)
			}
			v = x[i]
		}
		if v == nil {
			panic("the contract has no " + strings.Join(keys, " "))
		}
	}
	return v
}

func (d document) object(keys ...string) map[string]any { return objectOf(d.at(keys...)) }

func (d document) op(method, path string) map[string]any { return d.object("paths", path, method) }

func (d document) schema(name string, keys ...string) map[string]any {
	return d.object(append([]string{"components", "schemas", name}, keys...)...)
}

// appendTo lengthens a list, or begins it.
func appendTo(o map[string]any, key string, values ...any) {
	list, _ := o[key].([]any)
	o[key] = append(slices.Clone(list), values...)
}

func without(o map[string]any, key string, unwanted string) {
	o[key] = slices.DeleteFunc(slices.Clone(listOf(o[key])), func(v any) bool { return v == unwanted })
}

const (
	jobs    = "/api/v1/jobs"
	job     = "/api/v1/jobs/{id}"
	publish = "/api/v1/jobs/{id}/publish"
)

type mutation struct {
	name   string
	mutate func(d document)
}

func breakingMutations() []mutation {
	return []mutation{
		{"an operation goes", func(d document) { delete(d.object("paths", job), "delete") }},
		{"a path goes", func(d document) { delete(d.object("paths"), job) }},
		{"an operationId changes", func(d document) { d.op("get", job)["operationId"] = "readJob" }},
		{"a tag changes", func(d document) { d.op("get", job)["tags"] = []any{"Account"} }},
		{"a field goes from an answer", func(d document) {
			delete(d.schema("Job", "properties"), "city")
			without(d.schema("Job"), "required", "city")
		}},
		{"a field of an answer is renamed", func(d document) {
			properties := d.schema("Credits", "properties")
			properties["jobs"] = properties["jobPosting"]
			delete(properties, "jobPosting")
			without(d.schema("Credits"), "required", "jobPosting")
			appendTo(d.schema("Credits"), "required", "jobs")
		}},
		{"a field of an answer is no longer sure", func(d document) { without(d.schema("Job"), "required", "postedDate") }},
		{"a field of an answer may be null", func(d document) { d.schema("Job", "properties", "title")["nullable"] = true }},
		{"a field of an answer gets another type", func(d document) { d.schema("Job", "properties", "id")["type"] = "string" }},
		{"a field of an answer gets another format", func(d document) { d.schema("Job", "properties", "id")["format"] = "int32" }},
		{"an answer gains an enum value", func(d document) { appendTo(d.schema("JobStatus"), "enum", "Paused") }},
		{"an answer is closed", func(d document) { d.schema("Job")["additionalProperties"] = false }},
		{"a field goes from a request", func(d document) { delete(d.schema("JobCreate", "properties"), "seniority") }},
		{"a field of a request is required", func(d document) { appendTo(d.schema("JobCreate"), "required", "city") }},
		{"a new field of a request is required", func(d document) {
			d.schema("JobCreate", "properties")["department"] = map[string]any{"type": "string"}
			appendTo(d.schema("JobCreate"), "required", "department")
		}},
		{"a body is required", func(d document) { d.object("paths", publish, "post", "requestBody")["required"] = true }},
		{"an enum of a request is narrowed", func(d document) { without(d.schema("NullableRemoteType"), "enum", "OnSite") }},
		{"a minimum length is raised", func(d document) { d.schema("JobCreate", "properties", "title")["minLength"] = json.Number("5") }},
		{"a maximum length is lowered", func(d document) { d.schema("JobCreate", "properties", "title")["maxLength"] = json.Number("100") }},
		{"a maximum length appears", func(d document) { d.schema("JobPublish", "properties", "expiryDate")["maxLength"] = json.Number("25") }},
		{"a pattern appears", func(d document) { d.schema("JobCreate", "properties", "title")["pattern"] = "^[A-Z]" }},
		{"an enum appears", func(d document) {
			d.schema("JobCreate", "properties", "title")["enum"] = []any{"Lead", "Manager"}
		}},
		{"a request is closed where it was open", func(d document) {
			d.object("components", "parameters", "CursorQuery", "schema")["additionalProperties"] = false
		}},
		{"an optional parameter goes", func(d document) { withoutParameter(d.op("get", jobs), "UpdatedSinceQuery") }},
		{"a parameter is required", func(d document) { d.object("components", "parameters", "TextQuery")["required"] = true }},
		{"a new required parameter", func(d document) {
			appendTo(d.op("get", jobs), "parameters", map[string]any{
				"name": "office", "in": "query", "required": true, "schema": map[string]any{"type": "string"},
			})
		}},
		{"a parameter is renamed", func(d document) { d.object("components", "parameters", "TextQuery")["name"] = "text" }},
		{"a default changes", func(d document) {
			d.object("components", "parameters", "PageSizeQuery", "schema")["default"] = json.Number("20")
		}},
		{"a default appears", func(d document) {
			d.object("components", "parameters", "JobStatusQuery")["schema"] = map[string]any{
				"allOf": []any{map[string]any{"$ref": "#/components/schemas/JobStatus"}}, "default": "Active",
			}
		}},
		{"a maximum is lowered", func(d document) {
			d.object("components", "parameters", "PageSizeQuery", "schema")["maximum"] = json.Number("100")
		}},
		{"a successful response goes", func(d document) {
			delete(objectOf(d.op("put", "/api/v1/jobs/by-reference/{reference}")["responses"]), "201")
		}},
		{"an error response goes", func(d document) { delete(objectOf(d.op("post", publish)["responses"]), "402") }},
		{"a media type changes", func(d document) {
			content := d.object("paths", jobs, "get", "responses", "200", "content")
			content["application/vnd.jobs+json"] = content["application/json"]
			delete(content, "application/json")
		}},
		{"a header goes from an answer", func(d document) {
			delete(d.object("paths", jobs, "get", "responses", "200", "headers"), "Link")
		}},
		{"a way to sign in goes", func(d document) {
			d.op("get", jobs)["security"] = []any{map[string]any{"bearerAuth": []any{}}}
		}},
		{"what was public needs a key", func(d document) {
			d.op("get", "/healthz/live")["security"] = []any{map[string]any{"bearerAuth": []any{}}}
		}},
		{"a global way to sign in goes", func(d document) { d.root["security"] = []any{map[string]any{"bearerAuth": []any{}}} }},
		{"a scope changes", func(d document) { d.op("get", jobs)["x-required-scope"] = "CvSearch" }},
		{"a scope is needed where none was", func(d document) { d.op("get", "/api/v1/me")["x-required-scope"] = "JobPosting" }},
		{"a limit family changes", func(d document) { d.op("get", jobs)["x-rate-limit-family"] = "search" }},
		{"a body limit appears", func(d document) { d.op("post", jobs)["x-max-body-bytes"] = json.Number("1000") }},
		{"an error code goes", func(d document) { without(d.schema("ErrorCode"), "x-extensible-enum", "conflict") }},
		{"a webhook goes", func(d document) { delete(d.object("x-webhooks"), "job.created") }},
		{"a field goes from a webhook", func(d document) {
			delete(d.object("x-webhooks", "job.expired", "post", "requestBody", "content", "application/json", "schema", "properties"), "expiredAt")
		}},
	}
}

// withoutParameter takes a parameter out of an operation.
func withoutParameter(op map[string]any, name string) {
	op["parameters"] = slices.DeleteFunc(slices.Clone(listOf(op["parameters"])), func(v any) bool {
		return objectOf(v)["$ref"] == "#/components/parameters/"+name
	})
}

func additiveMutations() []mutation {
	return []mutation{
		{"nothing", func(document) {}},
		{"a new optional field of an answer", func(d document) {
			d.schema("Job", "properties")["department"] = map[string]any{"type": "string", "nullable": true}
		}},
		{"a new field of an answer that is always there", func(d document) {
			d.schema("Job", "properties")["languages"] = map[string]any{"type": "array", "items": map[string]any{"type": "string"}}
			appendTo(d.schema("Job"), "required", "languages")
		}},
		{"a new optional field of a request", func(d document) {
			d.schema("JobCreate", "properties")["department"] = map[string]any{"type": "string", "maxLength": json.Number("100")}
		}},
		{"a new optional query parameter", func(d document) {
			appendTo(d.op("get", jobs), "parameters", map[string]any{"name": "country", "in": "query", "schema": map[string]any{"type": "string"}})
		}},
		{"a new operation", func(d document) {
			d.object("paths")["/api/v1/jobs/{id}/languages"] = map[string]any{"get": d.op("get", job)}
			op := cloneObject(d.op("get", job))
			op["operationId"] = "listLanguages"
			d.object("paths", "/api/v1/jobs/{id}/languages")["get"] = op
		}},
		{"a new schema", func(d document) {
			d.object("components", "schemas")["Language"] = map[string]any{"type": "object", "required": []any{"id"}, "additionalProperties": false}
		}},
		{"a new header of an answer", func(d document) {
			d.object("paths", jobs, "get", "responses", "200", "headers")["Deprecation"] = map[string]any{"schema": map[string]any{"type": "string"}}
		}},
		{"a new webhook", func(d document) { d.object("x-webhooks")["job.deleted"] = map[string]any{"post": map[string]any{}} }},
		{"a new field of a webhook", func(d document) {
			schema := d.object("x-webhooks", "job.expired", "post", "requestBody", "content", "application/json", "schema")
			objectOf(schema["properties"])["jobTitle"] = map[string]any{"type": "string"}
			appendTo(schema, "required", "jobTitle")
		}},
		{"a new error code", func(d document) { appendTo(d.schema("ErrorCode"), "x-extensible-enum", "gone") }},
		{"a deprecation", func(d document) { d.op("put", job)["deprecated"] = true }},
		{"a new tag", func(d document) {
			appendTo(d.root, "tags", map[string]any{"name": "Events", "description": "What happened."})
		}},
		{"other words and examples", func(d document) {
			d.op("get", jobs)["summary"] = "Read the list of jobs"
			d.op("get", jobs)["description"] = "All of them."
			d.schema("JobCreate", "properties", "title")["example"] = "Delivery Manager"
			delete(d.schema("Job", "properties", "title"), "description")
			d.object("tags", "0")["description"] = "Who you are."
			d.object("info")["version"] = "1.1.0"
		}},
		{"another order of lists", func(d document) {
			slices.Reverse(listOf(d.op("get", jobs)["parameters"]))
			slices.Reverse(listOf(d.schema("Job")["required"]))
			slices.Reverse(listOf(d.schema("NullableRemoteType")["enum"]))
			slices.Reverse(listOf(d.op("get", jobs)["security"]))
			slices.Reverse(listOf(d.root["tags"]))
		}},
	}
}

func cloneObject(o map[string]any) map[string]any {
	v, err := decode(encode(o))
	if err != nil {
		panic(err)
	}
	return objectOf(v)
}

func TestGatesA1AndA2CatchEveryBreakingChange(t *testing.T) {
	t.Parallel()
	for _, m := range breakingMutations() {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			a1, a2 := mutated(t, m)
			if len(a1)+len(a2) == 0 {
				t.Error("neither gate finds anything")
			}
			t.Logf("A1 %v, A2 %v", a1, a2)
		})
	}
}

func TestGatesA1AndA2LetAdditionsPass(t *testing.T) {
	t.Parallel()
	for _, m := range additiveMutations() {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			a1, a2 := mutated(t, m)
			if len(a1)+len(a2) > 0 {
				t.Errorf("found A1 %v\nA2 %v", a1, a2)
			}
			frozen, now := newDocument(t), newDocument(t)
			m.mutate(now)
			if merged := Merge(frozen.root, now.root); text(merged) != text(now.root) {
				t.Error("the merged contract is not the present one, though all is additive")
			}
		})
	}
}

func mutated(t *testing.T, m mutation) (a1, a2 []Finding) {
	t.Helper()
	frozen, now := newDocument(t), newDocument(t)
	m.mutate(now)
	a1, err := Breaking(t.Context(), encode(frozen.root), encode(now.root))
	if err != nil {
		t.Fatal(err)
	}
	return a1, Kept(frozen.root, now.root)
}
