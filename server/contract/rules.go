package contract

import (
	"context"
	"fmt"

	"github.com/oapi-codegen/runtime"

	"itmanagerjobs/store/board"
)

// Rules are checks that need more than the contract: fields that depend on each other, the clock, a profile's own
// names. Each belongs to the schemas that it was added for.
//
// The validator asks them only about a body that the contract refuses, so that one answer names every bad field. The
// handler checks a body that the contract accepts.
type Rules struct {
	bySchema map[string]rule
}

// rule is a check of what is left of a body. The context is that of the request, and tells who sends it.
type rule func(ctx context.Context, rest map[string]any) []board.FieldError

// AddRule adds the check of a body to the schemas whose bodies decode into T. The check gets what is left of a body
// without the fields that the contract refuses; when that does not decode into T, it is not asked.
//
// A schema has one rule: a second one is a fault of the program, and AddRule panics.
func AddRule[T any](r *Rules, check func(ctx context.Context, body T) []board.FieldError, schemas ...string) {
	if r.bySchema == nil {
		r.bySchema = map[string]rule{}
	}
	for _, schema := range schemas {
		if r.bySchema[schema] != nil {
			panic("two rules for the schema " + schema)
		}
		r.bySchema[schema] = func(ctx context.Context, rest map[string]any) []board.FieldError {
			var body T
			if err := runtime.BindJSONValue(rest, &body); err != nil {
				return nil
			}
			return check(ctx, body)
		}
	}
}

// WithRules returns a copy of v that asks the rules as well. A rule for a schema that no contract has is an error.
func (v *Validator) WithRules(r *Rules) (*Validator, error) {
	for schema := range r.bySchema {
		if v.schemas[schema] == nil {
			return nil, fmt.Errorf("a rule is for the schema %s, which no contract has", schema)
		}
	}
	ruled := *v
	ruled.rules = r.bySchema
	return &ruled, nil
}
