package cv

import (
	"context"
	"math"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

type hitRow struct {
	ID              int64             `db:"id"`
	Title           string            `db:"title"`
	Seniority       string            `db:"seniority"`
	City            string            `db:"city"`
	Country         string            `db:"country"`
	Latitude        *float64          `db:"latitude"`
	Longitude       *float64          `db:"longitude"`
	Skills          pq.StringArray    `db:"skills"`
	YearsExperience *int              `db:"years_experience"`
	RemoteType      *board.RemoteType `db:"remote_type"`
	Availability    string            `db:"availability"`
	ShownText       string            `db:"shown_text"`
	UpdatedAt       time.Time         `db:"updated_at"`
	Unlocked        bool              `db:"unlocked"`
	InPipeline      bool              `db:"in_pipeline"`
}

// showHits reads the people of a page. It leaves out who was hidden or erased since the index was read.
func (s *Store) showHits(ctx context.Context, t board.Tenant, q *compiled, page []scored) ([]Hit, error) {
	ids := pg.Column[pq.Int64Array](page, func(r scored) int64 { return r.id })
	var rows []hitRow
	err := s.db.Reader(ctx).List(ctx, &rows, `
SELECT c.id, c.title, coalesce(c.seniority, '') AS seniority, coalesce(c.city, '') AS city, coalesce(c.country, '') AS country,
       c.latitude, c.longitude, c.skills, c.years_experience, c.remote_type, coalesce(c.availability, '') AS availability, c.shown_text, c.updated_at,
       EXISTS (SELECT FROM cv_unlocks u WHERE u.employer_id = $2 AND u.mode = $3 AND u.candidate_id = c.id AND u.free_until > $4) AS unlocked,
       EXISTS (SELECT FROM candidates p WHERE p.employer_id = $2 AND p.mode = $3 AND lower(p.email) = lower(c.email) AND p.erased_at IS NULL) AS in_pipeline
  FROM cv_candidates c WHERE c.id = ANY ($1) AND c.mode = $3 AND c.visibility = 'Visible'`, ids, t.EmployerID, t.Mode, s.db.Now())
	if err != nil {
		return nil, err
	}
	byID := make(map[int64]*hitRow, len(rows))
	for i := range rows {
		byID[rows[i].ID] = &rows[i]
	}
	marker, err := s.newMarker(ctx, q.parsed, rows)
	if err != nil {
		return nil, err
	}
	hits := make([]Hit, 0, len(page))
	for _, r := range page {
		if row := byID[r.id]; row != nil {
			hits = append(hits, row.hit(q, r, marker))
		}
	}
	return hits, nil
}

func (row *hitRow) hit(q *compiled, r scored, m *marker) Hit {
	h := Hit{
		ID: row.ID, Title: row.Title, Seniority: row.Seniority, City: row.City, Country: row.Country, Skills: row.Skills,
		YearsExperience: row.YearsExperience, RemoteType: row.RemoteType, Availability: row.Availability,
		Excerpts: m.excerpts(row.ID, row.ShownText), Score: r.score, Explanation: explain(q, r),
		Unlocked: row.Unlocked, InPipeline: row.InPipeline, UpdatedAt: row.UpdatedAt.UTC(),
	}
	if q.circle != nil && row.Latitude != nil {
		km := math.Round(10*q.circle.distance(*row.Latitude, *row.Longitude)) / 10
		h.DistanceKm = &km
	}
	return h
}
