package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"itmanagerjobs/store/board"
)

// InterviewFilter narrows a list of interviews; zero values don't.
type InterviewFilter struct {
	Status      board.InterviewStatus
	CandidateID int64
	JobID       int64
	// From and To bound when they begin; one that begins at To is not among them.
	From, To     time.Time
	UpdatedSince time.Time
}

// InterviewPosition is a place between two interviews of a list: after the one with these values.
type InterviewPosition struct {
	StartsAt time.Time
	ID       int64
}

// InterviewQuery asks for one page of interviews in the order of their dates: the one after a position, or else the one
// at an offset.
type InterviewQuery struct {
	InterviewFilter

	LatestFirst bool
	After       *InterviewPosition
	Offset      int
	Limit       int
}

// InterviewPage is one page of interviews.
type InterviewPage struct {
	// Total counts what the filter lets through on all pages.
	Total      int
	Interviews []Interview
	// More tells that interviews follow after this page.
	More bool
}

// ListInterviews reads one page and the total in one transaction's view. A filter by a candidate or a job that is absent,
// or another employer's, lets nothing through.
func (s *Store) ListInterviews(ctx context.Context, t Tenant, q InterviewQuery) (InterviewPage, error) {
	l := interviewListing(t, q)
	direction, compare := "ASC", ">"
	if q.LatestFirst {
		direction, compare = "DESC", "<"
	}
	from, total := l.where, l.total()
	if q.After != nil {
		from += " AND (starts_at, id) " + compare + " (" + l.arg(q.After.StartsAt) + ", " + l.arg(q.After.ID) + ")"
	}
	page := "(SELECT " + interviewColumns + " FROM interviews WHERE " + from + " ORDER BY starts_at " + direction + ", id " + direction + " LIMIT " + l.arg(q.Limit+1)
	if q.After == nil && q.Offset > 0 {
		page += " OFFSET " + l.arg(q.Offset)
	}
	query := strings.Replace(interviewSQL(page+")"), "SELECT ", "SELECT "+total+" AS total, ", 1) +
		" ORDER BY i.starts_at " + direction + ", i.id " + direction
	var rows []struct {
		Total int `db:"total"`
		interviewRow
	}
	if err := s.reader(ctx).SelectContext(ctx, &rows, query, l.args...); err != nil {
		return InterviewPage{}, fmt.Errorf("list interviews: %w", err)
	}
	p := InterviewPage{Interviews: make([]Interview, 0, len(rows)), More: len(rows) > q.Limit}
	for _, r := range rows[:min(len(rows), q.Limit)] {
		i, err := r.interview()
		if err != nil {
			return InterviewPage{}, err
		}
		s.tellsOf(ctx, i.CandidateID)
		p.Total, p.Interviews = r.Total, append(p.Interviews, i)
	}
	if len(rows) > 0 {
		return p, nil
	}
	// A page without rows does not say how many there are on others.
	l = interviewListing(t, q)
	if err := s.reader(ctx).GetContext(ctx, &p.Total, `SELECT `+l.total(), l.args...); err != nil {
		return InterviewPage{}, fmt.Errorf("count interviews: %w", err)
	}
	return p, nil
}

func interviewListing(t Tenant, q InterviewQuery) *listing {
	l := &listing{table: "interviews", where: "employer_id = $1 AND mode = $2", args: []any{t.EmployerID, t.Mode}}
	if q.Status != "" {
		l.and("status = ", q.Status)
	}
	if q.CandidateID != 0 {
		l.and("candidate_id = ", q.CandidateID)
	}
	if q.JobID != 0 {
		l.and("job_id = ", q.JobID)
	}
	if !q.From.IsZero() {
		l.and("starts_at >= ", q.From)
	}
	if !q.To.IsZero() {
		l.and("starts_at < ", q.To)
	}
	if !q.UpdatedSince.IsZero() {
		l.and("updated_at >= ", q.UpdatedSince)
	}
	return l
}
