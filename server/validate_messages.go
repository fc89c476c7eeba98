package server

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"

	"itmanagerjobs/store/board"
)

const (
	// maxProblems is how many fields an answer names. A body of nothing but unknown names would get an answer many
	// times its size.
	maxProblems = 100
	// maxNameInMessage is how many characters of a name that a caller made up are given back.
	maxNameInMessage = 100
)

// problems collects field errors, one for each field.
type problems struct {
	fields []board.FieldError
	named  map[string]bool
	cut    bool // there are more than maxProblems
}

func (p *problems) add(field, code, message string) {
	if p.named[field] {
		return
	}
	if len(p.fields) == maxProblems {
		p.cut = true
		return
	}
	if p.named == nil {
		p.named = map[string]bool{}
	}
	p.named[field] = true
	p.fields = append(p.fields, board.FieldError{Field: field, Code: code, Message: message})
}

func invalidFields(fields []board.FieldError) error {
	e := board.Invalid(fields...)
	if len(fields) >= maxProblems {
		e.Message += " There may be more."
	}
	return e
}

func invalidParameters(fields []board.FieldError) error {
	noun := "parameters"
	if len(fields) == 1 {
		noun = "parameter"
	}
	names := make([]string, min(len(fields), 10))
	for i := range names {
		names[i] = fields[i].Field
	}
	more := ""
	if n := len(fields) - len(names); n > 0 {
		more = fmt.Sprintf(" and %d more", n)
	}
	return &board.Error{Code: board.CodeInvalidQuery, Fields: fields,
		Message: fmt.Sprintf("The request has %d invalid query %s: %s%s.", len(fields), noun, strings.Join(names, ", "), more)}
}

// appendName and appendIndex write the next step of a field's path. A name that is not plain is quoted, so that a
// made-up name cannot look like a path.
func appendName(field, name string) string {
	plain := name != "" && len(name) <= maxNameInMessage && !strings.ContainsFunc(name, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("_-$@:", c)
	})
	switch {
	case !plain:
		return field + "[" + quoted(name) + "]"
	case field == "":
		return name
	}
	return field + "." + name
}

func appendIndex(field, index string) string { return field + "[" + index + "]" }

func quoted(name string) string {
	if utf8.RuneCountInString(name) > maxNameInMessage {
		name = string([]rune(name)[:maxNameInMessage]) + "…"
	}
	return strconv.QuoteToGraphic(name)
}

// describe says in our own words what is wrong with one value.
func describe(e *openapi3.SchemaError) (code, message string) {
	schema := e.Schema
	if e.Value == nil {
		return board.FieldRequired, "must not be null" + oneOf("; one of: ", schema)
	}
	switch e.SchemaField {
	case "required":
		return board.FieldRequired, "is needed" + takes(schema, e.JSONPointer())
	case "type":
		return wrongType(e)
	case "enum":
		if _, ok := e.Value.(string); !ok && schema.Type.Is(openapi3.TypeString) {
			return wrongType(e)
		}
		return board.FieldNotAllowed, "must be" + oneOf(" one of: ", schema)
	case "format":
		if schema.Type.Is(openapi3.TypeString) {
			return board.FieldInvalidFormat, formatWords(schema.Format, e.Value)
		}
		return board.FieldOutOfRange, "must be " + numberWords(schema)
	case "pattern":
		if schema.Example != nil {
			return board.FieldInvalidFormat, fmt.Sprintf("must be of the same form as %v", schema.Example)
		}
		return board.FieldInvalidFormat, "is not of the form that the description asks for"
	case "minLength", "maxLength", "minItems", "maxItems":
		return wrongLength(e)
	case "minimum", "maximum":
		return board.FieldOutOfRange, "must be " + numberWords(schema)
	case "uniqueItems":
		return board.FieldDuplicate, "must not have the same item twice"
	case "readOnly":
		return board.FieldImmutable, "cannot be set; leave it out"
	}
	return board.FieldInvalid, "is not valid"
}

// takes adds to a missing field what it would hold. schema is that of the object, and the pointer ends with the field.
func takes(schema *openapi3.Schema, pointer []string) string {
	ref := schema.Properties[pointer[len(pointer)-1]]
	if ref == nil {
		return ""
	}
	field := typed(ref.Value)
	switch {
	case len(field.Enum) > 0:
		return oneOf("; one of: ", field)
	case field.MinLength > 0 && field.MaxLength != nil && field.MinLength != *field.MaxLength:
		return fmt.Sprintf("; it takes %d to %d characters", field.MinLength, *field.MaxLength)
	case field.Example != nil && field.Type.Is(openapi3.TypeString):
		return fmt.Sprintf("; for example %v", field.Example)
	}
	return ""
}

