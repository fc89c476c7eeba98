//go:build soak

package clients_test

import (
	"os"
	"path/filepath"
	"testing"

	"itmanagerjobs/openapi"
	"itmanagerjobs/openapi/consumer/nodetest"
)

// typeScriptClient generates a client, has the compiler check everything that was generated, strictly, and runs one of the
// programs of testdata/typescript under Node.
func typeScriptClient(program string) func(t *testing.T, dir string) []string {
	return func(t *testing.T, dir string) []string {
		t.Helper()
		nodetest.Install(t, ".")
		modules, err := filepath.Abs("node_modules")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(modules, filepath.Join(dir, "node_modules")); err != nil {
			t.Fatal(err)
		}
		if err := os.CopyFS(dir, os.DirFS("testdata/typescript")); err != nil {
			t.Fatal(err)
		}
		bin := func(name string) string { return filepath.Join(modules, ".bin", name) }
		sources := []string{program + ".ts"}
		var printed []string
		for _, c := range openapi.All() {
			switch program {
			case "fetch":
				printed = append(printed, run(t, dir, bin("openapi-typescript"), c.Name+".json", "--output", c.Name+".d.ts"))
				sources = append(sources, c.Name+".d.ts")
			case "heyapi":
				printed = append(printed, run(t, dir, bin("openapi-ts"), "--input", c.Name+".json", "--output", "heyapi/"+c.Name, "--client", "@hey-api/client-fetch"))
				sources = append(sources, "heyapi/"+c.Name+"/index.ts", "heyapi/"+c.Name+"/client.gen.ts")
			case "orval":
				sources = append(sources, "orval/"+c.Name+".ts")
			}
		}
		if program == "orval" {
			printed = append(printed, run(t, dir, bin("orval"), "--config", "orval.config.cjs"))
		}
		onlyKnown(t, program, printed...)
		run(t, dir, bin("tsc"), append([]string{
			"--strict", "--skipLibCheck", "--target", "es2022", "--module", "commonjs", "--moduleResolution", "node10", "--esModuleInterop",
			"--types", "node", "--pretty", "false", "--outDir", "out",
		}, sources...)...)
		return []string{"node", filepath.Join(dir, "out", program+".js")}
	}
}
