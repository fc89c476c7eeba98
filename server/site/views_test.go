package site

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/publication"
)

const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"

// TestPeopleWhoLookAreCounted opens the page of a job as people and as programs do.
func TestPeopleWhoLookAreCounted(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, method, path, agent, header, value string
		counts                                   bool
	}{
		{"a person", http.MethodGet, "/jobs/1", firefox, "", "", true},
		{"a person who came from elsewhere", http.MethodGet, "/jobs/1?utm_source=x", firefox, "Sec-Purpose", "", true},
		{"the headers alone", http.MethodHead, "/jobs/1", firefox, "", "", false},
		{"loaded ahead", http.MethodGet, "/jobs/1", firefox, "Sec-Purpose", "prefetch;prerender", false},
		{"loaded ahead by an old browser", http.MethodGet, "/jobs/1", firefox, "Purpose", "prefetch", false},
		{"a search engine", http.MethodGet, "/jobs/1", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "", "", false},
		{"a library", http.MethodGet, "/jobs/1", "python-requests/2.32", "", "", false},
		{"nobody", http.MethodGet, "/jobs/1", "", "", "", false},
		{"somebody of the portal", http.MethodGet, "/jobs/1", firefox, "Cookie", "employer_session=x", false},
		{"somebody of the portal over https", http.MethodGet, "/jobs/1", firefox, "Cookie", "__Host-employer_session=x", false},
		{"a job that is over", http.MethodGet, "/jobs/3", firefox, "", "", false},
		{"the list", http.MethodGet, "/jobs", firefox, "", "", false},
	} {
		jobs := &fakeJobs{listings: []publication.Listing{job(1), job(3, func(j *board.Job) { j.Status = board.JobExpired })}}
		r := httptest.NewRequest(tt.method, tt.path, nil)
		r.RemoteAddr = "192.0.2.7:4711"
		r.Header.Set("User-Agent", tt.agent)
		if tt.header != "" {
			r.Header.Set(tt.header, tt.value)
		}
		newSite(t, jobs, io.Discard).ServeHTTP(httptest.NewRecorder(), r)
		var want []string
		if tt.counts {
			want = []string{"1 192.0.2.7 " + firefox}
		}
		if diff := cmp.Diff(want, jobs.viewed); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// TestAJobTellsOfItsEmployer what the employer says of itself, as text.
func TestAJobTellsOfItsEmployer(t *testing.T) {
	t.Parallel()
	told := job(1)
	told.Website, told.About = "https://www.northwind.example/it", "We lead <b>IT</b>.\n\nSince 1998."
	s := newSite(t, &fakeJobs{listings: []publication.Listing{told, job(2)}}, io.Discard)
	wants(t, get(t, s, "/jobs/1"), 200, "About Northwind & Sons", "We lead <b>IT</b>.\n\nSince 1998.", `<a href="https://www.northwind.example/it" rel="nofollow noopener">northwind.example`)
	if body := get(t, s, "/jobs/1").Body.String(); strings.Contains(body, "<b>IT") {
		t.Error("the text of an employer is markup")
	}
	if body := get(t, s, "/jobs/2").Body.String(); strings.Contains(body, "about-title") {
		t.Error("a heading stands over nothing")
	}
}
