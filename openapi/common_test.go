package openapi_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// common is a document in the words that OpenAPI 3.0 and 3.1 share: what each of them says in its own way is read into
// shapes, and everything else stays as it is. It is read without the program that writes the one from the other, so that
// a mistake of that program shows.
type common struct {
	// licence is an SPDX identifier.
	licence any
	// events are what 3.0 has under x-webhooks.
	events, rest any
}

// shape is what a schema says.
type shape struct {
	// types has "null" for null; nil stands for all of them.
	types []string
	// bytes are neither text nor JSON.
	bytes              bool
	enum, examples     []any
	min, max           any
	openMin, openMax   bool
	properties         map[string]any
	items, additional  any
	alternatives       []any
	everythingElseOfIt map[string]any
}

// reader reads a document of one version.
type reader struct {
	in31    bool
	schemas map[string]any
	// shapes counts what was read.
	shapes int
}

// readCommon reads a document of either version, decoded. The document is not changed.
func readCommon(doc map[string]any) (c common, shapes int, err error) {
	version, _ := doc["openapi"].(string)
	r := reader{in31: strings.HasPrefix(version, "3.1.")}
	if !r.in31 && !strings.HasPrefix(version, "3.0.") {
		return common{}, 0, fmt.Errorf("openapi is %q", version)
	}
	components, _ := doc["components"].(map[string]any)
	r.schemas, _ = components["schemas"].(map[string]any)

	rest := maps.Clone(doc)
	delete(rest, "openapi")
	events := "x-webhooks"
	if r.in31 {
		events = "webhooks"
		if rest["jsonSchemaDialect"] != "https://spec.openapis.org/oas/3.1/dialect/base" {
			return common{}, 0, fmt.Errorf("the dialect is %v", rest["jsonSchemaDialect"])
		}
		delete(rest, "jsonSchemaDialect")
	}
	rest["info"], c.licence = r.licence(doc["info"])
	c.events = r.read(rest[events])
	delete(rest, events)
	delete(rest, "components")
	others := maps.Clone(components)
	delete(others, "schemas")
	shaped := map[string]any{}
	for name, s := range r.schemas {
		shaped[name] = r.shape(s)
	}
	c.rest = []any{r.read(rest), r.read(others), shaped}
	return c, r.shapes, nil
}

// licence takes the licence's identifier out of info.
func (r *reader) licence(node any) (info map[string]any, identifier any) {
	info, _ = node.(map[string]any)
	licence, ok := info["license"].(map[string]any)
	if !ok {
		return info, nil
	}
	info, licence = maps.Clone(info), maps.Clone(licence)
	info["license"] = licence
	if r.in31 {
		identifier = licence["identifier"]
		delete(licence, "identifier")
		return info, identifier
	}
	if licence["url"] == "https://www.apache.org/licenses/LICENSE-2.0.html" {
		identifier = "Apache-2.0"
	}
	delete(licence, "url")
	return info, identifier
}

// read reads what is no schema.
func (r *reader) read(node any) any {
	switch node := node.(type) {
	case []any:
		all := make([]any, len(node))
		for i, n := range node {
			all[i] = r.read(n)
		}
		return all
	case map[string]any:
		all := map[string]any{}
		for name, n := range node {
			switch name {
			case "schema":
				all[name] = r.shape(n)
			case "example", "examples":
				all[name] = n
			default:
				all[name] = r.read(n)
			}
		}
		return all
	case string:
		return r.prose(node)
	}
	return node
}

// prose is text about where the events stand.
func (r *reader) prose(text string) string {
	if r.in31 {
		return text
	}
	return strings.ReplaceAll(text, "`x-webhooks`", "`webhooks`")
}

