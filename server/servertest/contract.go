package servertest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"itmanagerjobs/openapi"
	"itmanagerjobs/openapi/documenttest"
	"itmanagerjobs/openapi/nulltest"
)

// Of a body that is a file, only the media type is checked.
func init() { //nolint:gochecknoinits // the registry of the validator is global
	for _, media := range []string{
		"application/pdf", "application/rtf", "application/vnd.oasis.opendocument.text",
		"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "text/html",
	} {
		openapi3filter.RegisterBodyDecoder(media, openapi3filter.FileBodyDecoder)
	}
}

// Documents are the published contracts, in the order of openapi.All, without their default responses: with them, no
// status would be an undeclared one.
var Documents = sync.OnceValue(func() []*openapi3.T {
	contracts := openapi.All()
	all := make([]*openapi3.T, len(contracts))
	for i, c := range contracts {
		doc, err := documenttest.Load(c.Document)
		if err != nil {
			panic(err)
		}
		doc.Servers = nil
		for _, item := range doc.Paths.Map() {
			for _, op := range item.Operations() {
				op.Responses.Delete("default")
			}
		}
		all[i] = doc
	}
	return all
})

// Document is the published contract of the native API.
func Document() *openapi3.T { return Documents()[0] }

// published are the routers of the contracts.
var published = sync.OnceValue(func() []routers.Router {
	all := make([]routers.Router, len(Documents()))
	for i, doc := range Documents() {
		r, err := gorillamux.NewRouter(doc)
		if err != nil {
			panic(err)
		}
		all[i] = r
	}
	return all
})

// Operation is the id of the operation that a request calls, "" when no contract has one.
func Operation(method, path string) string {
	route, _ := find(method, path)
	if route == nil {
		return ""
	}
	return route.Operation.OperationID
}

func find(method, path string) (*routers.Route, map[string]string) {
	u, err := url.Parse(path)
	if err != nil {
		return nil, nil
	}
	for _, r := range published() {
		if route, params, err := r.FindRoute(&http.Request{Method: method, URL: u, Header: http.Header{}}); err == nil {
			return route, params
		}
	}
	return nil, nil
}

// CheckAnswer fails the test when the answer to a request that was sent by other means than Do differs from the contract.
func CheckAnswer(t testing.TB, q Request, body []byte, res Response) {
	t.Helper()
	checkContract(t, q, body, res)
}

// checkContract fails the test when an answer differs from what the contract declares: an undeclared status, a missing
// header, a body of another shape.
func checkContract(t testing.TB, q Request, body []byte, res Response) {
	t.Helper()
	route, params := find(q.Method, q.Path)
	if route == nil {
		return
	}
	r, err := http.NewRequest(q.Method, q.Path, bytes.NewReader(body)) //nolint:noctx // never sent
	if err != nil {
		t.Fatalf("build request: %v", err)
	}
	input := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route},
		Status:                 res.Status, Header: res.Header, Body: io.NopCloser(bytes.NewReader(res.Body)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
	}
	if err := openapi3filter.ValidateResponse(context.Background(), input); err != nil {
		t.Errorf("%s %s answered %d against the contract: %v\n%s", q.Method, q.Path, res.Status, err, res.Body)
	}
	checkHeaders(t, q, route, res)
	checkNulls(t, q, route, res)
	if err := keepAnswer(q, route, res); err != nil {
		t.Errorf("keep the answer: %v", err)
	}
}

// checkNulls fails the test when an answer is null where OpenAPI 3.0 forbids it, though the validator does not.
func checkNulls(t testing.TB, q Request, route *routers.Route, res Response) {
	t.Helper()
	declared := route.Operation.Responses.Value(strconv.Itoa(res.Status))
	if declared == nil || declared.Value.Content["application/json"] == nil {
		return
	}
	var value any
	if json.Unmarshal(res.Body, &value) != nil {
		return // the validator has said so, or it is another media type
	}
	for _, pointer := range nulltest.Forbidden(declared.Value.Content["application/json"].Schema, value) {
		t.Errorf("%s %s answered %d with null at %s, where the contract forbids it\n%s", q.Method, q.Path, res.Status, pointer, res.Body)
	}
}

// Lines are what a server has logged. A test may read them while the server writes.
type Lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *Lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// String is all lines.
func (l *Lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
