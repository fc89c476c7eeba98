package mcp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// offered are the operations that are tools: few enough that a model tells them apart. What administers the account itself, such
// as webhooks and secrets, and what erases for good, is left to people and to programs that they write.
var offered = []string{
	"getMe",
	"listJobs", "getJob", "createJob", "patchJob", "previewJob", "publishJob", "closeJob",
	"listApplications", "getApplication", "moveApplication",
	"listCandidates", "searchCandidates", "getCandidate", "unlockCandidate", "listMatches",
	"listInterviews", "createInterview",
	"getProposal",
	"simulateApplication",
}

// access is what the contract says of an operation for agents.
type access struct {
	ActionClass string `json:"action-class"`
	Consequence string `json:"consequence"`
	Human       string `json:"human-in-the-loop"`
	Cost        string `json:"cost"`
	Undo        string `json:"undo"`
	DryRun      string `json:"dry-run"`
}

// schema is a JSON Schema, as raw members.
type schema = map[string]any

// tool is an operation as a model sees it.
type tool struct {
	Name        string
	title, text string
	access      access
	method      string
	path        string
	// inPath and inQuery are the names of the parameters there; all other arguments are the body.
	inPath, inQuery []string
	hasBody         bool
	input           schema
}

// idempotencyKey is the argument that becomes the header of that name.
const idempotencyKey = "idempotencyKey"

// operation is one of the contract.
type operation struct {
	OperationID string      `json:"operationId"`
	Summary     string      `json:"summary"`
	Description string      `json:"description"`
	Access      *access     `json:"x-agentic-access"`
	Scope       string      `json:"x-required-scope"`
	Parameters  []parameter `json:"parameters"`
	RequestBody *struct {
		Required bool `json:"required"`
		Content  map[string]struct {
			Schema schema `json:"schema"`
		} `json:"content"`
	} `json:"requestBody"`
}

// parameter is one of an operation, or a reference to one.
type parameter struct {
	Ref         string `json:"$ref"`
	Name        string `json:"name"`
	In          string `json:"in"`
	Description string `json:"description"`
	Required    bool   `json:"required"`
	Schema      schema `json:"schema"`
}

// document is the contract in OpenAPI 3.1, whose schemas are JSON Schema 2020-12 as tools have them.
type document struct {
	Paths      map[string]map[string]json.RawMessage `json:"paths"`
	Components struct {
		Parameters map[string]parameter `json:"parameters"`
		Schemas    map[string]schema    `json:"schemas"`
	} `json:"components"`
}

// readTools makes a tool of each operation that is named, in that order.
func readTools(contract []byte, names []string) ([]tool, error) {
	var d document
	if err := json.Unmarshal(contract, &d); err != nil {
		return nil, fmt.Errorf("read the contract: %w", err)
	}
	found := map[string]tool{}
	for path, methods := range d.Paths {
		for method, raw := range methods {
			var o operation
			if json.Unmarshal(raw, &o) != nil || !slices.Contains(names, o.OperationID) {
				continue
			}
			t, err := d.tool(strings.ToUpper(method), path, o)
			if err != nil {
				return nil, fmt.Errorf("make a tool of %s: %w", o.OperationID, err)
			}
			found[o.OperationID] = t
		}
	}
	tools := make([]tool, len(names))
	for i, name := range names {
		t, ok := found[name]
		if !ok {
			return nil, fmt.Errorf("the contract has no operation %s", name)
		}
		tools[i] = t
	}
	return tools, nil
}

func (d document) tool(method, path string, o operation) (tool, error) {
	if o.Access == nil {
		return tool{}, errors.New("the contract does not say what it means for agents: x-agentic-access")
	}
	t := tool{Name: o.OperationID, title: o.Summary, access: *o.Access, method: method, path: path, text: o.words()}
	properties, required := schema{}, []string{}
	add := func(name string, s schema, needed bool) error {
		if _, twice := properties[name]; twice {
			return fmt.Errorf("%s is both a parameter and in the body", name)
		}
		properties[name] = s
		if needed {
			required = append(required, name)
		}
		return nil
	}
	for _, p := range o.Parameters {
		if p.Ref != "" {
			p = d.Components.Parameters[p.Ref[strings.LastIndex(p.Ref, "/")+1:]]
		}
		s := maps.Clone(p.Schema)
		s["description"] = p.Description
		name := p.Name
		switch {
		case p.In == "path":
			t.inPath = append(t.inPath, name)
		case p.In == "query":
			t.inQuery = append(t.inQuery, name)
		case p.Name == "Idempotency-Key":
			name = idempotencyKey
		default:
			continue // conditions that a model has no use for
		}
		if err := add(name, s, p.Required); err != nil {
			return tool{}, err
		}
	}
	if o.RequestBody != nil {
		t.hasBody = true
		body := d.resolve(o.RequestBody.Content["application/json"].Schema)
		members, _ := body["properties"].(schema)
		needed, _ := body["required"].([]any)
		for _, name := range slices.Sorted(maps.Keys(members)) {
			member, _ := members[name].(schema)
			if err := add(name, member, slices.Contains(needed, any(name))); err != nil {
				return tool{}, err
			}
		}
	}
	t.input = schema{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		t.input["required"] = required
	}
	if definitions := d.definitions(properties); len(definitions) > 0 {
		t.input["$defs"] = definitions
	}
	var err error
	t.input, err = withDefs(t.input)
	return t, err
}

