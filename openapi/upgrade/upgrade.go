package main

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
)

const (
	version = "3.1.0"
	// dialect is that of the schemas (OpenAPI 3.1, section 4.8.24.5).
	dialect = "https://spec.openapis.org/oas/3.1/dialect/base"
)

// licences are the SPDX identifiers of licences that 3.0 can only tell by an address. 3.1 takes one or the other.
var licences = map[string]string{"https://www.apache.org/licenses/LICENSE-2.0.html": "Apache-2.0"}

// upgrade writes a document of OpenAPI 3.0 in OpenAPI 3.1. An error names the place of what it can't say.
func upgrade(document []byte) ([]byte, error) {
	// Prose tells the reader where the events stand.
	doc, err := parse(bytes.ReplaceAll(document, []byte("`x-webhooks`"), []byte("`webhooks`")))
	if err != nil {
		return nil, err
	}
	if was, _ := doc.values["openapi"].(string); was != "3.0.3" {
		return nil, fmt.Errorf("openapi is %q, want 3.0.3", was)
	}
	doc.replace("openapi", "openapi", version)
	at := slices.Index(doc.names, "info") + 1
	doc.names = slices.Insert(doc.names, at, "jsonSchemaDialect")
	doc.values["jsonSchemaDialect"] = dialect
	if err := licence(doc); err != nil {
		return nil, err
	}
	if events := doc.child("x-webhooks"); events != nil {
		doc.replace("x-webhooks", "webhooks", events)
	}
	for _, paths := range []string{"paths", "webhooks"} {
		if err := each(doc, paths, pathItem); err != nil {
			return nil, err
		}
	}
	if err := components(doc.child("components")); err != nil {
		return nil, fmt.Errorf("components: %w", err)
	}
	return format(doc)
}

func licence(doc *object) error {
	info := doc.child("info")
	if info == nil || info.child("license") == nil {
		return errors.New("info: no licence")
	}
	l := info.child("license")
	url, _ := l.values["url"].(string)
	identifier, ok := licences[url]
	if !ok {
		return fmt.Errorf("info: the SPDX identifier of the licence at %q is not known", url)
	}
	l.replace("url", "identifier", identifier)
	return nil
}

func components(c *object) error {
	if c == nil {
		return nil
	}
	if err := twins(c.child("schemas")); err != nil {
		return err
	}
	for _, kind := range c.names {
		upgradeOne := map[string]func(*object) error{
			"schemas": schema, "parameters": described, "headers": described, "responses": message, "requestBodies": message,
			"securitySchemes": func(*object) error { return nil }, // the same in both
		}[kind]
		if upgradeOne == nil {
			return fmt.Errorf("%s: unknown", kind)
		}
		if err := each(c, kind, upgradeOne); err != nil {
			return err
		}
	}
	return nil
}

// each upgrades every member of a member that is an object. Nothing is to do when it is not there.
func each(o *object, name string, upgradeOne func(*object) error) error {
	inner := o.child(name)
	if inner == nil {
		return nil
	}
	for _, n := range inner.names {
		member := inner.child(n)
		if member == nil {
			return fmt.Errorf("%s: %s: no object", name, n)
		}
		if err := upgradeOne(member); err != nil {
			return fmt.Errorf("%s: %s: %w", name, n, err)
		}
	}
	return nil
}

// all upgrades every element of a member that is a list.
func all(o *object, name string, upgradeOne func(*object) error) error {
	list, _ := o.values[name].([]any)
	for i, element := range list {
		inner, ok := element.(*object)
		if !ok {
			return fmt.Errorf("%s: %d: no object", name, i)
		}
		if err := upgradeOne(inner); err != nil {
			return fmt.Errorf("%s: %d: %w", name, i, err)
		}
	}
	return nil
}

func pathItem(item *object) error {
	for _, name := range item.names {
		operation := item.child(name)
		if operation == nil {
			return fmt.Errorf("%s: only operations are known at a path", name)
		}
		if operation.has("callbacks") {
			return fmt.Errorf("%s: callbacks are not known", name)
		}
		if err := all(operation, "parameters", described); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if body := operation.child("requestBody"); body != nil {
			if err := message(body); err != nil {
				return fmt.Errorf("%s: requestBody: %w", name, err)
			}
		}
		if err := each(operation, "responses", message); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// message upgrades a request body or a response.
func message(m *object) error {
	if err := each(m, "headers", described); err != nil {
		return err
	}
	return each(m, "content", described)
}

// described upgrades what has a schema: a parameter, a header or a media type. Their examples are the same in both.
func described(o *object) error {
	if s := o.child("schema"); s != nil {
		return schema(s)
	}
	if !o.has("$ref") {
		return errors.New("neither a schema nor a reference")
	}
	return nil
}
