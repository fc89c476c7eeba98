package outbox

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/pg"
)

const (
	// certificationClaim is how long a copy may work on a certification before another takes it over.
	certificationClaim = 5 * time.Minute
	// certificationsKept is how long reports are kept.
	certificationsKept = 7 * 24 * time.Hour
	// firstCertificationID is where the delivery ids of batteries begin, far above all others, so that receivers never take one for a
	// delivery that they have.
	firstCertificationID = 4_000_000_000_000_000
	// idsOfCertification is how many delivery ids a battery may use.
	idsOfCertification = 100
)

// Certification is the check of a receiver. FinishedAt is nil while it runs, and Checks are empty.
type Certification struct {
	ID             int64
	SubscriptionID int64
	CreatedAt      time.Time
	FinishedAt     *time.Time
	Checks         []delivery.ReceiverCheck
}

// CertificationWork is a certification that is to be done, with all that its requests are made of. It holds secrets and must not be
// logged.
type CertificationWork struct {
	board.Tenant

	ID             int64
	SubscriptionID int64
	URL            string
	Profile        string
	Secret         string
	NextSecret     string
	// FirstID is the first delivery id of the battery.
	FirstID int64
}

var (
	errNoCertification      = board.Errorf(board.CodeNotFound, "There is no such certification. Reports are kept for 7 days.")
	errCertificationRunning = board.Errorf(board.CodeInvalidState, "A certification of this webhook is under way. Read its report, and begin another afterwards.")
)

type certificationRow struct {
	ID             int64      `db:"id"`
	SubscriptionID int64      `db:"subscription_id"`
	CreatedAt      time.Time  `db:"created_at"`
	FinishedAt     *time.Time `db:"finished_at"`
	Checks         []byte     `db:"checks"`
}

func (r certificationRow) certification() (Certification, error) {
	c := Certification{ID: r.ID, SubscriptionID: r.SubscriptionID, CreatedAt: r.CreatedAt.UTC(), FinishedAt: pg.UTC(r.FinishedAt)}
	if r.Checks == nil {
		return c, nil
	}
	if err := json.Unmarshal(r.Checks, &c.Checks); err != nil {
		return c, fmt.Errorf("decode a report: %w", err)
	}
	return c, nil
}

const certificationColumns = `id, subscription_id, created_at, finished_at, checks`

// CreateCertification asks for a check of a receiver, which the delivery engine does. Errors: not_found; invalid_state while one is under
// way or the webhook is disabled; board.ErrTestModeOnly.
func (s *Store) CreateCertification(ctx context.Context, t board.Tenant, subscriptionID int64) (Certification, error) {
	if t.Mode != board.ModeTest {
		return Certification{}, board.ErrTestModeOnly
	}
	var row certificationRow
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		sub, err := lockSubscription(ctx, tx, t, subscriptionID)
		if err != nil {
			return err
		}
		if sub.Status == delivery.SubscriptionDisabled {
			return errSubscriptionDisabled
		}
		var running bool
		err = tx.Get(ctx, &running, `SELECT EXISTS (SELECT FROM certifications WHERE subscription_id = $1 AND employer_id = $2 AND mode = $3 AND finished_at IS NULL)`,
			sub.ID, t.EmployerID, t.Mode)
		if err != nil {
			return fmt.Errorf("look for a certification: %w", err)
		}
		if running {
			return errCertificationRunning
		}
		err = tx.Get(ctx, &row, `
INSERT INTO certifications (employer_id, mode, subscription_id, created_at, claimed_until) VALUES ($1, $2, $3, $4, $4) RETURNING `+certificationColumns,
			t.EmployerID, t.Mode, sub.ID, tx.Now)
		if err != nil {
			return fmt.Errorf("insert certification: %w", err)
		}
		return nil
	})
	if err != nil {
		return Certification{}, err
	}
	return row.certification()
}

// Certification reads the check of a receiver. Errors: not_found.
func (s *Store) Certification(ctx context.Context, t board.Tenant, id int64) (Certification, error) {
	var row certificationRow
	err := s.db.Reader(ctx).Get(ctx, &row, `SELECT `+certificationColumns+` FROM certifications WHERE id = $1 AND employer_id = $2 AND mode = $3`, id, t.EmployerID, t.Mode)
	if errors.Is(err, sql.ErrNoRows) {
		return Certification{}, errNoCertification
	}
	if err != nil {
		return Certification{}, fmt.Errorf("read certification: %w", err)
	}
	return row.certification()
}

