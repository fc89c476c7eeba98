// Package consumer_test tries the published contract with the programs that partners use it with: client generators
// for several languages, Postman and a linter. It must not know the server; it reads only the document.
package consumer_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/openapi"
	"itmanagerjobs/openapi/consumer/nodetest"
)

const document = "../v1/swagger.json"

func documentOf(c openapi.Contract) string { return "../" + c.Name + "/swagger.json" }

// fileOf is where the repository has what is published.
func fileOf(f openapi.File) string { return ".." + strings.TrimPrefix(f.Path, "/swagger") }

func TestLinterTakesIt(t *testing.T) {
	t.Parallel()
	needNode(t)
	if seen(t) {
		return
	}
	for _, c := range openapi.All() {
		for _, f := range c.Files() {
			if strings.HasSuffix(f.Path, "/postman.json") {
				continue // no OpenAPI
			}
			run(t, ".", "node_modules/.bin/redocly", "lint", "--format=stylish", "--config=redocly.yaml", fileOf(f))
		}
	}
}

func TestTypeScriptClient(t *testing.T) {
	t.Parallel()
	needNode(t)
	if seen(t) {
		return
	}
	dir := t.TempDir()
	modules, err := filepath.Abs("node_modules")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(modules, filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	for _, c := range openapi.All() {
		run(t, ".", "node_modules/.bin/openapi-typescript", documentOf(c), "--output", filepath.Join(dir, c.Name+".d.ts"))
	}
	run(t, ".", "node_modules/.bin/openapi-typescript", "../v1/openapi-3.1.json", "--output", filepath.Join(dir, "v1in31.d.ts"))
	wrong := copyFile(t, "testdata/wrong.ts", filepath.Join(dir, "wrong.ts"))
	copyFile(t, "testdata/client.ts", filepath.Join(dir, "client.ts"))

	// One run over both programs, because starting the compiler is what takes the time.
	cmd := nodetest.Command(t.Context(), dir, filepath.Join(modules, ".bin/tsc"), "--noEmit", "--strict", "--skipLibCheck", "--target", "es2022",
		"--module", "esnext", "--moduleResolution", "bundler", "--pretty", "false", "client.ts", "wrong.ts")
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Fatal("the compiler passed a program with mistakes")
	}
	var want []string
	for i, line := range strings.Split(wrong, "\n") {
		if strings.HasSuffix(line, "// wrong") {
			want = append(want, fmt.Sprintf("wrong.ts:%d", i+1))
		}
	}
	slices.Sort(want)
	var got []string
	for _, m := range regexp.MustCompile(`(?m)^(\S+\.ts)\((\d+),\d+\): error`).FindAllStringSubmatch(string(out), -1) {
		got = append(got, m[1]+":"+m[2])
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, slices.Compact(got)); diff != "" {
		t.Errorf("lines that the compiler refuses (-want +got):\n%s\n%s", diff, out)
	}
}

func TestGoClient(t *testing.T) {
	t.Parallel()
	if seen(t) {
		return
	}
	for _, c := range openapi.All() {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			buildGoClient(t, c)
		})
	}
}

func buildGoClient(t *testing.T, c openapi.Contract) {
	t.Helper()
	dir := t.TempDir()
	generated := filepath.Join(dir, "client.gen.go")
	run(t, "../..", "go", "tool", "-modfile=.tools/go.mod", "oapi-codegen",
		"-package", "goclient", "-generate", "types,client", "-o", generated, "openapi/"+c.Name+"/swagger.json")
	copyFile(t, "testdata/"+c.Name+".go.txt", filepath.Join(dir, "client.go"))
	// The files are laid over a folder of this module that does not exist, so that its dependencies are at hand.
	folder, err := filepath.Abs("goclient")
	if err != nil {
		t.Fatal(err)
	}
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{
		filepath.Join(folder, "client.gen.go"): generated,
		filepath.Join(folder, "client.go"):     filepath.Join(dir, "client.go"),
	}})
	if err != nil {
		t.Fatal(err)
	}
	overlayFile := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(overlayFile, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, "../..", "go", "build", "-overlay="+overlayFile, "./openapi/consumer/goclient")
}

