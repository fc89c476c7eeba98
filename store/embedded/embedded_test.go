package embedded

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// helperEnv makes the test binary a program that starts a server in the directory it names and runs until its standard input closes.
const helperEnv = "EMBEDDED_TEST_HELPER_DIR"

// temporaryEnv makes the helper's directory Temporary.
const temporaryEnv = "EMBEDDED_TEST_TEMPORARY"

func TestMain(m *testing.M) {
	if dir := os.Getenv(helperEnv); dir != "" {
		os.Exit(helper(dir))
	}
	os.Exit(m.Run())
}

func helper(dir string) int {
	s, err := Start(context.Background(), Options{Dir: dir, ForTests: true, Temporary: os.Getenv(temporaryEnv) != "", Log: slog.New(slog.NewTextHandler(os.Stderr, nil))})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println(s.Adopted(), s.URL())
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return 1
	}
	if err := s.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func TestColdWarmAdopt(t *testing.T) {
	t.Parallel()
	dir := openDir(t)

	cold := start(t, dir)
	if cold.Adopted() {
		t.Error("the first copy adopted a server that cannot exist")
	}
	mustExec(t, cold.URL(), "CREATE TABLE kept (n int)")
	if got := show(t, cold.URL(), "jit"); got != "off" {
		t.Errorf("jit is %q", got)
	}

	adopter := start(t, dir)
	if !adopter.Adopted() {
		t.Error("the second copy did not adopt the server")
	}
	if cold.URL() != adopter.URL() {
		t.Errorf("two addresses: %s and %s", cold.URL(), adopter.URL())
	}
	for range 2 { // safe twice
		if err := adopter.Stop(); err != nil {
			t.Fatal(err)
		}
	}
	mustExec(t, cold.URL(), "INSERT INTO kept (n) VALUES (1)")
	for range 2 {
		if err := cold.Stop(); err != nil {
			t.Fatal(err)
		}
	}
	if err := ping(t.Context(), cold.URL()); err == nil {
		t.Fatal("the server answers after its owner has stopped it")
	}

	warm := start(t, dir)
	if warm.Adopted() {
		t.Error("the server was adopted after it had been stopped")
	}
	mustExec(t, warm.URL(), "INSERT INTO kept (n) VALUES (2)")
}

// TestAdopterTakesOver: an admin command that happened to start the server must not take serve's database away for good.
func TestAdopterTakesOver(t *testing.T) {
	t.Parallel()
	dir := openDir(t)
	owner, adopter := start(t, dir), start(t, dir)
	if err := owner.Stop(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the adopter runs the server", func() bool { return ping(t.Context(), adopter.URL()) == nil })
	if err := adopter.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := ping(t.Context(), adopter.URL()); err == nil {
		t.Fatal("the server answers after its last owner has stopped it")
	}
}

func TestServerThatDiesIsStartedAgain(t *testing.T) {
	t.Parallel()
	s := start(t, openDir(t))
	pid := postmaster(t, s.place.base)
	if err := syscall.Kill(pid, syscall.SIGQUIT); err != nil {
		t.Fatal(err)
	}
	eventually(t, "another server answers", func() bool {
		return ping(t.Context(), s.URL()) == nil && postmaster(t, s.place.base) != pid
	})
}

func TestKilledProgramLeavesNoServer(t *testing.T) {
	t.Parallel()
	dir := openDir(t)
	h := startHelper(t, self(t), dir, nil)
	mustExec(t, h.url, "CREATE TABLE kept (n int)")
	pid := postmaster(t, filepath.Join(dir, "postgres"))
	data := filepath.Dir(pidFile(t, filepath.Join(dir, "postgres")))

	adopter := start(t, dir)
	if !adopter.Adopted() {
		t.Fatal("the server of the helper was not adopted")
	}
	if err := adopter.Stop(); err != nil {
		t.Fatal(err)
	}

	if err := h.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the server has gone", func() bool {
		return !alive(pid) || !isPostmaster(pid, data)
	})
	next := start(t, dir)
	if next.Adopted() {
		t.Error("a dead server was adopted")
	}
	mustExec(t, next.URL(), "INSERT INTO kept (n) VALUES (1)")
}

// TestStartRightAfterKill does not wait for the dying server.
func TestStartRightAfterKill(t *testing.T) {
	t.Parallel()
	dir := openDir(t)
	h := startHelper(t, self(t), dir, nil)
	mustExec(t, h.url, "CREATE TABLE kept (n int)")
	if err := h.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	next := start(t, dir)
	eventually(t, "the server of the next copy answers", func() bool { return ping(t.Context(), next.URL()) == nil })
	mustExec(t, next.URL(), "INSERT INTO kept (n) VALUES (1)")
}

