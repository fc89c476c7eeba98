// Package mock serves the frozen exchanges of the contract: what the platform was seen to answer, without a database and
// without a network. A request that is among them is answered as it was then, header by header and value by value. On top
// of that it remembers enough to play the first steps of an integration: jobs, webhooks, applications and their events.
//
// It must not know how the platform works: what it cannot take from an exchange, it does not answer.
package mock

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"itmanagerjobs/openapi"
)

// Config is what a mock works with.
type Config struct {
	Log *slog.Logger
	// Now signs deliveries; the answers have the time at which they were frozen.
	Now func() time.Time
	// URL is where the mock is served; it takes the place of the address in the exchanges.
	URL string
	// Deliver posts to the webhooks that clients make.
	Deliver *http.Client
}

// Mock is the handler.
type Mock struct {
	config    Config
	routes    []route
	exchanges map[string][]exchange // by operation, the successes first

	mu    sync.Mutex
	state state
	// going are the deliveries on their way.
	going sync.WaitGroup
}

// New reads the exchanges.
func New(c Config) (*Mock, error) {
	routes, err := readRoutes(openapi.V1)
	if err != nil {
		return nil, err
	}
	exchanges, err := readExchanges()
	if err != nil {
		return nil, err
	}
	return &Mock{config: c, routes: routes, exchanges: exchanges, state: newState()}, nil
}

// Close waits for the deliveries on their way.
func (m *Mock) Close() { m.going.Wait() }

// maxBody bounds what is read of a request, in bytes, as the contract does for a batch.
const maxBody = 8 << 20

// ServeHTTP answers from the exchanges.
func (m *Mock) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q, err := readRequest(w, r)
	if err != nil {
		m.write(w, r, m.named("none", "413"))
		return
	}
	for _, file := range openapi.All()[0].Files() {
		if r.Method == http.MethodGet && r.URL.Path == file.Path {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write(file.Content)
			return
		}
	}
	operation, ids := m.operation(r.Method, r.URL.EscapedPath())
	m.write(w, r, m.answer(r, q, operation, ids))
}

// answer chooses what is answered: what the client asks for, the same request among the exchanges, what the state knows, and
// last any success of the operation.
func (m *Mock) answer(r *http.Request, q request, operation string, ids []int64) *response {
	if operation == "" {
		return nil
	}
	if wanted := r.Header.Get("Prefer"); wanted != "" {
		return m.preferred(operation, wanted)
	}
	if q.key == "" && m.needsKey(operation) {
		return m.named(operation, "401-no-key")
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	// What the answer depends on that clients have made.
	onState := len(ids) > 0 || operation == "simulateApplication"
	same := m.first(operation, q, func(e exchange) bool {
		// What is refused for its own sake always is; what was found or done then is only true until a client has done something.
		refused := bytes.Contains(e.Response.Body, []byte(`"invalid_request"`)) || bytes.Contains(e.Response.Body, []byte(`"invalid_query"`))
		return (refused && !onState || !m.state.touched) && e.Request.same(q) && (refused || r.Method == http.MethodGet)
	})
	if same != nil {
		return same
	}
	if answered := m.play(operation, ids, q); answered != nil {
		return answered
	}
	return m.first(operation, q, func(e exchange) bool { return e.Response.Status < 300 && e.Request.fits(q) })
}

// first is the first exchange that is good, one with a key of the same mode before others: most were frozen with live keys.
func (m *Mock) first(operation string, q request, good func(exchange) bool) *response {
	for _, anyMode := range []bool{false, true} {
		for _, e := range m.exchanges[operation] {
			if (anyMode || strings.HasPrefix(e.Request.Key, "test key") == strings.HasPrefix(q.key, "pk_test_")) && good(e) {
				return &e.Response
			}
		}
	}
	return nil
}

// preferred is an exchange that the client names, as in "Prefer: code=429" or "Prefer: example=429-limit" (RFC 7240, and the
// words that other mocks understand).
func (m *Mock) preferred(operation, wanted string) *response {
	for preference := range strings.SplitSeq(wanted, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(preference), "=")
		if value = strings.Trim(value, `"`); name == "code" || name == "example" {
			return m.named(operation, value)
		}
	}
	return nil
}

// named is the first exchange of an operation whose name begins so.
func (m *Mock) named(operation, prefix string) *response {
	for _, e := range m.exchanges[operation] {
		if strings.HasPrefix(e.name, prefix) {
			return &e.Response
		}
	}
	return nil
}

// needsKey tells whether the operation was seen to refuse a request without a key.
func (m *Mock) needsKey(operation string) bool { return m.named(operation, "401-no-key") != nil }

// write sends an answer; without one it tells that there is none.
func (m *Mock) write(w http.ResponseWriter, r *http.Request, res *response) {
	if res == nil {
		message := fmt.Sprintf("The mock has no exchange of %s %s: it serves what is frozen under snapshots/v1, and plays the first steps of an integration.", r.Method, r.URL.Path)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprintf(w, `{"code":"not_found","message":%s}`+"\n", quoted(message)) //nolint:gosec // JSON, and it says so
		m.config.Log.InfoContext(r.Context(), "request", "method", r.Method, "path", r.URL.Path, "status", http.StatusNotFound)
		return
	}
	for name, value := range res.Headers {
		w.Header().Set(name, strings.ReplaceAll(value, frozenURL, m.config.URL))
	}
	body := bytes.ReplaceAll(res.bytes(), []byte(frozenURL), []byte(m.config.URL))
	if len(body) > 0 {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(res.Status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) //nolint:gosec // JSON, and it says so
	}
	m.config.Log.InfoContext(r.Context(), "request", "method", r.Method, "path", r.URL.Path, "status", res.Status)
}

// quoted is a text as JSON writes it.
func quoted(s string) string {
	text, err := json.Marshal(s)
	if err != nil {
		return `""` // a string can always be encoded
	}
	return string(text)
}
