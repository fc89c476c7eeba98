package pipeline

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
)

// Application is an application for a job.
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
	// Applicant is what the applicant has entered. It is empty after an erasure.
	Applicant board.Applicant
	// CV is nil when there is none.
	CV *board.File
	// UnreadFiles are the files that were sent and left out, and the CV when it has no text.
	UnreadFiles []board.UnreadFile
	// Rating is what the employer's team thinks of the application, from 1 to 5; 0 when nobody has rated it.
	Rating    int
	AppliedAt time.Time
	UpdatedAt time.Time
	// Push is set when the application is posted to the employer's endpoint.
	Push   *PushState
	Erased bool
	// Repeated reports, in the result of Apply, that the same application had come in before and nothing was written.
	Repeated bool
}

// PushState is the state of posting an application to the employer's endpoint.
type PushState struct {
	Status board.PushStatus
	// Reason is the outcome of the last attempt, worded for the employer. It is empty before the first attempt and when the
	// push is Accepted.
	Reason string
	// At is when the push got its status.
	At time.Time
}

// ApplicationRow is a row that ApplicationSQL reads.
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
	UnreadFiles  []byte                  `db:"unread_files"`
	AppliedAt    time.Time               `db:"applied_at"`
	UpdatedAt    time.Time               `db:"updated_at"`
	Erased       bool                    `db:"erased"`
	Rating       int                     `db:"rating"`
	PushStatus   *board.PushStatus       `db:"push_status"`
	PushReason   *string                 `db:"push_reason"`
	PushAt       *time.Time              `db:"push_at"`

	FileID          *int64  `db:"file_id"`
	FileName        *string `db:"file_name"`
	FileMediaType   *string `db:"file_media_type"`
	FileSize        *int64  `db:"file_size"`
	FileSHA256      []byte  `db:"file_sha256"`
	FileTextProblem *string `db:"file_text_problem"`
	FileTextPending *bool   `db:"file_text_pending"`
}

// ApplicationSQL is a statement that reads applications. from is the table, or a subquery with its columns.
func ApplicationSQL(from string) string { return applicationSQL(from, "") }

// applicationSQL is ApplicationSQL with more columns, which begin with a comma.
func applicationSQL(from, more string) string {
	return `
SELECT a.id, a.employer_id, a.mode, a.version, a.job_id, j.title AS job_title, j.reference AS job_reference, a.candidate_id,
       a.application_type, a.status, a.first_name, a.last_name, a.email, coalesce(a.phone, '') AS phone,
       coalesce(a.cover_letter, '') AS cover_letter, a.unread_files, a.applied_at, a.updated_at, a.erased_at IS NOT NULL AS erased,
       coalesce(a.rating, 0) AS rating, a.push_status, a.push_reason, a.push_at, f.id AS file_id, f.name AS file_name, f.media_type AS file_media_type,
       f.size AS file_size, f.sha256 AS file_sha256, f.text_problem AS file_text_problem, f.text_pending AS file_text_pending` + more + `
  FROM ` + from + ` a JOIN jobs j ON j.id = a.job_id LEFT JOIN files f ON f.id = a.cv_file_id`
}

// Application returns the application of the row.
func (r ApplicationRow) Application() Application {
	a := Application{
		Tenant: board.Tenant{EmployerID: r.EmployerID, Mode: r.Mode}, ID: r.ID, Version: r.Version,
		JobID: r.JobID, JobTitle: r.JobTitle, JobReference: r.JobReference, CandidateID: r.CandidateID, Type: r.Type, Status: r.Status,
		Applicant: board.Applicant{FirstName: r.FirstName, LastName: r.LastName, Email: r.Email, Phone: r.Phone, CoverLetter: r.CoverLetter},
		Rating:    r.Rating, AppliedAt: r.AppliedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(), Erased: r.Erased,
	}
	if r.PushStatus != nil {
		a.Push = &PushState{Status: *r.PushStatus, Reason: *r.PushReason, At: r.PushAt.UTC()}
	}
	if r.FileID != nil {
		a.CV = &board.File{
			ID: *r.FileID, Name: *r.FileName, MediaType: *r.FileMediaType, Size: *r.FileSize, SHA256: r.FileSHA256,
			TextProblem: *r.FileTextProblem, TextPending: *r.FileTextPending,
		}
	}
	a.UnreadFiles = r.unreadFiles(a.CV)
	return a
}

// unreadFiles reads what was written as JSON, and adds a CV without text.
func (r ApplicationRow) unreadFiles(cv *board.File) []board.UnreadFile {
	var files []board.UnreadFile
	if len(r.UnreadFiles) > 0 {
		// The column has what insertApplication has written.
		_ = json.Unmarshal(r.UnreadFiles, &files)
	}
	if cv != nil && cv.TextProblem != "" {
		files = append([]board.UnreadFile{{Name: cv.Name, Reason: cv.TextProblem}}, files...)
	}
	return files
}

// errNoApplication answers an application that does not exist, and an application of another employer.
var errNoApplication = board.Errorf(board.CodeNotFound, "There is no such application.")

// Application reads one application. Errors: not_found.
func (s *Store) Application(ctx context.Context, t board.Tenant, id int64) (Application, error) {
	a, err := oneApplication(ctx, s.db.Reader(ctx), t, id)
	if err != nil {
		return Application{}, err
	}
	outbox.TellsIn(ctx, s.db, a.CandidateID)
	return a, nil
}

// oneApplication reads an application of a tenant. Errors: not_found.
func oneApplication(ctx context.Context, q pg.Reader, t board.Tenant, id int64) (Application, error) {
	var row ApplicationRow
	err := q.Get(ctx, &row, ApplicationSQL(`applications`)+` WHERE a.id = $1 AND a.employer_id = $2 AND a.mode = $3`, id, t.EmployerID, t.Mode)
	if errors.Is(err, sql.ErrNoRows) {
		return Application{}, errNoApplication
	}
	if err != nil {
		return Application{}, fmt.Errorf("read application: %w", err)
	}
	return row.Application(), nil
}

// lockApplication reads one application and locks it against changes until the transaction ends.
func lockApplication(ctx context.Context, tx *pg.Tx, t board.Tenant, id int64) (Application, error) {
	// A statement of its own: one that waits for a lock still reads what was there before the wait.
	_, err := tx.Exec(ctx, `SELECT id FROM applications WHERE id = $1 AND employer_id = $2 AND mode = $3 FOR UPDATE`, id, t.EmployerID, t.Mode)
	if err != nil {
		return Application{}, fmt.Errorf("lock application: %w", err)
	}
	a, err := oneApplication(ctx, tx, t, id)
	outbox.Tells(tx, a.CandidateID)
	return a, err
}
