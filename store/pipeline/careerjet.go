package pipeline

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/job"
	"itmanagerjobs/store/pg"
	"strings"
)

// CareerjetFeed is what an employer shares with those who push applications: Careerjet to us, we to the employer's own
// endpoint. It holds a secret: it is not for logs.
type CareerjetFeed struct {
	EmployerID int64
	Secret     string
	// AllowUnsigned takes pushes without a signature; a wrong one is refused all the same (1.20).
	AllowUnsigned bool
}

type careerjetRow struct {
	EmployerID    int64  `db:"employer_id"`
	SecretSealed  []byte `db:"secret_sealed"`
	AllowUnsigned bool   `db:"allow_unsigned"`
}

// feedSubject stands where the number of a subscription does in what a secret is sealed for.
const feedSubject = 0

func (s *Store) careerjetFeed(r careerjetRow) (CareerjetFeed, error) {
	secret, err := s.secrets.Open(r.SecretSealed, r.EmployerID, feedSubject)
	if err != nil {
		return CareerjetFeed{}, fmt.Errorf("feed secret of employer %d: %w", r.EmployerID, err)
	}
	return CareerjetFeed{EmployerID: r.EmployerID, Secret: secret, AllowUnsigned: r.AllowUnsigned}, nil
}

// CareerjetFeed reads the employer's feed secret, and makes one when there is none. Errors: not_found.
func (s *Store) CareerjetFeed(ctx context.Context, employerID int64) (CareerjetFeed, error) {
	var feed CareerjetFeed
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		var err error
		feed, err = s.ensureFeed(ctx, tx, employerID)
		return err
	})
	return feed, err
}

// ensureFeed writes only when there is no feed yet. The row of the employer makes others wait who want the same.
func (s *Store) ensureFeed(ctx context.Context, tx *pg.Tx, employerID int64) (CareerjetFeed, error) {
	if feed, found, err := s.findFeed(ctx, tx, employerID); err != nil || found {
		return feed, err
	}
	if err := account.LockEmployer(ctx, tx, employerID); err != nil {
		return CareerjetFeed{}, err
	}
	if feed, found, err := s.findFeed(ctx, tx, employerID); err != nil || found {
		return feed, err
	}
	var b [24]byte
	if _, err := io.ReadFull(s.rand, b[:]); err != nil {
		return CareerjetFeed{}, fmt.Errorf("draw a feed secret: %w", err)
	}
	feed := CareerjetFeed{EmployerID: employerID, Secret: hex.EncodeToString(b[:])}
	sealed, err := s.secrets.Seal(feed.Secret, employerID, feedSubject)
	if err != nil {
		return CareerjetFeed{}, err
	}
	// A secret that has signed something must not be forgotten, not even from a session of the Queue.
	if err := tx.Durable(ctx); err != nil {
		return CareerjetFeed{}, err
	}
	_, err = tx.Exec(ctx, `INSERT INTO careerjet_feeds (employer_id, secret_sealed, allow_unsigned, created_at, updated_at) VALUES ($1, $2, false, $3, $3)`,
		employerID, sealed, tx.Now)
	if err != nil {
		return CareerjetFeed{}, fmt.Errorf("insert feed: %w", err)
	}
	return feed, nil
}

func (s *Store) findFeed(ctx context.Context, tx *pg.Tx, employerID int64) (CareerjetFeed, bool, error) {
	var row careerjetRow
	err := tx.Get(ctx, &row, `SELECT employer_id, secret_sealed, allow_unsigned FROM careerjet_feeds WHERE employer_id = $1`, employerID)
	if errors.Is(err, sql.ErrNoRows) {
		return CareerjetFeed{}, false, nil
	}
	if err != nil {
		return CareerjetFeed{}, false, fmt.Errorf("read feed: %w", err)
	}
	feed, err := s.careerjetFeed(row)
	return feed, true, err
}

// CareerjetPatch changes what it sets.
type CareerjetPatch struct {
	// Secret is the one that Careerjet gave, at least 8 printable characters.
	Secret        board.Change[string]
	AllowUnsigned board.Change[bool]
}