// words are what a model reads of the tool: the contract's own, and what the call costs and how it is undone.
func (o operation) words() string {
	var b strings.Builder
	b.WriteString(o.Description)
	if o.Scope != "" {
		fmt.Fprintf(&b, "\n\nThe key needs the scope %s.", o.Scope)
	}
	if o.Access.ActionClass == "acting" {
		fmt.Fprintf(&b, "\n\nCost: %s\nUndo: %s", o.Access.Cost, o.Access.Undo)
		if o.Access.DryRun != "" {
			fmt.Fprintf(&b, "\nDry run: %s.", o.Access.DryRun)
		}
		if o.Access.Human != "none" {
			b.WriteString("\nAsk a person first.")
		}
	}
	return b.String()
}

const inComponents, inDefs = "#/components/schemas/", "#/$defs/"

// resolve follows a reference to a schema.
func (d document) resolve(s schema) schema {
	if ref, ok := s["$ref"].(string); ok {
		return d.Components.Schemas[strings.TrimPrefix(ref, inComponents)]
	}
	return s
}

// definitions are the schemas that a value refers to, and those that they refer to.
func (d document) definitions(of any) schema {
	found := schema{}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, item := range v {
				walk(item)
			}
		case schema:
			if ref, ok := v["$ref"].(string); ok {
				name := strings.TrimPrefix(ref, inComponents)
				if _, seen := found[name]; !seen {
					found[name] = d.Components.Schemas[name]
					walk(found[name])
				}
			}
			for _, member := range v {
				walk(member)
			}
		}
	}
	walk(of)
	return found
}

// withDefs has references lead to the schema's own definitions.
func withDefs(s schema) (schema, error) {
	text, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	var moved schema
	err = json.Unmarshal(bytes.ReplaceAll(text, []byte(inComponents), []byte(inDefs)), &moved)
	return moved, err
}

// describe is the tool in the words of the protocol.
func (t tool) describe() *sdk.Tool {
	reads := t.access.ActionClass != "acting"
	return &sdk.Tool{
		Name: t.Name, Title: t.title, Description: t.text, InputSchema: t.input,
		Annotations: &sdk.ToolAnnotations{
			Title: t.title, ReadOnlyHint: reads, IdempotentHint: reads,
			DestructiveHint: new(t.access.Consequence == "destructive" || t.access.Consequence == "financial"), OpenWorldHint: new(false),
		},
	}
}

// request is the call of the operation. Errors: the arguments are no JSON object, or one in the address is missing; everything
// else the API itself judges.
func (t tool) request(ctx context.Context, arguments json.RawMessage) (*http.Request, error) {
	given := map[string]json.RawMessage{}
	if len(arguments) > 0 {
		if err := json.Unmarshal(arguments, &given); err != nil {
			return nil, fmt.Errorf("the arguments are not a JSON object: %w", err)
		}
	}
	path := t.path
	for _, name := range t.inPath {
		if len(given[name]) == 0 {
			return nil, fmt.Errorf("%s is missing", name)
		}
		path = strings.ReplaceAll(path, "{"+name+"}", url.PathEscape(plain(given[name])))
		delete(given, name)
	}
	query := url.Values{}
	for _, name := range t.inQuery {
		if value, ok := given[name]; ok {
			query.Set(name, plain(value))
			delete(given, name)
		}
	}
	key := plain(given[idempotencyKey])
	delete(given, idempotencyKey)
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	var body []byte
	if t.hasBody {
		var err error
		if body, err = json.Marshal(given); err != nil {
			return nil, err
		}
	} else if len(given) > 0 {
		return nil, fmt.Errorf("%s does not take %s", t.Name, strings.Join(slices.Sorted(maps.Keys(given)), ", "))
	}
	r, err := http.NewRequestWithContext(ctx, t.method, "http://localhost"+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.RequestURI = path
	if t.hasBody {
		r.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	return r, nil
}

// plain is a JSON value as it stands in an address: a text without quotes, and a list with commas.
func plain(value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) == nil {
		return text
	}
	var list []json.RawMessage
	if json.Unmarshal(value, &list) == nil && len(value) > 0 && value[0] == '[' {
		items := make([]string, len(list))
		for i, item := range list {
			items[i] = plain(item)
		}
		return strings.Join(items, ",")
	}
	return string(value)
}
