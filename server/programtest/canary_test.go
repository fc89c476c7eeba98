package programtest

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"itmanagerjobs/openapi"
	"itmanagerjobs/store/embedded"
	"itmanagerjobs/webhooks/careerjet"
)

// Texts that stand nowhere but where a caller has put them: canary in everything, and personCanary in what tells of an applicant.
const (
	canary       = "kanarie4711"
	personCanary = "zeisig0815"
)

// spansAt collects what is sent to it by OTLP.
type spansAt struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (s *spansAt) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		unzipped, err := gzip.NewReader(r.Body)
		if err != nil {
			return
		}
		body = unzipped
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _ = io.Copy(&s.buf, body)
}

func (s *spansAt) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.String()
}

// applied are two applications that are taken: by the form of a job, and from Careerjet, with a person's canary in every field.
func applied(t *testing.T, s *serving, jobID int64, reference, secret string) {
	t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	for name, value := range map[string]string{
		"firstName": personCanary + "form", "lastName": personCanary + "form", "email": personCanary + "form@example.com", "phone": "+44 20 7946 0815",
		"coverLetter": personCanary + " form",
	} {
		if err := w.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	part, err := w.CreateFormFile("cv", personCanary+"form.txt")
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(part, "I am %s, and have led teams with %sskill.", personCanary, personCanary)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	push := careerjet.Application{
		JobID: reference, FirstName: personCanary + "push", LastName: personCanary + "push", Email: personCanary + "push@example.com", PhoneNumber: "+44 20 7946 0815",
		CV: &careerjet.File{Name: personCanary + "push.txt", Content: []byte(personCanary + " push has led teams.")}, CoverLetter: personCanary + " push",
		UUID: personCanary + "uuid", CandidateIP: "203.0.113.77", CandidateUserAgent: personCanary + "agent", SourceSignature: careerjet.Sign(personCanary+"uuid", secret),
	}
	encoded := careerjet.Encode(push)
	for _, send := range []struct {
		path, contentType string
		body              []byte
		status            int
	}{
		{fmt.Sprintf("/jobs/%d/apply", jobID), w.FormDataContentType(), form.Bytes(), http.StatusCreated},
		{"/apply/careerjet", encoded.ContentType(), encoded.Bytes(), http.StatusOK},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+send.path, bytes.NewReader(send.body))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"User-Agent", "Referer", "Cookie", "X-Forwarded-For", "Accept-Language", "Baggage"} {
			r.Header.Set(name, personCanary)
		}
		r.Header.Set("Content-Type", send.contentType)
		r.Header.Set("Accept", "application/json")
		res, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := io.ReadAll(res.Body)
		if err := errors.Join(err, res.Body.Close()); err != nil {
			t.Fatal(err)
		}
		if res.StatusCode != send.status {
			t.Fatalf("%s: %d %s", send.path, res.StatusCode, answer)
		}
	}
}

