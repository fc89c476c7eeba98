package pg

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"itmanagerjobs/store/turns"
)

// Options configure Open. Now is required.
type Options struct {
	// Log is written what no caller is told; nil discards it.
	Log *slog.Logger
	// Now is the clock of every row that is written.
	Now func() time.Time
	// MaxConns bounds the connections to the database. 0 means 8: with more of them throughput fell and latency rose.
	MaxConns int
	// Kept is how many of them are left for DB.Kept. 0 means that all work shares all connections.
	Kept int
	// Unavailable is what an UnavailableError is besides its cause; nil for nothing.
	Unavailable error
	// Settings are statements that every new connection runs after those that all connections run.
	Settings string
	// TextParameters sends the values of parameters as text instead of binary.
	TextParameters bool
	// DirectURL is the way to PostgreSQL itself when the database's URL leads to a pooler in transaction mode, which keeps neither the
	// settings of a session nor what it listens to; empty for none. SetDefaults then gives sessions their settings.
	DirectURL string
	// StandbyURL is a standby of the database for reads that may lag; empty for none. It has as many connections of its own, and one for
	// MeasureStandby.
	StandbyURL string
	// Unprepared sends each statement whole, for a pooler that does not keep prepared statements apart.
	Unprepared bool
	// Waited is told how long ordinary work has waited for a connection, when it has, in its context. It must not wait; nil is for
	// nobody.
	Waited func(context.Context, time.Duration)
	// Connector makes what opens sessions; nil for NewConnector. Tests have one that keeps sessions for the next test.
	Connector MakeConnector
}

// MakeConnector makes what opens sessions with a configuration.
type MakeConnector func(pq.Config) (driver.Connector, error)

// defaultMaxConns is what one copy of the program uses.
const defaultMaxConns = 8

// DB is a pool of connections with the statements prepared on them. It is safe for concurrent use.
type DB struct {
	pool      *sqlx.DB
	direct    string
	log       *slog.Logger
	now       func() time.Time
	notifier  *notifier
	connector *preparingConnector
	opens     MakeConnector
	// writers are how the items of each hook are written, see BeforeCommit.Write.
	writers map[hook]any
	// share bounds the connections of ordinary work.
	share *share
	kept  *DB
	// standby is nil without one.
	standby *standby
	// unavailable is Options.Unavailable.
	unavailable error
	// closed is set by Close, also for what is kept.
	closed *atomic.Bool
}

