package server

import (
	"encoding/json"
	"errors"
	"maps"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/google/uuid"

	"itmanagerjobs/store/board"
)

// errFormat stands for a value that is not of its format; formatWords says what would be.
var errFormat = errors.New("format")

// validationOptions are those of all parameters and bodies. Defaults are not filled in: in a PATCH they would be
// changes that nobody asked for.
func validationOptions() *openapi3filter.Options {
	format := func(ok func(string) bool) openapi3.StringFormatValidator {
		return openapi3.NewCallbackValidator(func(s string) error {
			if ok(s) {
				return nil
			}
			return errFormat
		})
	}
	return &openapi3filter.Options{
		MultiError:          true,
		SkipSettingDefaults: true,
		SchemaValidationOptions: []openapi3.SchemaValidationOption{
			openapi3.WithStringFormatValidators(map[string]openapi3.StringFormatValidator{
				"date":      format(isDate),
				"date-time": format(isDateTime),
				"email":     format(isEmail),
				"uri":       format(isURI),
				"uuid":      format(isUUID),
			}),
			// The library writes schema and value into every message, and builds messages that nobody reads.
			openapi3.SetSchemaErrorMessageCustomizer(func(*openapi3.SchemaError) string { return "invalid" }),
			openapi3.DisableSchemaErrorDetails(),
		},
	}
}

// rfc3339 refuses what package time lets pass: a comma before the fraction, an hour of one digit.
var rfc3339 = regexp.MustCompile(openapi3.FormatOfStringDateTime)

// isDateTime takes RFC 3339 in the years that every client and PostgreSQL read alike. The expression alone would take
// 31 February.
func isDateTime(s string) bool {
	var t time.Time
	if !rfc3339.MatchString(s) || t.UnmarshalText([]byte(s)) != nil {
		return false
	}
	year := t.UTC().Year()
	return year >= 1 && year <= 9999
}

func isDate(s string) bool {
	t, err := time.Parse(time.DateOnly, s)
	return err == nil && t.Year() >= 1
}

func isEmail(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s
}

func isURI(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.IsAbs() && u.Host != ""
}

func isUUID(s string) bool {
	_, err := uuid.Parse(s)
	return err == nil && len(s) == 36
}

// problemsOf names every field of value that does not fit. A field is named once, with its first problem. When there
// are any, the bad fields are taken out of value for the rules to see the rest.
func (v *validator) problemsOf(name string, schema *openapi3.Schema, value any, prefix string) []board.FieldError {
	s := schemaProblems{problems: &problems{}, prefix: prefix, root: value}
	s.integers(schema, value, nil)
	options := append([]openapi3.SchemaValidationOption{openapi3.VisitAsRequest(), openapi3.MultiErrors()},
		v.options.SchemaValidationOptions...)
	s.collect(schema.VisitJSON(value, options...))
	if len(s.fields) == 0 {
		return nil
	}
	if object, ok := value.(map[string]any); ok && v.rules != nil && !s.cut {
		for _, pointer := range s.pointers {
			remove(object, pointer)
		}
		for _, f := range v.rules(name, object) {
			field := f.Field
			if prefix != "" {
				field = prefix + "." + field
			}
			s.add(field, f.Code, f.Message)
		}
	}
	return s.fields
}

// remove takes out what pointer leads to, or the whole list when that is an item of one: the others would change
// their places.
func remove(object map[string]any, pointer []string) {
	for i, name := range pointer {
		inner, ok := object[name].(map[string]any)
		if !ok || i == len(pointer)-1 {
			delete(object, name)
			return
		}
		object = inner
	}
}

// schemaProblems collects what is wrong with the fields of root.
type schemaProblems struct {
	*problems
	prefix   string
	root     any
	pointers [][]string // to the bad fields
}

func (s *schemaProblems) report(pointer []string, code, message string) {
	s.pointers = append(s.pointers, pointer)
	s.add(fieldName(s.prefix, s.root, pointer), code, message)
}

// integers checks how whole numbers are written. The library compares as float64, and so takes 1.0, 1e3 and 2^63,
// none of which fits into an int64 field afterwards.
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

// collect goes down to the single problems of an error of the library's.
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
		// The error stands for one unknown name, but bears it in its message only.
		name, err := strconv.Unquote(between(e.Reason, "property ", " is unsupported"))
		if err == nil {
			s.report(append(pointer, name), board.FieldUnknown, unknownField(name, slices.Sorted(maps.Keys(e.Schema.Properties))))
			return
		}
	}
	code, message := describe(e)
	s.report(pointer, code, message)
}

// between is what stands in s between before, with which it begins, and after, with which it ends.
func between(s, before, after string) string {
	return strings.TrimSuffix(strings.TrimPrefix(s, before), after)
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
			field = appendName(field, token)
			root = value[token]
		default:
			field = appendName(field, token)
		}
	}
	if field == "" {
		return bodyField
	}
	return field
}
