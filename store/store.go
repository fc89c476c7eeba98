// Package store keeps everything the platform knows in PostgreSQL. Each package below it owns its tables, and Store puts
// them together: a field for each. What takes more than one of them, such as opening a candidate wherever the candidate is
// kept, is a method of Store; so are the recorded answers under an Idempotency-Key.
//
// An exported method owns its transaction, or joins that of its context; an unexported function takes one. Every write runs
// in an explicit transaction, because a statement without one can run twice when a connection breaks between execution and
// reply. Every query of a tenant's rows is bound to employer and mode. The rules themselves are in store/board: the store must
// not decide what is allowed, only make sure that what was decided happens once. It knows nothing of HTTP.
package store

import (
	"context"
	"io"
	"log/slog"
	"time"

	"itmanagerjobs/store/account"
	"itmanagerjobs/store/billing"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/cv"
	"itmanagerjobs/store/cvtext"
	"itmanagerjobs/store/erase"
	"itmanagerjobs/store/job"
	"itmanagerjobs/store/match"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/pipeline"
	"itmanagerjobs/store/seal"
	"itmanagerjobs/store/simulate"
)

// SecretKeySize is the length of Options.SecretKey in bytes.
const SecretKeySize = seal.KeySize

// The connections of one copy of the program, without those of the delivery engine.
const (
	// DefaultConns is what was measured to be best on two cores: with more of them throughput fell and latency rose.
	DefaultConns = 8
	// MinConns leaves two to ordinary work and two to what is kept.
	MinConns = 4
	// keptConns are for the admission of requests and for readiness alone.
	keptConns = 2
	// spareConns of ordinary work are left by the requests of one employer with an Idempotency-Key, however many there are.
	spareConns = 2
)

// Options configure Open. Now, Rand and SecretKey are required.
type Options struct {
	// Log takes what no caller hears of; nil discards it.
	Log *slog.Logger
	// Now is the clock of every row that is written.
	Now func() time.Time
	// Rand is the source of keys and secrets, crypto/rand.Reader outside tests.
	Rand io.Reader
	// Salts is that of salts, which every write takes one of; nil for Rand.
	Salts io.Reader
	// SecretKey is what pepper and encryption keys are derived from, SecretKeySize bytes.
	SecretKey []byte
	// LimitsByNow makes rate limits use Now instead of the database's clock. Only for tests with one copy of the
	// program: several copies share only the database's clock.
	LimitsByNow bool
	// MaxConns bounds the connections to the database, MinConns at the least; 0 means DefaultConns. Some of them are kept for the
	// admission of requests and for readiness. The queue has connections of its own, see outbox.QueueOptions.
	MaxConns int
	// DirectURL and Unprepared are for a pooler between the program and PostgreSQL, see pg.Options.
	DirectURL  string
	Unprepared bool
	// StandbyURL is a standby of the database, empty for none. What may be read there says so by pg.Lagging: the jobs that everybody
	// sees, in a context of pg.MayLag, and searches of the CV database.
	StandbyURL string
	// PublicURL is the address of the platform, without a slash at its end. Emails that no request asks for lead there.
	PublicURL string
	// ReadText reads the text of CVs, which come from strangers; nil does it in this process, for tests (see cvtext.Reader).
	ReadText pipeline.ReadText
	// CVPatience is how long somebody who applies waits at most for that; 0 means board.CVPatience.
	CVPatience time.Duration
	// Connector is for tests, see pg.Options.
	Connector pg.MakeConnector
	// Spent is told, after the commit, of credits of live data that were spent. It must not wait; nil is for nobody.
	Spent func(ctx context.Context, kind board.CreditKind, n int64)
	// Waited is told how long a request or chore has waited for a connection, when it has; see pg.Options.
	Waited func(context.Context, time.Duration)
}

// Store has a field for each package of the store. It is safe for concurrent use.
type Store struct {
	Accounts *account.Store
	Billing  *billing.Store
	Jobs     *job.Store
	Pipeline *pipeline.Store
	CV       *cv.Store
	Matches  *match.Store
	Outbox   *outbox.Store
	Erasure  *erase.Store
	// Simulation makes things happen to test data.
	Simulation *simulate.Store

	db      *pg.DB
	keys    seal.Keys
	flights *flights
}

