package pipeline

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/job"
	"itmanagerjobs/store/letter"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
)

const pushesSQL = `
SELECT a.id, a.employer_id, coalesce(j.apply_push_url, '') AS url, coalesce(j.reference, '') AS reference, a.first_name, a.last_name, a.email,
       coalesce(a.phone, '') AS phone, coalesce(a.cover_letter, '') AS cover_letter, coalesce(a.push_uuid, '') AS uuid,
       coalesce(a.trace_ip, '') AS trace_ip, coalesce(a.trace_user_agent, '') AS trace_user_agent,
       f.id AS file_id, f.name AS file_name, f.media_type AS file_media_type, f.size AS file_size, f.sha256 AS file_sha256,
       s.secret_sealed
  FROM applications a JOIN jobs j ON j.id = a.job_id LEFT JOIN files f ON f.id = a.cv_file_id
       LEFT JOIN careerjet_feeds s ON s.employer_id = a.employer_id
 WHERE a.id = ANY ($1) AND a.erased_at IS NULL`

// Outgoing is what the delivery engine needs of the pipeline: the applications that it posts to endpoints, and the files
// that go with them and with emails. It uses the connections of the queue.
type Outgoing struct {
	db       *pg.DB
	pipeline *Store
}

// OpenOutgoing makes the Outgoing of the engine that uses a queue. It is valid until the queue is closed.
//
//house:told what it reads goes to endpoints, and into no recorded answer
func (s *Store) OpenOutgoing(queue *outbox.Queue) *Outgoing {
	return &Outgoing{db: queue.DB(), pipeline: s}
}

// ReadFile reads all bytes of a file. Errors: sql.ErrNoRows when the file was erased.
func (p *Outgoing) ReadFile(ctx context.Context, id int64) ([]byte, error) {
	var b []byte
	if err := p.db.Get(ctx, &b, `SELECT bytes FROM file_bytes WHERE file_id = $1`, id); err != nil {
		return nil, fmt.Errorf("read file %d: %w", id, err)
	}
	return b, nil
}

// Pushes reads the applications of queued pushes, by application id, with the secret that signs them. An application that
// is missing was erased.
func (p *Outgoing) Pushes(ctx context.Context, rows []outbox.Queued) (map[int64]board.Push, error) {
	ids, _ := outbox.Subjects(rows)
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
		SecretSealed  []byte  `db:"secret_sealed"`
	}
	//house:tenant the delivery engine serves all tenants
	if err := p.db.List(ctx, &found, pushesSQL, ids); err != nil {
		return nil, fmt.Errorf("read pushes: %w", err)
	}
	pushes := make(map[int64]board.Push, len(found))
	for _, r := range found {
		// Apply makes the secret in the transaction of the application.
		feed, err := p.pipeline.openFeed(careerjetRow{EmployerID: r.EmployerID, SecretSealed: r.SecretSealed})
		if err != nil {
			return nil, err
		}
		push := board.Push{
			ApplicationID: r.ID, URL: r.URL, Reference: r.Reference, UUID: r.UUID, Secret: feed.Secret,
			Applicant: board.Applicant{FirstName: r.FirstName, LastName: r.LastName, Email: r.Email, Phone: r.Phone, CoverLetter: r.CoverLetter},
			Trace:     board.Trace{IP: r.IP, UserAgent: r.UserAgent},
		}
		if r.FileID != nil {
			push.CV = &board.File{ID: *r.FileID, Name: *r.FileName, MediaType: *r.FileMediaType, Size: *r.FileSize, SHA256: r.FileSHA256}
		}
		pushes[r.ID] = push
	}
	return pushes, nil
}

// RecordPush records one attempt at a push, and writes the state of the push to the application, in one transaction. The
// status is PushPending with a Failed attempt, PushAccepted with a Delivered one, and PushRefused or PushEmailed with a
// DeadLetter; reason is worded for the employer. With PushEmailed the application is sent by email instead: to the job's
// applyEmailAddress, or else to the employer's admins; in test mode to nobody.
//
// It changes nothing and returns false when another worker has taken over the lane, or when the attempt was recorded before.
func (p *Outgoing) RecordPush(ctx context.Context, a outbox.Attempt, status board.PushStatus, reason string) (recorded bool, err error) {
	err = p.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		// The connections of the queue do not wait for the disk, but this must survive a crash: the state is shown to the
		// employer, and an email may be all that is left of the application.
		if err := tx.Durable(ctx); err != nil {
			return err
		}
		var err error
		if recorded, err = outbox.RecordOne(ctx, tx, a); err != nil || !recorded {
			return err
		}
		return showPush(ctx, tx, a.SubjectID, status, pg.Storable(reason))
	})
	if err != nil {
		return false, fmt.Errorf("record push: %w", err)
	}
	return recorded, nil
}

// showPush writes the state of a push to its application, and with PushEmailed queues the email to the employer.
func showPush(ctx context.Context, tx *pg.Tx, applicationID int64, status board.PushStatus, reason string) error {
	var tenant struct {
		EmployerID int64      `db:"employer_id"`
		Mode       board.Mode `db:"mode"`
	}
	//house:tenant the application of a delivery whose outcome is recorded
	err := tx.Get(ctx, &tenant, `
UPDATE applications SET push_status = $2, push_reason = $3, push_at = $4, version = version + 1, updated_at = greatest(updated_at, $4)
 WHERE id = $1 AND erased_at IS NULL AND push_status IS NOT NULL AND (push_status, push_reason) <> ($2, $3)
RETURNING employer_id, mode`, applicationID, status, reason, tx.Now)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("show the push on its application: %w", err)
	}
	if status != board.PushEmailed || tenant.Mode != board.ModeLive {
		return nil
	}
	a, err := oneApplication(ctx, tx, board.Tenant{EmployerID: tenant.EmployerID, Mode: tenant.Mode}, applicationID)
	if err != nil {
		return err
	}
	j, err := job.OfApplication(ctx, tx, a.Tenant, a.JobID)
	if err != nil {
		return err
	}
	to := []string{}
	if j.ApplyEmailAddress != nil {
		to = append(to, *j.ApplyEmailAddress)
	} else if to, err = account.AdminAddresses(ctx, tx, a.EmployerID); err != nil {
		return err
	}
	why := ""
	if j.ApplyPushURL != nil {
		why = letter.PushGivenUp(*j.ApplyPushURL, reason)
	}
	return outbox.QueueMails(ctx, tx, mailsToEmployer(j, a, to, why)...)
}

// PurgeApplicationTraces deletes the network addresses and user agents of up to limit applications that are older than
// board.TraceRetention, and returns how many.
func (s *Store) PurgeApplicationTraces(ctx context.Context, limit int) (int64, error) {
	var n int64
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		var err error
		//house:tenant a chore over all tenants
		n, err = tx.Exec(ctx, `
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
