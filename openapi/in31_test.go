package openapi_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"itmanagerjobs/openapi"
)

// TestBothDocumentsSayTheSame compares the two forms of the contract: every operation, parameter, header, body, answer,
// event and schema, with all that is said of it.
func TestBothDocumentsSayTheSame(t *testing.T) {
	t.Parallel()
	want, got := mustReadCommon(t, openapi.V1), mustReadCommon(t, openapi.V1In31)
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(common{}, shape{})); diff != "" {
		t.Errorf("(-3.0 +3.1):\n%s", diff)
	}
	events, _ := got.events.(map[string]any)
	if len(events) != len(payloads(t, openapi.V1)) || len(events) == 0 {
		t.Errorf("%d events are described", len(events))
	}
}

func mustReadCommon(t *testing.T, document []byte) common {
	t.Helper()
	doc, err := decodeDocument(document)
	if err != nil {
		t.Fatal(err)
	}
	c, shapes, err := readCommon(doc)
	if err != nil {
		t.Fatal(err)
	}
	const few = 1000
	if shapes < few {
		t.Fatalf("only %d schemas were found", shapes)
	}
	return c
}

// TestDifferencesAreFound shows that the comparison can fail: of every name and kind of member in the document, the
// first one is taken out, and then changed: a list loses its last element.
func TestDifferencesAreFound(t *testing.T) {
	t.Parallel()
	want := mustReadCommon(t, openapi.V1)
	doc, err := decodeDocument(openapi.V1In31)
	if err != nil {
		t.Fatal(err)
	}
	found := func() bool {
		got, _, err := readCommon(doc)
		return err != nil || !reflect.DeepEqual(want, got)
	}
	if found() {
		t.Fatal("the documents differ")
	}
	planted := 0
	for pointer, parent := range firsts(doc) {
		name := pointer[strings.LastIndex(pointer, "/")+1:]
		kept := parent[name]
		delete(parent, name)
		if !found() {
			t.Errorf("nobody misses %s", pointer)
		}
		planted++
		parent[name] = "changed"
		if list, ok := kept.([]any); ok && len(list) > 0 {
			parent[name] = list[:len(list)-1]
		}
		if _, ok := kept.(map[string]any); !ok {
			if !found() {
				t.Errorf("nobody sees that %s is changed", pointer)
			}
			planted++
		}
		parent[name] = kept
	}
	const few = 100
	if planted < few {
		t.Errorf("only %d differences were planted", planted)
	}
	t.Logf("%d differences", planted)
}

// firsts are the first members of every name and kind, with the objects that they stand in, by their places. What stands in an
// example is one value, and is not looked into; neither are names that the contract gives, of properties and the like.
func firsts(doc map[string]any) map[string]map[string]any {
	all, seen := map[string]map[string]any{}, map[string]bool{}
	var walk func(at string, node any, given bool)
	walk = func(at string, node any, given bool) {
		switch node := node.(type) {
		case []any:
			for i, n := range node {
				walk(at+"/"+strconv.Itoa(i), n, false)
			}
		case map[string]any:
			for _, name := range slices.Sorted(maps.Keys(node)) {
				if kind := fmt.Sprintf("%s %T", name, node[name]); !given && !seen[kind] {
					seen[kind] = true
					all[at+"/"+name] = node
				}
				if !given && (name == "example" || name == "examples") {
					continue
				}
				names := []string{"properties", "schemas", "parameters", "headers", "responses", "paths", "webhooks", "content", "securitySchemes"}
				walk(at+"/"+name, node[name], !given && slices.Contains(names, name))
			}
		}
	}
	walk("", doc, false)
	return all
}

// TestTheDocumentIn31IsValid: the parser that reads the document in 3.0 finds no fault in the one in 3.1.
func TestTheDocumentIn31IsValid(t *testing.T) {
	t.Parallel()
	if err := load(t, openapi.V1In31).Validate(context.Background()); err != nil {
		t.Error(err)
	}
}

