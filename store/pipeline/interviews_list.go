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
func (s *Store) Interviews(ctx context.Context, t board.Tenant, q InterviewQuery) (InterviewPage, error) {
	l := interviewListing(t, q)
	direction, compare := "ASC", ">"
	if q.LatestFirst {
		direction, compare = "DESC", "<"
	}
	from, total := l.Where, l.Total()
	if q.After != nil {
		from += " AND (starts_at, id) " + compare + " (" + l.Arg(q.After.StartsAt) + ", " + l.Arg(q.After.ID) + ")"
	}
	page := "(SELECT " + interviewColumns + " FROM interviews WHERE " + from + " ORDER BY starts_at " + direction + ", id " + direction + " LIMIT " + l.Arg(q.Limit+1)
	if q.After == nil && q.Offset > 0 {
		page += " OFFSET " + l.Arg(q.Offset)
	}
	query := strings.Replace(InterviewSQL(page+")"), "SELECT ", "SELECT "+total+" AS total, ", 1) +
		" ORDER BY i.starts_at " + direction + ", i.id " + direction
	var rows []struct {
		Total int `db:"total"`
		InterviewRow
	}
	if err := s.db.Reader(ctx).List(ctx, &rows, query, l.Args...); err != nil {
		return InterviewPage{}, fmt.Errorf("list interviews: %w", err)
	}
	p := InterviewPage{Interviews: make([]Interview, 0, len(rows)), More: len(rows) > q.Limit}
	for _, r := range rows[:min(len(rows), q.Limit)] {
		i, err := r.Interview()
		if err != nil {
			return InterviewPage{}, err
		}
		outbox.TellsIn(ctx, s.db, i.CandidateID)
		p.Total, p.Interviews = r.Total, append(p.Interviews, i)
	}
	if len(rows) > 0 {
		return p, nil
	}
	// A page without rows does not say how many there are on others.
	l = interviewListing(t, q)
	if err := s.db.Reader(ctx).Get(ctx, &p.Total, `SELECT `+l.Total(), l.Args...); err != nil {
		return InterviewPage{}, fmt.Errorf("count interviews: %w", err)
	}
	return p, nil
}

func interviewListing(t board.Tenant, q InterviewQuery) *pg.Listing {
	l := &pg.Listing{Table: "interviews", Where: "employer_id = $1 AND mode = $2", Args: []any{t.EmployerID, t.Mode}}
	if q.Status != "" {
		l.And("status = ", q.Status)
	}
	if q.CandidateID != 0 {
		l.And("candidate_id = ", q.CandidateID)
	}
	if q.JobID != 0 {
		l.And("job_id = ", q.JobID)
	}
	if !q.From.IsZero() {
		l.And("starts_at >= ", q.From)
	}
	if !q.To.IsZero() {
		l.And("starts_at < ", q.To)
	}
	if !q.UpdatedSince.IsZero() {
		l.And("updated_at >= ", q.UpdatedSince)
	}
	return l
}
