package contract

import (
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// shorten leaves out of a value that is not valid what nobody is told of: unknown names of an object and items of a list beyond those that
// an answer names. The library makes an error of each: of 95,000 unknown names that took longer than to read them, of 500,000 wrong items
// seven times as long as all else. What is valid stays as it is.
func shorten(schema *openapi3.Schema, value any) any {
	switch given := value.(type) {
	case []any:
		if most := schema.MaxItems; most != nil && uint64(len(given)) > *most {
			given = given[:*most+1]
		}
		if schema.Items != nil {
			for i, item := range given {
				given[i] = shorten(schema.Items.Value, item)
			}
		}
		return given
	case map[string]any:
		if len(schema.AllOf)+len(schema.AnyOf)+len(schema.OneOf) > 0 {
			return given
		}
		if closed := schema.AdditionalProperties.Has; closed != nil && !*closed && len(given) > len(schema.Properties)+maxProblems {
			given = withFewUnknown(schema, given)
		}
		for name, p := range schema.Properties {
			if inner, ok := given[name]; ok {
				given[name] = shorten(p.Value, inner)
			}
		}
		return given
	}
	return value
}

// withFewUnknown is an object with no more unknown names than make clear that there are more than an answer names: the first ones.
func withFewUnknown(schema *openapi3.Schema, given map[string]any) map[string]any {
	few := map[string]any{}
	var unknown []string
	for name := range given {
		if _, known := schema.Properties[name]; known {
			few[name] = given[name]
		} else {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	for _, name := range unknown[:min(len(unknown), maxProblems+1)] {
		few[name] = given[name]
	}
	return few
}
