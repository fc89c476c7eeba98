package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"itmanagerjobs/store/pg"
)

// NotReadyError says why a copy of the program is not ready.
type NotReadyError struct {
	// Reason is a sentence for an operator. It names no cause, which is for the log.
	Reason string
	Err    error
}

func (e *NotReadyError) Error() string { return e.Err.Error() }
func (e *NotReadyError) Unwrap() error { return e.Err }

// admissionProbe is what the admission of a request does, for a key that does not exist and without counting it. It is a statement
// by itself, as an admission is.
const admissionProbe = `SELECT admit('{0}', '{jobs}', '{NULL}', '{1000000}', '{0}', NULL, true) IS NOT NULL`

// probes are what a request reads, and what makes the server write a temporary file, which fails when its disk is full.
var probes = []string{
	`SET LOCAL work_mem = '64kB'`,
	`SELECT count(*) FROM (SELECT FROM api_keys k JOIN jobs j ON j.employer_id = k.employer_id AND j.mode = k.mode LIMIT 1) r`,
	`SELECT count(*) FROM (SELECT repeat(g::text, 10) AS t FROM generate_series(1, 2000) g ORDER BY t OFFSET 1) spilled`,
}

// Ready tells whether the database does what a request needs: it answers, takes writes, has room and the schema this program was
// built for. It uses the connections that are kept for that. Errors: *NotReadyError.
func (s *Store) Ready(ctx context.Context) error { return notReady(ctx, s.probe(ctx)) }

// LookReady is Ready for a command that must change nothing: what it writes to find out is rolled back.
func (s *Store) LookReady(ctx context.Context) error {
	errSeen := errors.New("seen")
	err := s.db.Kept().WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		var admitted bool
		if err := tx.Get(ctx, &admitted, admissionProbe); err != nil {
			return err
		}
		return cmp.Or(read(ctx, tx), errSeen)
	})
	if errors.Is(err, errSeen) {
		return nil
	}
	return notReady(ctx, err)
}

func notReady(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case pg.ReadOnly(err):
		return &NotReadyError{"The database takes no writes.", err}
	case pg.Exhausted(err):
		return &NotReadyError{"The database has no disk space, memory or connections left.", err}
	case pg.Away(err), ctx.Err() != nil:
		return &NotReadyError{"The database does not answer.", err}
	}
	return &NotReadyError{"The database cannot be used; the log says why.", err}
}

func (s *Store) probe(ctx context.Context) error {
	db := s.db.Kept()
	var admitted bool
	//house:write nothing is counted, and a lock that is taken twice does no harm
	if err := db.Get(ctx, &admitted, admissionProbe); err != nil {
		return err
	}
	return db.WithTx(ctx, read)
}

func read(ctx context.Context, tx *pg.Tx) error {
	for _, probe := range probes {
		if _, err := tx.Exec(ctx, probe); err != nil {
			return err
		}
	}
	return nil
}

// ClockDifference is by how much the clock of the database is ahead of that of the program, less than half a round trip off.
// What has a date goes by the program's clock, rate limits and leases by the database's; no promise compares the two.
func (s *Store) ClockDifference(ctx context.Context) (time.Duration, error) {
	before := s.db.Now()
	var theirs time.Time
	if err := s.db.Get(ctx, &theirs, `SELECT clock_timestamp()`); err != nil {
		return 0, fmt.Errorf("read the clock of the database: %w", err)
	}
	ours := before.Add(s.db.Now().Sub(before) / 2)
	return theirs.Sub(ours), nil
}
