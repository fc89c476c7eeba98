package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTheReadmeShowsTheExamplesThatAreTested keeps the programs that README prints the same as the ones that
// webhooks/profile runs against good and forged signatures.
func TestTheReadmeShowsTheExamplesThatAreTested(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("docs/webhooks/verify/[Vv]erify.*")
	if err != nil || len(files) != 7 {
		t.Fatalf("examples %v, %v; want 7", files, err)
	}
	for _, file := range files {
		program, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(readme), "\n"+strings.TrimSpace(string(program))+"\n```\n") {
			t.Errorf("README.md does not show %s as it is: copy it there", file)
		}
	}
}
