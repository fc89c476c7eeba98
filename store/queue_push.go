package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"itmanagerjobs/store/board"
)

// queuePush has an application posted to the employer's endpoint: one delivery, in the lane of the tenant. A dead
// endpoint holds up nobody else's, and where it is may still be changed, so the lane is not by host.
func (tx *Tx) queuePush(ctx context.Context, a Application) error {
	lane, err := tx.ensurePushLane(ctx, a.Tenant)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, `
WITH made AS (
    INSERT INTO deliveries (id, subscription_id, subject_id, created_at, application_id)
    VALUES (nextval('delivery_ids'), NULL, $1, $2, $1) RETURNING id
)
INSERT INTO delivery_queue (delivery_id, lane_id, subject_id, due_at, created_at, attempt, base)
SELECT made.id, $3, $1, $2, $2, 0, 0 FROM made`, a.ID, tx.Now, lane)
	if err != nil {
		return fmt.Errorf("queue push: %w", err)
	}
	tx.wake.work = append(tx.wake.work, lane)
	return nil
}

// ensurePushLane finds the lane of a tenant's pushes or makes it.
func (tx *Tx) ensurePushLane(ctx context.Context, t Tenant) (int64, error) {
	find := func() (id int64, err error) {
		err = tx.get(ctx, &id, `SELECT lane_id FROM push_lanes WHERE employer_id = $1 AND mode = $2`, t.EmployerID, t.Mode)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return 0, fmt.Errorf("find the lane of pushes: %w", err)
		}
		return id, nil
	}
	if id, err := find(); err != nil || id != 0 {
		return id, err
	}
	if err := tx.lockEmployer(ctx, t.EmployerID); err != nil {
		return 0, err
	}
	if id, err := find(); err != nil || id != 0 {
		return id, err
	}
	var id int64
	err := tx.get(ctx, &id, `
WITH lane AS (INSERT INTO lanes (kind) VALUES ('push') RETURNING id)
INSERT INTO push_lanes (employer_id, mode, lane_id) SELECT $1, $2, lane.id FROM lane RETURNING lane_id`, t.EmployerID, t.Mode)
	if err != nil {
		return 0, fmt.Errorf("insert the lane of pushes: %w", err)
	}
	tx.wake.settings = append(tx.wake.settings, id)
	return id, nil
}

// Push is an application as it is posted to the employer's endpoint. It holds personal data and a secret: it is not for
// logs.
type Push struct {
	ApplicationID int64
	// URL is where the job wants pushes to go now, "" when it does not want them any more.
	URL       string
	Reference string
	Applicant board.Applicant
	// UUID is the same on all attempts; Secret signs it.
	UUID   string
	Secret string
	Trace  board.Trace
	// CV is nil when there is none; its bytes are read with Queue.ReadFile.
	CV *File
}

const pushesSQL = `
SELECT a.id, a.employer_id, coalesce(j.apply_push_url, '') AS url, coalesce(j.reference, '') AS reference, a.first_name, a.last_name, a.email,
       coalesce(a.phone, '') AS phone, coalesce(a.cover_letter, '') AS cover_letter, coalesce(a.push_uuid, '') AS uuid,
       coalesce(a.trace_ip, '') AS trace_ip, coalesce(a.trace_user_agent, '') AS trace_user_agent,
       f.id AS file_id, f.name AS file_name, f.media_type AS file_media_type, f.size AS file_size, f.sha256 AS file_sha256
  FROM applications a JOIN jobs j ON j.id = a.job_id LEFT JOIN files f ON f.id = a.cv_file_id
 WHERE a.id = ANY ($1) AND a.erased_at IS NULL`

