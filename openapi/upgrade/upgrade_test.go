package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/openapi"
)

// document is a contract with one component schema A, and others when more is given.
func document(schemas string) []byte {
	return []byte(`{"openapi":"3.0.3","info":{"license":{"name":"Apache 2.0","url":"https://www.apache.org/licenses/LICENSE-2.0.html"}},` +
		`"components":{"schemas":{"A":` + schemas + `}}}`)
}

func TestSchemas(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, was, want string }{
		{"nullable", `{"type":"string","nullable":true,"enum":["a",null]}`, `{"type":["string","null"],"enum":["a",null]}`},
		{"not nullable", `{"type":"string","nullable":false}`, `{"type":"string"}`},
		{"in its place", `{"type":"string","example":"a","maxLength":3}`, `{"type":"string","examples":["a"],"maxLength":3}`},
		{"the example null", `{"type":"string","nullable":true,"example":null}`, `{"type":["string","null"],"examples":[null]}`},
		{"bounds", `{"type":"integer","minimum":1,"maximum":9}`, `{"type":"integer","minimum":1,"maximum":9}`},
		{"bounds that exclude themselves", `{"type":"number","minimum":0,"exclusiveMinimum":true,"maximum":9.50,"exclusiveMaximum":true}`, `{"type":"number","exclusiveMinimum":0,"exclusiveMaximum":9.50}`},
		{"bounds that do not", `{"type":"number","minimum":0,"exclusiveMinimum":false}`, `{"type":"number","minimum":0}`},
		{"bytes", `{"type":"string","format":"binary","description":"A file."}`, `{"contentMediaType":"application/octet-stream","description":"A file."}`},
		{"encoded bytes", `{"type":"string","format":"byte"}`, `{"type":"string","contentEncoding":"base64"}`},
		{"an open enum", `{"type":"string","x-extensible-enum":["a"]}`, `{"type":"string","x-extensible-enum":["a"]}`},
		{
			"what is in it", `{"type":"object","properties":{"nullable":{"type":"array","nullable":true,"items":{"type":"string","nullable":true}}},"additionalProperties":{"type":"string","nullable":true}}`,
			`{"type":"object","properties":{"nullable":{"type":["array","null"],"items":{"type":["string","null"]}}},"additionalProperties":{"type":["string","null"]}}`,
		},
		{
			"examples are values", `{"type":"object","properties":{"example":{"type":"string"}},"example":{"example":"a","nullable":true}}`,
			`{"type":"object","properties":{"example":{"type":"string"}},"examples":[{"example":"a","nullable":true}]}`,
		},
		{"alternatives", `{"oneOf":[{"type":"string","nullable":true},{"$ref":"#/components/schemas/B"}]}`, `{"oneOf":[{"type":["string","null"]},{"$ref":"#/components/schemas/B"}]}`},
		{
			"a twin", `{"type":"string","description":"One.","enum":["a"],"example":"a"},"NullableA":{"type":"string","nullable":true,"description":"One or none.","enum":["a",null],"example":"a"}`,
			`{"type":"string","description":"One.","enum":["a"],"examples":["a"]},"NullableA":{"description":"One or none.","anyOf":[{"$ref":"#/components/schemas/A"},{"type":"null"}],"examples":["a"]}`,
		},
		{"a nullable schema without a twin", `{"type":"string"},"NullableB":{"type":"string","nullable":true}`, `{"type":"string"},"NullableB":{"type":["string","null"]}`},
		{"markup and prose", "{\"description\":\"<b> & `x-webhooks`\"}", "{\"description\":\"<b> & `webhooks`\"}"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := upgrade(document(tt.was))
			if err != nil {
				t.Fatal(err)
			}
			want, err := parse([]byte(`{"openapi":"3.1.0","info":{"license":{"name":"Apache 2.0","identifier":"Apache-2.0"}},` +
				`"jsonSchemaDialect":"https://spec.openapis.org/oas/3.1/dialect/base","components":{"schemas":{"A":` + tt.want + `}}}`))
			if err != nil {
				t.Fatal(err)
			}
			formatted, err := format(want)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(formatted), string(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestRefusals, because a keyword that is passed on unknown would mean something else in 3.1, or nothing.
func TestRefusals(t *testing.T) {
	t.Parallel()
	whole := func(old, replaced string) string { return strings.Replace(string(document(`{}`)), old, replaced, 1) }
	tests := []struct{ name, document, want string }{
		{"a keyword", string(document(`{"discriminator":{}}`)), "components: schemas: A: discriminator: the keyword is not known"},
		{"deep", string(document(`{"properties":{"b":{"items":{"not":{}}}}}`)), "components: schemas: A: properties: b: items: not: the keyword is not known"},
		{"nullable alone", string(document(`{"nullable":true}`)), "components: schemas: A: nullable: there is no type that it could widen"},
		{"a bound without a number", string(document(`{"exclusiveMinimum":true}`)), "components: schemas: A: exclusiveMinimum: there is no minimum"},
		{"a twin that differs", string(document(`{"type":"string"},"NullableA":{"type":"integer","nullable":true}`)), "components: schemas: NullableA: is no copy of A"},
		{"a twin that is not nullable", string(document(`{"type":"string"},"NullableA":{"type":"string"}`)), "components: schemas: NullableA: is no copy of A"},
		{"another version", whole("3.0.3", "2.0"), `openapi is "2.0", want 3.0.3`},
		{"another licence", whole("LICENSE-2.0", "LICENSE-1.1"), `info: the SPDX identifier of the licence at "https://www.apache.org/licenses/LICENSE-1.1.html" is not known`},
		{"other components", whole(`"schemas"`, `"links"`), "components: links: unknown"},
		{"a callback", whole(`"components"`, `"paths":{"/a":{"get":{"callbacks":{}}}},"components"`), "paths: /a: get: callbacks are not known"},
		{"parameters of a path", whole(`"components"`, `"paths":{"/a":{"parameters":[]}},"components"`), "paths: /a: parameters: only operations are known at a path"},
		{"a header without a schema", whole(`"schemas":{"A":{}}`, `"headers":{"A":{}}`), "components: headers: A: neither a schema nor a reference"},
		{"twice", string(document(`{"type":"string","type":"integer"}`)), "type stands twice in one object"},
		{"two documents", string(document(`{}`)) + "{}", "something follows the document"},
		{"no object", "[]", "the document is no object"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if _, err := upgrade([]byte(tt.document)); err == nil || err.Error() != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func TestThePublishedDocumentIsUpToDate(t *testing.T) {
	t.Parallel()
	to := filepath.Join(t.TempDir(), "openapi-3.1.json")
	if err := run([]string{"../v1/swagger.json", to}); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(got), string(openapi.V1In31)); diff != "" {
		t.Errorf("run `make generate` (-want +got):\n%s", diff)
	}
}
