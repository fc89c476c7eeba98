package programtest

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"itmanagerjobs/docs/samples"
)

// notRun are the blocks "text" of the guide that hold commands, by their first lines, with the reason why no test runs them.
var notRun = map[string]string{
	"export KEY=pk_test_…":                                      "the reader's own key stands in it",
	"itmanagerjobs listen --forward http://localhost:3000/hook": "it ends with Ctrl-C, and the reader's program listens at the address; openapi/companion tests it",
	"read -rs KEY && export KEY":                                "it waits for what the reader types",
	`curl -s -X POST http://127.0.0.1:8080/apply/inbound -H "Authorization: Bearer $KEY" \`: "it needs the secret of a mail server; the tests of inbound mail send the same",
}

// readiness claims what the platform offers to agents, and shows each claim by a command.
const readiness = "docs/agent-readiness.md"

// guideBlocks is the blocks of each page of the guide, and of the page on agents.
func guideBlocks(t *testing.T) map[string][]samples.Block {
	t.Helper()
	pages := []string{readiness}
	if err := fs.WalkDir(os.DirFS(top), "docs/guide", func(path string, _ fs.DirEntry, err error) error {
		if filepath.Ext(path) == ".md" {
			pages = append(pages, path)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	blocks := map[string][]samples.Block{}
	for _, name := range pages {
		blocks[name] = samples.Blocks([]byte(document(t, name)))
	}
	return blocks
}

// TestTheGuideSaysWhichCommandsAreNotRun finds each block of the guide that is neither run nor read by a test.
func TestTheGuideSaysWhichCommandsAreNotRun(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for name, blocks := range guideBlocks(t) {
		for _, b := range blocks {
			first, _, _ := strings.Cut(b.Text, "\n")
			if b.Lang != "text" {
				continue
			}
			if seen[first] = true; notRun[first] == "" {
				t.Errorf("%s:%d: make it a block that is run, or say in notRun why not: %s", name, b.Line, first)
			}
		}
	}
	for first := range notRun {
		if !seen[first] {
			t.Errorf("the guide has no block any more that begins with %s", first)
		}
	}
}

// pasteGuide pastes the blocks "sh program" of each page into a shell, where the program is on the PATH and nothing was kept by an
// earlier login. Each command ends with status 0 and prints something.
func pasteGuide(t *testing.T, s *serving, said map[string]string, env []string) {
	t.Helper()
	agent := admin[keyAnswer](t, env, "mint-key", "--employer", "1", "--name", "Agent", "--scopes", "JobPosting,CvSearch,Webhooks", "--mode", "test", "--propose-only")
	bin := t.TempDir()
	if err := os.Symlink(built, filepath.Join(bin, "itmanagerjobs")); err != nil {
		t.Fatal(err)
	}
	ran := 0
	for name, blocks := range guideBlocks(t) {
		home := t.TempDir()
		for _, b := range blocks {
			if b.Lang != "sh" || b.Note != "program" {
				continue
			}
			for command := range strings.Lines(b.Text) {
				ran++
				cmd := exec.CommandContext(t.Context(), "bash", "-e", "-u", "-c", strings.ReplaceAll(command, "http://127.0.0.1:8080", s.url))
				cmd.Dir = top
				cmd.Env = append(os.Environ(), "PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"), "HOME="+home, "XDG_CONFIG_HOME=",
					"ITMANAGERJOBS_SERVER="+s.url, "KEY="+said["Test key"], "AGENT="+agent.Key)
				out, err := cmd.CombinedOutput()
				// What was asked a moment ago may not be in the log of requests yet.
				if silent := len(out) == 0 && !strings.Contains(command, "logs tail"); err != nil || silent {
					t.Errorf("%s:%d: %s%v\n%s", name, b.Line, command, err, out)
				}
				if strings.Contains(command, "--limit 3") && strings.Count(string(out), "  event ") != 3 {
					t.Errorf("%s does not print three events:\n%s", command, out)
				}
			}
		}
	}
	if ran < 25 {
		t.Errorf("%d commands were run", ran)
	}
}

// TestEachClaimOfReadinessIsShown compares the rows of the table with the headings of the commands.
func TestEachClaimOfReadinessIsShown(t *testing.T) {
	t.Parallel()
	page := document(t, readiness)
	shown := map[string]bool{}
	for _, b := range samples.Blocks([]byte(page)) {
		shown[b.Heading] = shown[b.Heading] || b.Note == "program"
	}
	claims := regexp.MustCompile(`(?m)^\| ([A-Za-z][a-zA-Z -]*) \| \d+ \| \d+ \|`).FindAllStringSubmatch(page, -1)
	if len(claims) != 12 {
		t.Errorf("the rubric has 12 dimensions, the table %d", len(claims))
	}
	for _, claim := range claims {
		if !shown[claim[1]] {
			t.Errorf("%s has no command that shows %s", readiness, claim[1])
		}
	}
}
