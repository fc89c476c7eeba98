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
		"docs", "openapi", "openapi/companion", "server", "server/address", "server/certificate", "server/company", "server/contract", "server/desk", "server/docs",
		"server/doctor", "server/drain", "server/geo", "server/inbound", "server/mcp", "server/memory", "server/openid", "server/pages", "server/portal", "server/proxy",
		"server/requestlog", "server/session", "server/site", "server/styleguide", "server/tracing", "snapshots/mock", "store", "store/account", "store/board",
		"store/board/apikey", "store/board/delivery", "store/board/event", "store/cv", "store/cvtext", "store/demo", "store/embedded", "store/erase", "store/exemplar",
		"store/outbox", "store/pg", "store/pipeline", "store/upkeep", "webhooks", "webhooks/mail",
	},

	// The companion of integrators knows what a partner knows: the client that is generated from the contract.
	"openapi/companion": {"docs/webhooks/verify", "gen/client"},
	// The mock knows what was seen, and signs deliveries as the engine does.
	"snapshots/mock": {"openapi", "snapshots/v1", "webhooks/profile"},

	// The server: webhooks/profile has the names of events in each delivery profile, webhooks/careerjet the format of a push.
	"server": {
		"gen/autotechjobs", "gen/v1", "openapi", "server/admission", "server/answer", "server/apierror", "server/company", "server/contract", "server/document",
		"server/intake", "server/method", "server/pace", "server/paging", "server/requestlog", "server/verdict", "store", "store/account", "store/board",
		"store/board/apikey", "store/board/delivery", "store/board/event", "store/board/publication", "store/cv", "store/cvquery", "store/erase", "store/exemplar",
		"store/job", "store/match", "store/outbox", "store/pg", "store/pipeline", "store/turns", "webhooks/profile",
	},
	// What a request passes before its handler, and what handlers share. None of it knows the server.
	"server/admission":  {"server/company", "server/contract", "server/pace", "store/account", "store/board", "store/pg"},
	"server/answer":     {"server/document", "store/board"},
	"server/method":     {"server/contract"},
	"server/paging":     {"gen/v1", "store/board", "store/pg"},
	"server/requestlog": {"store/account"},
	"server/apierror":   {"store/board"},
	"server/company":    {"store/turns"},
	"server/pace":       {"store/turns"},
	"server/openid":     {"store/turns"},
	"server/contract":   {"openapi", "store/board", "store/board/apikey"},
	"server/intake": {
		"gen/intake", "server/apierror", "server/company", "server/contract", "server/inbound", "server/pages", "store", "store/board", "store/pipeline",
		"webhooks/careerjet",
	},
	// It judges what the store has read.
	"server/doctor": {"store/outbox", "store/pg"},
	// Tools are operations of the contract, and what they call is an http.Handler.
	"server/mcp":      {"gen/v1", "openapi", "store/board"},
	"server/inbound":  {"server/company", "store", "store/board", "store/board/charset", "store/board/markup", "store/cvtext", "store/job", "store/pipeline", "store/turns"},
	"server/pages":    {"store/board"},
	"server/personal": {"server/pages", "server/session", "store", "store/account", "store/board"},
	"server/session":  {"server/pages", "store", "store/account", "store/board", "store/turns"},
	// The portal's rooms know what all of its pages stand on, and not each other; the portal itself puts them together.
	"server/portal": {
		"server/openid", "server/pages", "server/personal", "server/portal/developers", "server/portal/hiring", "server/portal/member", "server/session", "store",
		"store/account", "store/billing", "store/board", "store/board/apikey", "store/job", "store/outbox", "store/pg", "store/pipeline",
	},
	"server/portal/hiring": {
		"server/pages", "server/portal/member", "store", "store/account", "store/board", "store/board/fit", "store/board/markup", "store/cv", "store/cvquery",
		"store/job", "store/match", "store/pg", "store/pipeline",
	},
	// It shows what deliveries look like: the contract has examples of events, webhooks/profile encodes them.
	"server/portal/developers": {
		"openapi", "server/pages", "server/portal/member", "server/session", "server/verdict", "store/account", "store/board", "store/board/apikey",
		"store/board/delivery", "store/board/event", "store/job", "store/outbox", "store/pg", "store/pipeline", "webhooks/profile",
	},
	"server/verdict":       {"store/board", "store/outbox", "webhooks/profile"},
	"server/portal/member": {"server/pages", "server/personal", "server/session", "store", "store/account", "store/board"},
	"server/styleguide":    {"server/pages"},
	// The documentation shows the contract, and what each profile calls an event.
	"server/docs": {"server/document", "server/pages", "store/board/event", "webhooks/profile"},
	"server/desk": {
		"server/pages", "server/personal", "server/session", "store", "store/account", "store/billing", "store/board", "store/board/apikey", "store/board/delivery",
		"store/cv", "store/outbox",
	},
	"server/site": {"server/document", "server/intake", "server/pages", "server/session", "store/board", "store/board/markup", "store/board/publication", "store/turns"},

	// The delivery engine knows the queue, and of the rest of the store what it asks for through interfaces of its own.
	"webhooks":         {"store/board", "store/board/delivery", "store/board/event", "store/exemplar", "store/outbox", "webhooks/careerjet", "webhooks/mail", "webhooks/profile"},
	"webhooks/profile": {"store/board", "store/board/event"},

	// The rooms of the store, from the front to the ground: a room may import what stands below it. pipeline and cv do not
	// know each other.
	"store": {
		"store/account", "store/billing", "store/board", "store/board/delivery", "store/board/fit", "store/cv", "store/cvtext", "store/erase", "store/job", "store/match", "store/outbox",
		"store/pg", "store/pipeline", "store/seal", "store/simulate", "store/turns",
	},
	"store/billing":  {"store/account", "store/board", "store/letter", "store/pg"},
	"store/simulate": {"store/board", "store/cvsample", "store/job", "store/pipeline"},
	"store/erase": {
		"store/account", "store/board", "store/board/delivery", "store/board/event", "store/cv", "store/letter", "store/match", "store/outbox", "store/pg",
		"store/pipeline",
	},
	"store/pipeline": {
		"store/account", "store/batch", "store/board", "store/board/event", "store/job", "store/letter", "store/match", "store/outbox", "store/pg", "store/seal",
		"store/taxonomy", "store/turns",
	},
	"store/cv": {"store/account", "store/board", "store/cvline", "store/cvquery", "store/letter", "store/match", "store/outbox", "store/pg", "store/redact", "store/seal", "store/taxonomy", "store/turns"},
	"store/job": {
		"store/account", "store/batch", "store/board", "store/board/event", "store/board/markup", "store/board/publication", "store/cvquery", "store/match",
		"store/outbox", "store/pg", "store/taxonomy", "store/turns",
	},
	"store/account": {"store/batch", "store/board", "store/board/apikey", "store/board/event", "store/letter", "store/outbox", "store/pg", "store/seal"},
	"store/match":   {"store/board", "store/board/event", "store/board/fit", "store/outbox", "store/pg", "store/taxonomy"},
	"store/outbox":  {"store/board", "store/board/delivery", "store/board/event", "store/letter", "store/pg", "store/seal"},
	"store/pg":      {"migrations", "store/turns"},
	"store/batch":   {"store/turns"},

	// What the rooms use, apart from everything that holds data. The rules know no room of rules that stands on them; what they use
	// themselves knows nothing of ours.
	"store/board":             {"store/board/charset", "store/board/markup"},
	"store/board/apikey":      {"store/board"},
	"store/board/delivery":    {"store/board", "store/board/event"},
	"store/board/event":       {"store/board"},
	"store/board/fit":         {"store/board"},
	"store/board/publication": {"store/board"},

	"store/letter":   {"store/board", "store/board/event"},
	"store/cvline":   {"store/board"},
	"store/cvtext":   {"store/board", "store/board/charset", "store/board/markup"},
	"store/taxonomy": {"store/cvquery"}, // spellings are compared as the search compares them

	// On top of the store.
	"store/demo":   {"store", "store/account", "store/board", "store/board/apikey", "store/cvline", "store/cvsample", "store/job", "store/pipeline"},
	"store/upkeep": {"store", "store/pg"},

	// For tests.
	"store/cvsample":          {"store/cvquery", "store/taxonomy"},
	"store/cvtext/cvtexttest": {"store/cvtext"},
	"store/storetest":         {"migrations", "store", "store/cvtext/cvtexttest", "store/embedded", "store/pg"},
	"store/storetest/fixture": {
		"store", "store/account", "store/board", "store/board/delivery", "store/board/event", "store/cv", "store/cvline", "store/cvsample", "store/outbox",
		"store/pipeline", "store/storetest",
	},
	"store/storetest/withpostgres": {"store/embedded"},
	"server/pagestest":             {"openapi/consumer/nodetest"},
	"server/portal/portaltest": {
		"server/portal", "server/session", "store", "store/account", "store/account/passkeytest", "store/board", "store/board/delivery", "store/outbox", "store/pipeline",
		"store/storetest", "store/storetest/fixture", "webhooks",
	},
	"server/servertest": {
		"openapi", "openapi/documenttest", "openapi/nulltest", "server", "server/requestlog", "server/site", "store", "store/account", "store/board",
		"store/board/apikey", "store/outbox", "store/storetest",
	},
	"snapshots": {"openapi"},
}

// testOnly packages may be imported by tests and by one another alone.
var testOnly = []string{"docs/samples", "store/account/passkeytest", "store/cvtext/cvtexttest", "store/storetest", "store/storetest/fixture", "store/storetest/history", "store/storetest/mutation", "store/storetest/wire", "server/pagestest", "server/portal/portaltest", "server/servertest", "webhooks/webhooktest", "openapi/consumer/nodetest", "openapi/documenttest", "openapi/nulltest", "snapshots"}

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
