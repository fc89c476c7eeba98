// Package store keeps everything the platform knows in PostgreSQL: rows and transactions, one file per noun.
//
// An exported method owns its transaction; an unexported function takes one. Every write runs in an explicit
// transaction, because an autocommitted statement can run twice when a connection breaks between execution and
// reply. Every query of a tenant's rows is bound to employer and mode. The rules themselves are in store/board:
// this package must not decide what is allowed, only see to it that what was decided happens once.
package store

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/cvtext"
)

// SecretKeySize is the length of Options.SecretKey in bytes.
const SecretKeySize = 32

// defaultMaxConns is what one copy of the program uses: more connections cost throughput and tail latency.
const defaultMaxConns = 8

// Options configure Open. Now, Rand and SecretKey are required.
type Options struct {
	// Log takes what no caller hears of; nil discards it.
	Log *slog.Logger
	// Now is the clock of every row that is written.
	Now func() time.Time
	// Rand is the source of keys and secrets, crypto/rand.Reader outside tests.
	Rand io.Reader
	// SecretKey is what pepper and encryption keys are derived from, SecretKeySize bytes.
	SecretKey []byte
	// LimitsByNow makes rate limits use Now instead of the database's clock. Only for tests with one copy of the
	// program: several copies share only the database's clock.
	LimitsByNow bool
	// MaxConns bounds the connections to the database; 0 means 8.
	MaxConns int
	// ExtractText reads the text of CVs, which come from strangers; nil does it in this process (see cvtext.Extract).
	ExtractText ExtractText
}

// Store is a pool of connections with the statements prepared on it. It is safe for concurrent use.
type Store struct {
	db     *sqlx.DB
	log    *slog.Logger
	now    func() time.Time
	rand   io.Reader
	pepper []byte
	// fingerprint tells secret keys apart and says nothing of them.
	fingerprint []byte

	limitsByNow bool

	url       string
	sealer    *sealer
	withdraw  []byte // the key of the links that withdraw applications
	cursors   []byte // the key of the cursors of lists
	files     FileStore
	text      ExtractText
	replies   *replySealer
	erased    []byte // the key of the digests of erased people's addresses
	stems     *stemmer
	plan      searchPlan
	searching chan struct{} // has an item for each search of the CV database that runs
	wake      *notifier
	connector *preparingConnector
}

// Tenant is the half of an employer's data that a key or a session sees: every query of tenants' rows is bound to it.
type Tenant struct {
	EmployerID int64
	Mode       board.Mode
}

