package contract

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
)

// defaultMaxBody is the size in bytes that a request's body may have unless x-max-body-bytes of its operation says
// otherwise.
const defaultMaxBody = 1 << 20

// Operation is what a contract says of one method on one path, as far as the server enforces it.
type Operation struct {
	ID     string
	Method string
	// Path is the contract's template, with parameters in braces.
	Path          string
	Authenticated bool
	// Scope is the scope that a key needs (x-required-scope), empty when any key will do.
	Scope apikey.Scope
	// Family is the rate limit that requests count against (x-rate-limit-family); each authenticated operation has one.
	Family board.LimitFamily
	// MaxBody is the size in bytes that a body may have.
	MaxBody int64
	// Ranged says that the operation answers with a stream, which sets its own entity tag.
	Ranged bool
	// TestMode says that the operation takes test keys alone (x-test-mode-only).
	TestMode bool
	// Proposed says that the operation spends credits, so that a key which only proposes waits for a person's yes, and Destructive that
	// it cannot be undone, so that such a key may not call it (consequence of x-agentic-access).
	Proposed, Destructive bool
	// Deprecated says that the operation will go, one day. DeprecatedAt is since when that is announced (x-deprecated-at), and Sunset
	// when it will stop (x-sunset), if that is known.
	Deprecated           bool
	DeprecatedAt, Sunset time.Time
}

// Write tells whether the operation changes something: whether it is not a GET.
func (op Operation) Write() bool { return op.Method != http.MethodGet }

// Methods are the HTTP methods that an operation can have.
func Methods() []string {
	return []string{http.MethodGet, http.MethodPut, http.MethodPost, http.MethodPatch, http.MethodDelete}
}

// readOperations takes scopes, limit families and body limits from a contract, so that what is published is what is
// enforced.
func readOperations(spec []byte) ([]Operation, error) {
	var doc struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	if err := json.Unmarshal(spec, &doc); err != nil {
		return nil, err
	}
	var operations []Operation
	for path, item := range doc.Paths {
		for method, raw := range item {
			if !slices.Contains(Methods(), strings.ToUpper(method)) {
				continue
			}
			var o struct {
				ID       string                `json:"operationId"`
				Security []map[string][]string `json:"security"`
				Scope    apikey.Scope          `json:"x-required-scope"`
				Family   board.LimitFamily     `json:"x-rate-limit-family"`
				MaxBody  int64                 `json:"x-max-body-bytes"`
				TestMode bool                  `json:"x-test-mode-only"`
				Access   struct {
					Consequence string `json:"consequence"`
				} `json:"x-agentic-access"`
				Deprecated   bool           `json:"deprecated"`
				DeprecatedAt time.Time      `json:"x-deprecated-at"`
				Sunset       time.Time      `json:"x-sunset"`
				Answers      map[string]any `json:"responses"`
			}
			if err := json.Unmarshal(raw, &o); err != nil {
				return nil, fmt.Errorf("%s %s: %w", method, path, err)
			}
			op := Operation{
				ID: o.ID, Method: strings.ToUpper(method), Path: path, Authenticated: len(o.Security) > 0,
				Scope: o.Scope, Family: o.Family, MaxBody: o.MaxBody, TestMode: o.TestMode,
				Proposed: o.Access.Consequence == "financial", Destructive: o.Access.Consequence == "destructive",
				Deprecated: o.Deprecated, DeprecatedAt: o.DeprecatedAt, Sunset: o.Sunset,
			}
			if err := op.checkDeprecation(); err != nil {
				return nil, fmt.Errorf("%s %s: %w", method, path, err)
			}
			_, op.Ranged = o.Answers["206"]
			if op.Authenticated && !o.Family.Valid() || o.Scope != "" && !o.Scope.Valid() {
				return nil, fmt.Errorf("%s %s: scope %q, limit family %q", method, path, o.Scope, o.Family)
			}
			if op.MaxBody == 0 {
				op.MaxBody = defaultMaxBody
			}
			operations = append(operations, op)
		}
	}
	return operations, nil
}

// deprecationWindow is how long a deprecated operation works at least: twelve months.
const deprecationWindow = 365 * 24 * time.Hour

// checkDeprecation makes sure that the contract says of a deprecated operation since when it is one, and that it stops no sooner than promised.
func (op Operation) checkDeprecation() error {
	switch {
	case op.Deprecated == op.DeprecatedAt.IsZero():
		return errors.New("deprecated and x-deprecated-at stand together or not at all")
	case op.Sunset.IsZero():
		return nil
	case !op.Deprecated:
		return errors.New("x-sunset stands only with deprecated")
	case op.Sunset.Sub(op.DeprecatedAt) < deprecationWindow:
		return errors.New("x-sunset is less than twelve months after x-deprecated-at")
	}
	return nil
}
