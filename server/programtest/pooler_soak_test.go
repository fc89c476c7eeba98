//go:build soak

package programtest

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"itmanagerjobs/store/storetest"
)

// ownerOf is the account that a file belongs to: PgBouncer does not run as root, and only PostgreSQL's account reaches its socket.
func ownerOf(t *testing.T, path string) string {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	owner, err := user.LookupId(strconv.FormatUint(uint64(info.Sys().(*syscall.Stat_t).Uid), 10))
	if err != nil {
		t.Fatal(err)
	}
	return owner.Username
}

// startPgBouncer starts a real PgBouncer in transaction mode in front of a database, and returns the address through it.
func startPgBouncer(t *testing.T, direct string) string {
	t.Helper()
	u, err := url.Parse(direct)
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(freeAddress(t))
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "pgbouncer")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	name := strings.TrimPrefix(u.Path, "/")
	config := fmt.Sprintf(`[databases]
%s = host=%s port=%s user=%s
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %s
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 10
ignore_startup_parameters = extra_float_digits
logfile = %[6]s/log
`, name, u.Query().Get("host"), u.Query().Get("port"), u.User.Username(), port, dir)
	if os.Geteuid() == 0 {
		config += "user = " + ownerOf(t, u.Query().Get("host")) + "\n"
	}
	file := filepath.Join(dir, "pgbouncer.ini")
	if err := os.WriteFile(file, []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	program, err := exec.LookPath("pgbouncer")
	if err != nil {
		program, err = exec.LookPath("/usr/sbin/pgbouncer")
	}
	if err != nil {
		t.Fatal("pgbouncer is needed: apt-get install pgbouncer")
	}
	cmd := exec.CommandContext(t.Context(), program, "-q", file)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	address := net.JoinHostPort("127.0.0.1", port)
	for {
		conn, err := net.DialTimeout("tcp", address, time.Second)
		if err == nil {
			conn.Close()
			break
		}
		if t.Context().Err() != nil {
			t.Fatal(err)
		}
	}
	return fmt.Sprintf("postgres://%s@%s/%s?sslmode=disable", u.User.Username(), address, name)
}

// The program works through a pooler in transaction mode, and without DATABASE_DIRECT_URL says at its start what is missing.
func TestSoakPooler(t *testing.T) {
	direct := storetest.EmptyURL(t)
	pooled := startPgBouncer(t, direct)
	env := []string{"DATABASE_URL=" + pooled, "SECRET_KEY=" + testSecretKey()}
	if refused := runProgram(t, env, "admin", "list-employers"); refused.code != 1 || !strings.Contains(refused.stderr, "DATABASE_DIRECT_URL") {
		t.Errorf("without DATABASE_DIRECT_URL: %+v", refused)
	}
	if refused := runProgram(t, append(env, "DATABASE_DIRECT_URL="+pooled), "admin", "list-employers"); refused.code != 1 || !strings.Contains(refused.stderr, "leads to a pooler, too") {
		t.Errorf("with the pooler as DATABASE_DIRECT_URL: %+v", refused)
	}
	key := partner(t, []string{"DATABASE_URL=" + direct, "SECRET_KEY=" + testSecretKey()}, "pooled@example.com")
	s := startServing(t, append(env, "DATABASE_DIRECT_URL="+direct, "DATABASE_PREPARE=false"), "serve")
	var wg sync.WaitGroup
	var created atomic.Int32
	for i := range 60 {
		wg.Go(func() {
			body := strings.NewReader(fmt.Sprintf(`{"title": "Job %d"}`, i))
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/api/v1/jobs", body)
			if err != nil {
				t.Error(err)
				return
			}
			req.Header.Set("Authorization", "Bearer "+key)
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("Idempotency-Key", fmt.Sprintf("key-%d", i/2))
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Error(err)
				return
			}
			defer resp.Body.Close()
			switch resp.StatusCode {
			case http.StatusCreated:
				created.Add(1)
			case http.StatusUnprocessableEntity: // the other of the two with this key came first
			default:
				t.Errorf("create job %d: %s", i, resp.Status)
			}
		})
	}
	wg.Wait()
	if created.Load() != 30 {
		t.Errorf("%d jobs are created, want one for each of 30 keys", created.Load())
	}
	s.signal(syscall.SIGTERM)
	if code := s.wait(); code != 0 {
		t.Errorf("exit status %d", code)
	}
}
