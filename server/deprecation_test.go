package server

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/labstack/echo/v4"

	"itmanagerjobs/server/contract"
)

// TestDeprecatedOperationsSaySo wraps a handler as an operation of the contract that has been deprecated, which v1 has none of.
func TestDeprecatedOperationsSaySo(t *testing.T) {
	t.Parallel()
	s := &Server{publicURL: "https://jobs.example.com"}
	since := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	link := `<https://jobs.example.com/docs/versioning#when-something-has-to-go>; rel="deprecation"; type="text/html"`
	for name, tc := range map[string]struct {
		op   contract.Operation
		fail error
		want http.Header
	}{
		"deprecated": {contract.Operation{Deprecated: since}, nil, http.Header{"Deprecation": {"@1777593600"}, "Link": {link}}},
		"with its end": {
			contract.Operation{Deprecated: since, Sunset: since.AddDate(1, 0, 0)}, nil,
			http.Header{"Deprecation": {"@1777593600"}, "Sunset": {"Sat, 01 May 2027 00:00:00 GMT"}, "Link": {link}},
		},
		"refused": {contract.Operation{Deprecated: since}, errors.New("no"), http.Header{"Deprecation": {"@1777593600"}, "Link": {link}}},
	} {
		w := httptest.NewRecorder()
		c := echo.New().NewContext(httptest.NewRequest(http.MethodGet, "/", nil), w)
		if err := s.deprecated(tc.op)(func(echo.Context) error { return tc.fail })(c); !errors.Is(err, tc.fail) {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(tc.want, w.Header()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestTheChainOfADeprecatedOperation has one step more than that of another.
func TestTheChainOfADeprecatedOperation(t *testing.T) {
	t.Parallel()
	s := &Server{}
	op := contract.Operation{Method: http.MethodGet}
	plain := len(s.chain(op))
	op.Deprecated = time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	if got := len(s.chain(op)); got != plain+1 {
		t.Errorf("the chain has %d steps, want %d", got, plain+1)
	}
}