// TestSchemasIn31AreJSONSchema compiles every schema as JSON Schema 2020-12, and holds every example against its schema.
func TestSchemasIn31AreJSONSchema(t *testing.T) {
	t.Parallel()
	examples, problems := judgeSchemas(t, openapi.V1In31)
	if diff := cmp.Diff([]string(nil), problems); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	const few = 1000
	if examples < few {
		t.Errorf("only %d examples were found", examples)
	}
	t.Logf("%d examples", examples)
}

// TestWrongSchemasIn31AreFound shows that the judgement can be bad.
func TestWrongSchemasIn31AreFound(t *testing.T) {
	t.Parallel()
	for _, fault := range [][2]string{
		{`"maxLength": 200,`, `"maxLength": "200",`},
		{`"null"`, `"none"`},
		{`"reference": null`, `"reference": 7`},
		{`"format": "date-time",`, `"format": "email",`},
	} {
		document := bytes.ReplaceAll(openapi.V1In31, []byte(fault[0]), []byte(fault[1]))
		if bytes.Equal(document, openapi.V1In31) {
			t.Errorf("the document lacks %s, so the fault cannot be planted", fault[0])
		}
		if _, problems := judgeSchemas(t, document); len(problems) == 0 {
			t.Errorf("%s instead of %s passes", fault[1], fault[0])
		}
	}
}

// judgeSchemas counts the examples of a document of OpenAPI 3.1 and says what is wrong with them and with the schemas.
func judgeSchemas(t *testing.T, document []byte) (examples int, problems []string) {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	const at = "https://itmanagerjobs.example/openapi-3.1.json"
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	if err := c.AddResource(at, doc); err != nil {
		t.Fatal(err)
	}
	for place, values := range schemasIn(doc) {
		schema, err := c.Compile(at + "#" + (&url.URL{Path: place}).EscapedPath())
		if err != nil {
			problems = append(problems, place+": "+err.Error())
			continue
		}
		for _, value := range values {
			examples++
			if err := schema.Validate(value); err != nil {
				problems = append(problems, place+": "+err.Error())
			}
		}
	}
	slices.Sort(problems)
	return examples, problems
}

// schemasIn are the places of all schemas in a document, as JSON pointers, with the examples of each.
func schemasIn(doc any) map[string][]any {
	all := map[string][]any{}
	var schema, other func(at string, node any)
	schema = func(at string, node any) {
		s, ok := node.(map[string]any)
		if !ok {
			return
		}
		all[at] = append(all[at], listOf(s["examples"])...)
		properties, _ := s["properties"].(map[string]any)
		for name, property := range properties {
			schema(at+"/properties/"+escape(name), property)
		}
		schema(at+"/items", s["items"])
		schema(at+"/additionalProperties", s["additionalProperties"])
		for i, either := range listOf(s["anyOf"]) {
			schema(at+"/anyOf/"+strconv.Itoa(i), either)
		}
	}
	other = func(at string, node any) {
		switch node := node.(type) {
		case []any:
			for i, n := range node {
				other(at+"/"+strconv.Itoa(i), n)
			}
		case map[string]any:
			if s, ok := node["schema"]; ok {
				all[at+"/schema"] = examplesBeside(node)
				schema(at+"/schema", s)
			}
			for name, n := range node {
				if name != "schema" && name != "example" && name != "examples" {
					other(at+"/"+escape(name), n)
				}
			}
		}
	}
	root, _ := doc.(map[string]any)
	components, _ := root["components"].(map[string]any)
	schemas, _ := components["schemas"].(map[string]any)
	for name, s := range schemas {
		schema("/components/schemas/"+escape(name), s)
	}
	for name, n := range root {
		if name != "components" {
			other("/"+name, n)
		}
	}
	for name, n := range components {
		if name != "schemas" {
			other("/components/"+name, n)
		}
	}
	return all
}

// examplesBeside are the examples of a parameter, a header or a media type.
func examplesBeside(o map[string]any) []any {
	var all []any
	if example, ok := o["example"]; ok {
		all = append(all, example)
	}
	examples, _ := o["examples"].(map[string]any)
	for _, e := range examples {
		if e, ok := e.(map[string]any); ok {
			all = append(all, e["value"])
		}
	}
	return all
}

// escape is a name as a part of a JSON pointer (RFC 6901).
func escape(name string) string { return strings.NewReplacer("~", "~0", "/", "~1").Replace(name) }
