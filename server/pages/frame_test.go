package pages_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/server/pages"
)

// What is answered is measured by its route. A fault is an error in the log, a database that is away is a warning, and who has gone
// is neither.
func TestAnswersOfPagesAreMeasuredAndLogged(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		err    error
		gone   bool
		status int
		level  string
	}{
		"well":          {nil, false, 200, "INFO"},
		"away":          {errors.New("away"), false, 503, "WARN"},
		"a fault":       {errors.New("fault"), false, 500, "ERROR"},
		"who has gone":  {nil, true, pages.StatusClientGone, "INFO"},
		"a late fault":  {errors.New("fault"), true, 500, "ERROR"},
		"not for these": {nil, false, 404, "INFO"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			var measured []string
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			mux := http.NewServeMux()
			mux.HandleFunc("GET /jobs/{id}", func(w http.ResponseWriter, r *http.Request) {
				status := tc.status
				if tc.gone {
					cancel()
					status = http.StatusInternalServerError
				}
				pages.VisitOf(r.Context()).Fault = tc.err
				w.WriteHeader(status)
			})
			mux.HandleFunc("GET /live", func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/event-stream")
				w.WriteHeader(http.StatusOK)
			})
			h := pages.Frame{
				Log: slog.New(slog.NewTextHandler(&log, nil)), Message: "request", Now: func() time.Time { return time.Unix(0, 0) }, NewID: func() string { return "1" },
				Observe: func(r *http.Request, route string, status int, took time.Duration) {
					measured = append(measured, fmt.Sprint(r.Method, " ", route, " ", status, " ", took))
				},
			}.Wrap(mux)
			for _, path := range []string{"/jobs/7", "/live"} {
				h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodGet, path, nil))
			}
			if want := fmt.Sprintf("GET /jobs/{id} %d 0s", tc.status); len(measured) != 1 || measured[0] != want {
				t.Errorf("measured %q, want %q alone: a stream takes as long as its reader stays", measured, want)
			}
			if line, _, _ := strings.Cut(log.String(), "\n"); !strings.Contains(line, "level="+tc.level) || !strings.Contains(line, fmt.Sprint("status=", tc.status)) {
				t.Errorf("logged %s, want %s of %d", line, tc.level, tc.status)
			}
		})
	}
}

// A query has no bytes that a text does not have: the database refuses them, and nobody types them.
func TestAQueryIsAText(t *testing.T) {
	t.Parallel()
	var read url.Values
	h := pages.Frame{
		Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return time.Unix(0, 0) }, NewID: func() string { return "1" },
	}.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { read = r.URL.Query() }))
	for query, want := range map[string]url.Values{
		"q=a%00b&q=c&page=2": {"q": {"ab", "c"}, "page": {"2"}},
		"q=%ff%E9t%C3%A9":    {"q": {"t\u00e9"}},
		"%00q=1":             {"q": {"1"}},
		"q=caf%C3%A9+%26":    {"q": {"caf\u00e9 &"}},
		"q=a+b":              {"q": {"a b"}},
	} {
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/jobs?"+query, nil))
		if diff := cmp.Diff(want, read); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
}

// An address that is there and takes another method says so, although the last pattern takes all.
func TestAnAddressSaysWhichMethodsItTakes(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	for _, pattern := range []string{"GET /jobs/{id}", "GET /contact", "POST /contact", "POST /theme", "GET /home"} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) })
	mux.HandleFunc("/home/", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) })
	h := pages.Frame{
		Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return time.Unix(0, 0) }, NewID: func() string { return "1" }, Routes: mux,
	}.Wrap(mux)
	for request, want := range map[string]string{
		"GET /jobs/7": "200 ", "HEAD /jobs/7": "200 ", "POST /jobs/7": "405 GET, HEAD, OPTIONS", "BREW /jobs/7": "405 GET, HEAD, OPTIONS", "OPTIONS /jobs/7": "204 GET, HEAD, OPTIONS",
		"POST /contact": "200 ", "PUT /contact": "405 GET, HEAD, POST, OPTIONS", "DELETE /theme": "405 POST, OPTIONS", "GET /theme": "404 ", "POST /home": "405 GET, HEAD, OPTIONS",
		"POST /nothing": "404 ", "BREW /nothing": "404 ", "OPTIONS /nothing": "404 ",
	} {
		method, path, _ := strings.Cut(request, " ")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, path, nil))
		if got := fmt.Sprint(w.Code, " ", w.Header().Get("Allow")); got != want {
			t.Errorf("%s: %s, want %s", request, got, want)
		}
	}
}