// Pushes reads the applications of rows of push lanes, by id. One that is missing was erased. An employer that had no
// secret for its pushes has one then.
func (q *Queue) Pushes(ctx context.Context, rows []Queued) (map[int64]Push, error) {
	ids, _ := subjects(rows)
	var found []struct {
		ID            int64   `db:"id"`
		EmployerID    int64   `db:"employer_id"`
		URL           string  `db:"url"`
		Reference     string  `db:"reference"`
		FirstName     string  `db:"first_name"`
		LastName      string  `db:"last_name"`
		Email         string  `db:"email"`
		Phone         string  `db:"phone"`
		CoverLetter   string  `db:"cover_letter"`
		UUID          string  `db:"uuid"`
		IP            string  `db:"trace_ip"`
		UserAgent     string  `db:"trace_user_agent"`
		FileID        *int64  `db:"file_id"`
		FileName      *string `db:"file_name"`
		FileMediaType *string `db:"file_media_type"`
		FileSize      *int64  `db:"file_size"`
		FileSHA256    []byte  `db:"file_sha256"`
	}
	if err := q.s.db.SelectContext(ctx, &found, pushesSQL, ids); err != nil {
		return nil, fmt.Errorf("read pushes: %w", err)
	}
	pushes, secrets := make(map[int64]Push, len(found)), map[int64]string{}
	for _, r := range found {
		if _, ok := secrets[r.EmployerID]; !ok {
			feed, err := q.s.CareerjetFeed(ctx, r.EmployerID)
			if err != nil {
				return nil, err
			}
			secrets[r.EmployerID] = feed.Secret
		}
		p := Push{
			ApplicationID: r.ID, URL: r.URL, Reference: r.Reference, UUID: r.UUID, Secret: secrets[r.EmployerID],
			Applicant: board.Applicant{FirstName: r.FirstName, LastName: r.LastName, Email: r.Email, Phone: r.Phone, CoverLetter: r.CoverLetter},
			Trace:     board.Trace{IP: r.IP, UserAgent: r.UserAgent},
		}
		if r.FileID != nil {
			p.CV = &File{ID: *r.FileID, Name: *r.FileName, MediaType: *r.FileMediaType, Size: *r.FileSize, SHA256: r.FileSHA256}
		}
		pushes[r.ID] = p
	}
	return pushes, nil
}

// RecordPush records one attempt at a push and shows on the application what has become of it, in one transaction. The
// status is PushPending with a Failed attempt, PushAccepted with a Delivered one, and PushRefused or PushEmailed with a
// DeadLetter; reason is in words for the employer. With PushEmailed the application goes by email instead: to the job's
// applyEmailAddress, or else to the employer's admins; in test mode to nobody.
//
// Like Record it changes nothing, and answers false, when the lane has had another owner since or the attempt is
// recorded already.
func (q *Queue) RecordPush(ctx context.Context, a Attempt, status board.PushStatus, reason string) (recorded bool, err error) {
	err = q.s.WithTx(ctx, func(ctx context.Context, tx *Tx) error {
		// What became of an application must not be forgotten, nor an email that was promised.
		if err := tx.durable(ctx); err != nil {
			return err
		}
		n, err := tx.exec(ctx, recordSQL, recordArgs([]Attempt{a})...)
		if recorded = n == 1; err != nil || !recorded {
			return err
		}
		return tx.showPush(ctx, a.SubjectID, status, storable(reason))
	})
	if err != nil {
		return false, fmt.Errorf("record push: %w", err)
	}
	return recorded, nil
}

func (tx *Tx) showPush(ctx context.Context, applicationID int64, status board.PushStatus, reason string) error {
	n, err := tx.exec(ctx, `
UPDATE applications SET push_status = $2, push_reason = $3, push_at = $4, version = version + 1, updated_at = greatest(updated_at, $4)
 WHERE id = $1 AND erased_at IS NULL AND push_status IS NOT NULL AND (push_status, push_reason) <> ($2, $3)`, applicationID, status, reason, tx.Now)
	if err != nil {
		return fmt.Errorf("show the push on its application: %w", err)
	}
	if n == 0 || status != board.PushEmailed {
		return nil
	}
	a, err := oneApplication(ctx, tx.tx, applicationID)
	if err != nil || a.Mode != board.ModeLive {
		return err
	}
	job, err := oneJob(ctx, tx.tx, `SELECT `+jobColumns+` FROM jobs WHERE id = $1`, a.JobID)
	if err != nil {
		return err
	}
	to := []string{}
	if job.ApplyEmailAddress != nil {
		to = append(to, *job.ApplyEmailAddress)
	} else if to, err = tx.adminAddresses(ctx, a.EmployerID); err != nil {
		return err
	}
	why := ""
	if job.ApplyPushURL != nil {
		why = board.PushGivenUp(*job.ApplyPushURL, reason)
	}
	return tx.mailToEmployer(ctx, job, a, to, why)
}

// PurgeApplicationTraces forgets the network addresses and user agents of up to limit applications older than
// board.TraceRetention, and tells how many.
func (s *Store) PurgeApplicationTraces(ctx context.Context, limit int) (int64, error) {
	var n int64
	err := s.WithTx(ctx, func(ctx context.Context, tx *Tx) error {
		var err error
		n, err = tx.exec(ctx, `
UPDATE applications a SET trace_ip = NULL, trace_user_agent = NULL
  FROM (SELECT id FROM applications WHERE applied_at <= $1 AND (trace_ip IS NOT NULL OR trace_user_agent IS NOT NULL)
         ORDER BY applied_at LIMIT $2 FOR UPDATE SKIP LOCKED) old
 WHERE a.id = old.id`, tx.Now.Add(-board.TraceRetention), limit)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("purge the traces of applications: %w", err)
	}
	return n, nil
}
