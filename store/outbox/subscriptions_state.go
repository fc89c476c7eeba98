package outbox

import (
	"context"
	"fmt"
	"slices"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/pg"
)

// DisableSubscription stops deliveries on the request of the owner. Nothing is lost, see EnableSubscription. If the
// subscription is Disabled, it changes nothing. Errors: not_found; precondition_failed.
func (s *Store) DisableSubscription(ctx context.Context, t board.Tenant, id int64, reason string, pre board.Precondition) (Subscription, error) {
	return s.changeSubscription(ctx, t, id, pre, func(ctx context.Context, tx *pg.Tx, sub Subscription) (Subscription, error) {
		if sub.Status == delivery.SubscriptionDisabled {
			return sub, nil
		}
		return disableSubscription(ctx, tx, sub, reason)
	})
}

// disableSubscription records the number of the last event that is delivered. The head is locked, so that an event either
// comes before that and has a delivery, or after it and has none.
func disableSubscription(ctx context.Context, tx *pg.Tx, sub Subscription, reason string) (Subscription, error) {
	if _, err := tx.Exec(ctx, `UPDATE lanes SET paused = true WHERE id = $1`, sub.laneID); err != nil {
		return Subscription{}, fmt.Errorf("pause lane: %w", err)
	}
	last, err := LockHead(ctx, tx, sub.Tenant)
	if err != nil {
		return Subscription{}, err
	}
	tx.Notify(channelSettings, sub.laneID)
	return writeSubscription(ctx, tx, sub, `status = 'Disabled', disabled_reason = $4, disabled_at = $3, disabled_seq = $5`, reason, last)
}

// EnableSubscription resumes deliveries. With replay, pending deliveries are due now, and missed events are delivered as if
// the subscription had been enabled all the time, as far back as events are kept; a subscription with dossiers is not sent
// events about a person who was erased. Without replay, deliveries begin with the next event, and pending ones are
// cancelled. replayed counts the deliveries made for missed events. If the subscription is Active, it changes nothing.
// Errors: not_found; precondition_failed.
func (s *Store) EnableSubscription(ctx context.Context, t board.Tenant, id int64, replay bool, pre board.Precondition) (sub Subscription, replayed int64, err error) {
	sub, err = s.changeSubscription(ctx, t, id, pre, func(ctx context.Context, tx *pg.Tx, sub Subscription) (Subscription, error) {
		if sub.Status == delivery.SubscriptionActive {
			return sub, nil
		}
		if _, err := tx.Exec(ctx, `UPDATE lanes SET paused = false, failures = 0 WHERE id = $1`, sub.laneID); err != nil {
			return Subscription{}, fmt.Errorf("free lane: %w", err)
		}
		if !replay {
			if err := cancelPending(ctx, tx, sub); err != nil {
				return Subscription{}, err
			}
		} else if replayed, err = s.replayMissed(ctx, tx, sub); err != nil {
			return Subscription{}, err
		}
		tx.Notify(channelWork, sub.laneID)
		return writeSubscription(ctx, tx, sub, `status = 'Active', disabled_reason = NULL, disabled_at = NULL, disabled_seq = NULL`)
	})
	return sub, replayed, err
}

// lockedOfLane locks what waits in the lane $1, in the order of deliveries, in which batches of attempts and erasures lock it.
const lockedOfLane = `SELECT delivery_id FROM delivery_queue WHERE lane_id = $1 ORDER BY delivery_id FOR UPDATE`

// cancelPending empties the queue of a subscription and records that in the log of each delivery.
func cancelPending(ctx context.Context, tx *pg.Tx, sub Subscription) error {
	// An erasure locks the head of the events before rows of the queue.
	if err := keepErasuresAway(ctx, tx, sub.EmployerID); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `
WITH locked AS MATERIALIZED (`+lockedOfLane+`),
waiting AS (
    DELETE FROM delivery_queue q USING locked l WHERE q.delivery_id = l.delivery_id RETURNING q.delivery_id, q.subject_id, q.created_at, q.attempt
)
INSERT INTO delivery_attempts (delivery_id, created_at, subscription_id, subject_id, started_at, number, status,
       dns_us, connect_us, tls_us, first_byte_us, total_us, outcome, stage, error, excerpt)
SELECT delivery_id, created_at, $2, subject_id, $3, attempt + 1, 0, 0, 0, 0, 0, 0, $4, '',
       'The webhook was enabled without a replay of what waited.', '' FROM waiting`, sub.laneID, sub.ID, tx.Now, delivery.AttemptCancelled)
	if err != nil {
		return fmt.Errorf("cancel pending deliveries: %w", err)
	}
	return nil
}

// replayMissed makes deliveries of the events since the subscription was disabled. Most are made before the head is locked,
// so that the tenant's own transactions wait only for the few events that happened meanwhile.
func (s *Store) replayMissed(ctx context.Context, tx *pg.Tx, sub Subscription) (replayed int64, err error) {
	if err := keepErasuresAway(ctx, tx, sub.EmployerID); err != nil {
		return 0, err
	}
	_, err = tx.Exec(ctx, `
WITH locked AS MATERIALIZED (`+lockedOfLane+`)
UPDATE delivery_queue q SET due_at = $2, base = attempt FROM locked l WHERE q.delivery_id = l.delivery_id AND (q.due_at > $2 OR q.base <> q.attempt)`, sub.laneID, tx.Now)
	if err != nil {
		return 0, fmt.Errorf("make pending deliveries due: %w", err)
	}
	var head int64
	if err := tx.Get(ctx, &head, `SELECT last FROM event_heads WHERE employer_id = $1 AND mode = $2`, sub.EmployerID, sub.Mode); err != nil {
		return 0, fmt.Errorf("read the head of the events: %w", err)
	}
	before, err := s.deliverEvents(ctx, tx, sub, sub.disabledSeq, head)
	if err != nil {
		return 0, err
	}
	last, err := LockHead(ctx, tx, sub.Tenant)
	if err != nil {
		return 0, err
	}
	meanwhile, err := s.deliverEvents(ctx, tx, sub, head, last)
	return before + meanwhile, err
}

