package programtest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"itmanagerjobs/store/cvtext/cvtexttest"
)

// patience bounds every wait of these tests: a cold start of PostgreSQL on a busy machine is the longest.
const patience = time.Minute

// servingPatience bounds what a program serves for; the long tests have more.
var servingPatience = 2 * patience

func testSecretKey() string { return base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32)) }

// dataDir makes a DATA_DIR that the account of PostgreSQL may enter, which it may not with t.TempDir when root tests.
func dataDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "itmanagerjobs-program-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "data")
}

// program is a command that has not been started, with nothing of the developer's settings in its environment.
func program(ctx context.Context, env []string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, built, args...)
	cmd.Err, cmd.Dir = lookAtSources(), top
	cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+cvtexttest.CacheHome())
	cmd.Env = append(cmd.Env, env...)
	return cmd
}

type outcome struct {
	stdout, stderr string
	code           int
}

func runProgram(t *testing.T, env []string, args ...string) outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var stdout, stderr bytes.Buffer
	cmd := program(ctx, env, args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if _, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok {
		t.Fatalf("itmanagerjobs %s: %v", strings.Join(args, " "), err)
	}
	return outcome{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// admin runs an admin command that must succeed and reads its one JSON value.
func admin[T any](t *testing.T, env []string, args ...string) T {
	t.Helper()
	o := runProgram(t, env, append([]string{"admin"}, args...)...)
	if o.code != 0 || o.stderr != "" {
		t.Fatalf("admin %s: exit status %d, standard error %q", strings.Join(args, " "), o.code, o.stderr)
	}
	var v T
	d := json.NewDecoder(strings.NewReader(o.stdout))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("admin %s printed %q: %v", strings.Join(args, " "), o.stdout, err)
	}
	if d.More() {
		t.Fatalf("admin %s printed more than one value: %q", strings.Join(args, " "), o.stdout)
	}
	return v
}

// serving is a serve or demo that accepts connections.
type serving struct {
	t    *testing.T
	cmd  *exec.Cmd
	url  string
	out  *bufio.Reader // what follows the line with the address
	logs chan string   // lines of standard error; closed at its end
}

func startServing(t *testing.T, env []string, args ...string) *serving {
	t.Helper()
	return startServingBy(t, built, env, args...)
}

// startServingBy has another build of the program serve.
func startServingBy(t *testing.T, path string, env []string, args ...string) *serving {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), servingPatience)
	t.Cleanup(cancel)
	cmd := program(ctx, append([]string{"LISTEN_ADDR=127.0.0.1:0"}, env...), args...)
	cmd.Path = path
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s := &serving{t: t, cmd: cmd, out: bufio.NewReader(stdout), logs: make(chan string, 10_000)}
	go func() {
		defer close(s.logs)
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			s.logs <- lines.Text()
		}
	}()
	t.Cleanup(func() {
		if cmd.ProcessState == nil {
			s.signal(syscall.SIGKILL)
			s.wait()
		}
	})
	first, err := s.out.ReadString('\n')
	url, ok := strings.CutPrefix(strings.TrimSpace(first), "itmanagerjobs is listening on ")
	if err != nil || !ok {
		for line := range s.logs {
			t.Log(line)
		}
		t.Fatalf("%s printed %q (%v), want its address", strings.Join(args, " "), first, err)
	}
	s.url = url
	return s
}

func (s *serving) signal(sig syscall.Signal) {
	s.t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.t.Errorf("send %s: %v", sig, err)
	}
}

// wait returns the exit status; -1 when a signal ended the program.
func (s *serving) wait() int {
	s.t.Helper()
	if _, err := io.Copy(io.Discard, s.out); err != nil {
		s.t.Errorf("read standard output: %v", err)
	}
	for range s.logs {
	}
	err := s.cmd.Wait()
	if _, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok {
		s.t.Errorf("wait: %v", err)
	}
	return s.cmd.ProcessState.ExitCode()
}

// untilLogged waits for a log line with this message.
func (s *serving) untilLogged(message string) {
	s.t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	for {
		select {
		case line, ok := <-s.logs:
			if !ok {
				s.t.Fatalf("the program ended without logging %q", message)
			}
			if strings.Contains(line, `"msg":"`+message+`"`) {
				return
			}
		case <-deadline.C:
			s.t.Fatalf("the program did not log %q within %s", message, patience)
		}
	}
}

// document is the text of a file of the repository.
func document(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(top, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// sent sends a request with headers, and gives its answer.
func sent(t *testing.T, req *http.Request, headers map[string]string) (status int, body string, header http.Header) {
	t.Helper()
	for name, value := range headers {
		req.Header.Set(name, value)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b), res.Header
}
