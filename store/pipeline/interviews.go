package pipeline

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/job"
	"itmanagerjobs/store/letter"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
)

// Interview is an interview with its candidate and its job.
type Interview struct {
	board.Tenant
	board.Interview

	// The name and the address of the candidate are empty after an erasure.
	CandidateFirstName string
	CandidateLastName  string
	CandidateEmail     string
	JobTitle           string
	JobReference       *string
	Erased             bool
}

// InterviewRow is a row that InterviewSQL reads.
type InterviewRow struct {
	ID                 int64                 `db:"id"`
	EmployerID         int64                 `db:"employer_id"`
	Mode               board.Mode            `db:"mode"`
	Version            int64                 `db:"version"`
	CandidateID        int64                 `db:"candidate_id"`
	JobID              int64                 `db:"job_id"`
	Status             board.InterviewStatus `db:"status"`
	Sequence           int                   `db:"sequence"`
	StartsAt           time.Time             `db:"starts_at"`
	DurationMinutes    int                   `db:"duration_minutes"`
	TimeZone           string                `db:"time_zone"`
	Location           string                `db:"location"`
	MeetingURL         string                `db:"meeting_url"`
	Notes              string                `db:"notes"`
	Interviewers       []byte                `db:"interviewers"`
	CalendarUID        string                `db:"calendar_uid"`
	Organizer          string                `db:"organizer"`
	CompletedAt        *time.Time            `db:"completed_at"`
	CreatedAt          time.Time             `db:"created_at"`
	UpdatedAt          time.Time             `db:"updated_at"`
	CandidateFirstName string                `db:"first_name"`
	CandidateLastName  string                `db:"last_name"`
	CandidateEmail     string                `db:"email"`
	Erased             bool                  `db:"erased"`
	JobTitle           string                `db:"job_title"`
	JobReference       *string               `db:"job_reference"`
}

// interviewColumns are the columns of interviews that InterviewSQL reads.
const interviewColumns = `id, employer_id, mode, version, candidate_id, job_id, status, sequence, starts_at, duration_minutes, time_zone, location,
       meeting_url, notes, interviewers, calendar_uid, organizer, completed_at, created_at, updated_at`

// InterviewSQL is a statement that reads interviews. from is the table, or a subquery with its columns.
func InterviewSQL(from string) string {
	return `
SELECT i.id, i.employer_id, i.mode, i.version, i.candidate_id, i.job_id, i.status, i.sequence, i.starts_at, i.duration_minutes, i.time_zone,
       i.location, i.meeting_url, i.notes, i.interviewers, i.calendar_uid, i.organizer, i.completed_at, i.created_at, i.updated_at,
       c.first_name, c.last_name, c.email, c.erased_at IS NOT NULL AS erased, j.title AS job_title, j.reference AS job_reference
  FROM ` + from + ` i JOIN candidates c ON c.id = i.candidate_id JOIN jobs j ON j.id = i.job_id`
}

// Interview returns the interview of the row.
func (r InterviewRow) Interview() (Interview, error) {
	i := Interview{
		Tenant: board.Tenant{EmployerID: r.EmployerID, Mode: r.Mode},
		Interview: board.Interview{
			ID: r.ID, Version: r.Version, CandidateID: r.CandidateID, JobID: r.JobID, Status: r.Status, StartsAt: r.StartsAt.UTC(),
			DurationMinutes: r.DurationMinutes, TimeZone: r.TimeZone, Location: r.Location, MeetingURL: r.MeetingURL, Notes: r.Notes,
			Sequence: r.Sequence, CalendarUID: r.CalendarUID, Organizer: r.Organizer, CompletedAt: pg.UTC(r.CompletedAt),
			CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
		},
		CandidateFirstName: r.CandidateFirstName, CandidateLastName: r.CandidateLastName, CandidateEmail: r.CandidateEmail,
		JobTitle: r.JobTitle, JobReference: r.JobReference, Erased: r.Erased,
	}
	if err := json.Unmarshal(r.Interviewers, &i.Interviewers); err != nil {
		return Interview{}, fmt.Errorf("decode the interviewers of interview %d: %w", r.ID, err)
	}
	return i, nil
}

