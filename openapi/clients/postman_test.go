//go:build soak

package clients_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"itmanagerjobs/openapi/consumer/nodetest"
)

// TestSoakPostman has newman run the served collection to its last request, against the program with its demo data.
func TestSoakPostman(t *testing.T) {
	t.Parallel()
	nodetest.Install(t, ".")
	p, printed := startPlatform(t, "demo")
	key := demoKey(t, printed)
	hooks := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }))
	t.Cleanup(hooks.Close)
	dir := t.TempDir()
	collection := filepath.Join(dir, "postman.json")
	write(t, collection, string(p.get(t, "/swagger/v1/postman.json")))

	report := filepath.Join(dir, "report.json")
	out := run(t, ".", "node_modules/.bin/newman", "run", collection, "--color", "off", "--reporters", "cli,json", "--reporter-json-export", report,
		"--env-var", "baseUrl="+p.url, "--env-var", "apiKey="+key, "--env-var", "webhookUrl="+hooks.URL)
	onlyKnown(t, "newman", out)

	text, err := os.ReadFile(report)
	if err != nil {
		t.Fatal(err)
	}
	var ran struct {
		Run struct {
			Executions []struct {
				Item struct{ Name string }
			}
		}
	}
	if err := json.Unmarshal(text, &ran); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, e := range ran.Run.Executions {
		seen[e.Item.Name] = true
	}
	var sent struct {
		Item []struct{ Item []struct{ Name string } }
	}
	content, err := os.ReadFile(collection)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(content, &sent); err != nil {
		t.Fatal(err)
	}
	requests := 0
	for _, folder := range sent.Item {
		for _, request := range folder.Item {
			requests++
			if !seen[request.Name] {
				t.Errorf("%s was not sent", request.Name)
			}
		}
	}
	t.Logf("%d requests, sent %d times", requests, len(ran.Run.Executions))
}

// demoKey is the live key that the demo prints.
func demoKey(t *testing.T, printed io.Reader) string {
	t.Helper()
	key := regexp.MustCompile(`pk_live_\w+`)
	for lines := bufio.NewScanner(printed); lines.Scan(); {
		if found := key.FindString(lines.Text()); found != "" {
			return found
		}
	}
	t.Fatal("the demo has printed no live key")
	return ""
}
