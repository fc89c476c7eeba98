package cv

import (
	"context"
	"fmt"
	"strconv"

	"github.com/lib/pq"

	"itmanagerjobs/store/pg"
)

// index writes the index entries of those who are new or changed and Visible, and removes their former ones.
func (im *importer) index(ctx context.Context, tx *pg.Tx, partitions [bands]int) error {
	rows := make([]indexRow, 0, len(im.toWrite))
	var known pq.Int64Array
	for _, r := range im.toWrite {
		if !r.written {
			continue
		}
		if !r.isNew {
			known = append(known, r.id)
		}
		if r.visible {
			rows = append(rows, indexRow{profile: &r.profile, id: r.id, partition: partitions[bandOf(r.UpdatedAt, im.at)]})
		}
	}
	if err := RemoveFromIndex(ctx, tx, known); err != nil {
		return err
	}
	return im.store.addToIndex(ctx, tx, rows)
}

// indexRow is a person with the partition that their index entry comes into.
type indexRow struct {
	*profile

	id        int64
	partition int
}

// addToIndex writes the index entries of people who have none.
func (s *Store) addToIndex(ctx context.Context, tx *pg.Tx, rows []indexRow) error {
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
		pg.Column[pq.Int64Array](rows, func(r indexRow) int64 { return int64(r.partition) }),
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

// terms are the tsvectors of rows, as one binary array.
func (s *Store) terms(ctx context.Context, tx *pg.Tx, rows []indexRow) ([]byte, error) {
	st := s.stems
	learn := func(rows []indexRow) error {
		return st.learn(ctx, tx, func(yield func(string) bool) {
			for _, r := range rows {
				for _, section := range r.sections {
					for _, w := range section {
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
			titles, known := st.titleLexemes(rows[i].sections[0])
			if known {
				var vector []byte
				if vector, known = st.tsvector(into, rows[i].sections, append(rows[i].filters(), titles...)); known {
					return vector, nil
				}
			}
			if err := learn(rows[i : i+1]); err != nil {
				return nil, err
			}
		}
	})
}

// RemoveFromIndex removes the index entries of people, so that no search finds them.
func RemoveFromIndex(ctx context.Context, tx *pg.Tx, ids pq.Int64Array) error {
	if len(ids) == 0 {
		return nil
	}
	if _, err := tx.Exec(ctx, `DELETE FROM cv_index WHERE candidate_id = ANY ($1)`, ids); err != nil {
		return fmt.Errorf("remove people from the index: %w", err)
	}
	return nil
}

// sampled tells whether a person is in the sample of the index, which is one in 1,024. The people of one source have consecutive
// ids: a hash spreads them.
func sampled(id int64) bool { return uint64(id)*0x9E3779B97F4A7C15>>54 == 0 } //nolint:gosec // ids are positive
