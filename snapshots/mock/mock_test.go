package mock_test

import (
	"bytes"
	"encoding/json"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/snapshots"
	"itmanagerjobs/snapshots/mock"
	v1 "itmanagerjobs/snapshots/v1"
	"itmanagerjobs/webhooks/profile"
)

const testKey = "pk_test_any"

func start(t *testing.T) *httptest.Server {
	t.Helper()
	m, err := mock.New(mock.Config{Log: slog.New(slog.DiscardHandler), Now: now, URL: "https://itmanagerjobs.example", Deliver: http.DefaultClient})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(m)
	t.Cleanup(func() {
		s.Close()
		m.Close()
	})
	return s
}

func now() time.Time { return time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC) }

func send(t *testing.T, s *httptest.Server, method, target, key string, header map[string]string, body []byte) (int, http.Header, []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.URL+target, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	for name, value := range header {
		r.Header.Set(name, value)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header, answer
}

// TestEveryExchangeIsServedAsItWasFrozen asks for each exchange by its name.
func TestEveryExchangeIsServedAsItWasFrozen(t *testing.T) {
	t.Parallel()
	s := start(t)
	served := 0
	err := fs.WalkDir(v1.Exchanges, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.Contains(name, "/none/") || strings.HasPrefix(path.Base(path.Dir(name)), "getOpenAPI") || strings.Contains(name, "getPostman") {
			return err
		}
		content, err := v1.Exchanges.ReadFile(name)
		if err != nil {
			return err
		}
		e, err := snapshots.DecodeExchange(content)
		if err != nil {
			return err
		}
		if strings.ContainsAny(e.Request.Path, "{ ") || !asWritten(e.Request.Path) {
			return nil
		}
		example := strings.TrimSuffix(path.Base(name), ".json")
		status, header, body := send(t, s, e.Request.Method, e.Request.Path, testKey, map[string]string{"Prefer": "example=" + example}, nil)
		got := snapshots.NewResponse(status, header, body)
		if diff := cmp.Diff(e.Response, got); diff != "" {
			t.Errorf("%s (-frozen +served):\n%s", name, diff)
		}
		served++
		return nil
	})
	if err != nil || served < 1000 {
		t.Fatalf("%d exchanges were served, %v", served, err)
	}
}

// asWritten tells whether a client of Go sends the path as it is written.
func asWritten(target string) bool {
	r, err := http.NewRequest(http.MethodGet, "http://host"+target, nil)
	return err == nil && r.URL.RequestURI() == target
}

// TestTheSameRequestHasTheSameAnswer sends requests that were frozen, without naming the exchange.
func TestTheSameRequestHasTheSameAnswer(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"getMe/200-test", "getMe/304-unchanged", "listJobs/200-all", "createJob/400-enum", "createJob/400-many", "listEvents/200-all",
		"listEvents/200-type", "getJob/404-absent", "searchCandidates/200-did-you-mean", "createJob/201-title",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			content, err := v1.Exchanges.ReadFile("frozen/" + name + ".json")
			if err != nil {
				t.Fatal(err)
			}
			e, err := snapshots.DecodeExchange(content)
			if err != nil {
				t.Fatal(err)
			}
			key := "pk_live_any"
			if strings.HasPrefix(e.Request.Key, "test key") {
				key = testKey
			}
			var body []byte
			if e.Request.Body != nil {
				if body, err = json.Marshal(e.Request.Body); err != nil {
					t.Fatal(err)
				}
			}
			status, header, answer := send(t, start(t), e.Request.Method, e.Request.Path, key, e.Request.Headers, body)
			if diff := cmp.Diff(e.Response, snapshots.NewResponse(status, header, answer)); diff != "" {
				t.Errorf("(-frozen +served):\n%s", diff)
			}
		})
	}
}

func TestWhatIsNotFrozenIsNotAnswered(t *testing.T) {
	t.Parallel()
	s := start(t)
	if status, _, _ := send(t, s, http.MethodGet, "/api/v1/me", "", nil, nil); status != http.StatusUnauthorized {
		t.Errorf("without a key: %d", status)
	}
	status, _, body := send(t, s, http.MethodGet, "/api/v1/nothing", testKey, nil, nil)
	if status != http.StatusNotFound || !bytes.Contains(body, []byte("snapshots/v1")) {
		t.Errorf("an unknown address: %d, %s", status, body)
	}
}

// TestItPlaysTheFirstSteps makes a webhook, a job, and has somebody apply.
func TestItPlaysTheFirstSteps(t *testing.T) {
	t.Parallel()
	type arrived struct {
		header http.Header
		body   string
	}
	arrivals := make(chan arrived, 10)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		arrivals <- arrived{r.Header, string(body)}
	}))
	t.Cleanup(receiver.Close)
	s := start(t)
	step := func(status int, method, target, body string, into any) {
		t.Helper()
		got, _, answer := send(t, s, method, target, testKey, nil, []byte(body))
		if got != status {
			t.Fatalf("%s %s: %d, %s", method, target, got, answer)
		}
		if into != nil {
			if err := json.Unmarshal(answer, into); err != nil {
				t.Fatal(err)
			}
		}
	}
	var webhook struct{ Secret string }
	step(http.StatusCreated, http.MethodPost, "/api/v1/webhooks", `{"url":"`+receiver.URL+`","events":["job.published"]}`, &webhook)
	var job struct {
		ID            int
		Title, Status string
	}
	step(http.StatusCreated, http.MethodPost, "/api/v1/jobs", `{"title":"Mine","city":"Leeds"}`, &job)
	step(http.StatusOK, http.MethodPost, "/api/v1/jobs/1/publish", `{}`, &job)
	if job.ID != 1 || job.Title != "Mine" || job.Status != "Active" {
		t.Errorf("the published job is %+v", job)
	}
	got := <-arrivals
	want, err := profile.Native().Headers(profile.Attempt{DeliveryID: 2, EventType: "job.published", Number: 1, At: now(), Secret: webhook.Secret}, []byte(got.body))
	if err != nil {
		t.Fatal(err)
	}
	if g, w := got.header.Get("X-Webhook-Signature"), want.Get("X-Webhook-Signature"); g != w {
		t.Errorf("the signature is %q, want %q", g, w)
	}
	var log struct {
		NextAfter int
		Items     []struct{ Type string }
	}
	step(http.StatusOK, http.MethodGet, "/api/v1/events?after=1", "", &log)
	if len(log.Items) != 1 || log.Items[0].Type != "job.published" || log.NextAfter != 2 {
		t.Errorf("the log goes on with %+v", log)
	}
	step(http.StatusOK, http.MethodGet, "/api/v1/jobs/1", "", &job)
	step(http.StatusCreated, http.MethodPost, "/api/v1/test/applications", `{"jobId":1}`, nil)
	step(http.StatusOK, http.MethodPost, "/api/v1/test/applications/1/status", `{"status":"Screened"}`, nil)
	step(http.StatusOK, http.MethodPost, "/api/v1/test/jobs/1/expire", "", &job)
	step(http.StatusOK, http.MethodGet, "/api/v1/events?after=2", "", &log)
	if len(log.Items) != 3 || log.Items[0].Type != "application.submitted" {
		t.Errorf("the log ends with %+v", log)
	}
}
