package job

import (
	"context"
	"fmt"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

// Filter selects jobs of a list. A zero value selects all.
type Filter struct {
	// Statuses selects items in any of these statuses.
	Statuses     []board.JobStatus
	Reference    string
	UpdatedSince time.Time
	// Words must all occur in the title, reference or city; capitals and accents make no difference.
	Words []string
}

// Query asks for one page of jobs: the one after a position, or else the one at an offset.
type Query struct {
	Filter

	Sort   pg.Sort
	After  *pg.Position
	Offset int
	Limit  int
	// Uncounted leaves the total of the page 0.
	Uncounted bool
}

// listedRow is a row of a list.
type listedRow struct {
	pg.Counted
	row

	Seen int64 `db:"seen"` // pg.RowVersion
}

// listedJob is a job of a list with what the list has seen of its row.
type listedJob struct {
	job  board.Job
	seen int64
}

// Jobs reads one page of the tenant's jobs, without their descriptions. A page that is asked for again is not read when all its jobs are
// kept as they are now. The caller changes nothing in them.
func (s *Store) Jobs(ctx context.Context, t board.Tenant, q Query) (pg.Page[board.Job], error) {
	if s.db.Joined(ctx) == nil && s.kept.again(t, q) {
		if page, ok, err := s.keptPage(ctx, t, q); ok || err != nil {
			return page, err
		}
	}
	rows := func(page string) string { return "SELECT " + summaryColumns + ", seen FROM " + page + " j" }
	found, err := pg.ReadPage(ctx, s.db.Reader(ctx), listing(t, q), rows, func(r listedRow) (listedJob, error) { return listedJob{r.job(), r.Seen}, nil })
	if err != nil {
		return pg.Page[board.Job]{}, err
	}
	page := pg.Page[board.Job]{Items: make([]board.Job, len(found.Items)), Total: found.Total, More: found.More}
	for i, f := range found.Items {
		page.Items[i] = f.job
	}
	if s.db.Joined(ctx) == nil {
		s.kept.keepListed(found.Items)
	}
	return page, nil
}

// keptPage is a page of jobs that are all kept as they are now, or false.
func (s *Store) keptPage(ctx context.Context, t board.Tenant, q Query) (page pg.Page[board.Job], ok bool, err error) {
	seen, err := pg.Glance(ctx, s.db.Reader(ctx), listing(t, q))
	if err != nil {
		return page, false, err
	}
	jobs, ok := s.kept.findAll(t, seen.Items)
	return pg.Page[board.Job]{Items: jobs, Total: seen.Total, More: seen.More}, ok, nil
}

// Titles reads the titles of the tenant's jobs with these ids, by id. A job that is not there is left out.
func (s *Store) Titles(ctx context.Context, t board.Tenant, ids []int64) (map[int64]string, error) {
	if len(ids) == 0 {
		return map[int64]string{}, nil
	}
	var rows []struct {
		ID    int64  `db:"id"`
		Title string `db:"title"`
	}
	err := s.db.Reader(ctx).List(ctx, &rows, `SELECT id, title FROM jobs WHERE employer_id = $1 AND mode = $2 AND id = ANY ($3)`, t.EmployerID, t.Mode, pq.Int64Array(ids))
	if err != nil {
		return nil, fmt.Errorf("read titles of jobs: %w", err)
	}
	titles := make(map[int64]string, len(rows))
	for _, r := range rows {
		titles[r.ID] = r.Title
	}
	return titles, nil
}

func listing(t board.Tenant, q Query) *pg.Listing {
	l := &pg.Listing{
		Table: "jobs", Columns: summaryColumns + ", " + pg.RowVersion + " AS seen", Where: "employer_id = $1 AND mode = $2", Args: []any{t.EmployerID, t.Mode},
		Sort: q.Sort, After: q.After, Offset: q.Offset, Limit: q.Limit, Uncounted: q.Uncounted,
	}
	pg.AndAny(l, "status", q.Statuses)
	if q.Reference != "" {
		l.And("reference = ", board.NFC(q.Reference))
	}
	if !q.UpdatedSince.IsZero() {
		l.And("updated_at >= ", q.UpdatedSince)
	}
	for _, w := range q.Words {
		given := l.Arg(w)
		folded := "folded(" + given + ")" // in a SELECT of its own: once, not for each row
		l.Where += " AND strpos(list_text, (SELECT " + folded + ")) > 0"
		if board.BeginsWord(w) {
			// Nearly all that have it have it after a blank, or first in the title, reference or city: the pattern takes ten times as long.
			l.Where += " AND (strpos(list_text, (SELECT ' ' || " + folded + ")) > 0 OR starts_with(list_text, (SELECT " + folded + ")) OR strpos(list_text, (SELECT chr(10) || " + folded +
				`)) > 0 OR list_text ~ (SELECT '(^|[^[:alnum:]])' || regexp_replace(` + folded + `, '[^[:alnum:]]', '\\\&', 'g')))`
		}
	}
	return l
}
