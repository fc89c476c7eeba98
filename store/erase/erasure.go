package erase

import (
	"context"
	"fmt"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/match"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/pipeline"
)

// Receipt says what an erasure has reached. It names nobody.
type Receipt struct {
	board.Tenant

	ID          int64
	CandidateID int64
	// Applications keep their numbers, status and times; everything that tells of the person is gone from them.
	Applications int
	// Files and Messages are deleted, the latter whether they were sent or not.
	Files    int
	Messages int
	// Interviews and Calls keep their numbers, status and times, like applications.
	Interviews int
	Calls      int
	// Replies are recorded answers under an Idempotency-Key that told of the person.
	Replies int
	// Events keep their place in the log, and numbers, times and states.
	Events   int
	ErasedAt time.Time
}

// EraseCandidate removes everything that tells of a candidate of the employer's pipeline, in one transaction: what is
// read after it, by any operation, names nobody. Deliveries that wait are dropped. candidate.erased tells of
// it, by the number alone. What an endpoint answers to an attempt that is under way is not put on record.
//
// PostgreSQL leaves the old versions of rows on the disk, and in its write-ahead log, until it needs the room; Vacuum
// removes them. Backups, and what was sent before, are beyond reach. Errors: not_found, also when it was erased before;
// precondition_failed.
func (s *Store) EraseCandidate(ctx context.Context, t board.Tenant, candidateID int64, pre board.Precondition) (Receipt, error) {
	var r Receipt
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		if err := tx.LockOf(ctx, pg.LockPastEvents, t.EmployerID); err != nil {
			return err
		}
		// The lock of the candidate keeps new applications away, see pipeline.Apply.
		c, err := pipeline.LockCandidate(ctx, tx, t, candidateID)
		if err != nil {
			return err
		}
		if err := pre.Check("candidate", c.Version); err != nil {
			return err
		}
		r = Receipt{Tenant: t, CandidateID: c.ID, ErasedAt: tx.Now}
		e := erasure{tx: tx, candidate: c, recorded: s.replies}
		for _, step := range []func(context.Context, *Receipt) error{
			e.find, e.deliveries, e.messages, e.applications, e.files, e.interviews, e.calls, e.candidateRow, e.replies, e.dossiers, e.waiting, e.kept, e.answers, e.eventData, e.receipt,
		} {
			if err := step(ctx, &r); err != nil {
				return err
			}
		}
		outbox.Emit(tx, t, event.NewCandidateErased(c.ID, tx.Now))
		return nil
	})
	if err != nil {
		return Receipt{}, err
	}
	return r, nil
}

// erasure is the erasure of one candidate at one employer; its methods are the steps. Rows of the queue are locked before applications, as in RecordPush.
type erasure struct {
	tx        *pg.Tx
	candidate pipeline.Candidate
	recorded  Replies

	applicationIDs, messageIDs, fileIDs, eventIDs pq.Int64Array
	// searched is the place in the log of events up to which eventIDs is complete.
	searched int64
}

func (e *erasure) find(ctx context.Context, _ *Receipt) error {
	//house:tenant the candidate is locked, and of the tenant
	for _, q := range []struct {
		dest  *pq.Int64Array
		query string
	}{
		{&e.applicationIDs, `SELECT id FROM applications WHERE candidate_id = $1 ORDER BY id`},
		{&e.messageIDs, `SELECT id FROM messages WHERE candidate_id = $1 ORDER BY id`},
		{&e.fileIDs, `SELECT cv_file_id FROM applications WHERE candidate_id = $1 AND cv_file_id IS NOT NULL ORDER BY cv_file_id`},
	} {
		if err := e.tx.List(ctx, (*[]int64)(q.dest), q.query, e.candidate.ID); err != nil {
			return fmt.Errorf("find what to erase: %w", err)
		}
	}
	return e.findEvents(ctx)
}

func (e *erasure) messages(ctx context.Context, r *Receipt) error {
	n, err := e.tx.Exec(ctx, `DELETE FROM messages WHERE id = ANY ($1)`, e.messageIDs)
	if err != nil {
		return fmt.Errorf("erase messages: %w", err)
	}
	r.Messages = int(n)
	return nil
}

