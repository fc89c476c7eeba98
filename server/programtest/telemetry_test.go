package programtest

import (
	"compress/gzip"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	traces "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"

	"itmanagerjobs/store/storetest"
)

// traceReceiver takes spans by OTLP over HTTP, and keeps them as text.
type traceReceiver struct {
	mu    sync.Mutex
	spans []string
	byID  map[string]*traces.Span
}

func (r *traceReceiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	var body io.Reader = req.Body
	if req.Header.Get("Content-Encoding") == "gzip" {
		unpacked, err := gzip.NewReader(body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		body = unpacked
	}
	all, err := io.ReadAll(body)
	var export collector.ExportTraceServiceRequest
	if err == nil {
		err = proto.Unmarshal(all, &export)
	}
	if err != nil || req.URL.Path != "/v1/traces" {
		http.Error(w, fmt.Sprint(req.URL.Path, err), http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, resource := range export.GetResourceSpans() {
		for _, scope := range resource.GetScopeSpans() {
			for _, span := range scope.GetSpans() {
				if r.byID == nil {
					r.byID = map[string]*traces.Span{}
				}
				r.byID[string(span.GetSpanId())] = span
				r.spans = append(r.spans, fmt.Sprintf("%x %s", span.GetTraceId(), prototext.MarshalOptions{}.Format(span)))
			}
		}
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
}

// way are the names of a span and of those above it.
func (r *traceReceiver) way(t *testing.T, traceparent string) string {
	t.Helper()
	parts := strings.Split(traceparent, "-")
	if len(parts) != 4 {
		t.Fatalf("traceparent %q", traceparent)
	}
	id, err := hex.DecodeString(parts[2])
	if err != nil {
		t.Fatal(err)
	}
	var names strings.Builder
	for span := r.byID[string(id)]; span != nil; span = r.byID[string(span.GetParentSpanId())] {
		if got := hex.EncodeToString(span.GetTraceId()); got != parts[1] {
			t.Errorf("the span %s is of trace %s, want %s", span.GetName(), got, parts[1])
		}
		names.WriteString(span.GetName() + " < ")
	}
	return names.String()
}

// TestTracesAndMetricsTellOfRequestsAndOfNobody has a receiver of OTLP and a scrape of Prometheus look for what a request carries.
func TestTracesAndMetricsTellOfRequestsAndOfNobody(t *testing.T) {
	t.Parallel()
	receiver := &traceReceiver{}
	endpoint := httptest.NewServer(receiver)
	defer endpoint.Close()
	env := []string{"DATABASE_URL=" + storetest.URL(t), "SECRET_KEY=" + testSecretKey(), "DATA_DIR=" + dataDir(t)}
	s := startServing(t, append(env, "OTEL_EXPORTER_OTLP_ENDPOINT="+endpoint.URL, "METRICS_ADDR=127.0.0.1:0", "WEBHOOK_ALLOW_INSECURE=true", "WEBHOOK_DELAYS=20ms"), "serve")
	metricsURL := s.metricsURL()
	partner(t, env, "canary-mail@acme.example")
	key := admin[keyAnswer](t, env, "mint-key", "--employer", "1", "--name", "canary-key", "--scopes", "JobPosting,Webhooks", "--approve").Key
	// It takes the second attempt.
	attempts := make(chan string, 2)
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		attempts <- r.Header.Get("Traceparent")
		if r.Header.Get("X-Webhook-Attempt") == "1" {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
	defer hook.Close()
	if made := sendWrite(s.url, http.MethodPost, "/api/v1/webhooks", key, "", `{"url":"`+hook.URL+`/canary-hook","events":["job.created"]}`); made.status != http.StatusCreated {
		t.Fatalf("%+v", made)
	}
	admin[map[string]any](t, env, "grant-credits", "--employer", "1", "--job-posting", strconv.Itoa(3))
	made := sendWrite(s.url, http.MethodPost, "/api/v1/jobs", key, "canary-idempotency", `{"title":"canary-title","description":"<p>Lead.</p>","country":"GB","city":"Leeds","employmentType":"FullTime","applyMethod":"DirectApply"}`)
	if made.status != http.StatusCreated {
		t.Fatalf("%+v", made)
	}
	if published := sendWrite(s.url, http.MethodPost, "/api/v1/jobs/1/publish", key, "", ""); published.status != http.StatusOK {
		t.Fatalf("%+v", published)
	}
	first, second := <-attempts, <-attempts
	const traceID = "4bf92f3577b34da6a3ce929d0e0e4736"
	for _, path := range []string{"/api/v1/jobs?q=canary-query", "/employer/invitation/canary-token", "/api/v1/jobs/by-reference/canary-path", "/canary-nowhere"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Api-Key", key)
		req.Header.Set("User-Agent", "canary-agent")
		req.Header.Set("X-Forwarded-For", "203.0.113.77")
		req.Header.Set("Cookie", "session=canary-cookie")
		req.Header.Set("Traceparent", "00-"+traceID+"-00f067aa0ba902b7-01")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
	}

	metrics := scrape(t.Context(), t, metricsURL)
	for _, want := range []string{
		`itmanagerjobs_http_request_seconds_bucket\{method="GET",route="/api/v1/jobs",status="200",le="[^"]*"\} \d+ # \{trace_id="` + traceID + `"\}`,
		`itmanagerjobs_http_request_seconds_count\{method="GET",route="/employer/invitation/\{token\}",status="\d+"\} 1`,
		`itmanagerjobs_credits_spent_total\{kind="JobPosting"\} 1`,
		`itmanagerjobs_pool_max 8`, `itmanagerjobs_pool_in_use \d`, `itmanagerjobs_pool_waiting 0`, `itmanagerjobs_pool_wait_seconds_total \d`,
	} {
		if !regexp.MustCompile(want).MatchString(metrics) {
			t.Errorf("metrics have no %s", want)
		}
	}

	s.signal(syscall.SIGTERM) // which sends the last spans
	if code := s.wait(); code != 0 {
		t.Errorf("exit status %d", code)
	}
	receiver.mu.Lock()
	defer receiver.mu.Unlock()
	spans := strings.Join(receiver.spans, "\n")
	const way = "attempt < delivery < transaction < POST /api/v1/jobs < "
	if a, b := receiver.way(t, first), receiver.way(t, second); a != way || b != way || first == second {
		t.Errorf("the spans of two attempts: %s %s, %s %s; want two of %s", first, a, second, b, way)
	}
	for _, want := range []string{
		`(?m)^` + traceID + ` .*name: *"GET /api/v1/jobs" `, `name: *"GET /api/v1/jobs/by-reference/:reference"`, `name: *"GET /employer/invitation/\{token\}"`, `name: *"POST /api/v1/jobs/:id/publish"`,
		`key: *"http.route" *value: *\{ *string_value: *"/api/v1/jobs"`, `key: *"http.response.status_code" *value: *\{ *int_value: *201`,
	} {
		if !regexp.MustCompile(want).MatchString(spans) {
			t.Errorf("no span has %s", want)
		}
	}
	for name, sent := range map[string]string{"spans": spans, "metrics": metrics} {
		for _, personal := range []string{"canary", "203.0.113.77", "127.0.0.1", key} {
			if at := strings.Index(sent, personal); at >= 0 {
				t.Errorf("%s tell %q: … %s …", name, personal, sent[max(0, at-200):min(len(sent), at+100)])
			}
		}
	}
}