// Open connects to the database at url. It does not wait for the database to be there; see Ping.
func Open(url string, o Options) (*Store, error) {
	if len(o.SecretKey) != SecretKeySize {
		return nil, fmt.Errorf("the secret key has %d bytes, want %d", len(o.SecretKey), SecretKeySize)
	}
	pepper, err := hkdf.Key(sha256.New, o.SecretKey, nil, "itmanagerjobs api key pepper", sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("derive the pepper: %w", err)
	}
	fingerprint, err := hkdf.Key(sha256.New, o.SecretKey, nil, "itmanagerjobs secret key fingerprint", sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("derive the fingerprint: %w", err)
	}
	config, err := pq.NewConfig(url)
	if err != nil {
		return nil, fmt.Errorf("database URL: %w", err)
	}
	// Bytes go as they are: files in half the size, and the words of a CV as PostgreSQL keeps them.
	config.BinaryParameters = true
	connector, err := pq.NewConnectorConfig(config)
	if err != nil {
		return nil, fmt.Errorf("database URL: %w", err)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.MaxConns == 0 {
		o.MaxConns = defaultMaxConns
	}
	sealer, err := newSealer(o.SecretKey, o.Rand)
	if err != nil {
		return nil, err
	}
	replies, err := newReplySealer(o.SecretKey, o.Rand)
	if err != nil {
		return nil, err
	}
	withdraw, err := hkdf.Key(sha256.New, o.SecretKey, nil, "itmanagerjobs withdraw links", sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("derive the key of withdraw links: %w", err)
	}
	cursors, err := hkdf.Key(sha256.New, o.SecretKey, nil, "itmanagerjobs list cursors", sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("derive the key of cursors: %w", err)
	}
	erased, err := hkdf.Key(sha256.New, o.SecretKey, nil, "itmanagerjobs erased people", sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("derive the key of erased people: %w", err)
	}
	if o.ExtractText == nil {
		o.ExtractText = cvtext.Extract
	}
	preparing := &preparingConnector{Connector: connector, settings: sessionSettings}
	db := openPool(preparing, o.MaxConns)
	s := &Store{
		db: db, log: o.Log, now: o.Now, rand: o.Rand, pepper: pepper, fingerprint: fingerprint, limitsByNow: o.LimitsByNow,
		url: url, sealer: sealer, replies: replies, withdraw: withdraw, cursors: cursors, text: o.ExtractText, wake: newNotifier(db, o.Log), connector: preparing,
		erased: erased, stems: &stemmer{most: maxStems}, plan: defaultSearchPlan, searching: make(chan struct{}, searchesAtOnce),
	}
	s.files = bytesInRows{s}
	return s, nil
}

func openPool(connector *preparingConnector, maxConns int) *sqlx.DB {
	db := sqlx.NewDb(sql.OpenDB(connector), "postgres")
	db.SetMaxOpenConns(maxConns)
	db.SetMaxIdleConns(maxConns)
	return db
}

// Close sends the notifications that wait and closes every connection.
func (s *Store) Close() error {
	s.wake.close()
	if err := s.db.Close(); err != nil {
		// A connection that the server has broken complains when it is closed. Nothing hangs on it.
		s.log.Debug("closing a connection failed", "error", err)
	}
	return nil
}

// RoundTrips counts the statements sent to the database since Open, transactions' BEGIN and COMMIT not among them.
func (s *Store) RoundTrips() int64 { return s.connector.roundTrips.Load() }

// Ping tells whether the database answers and has the schema this program was built for.
func (s *Store) Ping(ctx context.Context) error {
	var n int
	return s.db.QueryRowContext(ctx, `SELECT count(*) FROM (SELECT 1 FROM employers LIMIT 1) e`).Scan(&n)
}

// Now is the store's clock: UTC, in whole microseconds as PostgreSQL keeps them.
func (s *Store) Now() time.Time { return s.now().UTC().Truncate(time.Microsecond) }

// Tx is one transaction with its one point in time.
type Tx struct {
	store *Store
	tx    *sqlx.Tx
	Now   time.Time

	// events are written when fn of WithTx has returned; wake is who is told after the commit.
	events []pendingEvent
	wake   wakeUp
	// candidates are those that the transaction tells its caller about: a recorded answer may name them.
	candidates []int64
}

type txKey struct{}

// WithTx runs fn in a transaction that commits when fn returns nil. Inside another WithTx of the same context it
// joins that transaction, whose owner then decides about commit and rollback.
func (s *Store) WithTx(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	if tx := s.joined(ctx); tx != nil {
		return fn(ctx, tx)
	}
	sqlTx, err := s.db.BeginTxx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	tx := &Tx{store: s, tx: sqlTx, Now: s.Now()}
	err = fn(context.WithValue(ctx, txKey{}, tx), tx)
	if err == nil {
		err = tx.writeEvents(ctx)
	}
	if err != nil {
		if rollbackErr := sqlTx.Rollback(); rollbackErr != nil && !errors.Is(rollbackErr, sql.ErrTxDone) {
			s.log.WarnContext(ctx, "rollback failed", "error", rollbackErr)
		}
		return err
	}
	if err := sqlTx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	s.wake.add(tx.wake) //nolint:contextcheck // the notification serves many transactions and outlives this one's context
	return nil
}

func (s *Store) joined(ctx context.Context) *Tx {
	if tx, ok := ctx.Value(txKey{}).(*Tx); ok && tx.store == s {
		return tx
	}
	return nil
}

// tellsOf notes that the caller is told of candidates: an answer that is recorded under an Idempotency-Key in this
// transaction goes with their erasure.
func (tx *Tx) tellsOf(candidateIDs ...int64) { tx.candidates = append(tx.candidates, candidateIDs...) }

// tellsOf is Tx.tellsOf of the transaction of the context, when there is one.
func (s *Store) tellsOf(ctx context.Context, candidateIDs ...int64) {
	if tx := s.joined(ctx); tx != nil {
		tx.tellsOf(candidateIDs...)
	}
}

// queryer is what reads and writes run on: the pool, or the transaction of the context.
type queryer interface {
	GetContext(ctx context.Context, dest any, query string, args ...any) error
	SelectContext(ctx context.Context, dest any, query string, args ...any) error
	QueryxContext(ctx context.Context, query string, args ...any) (*sqlx.Rows, error)
}

// reader returns the transaction of the context, or the pool.
func (s *Store) reader(ctx context.Context) queryer {
	if tx := s.joined(ctx); tx != nil {
		return tx.tx
	}
	return s.db
}

// get and list read one row and many in the transaction; exec tells how many rows it wrote.
func (tx *Tx) get(ctx context.Context, dest any, query string, args ...any) error {
	return tx.tx.GetContext(ctx, dest, query, args...)
}

func (tx *Tx) list(ctx context.Context, dest any, query string, args ...any) error {
	return tx.tx.SelectContext(ctx, dest, query, args...)
}

func (tx *Tx) exec(ctx context.Context, query string, args ...any) (int64, error) {
	res, err := tx.tx.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// savepoint runs fn so that an error of its leaves the rest of the transaction as it was.
func (tx *Tx) savepoint(ctx context.Context, name string, fn func() error) error {
	if _, err := tx.exec(ctx, "SAVEPOINT "+name); err != nil {
		return fmt.Errorf("set savepoint: %w", err)
	}
	emitted := len(tx.events)
	if err := fn(); err != nil {
		tx.events = tx.events[:emitted]
		if _, rollbackErr := tx.exec(ctx, "ROLLBACK TO SAVEPOINT "+name); rollbackErr != nil {
			return fmt.Errorf("roll back to savepoint: %w (after: %w)", rollbackErr, err)
		}
		return err
	}
	if _, err := tx.exec(ctx, "RELEASE SAVEPOINT "+name); err != nil {
		return fmt.Errorf("release savepoint: %w", err)
	}
	return nil
}

// violates tells whether err is a violation of the named unique constraint or index.
func violates(err error, constraint string) bool {
	var pqErr *pq.Error
	return errors.As(err, &pqErr) && pqErr.Code == "23505" && pqErr.Constraint == constraint
}

// lockTimedOut tells whether err says that a lock was waited for longer than the session's lock_timeout.
func lockTimedOut(err error) bool {
	var pqErr *pq.Error
	return errors.As(err, &pqErr) && pqErr.Code == "55P03"
}
