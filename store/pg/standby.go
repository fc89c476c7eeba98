package pg

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lib/pq"
)

// MaxLag is how far a standby may be behind the primary. Nothing is read of one that is further behind.
const MaxLag = 5 * time.Second

const (
	// standbyTimeout ends a statement on a standby; the primary is asked then, where statements have more time.
	standbyTimeout = "4s"
	// measureTimeout bounds a look at a standby.
	measureTimeout = 2 * time.Second
	// samplesKept is how long positions of the primary are remembered, which is the longest lag that can be told.
	samplesKept = 10 * time.Minute
)

// standby is a server that follows the primary by streaming, for reads that may lag: see MayLag and Lagging.
//
// How far it is behind is told by positions in the write-ahead log, on the clock of this process alone. Each look notes the position of
// the primary, and then asks which one the standby has replayed: it has everything that was committed before the newest position noted
// that it has reached. So a standby that gets nothing any more, because its way to the primary is cut, is not taken for one that has
// everything; and one whose primary has nothing to do is.
type standby struct {
	db *DB
	// looks has a connection of its own, which no read takes.
	looks *DB
	// elapsed is the clock of lags, which only goes forward; it begins with the process.
	elapsed func() time.Duration

	mu      sync.Mutex // of a look
	samples []sample   // oldest first
	told    *bool      // whether reads go to the standby, as the log has it; nil before the first look

	// asOf is the moment up to which the standby has everything, in nanoseconds on the clock of lags.
	asOf atomic.Int64
	// fit tells whether the last look has found a standby of this database.
	fit                        atomic.Bool
	reads, repeated, elsewhere atomic.Int64
}

// sample is where the primary was at a moment, or later.
type sample struct {
	at       time.Duration // on the clock of lags
	position int64         // bytes of the write-ahead log
}

// openStandby makes pools for a standby of the database that o describes. It connects on first use.
func openStandby(address string, o Options) (*standby, error) {
	o.Settings += "; SET statement_timeout = '" + standbyTimeout + "'"
	o.DirectURL, o.StandbyURL, o.Kept, o.Connector = "", "", 0, standbyConnector
	address = withoutPrefer(address)
	reads, err := Open(address, o)
	if err != nil {
		return nil, fmt.Errorf("standby: %w", err)
	}
	o.MaxConns = 1
	looks, err := Open(address, o)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("standby: %w", err), reads.Close())
	}
	//house:clock how long ago something was, on the clock that only goes forward
	began := time.Now()
	//house:clock as above
	return &standby{db: reads, looks: looks, elapsed: func() time.Duration { return time.Since(began) }}, nil
}

func (s *standby) close() error { return errors.Join(s.db.Close(), s.looks.Close()) }

func (s *standby) lag() time.Duration { return s.elapsed() - time.Duration(s.asOf.Load()) }

// serves tells whether it may be read: a look that is late, because the primary does not answer, is as good as none.
func (s *standby) serves() bool { return s.fit.Load() && s.lag() <= MaxLag }

const primarySQL = `
SELECT (pg_current_wal_flush_lsn() - '0/0')::bigint AS position, system_identifier AS cluster, current_database() AS database FROM pg_control_system()`

const standbySQL = `
SELECT pg_is_in_recovery() AS follows, coalesce(pg_last_wal_replay_lsn() - '0/0', 0)::bigint AS position,
       system_identifier AS cluster, current_database() AS database FROM pg_control_system()`

// place is where a server is in the write-ahead log of which database.
type place struct {
	Follows  bool   `db:"follows"`
	Position int64  `db:"position"`
	Cluster  int64  `db:"cluster"`
	Database string `db:"database"`
}

// MeasureStandby looks how far the standby is behind, if there is one. Reads go there only as long as a look has found, less than MaxLag
// ago, that it has everything. A standby that cannot be used is no error; the log says when that changes. Errors: the primary does not answer.
func (db *DB) MeasureStandby(ctx context.Context) error {
	s := db.standby
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, measureTimeout)
	defer cancel()
	at := s.elapsed()
	var primary place
	if err := db.kept.Get(ctx, &primary, primarySQL); err != nil {
		s.tell(ctx, db, "the primary cannot be asked how far it is")
		return fmt.Errorf("ask the primary for its position: %w", err)
	}
	s.note(sample{at, primary.Position})
	var there place
	err := s.looks.Get(ctx, &there, standbySQL)
	s.fit.Store(err == nil && there.Follows && there.Cluster == primary.Cluster && there.Database == primary.Database)
	switch {
	case err != nil:
		s.tell(ctx, db, "it does not answer: "+err.Error())
	case !there.Follows:
		s.tell(ctx, db, "it is a standby no more, but takes writes")
	case !s.fit.Load():
		s.tell(ctx, db, "it is the standby of another database")
	default:
		if reached, ok := s.reached(there.Position); ok {
			s.asOf.Store(int64(reached))
		}
		if s.serves() {
			s.tell(ctx, db, "")
		} else {
			s.tell(ctx, db, "it is more than "+MaxLag.String()+" behind")
		}
	}
	return nil
}

