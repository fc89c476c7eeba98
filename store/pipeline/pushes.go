package pipeline

import (
	"context"
	"fmt"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/job"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
)

const pushesSQL = `
SELECT a.id, a.employer_id, coalesce(j.apply_push_url, '') AS url, coalesce(j.reference, '') AS reference, a.first_name, a.last_name, a.email,
       coalesce(a.phone, '') AS phone, coalesce(a.cover_letter, '') AS cover_letter, coalesce(a.push_uuid, '') AS uuid,
       coalesce(a.trace_ip, '') AS trace_ip, coalesce(a.trace_user_agent, '') AS trace_user_agent,
       f.id AS file_id, f.name AS file_name, f.media_type AS file_media_type, f.size AS file_size, f.sha256 AS file_sha256
  FROM applications a JOIN jobs j ON j.id = a.job_id LEFT JOIN files f ON f.id = a.cv_file_id
 WHERE a.id = ANY ($1) AND a.erased_at IS NULL`

// Outgoing is the delivery engine's access to applications that are posted to endpoints, and to the files that go with them
// and with emails, over the pool of its queue.
type Outgoing struct {
	db       *pg.DB
	pipeline *Store
}

// OpenOutgoing gives the engine that uses a queue what it needs of the pipeline. It lives as long as the queue.
func (s *Store) OpenOutgoing(queue *outbox.Queue) *Outgoing {
	return &Outgoing{db: queue.DB(), pipeline: s}
}

// ReadFile reads the bytes of a file as a whole. Errors: sql.ErrNoRows when the file is gone.
func (p *Outgoing) ReadFile(ctx context.Context, id int64) ([]byte, error) {
	var b []byte
	if err := p.db.Get(ctx, &b, `SELECT bytes FROM file_bytes WHERE file_id = $1`, id); err != nil {
		return nil, fmt.Errorf("read file %d: %w", id, err)
	}
	return b, nil
}

// Pushes reads the applications of rows of push lanes, by id. One that is missing was erased. An employer that had no
// secret for its pushes has one then.
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
	}
	if err := p.db.List(ctx, &found, pushesSQL, ids); err != nil {
		return nil, fmt.Errorf("read pushes: %w", err)
	}
	pushes, secrets := make(map[int64]board.Push, len(found)), map[int64]string{}
	for _, r := range found {
		if _, ok := secrets[r.EmployerID]; !ok {
			feed, err := p.pipeline.CareerjetFeed(ctx, r.EmployerID)
			if err != nil {
				return nil, err
			}
			secrets[r.EmployerID] = feed.Secret
		}
		push := board.Push{
			ApplicationID: r.ID, URL: r.URL, Reference: r.Reference, UUID: r.UUID, Secret: secrets[r.EmployerID],
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

// RecordPush records one attempt at a push and shows on the application what has become of it, in one transaction. The
// status is PushPending with a Failed attempt, PushAccepted with a Delivered one, and PushRefused or PushEmailed with a
// DeadLetter; reason is in words for the employer. With PushEmailed the application goes by email instead: to the job's
// applyEmailAddress, or else to the employer's admins; in test mode to nobody.
//
// Like Record it changes nothing, and answers false, when the lane has had another owner since or the attempt is
// recorded already.
func (p *Outgoing) RecordPush(ctx context.Context, a outbox.Attempt, status board.PushStatus, reason string) (recorded bool, err error) {
	err = p.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		// What became of an application must not be forgotten, nor an email that was promised.
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

func showPush(ctx context.Context, tx *pg.Tx, applicationID int64, status board.PushStatus, reason string) error {
	n, err := tx.Exec(ctx, `
UPDATE applications SET push_status = $2, push_reason = $3, push_at = $4, version = version + 1, updated_at = greatest(updated_at, $4)
 WHERE id = $1 AND erased_at IS NULL AND push_status IS NOT NULL AND (push_status, push_reason) <> ($2, $3)`, applicationID, status, reason, tx.Now)
	if err != nil {
		return fmt.Errorf("show the push on its application: %w", err)
	}
	if n == 0 || status != board.PushEmailed {
		return nil
	}
	a, err := oneApplication(ctx, tx, applicationID)
	if err != nil || a.Mode != board.ModeLive {
		return err
	}
	j, err := job.One(ctx, tx, `SELECT `+job.Columns+` FROM jobs WHERE id = $1`, a.JobID)
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
		why = board.PushGivenUp(*j.ApplyPushURL, reason)
	}
	return mailToEmployer(ctx, tx, j, a, to, why)
}

// PurgeApplicationTraces forgets the network addresses and user agents of up to limit applications older than
// board.TraceRetention, and tells how many.
func (s *Store) PurgeApplicationTraces(ctx context.Context, limit int) (int64, error) {
	var n int64
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		var err error
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
