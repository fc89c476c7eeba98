package contract

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"

	"itmanagerjobs/store/board"
)

// Validator checks requests against the contracts. It is safe for concurrent use.
type Validator struct {
	routes  map[string]*route // by method, a blank and the contract's path
	schemas openapi3.Schemas
	options *openapi3filter.Options
	// rules are by the name of a schema, see Rules.
	rules map[string]rule
	// refused says what to do about fields of answers, by the schema of a body and the name of the field.
	refused map[*openapi3.Schema]map[string]string
}

// route is what the contract says of one operation's request.
type route struct {
	path, query, header []*openapi3.Parameter
	body                *openapi3.RequestBody // nil when the operation takes none
}

// newValidator reads an OpenAPI 3.0 document. Its errors are faults of the document.
func newValidator(spec []byte) (*Validator, error) {
	var written map[string]any
	if err := json.Unmarshal(spec, &written); err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	answers := answersOf(written)
	requests, err := withoutAnswers(written)
	if err != nil {
		return nil, err
	}
	doc, err := openapi3.NewLoader().LoadFromData(requests)
	if err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	// The router matches addresses and the handlers check keys; the validator does neither.
	doc.Servers = nil
	doc.Security = nil
	// A test checks that the examples fit; a start need not.
	if err := doc.Validate(context.Background(), openapi3.DisableExamplesValidation()); err != nil {
		return nil, fmt.Errorf("validate: %w", err)
	}
	v := &Validator{routes: map[string]*route{}, options: validationOptions()}
	if doc.Components != nil {
		v.schemas = doc.Components.Schemas
	}
	if err := v.relaxBatch(); err != nil {
		return nil, err
	}
	v.relaxEvents()
	v.refused = refusedFields(answers, v.schemas)
	v.closeEnums()
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

// relaxBatch accepts any object as a job of a batch: one bad job must not keep the others out, so the handler checks
// each job with CheckSchema.
func (v *Validator) relaxBatch() error {
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

// relaxEvents accepts any string as the name of a webhook's event: which names are right depends on the webhook's
// profile, so the handler checks them.
func (v *Validator) relaxEvents() {
	for _, name := range []string{"WebhookCreate", "WebhookPatch", "WebhookEndpointCreate", "WebhookEndpointPatch"} {
		if s := v.schemas[name]; s != nil {
			s.Value.Properties["events"].Value.Items = openapi3.NewSchemaRef("", openapi3.NewStringSchema())
		}
	}
	// A replay names each wrong event beside what else is wrong with it.
	if s := v.schemas["EventReplayRequest"]; s != nil {
		s.Value.Properties["types"].Value.Items = openapi3.NewSchemaRef("", openapi3.NewStringSchema())
	}
}

// closeEnums takes the documented values of an open enum (x-extensible-enum) as the only ones that a request may have.
// Only an answer may have others, which the validator never sees.
func (v *Validator) closeEnums() {
	for _, ref := range v.schemas {
		values, ok := ref.Value.Extensions["x-extensible-enum"].([]any)
		if ok {
			ref.Value.Enum = values
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

// Check checks a request against the operation of method and specPath, a path as the contract writes it. pathParams
// are unescaped. The caller has limited the body's reader (http.MaxBytesReader). Check reads a JSON body and an email
// and puts a fresh reader in its place; Body reads it again, and a JSON body also gives its decoded value
// (ValidatedValue). It leaves a form unread. A list that is given as several parameters is joined in the address.
//
// Errors are *board.Error: not_found for a path that can name nothing, invalid_query when only the query is bad,
// invalid_request, unsupported_media_type and payload_too_large. Any other error is a fault of the program.
func (v *Validator) Check(r *http.Request, method, specPath string, pathParams map[string]string) error {
	rt := v.routes[method+" "+specPath]
	if rt == nil {
		return fmt.Errorf("the contract has no %s %s", method, specPath)
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return board.Errorf(board.CodeInvalidQuery,
			"The query string is malformed: separate parameters by & and percent-encode what is not a letter or digit.")
	}
	joinLists(r, rt, query)
	in := &openapi3filter.RequestValidationInput{Request: r, PathParams: pathParams, QueryParams: query, Options: v.options}

	var request, queries problems
	if p := checkPath(in, rt, &request); p != nil {
		return nothingAt(p)
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
		return InvalidParameters(queries.fields...)
	}
	return nil
}

// CheckSchema checks a value that DecodeJSON returned against a schema of the contract, in the same words as Check. The
// names of its fields begin with prefix, unless that is empty. Errors are invalid_request, naming every bad field, and
// a fault of the program for an unknown schema. On an error, the bad fields may be gone from the value.
func (v *Validator) CheckSchema(ctx context.Context, schemaName string, value any, prefix string) error {
	ref := v.schemas[schemaName]
	if ref == nil {
		return fmt.Errorf("the contract has no schema %s", schemaName)
	}
	if fields := v.problemsOf(ctx, schemaName, ref.Value, value, prefix); len(fields) > 0 {
		return invalidFields(fields)
	}
	return nil
}

// schemaName is the name of the component that ref points to, "" for a schema that is written in place.
func schemaName(ref *openapi3.SchemaRef) string {
	if ref.Ref == "" {
		return ""
	}
	return path.Base(ref.Ref)
}

// typed is the schema that states the type: s itself, or the one that its allOf refers to.
func typed(s *openapi3.Schema) *openapi3.Schema {
	for s.Type == nil && len(s.AllOf) > 0 {
		s = s.AllOf[0].Value
	}
	return s
}
