package job

import (
	"context"
	"fmt"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
	"strconv"
	"strings"
	"time"
)

// JobFilter narrows a list of jobs; zero values don't.
type Filter struct {
	Status       board.JobStatus
	Reference    string
	UpdatedSince time.Time
	// Words must all occur in title, reference or city, upper and lower case alike.
	Words []string
}

// JobQuery asks for one page of jobs: the one after a position, or else the one at an offset.
type Query struct {
	Filter

	Sort   pg.Sort
	After  *pg.Position
	Offset int
	Limit  int
}

// JobPage is one page. The jobs have no description.
type Page struct {
	// Total counts what the filter lets through on all pages.
	Total int
	Jobs  []board.Job
	// More tells that jobs follow after this page.
	More bool
}

// ListJobs reads one page and the total in one statement, so that both are of one moment.
func (s *Store) Jobs(ctx context.Context, t board.Tenant, q Query) (Page, error) {
	query, args := listSQL(t, q)
	var rows []struct {
		Total int  `db:"total"`
		Found bool `db:"found"`
		row
	}
	if err := s.db.Reader(ctx).List(ctx, &rows, query, args...); err != nil {
		return Page{}, fmt.Errorf("list jobs: %w", err)
	}
	page := Page{Jobs: make([]board.Job, 0, len(rows))}
	for _, r := range rows {
		page.Total = r.Total
		switch {
		case !r.Found:
		case len(page.Jobs) == q.Limit:
			page.More = true
		default:
			page.Jobs = append(page.Jobs, r.Job())
		}
	}
	return page, nil
}

// emptyJobColumns stand in for a job where the page is empty and only the total is of interest.
const emptyColumns = `coalesce(id, 0) AS id, coalesce(employer_id, 0) AS employer_id, coalesce(mode, '') AS mode,
       coalesce(status, '') AS status, coalesce(version, 0) AS version, coalesce(title, '') AS title, reference, city, country,
       employment_type, remote_type, seniority, apply_method, apply_email_address, apply_url, apply_push_url,
       salary_min, salary_max, salary_currency, salary_period, coalesce(required_skills, '{}') AS required_skills,
       coalesce(optional_skills, '{}') AS optional_skills, coalesce(publications, 0) AS publications,
       coalesce(created_at, 'epoch') AS created_at, coalesce(updated_at, 'epoch') AS updated_at, posted_date, expiry_date`

// jobListSQL builds the statement from constants alone; every value is an argument. One row more than the page tells
// whether another page follows.
func listSQL(t board.Tenant, q Query) (string, []any) {
	var args []any
	arg := func(v any) string {
		args = append(args, v)
		return "$" + strconv.Itoa(len(args))
	}
	where := []string{"employer_id = " + arg(t.EmployerID), "mode = " + arg(t.Mode)}
	if q.Status != "" {
		where = append(where, "status = "+arg(q.Status))
	}
	if q.Reference != "" {
		where = append(where, "reference = "+arg(q.Reference))
	}
	if !q.UpdatedSince.IsZero() {
		where = append(where, "updated_at >= "+arg(q.UpdatedSince))
	}
	for _, w := range q.Words {
		pattern := arg("%" + pg.LikeEscaper.Replace(w) + "%")
		where = append(where, "(title ILIKE "+pattern+" OR reference ILIKE "+pattern+" OR city ILIKE "+pattern+")")
	}
	filter := strings.Join(where, " AND ")
	column, direction, compare := "id", "DESC", "<"
	if q.Sort == pg.LastUpdatedFirst || q.Sort == pg.LastUpdatedLast {
		column = "updated_at"
	}
	if q.Sort == pg.OldestFirst || q.Sort == pg.LastUpdatedLast {
		direction, compare = "ASC", ">"
	}
	order := column + " " + direction
	if column != "id" {
		order += ", id " + direction
	}
	from := filter
	switch {
	case q.After == nil:
	case column == "id":
		from += " AND id " + compare + " " + arg(q.After.ID)
	default:
		from += " AND (updated_at, id) " + compare + " (" + arg(q.After.UpdatedAt) + ", " + arg(q.After.ID) + ")"
	}
	page := "SELECT " + summaryColumns + " FROM jobs WHERE " + from + " ORDER BY " + order + " LIMIT " + arg(q.Limit+1)
	if q.After == nil && q.Offset > 0 {
		page += " OFFSET " + arg(q.Offset)
	}
	return "SELECT c.total, p.id IS NOT NULL AS found, " + emptyColumns +
		" FROM (SELECT count(*) AS total FROM jobs WHERE " + filter + ") c LEFT JOIN (" + page + ") p ON true ORDER BY " + order, args
}
