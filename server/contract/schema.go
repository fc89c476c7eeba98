package contract

import (
	"context"
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
func (v *Validator) problemsOf(ctx context.Context, name string, schema *openapi3.Schema, value any, prefix string) []board.FieldError {
	value = shorten(schema, value)
	s := schemaProblems{problems: &problems{}, prefix: prefix, root: value, refused: v.refused}
	value = s.integers(schema, value, nil)
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
		for _, f := range rule(ctx, rest) {
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
	refused  map[*openapi3.Schema]map[string]string // as the validator has it
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

// integers checks whole numbers, which the library compares as float64: it accepts 2^63, which no int64 can hold. It returns value
// with each whole number as an int64 is written: many programs write 60.0 or 6e1 for 60.
func (s *schemaProblems) integers(schema *openapi3.Schema, value any, pointer []string) any {
	for _, part := range schema.AllOf {
		value = s.integers(part.Value, value, pointer)
	}
	switch given := value.(type) {
	case json.Number:
		if !schema.Type.Is(openapi3.TypeInteger) {
			return value
		}
		whole, ok := wholeNumber(string(given))
		if !ok {
			s.report(pointer, board.FieldInvalidType, "must be "+numberWords(schema))
			return value
		}
		if _, err := strconv.ParseInt(whole, 10, 64); err != nil {
			s.report(pointer, board.FieldOutOfRange, "must be "+numberWords(schema))
			return value
		}
		return json.Number(whole)
	case []any:
		if schema.Items == nil {
			return value
		}
		for i, item := range given {
			given[i] = s.integers(schema.Items.Value, item, append(slices.Clip(pointer), strconv.Itoa(i)))
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(schema.Properties)) {
			if inner, ok := given[name]; ok {
				given[name] = s.integers(schema.Properties[name].Value, inner, append(slices.Clip(pointer), name))
			}
		}
	}
	return value
}

// wholeNumber writes a number of JSON without fraction and exponent. ok is false when it has a fraction that is not zero. One with
// more digits than any int64 keeps them: it is out of range.
func wholeNumber(text string) (whole string, ok bool) {
	mantissa, exponent, _ := strings.Cut(strings.ToLower(text), "e")
	digits, fraction, _ := strings.Cut(mantissa, ".")
	if fraction == "" && exponent == "" {
		return text, true
	}
	sign := ""
	if rest, negative := strings.CutPrefix(digits, "-"); negative {
		sign, digits = "-", rest
	}
	shift := 0
	if exponent != "" {
		var err error
		if shift, err = strconv.Atoi(exponent); err != nil {
			shift = 1 << 20 // either way out of what is counted below
			if strings.HasPrefix(exponent, "-") {
				shift = -shift
			}
		}
	}
	all := strings.TrimLeft(digits+fraction, "0")
	if all == "" {
		return "0", true
	}
	places := len(fraction) - shift // of the point, from the right
	trimmed := strings.TrimRight(all, "0")
	places -= len(all) - len(trimmed)
	const longest = 20 // digits, more than an int64 has
	switch {
	case places > 0:
		return "", false
	case len(trimmed)-places > longest:
		return sign + strings.Repeat("9", longest), true
	}
	return sign + trimmed + strings.Repeat("0", -places), true
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
			message := s.refused[e.Schema][name]
			if message == "" {
				message = unknownField(name, slices.Sorted(maps.Keys(e.Schema.Properties)))
			}
			s.report(append(pointer, name), board.FieldUnknown, message)
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
