//go:build soak

package clients_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/openapi"
	"itmanagerjobs/openapi/consumer/nodetest"
)

// story is what every client prints, one line for each thing that it has done.
const story = `created Draft
published Active
walked 3 jobs
found 2 candidates
refused 401
refused 402 no_credits
refused 429 and told to wait
cleared city
applied
downloaded the same file
webhook Active
received webhook.test and verified it
`

// cv is the file that a person applies with.
const cv = "Ada Lovelace\nPlatform Lead\n\nTen years of platforms.\n"

// client is generated from the contracts and goes through the story.
type client struct {
	name string
	// build generates and compiles it in a folder, from the contracts in that folder (v1.json, intake.json, …), and
	// returns the command that runs it.
	build func(t *testing.T, dir string) (command []string)
}

// TestSoakClients runs the story in every language. One after the other: a generator or compiler fills the machine.
func TestSoakClients(t *testing.T) { //nolint:tparallel // see above
	t.Parallel()
	p, _ := startPlatform(t, "serve")
	p.fill(t)
	hooks := startReceiver(t)
	clients := []client{
		{"oapi-codegen", goClient("oapi")}, {"ogen", goClient("ogen")},
		{"openapi-fetch", typeScriptClient("fetch")}, {"hey-api", typeScriptClient("heyapi")}, {"orval", typeScriptClient("orval")},
		{"python", pythonClient}, {"ruby", rubyClient}, {"php", phpClient}, {"java", javaClient}, {"csharp", csharpClient},
	}
	for _, c := range clients {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			fetchContracts(t, p, dir)
			command := c.build(t, dir)
			if len(command) == 0 {
				return
			}
			file := filepath.Join(dir, "ada.txt")
			write(t, file, cv)
			cmd := nodetest.Command(t.Context(), dir, command[0], command[1:]...)
			cmd.Env = append(cmd.Env, "API_URL="+p.url, "API_KEY="+p.employer(t, c.name, credits, 1000), "NO_CREDITS_KEY="+p.noCredits,
				"LIMITED_KEY="+p.limited, "HOOK_URL="+hooks+"/"+c.name, "CV_FILE="+file)
			cmd.Stderr = os.Stderr
			out, err := cmd.Output()
			if err != nil {
				t.Errorf("%s: %v", strings.Join(command, " "), err)
			}
			if diff := cmp.Diff(story, string(out)); diff != "" {
				t.Errorf("the story (-want +got):\n%s", diff)
			}
		})
	}
}

// fetchContracts puts the contracts as they are served into a folder.
func fetchContracts(t *testing.T, p *platform, dir string) {
	t.Helper()
	for _, c := range openapi.All() {
		write(t, filepath.Join(dir, c.Name+".json"), string(p.get(t, c.Path())))
	}
}
