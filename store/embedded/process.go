package embedded

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/lib/pq"
)

const (
	// fastShutdown is the time for SIGINT, which ends with a checkpoint; after it SIGQUIT leaves the rest to the recovery.
	fastShutdown = 30 * time.Second
	// immediateShutdown is the time for SIGQUIT before SIGKILL.
	immediateShutdown = 5 * time.Second
	// maxLog is the size of postgres.log, in bytes, from which a start begins it anew.
	maxLog = 8 << 20
)

// process is a child that dies with the program.
type process struct {
	cmd     *exec.Cmd
	exited  chan struct{} // closed when the child has been waited for
	status  error         // its result, readable after exited
	watcher *watcher      // nil where nothing needs watching
}

// spawn starts cmd under the account, in a process group of its own so that Ctrl-C reaches the program alone.
// The goroutine keeps its thread until the child has ended, because on Linux the child's death signal follows the thread
// that forked it, not the process.
func spawn(cmd *exec.Cmd, a *account) (*process, error) {
	p := &process{cmd: cmd, exited: make(chan struct{})}
	cmd.Dir = "/" // the working directory may be closed to the account
	cmd.Env = withoutPG(os.Environ())
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: a.credential()}
	dieWithParent(cmd.SysProcAttr)
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err != nil {
			return
		}
		p.status = cmd.Wait()
		close(p.exited)
	}()
	if err := <-started; err != nil {
		if a != nil {
			return nil, fmt.Errorf("start %s as the user %s, because PostgreSQL refuses to run as root: %w", cmd.Path, a.name, err)
		}
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	return p, nil
}

// withoutPG drops PGDATA, PGPORT and their like, which would change what our server does.
func withoutPG(env []string) []string {
	var kept []string
	for _, e := range env {
		if !strings.HasPrefix(e, "PG") {
			kept = append(kept, e)
		}
	}
	return kept
}

// startServer starts postgres and returns when the database of ours exists and answers.
func (s *Server) startServer(ctx context.Context, bin binaries, data string) (*process, error) {
	log, start, err := openLog(s.place.logFile())
	if err != nil {
		return nil, err
	}
	defer log.Close() // the child has its own descriptor
	settings := []string{
		"listen_addresses=", "port=" + socketPort, "unix_socket_directories=" + s.place.socketDir,
		"jit=off", "timezone=UTC", "log_timezone=UTC", "logging_collector=off", "log_destination=stderr",
		// A recycled file of the write-ahead log would keep what it held, also what was erased since.
		"wal_recycle=off",
	}
	if s.o.ForTests {
		settings = append(settings, "fsync=off", "synchronous_commit=off", "full_page_writes=off",
			// Many packages test at once, each database with its own pool.
			"wal_level=minimal", "max_wal_senders=0", "max_connections=400", "shared_buffers=128MB")
	}
	settings = append(settings, s.o.Settings...)
	args := []string{"-D", data}
	for _, v := range settings {
		args = append(args, "-c", v)
	}
	cmd := exec.Command(filepath.Join(bin.dir, "postgres"), args...) //nolint:noctx // it outlives the context of its start
	cmd.Stdout, cmd.Stderr = log, log
	p, err := spawn(cmd, s.place.account)
	if err != nil {
		return nil, err
	}
	var doomed []string
	if s.o.Temporary {
		doomed = []string{s.place.socketDir, s.place.base, s.o.Dir}
	}
	if p.watcher, err = watch(cmd.Process.Pid, doomed); err != nil {
		return nil, errors.Join(err, p.stop())
	}
	if err := s.ready(ctx, p); err != nil {
		stopErr := p.stop()
		return nil, errors.Join(fmt.Errorf("%w; the end of %s: %s", err, s.place.logFile(), tail(s.place.logFile(), start)), stopErr)
	}
	s.o.Log.Info("PostgreSQL is up", "version", bin.major, "data", data, "pid", cmd.Process.Pid)
	return p, nil
}

// ready waits until the server accepts a connection, and makes the database if it is the first time.
func (s *Server) ready(ctx context.Context, p *process) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		err := ping(ctx, s.place.url(databaseName))
		if err == nil {
			return nil
		}
		if pqErr, ok := errors.AsType[*pq.Error](err); ok && pqErr.Code == "3D000" { // no such database
			if err := s.createDatabase(ctx); err != nil {
				return fmt.Errorf("create the database: %w", err)
			}
			continue
		}
		select {
		case <-p.exited:
			return fmt.Errorf("the server ended while it was starting (%w)", p.status)
		case <-ctx.Done():
			return fmt.Errorf("the server did not come up: %w", errors.Join(context.Cause(ctx), err))
		case <-tick.C:
		}
	}
}