// TestWhatACallerSendsIsInNoSpanMetricOrLog sends canaries in every path, query, header and field of all contracts, and by a method that
// is made up: whatever that is answered, and again in requests that do something. Two people apply, all that can be told of them is
// told, and they are erased. The id of a request, which callers may choose, and the host of a webhook are all that the log has of callers;
// and after a scrub nothing is in a dump and in the directory of the data that was told of the two.
func TestWhatACallerSendsIsInNoSpanMetricOrLog(t *testing.T) {
	t.Parallel()
	var spans spansAt
	collector := httptest.NewServer(&spans)
	t.Cleanup(collector.Close)
	dir := dataDir(t)
	env := []string{"DATA_DIR=" + dir, "METRICS_ADDR=127.0.0.1:0", "OTEL_EXPORTER_OTLP_ENDPOINT=" + collector.URL}
	s := startServing(t, env, "serve")
	metricsURL := s.metricsURL()
	employer := strconv.FormatInt(admin[employerAnswer](t, env, "create-employer", "--name", "Acme", "--email", "canaries@acme.example").ID, 10)
	admin[map[string]any](t, env, "grant-credits", "--employer", employer, "--job-posting", "100", "--cv-search", "100")
	for _, family := range []string{"jobs", "search", "candidate"} {
		admin[map[string]any](t, env, "set-limit", "--employer", employer, "--family", family, "--per-minute", "1000000")
	}
	feed := admin[careerjetFeed](t, env, "careerjet-feed", "--employer", employer)
	mint := func(mode string) string {
		return admin[keyAnswer](t, env, "mint-key", "--employer", employer, "--name", mode, "--mode", mode, "--scopes", "JobPosting,CvSearch,Webhooks", "--approve").Key
	}
	key, testKey := mint("live"), mint("test")
	id := func(bearer, path, body string) int64 {
		t.Helper()
		made := sendWrite(s.url, http.MethodPost, path, bearer, "", body)
		var answer struct{ ID, ApplicationID int64 }
		if made.status/100 != 2 || json.Unmarshal([]byte(made.all), &answer) != nil {
			t.Fatalf("%s: %+v", path, made)
		}
		return cmp.Or(answer.ID, answer.ApplicationID)
	}
	const job = `{"title":"Lead","reference":"PL-4711","description":"<p>Lead.</p>","country":"GB","city":"Leeds","employmentType":"FullTime","applyMethod":"DirectApply"}`
	open := func(bearer string) (jobID int64) {
		t.Helper()
		jobID = id(bearer, "/api/v1/jobs", job)
		id(bearer, fmt.Sprintf("/api/v1/jobs/%d/publish", jobID), "")
		return jobID
	}
	applicant := func(bearer string, jobID int64) map[string]int64 {
		t.Helper()
		var list struct {
			Items []struct{ ID, CandidateID int64 }
		}
		if l := sendWrite(s.url, http.MethodGet, "/api/v1/applications", bearer, "", ""); json.Unmarshal([]byte(l.all), &list) != nil || len(list.Items) == 0 {
			t.Fatalf("applications: %+v", l)
		}
		first := list.Items[len(list.Items)-1] // the newest comes first
		return map[string]int64{"jobId": jobID, "applicationId": first.ID, "candidateId": first.CandidateID}
	}
	ids := map[string]map[string]int64{}
	live := open(key)
	applied(t, s, live, "PL-4711", feed.Secret)
	ids[key] = applicant(key, live)
	tested := open(testKey)
	id(testKey, "/api/v1/test/applications", fmt.Sprintf(`{"jobId":%d}`, tested))
	ids[testKey] = applicant(testKey, tested)

	var all []*http.Request
	for _, document := range [][]byte{openapi.V1, openapi.Intake, openapi.AutoTechJobs} {
		c := canaryContract{text: canary}
		if err := json.Unmarshal(document, &c); err != nil {
			t.Fatal(err)
		}
		all = append(all, c.requests(t, s.url, key)...)
		for _, bearer := range []string{key, testKey} {
			c.plausible, c.ids = true, ids[bearer]
			all = append(all, c.requests(t, s.url, bearer)...)
		}
	}
	for _, page := range []string{"/" + canary, "/jobs?q=" + canary, "/employer/invitation?token=" + canary, "/employer/" + canary, "/platform/" + canary, "/mcp"} {
		all = append(all, canaryContract{}.request(t, s.url, http.MethodGet, page, canary, canaryOperation{}))
	}
	for _, path := range []string{"/api/v1/jobs", "/jobs", "/jobs/1", "/employer/jobs", "/platform/keys", "/mcp"} {
		all = append(all, canaryContract{}.request(t, s.url, strings.ToUpper(canary), path, key, canaryOperation{}))
	}
	done := map[string]bool{}
	for _, r := range all {
		res, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatalf("%s %s: %v", r.Method, r.URL.Path, err)
		}
		if res.StatusCode < http.StatusMultipleChoices {
			done[r.Method+" "+r.URL.Path] = true
		}
		if res.StatusCode >= http.StatusInternalServerError {
			t.Errorf("%s %s: %d", r.Method, r.URL.Path, res.StatusCode)
		}
		if _, err := io.Copy(io.Discard, res.Body); err != nil {
			t.Error(err)
		}
		if err := res.Body.Close(); err != nil {
			t.Error(err)
		}
	}
	const enough = 60
	if len(done) < enough {
		t.Errorf("only %d of the requests did something, want %d", len(done), enough)
	}
	if !done[fmt.Sprintf("DELETE /api/v1/candidates/%d", ids[key]["candidateId"])] {
		t.Error("the person who has applied by the form was not erased by a request")
	}
	if !strings.Contains(dumpOf(t, env), personCanary+"push") {
		t.Error("a dump before the erasure has nothing of the person who came from Careerjet")
	}
	for _, bearer := range []string{key, testKey} {
		eraseAll(t, s.url, bearer)
	}
	if scrubbed := runProgram(t, env, "admin", "scrub"); scrubbed.code != 0 {
		t.Fatalf("scrub: %+v", scrubbed)
	}
	dump := dumpOf(t, env)
	_, measured := get(t, metricsURL)
	s.signal(syscall.SIGTERM)
	var log strings.Builder
	for line := range s.logs {
		log.WriteString(line + "\n")
	}
	if code := s.wait(); code != 0 {
		t.Errorf("exit status %d", code)
	}
	t.Logf("%d requests, of which %d did something, %d bytes of spans, %d of metrics, %d of the log", len(all), len(done), len(spans.String()), len(measured), log.Len())
	for place, text := range map[string]string{"spans": spans.String(), "metrics": measured, "the log": log.String()} {
		if !strings.Contains(text, "POST") {
			t.Errorf("%s have nothing of the requests", place)
		}
		for _, c := range []string{canary, personCanary, "79460815", "203.0.113.77"} {
			if at := strings.Index(strings.ToLower(text), c); at >= 0 {
				t.Errorf("%s have a canary: %q", place, text[max(0, at-200):min(len(text), at+100)])
			}
		}
	}
	if !strings.Contains(dump, canary) {
		t.Error("the dump has nothing of the requests")
	}
	nothingOfPeople(t, "the dump", dump)
	if err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		nothingOfPeople(t, path, string(b))
		return err
	}); err != nil {
		t.Error(err)
	}
}

