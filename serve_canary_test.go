package main

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"itmanagerjobs/openapi"
	"itmanagerjobs/store/embedded"
	"itmanagerjobs/webhooks/careerjet"
)

// Texts that stand nowhere but where a caller has put them: canary in everything, and personCanary in what tells of an applicant.
const (
	canary       = "kanarie4711"
	personCanary = "zeisig0815"
)

// canaryContract is what the test reads of a contract.
type canaryContract struct {
	Paths      map[string]map[string]json.RawMessage
	Components struct {
		Schemas       map[string]canarySchema
		Parameters    map[string]canaryParameter
		RequestBodies map[string]canaryBody
	}
	// plausible has values that pass for what they stand for where a canary would not, so that requests come far: text for
	// texts, and ids by the names of fields.
	plausible bool
	ids       map[string]int64
	text      string
}

type canaryOperation struct {
	Parameters  []canaryParameter
	RequestBody canaryBody
}

type canaryBody struct {
	Ref     string `json:"$ref"`
	Content map[string]struct{ Schema canarySchema }
}

type canaryParameter struct {
	Ref      string `json:"$ref"`
	Name, In string
	Schema   canarySchema
	Example  any
}

type canarySchema struct {
	Ref                  string `json:"$ref"`
	Type, Format         string
	Pattern              string
	Enum                 []any
	ExtensibleEnum       []any `json:"x-extensible-enum"`
	Example              any
	MinLength, MaxLength int
	ReadOnly             bool
	Properties           map[string]canarySchema
	Items                *canarySchema
	AllOf                []canarySchema
}

// last is the name at the end of a reference.
func last(ref string) string { return ref[strings.LastIndex(ref, "/")+1:] }

// whole follows a reference, and puts the parts of a schema together.
func (c canaryContract) whole(s canarySchema) canarySchema {
	if s.Ref != "" {
		return c.whole(c.Components.Schemas[last(s.Ref)])
	}
	for _, part := range s.AllOf {
		part = c.whole(part)
		properties := maps.Clone(part.Properties)
		maps.Copy(properties, s.Properties)
		s.Type, s.Properties = cmp.Or(s.Type, part.Type), properties
		s.Enum, s.ExtensibleEnum, s.Format = append(s.Enum, part.Enum...), append(s.ExtensibleEnum, part.ExtensibleEnum...), cmp.Or(s.Format, part.Format)
	}
	return s
}

// value is a value of a schema with a canary in every text; a plausible one has one where any text is right.
func (c canaryContract) value(s canarySchema, depth int) any {
	s = c.whole(s)
	if text, ok := c.chosen(s); ok {
		return text
	}
	switch s.Type {
	case "object":
		o := map[string]any{}
		for name, property := range s.Properties {
			if known, ok := c.known(name); ok {
				o[name] = known
			} else if depth < 6 && (!c.plausible || !c.whole(property).ReadOnly) {
				o[name] = c.value(property, depth+1)
			}
		}
		return o
	case "array":
		if s.Items == nil || depth > 5 {
			return []any{}
		}
		return []any{c.value(*s.Items, depth+1)}
	case "integer", "number":
		if c.plausible {
			return 1
		}
		return 4711
	case "boolean":
		return true
	}
	return strings.Repeat(c.text, 1+s.MinLength/(len(c.text)+1))
}

// known is the value that a plausible request has for a name.
func (c canaryContract) known(name string) (v any, ok bool) {
	if !c.plausible {
		return nil, false
	}
	if id, ok := c.ids[name]; ok {
		return id, true
	}
	v, ok = chosenByName[name]
	return v, ok
}

// idOf is the name under which other objects have the id that ends a part of a path: jobId for /jobs/{id}.
func idOf(path string) string {
	noun := strings.TrimSuffix(path[:strings.Index(path, "/{id}")], "s")
	return noun[strings.LastIndex(noun, "/")+1:] + "Id"
}

// chosenByName are values that rules demand which are not in the schema.
var chosenByName = map[string]any{
	"country": "GB", "countries": []string{"GB"}, "location": "Leeds", "place": "Leeds", "timeZone": "Europe/London",
	"startsAt": time.Now().Add(24 * time.Hour).UTC().Format(time.RFC3339), "durationMinutes": 30, "expiryDate": nil,
}

// chosen is a value that is not free, for a plausible request.
func (c canaryContract) chosen(s canarySchema) (v any, ok bool) {
	switch {
	case !c.plausible:
	case len(s.Enum) > 0:
		return s.Enum[0], true
	case len(s.ExtensibleEnum) > 0:
		return s.ExtensibleEnum[0], true
	case s.Format == "email":
		return c.text + "@example.com", true
	case s.Format == "uri":
		return "https://hooks.example.com/" + c.text + "?" + c.text + "=" + c.text, true
	case s.Type == "integer", s.Type == "number":
	case s.Format != "" && s.Example != nil, s.Pattern != "" && s.Example != nil, s.MaxLength > 0 && s.MaxLength < len(c.text) && s.Example != nil:
		return s.Example, true
	}
	return nil, false
}

