package consumer_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/textproto"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/openapi"
	"itmanagerjobs/openapi/consumer/nodetest"
	"itmanagerjobs/openapi/documenttest"
	"itmanagerjobs/openapi/nulltest"
)

// strictValue is a value and the schema that it must fit, for ajv.mjs.
type strictValue struct {
	Contract string `json:"contract"`
	// Schema is a JSON pointer into the contract.
	Schema string `json:"schema"`
	Value  any    `json:"value"`
	// Nulls asks where null would not fit.
	Nulls bool `json:"nulls,omitempty"`

	// where says for a person what the value is.
	where string
}

// verdict is what ajv.mjs says of one value.
type verdict struct {
	Line      int
	Errors    []string
	Forbidden []string
}

func judge(t *testing.T, values []strictValue) []verdict {
	t.Helper()
	var in bytes.Buffer
	for _, v := range values {
		if err := json.NewEncoder(&in).Encode(v); err != nil {
			t.Fatal(err)
		}
	}
	cmd := nodetest.Command(t.Context(), ".", "node", "ajv.mjs")
	cmd.Stdin, cmd.Stderr = &in, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("ajv.mjs: %v\n%s", err, out)
	}
	var verdicts []verdict
	for line := range bytes.Lines(out) {
		var v verdict
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatalf("ajv.mjs said %s: %v", line, err)
		}
		verdicts = append(verdicts, v)
	}
	return verdicts
}

// TestExamplesAreStrictlyValid holds every example against its schema as a strict reader of OpenAPI 3.0 does: of bodies,
// schemas, properties, parameters, headers and the payloads of webhooks.
func TestExamplesAreStrictlyValid(t *testing.T) {
	t.Parallel()
	needNode(t)
	var all []strictValue
	for _, c := range openapi.All() {
		var document any
		if err := json.Unmarshal(c.Document, &document); err != nil {
			t.Fatal(err)
		}
		all = append(all, examplesOf(c.Name, "", document)...)
	}
	const few = 1000
	if len(all) < few {
		t.Fatalf("only %d examples were found", len(all))
	}
	for _, v := range judge(t, all) {
		t.Errorf("%s: %q", all[v.Line].where, v.Errors)
	}
	t.Logf("%d examples", len(all))
}

// examplesOf collects the examples at and below a place of a contract: those of a schema itself, and those that stand
// beside a schema.
func examplesOf(contract, at string, node any) []strictValue {
	var all []strictValue
	switch node := node.(type) {
	case []any:
		for i, n := range node {
			all = append(all, examplesOf(contract, at+"/"+strconv.Itoa(i), n)...)
		}
	case map[string]any:
		_, beside := node["schema"].(map[string]any)
		schema := at
		if beside {
			schema = at + "/schema"
		}
		add := func(name string, value any) {
			all = append(all, strictValue{Contract: contract, Schema: schema, Value: value, where: contract + at + "/" + name})
		}
		_, isType := node["type"].(string)
		_, isRef := node["$ref"].(string)
		if example, ok := node["example"]; ok && (beside || isType || isRef) {
			add("example", example)
		}
		if examples, ok := node["examples"].(map[string]any); ok && beside {
			for _, name := range slices.Sorted(maps.Keys(examples)) {
				if e, ok := examples[name].(map[string]any); ok {
					add("examples/"+name, e["value"])
				}
			}
		}
		for _, key := range slices.Sorted(maps.Keys(node)) {
			if (key == "example" || key == "examples") && (beside || isType) {
				continue
			}
			all = append(all, examplesOf(contract, at+"/"+strings.NewReplacer("~", "~0", "/", "~1").Replace(key), node[key])...)
		}
	}
	return all
}

// TestRecordedAnswersAreStrictlyValid holds every recorded exchange, frozen and current, with its headers against the
// contract. It also puts each part of each body to null and compares what ajv says with what package nulltest says, by
// which the tests of the server check all other answers.
func TestRecordedAnswersAreStrictlyValid(t *testing.T) {
	t.Parallel()
	needNode(t)
	var all []strictValue
	schemas := map[string]*openapi3.SchemaRef{}
	for _, c := range openapi.All() {
		doc, err := documenttest.Load(c.Document)
		if err != nil {
			t.Fatal(err)
		}
		r := recordings{contract: c.Name, doc: doc, schemas: schemas}
		for _, set := range []string{"frozen", "current"} {
			all = append(all, r.read(t, filepath.Join("../../snapshots", c.Name, set))...)
		}
	}
	all = distinctValues(t, all)
	const few = 500
	if len(all) < few {
		t.Fatalf("only %d recorded values were found", len(all))
	}
	places := 0
	for _, v := range judge(t, all) {
		value := all[v.Line]
		if len(v.Errors) > 0 {
			t.Errorf("%s: %q", value.where, v.Errors)
			continue
		}
		var got []string
		for pointer, mutated := range withNulls("", value.Value) {
			places++
			if len(nulltest.Forbidden(schemas[value.Contract+value.Schema], mutated)) > 0 {
				got = append(got, pointer)
			}
		}
		slices.Sort(got)
		if diff := cmp.Diff(v.Forbidden, got, cmp.Comparer(slices.Equal[[]string])); diff != "" {
			t.Errorf("%s: where null is forbidden (-ajv +nulltest):\n%s", value.where, diff)
		}
	}
	t.Logf("%d values, null tried at %d places", len(all), places)
}

