package server

import (
	"encoding/json"
	"fmt"
	"itmanagerjobs/store/account"
	"net/http"
	"slices"
	"strings"

	"itmanagerjobs/store/board"
)

// defaultMaxBody is how many bytes a request's body may have unless x-max-body-bytes of its operation says otherwise.
const defaultMaxBody = 1 << 20

// operation is what the contract says of one method on one path, as far as it is enforced here.
type operation struct {
	ID     string
	Method string
	// Path is the contract's template, with parameters in braces.
	Path          string
	Authenticated bool
	Need          account.Need
	MaxBody       int64
	// Ranged answers are streams that know their own entity tag.
	Ranged bool
	// Charged operations take credits.
	Charged bool
}

// contractMethods are those that operations have.
var contractMethods = []string{http.MethodGet, http.MethodPut, http.MethodPost, http.MethodPatch, http.MethodDelete}

// readOperations takes scopes, limit families and body limits from the contract, so that what is published is what
// is enforced.
func readOperations(spec []byte) ([]operation, error) {
	var doc struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	if err := json.Unmarshal(spec, &doc); err != nil {
		return nil, err
	}
	var operations []operation
	for path, item := range doc.Paths {
		for method, raw := range item {
			if !slices.Contains(contractMethods, strings.ToUpper(method)) {
				continue
			}
			var o struct {
				ID       string                `json:"operationId"`
				Security []map[string][]string `json:"security"`
				Scope    board.Scope           `json:"x-required-scope"`
				Family   board.LimitFamily     `json:"x-rate-limit-family"`
				MaxBody  int64                 `json:"x-max-body-bytes"`
				Answers  map[string]any        `json:"responses"`
			}
			if err := json.Unmarshal(raw, &o); err != nil {
				return nil, fmt.Errorf("%s %s: %w", method, path, err)
			}
			op := operation{ID: o.ID, Method: strings.ToUpper(method), Path: path, Authenticated: len(o.Security) > 0, MaxBody: o.MaxBody}
			_, op.Ranged = o.Answers["206"]
			_, op.Charged = o.Answers["402"]
			op.Need = account.Need{Scope: o.Scope, Family: o.Family, Write: op.Method != http.MethodGet}
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
