package main

import (
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
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
