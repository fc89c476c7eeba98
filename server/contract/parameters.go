package contract

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"

	"itmanagerjobs/store/board"
)

// checkPath finds the parameter for which the path can name nothing, nil for none. A bad number or a bad formatted identifier names
// nothing, so it is answered like one that does not exist. A plain string is chosen by the caller, who can create an object under it:
// so the answer says what is wrong with it.
func checkPath(in *openapi3filter.RequestValidationInput, rt *route, bad *problems) *openapi3.Parameter {
	for _, p := range rt.path {
		raw := in.PathParams[p.Name]
		schema := typed(p.Schema.Value)
		chosen := schema.Type.Is(openapi3.TypeString) && schema.Format == "" && schema.Pattern == "" && len(schema.Enum) == 0
		before := len(bad.fields)
		checkParameter(in, p, raw, bad)
		if len(bad.fields) > before && !chosen {
			return p
		}
	}
	return nil
}

// nothingAt answers a path that names nothing, because this parameter can't be what it is.
func nothingAt(p *openapi3.Parameter) error {
	const message = "There is nothing at this address."
	if p.Example == nil {
		return board.Errorf(board.CodeNotFound, message)
	}
	return board.Errorf(board.CodeNotFound, message+" In place of {%s} it takes what our answers have, such as %v.", p.Name, p.Example)
}

// joinLists writes a list that is given as several parameters as the one that the contract describes: skills=Go&skills=Java
// becomes skills=Go,Java. So do the checks and the handlers see one form.
func joinLists(r *http.Request, rt *route, query url.Values) {
	joined := false
	for _, p := range rt.query {
		if values := query[p.Name]; len(values) > 1 && isList(p) && !repeats(p) {
			query.Set(p.Name, strings.Join(values, ","))
			joined = true
		}
	}
	if joined {
		r.URL.RawQuery = query.Encode()
	}
}

func checkQuery(in *openapi3filter.RequestValidationInput, rt *route, bad *problems) {
	for _, p := range rt.query {
		values := in.QueryParams[p.Name]
		switch {
		case len(values) == 0 && p.Required:
			bad.add(p.Name, board.FieldRequired, "is needed")
		case len(values) == 0:
		case len(values) > 1 && !repeats(p):
			bad.add(p.Name, board.FieldDuplicate, "must be given once only")
		default:
			checkParameter(in, p, values[0], bad)
		}
	}
	if len(in.QueryParams) == 0 {
		return
	}
	known := make([]string, len(rt.query))
	for i, p := range rt.query {
		known[i] = p.Name
	}
	for _, name := range slices.Sorted(maps.Keys(in.QueryParams)) {
		if bad.cut {
			return // nobody is told of more, and to look for what each of thousands may have meant takes a processor for a tenth of a second
		}
		if !slices.Contains(known, name) {
			bad.add(AppendName("", name), board.FieldUnknown, unknownParameter(name, known))
		}
	}
}

// repeats tells whether a parameter of the query may be given several times. That is a list which is not written in one
// value.
func repeats(p *openapi3.Parameter) bool {
	return isList(p) && (p.Explode == nil || *p.Explode)
}

func isList(p *openapi3.Parameter) bool { return typed(p.Schema.Value).Type.Is(openapi3.TypeArray) }

func checkHeaders(in *openapi3filter.RequestValidationInput, rt *route, bad *problems) {
	for _, p := range rt.header {
		values := in.Request.Header[http.CanonicalHeaderKey(p.Name)]
		switch {
		case len(values) == 0 && p.Required:
			bad.add(p.Name, board.FieldRequired, "is needed")
		case len(values) == 0:
		case len(values) > 1 && p.Name != "If-None-Match": // a list, which RFC 9110 allows on several lines
			bad.add(p.Name, board.FieldDuplicate, "must be given once only")
		case strings.ContainsFunc(values[0], func(c rune) bool { return c < ' ' || c > '~' }):
			bad.add(p.Name, board.FieldInvalidFormat, "must be of printable ASCII characters only")
		default:
			checkParameter(in, p, values[0], bad)
		}
	}
}

// checkParameter checks one parameter that the request has. raw is its first value.
func checkParameter(in *openapi3filter.RequestValidationInput, p *openapi3.Parameter, raw string, bad *problems) {
	if !utf8.ValidString(raw) || strings.ContainsRune(raw, 0) {
		bad.add(p.Name, board.FieldInvalidFormat, "must be UTF-8 text without the character U+0000")
		return
	}
	schema := typed(p.Schema.Value)
	if schema.Type.Is(openapi3.TypeInteger) {
		// A number is written as in JSON; strconv would accept +5 and 007 as well.
		n, err := strconv.ParseInt(raw, 10, 64)
		if err == nil && strconv.FormatInt(n, 10) != raw {
			bad.add(p.Name, board.FieldInvalidType, "must be "+numberWords(schema))
			return
		}
		if err == nil && schema == p.Schema.Value && plainlyWithin(schema, float64(n)) {
			return
		}
	}
	err := openapi3filter.ValidateParameter(in.Request.Context(), in, p)
	if err == nil {
		return
	}
	var re *openapi3filter.RequestError
	if !errors.As(err, &re) {
		bad.add(p.Name, board.FieldInvalid, "is not valid")
		return
	}
	if parse, ok := errors.AsType[*openapi3filter.ParseError](re.Err); ok {
		code, message := unparsable(parse, schema)
		bad.add(p.Name, code, message)
		return
	}
	if errors.Is(re.Err, openapi3filter.ErrInvalidEmptyValue) || errors.Is(re.Err, openapi3filter.ErrInvalidRequired) {
		bad.add(p.Name, board.FieldTooShort, "must not be empty; it takes "+emptyWords(schema))
		return
	}
	s := schemaProblems{problems: bad, prefix: p.Name}
	if schema.Type.Is(openapi3.TypeArray) {
		s.ofList = true
		if len(in.QueryParams[p.Name]) > 1 || strings.Contains(raw, ",") {
			s.root = []any{} // items are named by their place
		}
	}
	s.collect(re.Err)
}

// plainlyWithin tells whether a whole number is what a schema allows that has nothing but bounds, as ids and sizes of pages have. For such a
// one it says what the library says, which takes ten times as long; of others it says no, and the library is asked.
func plainlyWithin(s *openapi3.Schema, n float64) bool {
	plain := (s.Format == "" || s.Format == "int64") && len(s.Enum)+len(s.AllOf)+len(s.AnyOf)+len(s.OneOf) == 0 && s.Not == nil && s.MultipleOf == nil &&
		s.ExclusiveMin == (openapi3.ExclusiveBound{}) && s.ExclusiveMax == (openapi3.ExclusiveBound{})
	return plain && (s.Min == nil || n >= *s.Min) && (s.Max == nil || n <= *s.Max)
}
