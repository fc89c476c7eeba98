//go:build soak

package clients_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience bounds the wait for a delivery.
const patience = time.Minute

// delivered is a webhook as it arrived.
type delivered struct {
	header http.Header
	body   []byte
}

// receiver takes webhooks at any address, POST, and hands them on, GET at the same address, with their headers and bytes
// as they came. A client of any language verifies them there without a server of its own. GET waits for the first one.
type receiver struct {
	mu    sync.Mutex
	boxes map[string]chan delivered
}

func startReceiver(t *testing.T) string {
	t.Helper()
	ts := httptest.NewServer(&receiver{boxes: map[string]chan delivered{}})
	t.Cleanup(ts.Close)
	return ts.URL
}

func (r *receiver) box(path string) chan delivered {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.boxes[path] == nil {
		r.boxes[path] = make(chan delivered, 100)
	}
	return r.boxes[path]
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	box := r.box(q.URL.Path)
	if q.Method == http.MethodPost {
		body, err := io.ReadAll(q.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		box <- delivered{q.Header, body}
		return
	}
	select {
	case d := <-box:
		for name, values := range d.header {
			if strings.HasPrefix(name, "X-Webhook-") {
				w.Header()[name] = values
			}
		}
		w.Header().Set("Content-Type", "application/octet-stream")
		_, _ = w.Write(d.body)
	case <-time.After(patience):
		w.WriteHeader(http.StatusGatewayTimeout)
	}
}
