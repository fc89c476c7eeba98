package erase

import (
	"context"
	"fmt"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
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

// EraseApplicant removes everything that tells of a candidate of the employer's pipeline, in one transaction: what is
// read after it, through whatever door, names nobody. Deliveries that wait for it are dropped. candidate.erased tells of
// it, by the number alone. What an endpoint answers to an attempt that is under way is not put on record.
//
// PostgreSQL leaves the old versions of rows on the disk, and in its write-ahead log, until it needs the room; Scrub
// takes them away. Backups, and what was sent before, are beyond reach. Errors: not_found, also when it was erased before.
func (s *Store) EraseCandidate(ctx context.Context, t board.Tenant, candidateID int64) (Receipt, error) {
	var r Receipt
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		if err := tx.LockOf(ctx, pg.LockPastEvents, t.EmployerID); err != nil {
			return err
		}
		// The lock of the candidate keeps new applications away, see ensureCandidate.
		c, err := pipeline.LockCandidate(ctx, tx, t, candidateID)
		if err != nil {
			return err
		}
		r = Receipt{Tenant: t, CandidateID: c.ID, ErasedAt: tx.Now}
		e := erasure{tx: tx, candidate: c, recorded: s.replies}
		for _, step := range []func(context.Context, *Receipt) error{
			e.find, e.deliveries, e.messages, e.applications, e.files, e.interviews, e.calls, e.candidateRow, e.replies, e.dossiers, e.waiting, e.answers, e.eventData, e.receipt,
		} {
			if err := step(ctx, &r); err != nil {
				return err
			}
		}
		outbox.Emit(tx, t, board.CandidateErasedEvent(c.ID, tx.Now))
		return nil
	})
	if err != nil {
		return Receipt{}, err
	}
	return r, nil
}

// erasure is one candidate's, step by step. Rows of the queue are locked before applications, as in RecordPush.
type erasure struct {
	tx        *pg.Tx
	candidate pipeline.Candidate
	recorded  Replies

	applicationIDs, messageIDs, fileIDs, eventIDs pq.Int64Array
	// searched is the place in the log of events up to which eventIDs is complete.
	searched int64
}

// eventsAbout is true of the events of an employer ($1, $2) about a candidate ($3) with applications ($4).
const eventsAbout = `employer_id = $1 AND mode = $2 AND seq IS NOT NULL AND type NOT LIKE 'job.%'
   AND (data->>'candidateId' = $3::bigint::text OR data->>'applicationId' = ANY ($4::bigint[]::text[]))`

