package pipeline

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
)

// applicationOfSource finds the application that a source has sent with the same identifier before.
// Error: board.ErrSourceReused when its content was different.
func applicationOfSource(ctx context.Context, tx *pg.Tx, t board.Tenant, digest, hash []byte) (Application, bool, error) {
	if digest == nil {
		return Application{}, false, nil
	}
	var row struct {
		ID   int64 `db:"id"`
		Same bool  `db:"same"`
	}
	err := tx.Get(ctx, &row, `
SELECT id, coalesce(content_hash = $4, false) AS same FROM applications WHERE employer_id = $1 AND mode = $2 AND source_digest = $3`,
		t.EmployerID, t.Mode, digest, hash)
	if errors.Is(err, sql.ErrNoRows) {
		return Application{}, false, nil
	}
	if err != nil {
		return Application{}, false, fmt.Errorf("find the application of a source: %w", err)
	}
	if !row.Same {
		return Application{}, false, board.ErrSourceReused
	}
	a, err := oneApplication(ctx, tx, t, row.ID)
	a.Repeated = true
	outbox.Tells(tx, a.CandidateID)
	return a, true, err
}

// applying is who applies, and whether the application is what has made the candidate.
type applying struct {
	candidateID int64
	made        bool
}

// insertApplication writes an application with its CV, the first entry of its history and that of a new candidate. The caller has locked
// the candidate. Errors: board.ErrAlreadyApplied; board.ErrSourceReused; those of board.CheckWaitingCVs.
func (s *Store) insertApplication(ctx context.Context, tx *pg.Tx, in incoming, job board.Job, hash []byte, by applying) (Application, error) {
	if !by.made {
		var applied bool
		err := tx.Get(ctx, &applied, `SELECT EXISTS (SELECT FROM applications WHERE job_id = $1 AND candidate_id = $2 AND status <> 'Withdrawn')`, job.ID, by.candidateID)
		if err != nil {
			return Application{}, fmt.Errorf("look for an earlier application: %w", err)
		}
		if applied {
			return Application{}, board.ErrAlreadyApplied
		}
	}
	t := board.Tenant{EmployerID: job.EmployerID, Mode: job.Mode}
	var fileID *int64
	if in.cv != nil {
		id, err := insertFile(ctx, tx, t, *in.cv)
		if err != nil {
			return Application{}, err
		}
		fileID = &id
	}
	var method board.ApplyMethod
	if job.ApplyMethod != nil {
		method = *job.ApplyMethod
	}
	var pushUUID *string
	if method == board.ApplyByHTTPPush {
		id, err := uuid.NewRandomFromReader(s.rand)
		if err != nil {
			return Application{}, fmt.Errorf("draw a uuid: %w", err)
		}
		text := id.String()
		pushUUID = &text
	}
	unread, err := in.unread()
	if err != nil {
		return Application{}, err
	}
	var row ApplicationRow
	err = tx.Get(ctx, &row, `
WITH made AS (
INSERT INTO applications (employer_id, mode, job_id, candidate_id, application_type, status, version, first_name, last_name, email, phone,
       cover_letter, unread_files, cv_file_id, source_digest, content_hash, trace_ip, trace_user_agent, push_uuid, push_status, push_reason, push_at, applied_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $8, $9, nullif($10, ''), nullif($11, ''), $19::jsonb, $12, $13, $14, nullif($15, ''), nullif($16, ''),
       $17::text, CASE WHEN $17::text IS NOT NULL THEN 'Pending' END, CASE WHEN $17::text IS NOT NULL THEN '' END,
       CASE WHEN $17::text IS NOT NULL THEN $18::timestamptz END, $18, $18)
ON CONFLICT (employer_id, mode, source_digest) WHERE source_digest IS NOT NULL DO NOTHING
RETURNING `+applicationColumns+`
), noted AS (
INSERT INTO application_history (application_id, from_status, to_status, reason, actor_kind, actor_id, created_at)
SELECT id, NULL, status, '', 'candidate', NULL, $18 FROM made
), candidate_noted AS (
INSERT INTO candidate_history (candidate_id, from_status, to_status, reason, automatic, actor_kind, actor_id, created_at)
SELECT candidate_id, NULL, status, '', true, 'candidate', NULL, $18 FROM made WHERE $20
)`+ApplicationSQL(`made`),
		t.EmployerID, t.Mode, job.ID, by.candidateID, board.TypeOf(in.Source, method), board.ApplicationNew,
		in.Applicant.FirstName, in.Applicant.LastName, in.Applicant.Email, in.Applicant.Phone, in.Applicant.CoverLetter,
		fileID, in.sourceDigest, hash, in.Trace.IP, in.Trace.UserAgent, pushUUID, tx.Now, unread, by.made)
	if errors.Is(err, sql.ErrNoRows) {
		return Application{}, board.ErrSourceReused // another candidate's application took it at this moment
	}
	if err != nil {
		return Application{}, fmt.Errorf("insert application: %w", err)
	}
	tx.Make("applications", row.ID)
	if in.cv != nil && in.cv.pending() {
		if err := queueCV(ctx, tx, in, t, *fileID, row.ID); err != nil {
			return Application{}, err
		}
	}
	return row.Application(), nil
}

// unread are the files that were left out, as JSON; nil for none.
func (in incoming) unread() (*string, error) {
	if len(in.Unread) == 0 {
		return nil, nil //nolint:nilnil // a column that is null
	}
	b, err := json.Marshal(pg.Column[[]board.UnreadFile](in.Unread, func(f board.UnreadFile) board.UnreadFile {
		return board.UnreadFile{Name: pg.Storable(f.Name), Reason: pg.Storable(f.Reason)}
	}))
	if err != nil {
		return nil, fmt.Errorf("write the unread files: %w", err)
	}
	text := string(b)
	return &text, nil
}
