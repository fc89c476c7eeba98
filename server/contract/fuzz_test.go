package contract

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/oapi-codegen/runtime"

	apiv1 "itmanagerjobs/gen/v1"
	"itmanagerjobs/store/board"
)

func FuzzCheck(f *testing.F) {
	for _, body := range []string{
		`{"title":"x"}`, `{"title":null}`, `{"TITLE":"a","title":"b"}`, `{"title":"x","salary":{"min":1e999,"max":-0,"currency":"GBP","period":"Year"}}`, "{\"title\":\"\xff\"}",
		`{"title":"\u0000"}`, `{"title":"\ud800"}`, `{"title":"x","title":"y"}`, `[]`, `null`, `5`, ``, ` `, `{"title":"x","requiredSkills":[null,1,{},"a"]}`, strings.Repeat("[", 100),
		`{"title":"x","salary":{"min":1e-400,"max":0.1,"currency":"ÄÖÜ","period":"Day"},"applyUrl":"http://[::1","applyEmailAddress":"a@b"}`, `{"expiryDate":"2030-02-31T00:00:00Z"}`, `{"jobs":[{},5]}`,
	} {
		f.Add(body, "page=0&q=%00", "1", "key")
	}
	f.Add("\xef\xbb\xbf"+`{"title":"x"}`, "", "1", "")
	f.Add(`{}`, "%zz", "99999999999999999999", "\x00")
	v := testValidator(f)
	f.Fuzz(func(t *testing.T, body, query, id, key string) {
		send := func(method, path, query, id, key string) *http.Request {
			r := httptest.NewRequest(method, "/", strings.NewReader(body))
			r.URL.RawQuery = query
			r.Header["Content-Type"] = []string{"application/json"}
			if key != "" {
				r.Header["Idempotency-Key"] = []string{key}
			}
			err := checkRequest(v, r, path, map[string]string{"id": id, "reference": id})
			if err == nil {
				return r
			}
			e, ok := errors.AsType[*board.Error](err)
			if !ok || e.Message == "" || !slices.Contains(refusals, e.Code) {
				t.Fatalf("%s %s: %#v", method, path, err)
			}
			for _, field := range e.Fields {
				if field.Field == "" || field.Code == "" || field.Message == "" {
					t.Fatalf("%s %s: %v", method, path, e)
				}
			}
			return nil
		}
		send("GET", "/api/v1/jobs", query, id, key)
		send("PUT", "/api/v1/jobs/by-reference/{reference}", query, id, key)
		send("POST", "/api/v1/jobs/batch", query, id, key)
		accepted := func(r *http.Request, into any) {
			if r == nil || r.Body == http.NoBody {
				return
			}
			if err := json.Unmarshal(bytes.TrimPrefix([]byte(body), byteOrderMark), into); err != nil {
				t.Errorf("accepted what does not decode into %T: %v", into, err)
			}
			if err := runtime.BindJSONValue(r.Body.(validatedBody).ValidatedValue(), into); err != nil {
				t.Errorf("accepted what does not bind to %T: %v", into, err)
			}
		}
		accepted(send("POST", "/api/v1/jobs", "", "", ""), &apiv1.JobCreate{})
		accepted(send("PATCH", "/api/v1/jobs/{id}", "", "1", ""), &apiv1.JobPatch{})
		accepted(send("POST", "/api/v1/jobs/{id}/publish", "", "1", ""), &apiv1.JobPublish{})
	})
}

// refusals are the codes of the errors that Check returns; each is answered with 4xx.
var refusals = []board.Code{board.CodeInvalidRequest, board.CodeInvalidQuery, board.CodeNotFound, board.CodePayloadTooLarge, board.CodeUnsupportedMediaType}

func BenchmarkCheck(b *testing.B) {
	v := testValidator(b)
	for _, bm := range []struct{ name, method, path, query, body string }{
		{"get", "GET", "/api/v1/jobs/{id}", "", ""},
		{"list", "GET", "/api/v1/jobs", "page=2&pageSize=50&status=Active", ""},
		{"create", "POST", "/api/v1/jobs", "", `{"title":"Platform Lead","reference":"PL-001","description":"<p>Lead</p>","city":"London","country":"United Kingdom","employmentType":"FullTime",
			"applyMethod":"EmailApply","applyEmailAddress":"jobs@example.com","salary":{"min":85000,"max":105000.5,"currency":"GBP","period":"Year"},"requiredSkills":["Kubernetes","Go"]}`},
	} {
		b.Run(bm.name, func(b *testing.B) {
			b.ReportAllocs()
			params := map[string]string{"id": "1234"}
			for b.Loop() {
				r := &http.Request{Method: bm.method, URL: &url.URL{Path: "/", RawQuery: bm.query}, Header: http.Header{}, Body: http.NoBody}
				if bm.body != "" {
					r.Header.Set("Content-Type", "application/json")
					r.ContentLength = int64(len(bm.body))
					r.Body = io.NopCloser(strings.NewReader(bm.body))
				}
				if err := v.Check(r, bm.method, bm.path, params); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
