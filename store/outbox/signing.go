package outbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"itmanagerjobs/store/board"
)

// Signing has the secrets of a subscription and since when each of them signs, to show how an attempt was signed. Pages show
// signatures that it makes, never a secret.
type Signing struct {
	secret, next, previous string
	// since is when the secret became the current one, and madeAt when the first secret of the subscription did.
	since, madeAt time.Time
	// rotation is when the rotation that is under way began, and nextSince when its next secret was made; zero for none. formerRotation and
	// secretNext are those of the rotation that the secret came from.
	rotation, nextSince, formerRotation, secretNext time.Time
	// previousSince is when the previous secret became the current one; zero for none.
	previousSince time.Time
}

// Signers are the secrets that signed an attempt.
type Signers struct {
	// Known is false for an attempt that was signed with a secret that is forgotten since.
	Known  bool
	Secret string
	// Second is empty when there was none, and when SecondForgotten tells that it is forgotten since.
	Second          string
	SecondForgotten bool
}

// At gives the secrets that signed an attempt at a time, by the rule of Endpoint.SecondSecret: beside the secret signs the next one, or
// without a next one the former secret, for RotationGrace.
func (s Signing) At(t time.Time) Signers {
	reached := func(since time.Time) bool { return !since.IsZero() && !t.Before(since) }
	switch {
	case reached(s.since):
		signers := Signers{Known: true, Secret: s.secret}
		switch {
		case reached(s.nextSince):
			signers.Second = s.next
		case reached(s.rotation):
			signers.SecondForgotten = true
		case s.inGraceOf(s.since, t):
			signers.Second, signers.SecondForgotten = s.previous, s.previous == ""
		}
		return signers
	case reached(s.previousSince):
		signers := Signers{Known: true, Secret: s.previous}
		if reached(s.secretNext) {
			signers.Second = s.secret
		} else {
			signers.SecondForgotten = reached(s.formerRotation) || s.inGraceOf(s.previousSince, t)
		}
		return signers
	}
	return Signers{}
}

// inGraceOf tells whether the secret before one that became the current one at a time went on signing. There was none before the first.
func (s Signing) inGraceOf(since, t time.Time) bool {
	return since.After(s.madeAt) && t.Before(since.Add(RotationGrace))
}

// Signing reads the secrets of a subscription. Errors: not_found.
func (s *Store) Signing(ctx context.Context, t board.Tenant, id int64) (Signing, error) {
	var row struct {
		Secret         []byte     `db:"secret_sealed"`
		Next           []byte     `db:"next_secret_sealed"`
		Previous       []byte     `db:"previous_secret_sealed"`
		Since          time.Time  `db:"secret_since"`
		MadeAt         time.Time  `db:"created_at"`
		Rotation       *time.Time `db:"rotation_since"`
		NextSince      *time.Time `db:"next_secret_since"`
		FormerRotation *time.Time `db:"secret_rotation_since"`
		SecretNext     *time.Time `db:"secret_next_since"`
		PreviousSince  *time.Time `db:"previous_secret_since"`
	}
	err := s.db.Reader(ctx).Get(ctx, &row, `
SELECT secret_sealed, next_secret_sealed, previous_secret_sealed, secret_since, created_at, rotation_since, next_secret_since,
       secret_rotation_since, secret_next_since, previous_secret_since
  FROM subscriptions WHERE id = $1 AND employer_id = $2 AND mode = $3 AND deleted_at IS NULL`, id, t.EmployerID, t.Mode)
	if errors.Is(err, sql.ErrNoRows) {
		return Signing{}, errNoSubscription
	}
	if err != nil {
		return Signing{}, fmt.Errorf("read the secrets of a subscription: %w", err)
	}
	signing := Signing{since: row.Since, madeAt: row.MadeAt}
	for _, since := range []struct{ stored, at *time.Time }{
		{row.Rotation, &signing.rotation},
		{row.NextSince, &signing.nextSince},
		{row.FormerRotation, &signing.formerRotation},
		{row.SecretNext, &signing.secretNext},
		{row.PreviousSince, &signing.previousSince},
	} {
		if since.stored != nil {
			*since.at = *since.stored
		}
	}
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