// SetCareerjetFeed changes the employer's feed secret or switch. Errors: not_found; invalid_request.
func (s *Store) UpdateCareerjetFeed(ctx context.Context, employerID int64, p CareerjetPatch) (CareerjetFeed, error) {
	var feed CareerjetFeed
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		var err error
		if feed, err = s.ensureFeed(ctx, tx, employerID); err != nil {
			return err
		}
		if p.Secret.Value != nil {
			if feed.Secret, err = board.CheckFeedSecret("secret", *p.Secret.Value); err != nil {
				return err
			}
		}
		if p.AllowUnsigned.Value != nil {
			feed.AllowUnsigned = *p.AllowUnsigned.Value
		}
		sealed, err := s.secrets.Seal(feed.Secret, employerID, feedSubject)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE careerjet_feeds SET secret_sealed = $2, allow_unsigned = $3, updated_at = $4 WHERE employer_id = $1`,
			employerID, sealed, feed.AllowUnsigned, tx.Now)
		if err != nil {
			return fmt.Errorf("update feed: %w", err)
		}
		return nil
	})
	if err != nil {
		return CareerjetFeed{}, err
	}
	return feed, nil
}

// maxFeedsOfReference bounds how many employers may have a job with one reference, of those that a push could mean.
const maxFeedsOfReference = 100

// CareerjetFeedsOf lists the feeds of the employers with a live job of this reference that is, or was, public. A push
// names no employer: whose secret has signed it is whose job is meant. Employers without a secret are not among them.
func (s *Store) CareerjetFeedsOf(ctx context.Context, reference string) ([]CareerjetFeed, error) {
	var rows []careerjetRow
	err := s.db.Reader(ctx).List(ctx, &rows, `
SELECT f.employer_id, f.secret_sealed, f.allow_unsigned
  FROM careerjet_feeds f
 WHERE f.employer_id IN (SELECT j.employer_id FROM jobs j WHERE j.reference = $1 AND j.mode = 'live' AND j.status <> 'Draft')
 ORDER BY f.employer_id LIMIT $2`, strings.TrimSpace(reference), maxFeedsOfReference)
	if err != nil {
		return nil, fmt.Errorf("list feeds: %w", err)
	}
	feeds := make([]CareerjetFeed, len(rows))
	for i, r := range rows {
		if feeds[i], err = s.careerjetFeed(r); err != nil {
			return nil, err
		}
	}
	return feeds, nil
}

// ForwardToApplyURL counts that a candidate goes on to the job's own address, and gives that (UrlApply).
// Errors: not_found, also when the job is applied for otherwise; ErrJobClosed; ErrJobExpired.
func (s *Store) ForwardToApplyURL(ctx context.Context, mode board.Mode, jobID int64) (string, error) {
	var to string
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		j, err := jobToApplyFor(ctx, tx, ApplyParams{Mode: mode, JobID: jobID}, "")
		if err != nil {
			return err
		}
		if err := j.OpenFor(tx.Now); err != nil {
			return err
		}
		if j.ApplyMethod == nil || *j.ApplyMethod != board.ApplyByURL || j.ApplyURL == nil {
			return job.ErrNoJob
		}
		to = *j.ApplyURL
		_, err = tx.Exec(ctx, `INSERT INTO job_forwards AS f (job_id, count) VALUES ($1, 1) ON CONFLICT (job_id) DO UPDATE SET count = f.count + 1`, jobID)
		if err != nil {
			return fmt.Errorf("count a forward: %w", err)
		}
		return nil
	})
	return to, err
}

// JobForwards tells how often candidates went on to a job's own address. Errors: not_found.
func (s *Store) JobForwards(ctx context.Context, t board.Tenant, jobID int64) (int64, error) {
	if _, err := s.jobs.Job(ctx, t, jobID); err != nil {
		return 0, err
	}
	var n int64
	err := s.db.Reader(ctx).Get(ctx, &n, `SELECT coalesce((SELECT count FROM job_forwards WHERE job_id = $1), 0)`, jobID)
	if err != nil {
		return 0, fmt.Errorf("read forwards: %w", err)
	}
	return n, nil
}
