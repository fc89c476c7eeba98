package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store/board/apikey"
)

// A job has its country as name and code, whichever of the two was written.
func TestTheCountryOfAJobHasANameAndACode(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	_, key := api.Employer(t, "Northwind", 5, apikey.ScopeJobPosting)
	send := func(status int, method, path string, body map[string]any) servertest.Response {
		t.Helper()
		return api.Want(t, status, servertest.Request{Method: method, Path: path, Key: key, Body: body})
	}
	shown := func(res servertest.Response) string {
		t.Helper()
		var j struct{ Country, CountryCode *string }
		res.JSON(t, &j)
		if j.Country == nil && j.CountryCode == nil {
			return "none"
		}
		if j.Country == nil || j.CountryCode == nil {
			return "half"
		}
		return *j.Country + " " + *j.CountryCode
	}
	for _, tt := range []struct {
		body map[string]any
		want string
	}{
		{map[string]any{}, "none"},
		{map[string]any{"country": "United Kingdom"}, "United Kingdom GB"},
		{map[string]any{"country": "Holland"}, "Netherlands NL"},
		{map[string]any{"country": "us"}, "United States US"},
		{map[string]any{"countryCode": "CZ"}, "Czechia CZ"},
		{map[string]any{"country": "Czech Republic", "countryCode": "CZ"}, "Czechia CZ"},
		{map[string]any{"country": nil, "countryCode": nil}, "none"},
	} {
		tt.body["title"] = "Platform Lead"
		res := send(201, "POST", jobs, tt.body)
		again := api.Want(t, 200, get(strings.TrimPrefix(res.Header.Get("Location"), servertest.PublicURL), key))
		if shown(res) != tt.want || shown(again) != tt.want {
			t.Errorf("%v: %s, read %s; want %s", tt.body, shown(res), shown(again), tt.want)
		}
	}

	job := path(createJob(t, api, key, example()).ID, "")
	for _, tt := range []struct {
		body map[string]any
		want string
	}{
		{map[string]any{"city": "Leeds"}, "United Kingdom GB"},
		{map[string]any{"countryCode": "IE"}, "Ireland IE"},
		{map[string]any{"country": nil}, "none"},
		{map[string]any{"country": "England"}, "United Kingdom GB"},
		{map[string]any{"countryCode": nil}, "none"},
	} {
		for _, method := range []string{http.MethodPut, http.MethodPatch} {
			if got := shown(send(200, method, job, tt.body)); got != tt.want {
				t.Errorf("%s %v: %s, want %s", method, tt.body, got, tt.want)
			}
		}
	}
	send(200, "PATCH", job, map[string]any{"countryCode": "GB"})
	var list struct{ Items []map[string]any }
	api.Want(t, 200, get(jobs+"?reference=PL-001", key)).JSON(t, &list)
	if len(list.Items) != 1 || list.Items[0]["country"] != "United Kingdom" || list.Items[0]["countryCode"] != "GB" {
		t.Errorf("listed as %v", list.Items)
	}

	var preview struct {
		JobPosting struct {
			JobLocation struct{ Address map[string]string }
		}
		FeedEntry string
	}
	send(200, "POST", job+"/preview", nil).JSON(t, &preview)
	if preview.JobPosting.JobLocation.Address["addressCountry"] != "GB" || !strings.Contains(preview.FeedEntry, "<country><![CDATA[United Kingdom]]></country>") {
		t.Errorf("shown as %+v", preview)
	}

	for _, tt := range []struct {
		body string
		want []string
	}{
		{`"country":"Worldwide"`, []string{`country: must be an ISO 3166 name or code, such as "United Kingdom" or "GB"`}},
		{`"countryCode":"UK"`, []string{`countryCode: must be a two-letter code of ISO 3166-1, such as "GB"`}},
		{`"country":"Spain","countryCode":"GB"`, []string{
			"country: is another country than countryCode: send one of them, or the same in both",
			"countryCode: is another country than country: send one of them, or the same in both",
		}},
	} {
		for _, q := range []servertest.Request{
			{Method: http.MethodPost, Path: jobs, Body: `{"title":"CTO",` + tt.body + `}`}, {Method: http.MethodPatch, Path: job, Body: `{` + tt.body + `}`},
			{Method: http.MethodPut, Path: jobs + "/by-reference/NEW", Body: `{"title":"CTO",` + tt.body + `}`},
		} {
			q.Key = key
			if diff := cmp.Diff(tt.want, problemsOf(t, api.Want(t, 400, q).Body)); diff != "" {
				t.Errorf("%s %s (-want +got):\n%s", q.Method, q.Body, diff)
			}
		}
		res := send(207, "POST", jobs+"/batch", map[string]any{"jobs": []any{json.RawMessage(`{"title":"CTO",` + tt.body + `}`)}})
		var batch struct {
			Items []struct{ Error json.RawMessage }
		}
		res.JSON(t, &batch)
		if diff := cmp.Diff(tt.want, problemsOf(t, batch.Items[0].Error)); diff != "" {
			t.Errorf("batch %s (-want +got):\n%s", tt.body, diff)
		}
	}
}

// problemsOf are the fields that an error names, and what is wrong with each.
func problemsOf(t *testing.T, body []byte) (all []string) {
	t.Helper()
	var e struct {
		Errors []struct{ Field, Message string }
	}
	if err := json.Unmarshal(body, &e); err != nil {
		t.Fatal(err)
	}
	for _, f := range e.Errors {
		all = append(all, fmt.Sprintf("%s: %s", f.Field, f.Message))
	}
	return all
}
