package pipeline

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

// CareerjetFeed is how the applications for an employer's jobs are pushed: from Careerjet to us, and from us to the
// endpoint of the employer. It contains a secret: never log it.
//
// Reads do not make it. It is made by the write that first needs its secret: an application that is pushed (Apply), or a
// change of the feed (UpdateCareerjetFeed).
type CareerjetFeed struct {
	EmployerID int64
	// Secret is the key of the HMAC that signs a push.
	Secret string
	// AllowUnsigned accepts pushes from Careerjet without a signature. A wrong signature is refused all the same.
	AllowUnsigned bool
	// JobID is set by CareerjetFeedsOf for a job that has no reference and was named by its id.
	JobID int64
}

type careerjetRow struct {
	EmployerID    int64  `db:"employer_id"`
	SecretSealed  []byte `db:"secret_sealed"`
	AllowUnsigned bool   `db:"allow_unsigned"`
}

// feedSubject is sealed with the secret where a webhook's secret has the id of its subscription.
const feedSubject = 0

func (s *Store) openFeed(r careerjetRow) (CareerjetFeed, error) {
	secret, err := s.secrets.Open(r.SecretSealed, r.EmployerID, feedSubject)
	if err != nil {
		return CareerjetFeed{}, fmt.Errorf("feed secret of employer %d: %w", r.EmployerID, err)
	}
	return CareerjetFeed{EmployerID: r.EmployerID, Secret: secret, AllowUnsigned: r.AllowUnsigned}, nil
}

// ensureFeed reads the feed of an employer, and makes one with a new secret when there is none. The lock of the employer
// keeps two transactions from making two. Errors: not_found when there is no such employer.
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
	feed, err := s.openFeed(row)
	return feed, true, err
}

// CareerjetPatch is a change of a CareerjetFeed.
type CareerjetPatch struct {
	// Secret is the one that Careerjet issued, at least 8 printable characters.
	Secret        board.Change[string]
	AllowUnsigned board.Change[bool]
}

// UpdateCareerjetFeed changes what the patch sets of an employer's feed. An employer without a feed gets one, with a new
// secret where the patch has none; a patch that sets nothing changes nothing else.
// Errors: not_found when there is no such employer; invalid_request.
func (s *Store) UpdateCareerjetFeed(ctx context.Context, employerID int64, p CareerjetPatch) (CareerjetFeed, error) {
	var feed CareerjetFeed
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		// Of two changes at once the second must not write back what the first has changed.
		err := account.LockEmployer(ctx, tx, employerID)
		if err != nil {
			return err
		}
		if feed, err = s.ensureFeed(ctx, tx, employerID); err != nil {
			return err
		}
		if p.Secret.Value == nil && p.AllowUnsigned.Value == nil {
			return nil
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
		account.Operated(ctx, tx, employerID, fmt.Sprintf("employers/%d", employerID))
		return nil
	})
	if err != nil {
		return CareerjetFeed{}, err
	}
	return feed, nil
}

// maxFeedsOfReference bounds how many employers are considered whose jobs have the same reference.
const maxFeedsOfReference = 100

// CareerjetFeedsOf lists the feeds of the employers with a live job of this reference that is, or was, public, and of the
// employer whose job without a reference has it as its id, because the feed of jobs gives the id of such a job as its reference.
// Employers without a feed are left out. A push names no employer: it is for the employer whose secret has signed it.
func (s *Store) CareerjetFeedsOf(ctx context.Context, reference string) ([]CareerjetFeed, error) {
	reference = strings.TrimSpace(reference)
	id, err := strconv.ParseInt(reference, 10, 64)
	if err != nil || strconv.FormatInt(id, 10) != reference {
		id = 0
	}
	var rows []struct {
		careerjetRow

		JobID int64 `db:"job_id"`
	}
	err = s.db.Reader(ctx).List(ctx, &rows, `
SELECT f.employer_id, f.secret_sealed, f.allow_unsigned, 0::bigint AS job_id
  FROM careerjet_feeds f
 WHERE f.employer_id IN (SELECT j.employer_id FROM jobs j WHERE j.reference = $1 AND j.mode = 'live' AND j.status <> 'Draft')
UNION ALL
SELECT f.employer_id, f.secret_sealed, f.allow_unsigned, j.id
  FROM jobs j JOIN careerjet_feeds f ON f.employer_id = j.employer_id
 WHERE j.id = $3 AND j.reference IS NULL AND j.mode = 'live' AND j.status <> 'Draft'
 ORDER BY job_id, employer_id LIMIT $2`, reference, maxFeedsOfReference, id)
	if err != nil {
		return nil, fmt.Errorf("list feeds: %w", err)
	}
	feeds := make([]CareerjetFeed, len(rows))
	for i, r := range rows {
		if feeds[i], err = s.openFeed(r.careerjetRow); err != nil {
			return nil, err
		}
		feeds[i].JobID = r.JobID
	}
	return feeds, nil
}
