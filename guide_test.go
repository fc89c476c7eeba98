package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"itmanagerjobs/docs/samples"
	"itmanagerjobs/store/storetest"
)

// notRun are the blocks "text" of the guide that hold commands, by their first lines, with the reason why no test runs them.
var notRun = map[string]string{
	"export KEY=pk_test_…":                                      "the reader's own key stands in it",
	"itmanagerjobs listen --forward http://localhost:3000/hook": "it ends with Ctrl-C, and the reader's program listens at the address; openapi/companion tests it",
	"read -rs KEY && export KEY":                                "it waits for what the reader types",
	`curl -s -X POST http://127.0.0.1:8080/apply/inbound -H "Authorization: Bearer $KEY" \`: "it needs the secret of a mail server; the tests of inbound mail send the same",
}

// guideBlocks is the blocks of each page of the guide.
func guideBlocks(t *testing.T) map[string][]samples.Block {
	t.Helper()
	blocks := map[string][]samples.Block{}
	for _, name := range documents(t) {
		if strings.HasPrefix(name, filepath.Join("docs", "guide")+string(filepath.Separator)) {
			blocks[name] = samples.Blocks([]byte(readDocument(t, name)))
		}
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

// TestTheGuidesProgramWorksAsPasted pastes the blocks "sh program" of each page into a shell beside a fresh demo, where the program is
// on the PATH and nothing was kept by an earlier login. Each command ends with status 0 and prints something.
func TestTheGuidesProgramWorksAsPasted(t *testing.T) {
	t.Parallel()
	s, said := greeted(t, []string{"DATABASE_URL=" + storetest.URL(t), "SECRET_KEY=" + testSecretKey(), "XDG_CONFIG_HOME=" + t.TempDir()})
	bin := t.TempDir()
	if err := os.Symlink(os.Args[0], filepath.Join(bin, "itmanagerjobs")); err != nil {
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
				cmd := exec.CommandContext(t.Context(), "bash", "-e", "-u", "-o", "pipefail", "-c", command)
				cmd.Env = append(os.Environ(), asProgram+"=1", "PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"), "HOME="+home, "XDG_CONFIG_HOME=",
					"ITMANAGERJOBS_SERVER="+s.url, "KEY="+said["Test key"])
				out, err := cmd.CombinedOutput()
				if err != nil || len(out) == 0 {
					t.Errorf("%s:%d: %s%v\n%s", name, b.Line, command, err, out)
				}
				if strings.Contains(command, "--limit 3") && strings.Count(string(out), "  event ") != 3 {
					t.Errorf("%s does not print three events:\n%s", command, out)
				}
			}
		}
	}
	if ran < 10 {
		t.Errorf("%d commands were run", ran)
	}
}
