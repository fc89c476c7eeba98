package programtest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"

	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// traced sends a request whose caller has a trace.
func traced(t *testing.T, traceID, method, url, key, mediaType, body string) (status int) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"X-Api-Key": key, "Content-Type": mediaType, "Accept": "application/json", "Traceparent": "00-" + traceID + "-00f067aa0ba902b7-01",
	} {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		t.Fatal(err)
	}
	return res.StatusCode
}

// metricsURL is where a program serves its metrics.
func (s *serving) metricsURL() string {
	s.t.Helper()
	for line := range s.logs {
		if _, rest, ok := strings.Cut(line, `"msg":"serving metrics","url":"`); ok {
			return strings.TrimSuffix(rest, `"}`)
		}
	}
	s.t.Fatal("the program serves no metrics")
	return ""
}

// scrape reads metrics as Prometheus does.
func scrape(ctx context.Context, t *testing.T, url string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "application/openmetrics-text")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// TestFiguresHaveTheTraceTheyComeFrom: whatever is measured in the course of a traced request has its trace beside the figure.
func TestFiguresHaveTheTraceTheyComeFrom(t *testing.T) {
	t.Parallel()
	spans := httptest.NewServer(&traceReceiver{})
	defer spans.Close()
	refuses := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }))
	defer refuses.Close()
	url := storetest.URL(t)
	env := []string{"DATABASE_URL=" + url, "SECRET_KEY=" + testSecretKey(), "DATA_DIR=" + dataDir(t)}
	s := startServing(t, append(env, "OTEL_EXPORTER_OTLP_ENDPOINT="+spans.URL, "METRICS_ADDR=127.0.0.1:0", "DB_MAX_CONNS=4",
		"WEBHOOK_ALLOW_INSECURE=true", "WEBHOOK_DELAYS=20ms", "WEBHOOK_MAX_ATTEMPTS=2", "SMTP_URL=smtp://127.0.0.1:1"), "serve")
	metrics := s.metricsURL()
	partner(t, env, "it@acme.example")
	admin[map[string]any](t, env, "grant-credits", "--employer", "1", "--job-posting", "3")
	key := admin[keyAnswer](t, env, "mint-key", "--employer", "1", "--name", "Test", "--scopes", "JobPosting,Webhooks", "--approve").Key

	const traceID = "4bf92f3577b34da6a3ce929d0e0e4736"
	ask := func(want int, method, path, mediaType, body string) {
		t.Helper()
		if status := traced(t, traceID, method, s.url+path, key, mediaType, body); status != want {
			t.Errorf("%s %s: %d, want %d", method, path, status, want)
		}
	}
	const asJSON = "application/json"
	ask(201, http.MethodPost, "/api/v1/webhooks", asJSON, fmt.Sprintf(`{"url":%q,"events":["job.created"]}`, refuses.URL))
	ask(201, http.MethodPost, "/api/v1/jobs", asJSON, publishable)
	ask(200, http.MethodPost, "/api/v1/jobs/1/publish", "", "")
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	for name, value := range map[string]string{"firstName": "Ada", "lastName": "Lovelace", "email": "ada@example.com"} {
		if err := w.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	if cv, err := w.CreateFormFile("cv", "cv.txt"); err != nil {
		t.Fatal(err)
	} else if _, err := io.WriteString(cv, "Ten years of keeping the lights on."); err != nil {
		t.Fatal(err)
	}
	w.Close()
	ask(201, http.MethodPost, "/jobs/1/apply", w.FormDataContentType(), form.String())

	// Two requests hold the connections that ordinary work has, and others wait.
	db := fixture.Raw(t, url)
	held, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := held.ExecContext(t.Context(), `LOCK TABLE jobs`); err != nil {
		t.Fatal(err)
	}
	var waiting sync.WaitGroup
	for range 8 {
		waiting.Go(func() { ask(200, http.MethodGet, "/api/v1/jobs?status=Draft", "", "") })
	}
	late, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for !regexp.MustCompile(`itmanagerjobs_pool_waiting ([5-9]|1\d)`).MatchString(scrape(late, t, metrics)) {
	}
	if err := held.Commit(); err != nil {
		t.Fatal(err)
	}
	waiting.Wait()

	exemplar := ` # \{trace_id="` + traceID + `"\} `
	wants := map[string]bool{
		`itmanagerjobs_http_request_seconds_bucket\{method="POST",route="/jobs/[^"]*/apply",status="201",le="[^"]*"\} \d+` + exemplar: false,
		`itmanagerjobs_pool_waited_seconds_bucket\{le="[^"]*"\} \d+` + exemplar:                                                       false,
		`itmanagerjobs_cv_reading_seconds_bucket\{end="read",le="[^"]*"\} \d+` + exemplar:                                             false,
		`itmanagerjobs_credits_spent_total\{kind="JobPosting"\} 1.0` + exemplar:                                                       false,
		`webhooks_lag_seconds_bucket\{profile="native",le="[^"]*"\} \d+` + exemplar:                                                   false,
		`webhooks_lag_seconds_bucket\{profile="email",le="[^"]*"\} \d+` + exemplar:                                                    false,
		`webhooks_attempt_seconds_bucket\{kind="webhook",le="[^"]*"\} \d+` + exemplar:                                                 false,
		`webhooks_attempt_seconds_bucket\{kind="email",le="[^"]*"\} \d+` + exemplar:                                                   false,
		`webhooks_attempts_total\{kind="webhook",outcome="Failed"\} \d+\.0` + exemplar:                                                false,
		`webhooks_attempts_total\{kind="webhook",outcome="DeadLetter"\} \d+\.0` + exemplar:                                            false,
	}
	text := ""
	for missing := len(wants); missing > 0 && late.Err() == nil; {
		text = scrape(t.Context(), t, metrics)
		for want, seen := range wants {
			if !seen && regexp.MustCompile(`(?m)^`+want).MatchString(text) {
				wants[want] = true
				missing--
			}
		}
	}
	for want, seen := range wants {
		if !seen {
			t.Errorf("no line of the metrics is %s", want)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
}
