package pipeline

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
)

// Application is somebody's application for a job.
type Application struct {
	board.Tenant

	ID           int64
	Version      int64
	JobID        int64
	JobTitle     string
	JobReference *string
	CandidateID  int64
	Type         board.ApplicationType
	Status       board.ApplicationStatus
	// Applicant is as given with this application. It is empty when the applicant was erased.
	Applicant board.Applicant
	// CV is nil when there is none.
	CV        *board.File
	AppliedAt time.Time
	UpdatedAt time.Time
	// Push is set of one that is posted to the employer's endpoint.
	Push   *PushState
	Erased bool
	// Repeated tells, in the answer of Apply, that it was there already and nothing was written (R18).
	Repeated bool
}

// PushState is what became of posting an application to the employer's endpoint (R19).
type PushState struct {
	Status board.PushStatus
	// Reason is of the last attempt, in words for the employer; empty before it and of an Accepted one.
	Reason string
	// At is when the status came about.
	At time.Time
}

type ApplicationRow struct {
	ID           int64                   `db:"id"`
	EmployerID   int64                   `db:"employer_id"`
	Mode         board.Mode              `db:"mode"`
	Version      int64                   `db:"version"`
	JobID        int64                   `db:"job_id"`
	JobTitle     string                  `db:"job_title"`
	JobReference *string                 `db:"job_reference"`
	CandidateID  int64                   `db:"candidate_id"`
	Type         board.ApplicationType   `db:"application_type"`
	Status       board.ApplicationStatus `db:"status"`
	FirstName    string                  `db:"first_name"`
	LastName     string                  `db:"last_name"`
	Email        string                  `db:"email"`
	Phone        string                  `db:"phone"`
	CoverLetter  string                  `db:"cover_letter"`
	AppliedAt    time.Time               `db:"applied_at"`
	UpdatedAt    time.Time               `db:"updated_at"`
	Erased       bool                    `db:"erased"`
	PushStatus   *board.PushStatus       `db:"push_status"`
	PushReason   *string                 `db:"push_reason"`
	PushAt       *time.Time              `db:"push_at"`

	FileID          *int64  `db:"file_id"`
	FileName        *string `db:"file_name"`
	FileMediaType   *string `db:"file_media_type"`
	FileSize        *int64  `db:"file_size"`
	FileSHA256      []byte  `db:"file_sha256"`
	FileTextProblem *string `db:"file_text_problem"`
}

// applicationSQL reads applications; from is a table or a subquery of that name's columns.
func ApplicationSQL(from string) string {
	return `
SELECT a.id, a.employer_id, a.mode, a.version, a.job_id, j.title AS job_title, j.reference AS job_reference, a.candidate_id,
       a.application_type, a.status, a.first_name, a.last_name, a.email, coalesce(a.phone, '') AS phone,
       coalesce(a.cover_letter, '') AS cover_letter, a.applied_at, a.updated_at, a.erased_at IS NOT NULL AS erased,
       a.push_status, a.push_reason, a.push_at, f.id AS file_id, f.name AS file_name, f.media_type AS file_media_type,
       f.size AS file_size, f.sha256 AS file_sha256, f.text_problem AS file_text_problem
  FROM ` + from + ` a JOIN jobs j ON j.id = a.job_id LEFT JOIN files f ON f.id = a.cv_file_id`
}

func (r ApplicationRow) Application() Application {
	a := Application{
		Tenant: board.Tenant{EmployerID: r.EmployerID, Mode: r.Mode}, ID: r.ID, Version: r.Version,
		JobID: r.JobID, JobTitle: r.JobTitle, JobReference: r.JobReference, CandidateID: r.CandidateID, Type: r.Type, Status: r.Status,
		Applicant: board.Applicant{FirstName: r.FirstName, LastName: r.LastName, Email: r.Email, Phone: r.Phone, CoverLetter: r.CoverLetter},
		AppliedAt: r.AppliedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(), Erased: r.Erased,
	}
	if r.PushStatus != nil {
		a.Push = &PushState{Status: *r.PushStatus, Reason: *r.PushReason, At: r.PushAt.UTC()}
	}
	if r.FileID != nil {
		a.CV = &board.File{ID: *r.FileID, Name: *r.FileName, MediaType: *r.FileMediaType, Size: *r.FileSize, SHA256: r.FileSHA256, TextProblem: *r.FileTextProblem}
	}
	return a
}

// errNoApplication answers an absent application and another employer's alike.
var errNoApplication = board.Errorf(board.CodeNotFound, "There is no such application.")

// GetApplication reads one application. Errors: not_found.
func (s *Store) Application(ctx context.Context, t board.Tenant, id int64) (Application, error) {
	a, err := oneApplication(ctx, s.db.Reader(ctx), id)
	if err == nil && a.Tenant != t {
		return Application{}, errNoApplication
	}
	outbox.TellsIn(ctx, s.db, a.CandidateID)
	return a, err
}

// oneApplication reads an application of whichever tenant.
func oneApplication(ctx context.Context, q pg.Reader, id int64) (Application, error) {
	var row ApplicationRow
	err := q.Get(ctx, &row, ApplicationSQL(`applications`)+` WHERE a.id = $1`, id)
	if errors.Is(err, sql.ErrNoRows) {
		return Application{}, errNoApplication
	}
	if err != nil {
		return Application{}, fmt.Errorf("read application: %w", err)
	}
	return row.Application(), nil
}

