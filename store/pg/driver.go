package pg

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
)

// maxPrepared bounds the statements one connection keeps. The program's queries are constants and combinations of
// constants; those of the filters and orders of lists are more than this together, and so one makes room for the next.
const maxPrepared = 500

// preparingConnector makes connections that prepare every statement on first use and keep it. It replaces sql.DB.Prepare,
// which needs a second connection from the pool when it is called inside a transaction, and so can wait for itself.
type preparingConnector struct {
	driver.Connector

	// settings are run on every new connection; empty for connections of a pooler.
	settings string
	// prepares is false for connections of a pooler that gives each transaction another session.
	prepares bool
	// roundTrips counts the statements that were sent, for the tests that hold a request to its budget. Notifications are not
	// counted: they go out some time after the request, for several at once.
	roundTrips atomic.Int64
}

// sessionSettings are what every session has:
//   - lock_timeout and statement_timeout bound how long one request can wait;
//   - jit is off and plans are generic, because every statement is prepared, and planning or compiling it again would take
//     longer than most statements run;
//   - random_page_cost is low, because the tables of hot statements are in memory: with the default PostgreSQL would read
//     small ones from end to end;
//   - no parallel workers, because starting them takes longer than most statements run;
//   - no synchronized scans, so that a search that needs some of many rows gets the same ones each time;
//   - idle_in_transaction_session_timeout frees the locks of a program that was stopped in a transaction.
var sessionSettings = []sessionSetting{
	{"lock_timeout", "10s"},
	{"statement_timeout", "30s"},
	{"jit", "off"},
	{"plan_cache_mode", "force_generic_plan"},
	{"random_page_cost", "1.1"},
	{"max_parallel_workers_per_gather", "0"},
	{"synchronize_seqscans", "off"},
	{"idle_in_transaction_session_timeout", "1min"},
	{"timezone", "UTC"},
}

// sessionSetting is a setting of PostgreSQL, and its value as PostgreSQL shows it.
type sessionSetting struct{ name, value string }

// setStatements are the statements that give a session its settings.
func setStatements() string {
	var b strings.Builder
	for i, s := range sessionSettings {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString("SET " + s.name + " = '" + s.value + "'")
	}
	return b.String()
}

func (c *preparingConnector) Connect(ctx context.Context) (driver.Conn, error) {
	inner, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	conn, ok := inner.(pqConn)
	if !ok {
		return nil, fmt.Errorf("the database driver's %T lacks what the store needs of a connection", inner)
	}
	if c.settings != "" {
		if _, err := conn.ExecContext(ctx, c.settings, nil); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
	}
	return &preparingConn{pqConn: conn, connector: c, stmts: map[string]pqStmt{}}, nil
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

type preparingConn struct {
	pqConn

	connector *preparingConnector
	stmts     map[string]pqStmt
	// spent means that the session does not write any more; the pool then makes a new one, which may find a server that does.
	spent bool
}

// IsValid tells the pool whether to keep the connection.
func (c *preparingConn) IsValid() bool { return !c.spent && c.pqConn.IsValid() }

// noted looks at the error of a statement.
func (c *preparingConn) noted(err error) error {
	c.spent = c.spent || ReadOnly(err)
	return err
}

// BeginTx leaves to the server whether a transaction writes: that of lib/pq always says READ WRITE, and so writes to a database that the
// operator has closed to writes (default_transaction_read_only) before its rows are taken elsewhere. The program begins transactions
// with no other option.
func (c *preparingConn) BeginTx(ctx context.Context, _ driver.TxOptions) (driver.Tx, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return c.Begin() // the one way to a BEGIN without options; database/sql ends what is cancelled
}

// QueryContext and ExecContext are never called concurrently: database/sql locks the connection.
func (c *preparingConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if !c.connector.prepares {
		c.connector.roundTrips.Add(1)
		rows, err := c.pqConn.QueryContext(ctx, query, args)
		return rows, c.noted(err)
	}
	stmt, err := c.prepared(ctx, query)
	if err != nil {
		return nil, err
	}
	c.connector.roundTrips.Add(1)
	rows, err := stmt.QueryContext(ctx, args)
	return rows, c.noted(err)
}

// ExecContext runs a statement without arguments (such as SAVEPOINT) directly: that is one round trip already. Through a
// pooler it runs every statement directly, for the next transaction may run in another session.
func (c *preparingConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if query != notifySQL {
		c.connector.roundTrips.Add(1)
	}
	if len(args) == 0 || !c.connector.prepares {
		res, err := c.pqConn.ExecContext(ctx, query, args)
		return res, c.noted(err)
	}
	stmt, err := c.prepared(ctx, query)
	if err != nil {
		return nil, err
	}
	res, err := stmt.ExecContext(ctx, args)
	return res, c.noted(err)
}

func (c *preparingConn) prepared(ctx context.Context, query string) (pqStmt, error) {
	if stmt, ok := c.stmts[query]; ok {
		return stmt, nil
	}
	if len(c.stmts) >= maxPrepared {
		if err := c.forgetOne(); err != nil {
			return nil, err
		}
	}
	inner, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	stmt, ok := inner.(pqStmt)
	if !ok {
		return nil, fmt.Errorf("the database driver's %T lacks what the store needs of a statement", inner)
	}
	c.stmts[query] = stmt
	return stmt, nil
}

// forgetOne drops any statement, as the order of a map is: what is used often is soon there again.
func (c *preparingConn) forgetOne() error {
	for query, stmt := range c.stmts {
		delete(c.stmts, query)
		return stmt.Close()
	}
	return nil
}
