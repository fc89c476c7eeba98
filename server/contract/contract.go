// Package contract tells what the published contracts demand of a request: it reads their operations, checks a
// request against them, and words what is wrong with it.
//
// The package must not know how an operation is carried out: it has no store, no router and no handler. Rules that
// need more than the contract are added by the handlers, as Rules.
package contract

import (
	"fmt"
	"maps"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"

	"itmanagerjobs/openapi"
)

// Contract is what all published contracts demand together.
type Contract struct {
	Operations []Operation
	Validator  *Validator
}

// Published reads the contracts that the package openapi embeds. Its errors are faults of a document. The answer is
// shared, because reading is slow and tests make many servers: it must not be modified.
var Published = sync.OnceValues(func() (Contract, error) { return read(openapi.All()) })

func read(documents []openapi.Contract) (Contract, error) {
	all := Contract{Validator: &Validator{routes: map[string]*route{}, schemas: openapi3.Schemas{}, options: validationOptions(),
		refused: map[*openapi3.Schema]map[string]string{}}}
	for _, d := range documents {
		operations, err := readOperations(d.Document)
		if err != nil {
			return Contract{}, fmt.Errorf("read the contract %s: %w", d.Name, err)
		}
		v, err := newValidator(d.Document)
		if err != nil {
			return Contract{}, fmt.Errorf("build the validator of %s: %w", d.Name, err)
		}
		all.Operations = append(all.Operations, operations...)
		maps.Copy(all.Validator.routes, v.routes)
		maps.Copy(all.Validator.schemas, v.schemas)
		maps.Copy(all.Validator.refused, v.refused)
	}
	return all, nil
}