// note keeps where the primary is. One that is not as far as before is another server.
func (s *standby) note(now sample) {
	if n := len(s.samples); n > 0 && now.position < s.samples[n-1].position {
		s.samples = nil
	}
	for len(s.samples) > 0 && s.samples[0].at < now.at-samplesKept {
		s.samples = s.samples[1:]
	}
	s.samples = append(s.samples, now)
}

// reached is the last moment whose commits are all at a position.
func (s *standby) reached(position int64) (at time.Duration, ok bool) {
	for _, sample := range slices.Backward(s.samples) {
		if sample.position <= position {
			return sample.at, true
		}
	}
	return 0, false
}

// tell logs what has changed; why reads go to the primary is empty when they do not.
func (s *standby) tell(ctx context.Context, db *DB, why string) {
	serves := why == ""
	switch {
	case s.told != nil && *s.told == serves:
	case serves:
		db.log.InfoContext(ctx, "reads that may lag go to the standby")
	default:
		db.log.WarnContext(ctx, "reads that may lag go to the primary, not to the standby", "reason", why)
	}
	s.told = &serves
}

// LookAtStandby waits until the standby has what the primary has now, MaxLag at most, and tells how long that took. Errors: it is
// none, does not answer, or takes longer.
func (db *DB) LookAtStandby(ctx context.Context) (lag time.Duration, err error) {
	if db.standby == nil {
		return 0, errors.New("there is none")
	}
	ctx, cancel := context.WithTimeout(ctx, MaxLag)
	defer cancel()
	var primary, there place
	if err := db.kept.Get(ctx, &primary, primarySQL); err != nil {
		return 0, fmt.Errorf("ask the primary for its position: %w", err)
	}
	began := db.standby.elapsed()
	for {
		if err := db.standby.looks.Get(ctx, &there, standbySQL); err != nil && ctx.Err() == nil {
			return 0, fmt.Errorf("it does not answer: %w", err)
		}
		lag = db.standby.elapsed() - began
		switch {
		case ctx.Err() != nil:
			return lag, fmt.Errorf("it is more than %s behind", MaxLag)
		case !there.Follows:
			return 0, errors.New("it is no standby, but takes writes")
		case there.Cluster != primary.Cluster || there.Database != primary.Database:
			return 0, errors.New("it is the standby of another database")
		case there.Position >= primary.Position:
			return lag, nil
		}
		select {
		case <-ctx.Done():
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// StandbyStats are of the reads of this copy that may lag.
type StandbyStats struct {
	// Serves tells whether they go to the standby now.
	Serves bool
	// Lag is how long ago the moment was up to which the standby has everything, as the last look found it: it grows between two looks.
	Lag time.Duration
	// Reads were made there, Repeated of them at the primary again, because they failed or found no row; Elsewhere were made at the primary at once.
	Reads, Repeated, Elsewhere int64
}

// StandbyStats asks nobody. Without a standby they are zero.
func (db *DB) StandbyStats() StandbyStats {
	s := db.standby
	if s == nil {
		return StandbyStats{}
	}
	return StandbyStats{Serves: s.serves(), Lag: s.lag(), Reads: s.reads.Load(), Repeated: s.repeated.Load(), Elsewhere: s.elsewhere.Load()}
}

// withoutPrefer leaves out an sslmode that the driver does not know: standbyConnector does what it says without one.
func withoutPrefer(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	q := u.Query()
	if mode := q.Get("sslmode"); mode != "prefer" && mode != "allow" {
		return address
	}
	q.Del("sslmode")
	u.RawQuery = q.Encode()
	return u.String()
}

// standbyConnector opens sessions whose server must not keep silent for longer than MaxLag. Without an sslmode TLS is used where the
// server has it: as it may be away when the program starts, that is found out with each connection.
func standbyConnector(config pq.Config) (driver.Connector, error) {
	plain := config
	plain.SSLMode = pq.SSLModeDisable
	var connectors [2]driver.Connector
	for i, c := range []pq.Config{config, plain} {
		connector, err := pq.NewConnectorConfig(c)
		if err != nil {
			return nil, err //nolint:wrapcheck // Open says what failed
		}
		connector.Dialer(impatientDialer{patience: MaxLag})
		connectors[i] = connector
	}
	if config.SSLMode != "" {
		return connectors[0], nil
	}
	return preferring{connectors[0], connectors[1]}, nil
}

// preferring connects with TLS, or without to a server that has none.
type preferring struct {
	driver.Connector

	plain driver.Connector
}

func (p preferring) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := p.Connector.Connect(ctx)
	if errors.Is(err, pq.ErrSSLNotSupported) {
		return p.plain.Connect(ctx) //nolint:wrapcheck // it stands for the driver's
	}
	return conn, err //nolint:wrapcheck // as above
}
