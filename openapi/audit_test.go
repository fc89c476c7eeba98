package openapi_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"

	"itmanagerjobs/openapi"
	"itmanagerjobs/openapi/documenttest"
)

// auditor checks what OpenAPI itself leaves open and this project demands of its documents. Each schema is checked
// once, where it is met first.
type auditor struct {
	problems []string
	seen     map[*openapi3.Schema]bool
}

// scopes are those of the native contract, which all contracts share.
var scopes = sync.OnceValue(func() []any {
	doc, err := documenttest.Load(openapi.V1)
	if err != nil {
		panic(err)
	}
	values, _ := doc.Components.Schemas["Scope"].Value.Extensions["x-extensible-enum"].([]any)
	return values
})

// audit returns one line per broken rule, sorted; nil when all are kept.
func audit(doc *openapi3.T) []string {
	a := &auditor{problems: nil, seen: map[*openapi3.Schema]bool{}}
	tags := map[string]bool{}
	for _, tag := range doc.Tags {
		tags[tag.Name] = true
		a.requiref(tag.Description != "", "tag %s: no description", tag.Name)
	}
	scopes := scopes()
	ids := map[string]bool{}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			a.requiref(!ids[op.OperationID], "%s: the operationId stands twice", op.OperationID)
			ids[op.OperationID] = true
			a.operation(method, op, tags, scopes)
			a.write(doc, path, method, op)
		}
	}
	for name, ref := range doc.Components.Schemas {
		a.requiref(ref.Value.Description != "", "schema %s: no description", name)
		a.schema("schema "+name, ref)
	}
	for name, ref := range doc.Components.Headers {
		a.requiref(ref.Value.Description != "", "header %s: no description", name)
		a.requiref(ref.Value.Example != nil, "header %s: no example", name)
	}
	for name, ref := range doc.Components.SecuritySchemes {
		a.requiref(ref.Value.Description != "", "security scheme %s: no description", name)
	}
	slices.Sort(a.problems)
	return slices.Compact(a.problems)
}

func (a *auditor) requiref(ok bool, format string, args ...any) {
	if !ok {
		a.problems = append(a.problems, fmt.Sprintf(format, args...))
	}
}

func (a *auditor) operation(method string, op *openapi3.Operation, tags map[string]bool, scopes []any) {
	at := op.OperationID
	a.requiref(at != "", "an operation has no operationId")
	a.requiref(op.Summary != "", "%s: no summary", at)
	a.requiref(op.Description != "", "%s: no description", at)
	a.requiref(len(op.Tags) == 1 && tags[op.Tags[0]], "%s: needs exactly one tag, with a description", at)
	for _, p := range op.Parameters {
		a.requiref(p.Value.Description != "", "%s: parameter %s: no description", at, p.Value.Name)
		a.requiref(p.Value.Example != nil, "%s: parameter %s: no example", at, p.Value.Name)
	}
	a.security(op, scopes)
	a.statuses(method, op)
	if op.RequestBody != nil {
		body := op.RequestBody.Value
		a.requiref(body.Description != "", "%s: body: no description", at)
		a.content(at+": body", body.Content)
		for _, media := range body.Content {
			a.closed(at+": request", media.Schema)
		}
	}
	for status, response := range op.Responses.Map() {
		where := fmt.Sprintf("%s: %s", at, status)
		a.requiref(*response.Value.Description != "", "%s: no description", where)
		a.requiref(response.Value.Headers["X-Request-Id"] != nil, "%s without X-Request-Id", where)
		if status == "503" || status == "429" {
			a.requiref(response.Value.Headers["Retry-After"] != nil, "%s without Retry-After", where)
		}
		a.content(where, response.Value.Content)
		for _, media := range response.Value.Content {
			a.open(where, media.Schema, map[*openapi3.Schema]bool{})
		}
	}
}

// security checks that access is declared per operation: a compatibility check does not see a global declaration go.
func (a *auditor) security(op *openapi3.Operation, scopes []any) {
	at := op.OperationID
	if op.Security == nil {
		a.requiref(false, "%s: no security; say [] when it is public", at)
		return
	}
	scope, scoped := op.Extensions["x-required-scope"]
	_, limited := op.Extensions["x-rate-limit-family"]
	if len(*op.Security) == 0 {
		a.requiref(!scoped && !limited, "%s: public, and yet it has a scope or a limit", at)
		return
	}
	a.requiref(limited, "%s: no x-rate-limit-family", at)
	a.requiref(!scoped || slices.Contains(scopes, scope), "%s: x-required-scope %v is no Scope", at, scope)
	a.requiref(len(*op.Security) == 2, "%s: needs both ways to sign in", at)
	// Any key may lack the scope, or be bound to other networks.
	for _, status := range []string{"400", "401", "403", "429"} {
		a.requiref(op.Responses.Value(status) != nil, "%s does not declare %s", at, status)
	}
	for status, response := range op.Responses.Map() {
		if status != "401" && status != "default" {
			h := response.Value.Headers
			a.requiref(h["RateLimit"] != nil && h["RateLimit-Policy"] != nil, "%s: %s without RateLimit headers", at, status)
		}
	}
}

