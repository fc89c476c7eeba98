package pg_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"testing"
	"time"

	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

var errAway = errors.New("it is away")

// passes tells that an error is no fault of the program's.
func passes(err error) bool { return errors.Is(err, errAway) && pg.Away(err) }

// What is no fault of the program is told apart in one place, whatever PostgreSQL calls it.
func TestWhatPasses(t *testing.T) {
	t.Parallel()
	address := storetest.EmptyURL(t)
	raw := fixture.Raw(t, address)
	fixture.MustExec(t, raw, `CREATE TABLE t (a integer)`)
	db := openAt(t, address, pg.Options{Unavailable: errAway})
	closed := openAt(t, address+"&default_transaction_read_only=on", pg.Options{Unavailable: errAway})
	runIn := func(db *pg.DB, statements ...string) error {
		return db.WithTx(t.Context(), func(ctx context.Context, tx *pg.Tx) error {
			for _, s := range statements {
				if _, err := tx.Exec(ctx, s); err != nil {
					if passes(err) {
						t.Errorf("%s: inside the transaction it is %v, want what PostgreSQL says", s, err)
					}
					return fmt.Errorf("do it: %w", err)
				}
			}
			return nil
		})
	}
	run := func(statements ...string) error { return runIn(db, statements...) }
	held, err := raw.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := held.ExecContext(t.Context(), `LOCK TABLE t`); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name string
		err  error
		want bool
	}{
		{"a lock that is not given", run(`SET LOCAL lock_timeout = '20ms'`, `SELECT a FROM t`), true},
		{"a statement that takes too long", run(`SET LOCAL statement_timeout = '20ms'`, `SELECT pg_sleep(9)`), true},
		{"no writes", run(`SET TRANSACTION READ ONLY`, `CREATE TABLE u ()`), true},
		{"no writes by default", runIn(closed, `CREATE TABLE u ()`), true},
		{"a statement that somebody else has ended", run(`SELECT pg_cancel_backend(pg_backend_pid())`, `SELECT pg_sleep(9)`), true},
		{"no room for temporary files", run(`SET LOCAL temp_file_limit = 0`, `SET LOCAL work_mem = '64kB'`, `SELECT g FROM generate_series(1, 100000) g ORDER BY g DESC`), true},
		{"a session that the operator has ended", run(`SELECT pg_terminate_backend(pg_backend_pid())`), true},
		{"a fault of the program's", run(`SELECT 1/0`), false},
		{"another one", run(`SELECT nothing`), false},
		{"a rule", db.WithTx(t.Context(), func(context.Context, *pg.Tx) error { return errors.New("the job is closed") }), false},
	} {
		if got := passes(tc.err); tc.err == nil || got != tc.want {
			t.Errorf("%s: %v; unavailable %v, want %v", tc.name, tc.err, got, tc.want)
		}
	}
	if err := held.Rollback(); err != nil {
		t.Fatal(err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := db.Get(gone, new(int), `SELECT 1`); err == nil || passes(err) {
		t.Errorf("who asked is gone: %v", err)
	}
	going, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	if err := db.Get(going, new(string), `SELECT pg_sleep(9)`); !errors.Is(err, context.Canceled) || passes(err) {
		t.Errorf("who asked goes meanwhile: %v", err)
	}
}

func TestADatabaseWithoutConnectionsOrAway(t *testing.T) {
	t.Parallel()
	address := storetest.EmptyURL(t)
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	role := "r" + u.Path[1:]
	raw := fixture.Raw(t, address)
	fixture.MustExec(t, raw, `CREATE ROLE `+role+` LOGIN CONNECTION LIMIT 0`)
	t.Cleanup(func() {
		if _, err := raw.ExecContext(context.Background(), `DROP ROLE `+role); err != nil {
			t.Error(err)
		}
	})
	u.User = url.User(role)
	if err := openAt(t, u.String(), pg.Options{Unavailable: errAway}).Get(t.Context(), new(int), `SELECT 1`); !passes(err) || !pg.Exhausted(err) {
		t.Errorf("out of connections: %v", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	away := "postgres://u@" + l.Addr().String() + "/x?sslmode=disable"
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := openAt(t, away, pg.Options{Unavailable: errAway}).Get(t.Context(), new(int), `SELECT 1`); !passes(err) {
		t.Errorf("nobody listens: %v", err)
	}
}

// Ordinary work that has taken all its connections leaves those that are kept.
func TestKeptConnections(t *testing.T) {
	t.Parallel()
	db := openAt(t, storetest.EmptyURL(t), pg.Options{MaxConns: 3, Kept: 1})
	hold, held := make(chan struct{}), make(chan struct{}, 2)
	done := make(chan error, 2)
	for range 2 {
		go func() {
			done <- db.WithTx(context.Background(), func(context.Context, *pg.Tx) error {
				held <- struct{}{}
				<-hold
				return nil
			})
		}()
		<-held
	}
	short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := db.Get(short, new(int), `SELECT 1`); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("ordinary work: %v, want that it waits", err)
	}
	if err := db.Kept().Get(t.Context(), new(int), `SELECT 1`); err != nil {
		t.Errorf("what is kept: %v", err)
	}
	close(hold)
	for range 2 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if err := db.Get(t.Context(), new(int), `SELECT 1`); err != nil {
		t.Errorf("ordinary work afterwards: %v", err)
	}
}

// A party has a third of what ordinary work may use, rounded up, however much it sends.
func TestOnePartyLeavesConnectionsToOthers(t *testing.T) {
	t.Parallel()
	db := openAt(t, storetest.EmptyURL(t), pg.Options{MaxConns: 5, Kept: 1})
	hold, held := make(chan struct{}), make(chan struct{}, 2)
	done := make(chan error, 2)
	greedy := pg.For(t.Context(), 1)
	for range 2 {
		go func() {
			done <- db.WithTx(greedy, func(context.Context, *pg.Tx) error {
				held <- struct{}{}
				<-hold
				return nil
			})
		}()
		<-held
	}
	short, cancel := context.WithTimeout(greedy, 50*time.Millisecond)
	defer cancel()
	if err := db.Get(short, new(int), `SELECT 1`); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a third connection of the party: %v, want that it waits", err)
	}
	for name, ctx := range map[string]context.Context{"another party": pg.For(t.Context(), 2), "nobody in particular": t.Context()} {
		if err := db.Get(ctx, new(int), `SELECT 1`); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	close(hold)
	for range 2 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if err := db.Get(greedy, new(int), `SELECT 1`); err != nil {
		t.Errorf("the party afterwards: %v", err)
	}
}
