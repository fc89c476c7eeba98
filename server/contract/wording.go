package contract

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

// describe says what is wrong with one value. It uses what the library's error states, never its message.
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

// takes says what a missing field would hold. schema is the schema of the object, and pointer ends with the field.
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
	var values []string
	for _, v := range schema.Enum {
		if v != nil { // that a field may be null is no news to who sent something else
			values = append(values, fmt.Sprint(v))
		}
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
	if got == "a number" && types[0] == openapi3.TypeNumber { // a number that no float64 can hold
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

// emptyWords describes what could have been given in place of nothing.
func emptyWords(schema *openapi3.Schema) string {
	if schema.Type.Is(openapi3.TypeArray) {
		return "one value or more" + oneOf(" of: ", typed(schema.Items.Value))
	}
	return numberWords(schema)
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

// unparsable says what is wrong with a parameter that is not of its type.
func unparsable(e *openapi3filter.ParseError, schema *openapi3.Schema) (code, message string) {
	switch {
	case errors.Is(e.RootCause(), strconv.ErrRange):
		return board.FieldOutOfRange, "must be " + numberWords(schema)
	case schema.Type.Is(openapi3.TypeBoolean):
		return board.FieldInvalidType, "must be true or false"
	}
	return board.FieldInvalidType, "must be " + numberWords(schema)
}