// requests has two requests for each operation, with a canary in each text that a caller can send, without a key and with one; or a
// plausible one with a key.
func (c canaryContract) requests(t *testing.T, base, key string) []*http.Request {
	t.Helper()
	var all []*http.Request
	for _, path := range slices.Sorted(maps.Keys(c.Paths)) {
		var common []canaryParameter
		if shared := c.Paths[path]["parameters"]; shared != nil {
			if err := json.Unmarshal(shared, &common); err != nil {
				t.Fatalf("%s: %v", path, err)
			}
		}
		for method, raw := range c.Paths[path] {
			method = strings.ToUpper(method)
			if !slices.Contains([]string{"GET", "POST", "PUT", "PATCH", "DELETE"}, method) {
				continue
			}
			var op canaryOperation
			if err := json.Unmarshal(raw, &op); err != nil {
				t.Fatalf("%s %s: %v", method, path, err)
			}
			op.Parameters = append(op.Parameters, common...)
			if op.RequestBody.Ref != "" {
				op.RequestBody = c.Components.RequestBodies[last(op.RequestBody.Ref)]
			}
			bearers := []string{canary, key}
			if c.plausible {
				bearers = []string{key}
			}
			for _, bearer := range bearers {
				all = append(all, c.request(t, base, method, path, bearer, op))
			}
		}
	}
	// What is deleted cannot be read.
	slices.SortStableFunc(all, func(a, b *http.Request) int { return cmp.Compare(order(a.Method), order(b.Method)) })
	return all
}

// ofPerson are the paths whose operations tell of an applicant.
var ofPerson = regexp.MustCompile(`/(candidates|applications|interviews|ai-calls)\b`)

// order makes things before they are read and changed, and deletes them at the end.
func order(method string) int {
	return slices.Index([]string{"PUT", "POST", "GET", "PATCH", "DELETE"}, method)
}

func (c canaryContract) request(t *testing.T, base, method, path, bearer string, op canaryOperation) *http.Request {
	t.Helper()
	c.text = canary
	if c.plausible && ofPerson.MatchString(path) {
		c.text = personCanary
	}
	query, header := url.Values{}, http.Header{}
	if !c.plausible {
		query.Set(canary, canary)
	}
	for _, p := range op.Parameters {
		if p.Ref != "" {
			p = c.Components.Parameters[last(p.Ref)]
		}
		value, name := canary, p.Name
		if p.In == "path" && name == "id" {
			name = idOf(path)
		}
		if known, ok := c.known(name); ok {
			value = fmt.Sprint(known)
		} else if c.plausible {
			s := c.whole(p.Schema)
			s.Example = cmp.Or(s.Example, p.Example)
			if s.Type == "array" && s.Items != nil {
				s = c.whole(*s.Items)
			}
			value = fmt.Sprint(c.value(s, 0))
		}
		switch p.In {
		case "path":
			path = strings.ReplaceAll(path, "{"+p.Name+"}", url.PathEscape(value))
		case "query":
			if !c.plausible || !slices.Contains([]string{"cursor", "after", "page"}, p.Name) {
				query.Set(p.Name, value)
			}
		case "header":
			switch {
			case c.plausible && strings.HasPrefix(p.Name, "If-"):
			case c.plausible && p.Name == "Idempotency-Key":
				header.Set(p.Name, canary+method+strings.ReplaceAll(path, "/", "-"))
			default:
				header.Set(p.Name, value)
			}
		}
	}
	if strings.Contains(path, "{") {
		t.Errorf("%s %s: a parameter of the path is not described", method, path)
	}
	var body io.Reader = http.NoBody
	for mediaType, content := range op.RequestBody.Content {
		header.Set("Content-Type", mediaType)
		b, err := json.Marshal(c.value(content.Schema, 0))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(mediaType, "json") {
			b = []byte("From: " + canary + "@example.com\r\nSubject: " + canary + "\r\n\r\n" + canary)
		}
		body = bytes.NewReader(b)
	}
	r, err := http.NewRequest(method, base+path+"?"+query.Encode(), body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = header
	names := []string{"User-Agent", "Referer", "Cookie", "X-Forwarded-For", "Forwarded", "Origin", "Accept-Language", "Baggage", canary}
	if !c.plausible {
		names = append(names, "Idempotency-Key", "If-Match")
	}
	for _, name := range names {
		r.Header.Set(name, canary)
	}
	r.Header.Set("Authorization", "Bearer "+bearer)
	r.Header.Set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	r.Header.Set("Tracestate", canary+"="+canary)
	r.Host = canary + ".example.com"
	return r
}

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
	metrics, dir := freeAddress(t), dataDir(t)
	env := []string{"DATA_DIR=" + dir, "METRICS_ADDR=" + metrics, "OTEL_EXPORTER_OTLP_ENDPOINT=" + collector.URL}
	s := startServing(t, env, "serve")
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
	_, measured := get(t, "http://"+metrics+"/metrics")
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
