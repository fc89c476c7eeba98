package outbox

import (
	"context"
	"errors"
	"fmt"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
	"time"

	"github.com/lib/pq"
)

// RotationGrace is how long a secret signs beside its successor after that was activated, so that an endpoint need not
// switch at the same instant.
const RotationGrace = time.Hour

// ActivateSecret looks this often whether the next secret is in use, and for so long. Deliveries that are on their way
// without it end before: an attempt takes no longer than its timeout, and a lease that is lost is over sooner still.
const (
	activateLook = 20 * time.Millisecond
	activateWait = 15 * time.Second
)

// NextSecret begins a rotation: the secret that it returns, and that can't be read again, signs beside the current one
// until it is activated (R14). A rotation that was begun before is begun anew. Errors: not_found.
func (s *Store) NextSecret(ctx context.Context, t board.Tenant, id int64) (Subscription, string, error) {
	secret, err := board.NewWebhookSecret(s.rand)
	if err != nil {
		return Subscription{}, "", err
	}
	sub, err := s.changeSubscription(ctx, t, id, board.Precondition{}, func(ctx context.Context, tx *pg.Tx, sub Subscription) (Subscription, error) {
		sealed, err := s.secrets.Seal(secret, t.EmployerID, sub.ID)
		if err != nil {
			return Subscription{}, err
		}
		return writeSubscription(ctx, tx, sub, `next_secret_sealed = $4`, sealed)
	})
	if err != nil {
		return Subscription{}, "", err
	}
	return sub, secret, nil
}

// errNextSecretUnused says that deliveries may be on their way that the next secret has not signed.
var errNextSecretUnused = errors.New("the next secret is not in use yet")

// ActivateSecret ends a rotation: the next secret is the secret from now on, and the former one signs beside it for
// RotationGrace. It waits until no delivery is on its way that knows the former secret alone: an endpoint that has
// switched to the next one would refuse it. Errors: not_found; invalid_state when there is no next secret; conflict
// when the wait took too long.
func (s *Store) ActivateSecret(ctx context.Context, t board.Tenant, id int64) (Subscription, error) {
	late := time.NewTimer(activateWait)
	defer late.Stop()
	look := time.NewTicker(activateLook)
	defer look.Stop()
	for {
		sub, err := s.activateSecret(ctx, t, id)
		if !errors.Is(err, errNextSecretUnused) {
			return sub, err
		}
		select {
		case <-look.C:
		case <-late.C:
			return Subscription{}, board.Errorf(board.CodeConflict, "Deliveries are still on their way that the next secret has not signed. Activate it again in a few seconds.")
		case <-ctx.Done():
			return Subscription{}, ctx.Err()
		}
	}
}

// activateSecret tries it once. What it locks is free again when it fails, also within the transaction of its caller.
func (s *Store) activateSecret(ctx context.Context, t board.Tenant, id int64) (Subscription, error) {
	var sub Subscription
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		return tx.Savepoint(ctx, "activate", func() error {
			var err error
			sub, err = s.changeSubscription(ctx, t, id, board.Precondition{}, func(ctx context.Context, tx *pg.Tx, sub Subscription) (Subscription, error) {
				if !sub.Rotating {
					return Subscription{}, board.Errorf(board.CodeInvalidState, "This webhook has no next secret to activate. Ask for one first.")
				}
				if err := nextSecretInUse(ctx, tx, sub); err != nil {
					return Subscription{}, err
				}
				return writeSubscription(ctx, tx, sub, `previous_secret_sealed = secret_sealed, previous_secret_until = $4,
       secret_sealed = next_secret_sealed, next_secret_sealed = NULL`, tx.Now.Add(RotationGrace))
			})
			return err
		})
	})
	return sub, err
}

// nextSecretInUse locks the lane, so that it gets no owner meanwhile who has read older settings. One whose lease has
// run out sends nothing any more.
func nextSecretInUse(ctx context.Context, tx *pg.Tx, sub Subscription) error {
	var used bool
	err := tx.Get(ctx, &used, `
SELECT l.settings_seen >= $2 OR NOT EXISTS (SELECT FROM workers w WHERE w.id = l.owner AND w.lease_until > clock_timestamp())
  FROM lanes l WHERE l.id = $1 FOR UPDATE OF l`, sub.laneID, sub.Version)
	if err != nil {
		return fmt.Errorf("look at the lane: %w", err)
	}
	if !used {
		return errNextSecretUnused
	}
	return nil
}

// ForgetSecrets removes the former secrets that sign no more.
func (s *Store) ForgetSecrets(ctx context.Context) (int64, error) {
	var n int64
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		var err error
		n, err = tx.Exec(ctx, `
UPDATE subscriptions SET previous_secret_sealed = NULL, previous_secret_until = NULL
 WHERE id IN (SELECT id FROM subscriptions WHERE previous_secret_until <= $1 ORDER BY id FOR UPDATE SKIP LOCKED)`, tx.Now)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("forget former secrets: %w", err)
	}
	return n, nil
}

// LaneSettings says that every delivery on its way from a lane was signed by a version of its subscription, or a later
// one.
type LaneSettings struct {
	LaneID, Epoch, Version int64
}

// Saw notes which settings are in use on lanes, of those that still belong to the caller.
func (q *Queue) Saw(ctx context.Context, lanes []LaneSettings) error {
	err := q.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		// It is told once, and somebody may wait for it.
		if err := tx.Durable(ctx); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
WITH told AS (
    SELECT l.id, s.version
      FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS s (lane_id, epoch, version) JOIN lanes l ON l.id = s.lane_id AND l.epoch = s.epoch
     ORDER BY l.id FOR UPDATE OF l)
UPDATE lanes l SET settings_seen = greatest(l.settings_seen, t.version) FROM told t WHERE l.id = t.id`,
			pg.Column[pq.Int64Array](lanes, func(l LaneSettings) int64 { return l.LaneID }),
			pg.Column[pq.Int64Array](lanes, func(l LaneSettings) int64 { return l.Epoch }),
			pg.Column[pq.Int64Array](lanes, func(l LaneSettings) int64 { return l.Version }))
		return err
	})
	if err != nil {
		return fmt.Errorf("note the settings in use: %w", err)
	}
	return nil
}
