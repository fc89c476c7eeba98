package pipeline

import (
	"context"
	"fmt"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
	"strings"
	"time"
)

// ApplicationFilter narrows a list of applications; zero values don't.
type ApplicationFilter struct {
	Status       board.ApplicationStatus
	JobID        int64
	CandidateID  int64
	UpdatedSince time.Time
}

// ApplicationQuery asks for one page of applications, like JobQuery and in the same orders.
type ApplicationQuery struct {
	ApplicationFilter

	Sort   pg.Sort
	After  *pg.Position
	Offset int
	Limit  int
}

// ApplicationPage is one page of applications.
type ApplicationPage struct {
	// Total counts what the filter lets through on all pages.
	Total        int
	Applications []Application
	// More tells that applications follow after this page.
	More bool
}

// ListApplications reads one page and the total in one transaction's view. A filter by a job that is absent, or another
// employer's, lets nothing through.
func (s *Store) Applications(ctx context.Context, t board.Tenant, q ApplicationQuery) (ApplicationPage, error) {
	l := applicationListing(t, q)
	query := strings.Replace(ApplicationSQL(l.Page()), "SELECT ", "SELECT "+l.Total()+" AS total, ", 1) + " ORDER BY " + l.Order("a.")
	var rows []struct {
		Total int `db:"total"`
		ApplicationRow
	}
	if err := s.db.Reader(ctx).List(ctx, &rows, query, l.Args...); err != nil {
		return ApplicationPage{}, fmt.Errorf("list applications: %w", err)
	}
	page := ApplicationPage{Applications: make([]Application, 0, len(rows)), More: len(rows) > q.Limit}
	for _, r := range rows[:min(len(rows), q.Limit)] {
		page.Total = r.Total
		outbox.TellsIn(ctx, s.db, r.CandidateID)
		page.Applications = append(page.Applications, r.Application())
	}
	if len(rows) > 0 {
		return page, nil
	}
	// A page without rows does not say how many there are on others.
	l = applicationListing(t, q)
	if err := s.db.Reader(ctx).Get(ctx, &page.Total, `SELECT `+l.Total(), l.Args...); err != nil {
		return ApplicationPage{}, fmt.Errorf("count applications: %w", err)
	}
	return page, nil
}

func applicationListing(t board.Tenant, q ApplicationQuery) *pg.Listing {
	l := &pg.Listing{
		Table: "applications", Columns: applicationColumns, Where: "employer_id = $1 AND mode = $2", Args: []any{t.EmployerID, t.Mode},
		Sort: q.Sort, After: q.After, Offset: q.Offset, Limit: q.Limit,
	}
	if q.Status != "" {
		l.And("status = ", q.Status)
	}
	if q.JobID != 0 {
		l.And("job_id = ", q.JobID)
	}
	if q.CandidateID != 0 {
		l.And("candidate_id = ", q.CandidateID)
	}
	if !q.UpdatedSince.IsZero() {
		l.And("updated_at >= ", q.UpdatedSince)
	}
	return l
}

// applicationColumns are those that applicationSQL reads.
const applicationColumns = `id, employer_id, mode, version, job_id, candidate_id, application_type, status, first_name, last_name, email, phone,
       cover_letter, applied_at, updated_at, erased_at, push_status, push_reason, push_at, cv_file_id`