// errNoInterview answers an interview that does not exist, and an interview of another employer.
var errNoInterview = board.Errorf(board.CodeNotFound, "There is no such interview.")

// Interview reads one interview. Errors: not_found.
func (s *Store) Interview(ctx context.Context, t board.Tenant, id int64) (Interview, error) {
	i, err := oneInterview(ctx, s.db.Reader(ctx), t, id)
	outbox.TellsIn(ctx, s.db, i.CandidateID)
	return i, err
}

func oneInterview(ctx context.Context, q pg.Reader, t board.Tenant, id int64) (Interview, error) {
	var row InterviewRow
	err := q.Get(ctx, &row, InterviewSQL(`interviews`)+` WHERE i.id = $1 AND i.employer_id = $2 AND i.mode = $3`, id, t.EmployerID, t.Mode)
	if errors.Is(err, sql.ErrNoRows) {
		return Interview{}, errNoInterview
	}
	if err != nil {
		return Interview{}, fmt.Errorf("read interview: %w", err)
	}
	return row.Interview()
}

// Inviter is who schedules an interview. UserID is 0 for an API key. PublicURL is the address of the public pages.
type Inviter struct {
	UserID    int64
	PublicURL string
}

// CreateInterview schedules an interview with a candidate, and sends the invitations; in test mode it sends none.
// Errors: invalid_request naming every bad field, also a candidate or a job that does not exist.
func (s *Store) CreateInterview(ctx context.Context, t board.Tenant, n board.NewInterview, by Inviter) (Interview, error) {
	var i Interview
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		made, err := n.Interview(tx.Now)
		if err != nil {
			return err
		}
		if err := checkAbout(ctx, tx, t, made.CandidateID, &made.JobID); err != nil {
			return err
		}
		if made.Organizer, err = account.AddressForReplies(ctx, tx, t.EmployerID, by.UserID); err != nil {
			return err
		}
		people, err := json.Marshal(made.Interviewers)
		if err != nil {
			return fmt.Errorf("encode interviewers: %w", err)
		}
		var id int64
		err = tx.Get(ctx, &id, `
WITH given AS (SELECT nextval(pg_get_serial_sequence('interviews', 'id')) AS id)
INSERT INTO interviews (id, employer_id, mode, candidate_id, job_id, status, version, sequence, starts_at, duration_minutes, time_zone, location,
       meeting_url, notes, interviewers, calendar_uid, organizer, created_at, updated_at) OVERRIDING SYSTEM VALUE
SELECT given.id, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 'interview-' || given.id || '@' || $15::text, $16, $17, $17 FROM given
RETURNING id`, t.EmployerID, t.Mode, made.CandidateID, made.JobID, made.Status, made.Version, made.Sequence, made.StartsAt, made.DurationMinutes,
			made.TimeZone, made.Location, made.MeetingURL, made.Notes, string(people), hostOf(by.PublicURL), made.Organizer, made.CreatedAt)
		if err != nil {
			return fmt.Errorf("insert interview: %w", err)
		}
		tx.Make("interviews", id)
		if i, err = oneInterview(ctx, tx, t, id); err != nil {
			return err
		}
		return tellOfInterview(ctx, tx, i, board.InterviewChange{Changed: true, Invite: true, Scheduled: true})
	})
	if err != nil {
		return Interview{}, err
	}
	return i, nil
}