// eraseAll erases the candidates that a key sees.
func eraseAll(t *testing.T, base, bearer string) {
	t.Helper()
	var list struct{ Items []struct{ ID int64 } }
	if l := sendWrite(base, http.MethodGet, "/api/v1/candidates", bearer, "", ""); json.Unmarshal([]byte(l.all), &list) != nil || l.status != http.StatusOK {
		t.Fatalf("candidates: %+v", l)
	}
	for _, c := range list.Items {
		if erased := sendWrite(base, http.MethodDelete, fmt.Sprintf("/api/v1/candidates/%d", c.ID), bearer, "", ""); erased.status != http.StatusOK {
			t.Errorf("erase: %+v", erased)
		}
	}
}

// dumpOf is a dump of the database, as text.
func dumpOf(t *testing.T, env []string) string {
	t.Helper()
	bin, err := embedded.FindBinaries(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), filepath.Join(bin, "pg_dump"), "--dbname", admin[map[string]string](t, env, "database-url")["url"]).Output()
	if err != nil {
		t.Fatalf("pg_dump: %v", err)
	}
	return string(out)
}

// nothingOfPeople fails when a place has something that was told of an applicant.
func nothingOfPeople(t *testing.T, place, text string) {
	t.Helper()
	for _, c := range []string{personCanary, "79460815", "203.0.113.77"} {
		if at := strings.Index(strings.ToLower(text), c); at >= 0 {
			t.Errorf("%s has something of an applicant: %q", place, text[max(0, at-200):min(len(text), at+100)])
		}
	}
}

type careerjetFeed struct {
	EmployerID    int64
	Secret        string
	AllowUnsigned bool
	URL           string
}
