package programtest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// canaryContract is what the test reads of a contract.
type canaryContract struct {
	Paths      map[string]map[string]json.RawMessage
	Components struct {
		Schemas       map[string]canarySchema
		Parameters    map[string]canaryParameter
		RequestBodies map[string]canaryBody
	}
	// plausible has values that pass for what they stand for where a canary would not, so that requests come far: text for
	// texts, and ids by the names of fields.
	plausible bool
	ids       map[string]int64
	text      string
}

type canaryOperation struct {
	Parameters  []canaryParameter
	RequestBody canaryBody
}

type canaryBody struct {
	Ref     string `json:"$ref"`
	Content map[string]struct{ Schema canarySchema }
}

type canaryParameter struct {
	Ref      string `json:"$ref"`
	Name, In string
	Schema   canarySchema
	Example  any
}

type canarySchema struct {
	Ref                  string `json:"$ref"`
	Type, Format         string
	Pattern              string
	Enum                 []any
	ExtensibleEnum       []any `json:"x-extensible-enum"`
	Example              any
	MinLength, MaxLength int
	ReadOnly             bool
	Properties           map[string]canarySchema
	Items                *canarySchema
	AllOf                []canarySchema
}

// last is the name at the end of a reference.
func last(ref string) string { return ref[strings.LastIndex(ref, "/")+1:] }

// whole follows a reference, and puts the parts of a schema together.
func (c canaryContract) whole(s canarySchema) canarySchema {
	if s.Ref != "" {
		return c.whole(c.Components.Schemas[last(s.Ref)])
	}
	for _, part := range s.AllOf {
		part = c.whole(part)
		properties := maps.Clone(part.Properties)
		maps.Copy(properties, s.Properties)
		s.Type, s.Properties = cmp.Or(s.Type, part.Type), properties
		s.Enum, s.ExtensibleEnum, s.Format = append(s.Enum, part.Enum...), append(s.ExtensibleEnum, part.ExtensibleEnum...), cmp.Or(s.Format, part.Format)
	}
	return s
}

// value is a value of a schema with a canary in every text; a plausible one has one where any text is right.
func (c canaryContract) value(s canarySchema, depth int) any {
	s = c.whole(s)
	if text, ok := c.chosen(s); ok {
		return text
	}
	switch s.Type {
	case "object":
		o := map[string]any{}
		for name, property := range s.Properties {
			if known, ok := c.known(name); ok {
				o[name] = known
			} else if depth < 6 && (!c.plausible || !c.whole(property).ReadOnly) {
				o[name] = c.value(property, depth+1)
			}
		}
		return o
	case "array":
		if s.Items == nil || depth > 5 {
			return []any{}
		}
		return []any{c.value(*s.Items, depth+1)}
	case "integer", "number":
		if c.plausible {
			return 1
		}
		return 4711
	case "boolean":
		return true
	}
	return strings.Repeat(c.text, 1+s.MinLength/(len(c.text)+1))
}

// known is the value that a plausible request has for a name.
func (c canaryContract) known(name string) (v any, ok bool) {
	if !c.plausible {
		return nil, false
	}
	if id, ok := c.ids[name]; ok {
		return id, true
	}
	v, ok = chosenByName[name]
	return v, ok
}

// idOf is the name under which other objects have the id that ends a part of a path: jobId for /jobs/{id}.
func idOf(path string) string {
	nouns, _, _ := strings.Cut(path, "/{id}")
	noun := strings.TrimSuffix(nouns, "s")
	return noun[strings.LastIndex(noun, "/")+1:] + "Id"
}

// chosenByName are values that rules demand which are not in the schema.
var chosenByName = map[string]any{
	"country": "GB", "countries": []string{"GB"}, "location": "Leeds", "place": "Leeds", "timeZone": "Europe/London",
	// Neither is the applicant: who interviews, and the company that calls.
	"interviewers": []map[string]string{{"name": canary, "email": canary + "@example.com"}}, "provider": canary,
	"startsAt": time.Now().Add(24 * time.Hour).UTC().Format(time.RFC3339), "durationMinutes": 30, "expiryDate": nil,
}

// chosen is a value that is not free, for a plausible request.
func (c canaryContract) chosen(s canarySchema) (v any, ok bool) {
	switch {
	case !c.plausible:
	case len(s.Enum) > 0:
		return s.Enum[0], true
	case len(s.ExtensibleEnum) > 0:
		return s.ExtensibleEnum[0], true
	case s.Format == "email":
		return c.text + "@example.com", true
	case s.Format == "uri":
		return "https://hooks.example.com/" + c.text + "?" + c.text + "=" + c.text, true
	case s.Type == "integer", s.Type == "number":
	case s.Format != "" && s.Example != nil, s.Pattern != "" && s.Example != nil, s.MaxLength > 0 && s.MaxLength < len(c.text) && s.Example != nil:
		return s.Example, true
	}
	return nil, false
}

