package pipeline

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"io"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

// maxKeptCVs bounds how many files are kept for forms that came from one network.
const maxKeptCVs = 20

// keptTokenSize is the number of random bytes in a token: who does not have it can't guess it.
const keptTokenSize = 32

// KeepCV is a CV that came with a form in which something else is wrong.
type KeepCV struct {
	JobID int64
	// Email is what was typed as the address, by which an erasure finds the file; it may be no address.
	Email string
	CV    board.CV
}

// KeepCV keeps a CV for board.KeptCVLife, so that nobody has to choose the file again for a mistake elsewhere in the form. The token
// that it returns is the only way to it; the database has its digest alone. It is empty when the network has as many files here
// as may be. The attempt is the one that the form was counted as.
func (s *Store) KeepCV(ctx context.Context, a ApplyAttempt, k KeepCV) (token string, err error) {
	random := make([]byte, keptTokenSize)
	if _, err := io.ReadFull(s.rand, random); err != nil {
		return "", fmt.Errorf("draw a token: %w", err)
	}
	token = base64.RawURLEncoding.EncodeToString(random)
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		// Forms of one network are kept one after the other, so that the bound holds.
		if _, err := tx.Exec(ctx, `SELECT FROM apply_attempts WHERE subject = $1 FOR UPDATE`, a.subject); err != nil {
			return fmt.Errorf("lock a network: %w", err)
		}
		n, err := tx.Exec(ctx, `
INSERT INTO kept_cvs (token_digest, subject, job_id, email, name, bytes, kept_at)
SELECT $1, $2, $3, lower($4), $5, $6, $7 WHERE (SELECT count(*) FROM kept_cvs WHERE subject = $2 AND kept_at > $8) < $9`,
			keptDigest(token), a.subject, k.JobID, pg.Storable(board.ApplicantEmail(k.Email)), k.CV.Name, k.CV.Bytes, tx.Now, tx.Now.Add(-board.KeptCVLife), maxKeptCVs)
		if err != nil {
			return fmt.Errorf("keep a CV: %w", err)
		}
		if n == 0 {
			token = ""
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	return token, nil
}

func keptDigest(token string) []byte {
	digest := sha256.Sum256([]byte(token))
	return digest[:]
}

// KeptCV reads a CV that KeepCV has kept for a form of the job. Error: board.ErrCVNotKept, also when its time is over.
func (s *Store) KeptCV(ctx context.Context, jobID int64, token string) (board.Upload, error) {
	var row struct {
		Name  string `db:"name"`
		Bytes []byte `db:"bytes"`
	}
	err := s.db.Reader(ctx).Get(ctx, &row, `SELECT name, bytes FROM kept_cvs WHERE token_digest = $1 AND job_id = $2 AND kept_at > $3`,
		keptDigest(token), jobID, s.db.Now().Add(-board.KeptCVLife))
	if errors.Is(err, sql.ErrNoRows) {
		return board.Upload{}, board.ErrCVNotKept
	}
	if err != nil {
		return board.Upload{}, fmt.Errorf("read a kept CV: %w", err)
	}
	return board.Upload{Name: row.Name, Bytes: row.Bytes}, nil
}

// ForgetKeptCV deletes the CV of a token, in whose place another one came.
func (s *Store) ForgetKeptCV(ctx context.Context, token string) error {
	return s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error { return forgetKeptCVs(ctx, tx, token) })
}

func forgetKeptCVs(ctx context.Context, tx *pg.Tx, tokens ...string) error {
	var digests pq.ByteaArray
	for _, token := range tokens {
		if token != "" {
			digests = append(digests, keptDigest(token))
		}
	}
	if digests == nil {
		return nil
	}
	if _, err := tx.Exec(ctx, `DELETE FROM kept_cvs WHERE token_digest = ANY ($1)`, digests); err != nil {
		return fmt.Errorf("delete kept CVs: %w", err)
	}
	return nil
}

// ForgetKeptCVsOf deletes what is kept for forms of a tenant's jobs in which an email address was typed.
func ForgetKeptCVsOf(ctx context.Context, tx *pg.Tx, t board.Tenant, email string) error {
	_, err := tx.Exec(ctx, `
DELETE FROM kept_cvs k USING jobs j WHERE k.email = lower($2) AND k.email <> '' AND j.id = k.job_id AND j.employer_id = $1 AND j.mode = $3`, t.EmployerID, email, t.Mode)
	if err != nil {
		return fmt.Errorf("erase kept CVs: %w", err)
	}
	return nil
}

// PurgeKeptCVs deletes up to limit CVs whose time is over, and returns how many.
func (s *Store) PurgeKeptCVs(ctx context.Context, limit int) (int64, error) {
	var n int64
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		var err error
		n, err = tx.Exec(ctx, `
DELETE FROM kept_cvs WHERE token_digest IN (SELECT token_digest FROM kept_cvs WHERE kept_at <= $1 ORDER BY kept_at LIMIT $2 FOR UPDATE SKIP LOCKED)`,
			tx.Now.Add(-board.KeptCVLife), limit)
		if err != nil {
			return fmt.Errorf("purge kept CVs: %w", err)
		}
		return nil
	})
	return n, err
}
