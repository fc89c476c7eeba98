package server

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"

	"itmanagerjobs/store/board"
)

// validator holds requests against the contract. It is safe for concurrent use.
type validator struct {
	routes  map[string]*route // by method, a blank and the contract's path
	schemas openapi3.Schemas
	options *openapi3filter.Options

	// rules, when set, names the problems that only the rules of the job board see. It is asked when a body has
	// problems already, with the schema's name and with what is left of the body without the bad fields, so that a
	// caller reads of every bad field at once. A good body is the handler's to check.
	rules func(schema string, good map[string]any) []board.FieldError
}

// route is what the contract says of one operation's request.
type route struct {
	path, query, header []*openapi3.Parameter
	body                *openapi3.RequestBody // nil when the operation takes none
}

// newValidator reads an OpenAPI 3.0 document. Its errors are faults of the document.
func newValidator(spec []byte) (*validator, error) {
	doc, err := openapi3.NewLoader().LoadFromData(spec)
	if err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	// Where the server runs and who may call it is decided before a request comes here.
	doc.Servers = nil
	doc.Security = nil
	// That the examples fit is for the tests to say, not for every start.
	if err := doc.Validate(context.Background(), openapi3.DisableExamplesValidation()); err != nil {
		return nil, fmt.Errorf("validate: %w", err)
	}
	v := &validator{routes: map[string]*route{}, options: validationOptions()}
	if doc.Components != nil {
		v.schemas = doc.Components.Schemas
	}
	if err := v.relaxBatch(); err != nil {
		return nil, err
	}
	v.relaxEvents()
	for template, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			op.Security = nil
			rt, err := newRoute(item, op)
			if err != nil {
				return nil, fmt.Errorf("%s %s: %w", method, template, err)
			}
			v.routes[method+" "+template] = rt
		}
	}
	return v, nil
}

// with is the validator with rules.
func (v *validator) with(rules func(schema string, good map[string]any) []board.FieldError) *validator {
	ruled := *v
	ruled.rules = rules
	return &ruled
}

// relaxBatch lets any object pass as a job of a batch: one bad job must not keep the others out, so that the handler
// checks each with checkSchema and answers for it alone.
func (v *validator) relaxBatch() error {
	batch := v.schemas["JobBatch"]
	if batch == nil {
		return nil
	}
	jobs := batch.Value.Properties["jobs"]
	if jobs == nil {
		return errors.New("JobBatch has no jobs")
	}
	jobs.Value.Items = openapi3.NewSchemaRef("", openapi3.NewObjectSchema())
	return nil
}

// relaxEvents leaves the names of a webhook's events to the handler, because they depend on its profile. Elsewhere an
// event has its canonical name.
func (v *validator) relaxEvents() {
	for _, name := range []string{"WebhookCreate", "WebhookPatch", "WebhookEndpointCreate", "WebhookEndpointPatch"} {
		if s := v.schemas[name]; s != nil {
			s.Value.Properties["events"].Value.Items = openapi3.NewSchemaRef("", openapi3.NewStringSchema())
		}
	}
	if s := v.schemas["WebhookEvent"]; s != nil {
		s.Value.Enum = nil
		for _, t := range board.AllEventTypes() {
			s.Value.Enum = append(s.Value.Enum, string(t))
		}
	}
}

func newRoute(item *openapi3.PathItem, op *openapi3.Operation) (*route, error) {
	rt := &route{}
	if op.RequestBody != nil {
		rt.body = op.RequestBody.Value
	}
	parameters := slices.Clone(op.Parameters)
	for _, p := range item.Parameters {
		if op.Parameters.GetByInAndName(p.Value.In, p.Value.Name) == nil {
			parameters = append(parameters, p)
		}
	}
	for _, p := range parameters {
		if p.Value.Schema == nil {
			return nil, fmt.Errorf("parameter %s has no schema", p.Value.Name)
		}
		switch p.Value.In {
		case openapi3.ParameterInPath:
			rt.path = append(rt.path, p.Value)
		case openapi3.ParameterInQuery:
			rt.query = append(rt.query, p.Value)
		case openapi3.ParameterInHeader:
			rt.header = append(rt.header, p.Value)
		}
	}
	return rt, nil
}