// distinctValues leaves out values that stand before with the same schema: most frozen exchanges are current, too.
func distinctValues(t *testing.T, values []strictValue) []strictValue {
	t.Helper()
	seen := map[string]bool{}
	return slices.DeleteFunc(values, func(v strictValue) bool {
		text, err := json.Marshal(v.Value)
		if err != nil {
			t.Fatal(err)
		}
		key := v.Contract + " " + v.Schema + " " + string(text)
		defer func() { seen[key] = true }()
		return seen[key]
	})
}

// recordings reads the exchanges of one contract.
type recordings struct {
	contract string
	doc      *openapi3.T
	// schemas are by contract and pointer.
	schemas map[string]*openapi3.SchemaRef
}

func (r recordings) read(t *testing.T, folder string) []strictValue {
	t.Helper()
	var all []strictValue
	var corrected []string
	if filepath.Base(folder) == "frozen" {
		corrected = correctedBodies(t)
	}
	for route, item := range r.doc.Paths.Map() {
		for method, op := range item.Operations() {
			root := os.DirFS(filepath.Join(folder, op.OperationID))
			at := "/paths/" + strings.ReplaceAll(route, "/", "~1") + "/" + strings.ToLower(method) + "/responses/"
			err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
				if err != nil || d.IsDir() || matchesAny(corrected, op.OperationID+"/"+strings.TrimSuffix(name, ".json")) {
					return err
				}
				data, err := fs.ReadFile(root, name)
				if err != nil {
					return err
				}
				values, err := r.values(op, at, data)
				for i := range values {
					values[i].where = fmt.Sprintf("%s/%s/%s %s", folder, op.OperationID, name, values[i].where)
				}
				all = append(all, values...)
				return err
			})
			// That every operation has exchanges, the package snapshots sees to.
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Fatalf("%s: %v", op.OperationID, err)
			}
		}
	}
	return all
}

// correctedBodies are patterns of the frozen exchanges with a body that the contract does not promise any more: before
// 1.0.0 the file of exceptions excuses each of them with its reason.
func correctedBodies(t *testing.T) []string {
	t.Helper()
	lines, err := os.ReadFile("../../snapshots/except.txt")
	if err != nil {
		t.Fatal(err)
	}
	var patterns []string
	for line := range strings.Lines(string(lines)) {
		if where, ok := strings.CutPrefix(line, "B | "); ok {
			if exchange, pointer, _ := strings.Cut(where, "#"); strings.HasPrefix(pointer, "/response/body") {
				patterns = append(patterns, exchange)
			}
		}
	}
	return patterns
}

func matchesAny(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		ok, err := path.Match(pattern, name)
		return ok && err == nil
	})
}

// values are the body, when it is JSON, and the headers of one exchange.
func (r recordings) values(op *openapi3.Operation, at string, data []byte) ([]strictValue, error) {
	var exchange struct {
		Response struct {
			Status  int
			Headers map[string]string
			Body    any
		}
	}
	if err := json.Unmarshal(data, &exchange); err != nil {
		return nil, err
	}
	status := strconv.Itoa(exchange.Response.Status)
	ref := op.Responses.Value(status)
	if ref == nil {
		return nil, nil // a frozen answer that is excused
	}
	at += status
	if ref.Ref != "" {
		at = strings.TrimPrefix(ref.Ref, "#")
	}
	var all []strictValue
	media := ref.Value.Content["application/json"]
	if _, whole := exchange.Response.Body.(string); media != nil && strings.HasPrefix(exchange.Response.Headers["Content-Type"], "application/json") && !whole {
		v := strictValue{Contract: r.contract, Schema: at + "/content/application~1json/schema", Value: exchange.Response.Body, Nulls: true, where: "body"}
		r.schemas[v.Contract+v.Schema] = media.Schema
		all = append(all, v)
	}
	for name, header := range ref.Value.Headers {
		text, ok := exchange.Response.Headers[textproto.CanonicalMIMEHeaderKey(name)]
		if !ok {
			continue // what is required, the tests of the server check
		}
		pointer := at + "/headers/" + name
		if header.Ref != "" {
			pointer = strings.TrimPrefix(header.Ref, "#")
		}
		v := strictValue{Contract: r.contract, Schema: pointer + "/schema", Value: text, Nulls: true, where: "header " + name}
		if header.Value.Schema.Value.Type.Is("integer") {
			v.Value = json.Number(text)
		}
		r.schemas[v.Contract+v.Schema] = header.Value.Schema
		all = append(all, v)
	}
	return all, nil
}

// withNulls are copies of a value, each with null at one place, by the place's JSON pointer.
func withNulls(at string, value any) map[string]any {
	all := map[string]any{at: nil}
	switch value := value.(type) {
	case map[string]any:
		for key, inner := range value {
			for pointer, mutated := range withNulls(at+"/"+key, inner) {
				copied := maps.Clone(value)
				copied[key] = mutated
				all[pointer] = copied
			}
		}
	case []any:
		for i, inner := range value {
			for pointer, mutated := range withNulls(at+"/"+strconv.Itoa(i), inner) {
				copied := slices.Clone(value)
				copied[i] = mutated
				all[pointer] = copied
			}
		}
	}
	return all
}