func (e *erasure) find(ctx context.Context, _ *Receipt) error {
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

// findEvents finds those since it was called last, by their numbers, which every event has that tells of a candidate.
func (e *erasure) findEvents(ctx context.Context) error {
	var found []struct {
		Last int64  `db:"last"`
		ID   *int64 `db:"id"`
	}
	err := e.tx.List(ctx, &found, `
SELECT h.last, v.id FROM event_heads h
  LEFT JOIN events v ON v.employer_id = h.employer_id AND v.mode = h.mode AND v.seq > $5 AND v.type NOT LIKE 'job.%'
       AND (v.data->>'candidateId' = $3::bigint::text OR v.data->>'applicationId' = ANY ($4::bigint[]::text[]))
 WHERE h.employer_id = $1 AND h.mode = $2`,
		e.candidate.EmployerID, e.candidate.Mode, e.candidate.ID, e.applicationIDs, e.searched)
	if err != nil {
		return fmt.Errorf("find the events to erase: %w", err)
	}
	for _, f := range found {
		e.searched = f.Last
		if f.ID != nil {
			e.eventIDs = append(e.eventIDs, *f.ID)
		}
	}
	return nil
}

// erasedDeliveries are the deliveries of emails about the candidate ($1) and of pushes of the applications ($2).
const erasedDeliveries = `
SELECT d.id, d.created_at FROM deliveries d
 WHERE d.subscription_id IS NULL AND d.application_id IS NULL AND d.subject_id = ANY ($1)
    OR d.subscription_id IS NULL AND d.application_id IS NOT NULL AND d.subject_id = ANY ($2)`

// deliveries drops what waits to be emailed or posted, and what endpoints and mail servers have said about it.
func (e *erasure) deliveries(ctx context.Context, _ *Receipt) error {
	for _, statement := range []string{
		`DELETE FROM delivery_queue q USING (` + erasedDeliveries + `) d WHERE q.delivery_id = d.id`,
		`UPDATE delivery_attempts t SET error = '', excerpt = '' FROM (` + erasedDeliveries + `) d
 WHERE t.delivery_id = d.id AND t.created_at = d.created_at AND (t.error <> '' OR t.excerpt <> '')`,
	} {
		if _, err := e.tx.Exec(ctx, statement, e.messageIDs, e.applicationIDs); err != nil {
			return fmt.Errorf("erase deliveries: %w", err)
		}
	}
	return nil
}

// waiting ends the deliveries to subscriptions that would send what is erased here, and lets the others go on without what
// their endpoints answer. An attempt that is under way is recorded before its row is locked here, and its answer emptied
// afterwards, or finds the row changed. Under the lock of the head nobody queues what is missing here, and whoever locks
// rows of the queue before the head keeps erasures away.
func (e *erasure) waiting(ctx context.Context, _ *Receipt) error {
	_, err := e.tx.Exec(ctx, `
WITH theirs AS MATERIALIZED (
    SELECT q.delivery_id, s.id AS subscription_id, s.dossiers
      FROM subscriptions s JOIN deliveries d ON d.subscription_id = s.id AND d.subject_id = ANY ($3)
      JOIN delivery_queue q ON q.delivery_id = d.id
     WHERE s.employer_id = $1 AND s.mode = $2 ORDER BY q.delivery_id FOR UPDATE OF q
), silenced AS (
    UPDATE delivery_queue q SET silent = true FROM theirs t WHERE q.delivery_id = t.delivery_id AND NOT t.dossiers
), ended AS (
    DELETE FROM delivery_queue q USING theirs t WHERE q.delivery_id = t.delivery_id AND t.dossiers
    RETURNING q.delivery_id, q.created_at, t.subscription_id, q.subject_id, q.attempt
)
INSERT INTO delivery_attempts (delivery_id, created_at, subscription_id, subject_id, started_at, number, status,
       dns_us, connect_us, tls_us, first_byte_us, total_us, outcome, stage, error, excerpt)
SELECT delivery_id, created_at, subscription_id, subject_id, $4, attempt + 1, 0, 0, 0, 0, 0, 0, $5, '',
       'The person whom this tells of was erased.', '' FROM ended`,
		e.candidate.EmployerID, e.candidate.Mode, e.eventIDs, e.tx.Now, board.AttemptCancelled)
	if err != nil {
		return fmt.Errorf("end the deliveries that wait: %w", err)
	}
	return nil
}

// answers empties what the endpoints of subscriptions have said: they may repeat what they were sent.
func (e *erasure) answers(ctx context.Context, _ *Receipt) error {
	_, err := e.tx.Exec(ctx, `
UPDATE delivery_attempts t SET excerpt = ''
  FROM subscriptions s JOIN deliveries d ON d.subscription_id = s.id AND d.subject_id = ANY ($3)
 WHERE s.employer_id = $1 AND s.mode = $2 AND t.delivery_id = d.id AND t.created_at = d.created_at AND t.excerpt <> ''`,
		e.candidate.EmployerID, e.candidate.Mode, e.eventIDs)
	if err != nil {
		return fmt.Errorf("erase the answers of endpoints: %w", err)
	}
	return nil
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
UPDATE applications SET first_name = '', last_name = '', email = '', phone = NULL, cover_letter = NULL, cv_file_id = NULL, content_hash = NULL,
       trace_ip = NULL, trace_user_agent = NULL, push_uuid = NULL, push_reason = CASE WHEN push_status IS NOT NULL THEN '' END,
       erased_at = $2, updated_at = greatest(updated_at, $2), version = version + 1
 WHERE id = ANY ($1)`, e.applicationIDs, e.tx.Now)
	if err != nil {
		return fmt.Errorf("erase applications: %w", err)
	}
	r.Applications = int(n)
	if _, err := e.tx.Exec(ctx, `UPDATE application_history SET reason = '' WHERE application_id = ANY ($1) AND reason <> ''`, e.applicationIDs); err != nil {
		return fmt.Errorf("erase reasons: %w", err)
	}
	return nil
}

func (e *erasure) files(ctx context.Context, r *Receipt) error {
	r.Files = len(e.fileIDs)
	return pipeline.DeleteFiles(ctx, e.tx, e.fileIDs)
}

func (e *erasure) candidateRow(ctx context.Context, _ *Receipt) error {
	_, err := e.tx.Exec(ctx, `
UPDATE candidates SET first_name = '', last_name = '', email = '', phone = NULL, title = NULL, skills = '{}', seniority = NULL, city = NULL,
       country = NULL, latitude = NULL, longitude = NULL, years_experience = NULL, profile_due = false,
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

// interviews cancels those to come, and has the interviewers' calendars forget them.
func (e *erasure) interviews(ctx context.Context, r *Receipt) error {
	if err := e.tellInterviewers(ctx); err != nil {
		return err
	}
	n, err := e.tx.Exec(ctx, `
UPDATE interviews SET location = '', meeting_url = '', notes = '', interviewers = '[]',
       sequence = CASE WHEN status = 'Scheduled' THEN sequence + 1 ELSE sequence END,
       status = CASE WHEN status = 'Scheduled' THEN 'Cancelled' ELSE status END, updated_at = greatest(updated_at, $2), version = version + 1
 WHERE candidate_id = $1`, e.candidate.ID, e.tx.Now)
	if err != nil {
		return fmt.Errorf("erase interviews: %w", err)
	}
	r.Interviews = int(n)
	return nil
}

// tellInterviewers queues the emails that cancel interviews. They concern no candidate, and so outlive the erasure.
func (e *erasure) tellInterviewers(ctx context.Context) error {
	if e.candidate.Mode != board.ModeLive {
		return nil
	}
	var rows []pipeline.InterviewRow
	err := e.tx.List(ctx, &rows, pipeline.InterviewSQL(`interviews`)+` WHERE i.candidate_id = $1 AND i.status = 'Scheduled' ORDER BY i.id`, e.candidate.ID)
	if err != nil {
		return fmt.Errorf("read the interviews to cancel: %w", err)
	}
	if len(rows) == 0 {
		return nil
	}
	employer, err := account.EmployerOf(ctx, e.tx, e.candidate.EmployerID)
	if err != nil {
		return err
	}
	for _, row := range rows {
		i, err := row.Interview()
		if err != nil {
			return err
		}
		v := board.Invitation{
			Interview: i.Interview, JobTitle: i.JobTitle, Employer: employer.Name, Candidate: board.Interviewer{Email: e.candidate.Email},
		}
		if err := outbox.SendMail(ctx, e.tx, e.candidate.EmployerID, v.CancelledOfErased(e.tx.Now)...); err != nil {
			return err
		}
	}
	return nil
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

// replies replaces the recorded answers that tell of the candidate (see outbox.Tells).
func (e *erasure) replies(ctx context.Context, r *Receipt) (err error) {
	r.Replies, err = e.recorded.EraseReplies(ctx, e.tx, e.candidate.Tenant, e.candidate.ID)
	return err
}

// harmlessKeys is a regular expression of the names of fields that an erasure leaves in an event.
const harmlessKeys = `'^([a-zA-Z]+(Id|At|Status|Type)|jobTitle|reference|status|source|score|automatic)$'`

// dossiers deletes what the candidate's events were about: whoever is sent them later gets them without. Under the lock
// of the head no event of the candidate is under way, and those that were have come after the first look.
func (e *erasure) dossiers(ctx context.Context, _ *Receipt) error {
	if _, err := outbox.LockHead(ctx, e.tx, e.candidate.Tenant); err != nil {
		return err
	}
	if err := e.findEvents(ctx); err != nil {
		return err
	}
	if _, err := e.tx.Exec(ctx, `DELETE FROM event_dossiers WHERE event_id = ANY ($1)`, e.eventIDs); err != nil {
		return fmt.Errorf("erase dossiers: %w", err)
	}
	return nil
}

// eventData keeps of an event what can tell of nobody: numbers, times, states and the job. The native bodies have
// nothing else (R10), so this is for what a later version may add.
func (e *erasure) eventData(ctx context.Context, r *Receipt) error {
	r.Events = len(e.eventIDs)
	_, err := e.tx.Exec(ctx, `
UPDATE events v
   SET data = (SELECT coalesce(json_object_agg(f.key, f.value) FILTER (WHERE f.key ~ `+harmlessKeys+`), '{}') FROM json_each(v.data) f)
 WHERE v.employer_id = $1 AND v.mode = $2 AND v.id = ANY ($3) AND EXISTS (SELECT FROM json_object_keys(v.data) k WHERE k !~ `+harmlessKeys+`)`,
		e.candidate.EmployerID, e.candidate.Mode, e.eventIDs)
	if err != nil {
		return fmt.Errorf("erase event data: %w", err)
	}
	return nil
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