// Open makes a pool for the database at url, a URL or a connection string of libpq. It connects on first use. Errors: a url
// that cannot be parsed.
func Open(url string, o Options) (*DB, error) {
	var follower *standby
	if o.StandbyURL != "" {
		var err error
		if follower, err = openStandby(o.StandbyURL, o); err != nil {
			return nil, err
		}
	}
	config, err := pq.NewConfig(url)
	if err != nil {
		return nil, fmt.Errorf("database URL: %w", err)
	}
	config.BinaryParameters = !o.TextParameters
	if o.Connector == nil {
		o.Connector = NewConnector
	}
	connector, err := o.Connector(config)
	if err != nil {
		return nil, fmt.Errorf("database URL: %w", err)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.MaxConns == 0 {
		o.MaxConns = defaultMaxConns
	}
	preparing := &preparingConnector{Connector: connector, settings: setStatements() + o.Settings, prepares: !o.Unprepared}
	if o.DirectURL == "" {
		o.DirectURL = url
	} else {
		preparing.settings = ""
	}
	pool := sqlx.NewDb(sql.OpenDB(preparing), "postgres")
	pool.SetMaxOpenConns(o.MaxConns)
	pool.SetMaxIdleConns(o.MaxConns)
	db := &DB{pool: pool, direct: o.DirectURL, log: o.Log, now: o.Now, notifier: newNotifier(pool, o.Log), connector: preparing, opens: o.Connector, writers: map[hook]any{}, closed: new(atomic.Bool), unavailable: o.Unavailable, standby: follower}
	kept := *db
	db.kept, db.share = &kept, newShare(o.MaxConns, o.Kept, o.Waited)
	kept.kept = &kept
	return db, nil
}

// Close sends the notifications that wait and closes every connection.
func (db *DB) Close() error {
	db.closed.Store(true)
	db.notifier.close()
	if db.standby != nil {
		_ = db.standby.close() // DB.Close does not fail
	}
	if err := db.pool.Close(); err != nil {
		// A connection that the server has broken complains when it is closed. Nothing hangs on it.
		db.log.Debug("closing a connection failed", "error", err)
	}
	return nil
}

// DirectURL is where PostgreSQL itself is, for what belongs to a session. It may hold a password: it is not for logs.
func (db *DB) DirectURL() string { return db.direct }

// Opens is Options.Connector, for another pool of the same program.
func (db *DB) Opens() MakeConnector { return db.opens }

// RoundTrips counts the statements sent to the database since Open, without the BEGIN and COMMIT of transactions and without
// notifications.
func (db *DB) RoundTrips() int64 { return db.connector.roundTrips.Load() }

// Now is the clock of the rows: UTC, in whole microseconds as PostgreSQL keeps them.
func (db *DB) Now() time.Time { return db.now().UTC().Truncate(time.Microsecond) }

// Reader is what reads run on: the pool or a transaction.
type Reader interface {
	// Get reads one row into dest. Errors: sql.ErrNoRows.
	Get(ctx context.Context, dest any, query string, args ...any) error
	// List reads all rows into the slice that dest points to.
	List(ctx context.Context, dest any, query string, args ...any) error
	// Each calls row for each row, one by one; row scans it.
	Each(ctx context.Context, row func(*sqlx.Rows) error, query string, args ...any) error
}

// Reader returns the transaction of the context, or the pool; that of the standby within Lagging.
func (db *DB) Reader(ctx context.Context) Reader {
	if tx := db.Joined(ctx); tx != nil {
		return tx
	}
	return db.at(ctx)
}

// Get reads one row outside any transaction, into dest. Errors: sql.ErrNoRows.
func (db *DB) Get(ctx context.Context, dest any, query string, args ...any) error {
	return db.shared(ctx, func() error { return db.pool.GetContext(ctx, dest, query, args...) })
}

// List reads all rows outside any transaction, into the slice that dest points to.
func (db *DB) List(ctx context.Context, dest any, query string, args ...any) error {
	return db.shared(ctx, func() error { return db.pool.SelectContext(ctx, dest, query, args...) })
}

// Each calls row for each row, one by one, outside any transaction.
func (db *DB) Each(ctx context.Context, row func(*sqlx.Rows) error, query string, args ...any) error {
	return db.shared(ctx, func() error { return each(ctx, db.pool, row, query, args...) })
}

// shared runs a statement on a connection of ordinary work. It waits for the database, and leaves a processor to others meanwhile.
func (db *DB) shared(ctx context.Context, do func() error) error {
	defer turns.Away(ctx)()
	if db.closed.Load() {
		return db.outward(ctx, sql.ErrConnDone)
	}
	leave, err := db.share.enter(ctx)
	if err != nil {
		return db.outward(ctx, err)
	}
	defer leave()
	return db.outward(ctx, do())
}

func each(ctx context.Context, q sqlx.QueryerContext, row func(*sqlx.Rows) error, query string, args ...any) error {
	rows, err := q.QueryxContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Conn takes one connection out of the pool, for what belongs to a session. The caller closes it.
func (db *DB) Conn(ctx context.Context) (*sqlx.Conn, error) { return db.pool.Connx(ctx) }

// Violates reports whether err is a violation of the named unique constraint or index.
func Violates(err error, constraint string) bool {
	var pqErr *pq.Error
	return errors.As(err, &pqErr) && pqErr.Code == "23505" && pqErr.Constraint == constraint
}

// Undone reports whether PostgreSQL has refused what a transaction was to write, so that nothing of it is kept: a value or a
// constraint forbids it, or it was the victim of a deadlock. Of a transaction that fails otherwise in its commit nobody knows.
func Undone(err error) bool {
	var pqErr *pq.Error
	if !errors.As(err, &pqErr) {
		return false
	}
	switch pqErr.Code.Class() {
	case "22", "23", "40":
		return true
	}
	return false
}

// LockTimedOut reports whether err says that a lock was waited for longer than the session's lock_timeout of 10 s.
func LockTimedOut(err error) bool {
	var pqErr *pq.Error
	return errors.As(err, &pqErr) && pqErr.Code == "55P03"
}
