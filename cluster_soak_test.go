//go:build soak

package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	_ "github.com/lib/pq" // to look into the database

	"itmanagerjobs/store/embedded"
)

func init() { servingPatience = time.Hour } //nolint:gochecknoinits // for the long tests alone

// cluster is a PostgreSQL of one test's own, which it may stop, break and copy. Everything of it is in one directory.
type cluster struct {
	dir, bin   string
	credential *syscall.Credential // nil when the tests do not run as root
}

// serverAccount is who runs PostgreSQL when root tests.
func serverAccount(t *testing.T) *syscall.Credential {
	t.Helper()
	if os.Geteuid() != 0 {
		return nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		t.Fatalf("PostgreSQL refuses to run as root, and there is no user postgres: %v", err)
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

// newCluster makes one with an empty database and starts it.
func newCluster(t *testing.T) *cluster {
	t.Helper()
	bin, err := embedded.FindBinaries(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "itmanagerjobs-cluster-")
	if err != nil {
		t.Fatal(err)
	}
	c := &cluster{dir: dir, bin: bin, credential: serverAccount(t)}
	t.Cleanup(func() {
		c.stopAll(t)
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if c.credential != nil {
		if err := os.Chown(dir, int(c.credential.Uid), int(c.credential.Gid)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(dir, 0o755); err != nil { // for sockets
		t.Fatal(err)
	}
	c.shell(t, nil, "initdb --pgdata=data --username=itmanagerjobs --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync")
	lines := []string{
		"listen_addresses = ''", "unix_socket_directories = '" + dir + "'", "port = 5432", "max_connections = 200", "fsync = off",
		"timezone = UTC", "log_timezone = UTC",
	}
	c.shell(t, []string{"SETTINGS=" + strings.Join(lines, "\n")}, `echo "$SETTINGS" >>data/postgresql.conf`)
	c.start(t, "data")
	c.shell(t, nil, "createdb --host="+dir+" --username=itmanagerjobs itmanagerjobs")
	return c
}

// url is the address of a database of the server on a port.
func (c *cluster) url(database string, port int) string {
	return fmt.Sprintf("postgres://itmanagerjobs@/%s?host=%s&port=%d&sslmode=disable", database, c.dir, port)
}

// open looks into a database.
func (c *cluster) open(t *testing.T, url string) *sql.DB {
	t.Helper()
	db, err := sql.Open("postgres", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// shell runs a script in the directory as PostgreSQL's account, with its programs at hand.
func (c *cluster) shell(t *testing.T, env []string, script string) {
	t.Helper()
	if out, err := c.try(t.Context(), env, script); err != nil {
		t.Fatalf("%s: %v\n%s", script, err, out)
	}
}

func (c *cluster) try(ctx context.Context, env []string, script string) (output string, err error) {
	cmd := exec.CommandContext(ctx, "sh", "-euc", script)
	cmd.Dir = c.dir
	cmd.Env = append([]string{"PATH=" + c.bin + ":" + os.Getenv("PATH"), "HOME=" + c.dir}, env...)
	if c.credential != nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.credential}
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.WaitDelay = time.Second // a server that was started keeps what it writes to
	err = cmd.Run()
	if errors.Is(err, exec.ErrWaitDelay) {
		err = nil
	}
	return out.String(), err
}

// start starts the server of a directory and waits until it answers.
func (c *cluster) start(t *testing.T, data string) {
	t.Helper()
	c.shell(t, nil, "pg_ctl --pgdata="+data+" --log="+data+".log --wait --timeout=120 start >/dev/null")
}

// stop stops it; how is fast, or immediate, which is a crash.
func (c *cluster) stop(t *testing.T, how string) {
	t.Helper()
	c.shell(t, nil, "pg_ctl --pgdata=data --mode="+how+" --wait --timeout=120 stop")
}

func (c *cluster) stopAll(t *testing.T) {
	t.Helper()
	running, err := filepath.Glob(filepath.Join(c.dir, "*", "postmaster.pid"))
	if err != nil {
		t.Error(err)
	}
	for _, file := range running {
		data := filepath.Base(filepath.Dir(file))
		if out, err := c.try(context.WithoutCancel(t.Context()), nil, "pg_ctl --pgdata="+data+" --mode=immediate --wait stop"); err != nil {
			t.Logf("stop %s: %v\n%s", data, err, out)
		}
	}
}

// one reads one value.
func one[T any](t *testing.T, db *sql.DB, query string) (v T) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), query).Scan(&v); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return v
}

// gapFree fails when the numbers of any tenant's events have a gap, or one comes twice, or are not those that their head says.
func gapFree(t *testing.T, db *sql.DB) {
	t.Helper()
	if n := one[int](t, db, `SELECT count(*) FROM (
		SELECT h.last, count(e.seq), count(DISTINCT e.seq), coalesce(min(e.seq), 1), coalesce(max(e.seq), 0)
		FROM event_heads h LEFT JOIN events e ON e.employer_id = h.employer_id AND e.mode = h.mode AND e.seq IS NOT NULL
		GROUP BY h.employer_id, h.mode, h.last) AS t (last, events, numbers, first, greatest)
		WHERE events <> numbers OR first <> 1 OR greatest <> numbers OR last <> numbers`); n != 0 {
		t.Errorf("the numbers of the events of %d tenants have gaps", n)
	}
}
