package contract

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/board"
)

func TestCheckParameters(t *testing.T) {
	t.Parallel()
	v := testValidator(t)
	const (
		list  = "/api/v1/jobs"
		page  = "a whole number between 1 and 1000000"
		known = "; known are: page, pageSize, cursor, status, reference, updatedSince, q, sort"
	)
	tests := []struct {
		name, method, path, query string
		params                    map[string]string
		header                    http.Header
		want                      []string
	}{
		{name: "all", query: "page=1000000&pageSize=200&status=Active&reference=a&updatedSince=2026-04-01T09:00:00%2B02:00&q=a+b&sort=-updatedAt&cursor=x"},
		{name: "page 0", query: "page=0", want: []string{"invalid_query", "page out_of_range: must be " + page}},
		{name: "page overflow", query: "page=1000000000000000000", want: []string{"invalid_query", "page out_of_range: must be " + page}},
		{name: "page beyond int64", query: "page=99999999999999999999", want: []string{"invalid_query", "page out_of_range: must be " + page}},
		{name: "not JSON's numbers", query: "page=1.0&pageSize=1e2", want: []string{"invalid_query", "page invalid_type: must be " + page, "pageSize invalid_type: must be a whole number between 1 and 200"}},
		{name: "signs and zeros", query: "page=%2B5&pageSize=007", want: []string{"invalid_query", "page invalid_type: must be " + page, "pageSize invalid_type: must be a whole number between 1 and 200"}},
		{name: "empty", query: "page=&q=&status=", want: []string{"invalid_query", "page too_short: must not be empty; it takes " + page,
			"status too_short: must not be empty; it takes one value or more of: Draft, Active, Expired, Deactivated", "q too_short: must not be empty; it takes 1 to 200 characters"}},
		{name: "enum through allOf", query: "sort=title", want: []string{"invalid_query", "sort not_allowed: must be one of: createdAt, -createdAt, updatedAt, -updatedAt"}},
		{name: "date", query: "updatedSince=2030-02-31T00:00:00Z", want: []string{"invalid_query", "updatedSince invalid_format: must be a time with its zone, such as 2026-06-01T00:00:00Z"}},
		{name: "plus as blank", query: "updatedSince=2026-04-01T09:00:00+02:00", want: []string{"invalid_query",
			"updatedSince invalid_format: must be a time with its zone, such as 2026-06-01T00:00:00Z; in a query, + is written %2B"}},
		{name: "what PostgreSQL refuses", query: "q=%00&reference=%ff", want: []string{"invalid_query",
			"reference invalid_format: must be UTF-8 text without the character U+0000", "q invalid_format: must be UTF-8 text without the character U+0000"}},
		{name: "a list in one and in several", path: "/api/v1/candidates/search", query: "skills=Go,Java&skills=C%2B%2B"},
		{name: "a list in several, with an empty one", path: "/api/v1/candidates/search", query: "skills=Go&skills=",
			want: []string{"invalid_query", "skills[1] too_short: must not be empty; it takes 1 to 100 characters"}},
		{name: "several values", query: "status=Draft,Active,Draft"},
		{name: "several values in several", query: "status=Draft&status=Active,Expired"},
		{name: "an unknown value", query: "status=Open", want: []string{"invalid_query",
			`status not_allowed: must be one of: Draft, Active, Expired, Deactivated, not "Open"`}},
		{name: "unknown values among others", query: "status=Draft,Open&status=", want: []string{"invalid_query",
			`status[1] not_allowed: must be one of: Draft, Active, Expired, Deactivated, not "Open"`,
			`status[2] not_allowed: must be one of: Draft, Active, Expired, Deactivated, not ""`}},
		{name: "an unknown value of a list that may grow", path: "/api/v1/candidates/search", query: "availability=Immediate,Now", want: []string{"invalid_query",
			`availability[1] not_allowed: must be one of: Immediate, TwoWeeks, OneMonth, TwoMonths, ThreeMonths, not "Now"`}},
		{name: "too many values", query: "status=" + strings.TrimSuffix(strings.Repeat("Draft,", 21), ","), want: []string{"invalid_query",
			"status too_long: must have at most 20 items, but has 21"}},
		{name: "repeated", query: "page=1&page=2", want: []string{"invalid_query", "page duplicate: must be given once only"}},
		{name: "unknown", query: "page_size=5&colour=1", want: []string{"invalid_query",
			"colour unknown_field: is not a known parameter" + known, "page_size unknown_field: is not a known parameter (did you mean pageSize?)" + known}},
		{name: "unknown where there are none", path: "/api/v1/jobs/{id}", query: "x=1", want: []string{"invalid_query", "x unknown_field: is not a known parameter; this operation takes none"}},
		{name: "malformed escape", query: "q=%zz", want: []string{"invalid_query"}},
		{name: "semicolon", query: "a=1;b=2", want: []string{"invalid_query"}},

		{name: "id", path: "/api/v1/jobs/{id}", params: map[string]string{"id": "9007199254740991"}},
		{name: "id that no float64 holds", path: "/api/v1/jobs/{id}", params: map[string]string{"id": "9007199254740992"}, want: []string{"not_found"}},
		{name: "id of letters", path: "/api/v1/jobs/{id}", params: map[string]string{"id": "abc"}, want: []string{"not_found"}},
		{name: "id beyond int64", path: "/api/v1/jobs/{id}", params: map[string]string{"id": "99999999999999999999"}, want: []string{"not_found"}},
		{name: "id 0", path: "/api/v1/jobs/{id}", params: map[string]string{"id": "0"}, want: []string{"not_found"}},
		{name: "id that another one is written like", path: "/api/v1/jobs/{id}", params: map[string]string{"id": "007"}, want: []string{"not_found"}},
		{name: "empty id", path: "/api/v1/jobs/{id}", params: map[string]string{"id": ""}, want: []string{"not_found"}},
		{name: "no id", path: "/api/v1/jobs/{id}", params: map[string]string{}, want: []string{"not_found"}},
		{name: "long reference", method: "PUT", path: "/api/v1/jobs/by-reference/{reference}", params: map[string]string{"reference": strings.Repeat("x", 101)},
			want: []string{"invalid_request", "reference too_long: must have at most 100 characters, but has 101"}},
		{name: "NUL in reference", method: "PUT", path: "/api/v1/jobs/by-reference/{reference}", params: map[string]string{"reference": "a\x00"},
			want: []string{"invalid_request", "reference invalid_format: must be UTF-8 text without the character U+0000"}},

		{name: "good headers", method: "POST", path: "/api/v1/jobs/{id}/publish", header: http.Header{"Idempotency-Key": {strings.Repeat("~", 255)}, "If-Match": {`"1"`}}},
		{name: "bad headers", method: "POST", path: "/api/v1/jobs/{id}/publish", header: http.Header{"Idempotency-Key": {"ä"}, "If-Match": {""}}, want: []string{"invalid_request",
			"If-Match too_short: must not be empty; it takes 1 to 1000 characters", "Idempotency-Key invalid_format: must be of printable ASCII characters only"}},
		{name: "long and repeated headers", method: "POST", path: "/api/v1/jobs/{id}/publish", header: http.Header{"Idempotency-Key": {strings.Repeat("x", 256)}, "If-Match": {`"1"`, `"2"`}},
			want: []string{"invalid_request", "If-Match duplicate: must be given once only", "Idempotency-Key too_long: must have at most 255 characters, but has 256"}},
		{name: "If-None-Match in two lines", path: "/api/v1/jobs/{id}", header: http.Header{"If-None-Match": {`"1"`, `"2"`}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			method, path := tt.method, tt.path
			if method == "" {
				method = http.MethodGet
			}
			if path == "" {
				path = list
			}
			r := httptest.NewRequest(method, "/?"+tt.query, nil)
			if method == http.MethodPut {
				r = httptest.NewRequest(method, "/?"+tt.query, strings.NewReader(`{}`))
				r.Header.Set("Content-Type", "application/json")
			}
			maps.Copy(r.Header, tt.header)
			if diff := cmp.Diff(tt.want, lines(t, checkRequest(v, r, path, tt.params))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestCheckMediaType(t *testing.T) {
	t.Parallel()
	v := testValidator(t)
	refused := func(field, message string) []string {
		return []string{"unsupported_media_type", field + " not_allowed: " + message}
	}
	wrong := refused("Content-Type", "must be application/json")
	missing := refused("Content-Type", "must be given once, as application/json")
	tests := []struct {
		name, path, body string
		types            []string
		encoding         string
		want             []string
	}{
		{name: "plain", body: `{"title":"x"}`, types: []string{"application/json"}},
		{name: "charset", body: `{"title":"x"}`, types: []string{"Application/JSON; charset=UTF-8"}},
		{name: "charset as many write it", body: `{"title":"x"}`, types: []string{"application/json;charset=utf8"}},
		{name: "missing", body: `{"title":"x"}`, want: missing},
		{name: "missing without a body", want: missing},
		{name: "twice", body: `{"title":"x"}`, types: []string{"application/json", "text/plain"}, want: missing},
		{name: "form", body: `title=x`, types: []string{"application/x-www-form-urlencoded"}, want: wrong},
		{name: "merge patch", body: `{"title":"x"}`, types: []string{"application/merge-patch+json"}, want: wrong},
		{name: "merge patch where nothing is patched", path: "/api/v1/jobs/{id}/publish", body: `{}`, types: []string{"application/merge-patch+json"}, want: wrong},
		{name: "wildcard", body: `{"title":"x"}`, types: []string{"*/*"}, want: wrong},
		{name: "malformed", body: `{"title":"x"}`, types: []string{"application/json; charset"}, want: wrong},
		{name: "other charset", body: `{"title":"x"}`, types: []string{"application/json; charset=utf-16"}, want: refused("Content-Type", "must be application/json in UTF-8")},
		{name: "compressed", body: "\x1f\x8b", types: []string{"application/json"}, encoding: "gzip", want: refused("Content-Encoding", "must be left out: bodies are taken uncompressed")},
		{name: "optional body, none sent", path: "/api/v1/jobs/{id}/publish"},
		{name: "optional body, empty form", path: "/api/v1/jobs/{id}/publish", types: []string{"application/x-www-form-urlencoded"}},
		{name: "optional body without type", path: "/api/v1/jobs/{id}/publish", body: "{}", want: missing},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := tt.path
			if path == "" {
				path = "/api/v1/jobs"
			}
			for _, chunked := range []bool{false, true} {
				r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(tt.body))
				if chunked {
					r.ContentLength = -1
				}
				if tt.types != nil {
					r.Header["Content-Type"] = tt.types
				}
				if tt.encoding != "" {
					r.Header.Set("Content-Encoding", tt.encoding)
				}
				if diff := cmp.Diff(tt.want, lines(t, checkRequest(v, r, path, nil))); diff != "" {
					t.Errorf("chunked %v (-want +got):\n%s", chunked, diff)
				}
			}
		})
	}
}

func TestAPathThatNamesNothingSaysWhatItTakes(t *testing.T) {
	t.Parallel()
	v := testValidator(t)
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	err := checkRequest(v, r, "/api/v1/jobs/{id}", map[string]string{"id": "abc"})
	want := board.Errorf(board.CodeNotFound, "There is nothing at this address. In place of {id} it takes what our answers have, such as 1234.")
	if diff := cmp.Diff(error(want), err); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
