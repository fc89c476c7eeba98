package pg_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"itmanagerjobs/store/embedded"
	"itmanagerjobs/store/pg"
)

// pair is a primary and its standby, real servers of one test's own: it stops them and promotes one.
type pair struct {
	t          *testing.T
	dir, bin   string
	credential *syscall.Credential // nil when the tests do not run as root
}

const (
	primaryPort = 5432
	standbyPort = 5433
)

// newPair starts both.
func newPair(t *testing.T) *pair {
	t.Helper()
	bin, err := embedded.FindBinaries(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "itmanagerjobs-pair-") // short, for sockets
	if err != nil {
		t.Fatal(err)
	}
	p := &pair{t: t, dir: dir, bin: bin}
	t.Cleanup(func() {
		for _, data := range []string{"standby", "primary"} {
			if _, err := os.Stat(filepath.Join(dir, data, "postmaster.pid")); err == nil {
				p.run(context.WithoutCancel(t.Context()), "pg_ctl --pgdata="+data+" --mode=immediate stop")
			}
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if os.Geteuid() == 0 {
		u, err := user.Lookup("postgres")
		if err != nil {
			t.Fatalf("PostgreSQL refuses to run as root, and there is no user postgres: %v", err)
		}
		uid, uidErr := strconv.ParseUint(u.Uid, 10, 32)
		gid, gidErr := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(uidErr, gidErr, os.Chown(dir, int(uid), int(gid))); err != nil {
			t.Fatal(err)
		}
		p.credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	p.shell(fmt.Sprintf(`initdb --pgdata=primary --username=app --auth=trust --encoding=UTF8 --locale=C --no-sync --no-instructions
		cat >>primary/postgresql.conf <<END
listen_addresses = ''
unix_socket_directories = '%s'
port = %d
fsync = off
shared_buffers = 8MB
max_connections = 40
END
		pg_ctl --pgdata=primary --log=primary.log --wait start >/dev/null
		pg_basebackup --host=%[1]s --port=%[2]d --username=app --pgdata=standby --checkpoint=fast --no-sync --write-recovery-conf
		echo "port = %[3]d" >>standby/postgresql.conf`, dir, primaryPort, standbyPort))
	p.startStandby()
	return p
}

func (p *pair) startStandby() {
	p.t.Helper()
	p.shell("pg_ctl --pgdata=standby --log=standby.log --wait start >/dev/null")
}

// shell runs a script in the directory as PostgreSQL's account, with its programs at hand.
func (p *pair) shell(script string) {
	p.t.Helper()
	p.run(p.t.Context(), script)
}

func (p *pair) run(ctx context.Context, script string) {
	p.t.Helper()
	cmd := exec.CommandContext(ctx, "sh", "-euc", script)
	cmd.Dir, cmd.Env = p.dir, []string{"PATH=" + p.bin + ":" + os.Getenv("PATH"), "HOME=" + p.dir}
	if p.credential != nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: p.credential}
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.WaitDelay = time.Second // a server that was started keeps what it writes to
	if err := cmd.Run(); err != nil && !errors.Is(err, exec.ErrWaitDelay) {
		p.t.Fatalf("%s: %v\n%s", script, err, out.String())
	}
}

func (p *pair) url(port int) string {
	return fmt.Sprintf("postgres://app@/postgres?host=%s&port=%d", p.dir, port)
}

// asked reads at which server a context is read, and the sum of what is there.
func asked(ctx context.Context, db *pg.DB) (at string, sum int64, err error) {
	type row struct {
		Standby bool  `db:"standby"`
		Sum     int64 `db:"sum"`
	}
	r, err := pg.Lagging(ctx, db, func(ctx context.Context) (r row, err error) {
		err = db.Reader(ctx).Get(ctx, &r, `SELECT pg_is_in_recovery() AS standby, (SELECT coalesce(sum(n), 0) FROM numbers)::bigint AS sum`)
		return r, err
	})
	if r.Standby {
		return "standby", r.Sum, err
	}
	return "primary", r.Sum, err
}

// TestReadsThatMayLag has two servers, and takes the standby through all that can happen to it.
func TestReadsThatMayLag(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	db := openAt(t, p.url(primaryPort), pg.Options{StandbyURL: p.url(standbyPort) + "&sslmode=prefer"})
	standby := openAt(t, p.url(standbyPort), pg.Options{})
	write := func(n int) {
		t.Helper()
		if err := db.WithTx(t.Context(), func(ctx context.Context, tx *pg.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO numbers VALUES ($1)`, n)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	measure := func() pg.StandbyStats {
		t.Helper()
		if err := db.MeasureStandby(t.Context()); err != nil {
			t.Fatal(err)
		}
		return db.StandbyStats()
	}
	untilServes := func() {
		t.Helper()
		for !measure().Serves {
			if t.Context().Err() != nil {
				t.Fatal("the standby does not serve")
			}
		}
	}
	want := func(what, server string, sum int64) {
		t.Helper()
		at, got, err := asked(pg.MayLag(t.Context()), db)
		if at != server || got != sum || err != nil {
			t.Errorf("%s: read %d at the %s, %v; want %d at the %s", what, got, at, err, sum, server)
		}
	}
	control := func(function string) {
		t.Helper()
		var ignored any
		if err := standby.Get(t.Context(), &ignored, `SELECT `+function+`()`); err != nil {
			t.Fatal(err)
		}
	}

	if err := db.WithTx(t.Context(), func(ctx context.Context, tx *pg.Tx) error {
		_, err := tx.Exec(ctx, `CREATE TABLE numbers (n bigint)`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	write(1)
	want("before the first look", "primary", 1)
	untilServes()
	if lag, err := db.LookAtStandby(t.Context()); err != nil || lag > pg.MaxLag {
		t.Errorf("the doctor sees %s, %v", lag, err)
	}
	want("a standby that follows", "standby", 1)
	if at, _, err := asked(t.Context(), db); at != "primary" || err != nil {
		t.Errorf("who may not see a lag reads at the %s, %v", at, err)
	}
	if err := db.WithTx(pg.MayLag(t.Context()), func(ctx context.Context, _ *pg.Tx) error {
		if at, _, err := asked(ctx, db); at != "primary" || err != nil {
			t.Errorf("in a transaction a read is made at the %s, %v", at, err)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}

	control("pg_wal_replay_pause")
	write(2)
	measure()
	want("a standby that is behind, but not by 5 s", "standby", 1)
	one, err := pg.Lagging(pg.MayLag(t.Context()), db, func(ctx context.Context) (n int, err error) {
		err = db.Reader(ctx).Get(ctx, &n, `SELECT n FROM numbers WHERE n = 2`)
		return n, err
	})
	if one != 2 || err != nil {
		t.Errorf("a row that the standby does not have yet: %d, %v", one, err)
	}
	together := pg.MayLag(t.Context())
	if at, _, err := asked(together, db); at != "standby" || err != nil {
		t.Errorf("the first of two reads is made at the %s, %v", at, err)
	}
	db.AdvanceStandby(pg.MaxLag)
	if s := measure(); s.Serves || s.Lag < pg.MaxLag {
		t.Errorf("a standby that is 5 s behind: %+v", s)
	}
	want("a standby that is 5 s behind", "primary", 3)
	if at, _, err := asked(together, db); at != "primary" || err != nil {
		t.Errorf("the second of two reads is made at the %s, %v", at, err)
	}
	control("pg_wal_replay_resume")
	untilServes()
	if at, _, err := asked(together, db); at != "primary" || err != nil {
		t.Errorf("the third read goes back in time, at the %s, %v", at, err)
	}
	want("a standby that has caught up", "standby", 3)

	db.AdvanceStandby(pg.MaxLag)
	want("when nobody has looked for 5 s", "primary", 3)
	untilServes()

	// Among readers it crashes, and none of them sees an error.
	var readers sync.WaitGroup
	down := make(chan struct{})
	for range 4 {
		readers.Go(func() {
			for over := false; !over; {
				select {
				case <-down:
					over = true // one more
				default:
				}
				if _, sum, err := asked(pg.MayLag(t.Context()), db); sum != 3 || err != nil {
					t.Errorf("while the standby crashes: %d, %v", sum, err)
				}
			}
		})
	}
	p.shell("pg_ctl --pgdata=standby --mode=immediate stop >/dev/null")
	close(down)
	readers.Wait()
	want("a standby that is away, before the next look", "primary", 3)
	if s := measure(); s.Serves || s.Reads == 0 || s.Repeated == 0 || s.Elsewhere == 0 {
		t.Errorf("a standby that is away: %+v", s)
	}
	if _, err := db.LookAtStandby(t.Context()); err == nil {
		t.Error("the doctor sees no fault in a standby that is away")
	}
	p.startStandby()
	untilServes()
	for range 4 { // of connections from before the crash each may cost a read, which is repeated at the primary
		if _, sum, err := asked(pg.MayLag(t.Context()), db); sum != 3 || err != nil {
			t.Errorf("a standby that is back: %d, %v", sum, err)
		}
	}
	want("a standby that is back", "standby", 3)

	p.shell("pg_ctl --pgdata=standby --wait promote >/dev/null")
	if s := measure(); s.Serves {
		t.Errorf("a standby that was promoted: %+v", s)
	}
	write(4)
	want("a standby that was promoted", "primary", 7)
	if _, err := db.LookAtStandby(t.Context()); err == nil {
		t.Error("the doctor sees no fault in a standby that was promoted")
	}
}

// A network that swallows packets does not hold up who reads.
func TestSilenceOfAStandbyEnds(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	conn, err := pg.DialImpatiently(t.Context(), "tcp", l.Addr().String(), time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a silent server: %v", err)
	}
}
