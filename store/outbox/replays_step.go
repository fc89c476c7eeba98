package outbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/pg"
)

// A step queues what is due within replayAhead, for the replay that is furthest behind and has less than replayLow queued
// ahead: so a step that comes late or early does not change the rate.
const (
	replayAhead = 2 * time.Second
	replayLow   = time.Second
	// replayStep is about how many deliveries one step queues.
	replayStep = 1000
)

// StepReplays advances one replay and returns how many replays it advanced, 0 or 1. A step queues deliveries and records the
// progress in one transaction, so that the counts are exact even after a crash; any copy of the program may take any step.
func (s *Store) StepReplays(ctx context.Context) (moved int64, err error) {
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		var row replayRow
		//house:tenant a chore over all tenants
		err := tx.Get(ctx, &row, `
SELECT `+replayColumns+` FROM replays WHERE status = 'Running' AND paced_at <= $1
 ORDER BY paced_at LIMIT 1 FOR UPDATE SKIP LOCKED`, tx.Now.Add(replayLow))
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		moved = 1
		return s.stepReplay(ctx, tx, row)
	})
	if err != nil {
		return 0, fmt.Errorf("step a replay: %w", err)
	}
	return moved, nil
}

// replayTarget is a webhook of a replay in a step.
type replayTarget struct {
	SubscriptionID int64          `db:"subscription_id"`
	Types          pq.StringArray `db:"types"`

	laneID          int64 // 0 when nothing can be sent to it
	dossiers        bool
	queued, skipped int64
}

// redelivery is an event that a replay sends to a webhook.
type redelivery struct {
	event loggedEvent
	to    *replayTarget
	// deliveryID is 0 when there is no delivery of it. pending tells that it is in the queue.
	deliveryID int64
	pending    bool
}

func (s *Store) stepReplay(ctx context.Context, tx *pg.Tx, row replayRow) error {
	targets, err := replayTargets(ctx, tx, row.ID)
	if err != nil {
		return err
	}
	from := row.PacedAt
	if from.Before(tx.Now) {
		from = tx.Now
	}
	budget := int(tx.Now.Add(replayAhead).Sub(from).Seconds() * float64(row.PerSecond))
	limit := max(1, min(budget, replayStep)/max(1, len(targets)))
	if err := keepErasuresAway(ctx, tx, row.EmployerID); err != nil {
		return err
	}
	events, last, err := s.replayEvents(ctx, tx, row, targets, limit)
	if err != nil {
		return err
	}
	queued, err := s.requeue(ctx, tx, board.Tenant{EmployerID: row.EmployerID, Mode: row.Mode}, targets, events, from, row.PerSecond)
	if err != nil {
		return err
	}
	ended := len(events) < limit
	if err := countReplayed(ctx, tx, row.ID, targets, ended); err != nil {
		return err
	}
	done := row.LastSeq
	if !ended {
		done = last
	}
	_, err = tx.Exec(ctx, `
UPDATE replays SET done_seq = $2, paced_at = $3, status = CASE WHEN $4 THEN 'Completed' ELSE status END, finished_at = CASE WHEN $4 THEN $5::timestamptz END
 WHERE id = $1`, row.ID, done, from.Add(pace(queued, row.PerSecond)), ended, tx.Now)
	if err != nil {
		return fmt.Errorf("record the progress of the replay: %w", err)
	}
	return nil
}

// pace is how long n deliveries take.
func pace(n, perSecond int) time.Duration {
	return time.Duration(n) * time.Second / time.Duration(perSecond)
}

// replayTargets reads the webhooks of a replay and locks their subscriptions: under the lock nobody else resends or replays
// their deliveries, and none of them is disabled or deleted.
func replayTargets(ctx context.Context, tx *pg.Tx, replayID int64) ([]*replayTarget, error) {
	var targets []*replayTarget
	err := tx.List(ctx, &targets, `SELECT subscription_id, types FROM replay_webhooks WHERE replay_id = $1 ORDER BY subscription_id`, replayID)
	if err != nil {
		return nil, fmt.Errorf("read the webhooks of the replay: %w", err)
	}
	var rows []subscriptionRow
	err = tx.List(ctx, &rows, `
SELECT `+subscriptionColumns+` FROM subscriptions WHERE id = ANY ($1) AND deleted_at IS NULL ORDER BY id FOR UPDATE`,
		pg.Column[pq.Int64Array](targets, func(t *replayTarget) int64 { return t.SubscriptionID }))
	if err != nil {
		return nil, fmt.Errorf("lock subscriptions: %w", err)
	}
	for _, sub := range rows {
		for _, t := range targets {
			if t.SubscriptionID == sub.ID && sub.Status == delivery.SubscriptionActive {
				t.laneID, t.dossiers = sub.LaneID, sub.Dossiers
			}
		}
	}
	return targets, nil
}

