//go:build soak

package programtest

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"itmanagerjobs/store/embedded"
)

func init() { servingPatience = time.Hour } //nolint:gochecknoinits // for the long tests alone

// cluster is a PostgreSQL of one test's own, which it may stop, break and copy. Everything of it is in one directory.
type cluster struct {
	dir, bin   string
	credential *syscall.Credential // nil when the tests do not run as root
	// within is the process whose file systems the server sees; 0 for those of everybody.
	within int
	leave  func()
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
func newCluster(t *testing.T) *cluster { return newClusterIn(t, 0) }

// newClusterIn makes one whose data has a file system of its own with so many megabytes; 0 for that of other files.
func newClusterIn(t *testing.T, megabytes int) *cluster {
	t.Helper()
	bin, err := embedded.FindBinaries(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "itmanagerjobs-cluster-")
	if err != nil {
		t.Fatal(err)
	}
	c := &cluster{dir: dir, bin: bin, credential: serverAccount(t), leave: func() {}}
	t.Cleanup(func() {
		c.stopAll(t)
		c.leave()
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
	if megabytes > 0 {
		c.enclose(t, megabytes)
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

// enclose gives the server a small file system for its data. It is seen by a process alone that waits for the end of its input, and by
// who joins it.
func (c *cluster) enclose(t *testing.T, megabytes int) {
	t.Helper()
	cmd := exec.Command("unshare", "--user", "--map-current-user", "--keep-caps", "--mount", "sh", "-euc",
		fmt.Sprintf("mkdir data; mount -t tmpfs -o size=%dm,mode=0700 room data; echo ready; exec cat >/dev/null", megabytes))
	cmd.Dir = c.dir
	if c.credential != nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.credential}
	}
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	hold, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c.leave = func() {
		hold.Close()
		_ = cmd.Wait()
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		c.leave()
		t.Fatalf("a file system of its own, which takes unshare and a kernel that lets users mount in a namespace: %q, %v\n%s", line, err, &complaint)
	}
	c.within = cmd.Process.Pid
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
	args := []string{"sh", "-euc", "cd " + c.dir + "\n" + script} // there, and not where the file systems are those of everybody
	if c.within != 0 {
		args = append([]string{"nsenter", "--target=" + strconv.Itoa(c.within), "--user", "--mount", "--preserve-credentials"}, args...)
	}
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
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
	const script = `for file in */postmaster.pid; do if [ -e "$file" ]; then pg_ctl --pgdata="${file%/*}" --mode=immediate --wait stop; fi; done`
	if out, err := c.try(context.WithoutCancel(t.Context()), nil, script); err != nil {
		t.Logf("stop: %v\n%s", err, out)
	}
}
