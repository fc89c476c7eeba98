package pipeline

import (
	"context"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
)

// InterviewFilter selects interviews of a list. A zero value selects all.
type InterviewFilter struct {
	// Statuses selects items in any of these statuses.
	Statuses    []board.InterviewStatus
	CandidateID int64
	JobID       int64
	// From and To bound when an interview begins: not before From, and before To.
	From, To     time.Time
	UpdatedSince time.Time
}

// InterviewQuery asks for one page of interviews, ordered by their begin, the earliest first unless LatestFirst is set: the
// one after a position, or else the one at an offset.
type InterviewQuery struct {
	InterviewFilter

	LatestFirst bool
	After       *pg.Position
	Offset      int
	Limit       int
}

type listedInterview struct {
	pg.Counted
	InterviewRow
}

// Interviews reads one page of the tenant's interviews. A filter by a candidate or a job that does not exist, or is another
// employer's, selects none.
func (s *Store) Interviews(ctx context.Context, t board.Tenant, q InterviewQuery) (pg.Page[Interview], error) {
	return pg.ReadPage(ctx, s.db.Reader(ctx), interviewListing(t, q), InterviewSQL, func(r listedInterview) (Interview, error) {
		outbox.TellsIn(ctx, s.db, r.CandidateID)
		return r.Interview()
	})
}

func interviewListing(t board.Tenant, q InterviewQuery) *pg.Listing {
	l := &pg.Listing{
		Table: "interviews", Columns: interviewColumns, Where: "employer_id = $1 AND mode = $2", Args: []any{t.EmployerID, t.Mode},
		Sort: pg.EarliestFirst, TimeColumn: "starts_at", After: q.After, Offset: q.Offset, Limit: q.Limit,
	}
	if q.LatestFirst {
		l.Sort = pg.LatestFirst
	}
	pg.AndAny(l, "status", q.Statuses)
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
