package erase

import (
	"context"

	"itmanagerjobs/store/pg"
)

// EventsRead runs during within a transaction, and counts the events that PostgreSQL looks at for it.
func (s *Store) EventsRead(ctx context.Context, during func(ctx context.Context) error) (n int, err error) {
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		count := func() (n int, err error) {
			// Rows that a plain scan of an index finds count as the index's, others as the table's.
			err = tx.Get(ctx, &n, `
SELECT sum(pg_stat_get_xact_tuples_returned(p.relid) + pg_stat_get_xact_tuples_fetched(p.relid)
     + (SELECT sum(pg_stat_get_xact_tuples_fetched(i.indexrelid)) FROM pg_index i WHERE i.indrelid = p.relid))
  FROM pg_partition_tree('events') p`)
			return n, err
		}
		before, err := count()
		if err != nil {
			return err
		}
		if err := during(ctx); err != nil {
			return err
		}
		after, err := count()
		n = after - before
		return err
	})
	return n, err
}
