package contract

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/oapi-codegen/runtime"

	apiv1 "itmanagerjobs/gen/v1"
	"itmanagerjobs/openapi"
	"itmanagerjobs/store/board"
)

const testBodyLimit = 1 << 20

func testValidator(t testing.TB) *Validator {
	t.Helper()
	v, err := newValidator(openapi.V1)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// checkJSON checks a JSON body as POST or PATCH of a job would be.
func checkJSON(v *Validator, method, path, body string) (*http.Request, error) {
	r := httptest.NewRequest(method, "/", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	return r, checkRequest(v, r, path, nil)
}

func checkRequest(v *Validator, r *http.Request, path string, params map[string]string) error {
	r.Body = http.MaxBytesReader(nil, r.Body, testBodyLimit)
	if params == nil {
		params = map[string]string{"id": "1", "reference": "PL-001"}
	}
	return v.Check(r, r.Method, path, params)
}

// lines writes an error in the way the tables below state it.
func lines(t testing.TB, err error) []string {
	t.Helper()
	if err == nil {
		return nil
	}
	e, ok := errors.AsType[*board.Error](err)
	if !ok {
		t.Fatalf("not a board.Error: %v", err)
	}
	out := []string{string(e.Code)}
	for _, f := range e.Fields {
		out = append(out, f.Field+" "+f.Code+": "+f.Message)
	}
	return out
}

func TestCheckJobBody(t *testing.T) {
	t.Parallel()
	v := testValidator(t)
	tests := []struct {
		name, method, path, body string
		want                     []string
	}{
		{"minimal", "POST", "/api/v1/jobs", `{"title":"x"}`, nil},
		{"nulls clear", "PATCH", "/api/v1/jobs/{id}", `{"salary":null,"city":null,"employmentType":null,"requiredSkills":null}`, nil},
		{"byte order mark", "POST", "/api/v1/jobs", "\xef\xbb\xbf" + `{"title":"x"}`, nil},
		{"null as optional body", "POST", "/api/v1/jobs/{id}/publish", `null`, nil},
		{"null as optional field", "POST", "/api/v1/jobs/{id}/publish", `{"expiryDate":null}`, nil},
		{"empty patch", "PATCH", "/api/v1/jobs/{id}", `{}`, nil},
		{"numbers as written", "POST", "/api/v1/jobs", `{"title":"x","salary":{"min":1e3,"max":1000.50,"currency":"GBP","period":"Year"}}`, nil},
		{"missing title", "POST", "/api/v1/jobs", `{}`, []string{"invalid_request", "title required: is needed; it takes 1 to 200 characters"}},
		{"null title", "PATCH", "/api/v1/jobs/{id}", `{"title":null}`, []string{"invalid_request", "title required: must not be null"}},
		{"empty title", "POST", "/api/v1/jobs", `{"title":""}`, []string{"invalid_request", "title too_short: must not be empty; it takes 1 to 200 characters"}},
		{"long title", "POST", "/api/v1/jobs", `{"title":"` + strings.Repeat("ä", 10_000) + `"}`,
			[]string{"invalid_request", "title too_long: must have at most 200 characters, but has 10000"}},
		{"number as title", "POST", "/api/v1/jobs", `{"title":5}`, []string{"invalid_request", "title invalid_type: must be a string, not a number"}},
		{"unknown fields", "POST", "/api/v1/jobs", `{"title":"x","Title":"y","apply_url":"z","":1,"a.b":2,"salary":{"currency":"GBP","period":"Year","mx":1}}`,
			[]string{"invalid_request",
				`[""] unknown_field: is not a known field` + knownOfJob,
				"Title unknown_field: is not a known field (did you mean title?)",
				`["a.b"] unknown_field: is not a known field` + knownOfJob,
				"apply_url unknown_field: is not a known field (did you mean applyUrl?)",
				"salary.mx unknown_field: is not a known field (did you mean max?)"}},
		{"server's fields", "PATCH", "/api/v1/jobs/{id}", `{"id":1,"status":"Active"}`,
			[]string{"invalid_request", "id unknown_field: is set by the platform: leave it out", "status unknown_field: is set by the platform: leave it out"}},
		{"a field of another request", "PATCH", "/api/v1/jobs/{id}", `{"expiryDate":null}`,
			[]string{"invalid_request", "expiryDate unknown_field: cannot be set by this request: leave it out"}},
		{"a field of whoever has applied", "POST", "/api/v1/applications/{id}/status", `{"status":"Hired","applicant":{}}`,
			[]string{"invalid_request", "applicant unknown_field: cannot be set by this request: leave it out"}},
		{"enums", "POST", "/api/v1/jobs", `{"title":"x","remoteType":"onsite","applyMethod":5,"salary":{"currency":"GBP","period":null}}`,
			[]string{"invalid_request",
				"applyMethod invalid_type: must be a string, not a number; one of: EmailApply, UrlApply, DirectApply, HttpPushApply",
				"remoteType not_allowed: must be one of: OnSite, HybridRemote, FullyRemote",
				"salary.period required: must not be null; one of: Hour, Day, Month, Year"}},
		{"salary", "POST", "/api/v1/jobs", `{"title":"x","salary":{"min":"1","max":-0.5,"currency":"gbp"}}`,
			[]string{"invalid_request",
				"salary.currency invalid_format: must be of the same form as GBP",
				"salary.max out_of_range: must be a number between 0 and 100000000",
				"salary.min invalid_type: must be a number between 0 and 100000000, not a string",
				"salary.period required: is needed; one of: Hour, Day, Month, Year"}},
		{"huge numbers", "POST", "/api/v1/jobs", `{"title":"x","salary":{"min":1e999,"max":` + strings.Repeat("9", 500) + `,"currency":"POUND","period":"Year"}}`,
			[]string{"invalid_request",
				"salary.currency too_long: must have exactly 3 characters, but has 5",
				"salary.max out_of_range: must be a number between 0 and 100000000",
				"salary.min out_of_range: must be a number between 0 and 100000000"}},
		{"skills", "POST", "/api/v1/jobs", `{"title":"x","requiredSkills":["ok","",null,5],"optionalSkills":"Go"}`,
			[]string{"invalid_request",
				"optionalSkills invalid_type: must be a list, not a string",
				"requiredSkills[1] too_short: must not be empty; it takes 1 to 60 characters",
				"requiredSkills[2] required: must not be null",
				"requiredSkills[3] invalid_type: must be a string, not a number"}},
		{"too many skills", "POST", "/api/v1/jobs", `{"title":"x","requiredSkills":["a"` + strings.Repeat(`,"a"`, 50) + `]}`,
			[]string{"invalid_request", "requiredSkills too_long: must have at most 50 items, but has 51"}},
		{"formats", "POST", "/api/v1/jobs", `{"title":"x","applyEmailAddress":"Jo <jo@example.com>","applyUrl":"/relative","applyPushUrl":"https://a b/"}`,
			[]string{"invalid_request",
				"applyEmailAddress invalid_format: must be an email address such as jobs@example.com",
				"applyPushUrl invalid_format: must be an absolute URL such as https://example.com/jobs/1",
				"applyUrl invalid_format: must be an absolute URL such as https://example.com/jobs/1"}},
		{"list as body", "POST", "/api/v1/jobs", `[]`, []string{"invalid_request", "body invalid_type: must be an object, not a list"}},
		{"null as body", "POST", "/api/v1/jobs", `null`, []string{"invalid_request", "body required: must not be null"}},
		{"truncated", "POST", "/api/v1/jobs", `{"title":"x"`, []string{"invalid_request", "body invalid_format: must be complete JSON, but ends too early"}},
		{"twice", "POST", "/api/v1/jobs", `{"title":"x","title":"y"}`, []string{"invalid_request", "title duplicate: is given twice"}},
		{"empty", "POST", "/api/v1/jobs", ``, []string{"invalid_request", "body required: is needed, but is empty"}},
		{"batch of anything", "POST", "/api/v1/jobs/batch", `{"jobs":[{"title":5},{"nonsense":[]}]}`, nil},
		{"batch of what is no job", "POST", "/api/v1/jobs/batch", `{"jobs":[{},5,null]}`,
			[]string{"invalid_request", "jobs[1] invalid_type: must be an object, not a number", "jobs[2] required: must not be null"}},
		{"empty batch", "POST", "/api/v1/jobs/batch", `{"jobs":[]}`,
			[]string{"invalid_request", "jobs too_short: must not be empty; it takes 1 to 100 items"}},
		{"dates", "POST", "/api/v1/jobs/{id}/publish", `{"expiryDate":"2030-02-28T23:59:59.5+02:00"}`, nil},
	}
	for _, bad := range []string{"2030-02-31T00:00:00Z", "300000-01-01T00:00:00Z", "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+01:00",
		"9999-12-31T23:59:59-01:00", "2030-01-01", "2030-01-01T00:00:00", "2030-01-01T1:00:00Z", "2030-01-01T00:00:60Z", "2030-01-01T00:00:00,5Z", "2030-01-01T00:00:00+99:00", ""} {
		tests = append(tests, struct {
			name, method, path, body string
			want                     []string
		}{"date " + bad, "POST", "/api/v1/jobs/{id}/publish", `{"expiryDate":"` + bad + `"}`,
			[]string{"invalid_request", "expiryDate invalid_format: must be a time with its zone, such as 2026-06-01T00:00:00Z"}})
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := checkJSON(v, tt.method, tt.path, tt.body)
			if diff := cmp.Diff(tt.want, lines(t, err)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestCheckQueryAndBodyTogether(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest(http.MethodPost, "/?x=1", strings.NewReader(`{"title":5}`))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", "\x7f")
	want := []string{"invalid_request", "x unknown_field: is not a known parameter; this operation takes none",
		"Idempotency-Key invalid_format: must be of printable ASCII characters only", "title invalid_type: must be a string, not a number"}
	if diff := cmp.Diff(want, lines(t, checkRequest(testValidator(t), r, "/api/v1/jobs", nil))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCheckBodyTooLarge(t *testing.T) {
	t.Parallel()
	v := testValidator(t)
	for _, chunked := range []bool{false, true} {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{"title":"`+strings.Repeat("x", 5<<20)+`"}`))
		r.Header.Set("Content-Type", "application/json")
		if chunked {
			r.ContentLength = -1
		}
		err := checkRequest(v, r, "/api/v1/jobs", nil)
		want := board.Errorf(board.CodePayloadTooLarge, "The request body is too large; at most 1048576 bytes are taken.")
		if diff := cmp.Diff(error(want), err); diff != "" {
			t.Errorf("chunked %v (-want +got):\n%s", chunked, diff)
		}
	}
}

// An answer stays small however much is wrong.
func TestCheckNamesAtMostSoMany(t *testing.T) {
	t.Parallel()
	v := testValidator(t)
	var b strings.Builder
	b.WriteString(`{"title":"x"`)
	for i := range maxJSONValues - 2 {
		fmt.Fprintf(&b, `,"unknown%d":1`, i)
	}
	b.WriteString(`}`)
	_, err := checkJSON(v, http.MethodPost, "/api/v1/jobs", b.String())
	e, ok := errors.AsType[*board.Error](err)
	if !ok || len(e.Fields) != maxProblems || !strings.HasSuffix(e.Message, "There may be more.") {
		t.Fatalf("got %d fields, %q", len(e.Fields), e.Message)
	}

	_, err = checkJSON(v, http.MethodPost, "/api/v1/jobs", `{"title":"x","`+strings.Repeat("n", 100_000)+`":1}`)
	if got := lines(t, err)[1]; len(got) > 400 {
		t.Errorf("a long name is given back whole: %d bytes", len(got))
	}
}

// A handler binds the value that was checked, and can read the body as often as it needs.
func TestCheckedBody(t *testing.T) {
	t.Parallel()
	const body = `{"title":"x","salary":{"min":1.50,"currency":"GBP","period":"Year"}}`
	r, err := checkJSON(testValidator(t), http.MethodPost, "/api/v1/jobs", body)
	if err != nil {
		t.Fatal(err)
	}
	var want, got apiv1.JobCreate
	if err := json.Unmarshal([]byte(body), &want); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := runtime.BindJSONBody(r, &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("bound (-want +got):\n%s", diff)
		}
		read, err := io.ReadAll(r.Body)
		if err != nil || string(read) != body || r.ContentLength != int64(len(body)) {
			t.Errorf("read %q, %v", read, err)
		}
		if again, err := Body(r); err != nil || string(again) != body {
			t.Errorf("read again %q, %v", again, err)
		}
		if r.Body, err = r.GetBody(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCheckUnknownOperation(t *testing.T) {
	t.Parallel()
	err := checkRequest(testValidator(t), httptest.NewRequest(http.MethodGet, "/", nil), "/nowhere", nil)
	if _, ok := errors.AsType[*board.Error](err); err == nil || ok {
		t.Errorf("got %v, want an internal error", err)
	}
}

func TestCheckSchema(t *testing.T) {
	t.Parallel()
	v := testValidator(t)
	decode := func(s string) any {
		value, problem := DecodeJSON([]byte(s))
		if problem != nil {
			t.Fatal(problem)
		}
		return value
	}
	if err := v.CheckSchema(t.Context(), "JobCreate", decode(`{"title":"x"}`), ""); err != nil {
		t.Error(err)
	}
	got := lines(t, v.CheckSchema(t.Context(), "JobCreate", decode(`{"salary":{"currency":5,"period":"Year"},"Title":""}`), "jobs[3]"))
	if diff := cmp.Diff([]string{"invalid_request", "jobs[3].Title unknown_field: is not a known field (did you mean title?)",
		"jobs[3].salary.currency invalid_type: must be a string, not a number", "jobs[3].title required: is needed; it takes 1 to 200 characters"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, ok := errors.AsType[*board.Error](v.CheckSchema(t.Context(), "Nothing", nil, "")); ok {
		t.Error("an unknown schema is the caller's fault")
	}
}

// A rule sees what is left of a body without the bad fields, and adds to them.
func TestRules(t *testing.T) {
	t.Parallel()
	var seen any
	var rules Rules
	AddRule(&rules, func(_ context.Context, rest map[string]any) []board.FieldError {
		seen = rest
		return []board.FieldError{{Field: "applyUrl", Code: "invalid_format", Message: "no host"}, {Field: "title", Code: "required", Message: "again"}}
	}, "JobCreate")
	v, err := testValidator(t).WithRules(&rules)
	if err != nil {
		t.Fatal(err)
	}
	_, err = checkJSON(v, http.MethodPost, "/api/v1/jobs", `{"x":1,"title":5,"applyUrl":"ftp://a","requiredSkills":["a",5],"salary":{"min":-1,"currency":"GBP","period":"Year"}}`)
	want := []string{"invalid_request", "requiredSkills[1] invalid_type: must be a string, not a number",
		"salary.min out_of_range: must be a number between 0 and 100000000", "title invalid_type: must be a string, not a number",
		"x unknown_field: is not a known field" + knownOfJob, "applyUrl invalid_format: no host"}
	if diff := cmp.Diff(want, lines(t, err)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(any(map[string]any{"applyUrl": "ftp://a", "salary": map[string]any{"currency": "GBP", "period": "Year"}}), seen); diff != "" {
		t.Errorf("seen by the rules (-want +got):\n%s", diff)
	}
	seen = nil
	if _, err := checkJSON(v, http.MethodPost, "/api/v1/jobs", `{"title":"x"}`); err != nil || seen != nil {
		t.Errorf("a good body: %v, rules saw %v", err, seen)
	}
}

func TestRulesAreOfKnownSchemasAndOneEach(t *testing.T) {
	t.Parallel()
	none := func(context.Context, map[string]any) []board.FieldError { return nil }
	var unknown Rules
	AddRule(&unknown, none, "Nothing")
	if _, err := testValidator(t).WithRules(&unknown); err == nil {
		t.Error("a rule for a schema that no contract has is accepted")
	}
	defer func() {
		if recover() == nil {
			t.Error("a second rule for one schema is accepted")
		}
	}()
	var twice Rules
	AddRule(&twice, none, "JobCreate", "JobCreate")
}

// knownOfJob ends the message of a field that no field of a job is like.
const knownOfJob = "; known are: applyEmailAddress, applyMethod, applyPushUrl, applyUrl, city, country, countryCode, description, employmentType, optionalSkills, reference, remoteType, requiredSkills, salary, seniority, title"

// Each unknown field is named, at every depth and in each item of a list.
func TestUnknownFieldsAreNamedOneByOne(t *testing.T) {
	t.Parallel()
	v, err := newValidator([]byte(specOfMore))
	if err != nil {
		t.Fatal(err)
	}
	_, err = checkJSON(v, http.MethodPost, "/nested", `{"z":1,"items":[{"b":1,"a":"x","property \"c\" is unsupported":2},{"b":3}],"y":2,"all":{"one":1,"q":1,"p":2}}`)
	want := []string{"invalid_request", "all.p unknown_field: is not a known field; known are: one", "all.q unknown_field: is not a known field; known are: one", "all.two required: is needed",
		"items[0].b unknown_field: is not a known field; known are: a", `items[0]["property \"c\" is unsupported"] unknown_field: is not a known field; known are: a`,
		"items[1].b unknown_field: is not a known field; known are: a", "y unknown_field: is not a known field; known are: all, items", "z unknown_field: is not a known field; known are: all, items"}
	if diff := cmp.Diff(want, lines(t, err)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAnEnvelopeIsNoField(t *testing.T) {
	t.Parallel()
	v, err := newValidator(openapi.AutoTechJobs)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPut, "/", strings.NewReader(`{"id":"wh_1","created_at":"2026-01-01T00:00:00Z","data":{}}`))
	r.Header.Set("Content-Type", "application/json")
	err = checkRequest(v, r, "/v1/webhooks/{id}", map[string]string{"id": "wh_1"})
	want := []string{"invalid_request", "created_at unknown_field: is set by the platform: leave it out",
		"data unknown_field: is not a known field; known are: description, events, url", "id unknown_field: is set by the platform: leave it out"}
	if diff := cmp.Diff(want, lines(t, err)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
