package pg

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
)

// Tx is one transaction with its one point in time. It is for one goroutine.
type Tx struct {
	// Now is the time of everything that the transaction writes, in UTC and whole microseconds. It is the same from begin to
	// commit, and nobody sets it: what must not be older than what it waited for compares the two (as board.Job does).
	Now time.Time

	db *DB
	tx *sqlx.Tx
	// before and after are hooks: what was left to be done before the commit, and what is done after it.
	before []work
	after  []func()
	// attached came with the contexts of the transaction, see BeforeCommit.Attach.
	attached []*work
	notify   notifications
	marks    []mark
	made     []string
}

// work is one item left for a hook.
type work struct {
	hook hook
	item any
}

// mark is an id noted under a label, see Mark.
type mark struct {
	label string
	id    int64
}

type txKey struct{}

// WithTx runs fn in a transaction that commits when fn returns nil. Inside another WithTx of the same context it
// joins that transaction, whose owner then decides about commit and rollback. It holds a connection until it returns, so fn waits
// for nothing but the database (see docs/house-rules.md). Errors: those of fn; *UnavailableError.
func (db *DB) WithTx(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	if tx := db.Joined(ctx); tx != nil {
		tx.attach(ctx)
		return fn(ctx, tx)
	}
	return db.shared(ctx, func() error { return db.begin(ctx, fn) })
}

func (db *DB) begin(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) (err error) {
	ctx, end := traced(ctx)
	defer func() { end(err) }()
	sqlTx, err := db.pool.BeginTxx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	tx := &Tx{db: db, tx: sqlTx, Now: db.Now()}
	tx.attach(ctx)
	if err = tx.leaveTrace(ctx); err == nil {
		err = fn(context.WithValue(ctx, txKey{}, tx), tx)
	}
	if err == nil {
		err = tx.runHooks(ctx)
	}
	if err != nil {
		if rollbackErr := sqlTx.Rollback(); rollbackErr != nil && !errors.Is(rollbackErr, sql.ErrTxDone) {
			db.log.WarnContext(ctx, "rollback failed", "error", rollbackErr)
		}
		return err
	}
	if err := sqlTx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	for _, do := range tx.after {
		do()
	}
	db.notifier.add(tx.notify) //nolint:contextcheck // the notification serves many transactions and outlives this one's context
	return nil
}

// Together runs fn in one transaction for n callers who ask at the same time (package batch); fn returns a result for each of them. It
// fails only when PostgreSQL has refused what one of them asked for, so that nothing is kept and each may be tried by itself. After
// another failure the commit may have been done: nothing may be tried again, and the result of each is failed. What the contexts of
// the callers have attached is for fn to write, see Attach.
func Together[Out any](ctx context.Context, db *DB, n int, failed func(error) Out, fn func(ctx context.Context, tx *Tx) ([]Out, error)) ([]Out, error) {
	var out []Out
	err := db.WithTx(Detach(ctx), func(ctx context.Context, tx *Tx) (err error) {
		out, err = fn(ctx, tx)
		return err
	})
	switch {
	case err == nil:
		return out, nil
	case Undone(err):
		return nil, err
	}
	out = make([]Out, n)
	for i := range out {
		out[i] = failed(err)
	}
	return out, nil
}

// Joined returns the transaction of the context, nil when there is none.
func (db *DB) Joined(ctx context.Context) *Tx {
	if tx, ok := ctx.Value(txKey{}).(*Tx); ok && tx.db == db {
		return tx
	}
	return nil
}

// Get reads one row in the transaction, into dest. Errors: sql.ErrNoRows.
func (tx *Tx) Get(ctx context.Context, dest any, query string, args ...any) error {
	return tx.tx.GetContext(ctx, dest, query, args...)
}

// List reads all rows in the transaction, into the slice that dest points to.
func (tx *Tx) List(ctx context.Context, dest any, query string, args ...any) error {
	return tx.tx.SelectContext(ctx, dest, query, args...)
}

// Each calls row for each row, one by one. row runs no statement.
func (tx *Tx) Each(ctx context.Context, row func(*sqlx.Rows) error, query string, args ...any) error {
	return each(ctx, tx.tx, row, query, args...)
}

// Exec runs a statement and returns how many rows it wrote.
func (tx *Tx) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	res, err := tx.tx.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// CopyIn prepares a COPY into a table's columns. The caller executes the statement once a row and closes it.
func (tx *Tx) CopyIn(ctx context.Context, query string) (*sql.Stmt, error) {
	return tx.tx.PrepareContext(ctx, query)
}

// Savepoint runs fn so that an error of fn leaves the rest of the transaction as it was before, its hooks included.
func (tx *Tx) Savepoint(ctx context.Context, name string, fn func() error) error {
	if _, err := tx.Exec(ctx, "SAVEPOINT "+name); err != nil {
		return fmt.Errorf("set savepoint: %w", err)
	}
	before, after, attached, made := len(tx.before), len(tx.after), len(tx.attached), len(tx.made)
	if err := fn(); err != nil {
		tx.before, tx.after, tx.attached, tx.made = tx.before[:before], tx.after[:after], tx.attached[:attached], tx.made[:made]
		if _, rollbackErr := tx.Exec(ctx, "ROLLBACK TO SAVEPOINT "+name); rollbackErr != nil {
			return fmt.Errorf("roll back to savepoint: %w (after: %w)", rollbackErr, err)
		}
		return err
	}
	if _, err := tx.Exec(ctx, "RELEASE SAVEPOINT "+name); err != nil {
		return fmt.Errorf("release savepoint: %w", err)
	}
	return nil
}

// Durable makes the commit wait until a crash of the database cannot lose it, in a session whose commits otherwise do not wait.
func (tx *Tx) Durable(ctx context.Context) error {
	if _, err := tx.Exec(ctx, `SET LOCAL synchronous_commit = on`); err != nil {
		return fmt.Errorf("make the commit durable: %w", err)
	}
	return nil
}

// Notify tells every copy of the program, after the commit, that there is news of ids on a channel. See DB.Listen.
func (tx *Tx) Notify(channel string, ids ...int64) {
	if len(ids) > 0 {
		tx.notify = append(tx.notify, notification{channel, ids})
	}
}

// Mark notes ids under a label for the rest of the transaction.
func (tx *Tx) Mark(label string, ids ...int64) {
	for _, id := range ids {
		tx.marks = append(tx.marks, mark{label, id})
	}
}

// Marked lists the ids noted under a label, in the order in which they were noted.
func (tx *Tx) Marked(label string) []int64 {
	ids := []int64{}
	for _, m := range tx.marks {
		if m.label == label {
			ids = append(ids, m.id)
		}
	}
	return ids
}

// Make notes an object that the transaction makes, such as jobs/12, for what is written about the transaction.
func (tx *Tx) Make(kind string, id int64) { tx.made = append(tx.made, fmt.Sprintf("%s/%d", kind, id)) }

// Made lists the objects that were noted, in their order.
func (tx *Tx) Made() []string { return tx.made }
