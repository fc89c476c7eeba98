package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const contractFile = "../v1/swagger.json"

func made(t *testing.T) ([]byte, *contract) {
	t.Helper()
	document, err := os.ReadFile(contractFile)
	if err != nil {
		t.Fatal(err)
	}
	c, err := read(document)
	if err != nil {
		t.Fatal(err)
	}
	text, err := convert(document)
	if err != nil {
		t.Fatal(err)
	}
	return text, c
}

// decoded is the collection as a program reads it.
func decoded(t *testing.T, text []byte) collection {
	t.Helper()
	var c collection
	if err := json.Unmarshal(text, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestEveryOperationIsARequest(t *testing.T) {
	t.Parallel()
	text, contract := made(t)
	var want, got []string
	for _, op := range contract.operations {
		want = append(want, op.Tags[0]+": "+op.method+" "+regexp.MustCompile(`\{(\w+)\}`).ReplaceAllString(op.path, ":$1"))
	}
	for _, f := range decoded(t, text).Item {
		for _, i := range f.Item {
			got = append(got, f.Name+": "+i.Request.Method+" /"+strings.Join(i.Request.URL.Path, "/"))
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("requests (-contract +collection):\n%s", diff)
	}
}

// TestRequestsAssertAndFindTheirVariables: each request asserts a status that the contract declares, and each variable that
// one has is set by the collection or by a script of a request before it.
func TestRequestsAssertAndFindTheirVariables(t *testing.T) {
	t.Parallel()
	text, contract := made(t)
	c := decoded(t, text)
	known := []string{"$guid"}
	for _, v := range c.Variable {
		known = append(known, v.Key)
	}
	set := regexp.MustCompile(`collectionVariables\.set\("(\w+)"`)
	keep := func(lines []string) {
		for _, m := range set.FindAllStringSubmatch(strings.Join(lines, "\n"), -1) {
			known = append(known, m[1])
		}
	}
	for _, e := range c.Event {
		keep(e.Script.Exec)
	}
	asserted := regexp.MustCompile(`to\.(?:have\.status\(|be\.oneOf\(\[)([\d, ]+)`)
	for _, f := range c.Item {
		for _, i := range f.Item {
			for _, e := range i.Event {
				if e.Listen == "prerequest" {
					keep(e.Script.Exec)
				}
			}
			request, err := json.Marshal(i.Request)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range regexp.MustCompile(`\{\{([$\w]+)\}\}`).FindAllSubmatch(request, -1) {
				if !slices.Contains(known, string(m[1])) {
					t.Errorf("%s: nothing before it sets %s", i.Name, m[1])
				}
			}
			op := contract.operations[slices.IndexFunc(contract.operations, func(op operation) bool { return op.ID == i.operation() })]
			test := i.Event[len(i.Event)-1].Script.Exec
			statuses := asserted.FindStringSubmatch(strings.Join(test, "\n"))
			if statuses == nil {
				t.Errorf("%s asserts no status", i.Name)
				continue
			}
			for status := range strings.SplitSeq(statuses[1], ", ") {
				if op.Responses[status] == nil {
					t.Errorf("%s asserts %s, which the contract does not declare", i.Name, status)
				}
			}
			keep(test)
		}
	}
}

func TestAStepOfNoOperationIsRefused(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile(contractFile)
	if err != nil {
		t.Fatal(err)
	}
	renamed := bytes.ReplaceAll(document, []byte(`"operationId": "createJob"`), []byte(`"operationId": "makeJob"`))
	if _, err := convert(renamed); err == nil || !strings.Contains(err.Error(), "createJob") {
		t.Errorf("convert: %v, want an error about createJob", err)
	}
	if _, err := convert([]byte("[]")); err == nil {
		t.Error("what is no contract is converted")
	}
}

func TestRunWritesTheFile(t *testing.T) {
	t.Parallel()
	target := filepath.Join(t.TempDir(), "postman.json")
	if err := run([]string{contractFile, target}); err != nil {
		t.Fatal(err)
	}
	want, _ := made(t)
	got, err := os.ReadFile(target)
	if err != nil || !bytes.Equal(want, got) {
		t.Errorf("%d bytes were written (%v), want %d", len(got), err, len(want))
	}
	if run([]string{contractFile}) == nil || run([]string{"no-such-file", target}) == nil {
		t.Error("run succeeds without its files")
	}
}
