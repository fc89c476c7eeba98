// Package nulltest finds nulls that OpenAPI 3.0 forbids and that kin-openapi lets pass: where a schema refers to others,
// null must be allowed by each of them, and nullable widens only the type that stands beside it (OpenAPI 3.0.3, section
// 4.7.24.1). It is for tests alone, and must not know what a contract says.
package nulltest

import (
	"maps"
	"slices"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"
)

// Forbidden returns JSON pointers to the nulls in value that its schema forbids, in order; nil when there are none.
// What no schema describes may be null.
func Forbidden(schema *openapi3.SchemaRef, value any) []string {
	var found []string
	walk(schema, value, "", func(pointer string) { found = append(found, pointer) })
	slices.Sort(found)
	return slices.Compact(found)
}

func walk(ref *openapi3.SchemaRef, value any, at string, report func(pointer string)) {
	if ref == nil || ref.Value == nil {
		return
	}
	schema := ref.Value
	for _, part := range schema.AllOf {
		walk(part, value, at, report)
	}
	switch value := value.(type) {
	case nil:
		if !allowed(schema) {
			report(at)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(value)) {
			property := schema.Properties[name]
			if property == nil {
				property = schema.AdditionalProperties.Schema
			}
			walk(property, value[name], at+"/"+name, report)
		}
	case []any:
		for i, item := range value {
			walk(schema.Items, item, at+"/"+strconv.Itoa(i), report)
		}
	}
}

// allowed tells whether a schema by itself, without those that its allOf names, allows null.
func allowed(schema *openapi3.Schema) bool {
	if schema.Type != nil && !schema.Nullable {
		return false
	}
	return len(schema.Enum) == 0 || slices.Contains(schema.Enum, nil)
}