// ClaimCertification takes the certification that waits longest, so that no other copy works on it for a while. ok is false when none
// waits. A claim that lasts twice as long as any is from before the clock was set back, and counts no more; clocks of copies that
// differ a little take none over.
func (s *Store) ClaimCertification(ctx context.Context) (work CertificationWork, ok bool, err error) {
	var row struct {
		ID             int64      `db:"id"`
		EmployerID     int64      `db:"employer_id"`
		Mode           board.Mode `db:"mode"`
		SubscriptionID int64      `db:"subscription_id"`
	}
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		//house:tenant the delivery engine serves all tenants
		err := tx.Get(ctx, &row, `
UPDATE certifications SET claimed_until = $2 WHERE id = (
       SELECT id FROM certifications WHERE finished_at IS NULL AND (claimed_until <= $1 OR claimed_until > $3) ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, employer_id, mode, subscription_id`, tx.Now, tx.Now.Add(certificationClaim), tx.Now.Add(2*certificationClaim))
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	if err != nil || row.ID == 0 {
		return CertificationWork{}, false, err
	}
	t := board.Tenant{EmployerID: row.EmployerID, Mode: row.Mode}
	work = CertificationWork{Tenant: t, ID: row.ID, SubscriptionID: row.SubscriptionID, FirstID: firstCertificationID + row.ID*idsOfCertification}
	sub, err := s.Subscription(ctx, t, row.SubscriptionID)
	if errors.Is(err, errNoSubscription) { // it was deleted meanwhile
		if err := s.FinishCertification(ctx, work, nil); err != nil {
			return CertificationWork{}, false, err
		}
		return s.ClaimCertification(ctx)
	}
	if err != nil {
		return CertificationWork{}, false, err
	}
	signing, err := s.Signing(ctx, t, sub.ID)
	if err != nil {
		return CertificationWork{}, false, err
	}
	work.URL, work.Profile = sub.URL, sub.Profile
	signers := signing.At(s.db.Now())
	work.Secret, work.NextSecret = signers.Secret, signers.Second
	return work, true, nil
}

// FinishCertification records the outcome of a certification. It changes nothing when another copy has recorded one.
func (s *Store) FinishCertification(ctx context.Context, work CertificationWork, checks []delivery.ReceiverCheck) error {
	if checks == nil {
		checks = []delivery.ReceiverCheck{}
	}
	report, err := json.Marshal(checks)
	if err != nil {
		return fmt.Errorf("encode a report: %w", err)
	}
	return s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		_, err := tx.Exec(ctx, `
UPDATE certifications SET finished_at = $4, checks = $5 WHERE id = $1 AND employer_id = $2 AND mode = $3 AND finished_at IS NULL`,
			work.ID, work.EmployerID, work.Mode, tx.Now, string(report))
		if err != nil {
			return fmt.Errorf("record a report: %w", err)
		}
		return nil
	})
}

// PurgeCertifications deletes up to limit reports that were kept long enough, and returns how many.
func (s *Store) PurgeCertifications(ctx context.Context, limit int) (n int64, err error) {
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		//house:tenant a chore over all tenants
		n, err = tx.Exec(ctx, `
DELETE FROM certifications WHERE id IN (SELECT id FROM certifications WHERE created_at < $1 ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED)`,
			tx.Now.Add(-certificationsKept), limit)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("purge reports: %w", err)
	}
	return n, nil
}

// LastCertification reads the newest check of a receiver. found is false when there was none in the days that reports are kept.
func (s *Store) LastCertification(ctx context.Context, t board.Tenant, subscriptionID int64) (c Certification, found bool, err error) {
	var row certificationRow
	err = s.db.Reader(ctx).Get(ctx, &row, `SELECT `+certificationColumns+` FROM certifications
 WHERE subscription_id = $1 AND employer_id = $2 AND mode = $3 ORDER BY id DESC LIMIT 1`, subscriptionID, t.EmployerID, t.Mode)
	if errors.Is(err, sql.ErrNoRows) {
		return Certification{}, false, nil
	}
	if err != nil {
		return Certification{}, false, fmt.Errorf("read the last certification: %w", err)
	}
	c, err = row.certification()
	return c, err == nil, err
}
