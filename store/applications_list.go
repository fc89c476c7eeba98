package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"itmanagerjobs/store/board"
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

	Sort   JobSort
	After  *JobPosition
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
func (s *Store) ListApplications(ctx context.Context, t Tenant, q ApplicationQuery) (ApplicationPage, error) {
	l := applicationListing(t, q)
	query := strings.Replace(applicationSQL(l.page()), "SELECT ", "SELECT "+l.total()+" AS total, ", 1) + " ORDER BY " + l.order("a.")
	var rows []struct {
		Total int `db:"total"`
		applicationRow
	}
	if err := s.reader(ctx).SelectContext(ctx, &rows, query, l.args...); err != nil {
		return ApplicationPage{}, fmt.Errorf("list applications: %w", err)
	}
	page := ApplicationPage{Applications: make([]Application, 0, len(rows)), More: len(rows) > q.Limit}
	for _, r := range rows[:min(len(rows), q.Limit)] {
		page.Total = r.Total
		s.tellsOf(ctx, r.CandidateID)
		page.Applications = append(page.Applications, r.application())
	}
	if len(rows) > 0 {
		return page, nil
	}
	// A page without rows does not say how many there are on others.
	l = applicationListing(t, q)
	if err := s.reader(ctx).GetContext(ctx, &page.Total, `SELECT `+l.total(), l.args...); err != nil {
		return ApplicationPage{}, fmt.Errorf("count applications: %w", err)
	}
	return page, nil
}

func applicationListing(t Tenant, q ApplicationQuery) *listing {
	l := &listing{
		table: "applications", columns: applicationColumns, where: "employer_id = $1 AND mode = $2", args: []any{t.EmployerID, t.Mode},
		sort: q.Sort, after: q.After, offset: q.Offset, limit: q.Limit,
	}
	if q.Status != "" {
		l.and("status = ", q.Status)
	}
	if q.JobID != 0 {
		l.and("job_id = ", q.JobID)
	}
	if q.CandidateID != 0 {
		l.and("candidate_id = ", q.CandidateID)
	}
	if !q.UpdatedSince.IsZero() {
		l.and("updated_at >= ", q.UpdatedSince)
	}
	return l
}

// applicationColumns are those that applicationSQL reads.
const applicationColumns = `id, employer_id, mode, version, job_id, candidate_id, application_type, status, first_name, last_name, email, phone,
       cover_letter, applied_at, updated_at, erased_at, push_status, push_reason, push_at, cv_file_id`
