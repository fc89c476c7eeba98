package docs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// contract is what the pages read out of the OpenAPI document.
type contract struct {
	Info struct {
		Version string `json:"version"`
	} `json:"info"`
	Paths map[string]map[string]operation `json:"paths"`
	// Events are by their names.
	Events map[string]struct {
		Post operation `json:"post"`
	} `json:"x-webhooks"`
	Components struct {
		Schemas   map[string]schema   `json:"schemas"`
		Responses map[string]response `json:"responses"`
	} `json:"components"`
}

type operation struct {
	ID          string              `json:"operationId"`
	Tags        []string            `json:"tags"`
	Summary     string              `json:"summary"`
	Description string              `json:"description"`
	Scope       string              `json:"x-required-scope"`
	Family      string              `json:"x-rate-limit-family"`
	Deprecated  bool                `json:"deprecated"`
	Body        content             `json:"requestBody"`
	Responses   map[string]response `json:"responses"`
}

type response struct {
	content

	Ref string `json:"$ref"`
}

type content struct {
	Content map[string]struct {
		Schema   schema `json:"schema"`
		Examples map[string]struct {
			Value json.RawMessage `json:"value"`
		} `json:"examples"`
	} `json:"content"`
}

type schema struct {
	Ref         string            `json:"$ref"`
	Type        string            `json:"type"`
	Format      string            `json:"format"`
	Nullable    bool              `json:"nullable"`
	Description string            `json:"description"`
	Required    []string          `json:"required"`
	Properties  map[string]schema `json:"properties"`
	Items       *schema           `json:"items"`
	AllOf       []schema          `json:"allOf"`
	Enum        []any             `json:"enum"`
	Extensible  []any             `json:"x-extensible-enum"`
}

// call is an operation with its method and path.
type call struct {
	operation

	method, path string
}

// calls are all operations by their tags, paths and methods.
func (c *contract) calls() []call {
	order := []string{"get", "post", "put", "patch", "delete"}
	var all []call
	for path, item := range c.Paths {
		for method, op := range item {
			if slices.Contains(order, method) {
				all = append(all, call{op, strings.ToUpper(method), path})
			}
		}
	}
	slices.SortFunc(all, func(a, b call) int {
		if n := strings.Compare(a.Tags[0], b.Tags[0]); n != 0 {
			return n
		}
		if n := strings.Compare(a.path, b.path); n != 0 {
			return n
		}
		return slices.Index(order, strings.ToLower(a.method)) - slices.Index(order, strings.ToLower(b.method))
	})
	return all
}

// resolve follows the reference of a schema, if it is one.
func (c *contract) resolve(s schema) schema {
	if len(s.AllOf) == 1 {
		s = s.AllOf[0]
	}
	if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok {
		return c.resolve(c.Components.Schemas[name])
	}
	return s
}

// errorUse is where an error code is answered, with the first example of it.
type errorUse struct {
	example json.RawMessage
	calls   []call
}

// errorUses are the uses of all error codes that the examples of responses have. Operations share most responses, whose examples are
// read once.
func (c *contract) errorUses() map[string]errorUse {
	type coded struct {
		code    string
		example json.RawMessage
	}
	read := func(r response) (all []coded) {
		examples := r.Content["application/json"].Examples
		for _, name := range slices.Sorted(maps.Keys(examples)) {
			var envelope struct {
				Code string `json:"code"`
			}
			if json.Unmarshal(examples[name].Value, &envelope) == nil && envelope.Code != "" {
				all = append(all, coded{envelope.Code, examples[name].Value})
			}
		}
		return all
	}
	shared := map[string][]coded{}
	for name, r := range c.Components.Responses {
		shared["#/components/responses/"+name] = read(r)
	}
	uses := map[string]errorUse{}
	for _, op := range c.calls() {
		seen := map[string]bool{}
		for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
			if status == "default" {
				continue
			}
			answers, ok := shared[op.Responses[status].Ref]
			if !ok {
				answers = read(op.Responses[status])
			}
			for _, a := range answers {
				if seen[a.code] {
					continue
				}
				seen[a.code] = true
				use := uses[a.code]
				if use.example == nil {
					use.example = a.example
				}
				use.calls = append(use.calls, op)
				uses[a.code] = use
			}
		}
	}
	return uses
}

// codes are the error codes of the API with what the contract says of each: its status, and a few words.
func (c *contract) codes() ([]errorCode, error) {
	return listed(c.Components.Schemas["ErrorCode"])
}

// errorCode is an error code, with status 0 where it is that of a field.
type errorCode struct{ code, status, text string }

// listed reads the list "- `code`: 400, text" out of a description.
func listed(s schema) ([]errorCode, error) {
	var all []errorCode
	for _, value := range s.Extensible {
		code, _ := value.(string)
		_, rest, found := strings.Cut(s.Description, "\n- `"+code+"`: ")
		if !found {
			return nil, fmt.Errorf("the contract does not describe the code %q", code)
		}
		text, _, _ := strings.Cut(rest, "\n")
		e := errorCode{code: code, text: text}
		if len(text) >= 3 && strings.Trim(text[:3], "0123456789") == "" {
			e.status, e.text = text[:3], strings.TrimPrefix(text[3:], ", ")
		}
		all = append(all, e)
	}
	return all, nil
}

func indented(value json.RawMessage) string {
	var out bytes.Buffer
	if json.Indent(&out, value, "", "  ") != nil {
		return string(value)
	}
	return out.String()
}
