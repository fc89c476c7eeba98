package main

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

var (
	makeTarget       = regexp.MustCompile(`(?m)^([a-z-]+):`)
	makeOfDocument   = regexp.MustCompile("(?:`|    )make ([a-z-]+)")
	soakOfDocument   = regexp.MustCompile(`make soak only=([A-Za-z]+)`)
	tableOfMigration = regexp.MustCompile(`(?s)CREATE (?:UNLOGGED )?TABLE (\w+) \((.*?)\n\)`)
	tableOfDocument  = regexp.MustCompile(`(?m)^\|[^|]*\|([^|]*)\|$`)
	nameInCode       = regexp.MustCompile("`(\\w+)`")

	testOfDocument = regexp.MustCompile("`(Test[A-Za-z0-9]+)`")
	testOfCode     = regexp.MustCompile(`(?m)^func (Test[A-Za-z0-9_]+)\(`)
)

func TestDocumentsNameTestsThatExist(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && path != "." && strings.HasPrefix(d.Name(), ".") {
			return fs.SkipDir
		}
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		for _, match := range testOfCode.FindAllStringSubmatch(readDocument(t, path), -1) {
			known[match[1]] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	targets := map[string]bool{}
	for _, match := range makeTarget.FindAllStringSubmatch(readDocument(t, "Makefile"), -1) {
		targets[match[1]] = true
	}
	named := map[string]int{}
	for _, name := range documents(t) {
		text := readDocument(t, name)
		for _, match := range testOfDocument.FindAllStringSubmatch(text, -1) {
			named[name]++
			if !known[match[1]] {
				t.Errorf("%s names %s, which is not in the code", name, match[1])
			}
		}
		for _, match := range makeOfDocument.FindAllStringSubmatch(text, -1) {
			if !targets[match[1]] {
				t.Errorf("%s names make %s, which the Makefile does not have", name, match[1])
			}
		}
		for _, match := range soakOfDocument.FindAllStringSubmatch(text, -1) {
			if !slices.ContainsFunc(slices.Collect(maps.Keys(known)), func(test string) bool { return strings.Contains(test, match[1]) }) {
				t.Errorf("%s names make soak only=%s, which runs no test", name, match[1])
			}
		}
	}
	for _, name := range []string{"docs/security.md", "docs/reliability.md"} {
		if named[name] < 10 {
			t.Errorf("%s names %d tests", name, named[name])
		}
	}
}

// TestEachTableHasItsPlaceWhenTheDatabaseIsCut: the page on scaling has each table of the schema that has no employer, and none that it
// has not.
func TestEachTableHasItsPlaceWhenTheDatabaseIsCut(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("migrations/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	ofTenants := map[string]bool{}
	for _, file := range files {
		up, _, _ := strings.Cut(readDocument(t, file), "-- +goose Down")
		for _, match := range tableOfMigration.FindAllStringSubmatch(up, -1) {
			ofTenants[match[1]] = strings.Contains(match[2], "employer_id")
		}
	}
	_, section, _ := strings.Cut(readDocument(t, "docs/scaling.md"), "## Partitioning by employer")
	section, _, _ = strings.Cut(section, "\n## ")
	if len(ofTenants) < 50 || section == "" {
		t.Fatalf("%d tables and %d bytes about them", len(ofTenants), len(section))
	}
	for table, has := range ofTenants {
		if !has && !strings.Contains(section, "`"+table+"`") {
			t.Errorf("docs/scaling.md does not say where the table %s goes", table)
		}
	}
	for _, match := range tableOfDocument.FindAllStringSubmatch(section, -1) {
		for _, name := range nameInCode.FindAllStringSubmatch(match[1], -1) {
			if _, ok := ofTenants[name[1]]; !ok {
				t.Errorf("docs/scaling.md names %s, which is no table", name[1])
			}
		}
	}
}

// maxReadme is how many lines README may have: it is for a reader of five minutes, and the rest is in docs.
const maxReadme = 200

func readDocument(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// documents are all Markdown files that people read.
func documents(t *testing.T) []string {
	t.Helper()
	names := []string{"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "RELEASING.md", "SECURITY.md"}
	err := filepath.WalkDir("docs", func(path string, _ fs.DirEntry, err error) error {
		if filepath.Ext(path) == ".md" {
			names = append(names, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestReadmeIsShort(t *testing.T) {
	t.Parallel()
	if n := strings.Count(readDocument(t, "README.md"), "\n"); n > maxReadme {
		t.Errorf("README.md has %d lines, but at most %d are allowed: move some to docs", n, maxReadme)
	}
}

// link is a link of Markdown; its target ends before a title.
var link = regexp.MustCompile(`\]\(([^) ]+)`)

func TestLinksOfDocumentsLeadSomewhere(t *testing.T) {
	t.Parallel()
	for _, name := range documents(t) {
		for _, match := range link.FindAllStringSubmatch(readDocument(t, name), -1) {
			path, anchor, _ := strings.Cut(match[1], "#")
			// What begins with a slash is an address of the program, which the tests of server/docs follow.
			if strings.Contains(path, "://") || strings.HasPrefix(path, "/") {
				continue
			}
			target := name
			if path != "" {
				target = filepath.Join(filepath.Dir(name), path)
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s has a link to %s, which is not there", name, match[1])
				continue
			}
			if anchor != "" && !hasHeading(readDocument(t, target), anchor) {
				t.Errorf("%s has a link to %s, but that document has no such heading", name, match[1])
			}
		}
	}
}

// notInAnchor is what the anchor of a heading leaves out.
var notInAnchor = regexp.MustCompile(`[^a-z0-9 _-]`)

func hasHeading(document, anchor string) bool {
	for line := range strings.Lines(document) {
		heading, ok := strings.CutPrefix(strings.TrimLeft(line, "#"), " ")
		if !ok || !strings.HasPrefix(line, "#") {
			continue
		}
		heading = notInAnchor.ReplaceAllString(strings.ToLower(strings.TrimSpace(heading)), "")
		if strings.ReplaceAll(heading, " ", "-") == anchor {
			return true
		}
	}
	return false
}

func TestTheIndexNamesEveryDecision(t *testing.T) {
	t.Parallel()
	index := readDocument(t, "docs/adr/README.md")
	files, err := filepath.Glob("docs/adr/0*.md")
	if err != nil || len(files) == 0 {
		t.Fatalf("decisions %v, %v", files, err)
	}
	for _, file := range files {
		title, _, _ := strings.Cut(readDocument(t, file), "\n")
		_, title, _ = strings.Cut(title, ". ")
		row := regexp.MustCompile(`\]\(` + regexp.QuoteMeta(filepath.Base(file)) + `\) \| ` + regexp.QuoteMeta(title) + ` \| (accepted|replaced by .*) \| \d{4}-\d\d-\d\d \|`)
		if !row.MatchString(index) {
			t.Errorf("docs/adr/README.md has no row with title, status and date of %s", file)
		}
	}
}

// direct is a dependency of go.mod that is our own choice: its path without a host that many have, and without a version.
var direct = regexp.MustCompile(`(?m)^\t(?:github\.com/)?(\S+?)(?:/v\d+)? v\S+$`)

func TestEveryDependencyHasItsReason(t *testing.T) {
	t.Parallel()
	reasons := readDocument(t, "docs/adr/0004-dependencies.md")
	found := direct.FindAllStringSubmatch(readDocument(t, "go.mod"), -1)
	if len(found) == 0 {
		t.Fatal("go.mod has no direct dependencies")
	}
	for _, match := range found {
		path := match[1]
		// Modules of one project are one decision.
		switch project, _, _ := strings.Cut(path, "/"); project {
		case "go.opentelemetry.io":
			path = "OpenTelemetry"
		case "cloudevents", "standard-webhooks":
			path = map[string]string{"cloudevents": "SDK of CloudEvents", "standard-webhooks": "Standard Webhooks"}[project]
		case "chromedp", "oapi-codegen":
			path = project
		}
		if !strings.Contains(reasons, path) {
			t.Errorf("docs/adr/0004-dependencies.md does not say why %s", path)
		}
	}
}

func TestEverySettingIsDocumented(t *testing.T) {
	t.Parallel()
	page := readDocument(t, "docs/configuration.md")
	for field := range reflect.TypeFor[settings]().Fields() {
		env, value := field.Tag.Get("env"), field.Tag.Get("default")
		if field.Type.Kind() == reflect.Bool {
			value = "false"
		}
		if value != "" {
			value = "`" + value + "` "
		}
		if row := fmt.Sprintf("\n| `%s` | %s| ", env, value); !strings.Contains(page, row) {
			t.Errorf("docs/configuration.md has no row that begins with %q", row[1:])
		}
	}
}

func TestEveryAdminCommandIsDocumented(t *testing.T) {
	t.Parallel()
	parser, err := kong.New(&cli{}, kong.ExplicitGroups([]kong.Group{{Key: "database"}, {Key: "server"}, {Key: "webhooks"}, {Key: "tracing"}}))
	if err != nil {
		t.Fatal(err)
	}
	page := readDocument(t, "docs/operation.md")
	for _, leaf := range parser.Model.Leaves(true) {
		if command, ok := strings.CutPrefix(leaf.FullPath(), parser.Model.Name+" admin"); ok && !strings.Contains(page, "`admin"+command+"`") {
			t.Errorf("docs/operation.md does not tell of `admin%s`", command)
		}
	}
}
