package outbox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/pg"
)

// RotationGrace is how long the previous secret goes on signing after the next one was activated, so that an endpoint need
// not switch at the same moment.
const RotationGrace = time.Hour

// NextSecret begins a rotation. It returns a new secret, which can't be read again and signs in addition to the current one
// until it is activated. It replaces the next secret of a rotation that is under way; an activation that was asked for and is not
// reached yet is forgotten, for it was asked for the secret that is replaced.
// Errors: not_found; precondition_failed.
func (s *Store) NextSecret(ctx context.Context, t board.Tenant, id int64, pre board.Precondition) (Subscription, string, error) {
	secret, err := delivery.NewSecret(s.rand)
	if err != nil {
		return Subscription{}, "", err
	}
	sub, err := s.changeSubscription(ctx, t, id, pre, func(ctx context.Context, tx *pg.Tx, sub Subscription) (Subscription, error) {
		sealed, err := s.secrets.Seal(secret, t.EmployerID, sub.ID)
		if err != nil {
			return Subscription{}, err
		}
		return writeSubscription(ctx, tx, sub, `next_secret_sealed = $4, next_secret_since = $3, rotation_since = coalesce(rotation_since, $3),
       activation_asked_at = NULL, secrets_version = $2`, sealed)
	})
	if err != nil {
		return Subscription{}, "", err
	}
	return sub, secret, nil
}

// ActivateSecret ends a rotation: the next secret becomes the secret, and the previous one goes on signing for
// RotationGrace. It never waits. While a delivery is in flight that only the previous secret has signed, which an endpoint that
// has switched to the next one would refuse, the subscription is Activating, and ReachActivations ends the rotation later.
// To activate again what is Activating changes nothing. Errors: not_found; precondition_failed; invalid_state when there is no
// next secret.
func (s *Store) ActivateSecret(ctx context.Context, t board.Tenant, id int64, pre board.Precondition) (Subscription, error) {
	return s.changeSubscription(ctx, t, id, pre, func(ctx context.Context, tx *pg.Tx, sub Subscription) (Subscription, error) {
		if !sub.Rotating {
			return Subscription{}, board.Errorf(board.CodeInvalidState, "This webhook has no next secret to activate. Ask for one first.")
		}
		switch used, err := nextSecretInUse(ctx, tx, sub); {
		case err != nil:
			return Subscription{}, err
		case used:
			return switchSecret(ctx, tx, sub)
		case sub.Activating:
			return sub, nil
		}
		return writeSubscription(ctx, tx, sub, `activation_asked_at = $3`)
	})
}

// switchSecret makes the next secret the secret.
func switchSecret(ctx context.Context, tx *pg.Tx, sub Subscription) (Subscription, error) {
	return writeSubscription(ctx, tx, sub, `previous_secret_sealed = secret_sealed, previous_secret_since = secret_since, previous_secret_until = $4,
       secret_sealed = next_secret_sealed, secret_since = $3, secret_next_since = next_secret_since, secret_rotation_since = rotation_since,
       next_secret_sealed = NULL, next_secret_since = NULL, rotation_since = NULL, activation_asked_at = NULL, secrets_version = $2`, tx.Now.Add(RotationGrace))
}

// nextSecretInUse tells whether the owner of the lane signs with the next secret all that is in flight. It locks the lane, so
// that no worker that has read older settings takes it meanwhile. An owner whose lease has expired sends nothing.
func nextSecretInUse(ctx context.Context, tx *pg.Tx, sub Subscription) (used bool, err error) {
	err = tx.Get(ctx, &used, `
SELECT l.settings_seen >= $2 OR NOT EXISTS (SELECT FROM workers w WHERE w.id = l.owner AND w.lease_until > clock_timestamp())
  FROM lanes l WHERE l.id = $1 FOR UPDATE OF l`, sub.laneID, sub.secretsVersion)
	if err != nil {
		return false, fmt.Errorf("check the settings of the lane: %w", err)
	}
	return used, nil
}

