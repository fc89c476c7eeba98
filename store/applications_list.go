package store

import (
	"context"
	"fmt"
	"strconv"
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
	query, args := applicationListSQL(t, q)
	var rows []struct {
		Total int `db:"total"`
		applicationRow
	}
	if err := s.reader(ctx).SelectContext(ctx, &rows, query, args...); err != nil {
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
	where, args := applicationFilter(t, q.ApplicationFilter)
	if err := s.reader(ctx).GetContext(ctx, &page.Total, `SELECT count(*) FROM applications WHERE `+where, args...); err != nil {
		return ApplicationPage{}, fmt.Errorf("count applications: %w", err)
	}
	return page, nil
}

// applicationFilter builds the condition from constants alone; every value is an argument.
func applicationFilter(t Tenant, f ApplicationFilter) (string, []any) {
	args := []any{t.EmployerID, t.Mode}
	where := "employer_id = $1 AND mode = $2"
	and := func(condition string, v any) {
		args = append(args, v)
		where += " AND " + condition + "$" + strconv.Itoa(len(args))
	}
	if f.Status != "" {
		and("status = ", f.Status)
	}
	if f.JobID != 0 {
		and("job_id = ", f.JobID)
	}
	if f.CandidateID != 0 {
		and("candidate_id = ", f.CandidateID)
	}
	if !f.UpdatedSince.IsZero() {
		and("updated_at >= ", f.UpdatedSince)
	}
	return where, args
}

func applicationListSQL(t Tenant, q ApplicationQuery) (string, []any) {
	where, args := applicationFilter(t, q.ApplicationFilter)
	arg := func(v any) string {
		args = append(args, v)
		return "$" + strconv.Itoa(len(args))
	}
	column, direction, compare := "id", "DESC", "<"
	if q.Sort == LastUpdatedFirst || q.Sort == LastUpdatedLast {
		column = "updated_at"
	}
	if q.Sort == OldestFirst || q.Sort == LastUpdatedLast {
		direction, compare = "ASC", ">"
	}
	from := where
	switch {
	case q.After == nil:
	case column == "id":
		from += " AND id " + compare + " " + arg(q.After.ID)
	default:
		from += " AND (updated_at, id) " + compare + " (" + arg(q.After.UpdatedAt) + ", " + arg(q.After.ID) + ")"
	}
	order := func(prefix string) string {
		o := prefix + column + " " + direction
		if column != "id" {
			o += ", " + prefix + "id " + direction
		}
		return o
	}
	page := "(SELECT " + applicationColumns + " FROM applications WHERE " + from + " ORDER BY " + order("") + " LIMIT " + arg(q.Limit+1)
	if q.After == nil && q.Offset > 0 {
		page += " OFFSET " + arg(q.Offset)
	}
	counted := "(SELECT count(*) FROM applications WHERE " + where + ") AS total"
	return strings.Replace(applicationSQL(page+")"), "SELECT ", "SELECT "+counted+", ", 1) + " ORDER BY " + order("a."), args
}

// applicationColumns are those that applicationSQL reads.
const applicationColumns = `id, employer_id, mode, version, job_id, candidate_id, application_type, status, first_name, last_name, email, phone,
       cover_letter, applied_at, updated_at, erased_at, push_status, push_reason, push_at, cv_file_id`