// deliverEvents makes deliveries of the events after one number up to another, except of those that have one.
func (s *Store) deliverEvents(ctx context.Context, tx *pg.Tx, sub Subscription, after, upTo int64) (replayed int64, err error) {
	for after < upTo {
		var rows []loggedRow
		err := tx.List(ctx, &rows, `
SELECT e.id, e.seq, e.type, e.created_at, e.data FROM events e
 WHERE e.employer_id = $1 AND e.mode = $2 AND e.seq > $3 AND e.seq <= $4 AND e.type = ANY ($5) AND e.created_at > $6
 ORDER BY e.seq LIMIT $7`,
			sub.EmployerID, sub.Mode, after, upTo, typeNames(sub.Events), tx.Now.Add(-event.Retention), missedBatch)
		if err != nil {
			return 0, fmt.Errorf("read missed events: %w", err)
		}
		if len(rows) == 0 {
			break
		}
		after = rows[len(rows)-1].Seq
		n, err := s.deliverMissed(ctx, tx, sub, pg.Column[[]loggedEvent](rows, loggedRow.event))
		if err != nil {
			return 0, err
		}
		replayed += n
	}
	return replayed, nil
}

// missedBatch is how many missed events are in memory at once.
const missedBatch = 1000

func (s *Store) deliverMissed(ctx context.Context, tx *pg.Tx, sub Subscription, missed []loggedEvent) (int64, error) {
	if err := s.markErased(ctx, tx, sub.Tenant, missed); err != nil {
		return 0, err
	}
	if sub.dossiers {
		missed = slices.DeleteFunc(missed, loggedEvent.withheld)
		if err := s.ensureDossiers(ctx, tx, sub.Tenant, missed); err != nil {
			return 0, err
		}
	}
	n, err := tx.Exec(ctx, `
WITH missed AS (
    SELECT m.id, m.created_at, m.silent FROM unnest($1::bigint[], $2::timestamptz[], $3::boolean[]) AS m (id, created_at, silent)
), made AS (
    INSERT INTO deliveries (id, subscription_id, subject_id, created_at)
    SELECT nextval('delivery_ids'), $4, m.id, m.created_at FROM missed m
    ON CONFLICT (subscription_id, subject_id, created_at) DO NOTHING
    RETURNING id, subject_id, created_at
)
INSERT INTO delivery_queue (delivery_id, lane_id, subject_id, due_at, created_at, attempt, base, silent)
SELECT d.id, $5, d.subject_id, $6, d.created_at, 0, 0, m.silent FROM made d JOIN missed m ON m.id = d.subject_id`,
		eventIDs(missed), eventTimes(missed), pg.Column[pq.BoolArray](missed, func(e loggedEvent) bool { return e.OfErased }),
		sub.ID, sub.laneID, tx.Now)
	if err != nil {
		return 0, fmt.Errorf("queue missed events: %w", err)
	}
	return n, nil
}

// SendTestEvent sends webhook.test to one subscription and returns the delivery. Errors: not_found; invalid_state of a
// Disabled one.
func (s *Store) SendTestEvent(ctx context.Context, t board.Tenant, id int64) (Delivery, error) {
	var queued Delivery
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		sub, err := lockSubscription(ctx, tx, t, id)
		if err != nil {
			return err
		}
		if sub.Status == delivery.SubscriptionDisabled {
			return errSubscriptionDisabled
		}
		test := event.NewWebhookTest(sub.ID, tx.Now)
		var deliveryID int64
		err = tx.Get(ctx, &deliveryID, `
WITH stored AS (
    INSERT INTO events (id, employer_id, mode, seq, type, created_at, data)
    VALUES (nextval('event_ids'), $1, $2, NULL, $3, $4, $5) RETURNING id
), made AS (
    INSERT INTO deliveries (id, subscription_id, subject_id, created_at)
    SELECT nextval('delivery_ids'), $6, stored.id, $4 FROM stored RETURNING id, subject_id
)
INSERT INTO delivery_queue (delivery_id, lane_id, subject_id, due_at, created_at, attempt, base)
SELECT made.id, $7, made.subject_id, $4, $4, 0, 0 FROM made RETURNING delivery_id`,
			t.EmployerID, t.Mode, test.Type, tx.Now, string(test.Data), sub.ID, sub.laneID)
		if err != nil {
			return fmt.Errorf("queue test event: %w", err)
		}
		tx.Notify(channelWork, sub.laneID)
		queued, err = oneDelivery(ctx, tx, t, deliveryID)
		return err
	})
	return queued, err
}

var errSubscriptionDisabled = board.Errorf(board.CodeInvalidState, "The webhook is Disabled: nothing is sent to it. Enable it first.")
