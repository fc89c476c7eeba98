package site

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	nethtml "golang.org/x/net/html"

	"itmanagerjobs/server/company"
	"itmanagerjobs/server/intake"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/publication"
	"itmanagerjobs/store/turns"
)

var now = time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)

// job is one that is open and complete.
func job(id int64, change ...func(*board.Job)) publication.Listing {
	j := board.Job{
		ID: id, EmployerID: 1, Mode: board.ModeLive, Status: board.JobActive, Title: fmt.Sprintf("Platform Engineer %d", id),
		Reference: new("PL-001"), Description: new("<p>Run the <strong>platform</strong>.</p>"), City: new("Leeds"), CountryCode: new("GB"),
		EmploymentType: new(board.FullTime), RemoteType: new(board.HybridRemote), Seniority: new(board.Senior), ApplyMethod: new(board.ApplyDirect),
		Salary:         &board.Salary{Min: new(int64(4_500_000)), Max: new(int64(5_500_000)), Currency: "GBP", Period: board.PerYear},
		RequiredSkills: []string{"Go", "PostgreSQL"}, OptionalSkills: []string{"Kubernetes"},
		PostedDate: new(now.Add(-24 * time.Hour)), ExpiryDate: new(now.Add(24 * time.Hour)), UpdatedAt: now.Add(-24 * time.Hour),
	}
	for _, c := range change {
		c(&j)
	}
	return publication.Listing{Job: j, Employer: "Northwind & Sons"}
}