// replayEvents reads the next events of a replay that any of its webhooks gets, and the place of the last of them.
func (s *Store) replayEvents(ctx context.Context, tx *pg.Tx, row replayRow, targets []*replayTarget, limit int) (events []loggedEvent, last int64, err error) {
	types := pq.StringArray{}
	for _, t := range targets {
		types = append(types, t.Types...)
	}
	bySeq := ``
	args := []any{row.EmployerID, row.Mode, row.DoneSeq, row.LastSeq, types, tx.Now.Add(-event.Retention), row.Since, row.Until, limit}
	if row.Seqs != nil {
		bySeq = ` AND e.seq = ANY ($10)`
		args = append(args, row.Seqs)
	}
	var rows []loggedRow
	err = tx.List(ctx, &rows, `
SELECT e.id, e.seq, e.type, e.created_at, e.data FROM events e
 WHERE e.employer_id = $1 AND e.mode = $2 AND e.seq > $3 AND e.seq <= $4 AND e.type = ANY ($5) AND e.created_at > $6
   AND ($7::timestamptz IS NULL OR e.created_at >= $7) AND ($8::timestamptz IS NULL OR e.created_at < $8)`+bySeq+`
 ORDER BY e.seq LIMIT $9`, args...)
	if err != nil {
		return nil, 0, fmt.Errorf("read events: %w", err)
	}
	if len(rows) == 0 {
		return nil, 0, nil
	}
	events = pg.Column[[]loggedEvent](rows, loggedRow.event)
	return events, rows[len(rows)-1].Seq, s.markErased(ctx, tx, board.Tenant{EmployerID: row.EmployerID, Mode: row.Mode}, events)
}

// requeue adds the events to the queues of the webhooks that get them, at the rate of the replay, and returns how many it
// added. Deliveries that are pending stay as they are.
func (s *Store) requeue(ctx context.Context, tx *pg.Tx, t board.Tenant, targets []*replayTarget, events []loggedEvent, from time.Time, perSecond int) (int, error) {
	var wanted []redelivery
	for _, e := range events {
		for _, to := range targets {
			switch {
			case !slices.Contains(to.Types, string(e.Type)):
			case to.laneID == 0 || to.dossiers && e.withheld():
				to.skipped++
			default:
				wanted = append(wanted, redelivery{event: e, to: to})
			}
		}
	}
	if len(wanted) == 0 {
		return 0, nil
	}
	if err := findDeliveries(ctx, tx, wanted); err != nil {
		return 0, err
	}
	due := wanted[:0]
	for _, d := range wanted {
		if d.pending {
			d.to.skipped++
			continue
		}
		d.to.queued++
		tx.Notify(channelWork, d.to.laneID)
		due = append(due, d)
	}
	if err := s.dossiersOf(ctx, tx, t, due); err != nil {
		return 0, err
	}
	return len(due), queueAgain(ctx, tx, due, from, perSecond)
}

// dossiersOf makes sure that the events that are sent to subscriptions with dossiers have them.
func (s *Store) dossiersOf(ctx context.Context, tx *pg.Tx, t board.Tenant, due []redelivery) error {
	var events []loggedEvent
	seen := map[int64]bool{}
	for _, d := range due {
		if d.to.dossiers && !seen[d.event.ID] {
			seen[d.event.ID] = true
			events = append(events, d.event)
		}
	}
	return s.ensureDossiers(ctx, tx, t, events)
}

// findDeliveries looks up which deliveries exist, and which of them are pending. The last attempt of one that is not pending
// is visible in the statements that follow.
func findDeliveries(ctx context.Context, tx *pg.Tx, wanted []redelivery) error {
	var found []struct {
		N          int   `db:"n"`
		DeliveryID int64 `db:"delivery_id"`
		Pending    bool  `db:"pending"`
	}
	err := tx.List(ctx, &found, `
SELECT w.n, coalesce(d.id, 0) AS delivery_id, EXISTS (SELECT FROM delivery_queue q WHERE q.delivery_id = d.id) AS pending
  FROM unnest($1::bigint[], $2::bigint[], $3::timestamptz[]) WITH ORDINALITY AS w (subscription_id, event_id, created_at, n)
  LEFT JOIN LATERAL (
       SELECT v.id FROM deliveries v
        WHERE v.subscription_id = w.subscription_id AND v.subject_id = w.event_id AND v.created_at = w.created_at LIMIT 1) d ON true`,
		redelivered(wanted)...)
	if err != nil {
		return fmt.Errorf("look up deliveries: %w", err)
	}
	for _, f := range found {
		wanted[f.N-1].deliveryID, wanted[f.N-1].pending = f.DeliveryID, f.Pending
	}
	return nil
}

