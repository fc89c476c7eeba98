package cv

import (
	"context"
	"fmt"
	"iter"
	"strconv"
	"time"

	"itmanagerjobs/store/pg"

	"github.com/lib/pq"
)

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

// index writes what a search reads of those who are new or changed and Visible, and removes what it read before.
func (im *importer) index(ctx context.Context, tx *pg.Tx, slots [ages]int) error {
	rows := make([]indexRow, 0, len(im.news))
	var known pq.Int64Array
	for _, r := range im.news {
		if !r.written {
			continue
		}
		if !r.made {
			known = append(known, r.id)
		}
		if r.visible {
			rows = append(rows, indexRow{profile: &r.profile, id: r.id, slot: slots[ageOf(r.UpdatedAt, im.at)]})
		}
	}
	if err := RemoveSearch(ctx, tx, known); err != nil {
		return err
	}
	return im.store.writeSearch(ctx, tx, rows)
}

// indexRow is somebody whom searches find, and the part of cv_index that they come into.
type indexRow struct {
	*profile

	id   int64
	slot int
}

// writeSearch has people found who are not yet.
func (s *Store) writeSearch(ctx context.Context, tx *pg.Tx, rows []indexRow) error {
	if len(rows) == 0 {
		return nil
	}
	terms, err := s.terms(ctx, tx, rows)
	if err != nil {
		return err
	}
	degrees := func(v *float64) string {
		if v == nil {
			return ""
		}
		return strconv.FormatFloat(*v, 'f', -1, 32) // as PostgreSQL keeps it: what is too near to 0 is 0
	}
	texts := func(of func(indexRow) string) pq.StringArray { return pg.Column[pq.StringArray](rows, of) }
	_, err = tx.Exec(ctx, `
INSERT INTO cv_index (slot, candidate_id, updated_at, sampled, years, latitude, longitude, facets, terms)
SELECT u.slot, u.id, u.updated_at, u.sampled, u.years, nullif(u.latitude, '')::real, nullif(u.longitude, '')::real, u.facets, u.terms
  FROM unnest($1::smallint[], $2::bigint[], $3::timestamptz[], $4::boolean[], $5::smallint[], $6::text[], $7::text[], $8::text[], $9::tsvector[])
       u (slot, id, updated_at, sampled, years, latitude, longitude, facets, terms)`,
		pg.Column[pq.Int64Array](rows, func(r indexRow) int64 { return int64(r.slot) }),
		pg.Column[pq.Int64Array](rows, func(r indexRow) int64 { return r.id }),
		texts(func(r indexRow) string { return pg.Timestamp(r.UpdatedAt) }),
		pg.Column[pq.BoolArray](rows, func(r indexRow) bool { return sampled(r.id) }),
		pg.Column[pq.Int64Array](rows, func(r indexRow) int64 { return int64(r.years()) }),
		texts(func(r indexRow) string { return degrees(r.Latitude) }), texts(func(r indexRow) string { return degrees(r.Longitude) }),
		texts(func(r indexRow) string { return pg.Storable(r.facets()) }),
		terms)
	if err != nil {
		return fmt.Errorf("index people: %w", err)
	}
	return nil
}

// terms are the tsvectors of rows.
func (s *Store) terms(ctx context.Context, tx *pg.Tx, rows []indexRow) ([]byte, error) {
	st := s.stems
	learn := func(rows []indexRow) error {
		return st.learn(ctx, tx, func(yield func(string) bool) {
			for _, r := range rows {
				for _, part := range r.parts {
					for _, w := range part {
						if !yield(w) {
							return
						}
					}
				}
			}
		})
	}
	if err := learn(rows); err != nil {
		return nil, err
	}
	return tsvectors(len(rows), func(i int, into []byte) ([]byte, error) {
		for {
			vector, known := st.tsvector(into, rows[i].parts, rows[i].words())
			if known {
				return vector, nil
			}
			if err := learn(rows[i : i+1]); err != nil {
				return nil, err
			}
		}
	})
}

// arrayText is an array of texts as PostgreSQL writes it.
func arrayText(v []string) string {
	text, _ := append(pq.StringArray{}, v...).Value() // never fails
	s, _ := text.(string)
	return s
}

// RemoveSearch takes people out of the search index.
func RemoveSearch(ctx context.Context, tx *pg.Tx, ids pq.Int64Array) error {
	if len(ids) == 0 {
		return nil
	}
	if _, err := tx.Exec(ctx, `DELETE FROM cv_index WHERE candidate_id = ANY ($1)`, ids); err != nil {
		return fmt.Errorf("take people out of the search: %w", err)
	}
	return nil
}

// updates are the dates of people.
func (im *importer) updates() []time.Time {
	return pg.Column[[]time.Time](im.news, func(r *importRow) time.Time { return r.UpdatedAt })
}