func TestOrdinaryUser(t *testing.T) {
	t.Parallel()
	dir := openDir(t)
	program := self(t)
	var attr *syscall.SysProcAttr
	if os.Geteuid() == 0 {
		const nobody = 65534
		program = copyProgram(t)
		if err := os.Chown(dir, nobody, nobody); err != nil {
			t.Fatal(err)
		}
		attr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	h := startHelper(t, program, dir, attr)
	mustExec(t, h.url, "CREATE TABLE kept (n int)")
	h.stop(t)
	// Root can go on with the data of an ordinary user, and leaves it to him.
	s := start(t, dir)
	mustExec(t, s.URL(), "INSERT INTO kept (n) VALUES (1)")
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	h = startHelper(t, program, dir, attr)
	mustExec(t, h.url, "INSERT INTO kept (n) VALUES (2)")
	h.stop(t)
}

func TestLongPathAndCommaGetASocketInTmp(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(openDir(t), "with,comma and a path of more than a hundred and seven bytes "+strings.Repeat("x", 60))
	s := start(t, dir)
	if !strings.HasPrefix(s.place.socketDir, "/tmp/itmanagerjobs-") {
		t.Errorf("the socket is in %s", s.place.socketDir)
	}
	t.Cleanup(func() { removeAll(t, s.place.socketDir) })
	mustExec(t, s.URL(), "SELECT 1")
}

func TestStaleProcessNumber(t *testing.T) {
	t.Parallel()
	dir := openDir(t)
	s := start(t, dir)
	data := filepath.Join(s.place.base, "data-"+strings.SplitN(show(t, s.URL(), "server_version"), ".", 2)[0])
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	// A program of the server's own account that is alive and no PostgreSQL: the case that PostgreSQL itself refuses.
	sleeper := exec.Command("sleep", "600")
	sleeper.SysProcAttr = &syscall.SysProcAttr{Credential: s.place.account.credential()}
	if err := sleeper.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sleeper.Process.Kill(); err != nil {
			t.Error(err)
		}
		_ = sleeper.Wait() // it was killed
	})
	stale := filepath.Join(data, "postmaster.pid")
	if err := os.WriteFile(stale, fmt.Appendf(nil, "%d\n%s\n1\n5432\n", sleeper.Process.Pid, data), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.place.account.chown(stale); err != nil {
		t.Fatal(err)
	}
	start(t, dir)
}

func TestInterruptedInitdbIsMadeAnew(t *testing.T) {
	t.Parallel()
	dir := openDir(t)
	half := filepath.Join(dir, "postgres", "new-123")
	if err := os.MkdirAll(half, 0o700); err != nil {
		t.Fatal(err)
	}
	start(t, dir)
	if _, err := os.Stat(half); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the half-made directory is still there: %v", err)
	}
}

func TestTemporaryIsRemoved(t *testing.T) {
	t.Parallel()
	s, err := StartForTests(t.Context(), "autovacuum=off")
	if err != nil {
		t.Fatal(err)
	}
	if got := show(t, s.URL(), "autovacuum"); got != "off" {
		t.Errorf("autovacuum is %s, though the settings turn it off", got)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(s.o.Dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the directory is still there: %v", err)
	}
}

func TestTemporaryIsRemovedWhenTheProgramIsKilled(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(openDir(t), "data")
	h := startHelper(t, self(t), dir, nil, temporaryEnv+"=1")
	if err := h.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the directory has gone", func() bool {
		_, err := os.Stat(dir)
		return errors.Is(err, os.ErrNotExist)
	})
}

// start starts a server in dir that ends with the test.
func start(t *testing.T, dir string) *Server {
	t.Helper()
	s, err := Start(t.Context(), Options{Dir: dir, ForTests: true, elsewhere: filepath.Join(dir, "elsewhere")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// openDir is a temporary directory that every account may enter; t.TempDir is closed to others.
func openDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "embedded-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { removeAll(t, dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func removeAll(t *testing.T, dir string) {
	t.Helper()
	if err := os.RemoveAll(dir); err != nil {
		t.Error(err)
	}
}

// copyProgram puts the test binary where every account may run it; the go command builds it in a closed directory.
func copyProgram(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(self(t))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(openDir(t), "helper")
	if err := os.WriteFile(path, b, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

type helperProcess struct {
	cmd   *exec.Cmd
	stdin io.Closer
	url   string
}

// startHelper runs another copy of the program and returns when its server answers.
func startHelper(t *testing.T, program, dir string, attr *syscall.SysProcAttr, env ...string) *helperProcess {
	t.Helper()
	cmd := exec.Command(program)
	cmd.Dir = "/"
	cmd.Env = append(append(os.Environ(), helperEnv+"="+dir), env...)
	cmd.SysProcAttr = attr
	var stderr strings.Builder
	cmd.Stderr = &stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		_ = cmd.Wait() // for the rest of stderr
		t.Fatalf("the helper said nothing (%v): %s", err, stderr.String())
	}
	_, url, _ := strings.Cut(strings.TrimSpace(line), " ")
	return &helperProcess{cmd: cmd, stdin: stdin, url: url}
}

func (h *helperProcess) stop(t *testing.T) {
	t.Helper()
	if err := h.stdin.Close(); err != nil {
		t.Fatal(err)
	}
	if err := h.cmd.Wait(); err != nil {
		t.Fatal(err)
	}
}

// postmaster reads the number of the server's process; 0 while there is none.
func postmaster(t *testing.T, base string) int {
	t.Helper()
	b, err := os.ReadFile(pidFile(t, base))
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.SplitN(string(b), "\n", 2)[0])
	if err != nil {
		return 0
	}
	return pid
}

// pidFile is the postmaster.pid below base; "" while there is none.
func pidFile(t *testing.T, base string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(base, "data-*", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		return ""
	}
	return files[0]
}

func mustExec(t *testing.T, url, statement string) {
	t.Helper()
	db, err := sql.Open("postgres", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

func show(t *testing.T, url, setting string) string {
	t.Helper()
	db, err := sql.Open("postgres", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var value string
	if err := db.QueryRowContext(t.Context(), "SELECT current_setting($1)", setting).Scan(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

// eventually polls until the condition holds, 30 seconds at most.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-ctx.Done():
			t.Fatalf("never: %s", what)
		case <-tick.C:
		}
	}
}

// self is the test binary, by a path that holds in any working directory.
func self(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}
