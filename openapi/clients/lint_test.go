//go:build soak

package clients_test

import (
	"path/filepath"
	"strings"
	"testing"

	"itmanagerjobs/openapi"
	"itmanagerjobs/openapi/consumer/nodetest"
)

// TestSoakSpectral holds the contracts in OpenAPI 3.0 and 3.1 against openapi/.spectral.yaml: any finding fails, and each
// rule that is off carries its reason there.
func TestSoakSpectral(t *testing.T) {
	t.Parallel()
	nodetest.Install(t, ".")
	dir := t.TempDir()
	command := []string{"lint", "--ruleset", "../.spectral.yaml", "--fail-severity", "hint"}
	for _, c := range openapi.All() {
		for _, f := range c.Files() {
			if strings.HasSuffix(f.Path, "/postman.json") {
				continue // no OpenAPI
			}
			file := filepath.Join(dir, c.Name+"-"+filepath.Base(f.Path))
			write(t, file, string(f.Content))
			command = append(command, file)
		}
	}
	run(t, ".", "node_modules/.bin/spectral", command...)
}
