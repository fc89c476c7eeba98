package match

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/fit"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
)

// Match is a candidate who fits an Active job of the employer.
type Match struct {
	board.Tenant

	ID          int64
	JobID       int64
	JobTitle    string
	CandidateID int64
	// CandidateTitle is empty when it is not known.
	CandidateTitle string
	Population     fit.Population
	Score          int
	ScoreVersion   int
	Components     []fit.Component
	ComputedAt     time.Time
}

// Position is a place in the list of matches, in either order: after the one with these values.
type Position struct {
	Score int
	ID    int64
}

// Query asks for one page of matches: the one after a position, or else the one at an offset. Zero values of the
// rest narrow nothing.
type Query struct {
	JobID       int64
	CandidateID int64
	MinScore    int

	// WorstFirst reverses the list.
	WorstFirst bool

	After  *Position
	Offset int
	Limit  int
}

type row struct {
	ID             int64          `db:"id"`
	EmployerID     int64          `db:"employer_id"`
	Mode           board.Mode     `db:"mode"`
	JobID          int64          `db:"job_id"`
	JobTitle       string         `db:"job_title"`
	CandidateID    int64          `db:"candidate_id"`
	CandidateTitle string         `db:"candidate_title"`
	Population     fit.Population `db:"population"`
	Score          int            `db:"score"`
	ScoreVersion   int            `db:"score_version"`
	Components     []byte         `db:"components"`
	ComputedAt     time.Time      `db:"computed_at"`
}

func (r row) match() (Match, error) {
	m := Match{
		Tenant: board.Tenant{EmployerID: r.EmployerID, Mode: r.Mode}, ID: r.ID, JobID: r.JobID, JobTitle: r.JobTitle,
		CandidateID: r.CandidateID, CandidateTitle: r.CandidateTitle, Population: r.Population, Score: r.Score, ScoreVersion: r.ScoreVersion,
		ComputedAt: r.ComputedAt.UTC(),
	}
	if err := json.Unmarshal(r.Components, &m.Components); err != nil {
		return Match{}, fmt.Errorf("decode the components of match %d: %w", r.ID, err)
	}
	return m, nil
}

// Matches reads one page, the best first unless WorstFirst is set, and the total. People who are hidden or erased are not on it, nor are jobs that are
// over, even when their matches have not been withdrawn yet; the total may count those for a moment.
func (s *Store) Matches(ctx context.Context, t board.Tenant, q Query) (pg.Page[Match], error) {
	count, list := listSQL(t, q, s.db.Now())
	var page pg.Page[Match]
	if err := s.db.Reader(ctx).Get(ctx, &page.Total, count.sql, count.args...); err != nil {
		return pg.Page[Match]{}, fmt.Errorf("count matches: %w", err)
	}
	var rows []row
	if err := s.db.Reader(ctx).List(ctx, &rows, list.sql, list.args...); err != nil {
		return pg.Page[Match]{}, fmt.Errorf("list matches: %w", err)
	}
	if page.More = len(rows) > q.Limit; page.More {
		rows = rows[:q.Limit]
	}
	page.Items = make([]Match, len(rows))
	ids := make([]int64, len(rows))
	for i, r := range rows {
		var err error
		if page.Items[i], err = r.match(); err != nil {
			return pg.Page[Match]{}, err
		}
		ids[i] = r.CandidateID
	}
	outbox.TellsIn(ctx, s.db, ids...)
	return page, nil
}

// TopOfJob reads the best n candidates for a job of the employer.
func (s *Store) TopOfJob(ctx context.Context, t board.Tenant, jobID int64, n int) ([]Match, error) {
	return s.top(ctx, t, Query{JobID: jobID, Limit: n})
}

// TopOfCandidate reads the best n jobs of the employer for a candidate, of the pipeline or the CV database.
func (s *Store) TopOfCandidate(ctx context.Context, t board.Tenant, candidateID int64, n int) ([]Match, error) {
	return s.top(ctx, t, Query{CandidateID: candidateID, Limit: n})
}

func (s *Store) top(ctx context.Context, t board.Tenant, q Query) ([]Match, error) {
	page, err := s.Matches(ctx, t, q)
	return page.Items, err
}

// statement is SQL of constants alone, and its values.
type statement struct {
	sql  string
	args []any
}

func (st *statement) arg(v any) string {
	st.args = append(st.args, v)
	return "$" + strconv.Itoa(len(st.args))
}

// listSQL makes the two statements of a list. OFFSET 0 makes PostgreSQL join the rows of the page by their primary keys,
// whatever the statistics say: it never joins the whole tables.
func listSQL(t board.Tenant, q Query, now time.Time) (count, list statement) {
	var filter statement
	where := []string{"m.employer_id = " + filter.arg(t.EmployerID), "m.mode = " + filter.arg(t.Mode)}
	if q.JobID != 0 {
		where = append(where, "m.job_id = "+filter.arg(q.JobID))
	}
	if q.CandidateID != 0 {
		where = append(where, "m.candidate_id = "+filter.arg(q.CandidateID))
	}
	if q.MinScore > 0 {
		where = append(where, "m.score >= "+filter.arg(q.MinScore))
	}
	filter.sql = strings.Join(where, " AND ")
	//house:tenant the first conditions of filter are employer and mode
	count = statement{`SELECT count(*) FROM matches m WHERE ` + filter.sql, filter.args}

	list.args = slices.Clone(filter.args)
	page := ""
	if q.After != nil {
		score, id := list.arg(q.After.Score), list.arg(q.After.ID)
		if q.WorstFirst {
			page = ` AND m.score >= ` + score + ` AND (m.score > ` + score + ` OR m.id < ` + id + `)`
		} else {
			page = ` AND m.score <= ` + score + ` AND (m.score < ` + score + ` OR m.id > ` + id + `)`
		}
	}
	if q.WorstFirst { // the indexes are read from their end
		page += ` ORDER BY m.score, m.id DESC LIMIT `
	} else {
		page += ` ORDER BY m.score DESC, m.id LIMIT `
	}
	page += list.arg(q.Limit + 1)
	if q.After == nil && q.Offset > 0 {
		page += ` OFFSET ` + list.arg(q.Offset)
	}
	//house:tenant the first conditions of filter are employer and mode
	list.sql = `
SELECT m.id, m.employer_id, m.mode, m.job_id, j.title AS job_title, m.candidate_id, coalesce(c.title, v.title, '') AS candidate_title,
       m.population, m.score, m.score_version, m.components, m.computed_at
  FROM matches m
  JOIN LATERAL (SELECT title, status, expiry_date FROM jobs WHERE id = m.job_id OFFSET 0) j ON j.status = 'Active' AND j.expiry_date > ` + list.arg(now) + `
  LEFT JOIN LATERAL (SELECT id, title, erased_at FROM candidates WHERE id = m.candidate_id OFFSET 0) c ON m.population = 'Pipeline' AND c.erased_at IS NULL
  LEFT JOIN LATERAL (SELECT id, title, visibility FROM cv_candidates WHERE id = m.candidate_id OFFSET 0) v ON m.population = 'CvDatabase' AND v.visibility = 'Visible'
 WHERE ` + filter.sql + ` AND (c.id IS NOT NULL OR v.id IS NOT NULL)` + page
	return count, list
}
