package storetest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lib/pq"
)

// To copy a template costs PostgreSQL several hundred files and two checkpoints, and to drop the copy another one:
// more than most tests do with it. So a test hands its database back instead, emptied, and the next test of the process
// takes it, with the sessions that wait in it. When the process has ended, another one adopts it. Nothing else may be left
// in it: a database whose schema or statistics have changed, that has grown, or that somebody is still connected to is
// dropped.

const (
	// spareBytes is how much a database may have in its tables to be worth emptying. Indexes and what is kept apart from the
	// rows are not counted: to ask for the size of every file would take longer than all the rest.
	spareBytes = 8 << 20
	// closingTime is how long the sessions that a test has closed may take to end.
	closingTime = 2 * time.Second
)

const (
	otherSessions = `
SELECT count(*) FROM pg_stat_activity
 WHERE datname = $1 AND application_name <> '` + waitingName + `' AND pid <> pg_backend_pid() AND backend_type = 'client backend'`

	// ownerless are the databases whose process has ended, as have all of their sessions: they have added to PostgreSQL's
	// counters what they wrote.
	ownerless = `
SELECT datname, '' FROM pg_database d
 WHERE starts_with(datname, $1) AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datname = d.datname OR a.application_name = split_part(d.datname, '_', 3))`

	// emptied is false for a database that no test has handed back, and for all of them when the server has lost its counters.
	emptied = `SELECT pg_stat_get_db_stat_reset_time(oid) IS NOT NULL FROM pg_database WHERE datname = current_database()`
)

// left waits until the sessions that the test has closed have ended.
func left(ctx context.Context, admin *sql.DB, name string) error {
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for began := time.Now(); time.Since(began) < closingTime; {
		var sessions int
		if err := admin.QueryRowContext(ctx, otherSessions, name).Scan(&sessions); err != nil {
			return err
		}
		if sessions == 0 {
			return nil
		}
		<-tick.C
	}
	return errUnlikeNew
}

// spare is a database that waits for its next test, and the sessions that wait in it.
type spare struct {
	name    string
	waiting map[string][]*session
}

// stack holds the spares of this process. The one that was used last comes first: its sessions have prepared most.
type stack struct {
	mu     sync.Mutex
	spares []spare
}

var spares stack

func (s *stack) put(one spare) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spares = append(s.spares, one)
}

func (s *stack) take() (one spare, found bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := len(s.spares) - 1
	if last < 0 {
		return spare{}, false
	}
	one, s.spares = s.spares[last], s.spares[:last]
	return one, true
}

// takeSpare finds a database for a test, or makes one.
func takeSpare(ctx context.Context, admin *sql.DB, template string) (name string, waiting map[string][]*session, err error) {
	if one, found := spares.take(); found {
		return one.name, one.waiting, nil
	}
	one, err := adopt(ctx, admin, strings.TrimPrefix(template, templatePrefix))
	if err != nil || one.name != "" {
		return one.name, one.waiting, err
	}
	name = newName(strings.TrimPrefix(template, templatePrefix))
	return name, nil, create(ctx, admin, name, template)
}

// adopt takes a database of a process that has ended. The zero spare means that there is none.
func adopt(ctx context.Context, admin *sql.DB, kind string) (spare, error) {
	found, err := pairs(ctx, admin, ownerless, testPrefix+kind+"_")
	if err != nil {
		return spare{}, err
	}
	for old := range found {
		name := newName(kind)
		_, err := admin.ExecContext(ctx, "ALTER DATABASE "+old+" RENAME TO "+name)
		if failed, ok := errors.AsType[*pq.Error](err); ok && (failed.Code == "3D000" || failed.Code == "55006") {
			continue // another process was faster
		} else if err != nil {
			return spare{}, err
		}
		if waiting, err := asNew(ctx, name); err == nil {
			return spare{name, waiting}, nil
		}
		// The process has ended in the middle of a test.
		if err := drop(ctx, admin, name); err != nil {
			return spare{}, err
		}
	}
	return spare{}, nil
}

// asNew looks whether a database has nothing in it that a test has left there, and returns the session that has looked.
func asNew(ctx context.Context, name string) (waiting map[string][]*session, err error) {
	base, err := serverURL()
	if err != nil {
		return nil, err
	}
	address, err := withDatabase(base, name)
	if err != nil {
		return nil, err
	}
	beginLease(name, nil)
	defer func() {
		waiting = endLease(name)
		if err != nil {
			closeSessions(waiting)
		}
	}()
	db, done, err := uncounted(ctx, address)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, done()) }()
	var clean bool
	if err := db.QueryRowContext(ctx, emptied).Scan(&clean); err != nil {
		return nil, err
	}
	found, err := touched(ctx, db)
	if err == nil && (!clean || len(found.all()) > 0) {
		err = errUnlikeNew
	}
	return nil, err
}

// handBack empties the database of a test that has ended.
func handBack(ctx context.Context, admin *sql.DB, name, address string) error {
	if err := left(ctx, admin, name); err != nil {
		return err
	}
	return known().empty(ctx, address)
}

// HideTables leaves the database of a test without these tables, as one that was migrated wrongly, until the test ends. That is not
// counted as a change of its schema, so that the next test can have it: to make another one costs more than most tests.
func HideTables(t testing.TB, address string, tables ...string) {
	t.Helper()
	var hide, show strings.Builder
	for _, table := range tables {
		fmt.Fprintf(&hide, "ALTER TABLE %s RENAME TO missing_%s;", table, table)
		fmt.Fprintf(&show, "ALTER TABLE missing_%s RENAME TO %s;", table, table)
	}
	alter := func(ctx context.Context, statements string) (err error) {
		db, done, err := uncounted(ctx, address)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, done()) }()
		_, err = db.ExecContext(ctx, statements)
		return err
	}
	if err := alter(t.Context(), hide.String()); err != nil {
		t.Fatalf("hide tables: %v", err)
	}
	t.Cleanup(func() {
		// Not t.Context(), which has ended by now.
		if err := alter(context.Background(), show.String()); err != nil {
			t.Errorf("bring hidden tables back: %v", err)
		}
	})
}