// redelivered returns the columns of subscriptions, events and times.
func redelivered(rows []redelivery) []any {
	return []any{
		pg.Column[pq.Int64Array](rows, func(d redelivery) int64 { return d.to.SubscriptionID }),
		pg.Column[pq.Int64Array](rows, func(d redelivery) int64 { return d.event.ID }),
		pg.Column[pq.StringArray](rows, func(d redelivery) string { return pg.Timestamp(d.event.CreatedAt) }),
	}
}

// queueAgain restarts the schedules of deliveries, as a resend does, and creates the deliveries that are missing.
func queueAgain(ctx context.Context, tx *pg.Tx, due []redelivery, from time.Time, perSecond int) error {
	if len(due) == 0 {
		return nil
	}
	dueAt := make(pq.StringArray, len(due))
	for i := range due {
		dueAt[i] = pg.Timestamp(from.Add(pace(i, perSecond)))
	}
	n, err := tx.Exec(ctx, `
WITH given AS MATERIALIZED (
    SELECT w.subscription_id, w.event_id, w.created_at, coalesce(nullif(w.delivery_id, 0), nextval('delivery_ids')) AS id, w.delivery_id = 0 AS fresh,
           w.lane_id, w.due_at, w.silent
      FROM unnest($1::bigint[], $2::bigint[], $3::timestamptz[], $4::bigint[], $5::bigint[], $6::timestamptz[], $7::boolean[])
        AS w (subscription_id, event_id, created_at, delivery_id, lane_id, due_at, silent)
), made AS (
    INSERT INTO deliveries (id, subscription_id, subject_id, created_at)
    SELECT g.id, g.subscription_id, g.event_id, g.created_at FROM given g WHERE g.fresh
)
INSERT INTO delivery_queue (delivery_id, lane_id, subject_id, due_at, created_at, attempt, silent, base)
SELECT g.id, g.lane_id, g.event_id, g.due_at, g.created_at, last.number, g.silent, last.number
  FROM given g CROSS JOIN LATERAL (
       SELECT coalesce(max(a.number), 0) AS number FROM delivery_attempts a WHERE a.delivery_id = g.id AND a.created_at = g.created_at) last`,
		append(redelivered(due), pg.Column[pq.Int64Array](due, func(d redelivery) int64 { return d.deliveryID }),
			pg.Column[pq.Int64Array](due, func(d redelivery) int64 { return d.to.laneID }), dueAt,
			pg.Column[pq.BoolArray](due, func(d redelivery) bool { return d.event.OfErased }))...)
	if err != nil {
		return fmt.Errorf("queue deliveries again: %w", err)
	}
	if n != int64(len(due)) {
		return fmt.Errorf("queue deliveries again: %d of %d were queued", n, len(due))
	}
	return nil
}

// countReplayed adds the counts of a step. After the last step, what is left of the total was skipped, because its events
// were no longer kept.
func countReplayed(ctx context.Context, tx *pg.Tx, replayID int64, targets []*replayTarget, ended bool) error {
	_, err := tx.Exec(ctx, `
UPDATE replay_webhooks w
   SET queued = w.queued + c.queued, skipped = CASE WHEN $5 THEN w.total - w.queued - c.queued ELSE w.skipped + c.skipped END
  FROM unnest($2::bigint[], $3::bigint[], $4::bigint[]) AS c (subscription_id, queued, skipped)
 WHERE w.replay_id = $1 AND w.subscription_id = c.subscription_id`, replayID,
		pg.Column[pq.Int64Array](targets, func(t *replayTarget) int64 { return t.SubscriptionID }),
		pg.Column[pq.Int64Array](targets, func(t *replayTarget) int64 { return t.queued }),
		pg.Column[pq.Int64Array](targets, func(t *replayTarget) int64 { return t.skipped }), ended)
	if err != nil {
		return fmt.Errorf("count replayed deliveries: %w", err)
	}
	return nil
}
