package server_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"itmanagerjobs/server"
)

// TestWhatNoHandlerGetsIsAnsweredInTheEnvelope looks at what is refused before any handler.
func TestWhatNoHandlerGetsIsAnsweredInTheEnvelope(t *testing.T) {
	t.Parallel()
	const id, maxHeader = "req_1", 4711
	newID := func() string { return id }
	w := httptest.NewRecorder()
	server.Ambiguous(newID).ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", nil))
	if w.Code != http.StatusBadRequest {
		t.Errorf("two lengths: %d, want 400", w.Code)
	}
	judge := func(name string, header http.Header, body []byte, code, text string) {
		t.Helper()
		var e struct{ Code, Message, RequestID string }
		if err := json.Unmarshal(body, &e); err != nil || e.Code != code || !strings.Contains(e.Message, text) || e.RequestID != id {
			t.Errorf("%s: %s, %v; want the envelope with %s and %q", name, body, err, code, text)
		}
		if header.Get("X-Request-ID") != id || header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: the fields %v", name, header)
		}
	}
	judge("two lengths", w.Header(), w.Body.Bytes(), "invalid_request", "both Content-Length and Transfer-Encoding")
	for status, want := range map[int][2]string{
		400: {"invalid_request", "%25"}, 431: {"payload_too_large", "4711 bytes"}, 501: {"invalid_request", "in chunks"}, 505: {"invalid_request", "HTTP/1.1"},
	} {
		header, body := server.Unreadable(newID, maxHeader)(status)
		judge(http.StatusText(status), header, body, want[0], want[1])
	}
}