func newSite(t *testing.T, jobs Jobs, log io.Writer) *Site {
	t.Helper()
	var ids atomic.Int64
	s, err := New(Config{
		Jobs: jobs, Log: slog.New(slog.NewJSONHandler(log, nil)), Now: func() time.Time { return now }, Wall: time.Now,
		NewID: func() string { return fmt.Sprintf("id-%d", ids.Add(1)) }, PublicURL: "https://jobs.example.com/",
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// get asks for a path; header are pairs of a name and a value.
func get(t *testing.T, s http.Handler, path string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func wants(t *testing.T, w *httptest.ResponseRecorder, status int, texts ...string) {
	t.Helper()
	if w.Code != status {
		t.Errorf("status %d, want %d", w.Code, status)
	}
	body := html.UnescapeString(w.Body.String())
	for _, text := range texts {
		if !strings.Contains(body, text) {
			t.Errorf("the page does not say %q:\n%s", text, body)
		}
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	jobs := &fakeJobs{}
	for i := range 45 {
		jobs.listings = append(jobs.listings, job(int64(i+1)))
	}
	s := newSite(t, jobs, io.Discard)
	wants(t, get(t, s, "/jobs"), 200, "45 jobs, page 1 of 3", `<a href="/jobs/1">Platform Engineer 1</a>`, "Northwind & Sons · Leeds, United Kingdom", "Full time",
		"£45,000 – £55,000 a year", "1 March 2026", `href="/jobs?page=2"`, `<link rel="canonical" href="https://jobs.example.com/jobs">`, `<strong aria-current="page">1</strong>`,
		`<a href="/jobs?remoteType=FullyRemote">`, `<span class="count">7</span>`, `<a href="/jobs?salaryFrom=3">50,000</a>`, `<a href="/jobs?posted=7">Last 7 days</a>`, `property="og:title"`)
	jobs.meant = "Go leads"
	w := get(t, s, "/jobs?q=+Go++%22leeds+&place=Leeds&radius=25&remoteType=FullyRemote&salaryFrom=3&posted=7&seniority=Lead&employmentType=Contract&sort=newest&page=2")
	wants(t, w, 200, "page 2 of 3", "noindex", "Did you mean", "Work pattern: Fully remote", "<strong>Newest</strong>", `name="salaryFrom" value="3"`, `value="25" selected`,
		`href="/jobs?employmentType=Contract&page=3&place=Leeds&posted=7&q=Go++%22leeds&radius=25&remoteType=FullyRemote&salaryFrom=3&seniority=Lead&sort=newest"`,
		`href="/jobs?employmentType=Contract&place=Leeds&posted=7&q=Go++%22leeds&radius=25&salaryFrom=3&seniority=Lead&sort=newest"`)
	want := publication.Search{
		Q: `Go  "leeds`, Place: "Leeds", RadiusKm: 25, RemoteType: board.FullyRemote, SalaryStep: 3, PostedWithin: 7 * 24 * time.Hour, Seniority: board.Lead,
		EmploymentType: board.Contract, Sort: publication.SortNewest, Offset: 20, Limit: 20,
	}
	if diff := cmp.Diff(want, jobs.asked); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	for _, path := range []string{"/jobs?page=0", "/jobs?page=x", "/jobs?utm_source=x&page=", "/jobs?salaryFrom=99&remoteType=x&posted=-1&radius=9999"} {
		wants(t, get(t, s, path), 200, "page 1 of 3")
		if !jobs.asked.Empty() {
			t.Errorf("%s asks for %+v", path, jobs.asked)
		}
	}
	wants(t, get(t, s, "/jobs?page=4"), 404, "It has 3.")
	wants(t, get(t, s, "/jobs?page=99999999999999999999"), 404, "It has 3.")
	wants(t, get(t, s, "/jobs?q=Go&place=Leeds"), 200, "<h1>Jobs for “Go” in Leeds</h1>", "<title>Go in Leeds – jobs – ")
	wants(t, get(t, s, "/jobs?q=Go&place=Zorblaxia"), 400, "<h1>Jobs for “Go”</h1>")
	wants(t, get(t, s, "/jobs?place=Zorblaxia"), 400, "“Zorblaxia” is not a place that is known here", `aria-invalid="true"`, "<title>Error: ")
	wants(t, get(t, s, "/jobs?q="+strings.Repeat("a+", 600)+"%ff%00"), 200)
	if n := len(jobs.asked.Q); n != maxQuery {
		t.Errorf("asked for %d characters", n)
	}
	jobs.listings = jobs.listings[:1]
	wants(t, get(t, s, "/jobs"), 200, "1 job<")
	jobs.listings = nil
	wants(t, get(t, s, "/jobs?q=<script>"), 200, "No job is open for this search.", "“<script>”")
	if body := get(t, s, "/jobs?q=<script>").Body.String(); strings.Contains(body, "<script") {
		t.Error("a search puts markup into the page")
	}
}

func TestHome(t *testing.T) {
	t.Parallel()
	jobs := &fakeJobs{}
	for i := range 12 {
		jobs.listings = append(jobs.listings, job(int64(i+1)))
	}
	s := newSite(t, jobs, io.Discard)
	wants(t, get(t, s, "/"), 200, "Find your next job", `action="/jobs"`, "12 open jobs", "Platform Engineer 8", "For employers", "/employer/sign-up", "For partners", `href="https://jobs.example.com/"`)
	if strings.Contains(get(t, s, "/").Body.String(), "Platform Engineer 9") {
		t.Error("the home page has all jobs")
	}
	wants(t, get(t, s, "/robots.txt"), 200, "Disallow: /api/", "Sitemap: https://jobs.example.com/sitemap.xml")
	wants(t, get(t, s, "/favicon.ico"), 302)
}

func TestSitemap(t *testing.T) {
	t.Parallel()
	jobs := &fakeJobs{listings: []publication.Listing{job(3), job(7)}}
	s := newSite(t, jobs, io.Discard)
	wants(t, get(t, s, "/sitemap.xml"), 200, "<urlset", "<loc>https://jobs.example.com/</loc>", "<loc>https://jobs.example.com/jobs/7</loc>", "<lastmod>2026-03-01")
	jobs.listings = jobs.listings[:0]
	for i := range maxSitemap + 10 {
		jobs.listings = append(jobs.listings, job(int64(i+1)))
	}
	w := get(t, s, "/sitemap.xml")
	wants(t, w, 200, "<sitemapindex", "<loc>https://jobs.example.com/sitemap.xml?after=0</loc>", "<loc>https://jobs.example.com/sitemap.xml?after=49996</loc>")
	for path, want := range map[string]int{"?after=0": maxSitemap, "?after=49996": 14} {
		if n := strings.Count(get(t, s, "/sitemap.xml"+path).Body.String(), "<url>"); n != want {
			t.Errorf("%s has %d addresses, want %d", path, n, want)
		}
	}
	wants(t, get(t, s, "/sitemap.xml?after=x"), 404)
}

func TestJobPage(t *testing.T) {
	t.Parallel()
	byURL := job(2, func(j *board.Job) {
		j.ApplyMethod, j.ApplyURL = new(board.ApplyByURL), new("https://example.com/apply")
	})
	s := newSite(t, &fakeJobs{listings: []publication.Listing{job(1), byURL}}, io.Discard)
	w := get(t, s, "/jobs/1")
	wants(t, w, 200, "<h1>Platform Engineer 1</h1>", "<p>Run the <strong>platform</strong>.</p>", `action="/jobs/1/apply" enctype="multipart/form-data"`,
		`<label for="cv">`, `accept=".pdf,.docx,.odt,.rtf,.txt"`, `<textarea id="coverLetter"`, "PostgreSQL", "Kubernetes", "open until", "3 March 2026",
		`<meta name="description" content="Run the platform.">`, `<link rel="canonical" href="https://jobs.example.com/jobs/1">`)
	for name, want := range map[string]string{
		"Content-Security-Policy": contentSecurityPolicy, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
		"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-cache", "X-Request-Id": "id-1",
	} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	w = get(t, s, "/jobs/2")
	wants(t, w, 200, `href="/jobs/2/apply" rel="nofollow"`)
	if strings.Contains(w.Body.String(), "multipart/form-data") {
		t.Error("a job that is applied for elsewhere has a form")
	}
}

func TestJobsThatAreNotOpen(t *testing.T) {
	t.Parallel()
	listings := []publication.Listing{
		job(1, func(j *board.Job) { j.Status = board.JobExpired }),
		job(2, func(j *board.Job) { j.ExpiryDate = new(now) }), // expired in this moment, and nobody has noted it yet
		job(3, func(j *board.Job) { j.Status = board.JobDeactivated }),
		job(4, func(j *board.Job) { j.Status = board.JobDraft }), // the store gives no drafts, and a fault of it stays without effect
	}
	s := newSite(t, &fakeJobs{listings: listings}, io.Discard)
	for path, want := range map[string]int{
		"/jobs/1": 410, "/jobs/2": 410, "/jobs/3": 410, "/jobs/4": 404, "/jobs/5": 404, "/jobs/x": 404, "/jobs/01": 404, "/jobs/-1": 404, "/jobs/+1": 404,
		"/jobs/99999999999999999999": 404, "/jobs/1/more": 404, "/feeds/": 404, "/site/static/nothing": 404,
	} {
		w := get(t, s, path)
		if w.Code != want {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
		if strings.Contains(w.Body.String(), "ld+json") || strings.Contains(w.Body.String(), "multipart/form-data") {
			t.Errorf("%s is still advertised", path)
		}
	}
	wants(t, get(t, s, "/jobs/2"), 410, "Platform Engineer 2", "takes no more applications", "noindex")
	if w := get(t, s, "/jobs/"); w.Code != http.StatusMovedPermanently || w.Header().Get("Location") != "/jobs" {
		t.Errorf("/jobs/: %d to %s", w.Code, w.Header().Get("Location"))
	}
}

func TestFaultsAreNotShown(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	s := newSite(t, &fakeJobs{fail: errors.New("dial tcp 10.0.0.1: refused")}, &log)
	w := get(t, s, "/jobs")
	wants(t, w, 500, "Something went wrong", "id-1")
	if strings.Contains(w.Body.String(), "10.0.0.1") || !strings.Contains(log.String(), "10.0.0.1") {
		t.Errorf("the page: %s\nthe log: %s", w.Body, log.String())
	}
}

// TestFormWithFaults: what was typed stays, what is wrong is said beside its field, and a file is never sent back.
func TestFormWithFaults(t *testing.T) {
	t.Parallel()
	s := newSite(t, &fakeJobs{}, io.Discard)
	l := job(1)
	f := intake.ApplyForm(l.Job)
	f.Take(map[string][]string{"firstName": {"Zoë"}, "email": {`"x`}, "coverLetter": {"\nDear </textarea> all"}, "cv": {"C:\\cv.pdf"}})
	if !f.Blame(board.Invalid(board.FieldError{Field: "email", Code: board.FieldInvalidFormat, Message: "must be an email address"})) {
		t.Error("the form does not take the fault")
	}
	w := httptest.NewRecorder()
	if err := s.showJob(w, httptest.NewRequest(http.MethodGet, "/jobs/1", nil), f.Status(), l, f); err != nil {
		t.Fatal(err)
	}
	wants(t, w, 422, "<title>Error: ", `<a href="#email">Enter an email address such as jobs@example.com</a>`, `value="Zoë"`, `aria-invalid="true"`, "\nDear </textarea> all</textarea>")
	if body := w.Body.String(); strings.Contains(body, "Dear </textarea>") || strings.Contains(body, "cv.pdf") {
		t.Errorf("the page:\n%s", body)
	}
}

// jsonLD finds the markup of a page as a search engine does.
func jsonLD(t *testing.T, page io.Reader) map[string]any {
	t.Helper()
	root, err := nethtml.Parse(page)
	if err != nil {
		t.Fatal(err)
	}
	var found map[string]any
	for n := range root.Descendants() {
		if n.Type != nethtml.ElementNode || n.Data != "script" || n.Attr[0].Key == "src" && strings.HasPrefix(n.Attr[0].Val, "/site/static/pages.") {
			continue
		}
		if len(n.Attr) != 1 || n.Attr[0].Key != "type" || n.Attr[0].Val != "application/ld+json" || found != nil {
			t.Fatalf("a script that is not the markup: %v", n.Attr)
		}
		if err := json.Unmarshal([]byte(n.FirstChild.Data), &found); err != nil {
			t.Fatalf("%v in %s", err, n.FirstChild.Data)
		}
	}
	return found
}

func at(v any, path string) any {
	for key := range strings.SplitSeq(path, ".") {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[key]
	}
	return v
}

// TestMarkup holds the pages against what schema.org and search engines require of a JobPosting.
func TestMarkup(t *testing.T) {
	t.Parallel()
	evil := `</script><script>alert(1)</script><!--` + "\u2028"
	s := newSite(t, &fakeJobs{listings: []publication.Listing{
		job(1), job(2, func(j *board.Job) { j.RemoteType, j.City = new(board.FullyRemote), nil }),
		job(3, func(j *board.Job) { j.Title, j.Reference, j.City = evil, &evil, &evil }),
		job(4, func(j *board.Job) { j.Salary, j.Seniority, j.RequiredSkills, j.Reference = nil, nil, nil, nil }),
	}}, io.Discard)
	required := map[string]string{
		"@context": "https://schema.org/", "@type": "JobPosting", "hiringOrganization.@type": "Organization", "hiringOrganization.name": "Northwind & Sons",
		"datePosted": "2026-03-01T09:30:00Z", "validThrough": "2026-03-03T09:30:00Z", "description": "<p>Run the <strong>platform</strong>.</p>", "employmentType": "FULL_TIME",
		"identifier.@type": "PropertyValue",
	}
	for id, more := range map[int]map[string]string{
		1: {"title": "Platform Engineer 1", "url": "https://jobs.example.com/jobs/1", "jobLocation.@type": "Place", "jobLocation.address.addressLocality": "Leeds",
			"jobLocation.address.addressCountry": "GB", "identifier.value": "PL-001", "baseSalary.value.unitText": "YEAR", "baseSalary.currency": "GBP"},
		2: {"title": "Platform Engineer 2", "jobLocationType": "TELECOMMUTE", "applicantLocationRequirements.@type": "Country", "applicantLocationRequirements.name": "United Kingdom"},
		3: {"title": evil, "jobLocation.address.addressLocality": evil},
		4: {"identifier.value": "4"},
	} {
		w := get(t, s, fmt.Sprintf("/jobs/%d", id))
		wants(t, w, 200)
		ld := jsonLD(t, w.Body)
		for _, properties := range []map[string]string{required, more} {
			for path, want := range properties {
				if got := at(ld, path); got != want {
					t.Errorf("job %d: %s is %v, want %q", id, path, got, want)
				}
			}
		}
	}
}

type feed struct {
	XMLName       xml.Name `xml:"source"`
	Publisher     string   `xml:"publisher"`
	PublisherURL  string   `xml:"publisherurl"`
	LastBuildDate string   `xml:"lastBuildDate"`
	Jobs          []struct {
		Title           string `xml:"title"`
		ReferenceNumber string `xml:"referencenumber"`
		Reference       string `xml:"reference"`
		URL             string `xml:"url"`
		Company         string `xml:"company"`
		Description     string `xml:"description"`
	} `xml:"job"`
}

func readFeed(t *testing.T, body io.Reader) feed {
	t.Helper()
	var f feed
	if err := xml.NewDecoder(body).Decode(&f); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFeed(t *testing.T) {
	t.Parallel()
	jobs := &fakeJobs{state: publication.FeedState{Version: "7", UpdatedAt: now.Add(-time.Hour)}}
	for i := range feedBatch*2 + 1 {
		jobs.listings = append(jobs.listings, job(int64(i+1)))
	}
	jobs.listings[3].Job.Title = "]]>\x00\x0b<&"
	jobs.listings[4].Job.ExpiryDate = new(now)
	s := newSite(t, jobs, io.Discard)
	w := get(t, s, "/feeds/jobs.xml")
	wants(t, w, 200)
	f := readFeed(t, w.Body)
	if f.Publisher != "ITManagerJobs" || f.PublisherURL != "https://jobs.example.com" || f.LastBuildDate != "Mon, 02 Mar 2026 08:30:00 GMT" {
		t.Errorf("the head: %+v", f)
	}
	if len(f.Jobs) != len(jobs.listings)-1 { // without the one that is over
		t.Fatalf("%d jobs", len(f.Jobs))
	}
	first := f.Jobs[0]
	if first.Title != "Platform Engineer 1" || first.ReferenceNumber != "1" || first.Reference != "PL-001" || first.URL != "https://jobs.example.com/jobs/1" ||
		first.Company != "Northwind & Sons" || !strings.Contains(first.Description, "<strong>") || f.Jobs[3].Title != "]]><&" {
		t.Errorf("jobs: %+v, %q", first, f.Jobs[3].Title)
	}
	etag := w.Header().Get("ETag")
	for name, want := range map[string]string{
		"Content-Type": "application/xml; charset=utf-8", "Last-Modified": "Mon, 02 Mar 2026 08:30:00 GMT", "Vary": "Accept-Encoding", "Content-Encoding": "",
	} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}

	packed := get(t, s, "/feeds/jobs.xml", "Accept-Encoding", "br, gzip;q=0.8")
	zip, err := gzip.NewReader(packed.Body)
	if err != nil || packed.Header().Get("Content-Encoding") != "gzip" {
		t.Fatalf("%v, %v", err, packed.Header())
	}
	if diff := cmp.Diff(f, readFeed(t, zip)); diff != "" {
		t.Errorf("packed, it is another feed:\n%s", diff)
	}
	if got := packed.Header().Get("ETag"); got != etag || !strings.HasPrefix(etag, "W/") {
		t.Errorf("ETag %s, packed %s", etag, got)
	}

	for _, tc := range []struct {
		name, header, value string
		want                int
	}{
		{"the same", "If-None-Match", etag, 304},
		{"among others", "If-None-Match", `"x", ` + strings.TrimPrefix(etag, "W/"), 304},
		{"any", "If-None-Match", "*", 304},
		{"another", "If-None-Match", `W/"x"`, 200},
		{"not since", "If-Modified-Since", "Mon, 02 Mar 2026 08:30:00 GMT", 304},
		{"since", "If-Modified-Since", "Mon, 02 Mar 2026 08:29:59 GMT", 200},
		{"no date", "If-Modified-Since", "yesterday", 200},
	} {
		w := get(t, s, "/feeds/jobs.xml", tc.header, tc.value)
		if w.Code != tc.want || w.Code == 304 && w.Body.Len() > 0 || w.Header().Get("ETag") != etag {
			t.Errorf("%s: %d with %d bytes", tc.name, w.Code, w.Body.Len())
		}
	}

	jobs.state = publication.FeedState{Version: "8", UpdatedAt: now.Add(-time.Second)}
	w = get(t, s, "/feeds/jobs.xml", "If-None-Match", etag)
	if w.Code != 200 || w.Header().Get("ETag") == etag {
		t.Errorf("after a change: %d, %s", w.Code, w.Header().Get("ETag"))
	}
	if got := w.Header().Get("Last-Modified"); got != "" {
		t.Errorf("a second that is not over is dated: %s", got)
	}
	head := httptest.NewRecorder()
	s.ServeHTTP(head, httptest.NewRequest(http.MethodHead, "/feeds/jobs.xml", nil))
	if head.Code != 200 || head.Body.Len() != 0 || head.Header().Get("ETag") == "" {
		t.Errorf("HEAD: %d with %d bytes", head.Code, head.Body.Len())
	}
}

func TestEmptyFeed(t *testing.T) {
	t.Parallel()
	w := get(t, newSite(t, &fakeJobs{}, io.Discard), "/feeds/jobs.xml")
	wants(t, w, 200)
	if f := readFeed(t, w.Body); len(f.Jobs) != 0 {
		t.Errorf("%+v", f)
	}
}

// TestFeedThatBreaks: a feed that lacks jobs must not look like a whole one.
func TestFeedThatBreaks(t *testing.T) {
	t.Parallel()
	jobs := &fakeJobs{fail: errors.New("the database is away")}
	for i := range feedBatch {
		jobs.listings = append(jobs.listings, job(int64(i+1)))
	}
	var log bytes.Buffer
	srv := httptest.NewServer(newSite(t, jobs, &log))
	for _, encoding := range []string{"identity", "gzip"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL+"/feeds/jobs.xml", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Accept-Encoding", encoding)
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			_, err = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
		}
		if err == nil {
			t.Errorf("%s: the feed ends as if it were whole", encoding)
		}
	}
	srv.Close()
	if !strings.Contains(log.String(), "the database is away") {
		t.Errorf("the log: %s", log.String())
	}
}

func TestFeedsAtOnceAreBounded(t *testing.T) {
	t.Parallel()
	s := newSite(t, &fakeJobs{}, io.Discard)
	for range maxFeeds {
		s.feeding.TryEnter(turns.Nobody)
	}
	w := get(t, s, "/feeds/jobs.xml")
	wants(t, w, 503)
	if w.Header().Get("Retry-After") == "" || w.Header().Get("ETag") != "" {
		t.Errorf("headers: %v", w.Header())
	}
	s.feeding.Leave(turns.Nobody)
	wants(t, get(t, s, "/feeds/jobs.xml"), 200)
	if !s.feeding.TryEnter(turns.Nobody) || s.feeding.TryEnter(turns.Nobody) {
		t.Error("a feed that was read does not leave one place")
	}
}

// TestFeedsOfOneNetworkLeavePlacesToOthers: one that reads many feeds slowly would have every other reader answered 503.
func TestFeedsOfOneNetworkLeavePlacesToOthers(t *testing.T) {
	t.Parallel()
	s := newSite(t, &fakeJobs{}, io.Discard)
	there := company.New()
	served := there.Networks(func(r *http.Request) string { return r.Header.Get("From") }, s)
	read := func(network string) int {
		w, r := httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/feeds/jobs.xml", nil)
		r.Header.Set("From", network)
		served.ServeHTTP(w, r)
		return w.Code
	}
	if got := read("192.0.2.2"); got != http.StatusOK {
		t.Fatalf("the first reader is answered %d", got)
	}
	// The party of a network, which has all places that it may have.
	var party int64
	there.Networks(func(*http.Request) string { return "192.0.2.1" }, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		party = turns.Party(r.Context())
	})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
	for range maxFeedsEach {
		s.feeding.TryEnter(party)
	}
	if busy, other := read("192.0.2.1"), read("192.0.2.2"); busy != http.StatusServiceUnavailable || other != http.StatusOK {
		t.Errorf("the network that has its part is answered %d and another one %d", busy, other)
	}
}
