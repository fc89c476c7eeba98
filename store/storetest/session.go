package storetest

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/lib/pq"

	"itmanagerjobs/store/pg"
)

// A new session costs PostgreSQL more than most tests do with it: it starts a process, fills the caches of the catalogues, and
// plans each statement. So a session that a test closes waits, with its prepared statements, for the next test that has its
// database.

const (
	// waitingName is the application_name of sessions that wait.
	waitingName = "waits for a test"
	// waitingSessions is how many of a database wait for each configuration. More serve only what runs many requests at once.
	waitingSessions = 4
	// keptStatements is how many prepared statements a session may have to be kept.
	keptStatements = 1000
)

// reset is DISCARD ALL but for the prepared statements and their plans. It also adds what the session has written to
// PostgreSQL's counters, as the end of a session does.
const reset = `CLOSE ALL; RESET SESSION AUTHORIZATION; RESET ALL; UNLISTEN *; DISCARD TEMP; DISCARD SEQUENCES;
SET application_name = '` + waitingName + `'; SELECT pg_stat_force_next_flush(); ` + pg.UnlockSession + ";" + unset

// unset fails in a database, or for an account in it, that has settings: a session that waits has those of its start.
const unset = `
SELECT 1 / (count(*) = 0)::int FROM pg_db_role_setting WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())`

var errTestHasEnded = errors.New("the test that had this database has ended")

// lease is a test's use of a database.
type lease struct {
	mu    sync.Mutex
	ended bool
	// waiting are the sessions that wait, by their configuration. The lease that comes next takes them over.
	waiting map[string][]*session
}

// leases are those that have not ended, by the name of the database.
var leases sync.Map

// leaseOf is nil for a database that is nobody's to keep.
func leaseOf(database string) *lease {
	found, _ := leases.Load(database)
	l, _ := found.(*lease)
	return l
}

// beginLease begins the use of a database, with the sessions that wait in it.
func beginLease(database string, waiting map[string][]*session) {
	if waiting == nil {
		waiting = map[string][]*session{}
	}
	leases.Store(database, &lease{waiting: waiting})
}

// endLease ends the use, and returns the sessions that wait. What the test has left running opens no other ones.
func endLease(database string) (waiting map[string][]*session) {
	l := leaseOf(database)
	leases.Delete(database)
	l.mu.Lock()
	defer l.mu.Unlock()
	waiting, l.ended, l.waiting = l.waiting, true, nil
	return waiting
}

// closeSessions closes the sessions that wait. Some have broken: nothing hangs on them.
func closeSessions(waiting map[string][]*session) {
	for _, sessions := range waiting {
		for _, s := range sessions {
			_ = s.pqConn.Close()
		}
	}
}

func (l *lease) take(configuration string) (s *session, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return nil, errTestHasEnded
	}
	if w := l.waiting[configuration]; len(w) > 0 {
		s, l.waiting[configuration] = w[len(w)-1], w[:len(w)-1]
	}
	return s, nil
}

// keep tells whether the session waits from now on.
func (l *lease) keep(s *session) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended || len(l.waiting[s.configuration]) >= waitingSessions {
		return false
	}
	l.waiting[s.configuration] = append(l.waiting[s.configuration], s)
	return true
}

// connector opens sessions of a lease.
type connector struct {
	driver.Connector

	lease         *lease
	configuration string
}

// Connector makes what opens sessions of a database: those that wait first, when it is a test's own (see URL).
func Connector(config pq.Config) (driver.Connector, error) {
	inner, err := pg.NewConnector(config)
	if err != nil {
		return nil, err
	}
	l := leaseOf(config.Database)
	if l == nil {
		return inner, nil
	}
	return &connector{inner, l, fmt.Sprintf("%+v", config)}, nil
}

// OpenDB opens sessions beside those of a store, as Connector does. It connects on first use.
func OpenDB(url string) (*sql.DB, error) {
	config, err := pq.NewConfig(url)
	if err != nil {
		return nil, err
	}
	connector, err := Connector(config)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector), nil
}

var _ pg.MakeConnector = Connector

func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	for {
		s, err := c.lease.take(c.configuration)
		if err != nil {
			return nil, err
		}
		if s == nil {
			break
		}
		if _, err := s.ExecContext(ctx, "RESET application_name; "+unset, nil); err == nil {
			s.lease = c.lease
			return s, nil
		}
		_ = s.pqConn.Close() // a test has ended it from outside
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	inner, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	conn, ok := inner.(pqConn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("the database driver's %T lacks what a session needs to be kept", inner), inner.Close())
	}
	_, err = conn.ExecContext(ctx, unset, nil)
	return &session{pqConn: conn, unlike: err != nil, lease: c.lease, configuration: c.configuration, stmts: map[string]pqStmt{}}, nil
}

// pqConn and pqStmt are the interfaces that lib/pq's unexported types implement.
type pqConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.NamedValueChecker
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

type pqStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// session is a connection that is kept when it is closed.
type session struct {
	pqConn

	lease         *lease
	configuration string
	stmts         map[string]pqStmt
	// unlike means that it began with settings of the database, which a test has set.
	unlike bool
}

// PrepareContext prepares a statement once. A COPY is no prepared statement.
func (s *session) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	if stmt, ok := s.stmts[query]; ok {
		return stmt, nil
	}
	inner, err := s.pqConn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	stmt, ok := inner.(pqStmt)
	if !ok || strings.HasPrefix(strings.ToUpper(strings.TrimSpace(query)), "COPY") {
		return inner, nil
	}
	stmt = keptStmt{stmt}
	s.stmts[query] = stmt
	return stmt, nil
}

// keptStmt is closed with its session alone.
type keptStmt struct{ pqStmt }

// Close leaves it prepared.
func (keptStmt) Close() error { return nil }

// Close lets the session wait for its next user when it is fit for one.
func (s *session) Close() error {
	if s.fit() && s.lease.keep(s) {
		return nil
	}
	return s.pqConn.Close()
}

// fit makes the session as a new one, but for its statements. It is false when that cannot be, as in the middle of a transaction.
func (s *session) fit() bool {
	if s.unlike || !s.IsValid() || len(s.stmts) > keptStatements {
		return false
	}
	ctx := context.Background()                   // the pool is being closed
	tx, err := s.BeginTx(ctx, driver.TxOptions{}) // fails in a transaction
	if err != nil {
		return false
	}
	if _, err := s.ExecContext(ctx, reset, nil); err != nil {
		return false
	}
	return tx.Commit() == nil && s.IsValid()
}