// applications keeps the digest of a source's identifier, which names nobody: the same push, sent again, must not bring
// the person back. push_uuid goes, for the endpoint knows the person by it.
func (e *erasure) applications(ctx context.Context, r *Receipt) error {
	n, err := e.tx.Exec(ctx, `
UPDATE applications SET first_name = '', last_name = '', email = '', phone = NULL, cover_letter = NULL, unread_files = NULL, cv_file_id = NULL, content_hash = NULL,
       trace_ip = NULL, trace_user_agent = NULL, rating = NULL, push_uuid = NULL, push_reason = CASE WHEN push_status IS NOT NULL THEN '' END,
       erased_at = $2, updated_at = greatest(updated_at, $2), version = version + 1
 WHERE id = ANY ($1)`, e.applicationIDs, e.tx.Now)
	if err != nil {
		return fmt.Errorf("erase applications: %w", err)
	}
	r.Applications = int(n)
	if _, err := e.tx.Exec(ctx, `UPDATE application_history SET reason = '' WHERE application_id = ANY ($1) AND reason <> ''`, e.applicationIDs); err != nil {
		return fmt.Errorf("erase reasons: %w", err)
	}
	if _, err := e.tx.Exec(ctx, `DELETE FROM application_notes WHERE application_id = ANY ($1)`, e.applicationIDs); err != nil {
		return fmt.Errorf("erase notes: %w", err)
	}
	return nil
}

func (e *erasure) files(ctx context.Context, r *Receipt) error {
	r.Files = len(e.fileIDs)
	if err := pipeline.ForgetKeptCVsOf(ctx, e.tx, e.candidate.Tenant, e.candidate.Email); err != nil {
		return err
	}
	return pipeline.DeleteFiles(ctx, e.tx, e.fileIDs)
}

func (e *erasure) candidateRow(ctx context.Context, _ *Receipt) error {
	_, err := e.tx.Exec(ctx, `
UPDATE candidates SET first_name = '', last_name = '', email = '', phone = NULL, title = NULL, skills = '{}', seniority = NULL, city = NULL,
       country = NULL, latitude = NULL, longitude = NULL, years_experience = NULL,
       erased_at = $2, updated_at = greatest(updated_at, $2), version = version + 1
 WHERE id = $1`, e.candidate.ID, e.tx.Now)
	if err != nil {
		return fmt.Errorf("erase candidate: %w", err)
	}
	if _, err := e.tx.Exec(ctx, `UPDATE candidate_history SET reason = '' WHERE candidate_id = $1 AND reason <> ''`, e.candidate.ID); err != nil {
		return fmt.Errorf("erase reasons: %w", err)
	}
	if err := match.Forget(ctx, e.tx, e.candidate.ID); err != nil {
		return err
	}
	if err := match.ForgetNotices(ctx, e.tx, e.candidate.ID); err != nil {
		return err
	}
	return match.Enqueue(ctx, e.tx, match.OfCandidate, e.candidate.ID)
}

func (e *erasure) calls(ctx context.Context, r *Receipt) error {
	n, err := e.tx.Exec(ctx, `
UPDATE ai_calls SET purpose = '', external_id = NULL, outcome = '', summary = '', transcript = '', updated_at = greatest(updated_at, $2), version = version + 1
 WHERE candidate_id = $1`, e.candidate.ID, e.tx.Now)
	if err != nil {
		return fmt.Errorf("erase calls: %w", err)
	}
	r.Calls = int(n)
	return nil
}

// replies empties the recorded answers that tell of the candidate (see outbox.Tells).
func (e *erasure) replies(ctx context.Context, r *Receipt) (err error) {
	r.Replies, err = e.recorded.EraseReplies(ctx, e.tx, e.candidate.Tenant, e.candidate.ID)
	return err
}

func (e *erasure) receipt(ctx context.Context, r *Receipt) error {
	err := e.tx.Get(ctx, &r.ID, `
INSERT INTO erasures (employer_id, mode, candidate_id, applications, files, messages, interviews, ai_calls, replies, events, erased_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id`,
		r.EmployerID, r.Mode, r.CandidateID, r.Applications, r.Files, r.Messages, r.Interviews, r.Calls, r.Replies, r.Events, r.ErasedAt)
	if err != nil {
		return fmt.Errorf("write the receipt: %w", err)
	}
	return nil
}
