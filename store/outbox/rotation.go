package outbox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

// RotationGrace is how long the previous secret goes on signing after the next one was activated, so that an endpoint need
// not switch at the same moment.
const RotationGrace = time.Hour

// ActivateSecret checks every activatePoll whether the next secret is in use, for at most activateWait. Deliveries in flight
// that it does not sign end sooner: an attempt takes no longer than its timeout, and a lost lease expires even earlier.
const (
	activatePoll = 20 * time.Millisecond
	activateWait = 15 * time.Second
)

// NextSecret begins a rotation. It returns a new secret, which can't be read again and signs in addition to the current one
// until it is activated. It replaces the next secret of a rotation that is under way.
// Errors: not_found; precondition_failed.
func (s *Store) NextSecret(ctx context.Context, t board.Tenant, id int64, pre board.Precondition) (Subscription, string, error) {
	secret, err := board.NewWebhookSecret(s.rand)
	if err != nil {
		return Subscription{}, "", err
	}
	sub, err := s.changeSubscription(ctx, t, id, pre, func(ctx context.Context, tx *pg.Tx, sub Subscription) (Subscription, error) {
		sealed, err := s.secrets.Seal(secret, t.EmployerID, sub.ID)
		if err != nil {
			return Subscription{}, err
		}
		return writeSubscription(ctx, tx, sub, `next_secret_sealed = $4, next_secret_since = $3`, sealed)
	})
	if err != nil {
		return Subscription{}, "", err
	}
	return sub, secret, nil
}

// errNextSecretUnused tells that deliveries may be in flight that the next secret has not signed.
var errNextSecretUnused = errors.New("the next secret is not in use yet")

// ActivateSecret ends a rotation: the next secret becomes the secret, and the previous one goes on signing for
// RotationGrace. It waits until no delivery is in flight that only the previous secret has signed, because an endpoint that
// has switched to the next one would refuse it. Errors: not_found; precondition_failed; invalid_state when there is no next secret; conflict when
// the wait took too long.
func (s *Store) ActivateSecret(ctx context.Context, t board.Tenant, id int64, pre board.Precondition) (Subscription, error) {
	late := time.NewTimer(activateWait)
	defer late.Stop()
	poll := time.NewTicker(activatePoll)
	defer poll.Stop()
	for {
		sub, err := s.activateSecret(ctx, t, id, pre)
		if !errors.Is(err, errNextSecretUnused) {
			return sub, err
		}
		select {
		case <-poll.C:
		case <-late.C:
			return Subscription{}, board.Errorf(board.CodeConflict, "Deliveries are still on their way that the next secret has not signed. Activate it again in a few seconds.")
		case <-ctx.Done():
			return Subscription{}, ctx.Err()
		}
	}
}

// activateSecret tries once. When it fails it releases its locks, also in the transaction of its caller.
func (s *Store) activateSecret(ctx context.Context, t board.Tenant, id int64, pre board.Precondition) (Subscription, error) {
	var sub Subscription
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		return tx.Savepoint(ctx, "activate", func() error {
			var err error
			sub, err = s.changeSubscription(ctx, t, id, pre, func(ctx context.Context, tx *pg.Tx, sub Subscription) (Subscription, error) {
				if !sub.Rotating {
					return Subscription{}, board.Errorf(board.CodeInvalidState, "This webhook has no next secret to activate. Ask for one first.")
				}
				if err := nextSecretInUse(ctx, tx, sub); err != nil {
					return Subscription{}, err
				}
				return writeSubscription(ctx, tx, sub, `previous_secret_sealed = secret_sealed, previous_secret_until = $4,
       secret_sealed = next_secret_sealed, secret_since = $3, next_secret_sealed = NULL, next_secret_since = NULL`, tx.Now.Add(RotationGrace))
			})
			return err
		})
	})
	return sub, err
}

// nextSecretInUse checks that the owner of the lane signs with the next secret. It locks the lane, so that no worker that
// has read older settings takes it meanwhile. An owner whose lease has expired sends nothing.
func nextSecretInUse(ctx context.Context, tx *pg.Tx, sub Subscription) error {
	var used bool
	err := tx.Get(ctx, &used, `
SELECT l.settings_seen >= $2 OR NOT EXISTS (SELECT FROM workers w WHERE w.id = l.owner AND w.lease_until > clock_timestamp())
  FROM lanes l WHERE l.id = $1 FOR UPDATE OF l`, sub.laneID, sub.Version)
	if err != nil {
		return fmt.Errorf("check the settings of the lane: %w", err)
	}
	if !used {
		return errNextSecretUnused
	}
	return nil
}

// ForgetSecrets removes the previous secrets whose RotationGrace is over, and returns how many.
func (s *Store) ForgetSecrets(ctx context.Context) (int64, error) {
	var n int64
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		var err error
		//house:tenant a chore over all tenants
		n, err = tx.Exec(ctx, `
UPDATE subscriptions SET previous_secret_sealed = NULL, previous_secret_until = NULL
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

// AcknowledgeSettings records which settings are in use on lanes. It passes over lanes that have another owner since.
func (q *Queue) AcknowledgeSettings(ctx context.Context, lanes []LaneSettings) error {
	err := q.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		// It is reported once, and ActivateSecret may be waiting for it.
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
	return nil
}
