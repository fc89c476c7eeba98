package storetest

import (
	"database/sql"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// keeping is a pool of one session that is kept when the pool is closed.
func keeping(t *testing.T, u string) *sql.DB {
	t.Helper()
	db, err := OpenDB(u)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func pid(t *testing.T, db *sql.DB) int {
	t.Helper()
	var n int
	if err := db.QueryRowContext(t.Context(), `SELECT pg_backend_pid()`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func run(t *testing.T, db *sql.DB, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
}

func TestASessionIsKeptWithNothingButItsStatements(t *testing.T) {
	t.Parallel()
	const state = `
SELECT concat_ws(' ', pg_backend_pid(), current_setting('work_mem'), current_setting('application_name'), current_user,
       (SELECT count(*) FROM pg_listening_channels()), (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()),
       to_regclass('only_here'), (SELECT count(*) FROM pg_cursors), (SELECT count(*) FROM pg_prepared_statements))`
	u := URL(t)
	look := func(db *sql.DB) (found string) {
		t.Helper()
		stmt, err := db.PrepareContext(t.Context(), state)
		if err == nil {
			err = errors.Join(stmt.QueryRowContext(t.Context()).Scan(&found), stmt.Close())
		}
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	db := keeping(t, u)
	before := look(db)
	run(t, db, `SET work_mem = '1MB'`, `SET application_name = 'other'`, `SET SESSION AUTHORIZATION pg_monitor`, `RESET SESSION AUTHORIZATION`, `LISTEN only_here`,
		`SELECT pg_advisory_lock(1)`, `CREATE TEMP TABLE only_here (n int)`, `DECLARE only_here CURSOR WITH HOLD FOR SELECT 1`, `SET ROLE pg_monitor`)
	if look(db) == before {
		t.Fatal("nothing was changed")
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, look(keeping(t, u))); diff != "" {
		t.Errorf("the session that was kept (-want +got):\n%s", diff)
	}
}

func TestASessionThatIsUnfitIsNotKept(t *testing.T) {
	t.Parallel()
	u := URL(t)
	for name, spoil := range map[string]func(db *sql.DB, pid int){
		"in a transaction":       func(db *sql.DB, _ int) { run(t, db, `BEGIN`) },
		"in one that has failed": func(db *sql.DB, _ int) { run(t, db, `BEGIN`); _, _ = db.ExecContext(t.Context(), `nonsense`) },
		"ended while it was used": func(db *sql.DB, _ int) {
			_, _ = db.ExecContext(t.Context(), `SELECT pg_terminate_backend(pg_backend_pid())`)
		},
		"ended while it waited": func(db *sql.DB, pid int) {
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			other := open(t, u)
			if _, err := other.ExecContext(t.Context(), `SELECT pg_terminate_backend($1, 10000)`, pid); err != nil {
				t.Fatal(err)
			}
		},
	} {
		db := keeping(t, u)
		first := pid(t, db)
		spoil(db, first)
		_ = db.Close() // a session that was ended complains
		next := keeping(t, u)
		if pid(t, next) == first {
			t.Errorf("%s: the session was kept", name)
		}
		run(t, next, `SELECT 1`)
	}
}

func TestWhatATestLeavesRunningFindsNoWayBack(t *testing.T) {
	t.Parallel()
	address, giveBack, err := borrow(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	db := keeping(t, address)
	used := pid(t, db)
	leave(t, db, address)
	if err := giveBack(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := db.PingContext(t.Context()); !errors.Is(err, errTestHasEnded) {
		t.Errorf("session %d, then error %v, want %v", used, err, errTestHasEnded)
	}
}

func TestADatabaseWaitsWithItsSessionsForTheNextTest(t *testing.T) {
	t.Parallel()
	u := URL(t)
	db := keeping(t, u)
	first := pid(t, db)
	leave(t, db, u)
	admin, err := admin()
	if err != nil {
		t.Fatal(err)
	}
	if err := handBack(t.Context(), admin, nameOf(t, u), u); err != nil {
		t.Fatal(err)
	}
	var own stack
	own.put(spare{nameOf(t, u), endLease(nameOf(t, u))})
	one, found := own.take()
	if !found || one.name != nameOf(t, u) {
		t.Fatalf("found %t, %q, want %q", found, one.name, nameOf(t, u))
	}
	if _, more := own.take(); more {
		t.Error("it waits twice")
	}
	beginLease(one.name, one.waiting)
	if next := pid(t, keeping(t, u)); next != first {
		t.Errorf("session %d, want %d, which waited", next, first)
	}
}

func TestADatabaseIsAdoptedWhenItsProcessHasEnded(t *testing.T) {
	t.Parallel()
	from, err := migrated()
	if err != nil {
		t.Fatal(err)
	}
	admin, err := admin()
	if err != nil {
		t.Fatal(err)
	}
	const reset = `SELECT pg_stat_reset()`
	for name, c := range map[string]struct {
		owner      string
		statements []string
		stays      bool // in use
		want       bool // adopted
	}{
		"emptied":                    {"gone", []string{reset}, false, true},
		"never handed back":          {"gone", nil, false, false},
		"with a row":                 {"gone", []string{reset, `INSERT INTO employers (name, created_at) VALUES ('Northwind', now())`}, false, false},
		"with a row that is gone":    {"gone", []string{reset, `DELETE FROM packages`}, false, false},
		"with another schema":        {"gone", []string{reset, `CREATE TABLE only_here (n int)`}, false, false},
		"of a process that lives":    {owner, []string{reset}, false, false},
		"that somebody still writes": {"gone", []string{reset}, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kind := strings.ReplaceAll(newName("adopt"), "_", "")
			old := testPrefix + kind + "_" + c.owner + "_1"
			if err := create(t.Context(), admin, old, from.name); err != nil {
				t.Fatal(err)
			}
			u, err := withDatabase(mustServerURL(t), old)
			if err != nil {
				t.Fatal(err)
			}
			db := open(t, u)
			run(t, db, append(c.statements, `SELECT 1`)...)
			if !c.stays {
				leave(t, db, u)
			}
			one, err := adopt(t.Context(), admin, kind)
			if err != nil || (one.name != "") != c.want {
				t.Errorf("adopted %q, error %v, want that it is adopted: %t", one.name, err, c.want)
			}
			inUse := c.stays || c.owner == owner
			if there := databases(t, u) == 1; there != inUse {
				t.Errorf("it is still there: %t, want %t", there, inUse)
			}
			leave(t, db, u)
			closeSessions(one.waiting)
			for _, name := range []string{old, one.name} {
				if name == "" || name == old && !inUse {
					continue
				}
				if err := drop(t.Context(), admin, name); err != nil {
					t.Error(err)
				}
			}
		})
	}
}
