package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestWhatAContractGainsIsWritten compares two small contracts, of which the second has one operation more.
func TestWhatAContractGainsIsWritten(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	document := func(paths string) []byte {
		return []byte(`{"openapi": "3.0.3", "info": {"title": "x", "version": "1"}, "paths": {` + paths + `}}`)
	}
	const one = `"/one": {"get": {"operationId": "one", "responses": {"200": {"description": "ok"}}}}`
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	if _, err := z.Write(document(one)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	file := func(name string) string { return filepath.Join(dir, name) }
	write := func(name string, content []byte) {
		if err := os.WriteFile(file(name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("1.0.0.json.gz", zipped.Bytes())
	write("now.json", document(one+`, `+strings.ReplaceAll(one, "one", "two")))
	if err := run([]string{file("out.json"), file("1.0.0.json.gz"), file("now.json")}); err != nil {
		t.Fatal(err)
	}
	out, err := os.ReadFile(file("out.json"))
	if err != nil {
		t.Fatal(err)
	}
	var got struct{ Changelog []comparison }
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Changelog) != 1 || got.Changelog[0].From != "1.0.0" || got.Changelog[0].To != "next" || len(got.Changelog[0].Changes) != 1 || got.Changelog[0].Changes[0].Path != "/two" {
		t.Errorf("%s", out)
	}
	if err := run([]string{file("out.json"), file("now.json")}); err == nil {
		t.Error("a contract without a release was compared")
	}
}