// requests has two requests for each operation, with a canary in each text that a caller can send, without a key and with one; or a
// plausible one with a key.
func (c canaryContract) requests(t *testing.T, base, key string) []*http.Request {
	t.Helper()
	var all []*http.Request
	for _, path := range slices.Sorted(maps.Keys(c.Paths)) {
		var common []canaryParameter
		if shared := c.Paths[path]["parameters"]; shared != nil {
			if err := json.Unmarshal(shared, &common); err != nil {
				t.Fatalf("%s: %v", path, err)
			}
		}
		for method, raw := range c.Paths[path] {
			method = strings.ToUpper(method)
			if !slices.Contains([]string{"GET", "POST", "PUT", "PATCH", "DELETE"}, method) {
				continue
			}
			var op canaryOperation
			if err := json.Unmarshal(raw, &op); err != nil {
				t.Fatalf("%s %s: %v", method, path, err)
			}
			op.Parameters = append(op.Parameters, common...)
			if op.RequestBody.Ref != "" {
				op.RequestBody = c.Components.RequestBodies[last(op.RequestBody.Ref)]
			}
			bearers := []string{canary, key}
			if c.plausible {
				bearers = []string{key}
			}
			for _, bearer := range bearers {
				all = append(all, c.request(t, base, method, path, bearer, op))
			}
		}
	}
	// What is deleted cannot be read.
	slices.SortStableFunc(all, func(a, b *http.Request) int { return cmp.Compare(order(a.Method), order(b.Method)) })
	return all
}

// ofPerson are the paths whose operations tell of an applicant.
var ofPerson = regexp.MustCompile(`/(candidates|applications|interviews|ai-calls)\b`)

// order makes things before they are read and changed, and deletes them at the end.
func order(method string) int {
	return slices.Index([]string{"PUT", "POST", "GET", "PATCH", "DELETE"}, method)
}

func (c canaryContract) request(t *testing.T, base, method, path, bearer string, op canaryOperation) *http.Request {
	t.Helper()
	c.text = canary
	if c.plausible && ofPerson.MatchString(path) {
		c.text = personCanary
	}
	query, header := url.Values{}, http.Header{}
	if !c.plausible {
		query.Set(canary, canary)
	}
	for _, p := range op.Parameters {
		if p.Ref != "" {
			p = c.Components.Parameters[last(p.Ref)]
		}
		value, name := canary, p.Name
		if p.In == "path" && name == "id" {
			name = idOf(path)
		}
		if known, ok := c.known(name); ok {
			value = fmt.Sprint(known)
		} else if c.plausible {
			s := c.whole(p.Schema)
			s.Example = cmp.Or(s.Example, p.Example)
			if s.Type == "array" && s.Items != nil {
				s = c.whole(*s.Items)
			}
			value = fmt.Sprint(c.value(s, 0))
		}
		switch p.In {
		case "path":
			path = strings.ReplaceAll(path, "{"+p.Name+"}", url.PathEscape(value))
		case "query":
			if !c.plausible || !slices.Contains([]string{"cursor", "after", "page"}, p.Name) {
				query.Set(p.Name, value)
			}
		case "header":
			switch {
			case c.plausible && strings.HasPrefix(p.Name, "If-"):
			case c.plausible && p.Name == "Idempotency-Key":
				header.Set(p.Name, canary+method+strings.ReplaceAll(path, "/", "-"))
			default:
				header.Set(p.Name, value)
			}
		}
	}
	if strings.Contains(path, "{") {
		t.Errorf("%s %s: a parameter of the path is not described", method, path)
	}
	var body io.Reader = http.NoBody
	for mediaType, content := range op.RequestBody.Content {
		header.Set("Content-Type", mediaType)
		b, err := json.Marshal(c.value(content.Schema, 0))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(mediaType, "json") {
			b = []byte("From: " + canary + "@example.com\r\nSubject: " + canary + "\r\n\r\n" + canary)
		}
		body = bytes.NewReader(b)
	}
	r, err := http.NewRequest(method, base+path+"?"+query.Encode(), body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = header
	names := []string{"User-Agent", "Referer", "Cookie", "X-Forwarded-For", "Forwarded", "Origin", "Accept-Language", "Baggage", canary}
	if !c.plausible {
		names = append(names, "Idempotency-Key", "If-Match")
	}
	for _, name := range names {
		r.Header.Set(name, canary)
	}
	r.Header.Set("Authorization", "Bearer "+bearer)
	r.Header.Set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	r.Header.Set("Tracestate", canary+"="+canary)
	r.Host = canary + ".example.com"
	return r
}
