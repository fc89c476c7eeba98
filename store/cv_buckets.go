package store

import (
	"context"
	"fmt"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
)

func (im *cvImport) weeks() map[int64]int64 {
	weeks := map[int64]int64{}
	for _, r := range im.news {
		weeks[weekOf(r.UpdatedAt)]++
	}
	return weeks
}

// reserveBuckets finds a bucket for each week, with room for so many people or a new one, and counts them in. It is a
// transaction of its own, before the people come in: a search that counts somebody who did not come loses nothing, one
// that does not know a bucket would miss all in it.
func (s *Store) reserveBuckets(ctx context.Context, mode board.Mode, weeks map[int64]int64) (map[int64]int64, error) {
	numbers := make(pq.Int64Array, 0, len(weeks))
	people := make(pq.Int64Array, 0, len(weeks))
	for week, n := range weeks {
		numbers, people = append(numbers, week), append(people, n)
	}
	var rows []struct {
		Week int64 `db:"week"`
		ID   int64 `db:"id"`
	}
	err := s.WithTx(ctx, func(ctx context.Context, tx *Tx) error {
		return tx.list(ctx, &rows, `
WITH share AS (
    SELECT w.week, w.people, b.id AS bucket_id
      FROM unnest($2::integer[], $3::integer[]) w (week, people)
      LEFT JOIN LATERAL (SELECT o.id, o.people FROM cv_buckets o WHERE o.mode = $1 AND o.week = w.week ORDER BY o.id DESC LIMIT 1) b
             ON b.people + w.people <= $4
), locked AS (
    SELECT b.id FROM cv_buckets b WHERE b.id IN (SELECT bucket_id FROM share) ORDER BY b.id FOR UPDATE
), counted AS (
    UPDATE cv_buckets b SET people = b.people + s.people
      FROM share s JOIN locked l ON l.id = s.bucket_id WHERE b.id = s.bucket_id RETURNING b.week, b.id
), made AS (
    INSERT INTO cv_buckets (mode, week, people)
    SELECT $1, s.week, s.people FROM share s WHERE s.bucket_id IS NULL RETURNING week, id
)
SELECT week, id FROM counted UNION ALL SELECT week, id FROM made`, mode, numbers, people, s.plan.bucketSize)
	})
	if err != nil {
		return nil, fmt.Errorf("reserve buckets: %w", err)
	}
	ids := make(map[int64]int64, len(rows))
	for _, r := range rows {
		ids[r.Week] = r.ID
	}
	return ids, nil
}

// index writes what a search reads of those who are new or changed and Visible, and removes what it read of the Hidden.
func (im *cvImport) index(ctx context.Context, tx *Tx, buckets map[int64]int64) error {
	var rows []*indexRow
	var hidden pq.Int64Array
	for _, r := range im.news {
		switch {
		case !r.written:
		case r.visible:
			rows = append(rows, &indexRow{cvProfile: r.cvProfile, id: r.id, bucket: buckets[weekOf(r.UpdatedAt)]})
		default:
			hidden = append(hidden, r.id)
		}
	}
	if err := tx.writeSearch(ctx, im.mode, rows); err != nil {
		return err
	}
	return tx.removeSearch(ctx, hidden)
}

type indexRow struct {
	cvProfile

	id, bucket int64
}

func (tx *Tx) writeSearch(ctx context.Context, mode board.Mode, rows []*indexRow) error {
	if len(rows) == 0 {
		return nil
	}
	st := tx.store.stems
	err := st.learn(ctx, tx.tx, func(yield func(string) bool) {
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
	if err != nil {
		return err
	}
	texts := func(of func(*indexRow) string) pq.StringArray { return column[pq.StringArray](rows, of) }
	degrees := func(v *float64) string {
		if v == nil {
			return ""
		}
		return fmt.Sprint(*v)
	}
	_, err = tx.exec(ctx, `
INSERT INTO cv_search (candidate_id, mode, updated_at, sampled, years, latitude, longitude, facets, terms)
SELECT u.id, $1, u.updated_at, u.sampled, u.years, nullif(u.latitude, '')::real, nullif(u.longitude, '')::real, u.facets, u.terms::tsvector
  FROM unnest($2::bigint[], $3::timestamptz[], $4::boolean[], $5::smallint[], $6::text[], $7::text[], $8::text[], $9::text[])
       u (id, updated_at, sampled, years, latitude, longitude, facets, terms)
ON CONFLICT (candidate_id) DO UPDATE SET updated_at = excluded.updated_at, years = excluded.years,
       latitude = excluded.latitude, longitude = excluded.longitude, facets = excluded.facets, terms = excluded.terms`,
		mode,
		column[pq.Int64Array](rows, func(r *indexRow) int64 { return r.id }),
		texts(func(r *indexRow) string { return timestamp(r.UpdatedAt) }),
		column[pq.BoolArray](rows, func(r *indexRow) bool { return sampled(r.id) }),
		column[pq.Int64Array](rows, func(r *indexRow) int64 { return int64(r.years()) }),
		texts(func(r *indexRow) string { return degrees(r.Latitude) }), texts(func(r *indexRow) string { return degrees(r.Longitude) }),
		texts(func(r *indexRow) string { return storable(r.facets()) }),
		texts(func(r *indexRow) string { return st.tsvector(r.parts, r.words(r.bucket)) }))
	if err != nil {
		return fmt.Errorf("index people: %w", err)
	}
	return nil
}

// arrayText is an array of texts as PostgreSQL writes it.
func arrayText(v []string) string {
	text, _ := append(pq.StringArray{}, v...).Value() // never fails
	s, _ := text.(string)
	return s
}

func (tx *Tx) removeSearch(ctx context.Context, ids pq.Int64Array) error {
	if len(ids) == 0 {
		return nil
	}
	if _, err := tx.exec(ctx, `DELETE FROM cv_search WHERE candidate_id = ANY ($1)`, ids); err != nil {
		return fmt.Errorf("take people out of the search: %w", err)
	}
	return nil
}