func oneOf(before string, schema *openapi3.Schema) string {
	if len(schema.Enum) == 0 {
		return ""
	}
	values := make([]string, len(schema.Enum))
	for i, v := range schema.Enum {
		values[i] = fmt.Sprint(v)
	}
	return before + strings.Join(values, ", ")
}

func wrongType(e *openapi3.SchemaError) (code, message string) {
	schema, got := e.Schema, kindOf(e.Value)
	want := map[string]string{
		openapi3.TypeString: "a string", openapi3.TypeInteger: numberWords(schema), openapi3.TypeNumber: numberWords(schema),
		openapi3.TypeBoolean: "true or false", openapi3.TypeArray: "a list", openapi3.TypeObject: "an object",
	}
	types := schema.Type.Slice()
	if len(types) != 1 {
		return board.FieldInvalidType, "must not be " + got
	}
	if got == "a number" && types[0] == openapi3.TypeNumber { // one that no float64 can hold
		return board.FieldOutOfRange, "must be " + numberWords(schema)
	}
	if got == "a number" && types[0] == openapi3.TypeInteger {
		return board.FieldInvalidType, "must be " + numberWords(schema)
	}
	return board.FieldInvalidType, "must be " + want[types[0]] + ", not " + got + oneOf("; one of: ", schema)
}

func kindOf(value any) string {
	switch value.(type) {
	case nil:
		return "null"
	case bool:
		return "a boolean"
	case string:
		return "a string"
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	}
	return "a number"
}

func wrongLength(e *openapi3.SchemaError) (code, message string) {
	low, high := e.Schema.MinLength, e.Schema.MaxLength
	got, unit := 0, "characters"
	switch value := e.Value.(type) {
	case string:
		got = utf8.RuneCountInString(value)
	case []any:
		low, high = e.Schema.MinItems, e.Schema.MaxItems
		got, unit = len(value), "items"
	}
	code = board.FieldTooLong
	if e.SchemaField == "minLength" || e.SchemaField == "minItems" {
		code = board.FieldTooShort
	}
	if high != nil && *high == low {
		return code, fmt.Sprintf("must have exactly %d %s, but has %d", low, unit, got)
	}
	if code == board.FieldTooLong {
		return code, fmt.Sprintf("must have at most %d %s, but has %d", *high, unit, got)
	}
	message = fmt.Sprintf("must have at least %d %s, but has %d", low, unit, got)
	if got == 0 && high != nil {
		message = fmt.Sprintf("must not be empty; it takes %d to %d %s", low, *high, unit)
	}
	return code, message
}

// numberWords describes what a number, or else a value, may be: "a whole number between 1 and 200".
func numberWords(schema *openapi3.Schema) string {
	kind := "a number"
	switch {
	case schema.Type.Is(openapi3.TypeInteger):
		kind = "a whole number"
	case !schema.Type.Is(openapi3.TypeNumber):
		return "a value" + oneOf(" of: ", schema)
	}
	plain := func(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
	switch low, high := schema.Min, schema.Max; {
	case low != nil && high != nil:
		return kind + " between " + plain(*low) + " and " + plain(*high)
	case low != nil:
		return kind + " of at least " + plain(*low)
	case high != nil:
		return kind + " of at most " + plain(*high)
	case schema.Format == "int32":
		return fmt.Sprintf("%s between %d and %d", kind, math.MinInt32, math.MaxInt32)
	case schema.Type.Is(openapi3.TypeInteger):
		return fmt.Sprintf("%s between %d and %d", kind, math.MinInt64, math.MaxInt64)
	}
	return kind
}

func formatWords(format string, value any) string {
	switch format {
	case "date":
		return "must be a date such as 2026-06-01"
	case "date-time":
		words := "must be a time with its zone, such as 2026-06-01T00:00:00Z"
		if s, ok := value.(string); ok && strings.Contains(s, " ") {
			words += "; in a query, + is written %2B"
		}
		return words
	case "email":
		return "must be an email address such as jobs@example.com"
	case "uri":
		return "must be an absolute URL such as https://example.com/jobs/1"
	case "uuid":
		return "must be a UUID such as 5f0c7a52-8d0e-4b7e-9a35-7f9b1a0c1d2e"
	case "byte":
		return "must be base64"
	}
	return "is not of the format " + format
}

// unparsable says what is wrong with a parameter that is not even of its type.
func unparsable(e *openapi3filter.ParseError, schema *openapi3.Schema) (code, message string) {
	switch {
	case errors.Is(e.RootCause(), strconv.ErrRange):
		return board.FieldOutOfRange, "must be " + numberWords(schema)
	case schema.Type.Is(openapi3.TypeBoolean):
		return board.FieldInvalidType, "must be true or false"
	}
	return board.FieldInvalidType, "must be " + numberWords(schema)
}
