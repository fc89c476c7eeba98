//go:build soak

package clients_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// known are the warnings of warnings.txt that a program may print, by program.
func known(t *testing.T) map[string][]*regexp.Regexp {
	t.Helper()
	lines, err := os.ReadFile("warnings.txt")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]*regexp.Regexp{}
	for line := range strings.Lines(string(lines)) {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		parts := strings.Split(line, " | ")
		const wanted = 3
		if len(parts) != wanted {
			t.Fatalf("warnings.txt: %q is not PROGRAM | PATTERN | REASON", line)
		}
		all[parts[0]] = append(all[parts[0]], regexp.MustCompile(parts[1]))
	}
	return all
}

// warning is a line by which a program complains.
var warning = regexp.MustCompile(`(?i)\bwarn|error|deprecat|unsupported|not supported|invalid|ignor|cannot|could not|missing`)

// onlyKnown fails the test for each complaint of a program that warnings.txt does not name, and for each that it names and
// the program does not have any more.
func onlyKnown(t *testing.T, program string, printed ...string) {
	t.Helper()
	patterns := known(t)[program]
	used := make([]bool, len(patterns))
	for line := range strings.Lines(strings.Join(printed, "\n")) {
		// A fresh machine downloads modules, of which one is called errors.
		if strings.Contains(line, "INFO") || strings.HasPrefix(line, "go: downloading ") || !warning.MatchString(line) {
			continue
		}
		found := false
		for i, p := range patterns {
			if p.MatchString(line) {
				used[i], found = true, true
			}
		}
		if !found {
			t.Errorf("%s warns: %s", program, strings.TrimSpace(line))
		}
	}
	for i, p := range patterns {
		if !used[i] {
			t.Errorf("%s does not warn any more of %s: take it out of warnings.txt", program, p)
		}
	}
}