func TestPostmanCollection(t *testing.T) {
	t.Parallel()
	needNode(t)
	if seen(t) {
		return
	}
	target := filepath.Join(t.TempDir(), "collection.json")
	run(t, ".", "node", "postman.mjs", target)
	data, err := os.ReadFile(target)
	if err != nil {
		t.Fatal(err)
	}
	type item struct {
		Name    string `json:"name"`
		Item    []item `json:"item"`
		Request *struct {
			Method string `json:"method"`
			URL    struct {
				Host []string `json:"host"`
				Path []string `json:"path"`
			} `json:"url"`
			Body struct {
				Raw string `json:"raw"`
			} `json:"body"`
		} `json:"request"`
	}
	var collection struct {
		Item []item `json:"item"`
		Auth struct {
			Type string `json:"type"`
		} `json:"auth"`
	}
	if err := json.Unmarshal(data, &collection); err != nil {
		t.Fatalf("read the collection: %v", err)
	}
	var got []string
	var publish string
	var walk func(folder string, items []item)
	walk = func(folder string, items []item) {
		for _, i := range items {
			walk(strings.TrimPrefix(folder+"/"+i.Name, "/"), i.Item)
			if i.Request != nil {
				path := strings.Join(append(i.Request.URL.Host, i.Request.URL.Path...), "/")
				if strings.HasSuffix(path, "/publish") {
					publish = i.Request.Body.Raw
				}
				got = append(got, strings.Split(folder, "/")[0]+": "+i.Request.Method+" "+path)
			}
		}
	}
	walk("", collection.Item)
	slices.Sort(got)
	if diff := cmp.Diff(operations(t), got); diff != "" {
		t.Errorf("requests of the collection (-want +got):\n%s", diff)
	}
	// A fixed date in the example would make the request fail once that date has passed.
	if strings.Contains(publish, "expiryDate") {
		t.Errorf("the request to publish sends %s, which will fail some day", publish)
	}
	if collection.Auth.Type != "bearer" {
		t.Errorf("the collection signs in by %q, want bearer", collection.Auth.Type)
	}
}

func TestOpenAPIGenerator(t *testing.T) {
	t.Parallel()
	needNode(t)
	nodetest.Need(t, "java", "install a Java runtime, version 11 or later (on Debian and Ubuntu: apt-get install default-jre-headless)")
	if seen(t) {
		return
	}
	tests := []struct{ generator, want string }{
		{"python", "openapi_client/api/jobs_api.py"},
		{"csharp-netcore", "src/Org.OpenAPITools/Api/JobsApi.cs"},
	}
	// One after the other: each run fills the machine.
	for _, tt := range tests {
		dir := t.TempDir()
		// The program ends before the optimising compiler of a JVM could pay for itself.
		run(t, ".", "java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-jar", "node_modules/@openapitools/openapi-generator-cli/bin/openapi-generator.jar",
			"generate", "-g", tt.generator, "-i", document, "-o", dir)
		if _, err := os.Stat(filepath.Join(dir, tt.want)); err != nil {
			t.Errorf("%s: the client lacks its jobs: %v", tt.generator, err)
		}
	}
}

// operations lists what the document holds in the form in which the Postman test reads its collection.
func operations(t *testing.T) []string {
	t.Helper()
	var doc struct {
		Paths map[string]map[string]struct {
			Tags []string `json:"tags"`
		} `json:"paths"`
	}
	if err := json.Unmarshal(openapi.V1, &doc); err != nil {
		t.Fatal(err)
	}
	var all []string
	parameter := regexp.MustCompile(`\{(\w+)\}`)
	for path, methods := range doc.Paths {
		for method, op := range methods {
			all = append(all, op.Tags[0]+": "+strings.ToUpper(method)+" {{baseUrl}}"+parameter.ReplaceAllString(path, ":$1"))
		}
	}
	slices.Sort(all)
	return all
}
