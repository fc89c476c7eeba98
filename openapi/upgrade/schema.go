package main

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// keywords are those of schemas that mean the same in both versions, or that schema gives another form.
var keywords = []string{
	"$ref", "additionalProperties", "allOf", "anyOf", "default", "deprecated", "description", "enum", "example", "exclusiveMaximum", "exclusiveMinimum",
	"format", "items", "maxItems", "maxLength", "maximum", "minItems", "minLength", "minimum", "nullable", "oneOf", "pattern", "properties",
	"readOnly", "required", "title", "type", "uniqueItems", "writeOnly",
}

// schema upgrades a schema and those in it to JSON Schema 2020-12.
func schema(s *object) error {
	for _, name := range s.names {
		if !slices.Contains(keywords, name) && !strings.HasPrefix(name, "x-") {
			return fmt.Errorf("%s: the keyword is not known", name)
		}
	}
	if err := parts(s); err != nil {
		return err
	}
	if err := null(s); err != nil {
		return err
	}
	if err := errors.Join(exclusive(s, "exclusiveMinimum", "minimum"), exclusive(s, "exclusiveMaximum", "maximum")); err != nil {
		return err
	}
	bytesOf(s)
	if example, ok := s.values["example"]; ok {
		s.replace("example", "examples", []any{example})
	}
	return nil
}

// parts upgrades the schemas in a schema.
func parts(s *object) error {
	if err := each(s, "properties", schema); err != nil {
		return err
	}
	for _, name := range []string{"items", "additionalProperties"} {
		if inner := s.child(name); inner != nil {
			if err := schema(inner); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	for _, name := range []string{"allOf", "anyOf", "oneOf"} {
		if err := all(s, name, schema); err != nil {
			return err
		}
	}
	return nil
}

// null makes null one of the types. In 3.0, nullable widens the type that stands beside it and nothing else; the values of
// an enum are the same in both, null among them.
func null(s *object) error {
	nullable, _ := s.values["nullable"].(bool)
	s.remove("nullable")
	if !nullable {
		return nil
	}
	if !s.has("type") {
		return errors.New("nullable: there is no type that it could widen")
	}
	s.set("type", []any{s.values["type"], "null"})
	return nil
}

// exclusive makes a bound that excludes itself one keyword with a number.
func exclusive(s *object, flag, bound string) error {
	excluded, _ := s.values[flag].(bool)
	s.remove(flag)
	if !excluded {
		return nil
	}
	if !s.has(bound) {
		return fmt.Errorf("%s: there is no %s", flag, bound)
	}
	s.replace(bound, flag, s.values[bound])
	return nil
}

// bytesOf says of bytes what they are: a string holds none, unless they are encoded (OpenAPI 3.1, section 4.7.14.2).
func bytesOf(s *object) {
	switch s.values["format"] {
	case "binary":
		s.remove("type")
		s.replace("format", "contentMediaType", "application/octet-stream")
	case "byte":
		s.replace("format", "contentEncoding", "base64")
	}
}

// twins makes a schema NullableX, which in 3.0 must be a copy of X, what 3.1 can say: X or null.
func twins(schemas *object) error {
	if schemas == nil {
		return nil
	}
	for _, name := range schemas.names {
		base, ok := strings.CutPrefix(name, "Nullable")
		if !ok || schemas.child(base) == nil {
			continue
		}
		same, err := isTwin(schemas.child(base), schemas.child(name))
		if err != nil {
			return err
		}
		if !same {
			return fmt.Errorf("schemas: %s: is no copy of %s", name, base)
		}
		either := newObject(
			"description", schemas.child(name).values["description"],
			"anyOf", []any{newObject("$ref", "#/components/schemas/"+base), newObject("type", "null")},
		)
		if example, ok := schemas.child(name).values["example"]; ok {
			either.set("example", example)
		}
		schemas.set(name, either)
	}
	return nil
}

// isTwin tells whether a nullable schema is a copy of another one, but for null and the description.
func isTwin(base, nullable *object) (bool, error) {
	plain := func(s *object) ([]byte, error) {
		copied := newObject()
		for _, name := range s.names {
			switch value := s.values[name].(type) {
			case []any:
				if name == "enum" {
					copied.set(name, slices.DeleteFunc(slices.Clone(value), func(v any) bool { return v == nil }))
					continue
				}
				copied.set(name, value)
			default:
				if name != "nullable" && name != "description" {
					copied.set(name, value)
				}
			}
		}
		slices.Sort(copied.names)
		return copied.MarshalJSON()
	}
	want, err1 := plain(base)
	got, err2 := plain(nullable)
	return bytes.Equal(want, got) && nullable.values["nullable"] == true, errors.Join(err1, err2)
}
