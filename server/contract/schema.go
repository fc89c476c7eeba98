package contract

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"itmanagerjobs/store/board"
)

// problemsOf returns every field of value that does not fit the schema, each with its first problem. If there are any,
// it removes the bad fields from value and adds what the rules find in the rest.
func (v *Validator) problemsOf(name string, schema *openapi3.Schema, value any, prefix string) []board.FieldError {
	s := schemaProblems{problems: &problems{}, prefix: prefix, root: value}
	s.integers(schema, value, nil)
	options := append([]openapi3.SchemaValidationOption{openapi3.VisitAsRequest(), openapi3.MultiErrors()},
		v.options.SchemaValidationOptions...)
	s.collect(schema.VisitJSON(value, options...))
	if len(s.fields) == 0 {
		return nil
	}
	rule := v.rules[name]
	if rest, ok := value.(map[string]any); ok && rule != nil && !s.cut {
		for _, pointer := range s.pointers {
			remove(rest, pointer)
		}
		for _, f := range rule(rest) {
			field := f.Field
			if prefix != "" {
				field = prefix + "." + field
			}
			s.add(field, f.Code, f.Message)
		}
	}
	return s.fields
}

// remove removes what pointer leads to. For an item of a list it removes the whole list, because the items after it
// would change their places.
func remove(from map[string]any, pointer []string) {
	for i, name := range pointer {
		inner, ok := from[name].(map[string]any)
		if !ok || i == len(pointer)-1 {
			delete(from, name)
			return
		}
		from = inner
	}
}

// schemaProblems collects what is wrong with the fields of root.
type schemaProblems struct {
	*problems
	prefix string
	root   any
	// ofList tells that it is a list in a parameter. If root is nil, it has one item, which goes by the name of the list.
	ofList   bool
	pointers [][]string // to the bad fields
	unknown  map[object][]string
}

// object is one object of a body, as one schema judges it. pointer is its JSON pointer, joined by U+0000, which no name
// has.
type object struct {
	schema  *openapi3.Schema
	pointer string
}

func (s *schemaProblems) report(pointer []string, code, message string) {
	s.pointers = append(s.pointers, pointer)
	if s.ofList && s.root == nil {
		pointer = nil
	}
	s.add(fieldName(s.prefix, s.root, pointer), code, message)
}

// integers checks how whole numbers are written. The library compares float64 values and so accepts 1.0, 1e3 and 2^63,
// which no int64 field can decode.
func (s *schemaProblems) integers(schema *openapi3.Schema, value any, pointer []string) {
	for _, part := range schema.AllOf {
		s.integers(part.Value, value, pointer)
	}
	switch value := value.(type) {
	case json.Number:
		if !schema.Type.Is(openapi3.TypeInteger) {
			return
		}
		if _, err := strconv.ParseInt(string(value), 10, 64); errors.Is(err, strconv.ErrRange) {
			s.report(pointer, board.FieldOutOfRange, "must be "+numberWords(schema))
		} else if err != nil {
			s.report(pointer, board.FieldInvalidType, "must be "+numberWords(schema)+", written without a fraction or an exponent")
		}
	case []any:
		if schema.Items == nil {
			return
		}
		for i, item := range value {
			s.integers(schema.Items.Value, item, append(slices.Clip(pointer), strconv.Itoa(i)))
		}
	case map[string]any:
		if len(schema.Properties) == 0 {
			return
		}
		for _, name := range slices.Sorted(maps.Keys(schema.Properties)) {
			if inner, ok := value[name]; ok {
				s.integers(schema.Properties[name].Value, inner, append(slices.Clip(pointer), name))
			}
		}
	}
}

// collect reports the single problems that an error of the library is made of.
func (s *schemaProblems) collect(err error) {
	if s.cut || err == nil {
		return
	}
	if several, ok := err.(openapi3.MultiError); ok { //nolint:errorlint // the tree is walked node by node
		for _, e := range several {
			s.collect(e)
		}
		return
	}
	e, ok := err.(*openapi3.SchemaError) //nolint:errorlint // the tree is walked node by node
	if !ok {
		s.report(nil, board.FieldInvalid, "is not valid")
		return
	}
	pointer := e.JSONPointer()
	switch e.SchemaField {
	case "allOf":
		if parts, ok := errors.AsType[openapi3.MultiError](e.Origin); ok {
			s.collect(parts)
			return
		}
	case "properties":
		if name, ok := s.nextUnknown(e, pointer); ok {
			s.report(append(pointer, name), board.FieldUnknown, unknownField(name, slices.Sorted(maps.Keys(e.Schema.Properties))))
			return
		}
	}
	code, message := describe(e)
	if value, ok := e.Value.(string); ok && s.ofList && code == board.FieldNotAllowed {
		message += ", not " + quoted(value)
	}
	s.report(pointer, code, message)
}

// nextUnknown is the name that an error about an unknown field stands for. The library gives the object and its schema
// but not the name; it makes one error for each unknown name, in the order of the names.
func (s *schemaProblems) nextUnknown(e *openapi3.SchemaError, pointer []string) (name string, ok bool) {
	at := object{e.Schema, strings.Join(pointer, "\x00")}
	left, seen := s.unknown[at]
	if !seen {
		value, _ := e.Value.(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(value)) {
			if e.Schema.Properties[name] == nil {
				left = append(left, name)
			}
		}
	}
	if len(left) == 0 {
		return "", false
	}
	if s.unknown == nil {
		s.unknown = map[object][]string{}
	}
	s.unknown[at] = left[1:]
	return left[0], true
}

// fieldName writes a JSON pointer into root as a path: salary.min, requiredSkills[0].
func fieldName(prefix string, root any, pointer []string) string {
	field := prefix
	for _, token := range pointer {
		switch value := root.(type) {
		case []any:
			field = appendIndex(field, token)
			if i, err := strconv.Atoi(token); err == nil && i < len(value) {
				root = value[i]
			}
		case map[string]any:
			field = AppendName(field, token)
			root = value[token]
		default:
			field = AppendName(field, token)
		}
	}
	if field == "" {
		return BodyField
	}
	return field
}