// lockCandidateOf is lockCandidateRow of whoever has sent an application.
func lockCandidateOf(ctx context.Context, tx *pg.Tx, applicationID int64) error {
	_, err := tx.Exec(ctx, `SELECT c.id FROM applications a JOIN candidates c ON c.id = a.candidate_id WHERE a.id = $1 FOR UPDATE OF c`, applicationID)
	if err != nil {
		return fmt.Errorf("lock candidate: %w", err)
	}
	return nil
}

// lockApplication reads one application and keeps others from changing it until the transaction ends.
func lockApplication(ctx context.Context, tx *pg.Tx, id int64) (Application, error) {
	// Before it is read, so that what is read is of after the wait.
	if _, err := tx.Exec(ctx, `SELECT id FROM applications WHERE id = $1 FOR UPDATE`, id); err != nil {
		return Application{}, fmt.Errorf("lock application: %w", err)
	}
	a, err := oneApplication(ctx, tx, id)
	outbox.Tells(tx, a.CandidateID)
	return a, err
}

// Actor is who changed an application. ID is of a key or a user, 0 of others.
type Actor struct {
	Kind board.ActorKind
	ID   int64
}

// HistoryEntry is one move of an application. From is nil of the first, which is its arrival.
type HistoryEntry struct {
	From   *board.ApplicationStatus
	To     board.ApplicationStatus
	Reason string
	Actor  Actor
	At     time.Time
}

// ApplicationHistory lists the moves of an application, the first one first. Errors: not_found.
func (s *Store) ApplicationHistory(ctx context.Context, t board.Tenant, id int64) ([]HistoryEntry, error) {
	if _, err := s.Application(ctx, t, id); err != nil {
		return nil, err
	}
	var rows []struct {
		From      *board.ApplicationStatus `db:"from_status"`
		To        board.ApplicationStatus  `db:"to_status"`
		Reason    string                   `db:"reason"`
		ActorKind board.ActorKind          `db:"actor_kind"`
		ActorID   int64                    `db:"actor_id"`
		At        time.Time                `db:"created_at"`
	}
	err := s.db.Reader(ctx).List(ctx, &rows, `
SELECT from_status, to_status, reason, actor_kind, coalesce(actor_id, 0) AS actor_id, created_at
  FROM application_history WHERE application_id = $1 ORDER BY id`, id)
	if err != nil {
		return nil, fmt.Errorf("read the history of an application: %w", err)
	}
	entries := make([]HistoryEntry, len(rows))
	for i, r := range rows {
		entries[i] = HistoryEntry{From: r.From, To: r.To, Reason: r.Reason, Actor: Actor{r.ActorKind, r.ActorID}, At: r.At.UTC()}
	}
	return entries, nil
}

func insertHistory(ctx context.Context, tx *pg.Tx, applicationID int64, e HistoryEntry) error {
	_, err := tx.Exec(ctx, `
INSERT INTO application_history (application_id, from_status, to_status, reason, actor_kind, actor_id, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)`, applicationID, e.From, e.To, e.Reason, e.Actor.Kind, pg.NonZero(e.Actor.ID), e.At)
	if err != nil {
		return fmt.Errorf("insert history: %w", err)
	}
	return nil
}

// Move is a change of an application's status.
type Move struct {
	To board.ApplicationStatus
	// From is what the caller took the status for; nil when that does not matter.
	From   *board.ApplicationStatus
	Reason string
	Actor  Actor
	If     board.Precondition
}

// MoveApplication changes the status of an application. To move it where it is changes nothing.
// Errors: not_found; precondition_failed; conflict when From is stale; invalid_state; invalid_request.
func (s *Store) MoveApplication(ctx context.Context, t board.Tenant, id int64, m Move) (Application, error) {
	return s.moveApplication(ctx, id, m, func(a Application) error {
		if a.Tenant != t {
			return errNoApplication
		}
		return nil
	})
}

func (s *Store) moveApplication(ctx context.Context, id int64, m Move, allowed func(Application) error) (Application, error) {
	reason, err := board.NormalizeReason(m.Reason)
	if err != nil {
		return Application{}, err
	}
	var a Application
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		if err = lockCandidateOf(ctx, tx, id); err != nil {
			return err
		}
		if a, err = lockApplication(ctx, tx, id); err != nil {
			return err
		}
		if err = allowed(a); err != nil {
			return err
		}
		if err = m.If.Check("application", a.Version); err != nil {
			return err
		}
		previous := a.Status
		changed, err := board.CheckMove(previous, m.To, m.From, reason)
		if err != nil || !changed {
			return err
		}
		if err := insertHistory(ctx, tx, id, HistoryEntry{From: &previous, To: m.To, Reason: reason, Actor: m.Actor, At: tx.Now}); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE applications SET status = $2, version = version + 1, updated_at = greatest(updated_at, $3) WHERE id = $1`, id, m.To, tx.Now)
		if err != nil {
			return fmt.Errorf("update application: %w", err)
		}
		if a, err = oneApplication(ctx, tx, id); err != nil {
			return err
		}
		outbox.Emit(tx, a.Tenant, board.ApplicationStatusChangedEvent(id, previous, a.Status, a.UpdatedAt))
		if a.Status == board.ApplicationWithdrawn {
			outbox.Emit(tx, a.Tenant, board.ApplicationWithdrawnEvent(id, a.JobID, a.CandidateID, a.UpdatedAt))
		}
		if a.Erased {
			return nil
		}
		if err := followApplication(ctx, tx, a, m.Actor); err != nil {
			return err
		}
		return touchCandidate(ctx, tx, a.CandidateID)
	})
	if err != nil {
		return Application{}, err
	}
	return a, nil
}