// check holds a request against the operation of method and specPath, a path as the contract writes it. pathParams
// are unescaped. The body's reader is capped already. A request that fits leaves a body that knows its decoded value
// (ValidatedValue), can be read, and can be had again from r.GetBody; a multipart body is left unread.
//
// Errors are *board.Error: not_found for a path that can name nothing, invalid_query when only the query is bad,
// invalid_request, unsupported_media_type and payload_too_large. Any other error is a fault of the program.
func (v *validator) check(r *http.Request, method, specPath string, pathParams map[string]string) error {
	rt := v.routes[method+" "+specPath]
	if rt == nil {
		return fmt.Errorf("the contract has no %s %s", method, specPath)
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return board.Errorf(board.CodeInvalidQuery,
			"The query string is malformed: separate parameters by & and percent-encode what is not a letter or digit.")
	}
	in := &openapi3filter.RequestValidationInput{Request: r, PathParams: pathParams, QueryParams: query, Options: v.options}

	var request, queries problems
	if !checkPath(in, rt, &request) {
		return board.Errorf(board.CodeNotFound, "There is nothing at this address.")
	}
	checkQuery(in, rt, &queries)
	checkHeaders(in, rt, &request)

	body, err := v.checkBody(r, rt)
	if err != nil && len(queries.fields)+len(request.fields) == 0 {
		return err
	}
	request.fields = append(request.fields, body...)
	switch {
	case len(request.fields) > 0:
		return invalidFields(append(queries.fields, request.fields...))
	case len(queries.fields) > 0:
		return invalidParameters(queries.fields)
	}
	return nil
}

// checkPath tells whether the path can name anything. A bad number or formatted identifier cannot, and is answered
// like one that is absent. A plain string is the caller's own choice, with which an object can be made: what is wrong
// with it is worth telling.
func checkPath(in *openapi3filter.RequestValidationInput, rt *route, bad *problems) bool {
	for _, p := range rt.path {
		raw := in.PathParams[p.Name]
		schema := typed(p.Schema.Value)
		chosen := schema.Type.Is(openapi3.TypeString) && schema.Format == "" && schema.Pattern == "" && len(schema.Enum) == 0
		before := len(bad.fields)
		checkParameter(in, p, raw, bad)
		if len(bad.fields) > before && !chosen {
			return false
		}
	}
	return true
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
		if !slices.Contains(known, name) {
			bad.add(appendName("", name), board.FieldUnknown, unknownParameter(name, known))
		}
	}
}

// repeats tells whether a parameter of the query may be given several times: a list that is not written in one value.
func repeats(p *openapi3.Parameter) bool {
	return typed(p.Schema.Value).Type.Is(openapi3.TypeArray) && (p.Explode == nil || *p.Explode)
}

func checkHeaders(in *openapi3filter.RequestValidationInput, rt *route, bad *problems) {
	for _, p := range rt.header {
		values := in.Request.Header[http.CanonicalHeaderKey(p.Name)]
		switch {
		case len(values) == 0 && p.Required:
			bad.add(p.Name, board.FieldRequired, "is needed")
		case len(values) == 0:
		case len(values) > 1 && p.Name != headerIfNoneMatch: // a list, which RFC 9110 lets come in several lines
			bad.add(p.Name, board.FieldDuplicate, "must be given once only")
		case strings.ContainsFunc(values[0], func(c rune) bool { return c < ' ' || c > '~' }):
			bad.add(p.Name, board.FieldInvalidFormat, "must be of printable ASCII characters only")
		default:
			checkParameter(in, p, values[0], bad)
		}
	}
}

// checkParameter checks one parameter that is there. raw is its first value.
func checkParameter(in *openapi3filter.RequestValidationInput, p *openapi3.Parameter, raw string, bad *problems) {
	if !utf8.ValidString(raw) || strings.ContainsRune(raw, 0) {
		bad.add(p.Name, board.FieldInvalidFormat, "must be UTF-8 text without the character U+0000")
		return
	}
	schema := typed(p.Schema.Value)
	if schema.Type.Is(openapi3.TypeInteger) {
		// A number is taken as it is written in JSON; strconv would take +5 and 007 as well.
		if n, err := strconv.ParseInt(raw, 10, 64); err == nil && strconv.FormatInt(n, 10) != raw {
			bad.add(p.Name, board.FieldInvalidType, "must be "+numberWords(schema))
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
		bad.add(p.Name, board.FieldTooShort, "must not be empty; it takes "+numberWords(schema))
		return
	}
	s := schemaProblems{problems: bad, prefix: p.Name}
	if schema.Type.Is(openapi3.TypeArray) {
		s.root = []any{} // items are named by their place
	}
	s.collect(re.Err)
}

// checkSchema checks a value against a schema of the contract, in the same words as check. Its numbers are
// json.Number. Fields are named from prefix on. Errors are as with check; on an error the value may have lost fields.
func (v *validator) checkSchema(schemaName string, value any, prefix string) error {
	ref := v.schemas[schemaName]
	if ref == nil {
		return fmt.Errorf("the contract has no schema %s", schemaName)
	}
	if fields := v.problemsOf(schemaName, ref.Value, value, prefix); len(fields) > 0 {
		return invalidFields(fields)
	}
	return nil
}

// schemaName is the name of a component that ref points to, "" for a schema in place.
func schemaName(ref *openapi3.SchemaRef) string {
	if ref.Ref == "" {
		return ""
	}
	return path.Base(ref.Ref)
}

// typed is the schema that says the type: s, or what its allOf refers to.
func typed(s *openapi3.Schema) *openapi3.Schema {
	for s.Type == nil && len(s.AllOf) > 0 {
		s = s.AllOf[0].Value
	}
	return s
}
