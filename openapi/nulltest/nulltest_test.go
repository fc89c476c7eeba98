package nulltest_test

import (
	"encoding/json"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/openapi/nulltest"
)

func TestForbidden(t *testing.T) {
	t.Parallel()
	const colour = `{"type":"string","enum":["red"]}`
	tests := []struct {
		name, schema, value string
		want                []string
	}{
		{"nullable", `{"type":"string","nullable":true}`, `null`, nil},
		{"not nullable", `{"type":"string"}`, `null`, []string{""}},
		{"an enum without null", `{"type":"string","nullable":true,"enum":["red"]}`, `null`, []string{""}},
		{"an enum with null", `{"type":"string","nullable":true,"enum":["red",null]}`, `null`, nil},
		{"nullable beside allOf widens nothing", `{"nullable":true,"allOf":[` + colour + `]}`, `null`, []string{""}},
		{"even with a type of its own", `{"type":"string","nullable":true,"allOf":[` + colour + `]}`, `null`, []string{""}},
		{"no type, no rule", `{}`, `null`, nil},
		{"deep", `{"type":"object","properties":{"a":{"type":"array","items":{"type":"object","properties":{"b":` + colour + `}}}}}`, `{"a":[{"b":"red"},{"b":null}],"c":null}`, []string{"/a/1/b"}},
		{"names that are free", `{"type":"object","additionalProperties":{"type":"string"}}`, `{"x":null}`, []string{"/x"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var schema openapi3.SchemaRef
			var value any
			if err := json.Unmarshal([]byte(tt.schema), &schema); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal([]byte(tt.value), &value); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, nulltest.Forbidden(&schema, value)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
