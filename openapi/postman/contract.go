package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// contract is what of an OpenAPI document a collection needs, in the order of the document.
type contract struct {
	title, version string
	tags           []tag
	operations     []operation
}

type tag struct {
	Name        string `json:"name"`
	Description string `json:"description"`
}

type operation struct {
	ID          string      `json:"operationId"`
	Tags        []string    `json:"tags"`
	Summary     string      `json:"summary"`
	Description string      `json:"description"`
	Security    *[]any      `json:"security"`
	Parameters  []parameter `json:"parameters"`
	RequestBody *struct {
		Content map[string]struct {
			Examples json.RawMessage `json:"examples"`
		} `json:"content"`
	} `json:"requestBody"`
	Responses map[string]json.RawMessage `json:"responses"`

	method, path string
}

type parameter struct {
	Ref         string `json:"$ref"`
	Name        string `json:"name"`
	In          string `json:"in"`
	Required    bool   `json:"required"`
	Description string `json:"description"`
	Explode     *bool  `json:"explode"`
	Example     any    `json:"example"`
}

func read(document []byte) (*contract, error) {
	var doc struct {
		Info struct {
			Title   string `json:"title"`
			Version string `json:"version"`
		} `json:"info"`
		Tags       []tag           `json:"tags"`
		Paths      json.RawMessage `json:"paths"`
		Components struct {
			Parameters map[string]parameter `json:"parameters"`
		} `json:"components"`
	}
	if err := json.Unmarshal(document, &doc); err != nil {
		return nil, err
	}
	c := &contract{title: doc.Info.Title, version: doc.Info.Version, tags: doc.Tags}
	paths, err := members(doc.Paths)
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		methods, err := members(path.value)
		if err != nil {
			return nil, err
		}
		for _, method := range methods {
			op := operation{method: strings.ToUpper(method.name), path: path.name}
			if err := json.Unmarshal(method.value, &op); err != nil {
				return nil, fmt.Errorf("%s %s: %w", op.method, op.path, err)
			}
			for i, p := range op.Parameters {
				if p.Ref != "" {
					op.Parameters[i] = doc.Components.Parameters[strings.TrimPrefix(p.Ref, "#/components/parameters/")]
				}
			}
			c.operations = append(c.operations, op)
		}
	}
	return c, nil
}

// public says that an operation needs no key.
func (o *operation) public() bool { return o.Security != nil && len(*o.Security) == 0 }

// success is the first status of success.
func (o *operation) success() string {
	var all []string
	for status := range o.Responses {
		if strings.HasPrefix(status, "2") {
			all = append(all, status)
		}
	}
	return slices.Min(all)
}

// body is the first example of a JSON body as it stands in the contract, indented; "" when there is no body.
func (o *operation) body() (string, error) {
	if o.RequestBody == nil {
		return "", nil
	}
	examples, err := members(o.RequestBody.Content["application/json"].Examples)
	if err != nil || len(examples) == 0 {
		return "", fmt.Errorf("%s: no example of a JSON body: %w", o.ID, err)
	}
	var example struct {
		Value json.RawMessage `json:"value"`
	}
	if err := json.Unmarshal(examples[0].value, &example); err != nil {
		return "", err
	}
	var b bytes.Buffer
	if err := json.Indent(&b, example.Value, "", "  "); err != nil {
		return "", err
	}
	return b.String(), nil
}

type member struct {
	name  string
	value json.RawMessage
}

// members are those of a JSON object, in their order.
func members(object json.RawMessage) ([]member, error) {
	dec := json.NewDecoder(bytes.NewReader(object))
	if start, err := dec.Token(); err != nil || start != json.Delim('{') {
		return nil, errors.New("not a JSON object")
	}
	var all []member
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, err
		}
		var m member
		m.name, _ = name.(string)
		if err := dec.Decode(&m.value); err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, nil
}
