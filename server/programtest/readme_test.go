package programtest

import (
	"bufio"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"itmanagerjobs/store/demo"
	"itmanagerjobs/store/storetest"
)

// section is the shell blocks of a section of README, in their order.
func section(t *testing.T, heading string) []string {
	t.Helper()
	_, text, ok := strings.Cut(document(t, "README.md"), "\n## "+heading+"\n")
	if !ok {
		t.Fatalf("README.md has no section %q", heading)
	}
	text, _, _ = strings.Cut(text, "\n## ")
	return shellBlocks(text)
}

// shellBlocks are the lines of a text that are indented by four blanks, with the empty lines between them.
func shellBlocks(text string) []string {
	var blocks []string
	inside := false
	for line := range strings.Lines(text) {
		code, ok := strings.CutPrefix(line, "    ")
		switch {
		case ok && inside:
			blocks[len(blocks)-1] += code
		case ok:
			blocks = append(blocks, code)
		}
		inside = ok || inside && strings.TrimSpace(line) == ""
		if inside && !ok {
			blocks[len(blocks)-1] += "\n"
		}
	}
	return blocks
}

// terminal is a shell that is typed into; what it and its background programs print comes back line by line.
type terminal struct {
	t     *testing.T
	in    io.Writer
	lines chan string
}

func openTerminal(t *testing.T, env []string) *terminal {
	t.Helper()
	cmd := exec.Command("bash", "--norc")
	cmd.Dir, cmd.Env = top, append(os.Environ(), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // with what it leaves in the background
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatalf("bash is needed to try README: %v", err)
	}
	term := &terminal{t: t, in: in, lines: make(chan string, 1000)}
	go func() {
		defer close(term.lines)
		for scanner := bufio.NewScanner(out); scanner.Scan(); {
			term.lines <- scanner.Text()
		}
	}()
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
	})
	return term
}

func (term *terminal) enter(commands string) {
	term.t.Helper()
	if _, err := io.WriteString(term.in, commands+"\n"); err != nil {
		term.t.Fatal(err)
	}
}

// expect waits for lines with these texts, in any order.
func (term *terminal) expect(texts ...string) {
	term.t.Helper()
	timeout := time.After(patience)
	var seen []string
	for len(texts) > 0 {
		select {
		case line, ok := <-term.lines:
			if !ok {
				term.t.Fatalf("the shell ended; it printed\n%s", strings.Join(seen, "\n"))
			}
			seen = append(seen, line)
			for i, text := range texts {
				if strings.Contains(line, text) {
					texts = append(texts[:i:i], texts[i+1:]...)
					break
				}
			}
		case <-timeout:
			term.t.Fatalf("README's commands did not print %q within %s, but\n%s", texts, patience, strings.Join(seen, "\n"))
		}
	}
}

// TestDocumentsWorkAsPasted pastes what README and the guide show into shells beside a fresh demo.
func TestDocumentsWorkAsPasted(t *testing.T) {
	t.Parallel()
	env := []string{"DATABASE_URL=" + storetest.URL(t), "SECRET_KEY=" + testSecretKey(), "XDG_CONFIG_HOME=" + t.TempDir()}
	s, said := greeted(t, env)
	t.Run("README", func(t *testing.T) { pasteReadme(t, s, said, env) })
	t.Run("applications", func(t *testing.T) { pasteApplications(t, s, env) })
	t.Run("guide", func(t *testing.T) { pasteGuide(t, s, said, env) })
}

// pasteApplications types how an application comes in and is read.
func pasteApplications(t *testing.T, s *serving, env []string) {
	t.Helper()
	term := openTerminal(t, env)
	blocks := shellBlocks(document(t, "docs/applications.md"))
	if len(blocks) == 0 {
		t.Fatal("docs/applications.md has no commands")
	}
	term.enter("cd '" + t.TempDir() + "'")
	term.enter(strings.NewReplacer("bin/itmanagerjobs", "'"+built+"'", "http://127.0.0.1:8080", s.url, "curl -s ", "curl -s -w '\\n' ").Replace(blocks[0]))
	term.expect(`"status":"Active"`, `"applicationId":`, `"total":1,`)
}

// pasteReadme types what README shows: five minutes, the first call and the first webhook.
func pasteReadme(t *testing.T, s *serving, said map[string]string, env []string) {
	t.Helper()
	term := openTerminal(t, append([]string{"ITMANAGERJOBS_SERVER=" + s.url}, env...))
	here := strings.NewReplacer(
		"bin/itmanagerjobs", "'"+built+"'", "http://127.0.0.1:8080", s.url, "127.0.0.1:9000", freeAddress(t),
		// One line for each answer, which ends without one.
		"curl -s ", "curl -s -w '\\n' ",
	).Replace

	minutes, call, webhook := section(t, "Five minutes"), section(t, "A first call"), section(t, "A first webhook")
	if len(minutes) != 2 || len(call) != 2 || len(webhook) != 5 {
		t.Fatalf("README has %d, %d and %d blocks of commands, want 2, 2 and 5: %q, %q, %q", len(minutes), len(call), len(webhook), minutes, call, webhook)
	}
	term.enter(here(minutes[0]))
	term.expect(demo.Name + ", test mode")
	term.enter(here(minutes[1]))
	term.expect("Keep this as verify.py", "Verified in ")
	term.enter(here(call[0]))
	term.expect(`"pageSize":2`)
	term.enter(here(call[1]))
	term.expect(`"status":"Active"`)

	term.enter(here(webhook[0]))
	term.enter(here(webhook[1]))
	term.expect("waiting for webhooks")
	term.enter(here(webhook[2]))
	term.expect("webhook.test, delivery ", "job.updated, delivery ")
	term.enter(here(webhook[3]))
	term.expect(`"total":2`)
	if webhooks := admin[[]map[string]any](t, env, "list-webhooks", "--employer", "1"); len(webhooks) != 1 || webhooks[0]["mode"] != "test" {
		t.Errorf("list-webhooks prints %v", webhooks)
	}
	if said["Test key"] == "" {
		t.Error("the demo has no test key")
	}
}

// freeAddress is one that nothing listens on. Its port is below those from which systems choose one for a connection or for a
// listener that names none: every other test has those, and would take a port of theirs before it is used.
func freeAddress(t *testing.T) string {
	t.Helper()
	for {
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(10_000+rand.IntN(20_000)))
		l, err := net.Listen("tcp", address)
		if errors.Is(err, syscall.EADDRINUSE) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
		return address
	}
}
