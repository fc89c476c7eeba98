package job

import (
	"context"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/batch"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

// reads is how single jobs are read in batches.
var reads = batch.Options{
	// One statement at a time makes the fewest and largest of them; see docs/benchmarks.md.
	Patience: 50 * time.Millisecond, AtOnce: 3, Most: 100,
	// As long as a connection or a lock is waited for.
	Within: 10 * time.Second,
}

// asked is a job of a tenant that is asked for by its id.
type asked struct {
	tenant board.Tenant
	id     int64
}

// readAll reads jobs, nil for each that the tenant does not have.
func (s *Store) readAll(ctx context.Context, batch []asked) ([]*found, error) {
	return readAll(ctx, s.db, batch)
}

func readOne(ctx context.Context, q pg.Reader, want asked) (*found, error) {
	all, err := readAll(ctx, q, []asked{want})
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

type found struct {
	row

	// N is the place of the request in the batch, counted from 1.
	N int `db:"n"`
	// Seen is pg.RowVersion.
	Seen int64 `db:"seen"`
}

// readAll reads each row by its primary key: OFFSET 0 keeps PostgreSQL from choosing an index of the lists and reading all jobs of the
// employer, as it would in a new database, which has no statistics yet.
func readAll(ctx context.Context, q pg.Reader, batch []asked) ([]*found, error) {
	var rows []found
	err := q.List(ctx, &rows, `
SELECT w.n, seen, `+columns+` FROM unnest($1::bigint[], $2::bigint[], $3::text[]) WITH ORDINALITY w (wanted, employer, wanted_mode, n)
 CROSS JOIN LATERAL (SELECT `+columns+`, `+pg.RowVersion+` AS seen FROM jobs WHERE id = w.wanted OFFSET 0) j
 WHERE j.employer_id = w.employer AND j.mode = w.wanted_mode`,
		pg.Column[pq.Int64Array](batch, func(a asked) int64 { return a.id }),
		pg.Column[pq.Int64Array](batch, func(a asked) int64 { return a.tenant.EmployerID }),
		pg.Column[pq.StringArray](batch, func(a asked) string { return string(a.tenant.Mode) }))
	if err != nil {
		return nil, err
	}
	all := make([]*found, len(batch))
	for i := range rows {
		all[rows[i].N-1] = &rows[i]
	}
	return all, nil
}