// Open connects to the database at url. It does not wait for the database to be there; see Ping.
func Open(url string, o Options) (*Store, error) {
	keys, err := seal.Derive(o.SecretKey, o.Rand)
	if err != nil {
		return nil, err
	}
	if o.ReadText == nil {
		o.ReadText = cvtext.NewReader("").ReadWithin
	}
	if o.CVPatience == 0 {
		o.CVPatience = board.CVPatience
	}
	if o.Salts == nil {
		o.Salts = o.Rand
	}
	if o.MaxConns == 0 {
		o.MaxConns = DefaultConns
	}
	db, err := pg.Open(url, pg.Options{Log: o.Log, Now: o.Now, MaxConns: o.MaxConns, Kept: keptConns, Unavailable: board.ErrUnavailable, DirectURL: o.DirectURL, Unprepared: o.Unprepared, StandbyURL: o.StandbyURL, Connector: o.Connector, Waited: o.Waited})
	if err != nil {
		return nil, err
	}
	s := &Store{db: db, keys: keys, flights: newFlights(max(1, o.MaxConns-keptConns-spareConns))}
	s.Accounts = account.New(account.Config{DB: db, Rand: o.Rand, Salts: o.Salts, Pepper: keys.Pepper, Secrets: keys.Secrets, LimitsByNow: o.LimitsByNow, PublicURL: o.PublicURL, Spent: o.Spent})
	s.Billing = billing.New(db, s.Accounts, o.PublicURL)
	s.Matches = match.New(db)
	s.Jobs = job.New(db, s.Accounts, keys.Viewers)
	s.Pipeline = pipeline.New(pipeline.Config{DB: db, Jobs: s.Jobs, Rand: o.Rand, Keys: keys, ReadText: o.ReadText, CVPatience: o.CVPatience})
	s.Outbox = outbox.New(outbox.Config{DB: db, Log: o.Log, Rand: o.Rand, Secrets: keys.Secrets, Admins: s.Accounts, People: s.Pipeline})
	s.CV = cv.New(db, s.Accounts, keys)
	s.Erasure = erase.New(erase.Config{DB: db, Pipeline: s.Pipeline, CV: s.CV, Matches: s.Matches, Replies: s})
	s.Simulation = simulate.New(simulate.Config{Jobs: s.Jobs, Pipeline: s.Pipeline, Rand: o.Rand, Now: db.Now})
	return s, nil
}

// Close sends the notifications that wait and closes every connection.
func (s *Store) Close() error { return s.db.Close() }

// RoundTrips counts the statements sent to the database since Open, transactions' BEGIN and COMMIT not among them.
func (s *Store) RoundTrips() int64 { return s.db.RoundTrips() }

// DatabaseHealth is how the database is, as this copy of the program sees it.
func (s *Store) DatabaseHealth(ctx context.Context) (pg.Health, error) { return s.db.Health(ctx) }

// PoolStats are the connections of this copy for requests and chores.
func (s *Store) PoolStats() pg.PoolStats { return s.db.PoolStats() }

// StandbyStats are of the reads of this copy that may lag.
func (s *Store) StandbyStats() pg.StandbyStats { return s.db.StandbyStats() }

// MeasureStandby looks how far the standby is behind, see pg.DB.MeasureStandby.
func (s *Store) MeasureStandby(ctx context.Context) error { return s.db.MeasureStandby(ctx) }

// LookAtStandby tells how long the standby takes to have what the primary has, see pg.DB.LookAtStandby.
func (s *Store) LookAtStandby(ctx context.Context) (time.Duration, error) {
	return s.db.LookAtStandby(ctx)
}

// DatabaseVitals are what an operator looks at first, of the database and its server.
func (s *Store) DatabaseVitals(ctx context.Context) (pg.Vitals, error) { return s.db.Vitals(ctx) }

// OtherSettings names the settings of a session that are not what the program needs, see pg.DB.OtherSettings.
func (s *Store) OtherSettings(ctx context.Context) ([]string, error) { return s.db.OtherSettings(ctx) }

// Now is the store's clock: UTC, in whole microseconds as PostgreSQL keeps them.
func (s *Store) Now() time.Time { return s.db.Now() }

// WithTx runs fn in a transaction that commits when fn returns nil; methods of the rooms that are called with fn's
// context join it.
func (s *Store) WithTx(ctx context.Context, fn func(ctx context.Context) error) error {
	return s.db.WithTx(ctx, func(ctx context.Context, _ *pg.Tx) error { return fn(ctx) })
}

// Queue is what the delivery engine works with: the queue of the outbox, and the applications and files that are sent.
type Queue struct {
	*outbox.Queue
	*pipeline.Outgoing
}

// OpenQueue opens a queue on the database of the store, with its clock and its keys.
//
//house:told what it reads goes to endpoints, and into no recorded answer
func (s *Store) OpenQueue(o outbox.QueueOptions) (*Queue, error) {
	queue, err := s.Outbox.OpenQueue(o)
	if err != nil {
		return nil, err
	}
	return &Queue{Queue: queue, Outgoing: s.Pipeline.OpenOutgoing(queue)}, nil
}

// Messages reads the messages of rows of email lanes, by id, with their Attachments. One that is missing is no longer kept.
func (q *Queue) Messages(ctx context.Context, rows []outbox.Queued) (map[int64]outbox.Message, error) {
	messages, err := q.Queue.Messages(ctx, rows)
	if err != nil {
		return nil, err
	}
	var ids []int64
	for _, m := range messages {
		ids = append(ids, m.FileIDs...)
	}
	files, err := q.Files(ctx, ids)
	if err != nil {
		return nil, err
	}
	for id, m := range messages {
		for _, fileID := range m.FileIDs {
			if file, found := files[fileID]; found { // else it was erased meanwhile
				m.Attachments = append(m.Attachments, file)
			}
		}
		messages[id] = m
	}
	return messages, nil
}

// CursorKey is the key that signs the cursors of lists.
func (s *Store) CursorKey() []byte { return s.keys.Cursors }