// statuses checks the answers that follow from what an operation takes.
func (a *auditor) statuses(method string, op *openapi3.Operation) {
	at := op.OperationID
	takes := func(name string) bool { return takes(op, name) }
	need := func(when bool, statuses ...string) {
		for _, status := range statuses {
			a.requiref(!when || op.Responses.Value(status) != nil, "%s does not declare %s", at, status)
		}
	}
	// Who speaks the protocol of somebody else answers in its words alone.
	_, foreign := op.Extensions["x-foreign-protocol"]
	// Only with a key is there somebody to whom a recorded answer belongs.
	keyed := method != "GET" && op.Security != nil && len(*op.Security) > 0
	need(!foreign, "500")
	need(op.RequestBody != nil && !foreign, "413", "415")
	need(takes("id"), "404")
	need(takes("If-Match"), "412")
	need(takes("If-None-Match"), "304")
	need(keyed, "409", "422")
	a.requiref(takes("Idempotency-Key") == keyed, "%s: Idempotency-Key belongs to every write with a key", at)
}

func takes(op *openapi3.Operation, name string) bool {
	return slices.ContainsFunc(op.Parameters, func(p *openapi3.ParameterRef) bool { return p.Value.Name == name })
}

// leaveAlone are the operations below an object that do not change it.
var leaveAlone = []string{
	"previewJob",      // reads
	"certifyWebhook",  // sends
	"testWebhook",     // makes a delivery of its own
	"unlockCandidate", // gives the employer a right; the profile is its owner's
}

// write checks what every write has: If-Match where the object that it changes has an entity tag, and in its answer the entity tag of
// what was changed or made.
func (a *auditor) write(doc *openapi3.T, path, method string, op *openapi3.Operation) {
	if method == "GET" || op.Security == nil || len(*op.Security) == 0 {
		return
	}
	changes := changedBy(doc, path, method) && !slices.Contains(leaveAlone, op.OperationID)
	a.requiref(takes(op, "If-Match") == changes, "%s: If-Match belongs to what changes an object with an ETag", op.OperationID)
	for status, response := range op.Responses.Map() {
		if !strings.HasPrefix(status, "2") {
			continue
		}
		h := response.Value.Headers
		a.requiref(h["Idempotency-Replayed"] != nil, "%s: %s without Idempotency-Replayed", op.OperationID, status)
		gone := method == "DELETE" && (status == "204" || op.OperationID == "eraseCandidate")
		if media := response.Value.Content["application/json"]; media != nil && media.Schema.Ref == proposal {
			continue // nothing was changed, and a proposal is not written to
		}
		a.requiref(!changes && h["Location"] == nil || gone || h["ETag"] != nil, "%s: %s without the ETag", op.OperationID, status)
	}
}

// changedBy tells whether an operation changes an object whose GET has an entity tag: the one at its path or, for an action,
// the one above it. A POST to a path that is read itself creates something there.
func changedBy(doc *openapi3.T, path, method string) bool {
	for at := path; strings.Contains(at, "/"); at = at[:strings.LastIndexByte(at, '/')] {
		item := doc.Paths.Value(at)
		if item == nil || item.Get == nil {
			continue
		}
		ok := item.Get.Responses.Value("200")
		tagged := ok != nil && ok.Value.Headers["ETag"] != nil
		return tagged && (at == path && method != "POST" || at != path && strings.HasSuffix(at, "}"))
	}
	return false
}

func (a *auditor) content(at string, content openapi3.Content) {
	for name, media := range content {
		a.requiref(media.Example != nil || len(media.Examples) > 0, "%s: %s: no example", at, name)
		for key, example := range media.Examples {
			a.requiref(example.Value.Summary != "", "%s: example %s: no summary", at, key)
		}
		a.schema(at, media.Schema)
	}
}

// schema demands an example and a description of every property, however deep. One that refers to another schema has
// that schema's.
func (a *auditor) schema(at string, ref *openapi3.SchemaRef) {
	if ref == nil || a.seen[ref.Value] {
		return
	}
	s := ref.Value
	a.seen[s] = true
	a.requiref(s.Example != nil, "%s: no example", at)
	for name, property := range s.Properties {
		where := at + "." + name
		a.requiref(property.Value.Description != "", "%s: no description", where)
		a.schema(where, property)
	}
	a.schema(at+"[]", s.Items)
	for _, part := range s.AllOf {
		a.schema(at, part)
	}
}

// closed demands that a request names all it may hold, at every level: to refuse later what was taken before would
// break clients.
func (a *auditor) closed(at string, ref *openapi3.SchemaRef) {
	if ref == nil {
		return
	}
	s := ref.Value
	// What refers to another schema is as closed as that one.
	if s.Type.Is("object") && len(s.AllOf) == 0 {
		has := s.AdditionalProperties.Has
		a.requiref(has != nil && !*has, "%s: the request is open", at)
	}
	for name, property := range s.Properties {
		a.closed(at+"."+name, property)
	}
	a.closed(at+"[]", s.Items)
	for _, part := range s.AllOf {
		a.closed(at, part)
	}
}

// open demands the opposite of an answer: it may grow, and a strict client must not break when it does.
func (a *auditor) open(at string, ref *openapi3.SchemaRef, seen map[*openapi3.Schema]bool) {
	if ref == nil || seen[ref.Value] {
		return
	}
	s := ref.Value
	seen[s] = true
	has := s.AdditionalProperties.Has
	a.requiref(has == nil || *has, "%s: the answer is closed", at)
	for name, property := range s.Properties {
		a.open(at+"."+name, property, seen)
	}
	a.open(at+"[]", s.Items, seen)
	for _, part := range s.AllOf {
		a.open(at, part, seen)
	}
}