// UpdateInterview changes the fields that the patch names, and emails the people concerned; in test mode nobody.
// Errors: not_found; precondition_failed; invalid_request; invalid_state.
func (s *Store) UpdateInterview(ctx context.Context, t board.Tenant, id int64, p board.InterviewPatch, pre board.Precondition) (Interview, error) {
	var i Interview
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		// The candidate is locked first, as in an erasure.
		err := lockCandidateOf(ctx, tx, t, "interviews", id)
		if err != nil {
			return err
		}
		if i, err = oneInterview(ctx, tx, t, id); err != nil {
			return err
		}
		outbox.Tells(tx, i.CandidateID)
		if err = pre.Check("interview", i.Version); err != nil {
			return err
		}
		if i.Erased {
			return board.Errorf(board.CodeInvalidState, "The candidate of this interview was erased; nothing of it can be changed.")
		}
		change, err := i.Apply(p, tx.Now)
		if err != nil || !change.Changed {
			return err
		}
		people, err := json.Marshal(i.Interviewers)
		if err != nil {
			return fmt.Errorf("encode interviewers: %w", err)
		}
		_, err = tx.Exec(ctx, `
UPDATE interviews SET status = $2, version = $3, sequence = $4, starts_at = $5, duration_minutes = $6, time_zone = $7, location = $8,
       meeting_url = $9, notes = $10, interviewers = $11, completed_at = $12, updated_at = $13
 WHERE id = $1`, id, i.Status, i.Version, i.Sequence, i.StartsAt, i.DurationMinutes, i.TimeZone, i.Location, i.MeetingURL, i.Notes, string(people),
			i.CompletedAt, i.UpdatedAt)
		if err != nil {
			return fmt.Errorf("update interview: %w", err)
		}
		return tellOfInterview(ctx, tx, i, change)
	})
	if err != nil {
		return Interview{}, err
	}
	return i, nil
}

// tellOfInterview emits the events of a change, and queues its emails.
func tellOfInterview(ctx context.Context, tx *pg.Tx, i Interview, c board.InterviewChange) error {
	if c.Scheduled {
		outbox.Emit(tx, i.Tenant, event.NewInterviewScheduled(i.Interview))
	}
	if c.Completed {
		outbox.Emit(tx, i.Tenant, event.NewInterviewCompleted(i.Interview))
	}
	if i.Mode != board.ModeLive || !c.Invite && !c.Cancel {
		return nil
	}
	employer, err := account.EmployerOf(ctx, tx, i.EmployerID)
	if err != nil {
		return err
	}
	v := letter.Invitation{
		Interview: i.Interview, JobTitle: i.JobTitle, Employer: employer.Name,
		Candidate: board.Interviewer{Name: i.CandidateFirstName + " " + i.CandidateLastName, Email: i.CandidateEmail},
	}
	return outbox.QueueMail(ctx, tx, outbox.Mailing{EmployerID: i.EmployerID, CandidateID: i.CandidateID}, v.Mails(c, tx.Now)...)
}

// checkAbout locks a candidate, and checks that the candidate and the job, unless it is nil, belong to the tenant.
// Error: invalid_request naming candidateId and jobId.
func checkAbout(ctx context.Context, tx *pg.Tx, t board.Tenant, candidateID int64, jobID *int64) error {
	var problems []board.FieldError
	_, err := LockCandidate(ctx, tx, t, candidateID)
	if errors.Is(err, board.ErrNoCandidate) {
		problems = append(problems, board.FieldError{Field: "candidateId", Code: board.FieldInvalid, Message: "There is no such candidate."})
	} else if err != nil {
		return err
	}
	if jobID != nil {
		found, err := job.Exists(ctx, tx, t, *jobID)
		if err != nil {
			return err
		}
		if !found {
			problems = append(problems, board.FieldError{Field: "jobId", Code: board.FieldInvalid, Message: "There is no such job."})
		}
	}
	if len(problems) > 0 {
		return board.Invalid(problems...)
	}
	outbox.Tells(tx, candidateID)
	return nil
}

// hostOf returns the host of a URL, which makes the UIDs of calendar entries globally unique (RFC 5545, section 3.8.4.7).
func hostOf(address string) string {
	if u, err := url.Parse(address); err == nil && u.Hostname() != "" {
		return u.Hostname()
	}
	return "localhost"
}
