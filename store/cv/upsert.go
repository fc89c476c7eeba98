package cv

import (
	"context"
	"fmt"
	"iter"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

// insert writes those who are new by COPY, which fails as a whole when another import has written one of them meanwhile.
func (im *importer) insert(ctx context.Context, tx *pg.Tx) error {
	var added []*importRow
	for _, r := range im.toWrite {
		if r.id == 0 {
			added = append(added, r)
		}
	}
	if len(added) == 0 {
		return nil
	}
	var ids []int64
	if err := tx.List(ctx, &ids, `SELECT nextval('candidates_id_seq') FROM generate_series(1, $1)`, len(added)); err != nil {
		return fmt.Errorf("draw numbers: %w", err)
	}
	columns := columns()
	err := copyIn(ctx, tx, "cv_candidates", copiedColumns(columns), func(yield func([]any) bool) {
		for i, r := range added {
			if !yield(im.copied(columns, r, ids[i], tx.Now)) {
				return
			}
		}
	})
	if err != nil {
		return fmt.Errorf("write new people: %w", err)
	}
	for i, r := range added {
		r.id, r.written, r.isNew, r.visible = ids[i], true, true, r.Visibility == board.VisibilityVisible
	}
	im.done.New += len(added)
	return nil
}

// upsert writes those who are known already, whose rows are locked.
func (im *importer) upsert(ctx context.Context, tx *pg.Tx) error {
	var rows []*importRow
	for _, r := range im.toWrite {
		if !r.written {
			rows = append(rows, r)
		}
	}
	if len(rows) == 0 {
		return nil
	}
	columns := columns()
	args := make([]any, 0, 4+len(columns))
	args = append(args, im.mode, tx.Now, pg.Column[pq.ByteaArray](rows, func(r *importRow) []byte { return r.hash }),
		pg.Column[pq.Int64Array](rows, func(r *importRow) int64 { return r.id }))
	for _, c := range columns {
		args = append(args, pg.Column[pq.StringArray](rows, func(r *importRow) string { return pg.Storable(c.text(r)) }))
	}
	var written []struct {
		ID      int64  `db:"id"`
		Address string `db:"address"`
		Visible bool   `db:"visible"`
	}
	if err := tx.List(ctx, &written, importSQL(columns), args...); err != nil {
		return fmt.Errorf("write people: %w", err)
	}
	for _, w := range written {
		r := im.rows[w.Address]
		r.id, r.visible, r.written = w.ID, w.Visible, true
	}
	im.done.Changed += len(written)
	return nil
}

// findIDs finds the ids of the people whom another import has written while this one was at work.
func (im *importer) findIDs(ctx context.Context, tx *pg.Tx) error {
	var addresses pq.StringArray
	for _, r := range im.toWrite {
		if r.id == 0 {
			addresses = append(addresses, r.address)
		}
	}
	known, err := im.known(ctx, tx, addresses)
	if err != nil {
		return err
	}
	for address, k := range known {
		im.rows[address].id = k.ID
	}
	return nil
}

// confirm extends the retention of those who came unchanged.
func (im *importer) confirm(ctx context.Context, tx *pg.Tx) error {
	if len(im.toConfirm) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `
UPDATE cv_candidates c SET retain_until = greatest(c.retain_until, u.until)
  FROM unnest($1::bigint[], $2::timestamptz[]) u (id, until) WHERE c.id = u.id`,
		pg.Column[pq.Int64Array](im.toConfirm, func(r *importRow) int64 { return r.id }),
		pg.Column[pq.StringArray](im.toConfirm, func(r *importRow) string { return pg.Timestamp(board.CVRetention(r.UpdatedAt)) }))
	if err != nil {
		return fmt.Errorf("confirm people: %w", err)
	}
	return nil
}

// copyIn writes rows by COPY, which costs PostgreSQL much less than an INSERT of arrays does.
func copyIn(ctx context.Context, tx *pg.Tx, table string, columns []string, rows iter.Seq[[]any]) error {
	stmt, err := tx.CopyIn(ctx, pq.CopyIn(table, columns...)) //nolint:sqlclosecheck // it is closed below
	if err != nil {
		return fmt.Errorf("begin to copy into %s: %w", table, err)
	}
	defer stmt.Close()
	for row := range rows {
		if _, err := stmt.ExecContext(ctx, row...); err != nil {
			return fmt.Errorf("copy a row into %s: %w", table, err)
		}
	}
	if _, err := stmt.ExecContext(ctx); err != nil {
		return fmt.Errorf("copy into %s: %w", table, err)
	}
	return nil
}
