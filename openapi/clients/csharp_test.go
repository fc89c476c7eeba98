//go:build soak

package clients_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"itmanagerjobs/openapi"
)

var (
	// csharpEnum is the body of an enum, as openapi-generator writes it.
	csharpEnum = regexp.MustCompile(`(?s)public enum (\S+)\s*\{(.*?)\n    \s*\}`)
	// csharpMember is a name among them, with or without a value.
	csharpMember = regexp.MustCompile(`(?m)^\s*(\S+) = \d+,?$`)
	// csharpDeclared is the name of something public.
	csharpDeclared = regexp.MustCompile(`(?m)^\s*public (?:static |virtual |override |partial |abstract |readonly )*(?:class|enum|interface) ([^\s<]+)`)
	// csharpProperty is the name of a property and its type.
	csharpProperty = regexp.MustCompile(`(?m)^\s*public \S+ (\S+) \{ get; `)
	identifier     = regexp.MustCompile(`^@?[\p{L}_][\p{L}\p{N}_]*$`)
)

// csharpClient generates a client and checks by rule what a compiler would: nothing has two members of one name, and every
// name can be one. Debian has no compiler of today's C#.
func csharpClient(t *testing.T, dir string) []string {
	t.Helper()
	generate(t, dir, "csharp-netcore", "packageName=Contract")
	enums, classes := 0, 0
	for _, c := range openapi.All() {
		for _, file := range files(t, filepath.Join(dir, "csharp-netcore-"+c.Name, "src"), ".cs") {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			name := filepath.Base(file)
			for _, enum := range csharpEnum.FindAllStringSubmatch(string(text), -1) {
				enums++
				distinct(t, name+" "+enum[1], csharpMember.FindAllStringSubmatch(enum[2], -1))
			}
			declared := csharpDeclared.FindAllStringSubmatch(string(text), -1)
			classes += len(declared)
			distinct(t, name, declared)
			if filepath.Base(filepath.Dir(file)) == "Model" {
				distinct(t, name, csharpProperty.FindAllStringSubmatch(string(text), -1))
			}
		}
	}
	const few = 10
	if enums < few || classes < few*few {
		t.Errorf("only %d enums and %d classes were found", enums, classes)
	}
	return nil
}

// distinct fails the test when names are not identifiers or are given twice.
func distinct(t *testing.T, where string, matches [][]string) {
	t.Helper()
	seen := map[string]bool{}
	for _, m := range matches {
		if !identifier.MatchString(m[1]) {
			t.Errorf("%s: %q is no identifier", where, m[1])
		}
		if seen[m[1]] {
			t.Errorf("%s: %s stands twice", where, m[1])
		}
		seen[m[1]] = true
	}
}
