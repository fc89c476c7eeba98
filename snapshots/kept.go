package snapshots

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Kept is gate A2: all that stands in the frozen contract still stands in the present one, unchanged. Prose is exempt,
// lists are sets, and what was there before has got no new constraint. What only clients send may be loosened. It does not know what a change means, and so
// it sees what a comparison by rules forgets: extensions, webhooks, schemas that were closed.
func Kept(frozen, now any) []Finding {
	k := &keeper{sides: sidesOf(frozen, now)}
	k.value(place{}, frozen, now)
	return k.findings
}

type keeper struct {
	sides

	findings []Finding
}

// place is where in the document the comparison stands.
type place struct {
	path []string
	// names tells that the keys of this object are names that someone chose, not keywords of OpenAPI: a property may be
	// called description.
	names bool
}

func (p place) child(key string) place {
	return place{path: append(slices.Clone(p.path), key), names: !p.names && nameMaps[key]}
}

// element is a member of the list at p.
func (p place) element(key string) place { return place{path: append(slices.Clone(p.path), key)} }

func (p place) String() string {
	var b strings.Builder
	for _, key := range p.path {
		b.WriteByte('/')
		b.WriteString(strings.NewReplacer("~", "~0", "/", "~1").Replace(key))
	}
	return b.String()
}

// keyword is the innermost keyword, the name of a list.
func (p place) keyword() string {
	if len(p.path) == 0 {
		return ""
	}
	return p.path[len(p.path)-1]
}

// Keywords whose values are maps from names. The parameters of an operation are a list and not concerned.
var nameMaps = set("properties", "patternProperties", "schemas", "parameters", "headers", "responses", "requestBodies",
	"securitySchemes", "links", "callbacks", "paths", "content", "encoding", "variables", "mapping", "scopes", "x-webhooks")

// Keywords that are for people: they may be improved at any time.
var prose = set("description", "summary", "title", "example", "examples", "externalDocs")

// Keywords that take something away from clients when they appear on what was there before.
var constraints = set("type", "format", "enum", "pattern", "minLength", "maxLength", "minimum", "maximum",
	"exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minItems", "maxItems", "uniqueItems", "minProperties",
	"maxProperties", "items", "not", "allOf", "anyOf", "oneOf", "discriminator", "readOnly", "writeOnly", "nullable",
	// What leaving something out means is part of the promise.
	"default",
	// These three hold for whole operations.
	"security", "x-required-scope", "x-rate-limit-family", "x-max-body-bytes")

func set(keys ...string) map[string]bool {
	m := make(map[string]bool, len(keys))
	for _, k := range keys {
		m[k] = true
	}
	return m
}

// isProse tells whether a key of an object at p needs no comparison.
func (p place) isProse(key string) bool {
	return !p.names && prose[key] || len(p.path) == 1 && p.path[0] == "info" && key == "version"
}

func (k *keeper) reportf(p place, format string, args ...any) {
	k.findings = append(k.findings, Finding{Gate: GateKept, Where: p.String(), What: fmt.Sprintf(format, args...)})
}

func (k *keeper) value(p place, frozen, now any) {
	switch frozen := frozen.(type) {
	case map[string]any:
		if now, ok := now.(map[string]any); ok {
			k.object(p, frozen, now)
			return
		}
	case []any:
		if now, ok := now.([]any); ok {
			k.list(p, frozen, now)
			return
		}
	}
	if text(frozen) != text(now) {
		k.reportf(p, "was %s and is %s", short(frozen), short(now))
	}
}

func (k *keeper) object(p place, frozen, now map[string]any) {
	for _, key := range slices.Sorted(maps.Keys(frozen)) {
		if p.isProse(key) {
			continue
		}
		value, ok := now[key]
		if k.loosened(p, key, frozen[key], value, ok) {
			continue
		}
		if !ok {
			k.reportf(p.child(key), "is gone")
			continue
		}
		k.value(p.child(key), frozen[key], value)
	}
	if p.names {
		return
	}
	for _, key := range slices.Sorted(maps.Keys(now)) {
		if _, ok := frozen[key]; !ok && k.constrains(p, key, now[key]) {
			k.reportf(p.child(key), "is a new constraint on what was there before: %s", short(now[key]))
		}
	}
}

// constrains tells whether a keyword that was not there takes something away.
func (k *keeper) constrains(p place, key string, value any) bool {
	switch key {
	case "required":
		return value != false && k.request(p)
	case "additionalProperties":
		return value != true
	}
	return constraints[key]
}

// list compares lists as sets. Which of them may grow without harm depends on what they list.
func (k *keeper) list(p place, frozen, now []any) {
	for i, element := range frozen {
		k.element(p, i, element, now)
	}
	switch p.keyword() {
	case "required":
		if k.request(p) {
			k.noneNew(p, frozen, now, "is newly required")
		}
	case "allOf":
		k.noneNew(p, frozen, now, "is a new constraint")
	case "security":
		// Another way to sign in is welcome, but not where none was needed.
		if len(frozen) == 0 && len(now) > 0 {
			k.reportf(p, "was open to all and is %s", short(now))
		}
	}
}

func (k *keeper) element(p place, i int, element any, now []any) {
	object, ok := element.(map[string]any)
	if !ok {
		if !slices.ContainsFunc(now, func(n any) bool { return text(n) == text(element) }) {
			k.reportf(p.element(short(element)), "is gone")
		}
		return
	}
	for _, candidate := range now {
		c, ok := candidate.(map[string]any)
		if ok && identity(object) != "" && identity(object) == identity(c) {
			k.value(p.element(identity(object)), object, c)
			return
		}
	}
	if identity(object) != "" {
		k.reportf(p.element(identity(object)), "is gone")
		return
	}
	for _, candidate := range now {
		trial := &keeper{sides: k.sides}
		trial.value(p, object, candidate)
		if len(trial.findings) == 0 {
			return
		}
	}
	k.reportf(p.element(strconv.Itoa(i)), "is gone or changed: %s", short(element))
}

func (k *keeper) noneNew(p place, frozen, now []any, what string) {
	if len(now) <= len(frozen) {
		return // one that was exchanged for another is reported as gone
	}
	for _, n := range now {
		if !slices.ContainsFunc(frozen, func(f any) bool { return sameElement(f, n) }) {
			k.reportf(p, "%s %s", short(n), what)
		}
	}
}

// identity is what a list's object is known by; empty when it has no name.
func identity(o map[string]any) string {
	if ref, ok := o["$ref"].(string); ok {
		return ref
	}
	name, _ := o["name"].(string)
	if in, ok := o["in"].(string); ok {
		return in + " " + name
	}
	if url, ok := o["url"].(string); ok {
		return url
	}
	return name
}