func (s *Server) createDatabase(ctx context.Context) (err error) {
	db, err := sql.Open("postgres", s.place.url("postgres"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	//house:write a database cannot be created in a transaction
	_, err = db.ExecContext(ctx, "CREATE DATABASE "+databaseName)
	return err
}

// ping connects once.
func ping(ctx context.Context, url string) (err error) {
	db, err := sql.Open("postgres", url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return db.PingContext(ctx)
}

// stop ends the server: politely, then firmly, then at once. A server that has already ended is no error.
func (p *process) stop() error {
	defer p.forget()
	for _, step := range []struct {
		signal syscall.Signal
		wait   time.Duration
	}{{syscall.SIGINT, fastShutdown}, {syscall.SIGQUIT, immediateShutdown}} {
		if err := p.cmd.Process.Signal(step.signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return fmt.Errorf("stop PostgreSQL: %w", err)
		}
		timer := time.NewTimer(step.wait)
		select {
		case <-p.exited:
			timer.Stop()
			return nil
		case <-timer.C:
		}
	}
	p.kill()
	<-p.exited
	return nil
}

// kill ends the whole process group, children included.
func (p *process) kill() {
	// ESRCH: it has ended in between, which is what was wanted.
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
}

// forget ends the watcher of a server that has ended.
func (p *process) forget() {
	if p.watcher != nil {
		p.watcher.dismiss()
		p.watcher = nil
	}
}

// endLeftover deals with the postmaster.pid of an earlier run. Its owner is gone, for we hold the lock: a server that is still
// alive is shutting down, or was orphaned where the kernel has no death signal; it is told to stop and waited for. A number
// that now belongs to another program (usual after the restart of a container) would keep PostgreSQL from starting, so the
// files that bear it are removed. Anything else PostgreSQL sorts out itself.
func endLeftover(ctx context.Context, data, sockets string, log *slog.Logger) error {
	pidFile := filepath.Join(data, "postmaster.pid")
	b, err := os.ReadFile(pidFile)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	first, _, _ := strings.Cut(string(b), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(first))
	if err != nil || pid <= 1 || !alive(pid) {
		return nil // an unreadable file is reported by PostgreSQL, which says what to do
	}
	if !isPostmaster(pid, data) {
		log.Warn("removing the stale postmaster.pid, its process number belongs to another program now", "pid", pid)
		for _, f := range []string{pidFile, filepath.Join(sockets, ".s.PGSQL."+socketPort), filepath.Join(sockets, ".s.PGSQL."+socketPort+".lock")} {
			if err := os.Remove(f); err != nil && !errors.Is(err, os.ErrNotExist) {
				return err
			}
		}
		return nil
	}
	log.Info("waiting for the server of an earlier run to end", "pid", pid)
	if err := syscall.Kill(pid, syscall.SIGINT); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("a PostgreSQL server (process %d) that no copy of the program owns uses %s and cannot be stopped: %w", pid, data, err)
	}
	ctx, cancel := context.WithTimeout(ctx, fastShutdown)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for alive(pid) && isPostmaster(pid, data) { // a zombie that nobody reaps is alive, but no postmaster any more
		select {
		case <-ctx.Done():
			return fmt.Errorf("the PostgreSQL server of an earlier run (process %d) does not end: %w", pid, ctx.Err())
		case <-tick.C:
		}
	}
	return nil
}

// alive tells whether a process has this number; one that we may not signal is alive too.
func alive(pid int) bool {
	return !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
}

// openLog opens the log for appending and returns its present size.
func openLog(path string) (*os.File, int64, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|os.O_APPEND|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, 0, err
	}
	st, err := f.Stat()
	if err == nil && st.Size() > maxLog {
		return f, 0, f.Truncate(0)
	}
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	return f, st.Size(), nil
}

// tail returns the last of what was logged since offset, 2,000 bytes at most.
func tail(path string, offset int64) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	b = b[min(int(offset), len(b)):]
	return strings.TrimSpace(string(b[max(0, len(b)-2000):]))
}
