package servertest

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"itmanagerjobs/openapi"
)

// The bodies that are files are held against nothing but their media type.
func init() { //nolint:gochecknoinits // the registry of the validator is global
	for _, media := range []string{
		"application/pdf", "application/rtf", "application/vnd.oasis.opendocument.text",
		"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "text/html",
	} {
		openapi3filter.RegisterBodyDecoder(media, openapi3filter.FileBodyDecoder)
	}
}

// Document is the published contract.
var Document = sync.OnceValue(func() *openapi3.T {
	doc, err := openapi3.NewLoader().LoadFromData(openapi.V1)
	if err != nil {
		panic(err)
	}
	doc.Servers = nil
	return doc
})

var router = sync.OnceValue(func() routers.Router {
	r, err := gorillamux.NewRouter(Document())
	if err != nil {
		panic(err)
	}
	return r
})

// Operation names the operation of the contract that a request calls; empty when there is none.
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
	route, params, err := router().FindRoute(&http.Request{Method: method, URL: u, Header: http.Header{}})
	if err != nil {
		return nil, nil
	}
	return route, params
}

// checkContract fails the test when an answer is not as the contract declares it: an undeclared status, a missing
// header, a body of another shape (gate C).
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
}

// lockedWriter lets a test read a log that a server writes.
type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}
