package pipeline

import (
	"context"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/job"
	"itmanagerjobs/store/pg"
)

// Tests hold a transaction up for as long as they need to fill the next one.
func init() { moves.Patience, arrivals.Patience = time.Hour, time.Hour }

// WaitingMoves is how many moves of a tenant wait for its next transaction.
func (s *Store) WaitingMoves(t board.Tenant) int { return s.moves.Waiting(t) }

// WaitingArrivals is how many applications for a job wait for its next transaction.
func (s *Store) WaitingArrivals(of board.Job) int {
	return s.arrivals.Waiting(job.Target{Mode: of.Mode, ID: of.ID})
}

// Scans runs during within a transaction, and tells how many scans of each index, and how many rows of the table that scans of indexes found,
// it took.
func (s *Store) Scans(ctx context.Context, table string, during func(ctx context.Context) error, indexes ...string) (rows int, scans []int, err error) {
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		count := func() (counts pq.Int64Array, err error) {
			// Rows that a plain scan of an index finds count as the index's, others as the table's.
			err = tx.Get(ctx, &counts, `
SELECT pg_stat_get_xact_tuples_fetched($1::text::regclass)
       + (SELECT sum(pg_stat_get_xact_tuples_fetched(indexrelid)) FROM pg_index WHERE indrelid = $1::text::regclass)::bigint
       || array_agg(pg_stat_get_xact_numscans(i.name::regclass) ORDER BY i.n)
  FROM unnest($2::text[]) WITH ORDINALITY AS i (name, n)`, table, pq.StringArray(indexes))
			return counts, err
		}
		before, err := count()
		if err != nil {
			return err
		}
		if err := during(ctx); err != nil {
			return err
		}
		after, err := count()
		if err != nil {
			return err
		}
		rows = int(after[0] - before[0])
		for i := range indexes {
			scans = append(scans, int(after[1+i]-before[1+i]))
		}
		return nil
	})
	return rows, scans, err
}
