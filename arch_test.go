package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// mayImport is who may import whom inside this module. A package that is not named here may import nothing of ours;
// a new package is added with thought.
var mayImport = map[string][]string{
	"": {
		"openapi", "server", "server/inbound", "server/portal", "server/site", "store", "store/board", "store/cvsample", "store/cvtext",
		"store/embedded", "webhooks", "webhooks/mail", "webhooks/profile",
	},
	// The names that each delivery profile has for events.
	"server":                       {"gen/v1", "gen/autotechjobs", "openapi", "server/apierror", "server/contract", "server/intake", "store", "store/board", "webhooks/profile"},
	"server/contract":              {"openapi", "store/board"}, // what a contract demands, whoever carries it out
	"server/portal":                {"gen/v1", "openapi", "server/pages", "store", "store/board", "webhooks/careerjet"},
	"server/site":                  {"server/intake", "server/pages", "store/board"}, // intake has the form of a job, and what became of it
	"server/pages":                 {"store/board"},                                  // what portal and site share, who must not know each other
	"server/intake":                {"gen/v1", "server/apierror", "server/contract", "server/inbound", "server/pages", "store", "store/board", "webhooks/careerjet"},
	"server/apierror":              {"store/board"},          // server and server/intake, which must not import server, answer alike
	"server/inbound":               {"store", "store/board"}, // mail of strangers, apart from HTTP
	"webhooks":                     {"store", "store/board", "webhooks/profile", "webhooks/careerjet", "webhooks/mail"},
	"webhooks/profile":             {"store/board"},
	"webhooks/careerjet":           {"store/board"},
	"webhooks/mail":                {"store/board"},
	"store":                        {"store/board", "store/cvquery", "store/cvtext", "store/taxonomy", "migrations"},
	"store/cvtext":                 {"store/board"},   // parsers of strangers' files, apart from everything that holds data
	"store/taxonomy":               {"store/cvquery"}, // spellings are compared as the search compares them
	"store/cvsample":               {"store/cvquery", "store/taxonomy"},
	"store/storetest":              {"store", "store/board", "store/embedded", "migrations"},
	"store/storetest/withpostgres": {"store/embedded", "store/storetest"},
	"server/servertest":            {"server", "server/site", "openapi", "store", "store/board", "store/storetest"},
	"webhooks/webhooktest":         {"store", "store/board", "webhooks", "webhooks/profile"},
	"snapshots":                    {"openapi"},
}

// testOnly packages may be imported by tests and by one another alone.
var testOnly = []string{"store/storetest", "server/pagestest", "server/servertest", "webhooks/webhooktest", "openapi/consumer/nodetest", "snapshots"}

func TestPackagesImportOnlyWhatTheyMay(t *testing.T) {
	t.Parallel()
	const module = "itmanagerjobs"
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var pkg struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&pkg); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("decode go list: %v", err)
		}
		name := local(module, pkg.ImportPath)
		for _, imported := range pkg.Imports {
			if imported != module && !strings.HasPrefix(imported, module+"/") {
				continue
			}
			target := local(module, imported)
			if !slices.Contains(mayImport[name], target) {
				t.Errorf("%q imports %q. The rules of import are in arch_test.go and CONTRIBUTING.md: move the code to where it belongs, or change the rule with a reason.", name, target)
			}
			if slices.Contains(testOnly, target) && !slices.Contains(testOnly, name) && !strings.HasPrefix(name, "store/storetest/") {
				t.Errorf("%q imports %q, which is for tests alone.", name, target)
			}
		}
	}
}

func local(module, path string) string {
	return strings.TrimPrefix(strings.TrimPrefix(path, module), "/")
}