// shape reads a schema.
func (r *reader) shape(node any) any {
	s, ok := node.(map[string]any)
	if !ok {
		return node
	}
	r.shapes++
	rest := maps.Clone(s)
	take := func(name string) any {
		value := rest[name]
		delete(rest, name)
		return value
	}
	if base, ok := r.orNull(s); ok {
		delete(rest, "anyOf")
		shaped, _ := r.shape(base).(shape)
		shaped.types = append(slices.Clone(shaped.types), "null")
		slices.Sort(shaped.types)
		if shaped.enum != nil {
			shaped.enum = append(slices.Clone(shaped.enum), nil)
		}
		// What is said beside it is said instead of what is said there.
		shaped.examples = listOf(take("examples"))
		shaped.everythingElseOfIt = maps.Clone(shaped.everythingElseOfIt)
		delete(shaped.everythingElseOfIt, "description")
		maps.Copy(shaped.everythingElseOfIt, r.text(rest))
		return shaped
	}

	shaped := shape{enum: listOf(take("enum")), items: r.shape(take("items")), additional: r.shape(take("additionalProperties"))}
	if r.in31 {
		r.in31Only(&shaped, take)
	} else {
		r.in30Only(&shaped, take)
	}
	slices.Sort(shaped.types)
	if properties, ok := rest["properties"].(map[string]any); ok {
		shaped.properties = map[string]any{}
		for name, property := range properties {
			shaped.properties[name] = r.shape(property)
		}
		delete(rest, "properties")
	}
	for _, name := range []string{"allOf", "anyOf", "oneOf"} {
		for _, alternative := range listOf(take(name)) {
			shaped.alternatives = append(shaped.alternatives, name, r.shape(alternative))
		}
	}
	shaped.everythingElseOfIt = r.text(rest)
	return shaped
}

// in30Only reads what only OpenAPI 3.0 says so.
func (r *reader) in30Only(s *shape, take func(name string) any) {
	if t, ok := take("type").(string); ok {
		s.types = []string{t}
	}
	if take("nullable") == true && s.types != nil {
		s.types = append(s.types, "null")
	}
	if example := take("example"); example != nil {
		s.examples = []any{example}
	}
	s.min, s.max = take("minimum"), take("maximum")
	s.openMin, s.openMax = take("exclusiveMinimum") == true, take("exclusiveMaximum") == true
	format := take("format")
	if format == "binary" {
		s.bytes, s.types = true, nil
	} else if format != nil {
		s.alternatives = append(s.alternatives, "format", format)
	}
}

// in31Only reads what only OpenAPI 3.1 says so.
func (r *reader) in31Only(s *shape, take func(name string) any) {
	switch t := take("type").(type) {
	case string:
		s.types = []string{t}
	case []any:
		for _, one := range t {
			s.types = append(s.types, fmt.Sprint(one))
		}
	}
	s.examples = listOf(take("examples"))
	s.min, s.max = take("minimum"), take("maximum")
	if open := take("exclusiveMinimum"); open != nil {
		s.min, s.openMin = open, true
	}
	if open := take("exclusiveMaximum"); open != nil {
		s.max, s.openMax = open, true
	}
	if media := take("contentMediaType"); media == "application/octet-stream" {
		s.bytes = true
	} else if media != nil {
		s.alternatives = append(s.alternatives, "media", media)
	}
	if format := take("format"); format != nil {
		s.alternatives = append(s.alternatives, "format", format)
	}
}

// orNull finds the schema X in what 3.1 says for "X or null".
func (r *reader) orNull(s map[string]any) (any, bool) {
	either := listOf(s["anyOf"])
	if !r.in31 || len(either) != 2 {
		return nil, false
	}
	one, _ := either[0].(map[string]any)
	other, _ := either[1].(map[string]any)
	ref, ok := one["$ref"].(string)
	if !ok || len(one) != 1 || len(other) != 1 || other["type"] != "null" {
		return nil, false
	}
	base, ok := r.schemas[strings.TrimPrefix(ref, "#/components/schemas/")]
	return base, ok
}

func (r *reader) text(rest map[string]any) map[string]any {
	if description, ok := rest["description"].(string); ok {
		rest["description"] = r.prose(description)
	}
	return rest
}

func listOf(value any) []any {
	list, _ := value.([]any)
	return list
}

func decodeDocument(document []byte) (map[string]any, error) {
	var doc map[string]any
	err := json.Unmarshal(document, &doc)
	return doc, err
}