// ReachActivations ends the rotations that wait for nothing any more, and returns how many. The owner of a lane calls it when it
// has acknowledged its settings, and every copy from time to time: an owner can die before it acknowledges anything.
func (s *Store) ReachActivations(ctx context.Context) (int64, error) {
	var waiting []struct {
		ID         int64      `db:"id"`
		EmployerID int64      `db:"employer_id"`
		Mode       board.Mode `db:"mode"`
	}
	//house:tenant a chore over all tenants
	err := s.db.Reader(ctx).List(ctx, &waiting, `SELECT id, employer_id, mode FROM subscriptions WHERE activation_asked_at IS NOT NULL ORDER BY id`)
	if err != nil {
		return 0, fmt.Errorf("look for activations: %w", err)
	}
	var n int64
	for _, w := range waiting {
		reached, err := s.reachActivation(ctx, board.Tenant{EmployerID: w.EmployerID, Mode: w.Mode}, w.ID)
		if err != nil {
			return n, fmt.Errorf("reach an activation: %w", err)
		}
		if reached {
			n++
		}
	}
	return n, nil
}

// reachActivation ends one rotation if it waits for nothing any more. Another copy may have been faster, and the owner may have
// changed or deleted the subscription.
func (s *Store) reachActivation(ctx context.Context, t board.Tenant, id int64) (reached bool, err error) {
	_, err = s.changeSubscription(ctx, t, id, board.Precondition{}, func(ctx context.Context, tx *pg.Tx, sub Subscription) (Subscription, error) {
		if !sub.Activating {
			return sub, nil
		}
		if reached, err = nextSecretInUse(ctx, tx, sub); err != nil || !reached {
			return sub, err
		}
		return switchSecret(ctx, tx, sub)
	})
	if errors.Is(err, errNoSubscription) {
		return false, nil
	}
	return reached, err
}

// ForgetSecrets removes the previous secrets whose RotationGrace is over, and returns how many.
func (s *Store) ForgetSecrets(ctx context.Context) (int64, error) {
	var n int64
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		var err error
		//house:tenant a chore over all tenants
		n, err = tx.Exec(ctx, `
UPDATE subscriptions SET previous_secret_sealed = NULL, previous_secret_since = NULL, previous_secret_until = NULL
 WHERE id IN (SELECT id FROM subscriptions WHERE previous_secret_until <= $1 ORDER BY id FOR UPDATE SKIP LOCKED)`, tx.Now)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("forget previous secrets: %w", err)
	}
	return n, nil
}

// LaneSettings tells that every delivery in flight from a lane was signed with the secrets of a version of its
// subscription, or of a later one.
type LaneSettings struct {
	LaneID, Epoch, Version int64
}

// AcknowledgeSettings records which settings are in use on lanes, and ends the rotations that waited for it. It passes over
// lanes that have another owner since.
func (q *Queue) AcknowledgeSettings(ctx context.Context, lanes []LaneSettings) error {
	err := q.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		// It is reported once, and an activation may be waiting for it.
		if err := tx.Durable(ctx); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
WITH owned AS (
    SELECT l.id, s.version
      FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS s (lane_id, epoch, version) JOIN lanes l ON l.id = s.lane_id AND l.epoch = s.epoch
     ORDER BY l.id FOR UPDATE OF l)
UPDATE lanes l SET settings_seen = greatest(l.settings_seen, o.version) FROM owned o WHERE l.id = o.id`,
			pg.Column[pq.Int64Array](lanes, func(l LaneSettings) int64 { return l.LaneID }),
			pg.Column[pq.Int64Array](lanes, func(l LaneSettings) int64 { return l.Epoch }),
			pg.Column[pq.Int64Array](lanes, func(l LaneSettings) int64 { return l.Version }))
		return err
	})
	if err != nil {
		return fmt.Errorf("acknowledge settings: %w", err)
	}
	// Not in the same transaction: a subscription is locked before its lane.
	_, err = q.outbox.ReachActivations(ctx)
	return err
}
