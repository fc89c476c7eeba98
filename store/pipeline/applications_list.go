package pipeline

import (
	"context"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
)

// ApplicationFilter selects applications of a list. A zero value selects all.
type ApplicationFilter struct {
	// Statuses selects items in any of these statuses.
	Statuses     []board.ApplicationStatus
	JobID        int64
	CandidateID  int64
	UpdatedSince time.Time
	// Words must all occur in the candidate's name, email address, title or skills; capitals and accents make no difference.
	Words []string

	// looked is what LookUp has found about the words; nil before.
	looked *lookedUp
}

// ApplicationQuery asks for one page of applications: the one after a position, or else the one at an offset.
type ApplicationQuery struct {
	ApplicationFilter

	Sort   pg.Sort
	After  *pg.Position
	Offset int
	Limit  int
	// Uncounted leaves the total of the page 0.
	Uncounted bool
}

type listedApplication struct {
	pg.Counted
	ApplicationRow
}

// Applications reads one page of the tenant's applications. A filter by a job or a candidate that does not exist, or is
// another employer's, selects none.
func (s *Store) Applications(ctx context.Context, t board.Tenant, q ApplicationQuery) (pg.Page[Application], error) {
	return pg.ReadPage(ctx, s.db.Reader(ctx), applicationListing(t, q), ApplicationSQL, func(r listedApplication) (Application, error) {
		outbox.TellsIn(ctx, s.db, r.CandidateID)
		return r.Application(), nil
	})
}

func applicationListing(t board.Tenant, q ApplicationQuery) *pg.Listing {
	l := &pg.Listing{
		Table: "applications", Columns: applicationColumns, Where: "employer_id = $1 AND mode = $2", Args: []any{t.EmployerID, t.Mode},
		Sort: q.Sort, After: q.After, Offset: q.Offset, Limit: q.Limit, Uncounted: q.Uncounted,
	}
	pg.AndAny(l, "status", q.Statuses)
	if q.JobID != 0 {
		l.And("job_id = ", q.JobID)
	}
	if q.CandidateID != 0 {
		l.And("candidate_id = ", q.CandidateID)
	}
	if !q.UpdatedSince.IsZero() {
		l.And("updated_at >= ", q.UpdatedSince)
	}
	l.Where += wordsOfApplicant(l, t, q.ApplicationFilter)
	return l
}

// applicationColumns are the columns of applications that ApplicationSQL reads.
const applicationColumns = `id, employer_id, mode, version, job_id, candidate_id, application_type, status, first_name, last_name, email, phone,
       cover_letter, unread_files, applied_at, updated_at, erased_at, push_status, push_reason, push_at, rating, cv_file_id`
