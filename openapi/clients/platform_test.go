//go:build soak

// Package clients_test has clients that are generated from the served contracts go through one story against the running
// program, with a webhook that arrives. It must know nothing of the program but its commands and what it serves.
package clients_test

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"itmanagerjobs/openapi/consumer/nodetest"
	"itmanagerjobs/store/storetest"
)

// platform is the program, serving on a database of its own.
type platform struct {
	program string
	env     []string
	url     string
	// noCredits and limited are keys of employers that have no credits, and one request a minute.
	noCredits, limited string
}

// startPlatform starts a command of the program that serves: "serve" or "demo". What it prints after its address is told.
func startPlatform(t *testing.T, command string) (p *platform, printed io.Reader) {
	t.Helper()
	program := filepath.Join(t.TempDir(), "itmanagerjobs")
	run(t, "../..", "go", "build", "-o", program, ".")
	p = &platform{program: program, env: append(
		os.Environ(), "DATABASE_URL="+storetest.URL(t), "LISTEN_ADDR=127.0.0.1:0", "WEBHOOK_ALLOW_INSECURE=true",
		"SECRET_KEY="+base64.StdEncoding.EncodeToString(make([]byte, 32)), "LOG_LEVEL=error",
	)}
	cmd := exec.Command(program, command)
	cmd.Env, cmd.Stderr = p.env, os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("the program ended: %v", err)
		}
	})
	lines := bufio.NewReader(stdout)
	first, err := lines.ReadString('\n')
	url, ok := strings.CutPrefix(strings.TrimSpace(first), "itmanagerjobs is listening on ")
	if err != nil || !ok {
		t.Fatalf("the program printed %q (%v), want its address", first, err)
	}
	p.url = url
	return p, lines
}

// admin runs an admin command and reads what it prints.
func admin[T any](t *testing.T, p *platform, args ...string) T {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), p.program, append([]string{"admin"}, args...)...)
	cmd.Env, cmd.Stderr = p.env, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("admin %s: %v", strings.Join(args, " "), err)
	}
	var v T
	if err := json.Unmarshal(out, &v); err != nil {
		t.Fatalf("admin %s printed %q: %v", strings.Join(args, " "), out, err)
	}
	return v
}

// credits are what an employer of a story needs: two jobs are published, by its own client and by nobody else.
const credits = 5

// employer makes an employer with a key for everything.
func (p *platform) employer(t *testing.T, name string, credits, requestsPerMinute int) (key string) {
	t.Helper()
	type made struct {
		ID int64 `json:"id"`
	}
	type minted struct {
		Key string `json:"key"`
	}
	id := strconv.FormatInt(admin[made](t, p, "create-employer", "--name", name, "--email", name+"@employer.example").ID, 10)
	if credits > 0 {
		n := strconv.Itoa(credits)
		admin[map[string]any](t, p, "grant-credits", "--employer", id, "--job-posting", n, "--cv-search", n)
	}
	admin[map[string]any](t, p, "set-limit", "--employer", id, "--family", "jobs", "--per-minute", strconv.Itoa(requestsPerMinute))
	return admin[minted](t, p, "mint-key", "--employer", id, "--name", "Story", "--scopes", "JobPosting,CvSearch,Webhooks", "--approve").Key
}

// people are who the search of the story finds.
const people = `{"firstName":"Grace","lastName":"Ndlovu","email":"grace@example.com","title":"Platform Engineer","skills":["Kubernetes"]}
{"firstName":"Tomasz","lastName":"Brandt","email":"tomasz@example.com","title":"Platform Engineer","skills":["Kubernetes","Go"]}
{"firstName":"Ana","lastName":"Silva","email":"ana@example.com","title":"IT Manager","skills":["ITIL"]}
`

// fill brings the platform into the state that every story begins in.
func (p *platform) fill(t *testing.T) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "people.ndjson")
	write(t, file, people)
	admin[map[string]any](t, p, "import-candidates", "--file", file)
	p.noCredits = p.employer(t, "no.credits", 0, 1000)
	p.limited = p.employer(t, "limited", 0, 1)
}

// get reads what is served at a path.
func (p *platform) get(t *testing.T, path string) []byte {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := (&http.Client{Timeout: time.Minute}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %s (%v)", path, res.Status, err)
	}
	return body
}

// run runs a program to its end and fails the test, with all it printed, when it fails. It returns what it printed.
func run(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	out, err := nodetest.Command(t.Context(), dir, name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

func write(t *testing.T, file, content string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
