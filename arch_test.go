package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// mayImport is who may import whom inside this module. A package that is not named here may import nothing of ours;
// a new package is added with thought. An allowance that no package uses fails the test, too.
var mayImport = map[string][]string{
	"": {
		"server", "server/drain", "server/geo", "server/inbound", "server/portal", "server/site", "store", "store/board", "store/cvtext",
		"store/demo", "store/embedded", "store/ndjson", "store/upkeep", "webhooks", "webhooks/mail",
	},
	// Email that a provider hands on; and the names that each delivery profile has for events.
	"server":                       {"gen/v1", "gen/autotechjobs", "openapi", "server/inbound", "store", "store/board", "webhooks/careerjet", "webhooks/profile"},
	"server/portal":                {"server/pages", "store", "store/board"},
	"server/site":                  {"server/pages", "store/board"},
	"server/pages":                 {"store/board"}, // what portal and site share, who must not know each other
	"server/inbound":               {"store/board"}, // mail of strangers, apart from HTTP and from everything that holds data
	"webhooks":                     {"store", "store/board", "webhooks/profile", "webhooks/careerjet", "webhooks/mail"},
	"webhooks/profile":             {"store/board"},
	"store":                        {"store/board", "store/cvquery", "store/cvtext", "store/taxonomy", "migrations"},
	"store/cvtext":                 {"store/board"},   // parsers of strangers' files, apart from everything that holds data
	"store/taxonomy":               {"store/cvquery"}, // spellings are compared as the search compares them
	"store/cvsample":               {"store/cvquery", "store/taxonomy"},
	"store/demo":                   {"store", "store/board", "store/cvsample"},
	"store/ndjson":                 {"store", "store/board"},
	"store/storetest":              {"store", "store/embedded", "migrations"},
	"store/storetest/withpostgres": {"store/embedded"},
	"server/servertest":            {"server", "openapi", "store", "store/board", "store/storetest"},
	"snapshots":                    {"openapi"},
}

// testOnly packages may be imported by tests and by one another alone.
var testOnly = []string{"store/storetest", "server/pagestest", "server/servertest", "webhooks/webhooktest", "openapi/consumer/nodetest", "snapshots"}

// module is the path of this module.
const module = "itmanagerjobs"

func TestPackagesImportOnlyWhatTheyMay(t *testing.T) {
	t.Parallel()
	imports := ourImports(t)
	for name, targets := range imports {
		for _, target := range targets {
			if !slices.Contains(mayImport[name], target) {
				t.Errorf("%q imports %q. The rules of import are in arch_test.go and CONTRIBUTING.md: move the code to where it belongs, or change the rule with a reason.", name, target)
			}
			if slices.Contains(testOnly, target) && !slices.Contains(testOnly, name) && !strings.HasPrefix(name, "store/storetest/") {
				t.Errorf("%q imports %q, which is for tests alone.", name, target)
			}
		}
	}
	// What is allowed is what is done, so the table shows the house as it is. As Go refuses a circle of packages, the table
	// has none either.
	for name, targets := range mayImport {
		for _, target := range targets {
			if !slices.Contains(imports[name], target) {
				t.Errorf("%q may import %q, and does not: take the allowance out of arch_test.go.", name, target)
			}
		}
	}
	for _, name := range testOnly {
		if _, ok := imports[name]; !ok {
			t.Errorf("arch_test.go names %q as for tests alone, and there is no such package: take it out.", name)
		}
	}
}

// ourImports lists all packages of this module with those of this module that they import. Imports of tests do not count.
func ourImports(t *testing.T) map[string][]string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	imports := map[string][]string{}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var pkg struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&pkg); errors.Is(err, io.EOF) {
			return imports
		} else if err != nil {
			t.Fatalf("decode go list: %v", err)
		}
		name := local(pkg.ImportPath)
		imports[name] = []string{}
		for _, imported := range pkg.Imports {
			if imported == module || strings.HasPrefix(imported, module+"/") {
				imports[name] = append(imports[name], local(imported))
			}
		}
	}
}

// local is the path of a package inside this module; "" for main.
func local(path string) string {
	return strings.TrimPrefix(strings.TrimPrefix(path, module), "/")
}
