package outbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

// Signing has the secrets of a subscription and since when each of them signs, to show how an attempt was signed. Pages show
// signatures that it makes, never a secret.
type Signing struct {
	secret, next, previous string
	since                  time.Time
	nextSince              *time.Time
	previousUntil          *time.Time
}

// At gives the secrets that signed an attempt at a time; second is empty for none. known is false for an attempt that was
// signed with a secret that is forgotten since.
func (s Signing) At(t time.Time) (secret, second string, known bool) {
	switch {
	case t.Before(s.since) && s.previous == "":
		return "", "", false
	case t.Before(s.since):
		return s.previous, s.secret, true // the rotation had begun, or else it would not have ended
	case s.nextSince != nil && !t.Before(*s.nextSince):
		return s.secret, s.next, true
	case s.previousUntil != nil && t.Before(*s.previousUntil):
		return s.secret, s.previous, true
	}
	return s.secret, "", true
}

// Signing reads the secrets of a subscription. Errors: not_found.
func (s *Store) Signing(ctx context.Context, t board.Tenant, id int64) (Signing, error) {
	var row struct {
		Secret        []byte     `db:"secret_sealed"`
		Next          []byte     `db:"next_secret_sealed"`
		Previous      []byte     `db:"previous_secret_sealed"`
		Since         time.Time  `db:"secret_since"`
		NextSince     *time.Time `db:"next_secret_since"`
		PreviousUntil *time.Time `db:"previous_secret_until"`
	}
	err := s.db.Reader(ctx).Get(ctx, &row, `
SELECT secret_sealed, next_secret_sealed, previous_secret_sealed, secret_since, next_secret_since, previous_secret_until
  FROM subscriptions WHERE id = $1 AND employer_id = $2 AND mode = $3 AND deleted_at IS NULL`, id, t.EmployerID, t.Mode)
	if errors.Is(err, sql.ErrNoRows) {
		return Signing{}, errNoSubscription
	}
	if err != nil {
		return Signing{}, fmt.Errorf("read the secrets of a subscription: %w", err)
	}
	signing := Signing{since: row.Since.UTC(), nextSince: pg.UTC(row.NextSince), previousUntil: pg.UTC(row.PreviousUntil)}
	for _, sealed := range []struct {
		bytes []byte
		plain *string
	}{{row.Secret, &signing.secret}, {row.Next, &signing.next}, {row.Previous, &signing.previous}} {
		if sealed.bytes == nil {
			continue
		}
		if *sealed.plain, err = s.secrets.Open(sealed.bytes, t.EmployerID, id); err != nil {
			return Signing{}, fmt.Errorf("open a secret of subscription %d: %w", id, err)
		}
	}
	return signing, nil
}

// NextSecretSigns tells whether every delivery that is on its way or follows is signed with the next secret too, so that
// ActivateSecret would not wait. It is false for a subscription without a next secret. Errors: not_found.
func (s *Store) NextSecretSigns(ctx context.Context, t board.Tenant, id int64) (bool, error) {
	var signs bool
	err := s.db.Reader(ctx).Get(ctx, &signs, `
SELECT s.next_secret_sealed IS NOT NULL
       AND (l.settings_seen >= s.secrets_version OR NOT EXISTS (SELECT FROM workers w WHERE w.id = l.owner AND w.lease_until > clock_timestamp()))
  FROM subscriptions s JOIN lanes l ON l.id = s.lane_id
 WHERE s.id = $1 AND s.employer_id = $2 AND s.mode = $3 AND s.deleted_at IS NULL`, id, t.EmployerID, t.Mode)
	if errors.Is(err, sql.ErrNoRows) {
		return false, errNoSubscription
	}
	if err != nil {
		return false, fmt.Errorf("look whether the next secret signs: %w", err)
	}
	return signs, nil
}
