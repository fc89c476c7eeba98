package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"itmanagerjobs/openapi"
	"itmanagerjobs/store/storetest"
)

// canary stands nowhere but where a caller has put it.
const canary = "kanarie4711"

// canaryContract is what the test reads of a contract.
type canaryContract struct {
	Paths      map[string]map[string]json.RawMessage
	Components struct {
		Schemas    map[string]canarySchema
		Parameters map[string]canaryParameter
	}
}

type canaryOperation struct {
	Parameters  []canaryParameter
	RequestBody struct {
		Content map[string]struct{ Schema canarySchema }
	}
}

type canaryParameter struct {
	Ref      string `json:"$ref"`
	Name, In string
}

type canarySchema struct {
	Ref        string `json:"$ref"`
	Type       string
	Properties map[string]canarySchema
	Items      *canarySchema
}

// value is a value of a schema with a canary in every text.
func (c canaryContract) value(s canarySchema, depth int) any {
	if s.Ref != "" {
		s = c.Components.Schemas[s.Ref[strings.LastIndex(s.Ref, "/")+1:]]
	}
	switch s.Type {
	case "object":
		o := map[string]any{}
		for name, property := range s.Properties {
			if depth < 4 {
				o[name] = c.value(property, depth+1)
			}
		}
		return o
	case "array":
		if s.Items == nil || depth > 3 {
			return []any{}
		}
		return []any{c.value(*s.Items, depth+1)}
	case "integer", "number":
		return 4711
	case "boolean":
		return true
	}
	return canary
}

// requests has two requests for each operation, with a canary in each text that a caller can send, without a key and with one.
func (c canaryContract) requests(t *testing.T, base, key string) []*http.Request {
	t.Helper()
	var all []*http.Request
	for path, operations := range c.Paths {
		for method, raw := range operations {
			method = strings.ToUpper(method)
			if !slices.Contains([]string{"GET", "POST", "PUT", "PATCH", "DELETE"}, method) {
				continue
			}
			var op canaryOperation
			if err := json.Unmarshal(raw, &op); err != nil {
				t.Fatalf("%s %s: %v", method, path, err)
			}
			for _, bearer := range []string{canary, key} {
				all = append(all, c.request(t, base, method, path, bearer, op))
			}
		}
	}
	return all
}

func (c canaryContract) request(t *testing.T, base, method, path, bearer string, op canaryOperation) *http.Request {
	t.Helper()
	for begin := strings.Index(path, "{"); begin >= 0; begin = strings.Index(path, "{") {
		path = path[:begin] + canary + path[strings.Index(path, "}")+1:]
	}
	query, header := url.Values{canary: {canary}}, http.Header{}
	for _, p := range op.Parameters {
		if p.Ref != "" {
			p = c.Components.Parameters[p.Ref[strings.LastIndex(p.Ref, "/")+1:]]
		}
		switch p.In {
		case "query":
			query.Set(p.Name, canary)
		case "header":
			header.Set(p.Name, canary)
		}
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
	for _, name := range []string{"User-Agent", "Referer", "Cookie", "X-Forwarded-For", "Forwarded", "Origin", "Accept-Language", "Idempotency-Key", "If-Match", "Baggage", canary} {
		r.Header.Set(name, canary)
	}
	r.Header.Set("Authorization", "Bearer "+bearer)
	r.Header.Set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	r.Header.Set("Tracestate", canary+"="+canary)
	r.Host = canary + ".example.com"
	return r
}

// TestWhatACallerSendsIsInNoSpanMetricOrLog sends canaries in every path, query, header and field of all contracts, and by a method that
// is made up. The id of a request, which callers may choose, is the one thing that the log has of them.
func TestWhatACallerSendsIsInNoSpanMetricOrLog(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var spans bytes.Buffer
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body := io.Reader(r.Body)
		if r.Header.Get("Content-Encoding") == "gzip" {
			unzipped, err := gzip.NewReader(r.Body)
			if err != nil {
				t.Error(err)
				return
			}
			body = unzipped
		}
		mu.Lock()
		defer mu.Unlock()
		if _, err := io.Copy(&spans, body); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(collector.Close)
	metrics := freeAddress(t)
	env := []string{"DATABASE_URL=" + storetest.URL(t), "SECRET_KEY=" + testSecretKey(), "METRICS_ADDR=" + metrics, "OTEL_EXPORTER_OTLP_ENDPOINT=" + collector.URL}
	s := startServing(t, env, "serve")
	key := partner(t, env, "canaries@acme.example")
	var all []*http.Request
	for _, document := range [][]byte{openapi.V1, openapi.Intake, openapi.AutoTechJobs} {
		var c canaryContract
		if err := json.Unmarshal(document, &c); err != nil {
			t.Fatal(err)
		}
		all = append(all, c.requests(t, s.url, key)...)
	}
	for _, page := range []string{"/" + canary, "/jobs?q=" + canary, "/employer/invitation?token=" + canary, "/employer/" + canary, "/platform/" + canary, "/mcp"} {
		all = append(all, canaryContract{}.request(t, s.url, http.MethodGet, page, canary, canaryOperation{}))
	}
	for _, path := range []string{"/api/v1/jobs", "/jobs", "/jobs/1", "/employer/jobs", "/platform/keys", "/mcp"} {
		all = append(all, canaryContract{}.request(t, s.url, strings.ToUpper(canary), path, key, canaryOperation{}))
	}
	for _, r := range all {
		res, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatalf("%s %s: %v", r.Method, r.URL.Path, err)
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
	_, measured := get(t, "http://"+metrics+"/metrics")
	s.signal(syscall.SIGTERM)
	var log strings.Builder
	for line := range s.logs {
		log.WriteString(line + "\n")
	}
	if code := s.wait(); code != 0 {
		t.Errorf("exit status %d", code)
	}
	mu.Lock()
	defer mu.Unlock()
	t.Logf("%d requests, %d bytes of spans, %d of metrics, %d of the log", len(all), spans.Len(), len(measured), log.Len())
	for place, text := range map[string]string{"spans": spans.String(), "metrics": measured, "the log": log.String()} {
		if !strings.Contains(text, "POST") {
			t.Errorf("%s have nothing of the requests", place)
		}
		if at := strings.Index(strings.ToLower(text), canary); at >= 0 {
			t.Errorf("%s have a canary: %q", place, text[max(0, at-200):min(len(text), at+100)])
		}
	}
}
