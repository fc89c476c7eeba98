package consumer_test

import (
	"bytes"
	"net/url"
	"path/filepath"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"itmanagerjobs/openapi"
	"itmanagerjobs/openapi/documenttest"
	"itmanagerjobs/openapi/nulltest"
)

// TestRecordedAnswersFitTheDocumentIn31 holds every recorded exchange against the schemas of OpenAPI 3.1, as plain JSON
// Schema. It also puts each part of each body to null: the document in 3.1 must forbid it just where the one in 3.0 does.
func TestRecordedAnswersFitTheDocumentIn31(t *testing.T) {
	t.Parallel()
	doc, err := documenttest.Load(openapi.V1)
	if err != nil {
		t.Fatal(err)
	}
	r := recordings{contract: "v1", doc: doc, schemas: map[string]*openapi3.SchemaRef{}}
	compile := compiler(t, openapi.V1In31)
	var all []strictValue
	for _, set := range []string{"frozen", "current"} {
		all = append(all, r.read(t, filepath.Join("../../snapshots/v1", set))...)
	}
	all = distinctValues(t, all)
	places := 0
	for _, v := range all {
		schema := compile(v.Schema)
		if err := schema.Validate(v.Value); err != nil {
			t.Errorf("%s: %v", v.where, err)
			continue
		}
		for pointer, mutated := range withNulls("", v.Value) {
			places++
			forbidden := len(nulltest.Forbidden(r.schemas[v.Contract+v.Schema], mutated)) > 0
			if err := schema.Validate(mutated); (err != nil) != forbidden {
				t.Errorf("%s: null at %q is forbidden in 3.0: %t, and in 3.1: %v", v.where, pointer, forbidden, err)
			}
		}
	}
	const few = 500
	if len(all) < few {
		t.Errorf("only %d recorded values were found", len(all))
	}
	t.Logf("%d values, null tried at %d places", len(all), places)
}

// compiler compiles schemas of a document by their JSON pointers.
func compiler(t *testing.T, document []byte) func(pointer string) *jsonschema.Schema {
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
	return func(pointer string) *jsonschema.Schema {
		t.Helper()
		schema, err := c.Compile(at + "#" + (&url.URL{Path: pointer}).EscapedPath())
		if err != nil {
			t.Fatal(err)
		}
		return schema
	}
}
