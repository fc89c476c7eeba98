package contract

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// specOfMore has what the contract does not have yet: whole numbers in bodies, forms, more formats.
const specOfMore = `{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{
	"/n":{"post":{"requestBody":{"required":true,"content":{"application/json":{"schema":{"type":"object","additionalProperties":false,"properties":{
		"n":{"type":"integer","format":"int64"},"m":{"type":"integer","minimum":1,"maximum":9},"list":{"type":"array","uniqueItems":true,"items":{"allOf":[{"type":"integer","format":"int32"}]}},
		"id":{"type":"string","format":"uuid"},"day":{"type":"string","format":"date"},"yes":{"type":"boolean"},"d":{"type":"integer","default":3}}}}}},"responses":{"204":{"description":"d"}}}},
	"/nested":{"post":{"requestBody":{"required":true,"content":{"application/json":{"schema":{"type":"object","additionalProperties":false,"properties":{
		"items":{"type":"array","items":{"type":"object","additionalProperties":false,"properties":{"a":{"type":"string"}}}},
		"all":{"allOf":[{"type":"object","additionalProperties":false,"properties":{"one":{"type":"integer"}}},{"type":"object","required":["two"],"properties":{"two":{"type":"integer"}}}]}}}}}},"responses":{"204":{"description":"d"}}}},
	"/form":{"post":{"requestBody":{"required":true,"content":{"multipart/form-data":{"schema":{"type":"object"}}}},"responses":{"204":{"description":"d"}}}},
	"/u/{key}":{"parameters":[{"name":"key","in":"path","required":true,"schema":{"type":"string","format":"uuid"}},{"name":"yes","in":"query","required":true,"schema":{"type":"boolean"}}],
		"get":{"parameters":[{"name":"X-Need","in":"header","required":true,"schema":{"type":"integer"}},{"name":"many","in":"query","schema":{"type":"array","items":{"type":"string","enum":["a","b"]}}}],
		"responses":{"204":{"description":"d"}}}}}}`

func TestCheckMore(t *testing.T) {
	t.Parallel()
	v, err := newValidator([]byte(specOfMore))
	if err != nil {
		t.Fatal(err)
	}
	const int64Words = "a whole number between -9223372036854775808 and 9223372036854775807"
	const int32Words = "a whole number between -2147483648 and 2147483647"
	for body, want := range map[string][]string{
		`{"n":9223372036854775807,"m":9,"list":[1,2],"id":"5f0c7a52-8d0e-4b7e-9a35-7f9b1a0c1d2e","day":"2028-02-29","yes":true}`: nil,
		`{"n":9223372036854775808,"m":10}`: {"invalid_request", "n out_of_range: must be " + int64Words, "m out_of_range: must be a whole number between 1 and 9"},
		`{"n":1.0}`:                        nil,
		`{"n":60.0,"list":[6e1,1.20E1]}`:   nil,
		`{"n":-0.0}`:                       nil,
		`{"n":1.5}`:                        {"invalid_request", "n invalid_type: must be " + int64Words},
		`{"n":1e-1}`:                       {"invalid_request", "n invalid_type: must be " + int64Words},
		`{"n":1e19}`:                       {"invalid_request", "n out_of_range: must be " + int64Words},
		`{"n":-1e99999999999}`:             {"invalid_request", "n out_of_range: must be " + int64Words},
		`{"n":1e-99999999999}`:             {"invalid_request", "n invalid_type: must be " + int64Words},
		`{"m":10.0}`:                       {"invalid_request", "m out_of_range: must be a whole number between 1 and 9"},
		`{"list":[1,1]}`:                   {"invalid_request", "list duplicate: must not have the same item twice"},
		`{"list":[1,2.5,4294967296]}`:      {"invalid_request", "list[1] invalid_type: must be " + int32Words, "list[2] out_of_range: must be " + int32Words},
		`{"id":"5f0c7a52","day":"2030-02-31","yes":1}`: {"invalid_request", "day invalid_format: must be a date such as 2026-06-01", "id invalid_format: must be a UUID such as 5f0c7a52-8d0e-4b7e-9a35-7f9b1a0c1d2e", "yes invalid_type: must be true or false, not a number"},
	} {
		if _, err := checkJSON(v, http.MethodPost, "/n", body); cmp.Diff(want, lines(t, err)) != "" {
			t.Errorf("%s (-want +got):\n%s", body, cmp.Diff(want, lines(t, err)))
		}
	}
	r, err := checkJSON(v, http.MethodPost, "/n", `{}`)
	if read, _ := io.ReadAll(r.Body); err != nil || string(read) != `{}` {
		t.Errorf("defaults were filled in: %s, %v", read, err)
	}

	for media, want := range map[string][]string{
		"multipart/form-data; boundary=x": nil,
		"multipart/form-data":             {"invalid_request", "Content-Type required: must name the boundary between the parts"},
		"application/json":                {"unsupported_media_type", "Content-Type not_allowed: must be multipart/form-data"},
	} {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("untouched"))
		r.Header.Set("Content-Type", media)
		err := checkRequest(v, r, "/form", nil)
		if diff := cmp.Diff(want, lines(t, err)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", media, diff)
		}
		if read, _ := io.ReadAll(r.Body); string(read) != "untouched" {
			t.Errorf("%s: the body was read", media)
		}
	}

	good := map[string]string{"key": "5f0c7a52-8d0e-4b7e-9a35-7f9b1a0c1d2e"}
	for _, tt := range []struct {
		query, need string
		params      map[string]string
		want        []string
	}{
		{"yes=true&many=a&many=b", "1", good, nil},
		{"yes=true", "1", map[string]string{"key": "x"}, []string{"not_found"}},
		{"yes=maybe&many=a&many=c", "x", good, []string{"invalid_request", "many[1] not_allowed: must be one of: a, b, not \"c\"", "yes invalid_type: must be true or false", "X-Need invalid_type: must be " + int64Words}},
		{"", "", good, []string{"invalid_request", "yes required: is needed", "X-Need required: is needed"}},
	} {
		r := httptest.NewRequest(http.MethodGet, "/?"+tt.query, nil)
		if tt.need != "" {
			r.Header.Set("X-Need", tt.need)
		}
		if diff := cmp.Diff(tt.want, lines(t, checkRequest(v, r, "/u/{key}", tt.params))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.query, diff)
		}
	}
}

func TestNewValidatorRefuses(t *testing.T) {
	t.Parallel()
	for _, spec := range []string{`{`, `{}`, `{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{},"components":{"schemas":{"JobBatch":{"type":"object"}}}}`} {
		if _, err := newValidator([]byte(spec)); err == nil {
			t.Errorf("accepted %s", spec)
		}
	}
}
