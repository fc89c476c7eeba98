//go:build soak

package clients_test

import (
	"os"
	"path/filepath"
	"testing"

	"itmanagerjobs/openapi"
)

// goClient builds one of the programs of testdata/go, a module of its own, with the clients that it imports.
func goClient(program string) func(t *testing.T, dir string) []string {
	return func(t *testing.T, dir string) []string {
		t.Helper()
		module := filepath.Join(dir, "go")
		if err := os.CopyFS(module, os.DirFS("testdata/go")); err != nil {
			t.Fatal(err)
		}
		var printed []string
		for _, c := range openapi.All() {
			document, folder := filepath.Join(dir, c.Name+".json"), filepath.Join(module, program, c.Name)
			if err := os.Mkdir(folder, 0o750); err != nil {
				t.Fatal(err)
			}
			if program == "ogen" {
				printed = append(printed, run(t, module, "go", "tool", "ogen", "--package", c.Name, "--target", folder, document))
				continue
			}
			printed = append(printed, run(t, module, "go", "tool", "oapi-codegen", "-config", "oapi/client.yaml",
				"-package", c.Name, "-o", filepath.Join(folder, "client.gen.go"), document))
		}
		onlyKnown(t, program, printed...)
		run(t, module, "go", "vet", "./"+program+"/...")
		run(t, module, "go", "build", "-o", filepath.Join(dir, program), "./"+program)
		return []string{filepath.Join(dir, program)}
	}
}
