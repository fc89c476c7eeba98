package mock

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path"
	"reflect"
	"slices"
	"strconv"
	"strings"

	v1 "itmanagerjobs/snapshots/v1"
)

// frozenURL is the address of the platform in the exchanges.
const frozenURL = "https://itmanagerjobs.example"

// exchange is a file of snapshots/v1/frozen.
type exchange struct {
	name string // such as 201-full

	Request  frozenRequest `json:"request"`
	Response response      `json:"response"`
}

// frozenRequest is what was sent.
type frozenRequest struct {
	Method  string            `json:"method"`
	Path    string            `json:"path"`
	Key     string            `json:"key"`
	Headers map[string]string `json:"headers"`
	Body    json.RawMessage   `json:"body"`
}

// response is what came back.
type response struct {
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
	Body    json.RawMessage   `json:"body"`
}

// bytes are the body as it was sent: JSON without blanks, or a text.
func (r *response) bytes() []byte {
	if strings.HasPrefix(r.Headers["Content-Type"], "application/json") {
		var compact bytes.Buffer
		if json.Compact(&compact, r.Body) == nil {
			return append(compact.Bytes(), '\n')
		}
	}
	var text string
	if json.Unmarshal(r.Body, &text) == nil {
		return []byte(text)
	}
	return r.Body
}

// readExchanges reads all of them, by operation.
func readExchanges() (map[string][]exchange, error) {
	found := map[string][]exchange{}
	err := fs.WalkDir(v1.Exchanges, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := v1.Exchanges.ReadFile(name)
		if err != nil {
			return err
		}
		e := exchange{name: strings.TrimSuffix(path.Base(name), ".json")}
		if err := json.Unmarshal(content, &e); err != nil {
			return fmt.Errorf("read the exchange %s: %w", name, err)
		}
		operation := path.Base(path.Dir(name))
		found[operation] = append(found[operation], e)
		return nil
	})
	for _, exchanges := range found {
		slices.SortFunc(exchanges, func(a, b exchange) int { return cmp.Compare(a.name, b.name) })
	}
	return found, err
}

// request is what a client sends.
type request struct {
	key, target string
	header      http.Header
	body        []byte
}

func readRequest(w http.ResponseWriter, r *http.Request) (request, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	key := r.Header.Get("X-Api-Key")
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		key = bearer
	}
	return request{key: key, target: r.URL.RequestURI(), header: r.Header, body: body}, err
}

// conditions are the headers that decide what is answered.
var conditions = []string{"If-None-Match", "If-Match", "Idempotency-Key", "Range"}

// same tells whether it is the request that was frozen. What followed from the state of the platform then, such as a limit
// that was used up, cannot be told from the request: it is answered to "Prefer" alone.
func (f frozenRequest) same(q request) bool {
	if f.Path != q.target || !f.fits(q) || !sameJSON(f.Body, q.body) {
		return false
	}
	for _, name := range conditions {
		if f.Headers[name] != q.header.Get(name) {
			return false
		}
	}
	return true
}

// fits tells whether the key is of the kind that the request was frozen with.
func (f frozenRequest) fits(q request) bool {
	switch {
	case strings.HasPrefix(f.Key, "test key"):
		return strings.HasPrefix(q.key, "pk_test_")
	case strings.HasPrefix(f.Key, "read-only key"):
		return strings.HasPrefix(q.key, "rk_")
	case f.Key == "":
		return q.key == ""
	case strings.HasPrefix(f.Key, "live key"):
		return !strings.HasPrefix(q.key, "rk_")
	default:
		return false // a revoked one, and the like
	}
}

func sameJSON(a, b []byte) bool {
	if len(a) == 0 || len(b) == 0 {
		return len(a) == len(b)
	}
	var x, y any
	if json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil {
		return bytes.Equal(a, b)
	}
	return reflect.DeepEqual(x, y)
}

// route is the address of an operation.
type route struct {
	method    string
	segments  []string
	operation string
}

func readRoutes(contract []byte) ([]route, error) {
	var document struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	if err := json.Unmarshal(contract, &document); err != nil {
		return nil, fmt.Errorf("read the contract: %w", err)
	}
	var routes []route
	for template, methods := range document.Paths {
		for method, operation := range methods {
			var named struct {
				OperationID string `json:"operationId"`
			}
			if json.Unmarshal(operation, &named) == nil && named.OperationID != "" {
				routes = append(routes, route{strings.ToUpper(method), strings.Split(template, "/"), named.OperationID})
			}
		}
	}
	// A word goes before a number that may stand in its place: jobs/batch before jobs/{id}.
	slices.SortFunc(routes, func(a, b route) int { return -slices.Compare(a.segments, b.segments) })
	slices.SortStableFunc(routes, func(a, b route) int {
		return cmp.Compare(strings.Count(strings.Join(a.segments, "/"), "{"), strings.Count(strings.Join(b.segments, "/"), "{"))
	})
	return routes, nil
}

// operation finds the operation of an address, and the numbers in it.
func (m *Mock) operation(method, address string) (operation string, ids []int64) {
	segments := strings.Split(address, "/")
	for _, r := range m.routes {
		if r.method != method || len(r.segments) != len(segments) {
			continue
		}
		ids = ids[:0]
		fits := true
		for i, want := range r.segments {
			if !strings.HasPrefix(want, "{") {
				fits = fits && want == segments[i]
				continue
			}
			id, _ := strconv.ParseInt(segments[i], 10, 64)
			ids = append(ids, id)
		}
		if fits {
			return r.operation, ids
		}
	}
	return "", nil
}
