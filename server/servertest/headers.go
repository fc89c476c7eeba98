package servertest

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"
)

// headersOfHTTP is the section of a contract that names the headers which every answer may have.
const headersOfHTTP = "\n## Headers of HTTP\n"

var inBackticks = regexp.MustCompile("`([^`]+)`")

// undeclared are the names of headers that an answer has and its contract does not know: neither the answer's own description has them, nor
// the section on headers of HTTP.
func undeclared(doc *openapi3.T, response *openapi3.Response, header http.Header) []string {
	known := map[string]bool{}
	for name := range response.Headers {
		known[http.CanonicalHeaderKey(name)] = true
	}
	_, section, _ := strings.Cut(doc.Info.Description, headersOfHTTP)
	section, _, _ = strings.Cut(section, "\n\n")
	for _, name := range inBackticks.FindAllStringSubmatch(section, -1) {
		known[http.CanonicalHeaderKey(name[1])] = true
	}
	var unknown []string
	for name := range header {
		if !known[http.CanonicalHeaderKey(name)] {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	return unknown
}

// checkHeaders fails the test when an answer has a header that its contract does not know.
func checkHeaders(t testing.TB, q Request, route *routers.Route, res Response) {
	t.Helper()
	declared := route.Operation.Responses.Value(strconv.Itoa(res.Status))
	if declared == nil {
		return // the validator has said so
	}
	if unknown := undeclared(route.Spec, declared.Value, res.Header); len(unknown) > 0 {
		t.Errorf("%s %s answered %d with headers that the contract does not declare: %s", q.Method, q.Path, res.Status, strings.Join(unknown, ", "))
	}
}
