package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"itmanagerjobs/store/demo"
	"itmanagerjobs/store/storetest"
)

// maxReadme is how many lines README may have: it is for a reader of five minutes, and the rest is in docs.
const maxReadme = 200

func readDocument(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// documents are all Markdown files that people read.
func documents(t *testing.T) []string {
	t.Helper()
	names := []string{"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "RELEASING.md", "SECURITY.md"}
	err := filepath.WalkDir("docs", func(path string, _ fs.DirEntry, err error) error {
		if filepath.Ext(path) == ".md" {
			names = append(names, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestReadmeIsShort(t *testing.T) {
	t.Parallel()
	if n := strings.Count(readDocument(t, "README.md"), "\n"); n > maxReadme {
		t.Errorf("README.md has %d lines, but at most %d are allowed: move some to docs", n, maxReadme)
	}
}

// link is a link of Markdown; its target ends before a title.
var link = regexp.MustCompile(`\]\(([^) ]+)`)

func TestLinksOfDocumentsLeadSomewhere(t *testing.T) {
	t.Parallel()
	for _, name := range documents(t) {
		for _, match := range link.FindAllStringSubmatch(readDocument(t, name), -1) {
			path, anchor, _ := strings.Cut(match[1], "#")
			// What begins with a slash is an address of the program, which the tests of server/docs follow.
			if strings.Contains(path, "://") || strings.HasPrefix(path, "/") {
				continue
			}
			target := name
			if path != "" {
				target = filepath.Join(filepath.Dir(name), path)
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s has a link to %s, which is not there", name, match[1])
				continue
			}
			if anchor != "" && !hasHeading(readDocument(t, target), anchor) {
				t.Errorf("%s has a link to %s, but that document has no such heading", name, match[1])
			}
		}
	}
}

// notInAnchor is what the anchor of a heading leaves out.
var notInAnchor = regexp.MustCompile(`[^a-z0-9 _-]`)

func hasHeading(document, anchor string) bool {
	for line := range strings.Lines(document) {
		heading, ok := strings.CutPrefix(strings.TrimLeft(line, "#"), " ")
		if !ok || !strings.HasPrefix(line, "#") {
			continue
		}
		heading = notInAnchor.ReplaceAllString(strings.ToLower(strings.TrimSpace(heading)), "")
		if strings.ReplaceAll(heading, " ", "-") == anchor {
			return true
		}
	}
	return false
}

func TestTheIndexNamesEveryDecision(t *testing.T) {
	t.Parallel()
	index := readDocument(t, "docs/adr/README.md")
	files, err := filepath.Glob("docs/adr/0*.md")
	if err != nil || len(files) == 0 {
		t.Fatalf("decisions %v, %v", files, err)
	}
	for _, file := range files {
		title, _, _ := strings.Cut(readDocument(t, file), "\n")
		_, title, _ = strings.Cut(title, ". ")
		row := regexp.MustCompile(`\]\(` + regexp.QuoteMeta(filepath.Base(file)) + `\) \| ` + regexp.QuoteMeta(title) + ` \| (accepted|replaced by .*) \| \d{4}-\d\d-\d\d \|`)
		if !row.MatchString(index) {
			t.Errorf("docs/adr/README.md has no row with title, status and date of %s", file)
		}
	}
}

// direct is a dependency of go.mod that is our own choice: its path without a host that many have, and without a version.
var direct = regexp.MustCompile(`(?m)^\t(?:github\.com/)?(\S+?)(?:/v\d+)? v\S+$`)

func TestEveryDependencyHasItsReason(t *testing.T) {
	t.Parallel()
	reasons := readDocument(t, "docs/adr/0004-dependencies.md")
	found := direct.FindAllStringSubmatch(readDocument(t, "go.mod"), -1)
	if len(found) == 0 {
		t.Fatal("go.mod has no direct dependencies")
	}
	for _, match := range found {
		path := match[1]
		// Modules of one project are one decision.
		switch project, _, _ := strings.Cut(path, "/"); project {
		case "go.opentelemetry.io":
			path = "OpenTelemetry"
		case "cloudevents", "standard-webhooks":
			path = map[string]string{"cloudevents": "SDK of CloudEvents", "standard-webhooks": "Standard Webhooks"}[project]
		case "chromedp", "oapi-codegen":
			path = project
		}
		if !strings.Contains(reasons, path) {
			t.Errorf("docs/adr/0004-dependencies.md does not say why %s", path)
		}
	}
}

func TestEverySettingIsDocumented(t *testing.T) {
	t.Parallel()
	page := readDocument(t, "docs/configuration.md")
	for field := range reflect.TypeFor[settings]().Fields() {
		env, value := field.Tag.Get("env"), field.Tag.Get("default")
		if field.Type.Kind() == reflect.Bool {
			value = "false"
		}
		if value != "" {
			value = "`" + value + "` "
		}
		if row := fmt.Sprintf("\n| `%s` | %s| ", env, value); !strings.Contains(page, row) {
			t.Errorf("docs/configuration.md has no row that begins with %q", row[1:])
		}
	}
}

func TestEveryAdminCommandIsDocumented(t *testing.T) {
	t.Parallel()
	parser, err := kong.New(&cli{}, kong.ExplicitGroups([]kong.Group{{Key: "database"}, {Key: "server"}, {Key: "webhooks"}, {Key: "tracing"}}))
	if err != nil {
		t.Fatal(err)
	}
	page := readDocument(t, "docs/operation.md")
	for _, leaf := range parser.Model.Leaves(true) {
		if command, ok := strings.CutPrefix(leaf.FullPath(), parser.Model.Name+" admin"); ok && !strings.Contains(page, "`admin"+command+"`") {
			t.Errorf("docs/operation.md does not tell of `admin%s`", command)
		}
	}
}

// section is the shell blocks of a section of README, in their order.
func section(t *testing.T, heading string) []string {
	t.Helper()
	_, text, ok := strings.Cut(readDocument(t, "README.md"), "\n## "+heading+"\n")
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
	cmd.Env = append(append(os.Environ(), asProgram+"=1"), env...)
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
	blocks := shellBlocks(readDocument(t, "docs/applications.md"))
	if len(blocks) == 0 {
		t.Fatal("docs/applications.md has no commands")
	}
	term.enter("cd '" + t.TempDir() + "'")
	term.enter(strings.NewReplacer("bin/itmanagerjobs", "'"+os.Args[0]+"'", "http://127.0.0.1:8080", s.url, "curl -s ", "curl -s -w '\\n' ").Replace(blocks[0]))
	term.expect(`"status":"Active"`, `"applicationId":`, `"total":1,`)
}

// pasteReadme types what README shows: five minutes, the first call and the first webhook.
func pasteReadme(t *testing.T, s *serving, said map[string]string, env []string) {
	t.Helper()
	term := openTerminal(t, append([]string{"ITMANAGERJOBS_SERVER=" + s.url}, env...))
	here := strings.NewReplacer(
		"bin/itmanagerjobs", "'"+os.Args[0]+"'", "http://127.0.0.1:8080", s.url, "127.0.0.1:9000", freeAddress(t),
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
