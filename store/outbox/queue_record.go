package outbox

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/pg"
)

// Attempt is one try at a delivery, as it is recorded.
type Attempt struct {
	// Queued is what was fetched.
	Queued

	// Epoch is that of the lane when it was taken. SubscriptionID is 0 for an email and a push.
	Epoch          int64
	SubscriptionID int64
	StartedAt      time.Time
	// Outcome decides about the delivery: after Failed it is retried at RetryAt, after the others it leaves the queue.
	Outcome delivery.AttemptOutcome
	RetryAt time.Time
	// Status is that of the answer, 0 when there was none.
	Status int
	// Stage and Error say why it failed; the owner of the endpoint may read them. Excerpt is the beginning of the answer's
	// body.
	Stage, Error, Excerpt string

	DNS, Connect, TLS, FirstByte, Total time.Duration
	// LaneFailures is the number of failures of the lane after this attempt.
	LaneFailures int
}

// Number is the number of the attempt at the delivery, from 1, over all resends and replays.
func (a *Attempt) Number() int { return a.Attempts + 1 }

// owned is the lane under its owner of the time.
func (a *Attempt) owned() [2]int64 { return [2]int64{a.LaneID, a.Epoch} }

// recordSQL has a row for each attempt and, in $1 to $4, for each lane of theirs; an attempt names its lane by its place there. A
// list of unnest in SELECT costs a fraction of the same list in FROM.
//
// A row is found by "= ANY (ARRAY[…])", which means "=" and leaves the planner one plan only: from each attempt to its row. With
// statistics from a time when the queue was empty it would read the whole queue.
const recordSQL = `
WITH known AS MATERIALIZED (
    SELECT g.lane_id, g.epoch, g.failures, coalesce(l.epoch = g.epoch, false) AS held, l.failures AS counted
      FROM (SELECT unnest($1::bigint[]) AS lane_id, unnest($2::bigint[]) AS epoch, unnest($3::bigint[]) AS failures) g
      LEFT JOIN LATERAL (SELECT epoch, failures FROM lanes WHERE id = g.lane_id LIMIT 1) l ON true
), counted AS (
    UPDATE lanes l SET failures = k.failures FROM known k
     WHERE k.held AND k.failures <> k.counted AND l.id = ANY (ARRAY[k.lane_id]) AND l.epoch = k.epoch
    RETURNING l.id
), held AS MATERIALIZED (
    -- The reference to counted makes it run first: lanes are locked before rows of the queue, here as elsewhere.
    SELECT array_agg(k.held) AS lanes FROM known k WHERE (SELECT count(*) FROM counted) >= 0
), ours AS MATERIALIZED (
    SELECT g.delivery_id, ($1::bigint[])[g.lane] AS lane_id, ($4::bigint[])[g.lane] AS subscription_id,
           timestamptz 'epoch' + g.started_us * interval '1 microsecond' AS started_at, g.number, g.outcome, g.retry_us,
           g.status, g.stage, g.error, g.excerpt, g.dns_us, g.connect_us, g.tls_us, g.first_byte_us, g.total_us
      FROM (SELECT unnest($5::bigint[]) AS delivery_id, unnest($6::integer[]) AS lane, unnest($7::bigint[]) AS started_us,
                   unnest($8::smallint[]) AS number, unnest($9::text[]) AS outcome, unnest($10::bigint[]) AS retry_us,
                   unnest($11::smallint[]) AS status, unnest($12::text[]) AS stage, unnest($13::text[]) AS error, unnest($14::text[]) AS excerpt,
                   unnest($15::integer[]) AS dns_us, unnest($16::integer[]) AS connect_us, unnest($17::integer[]) AS tls_us,
                   unnest($18::integer[]) AS first_byte_us, unnest($19::integer[]) AS total_us) g
     WHERE (SELECT h.lanes FROM held h)[g.lane]
), locked AS MATERIALIZED (
    -- Those that end are locked before those that are postponed. Where that is not the order of deliveries, in which an erasure locks
    -- what it finds of a person, all are locked in that order beforehand, which is that of the attempts.
    SELECT count(*) AS rows FROM (
        SELECT FROM ours o, delivery_queue q WHERE $20::boolean AND q.delivery_id = ANY (ARRAY[o.delivery_id]) FOR UPDATE OF q) l
), ended AS (
    DELETE FROM delivery_queue q USING ours o
     WHERE q.delivery_id = ANY (ARRAY[o.delivery_id]) AND q.lane_id + 0 = o.lane_id AND q.attempt = o.number - 1 AND o.outcome <> 'Failed'
       AND (SELECT l.rows FROM locked l) >= 0
    RETURNING ` + attemptColumns + `
), postponed AS (
    UPDATE delivery_queue q SET attempt = o.number, due_at = timestamptz 'epoch' + o.retry_us * interval '1 microsecond' FROM ours o
     WHERE q.delivery_id = ANY (ARRAY[o.delivery_id]) AND q.lane_id + 0 = o.lane_id AND q.attempt = o.number - 1 AND o.outcome = 'Failed'
    RETURNING ` + attemptColumns + `
), recorded AS NOT MATERIALIZED (
    SELECT ended.* FROM ended UNION ALL SELECT postponed.* FROM postponed
), hours AS MATERIALIZED (
    -- In the order of the key, so that batches that are recorded at the same time never deadlock.
    SELECT r.subscription_id, date_bin('1 hour', r.started_at, 'epoch') AS hour,
           count(*) FILTER (WHERE r.outcome = 'Delivered') AS delivered, count(*) FILTER (WHERE r.outcome <> 'Delivered') AS failed
      FROM recorded r WHERE r.subscription_id <> 0 GROUP BY 1, 2 ORDER BY 1, 2
), added AS (
    UPDATE delivery_hours h SET delivered = h.delivered + c.delivered, failed = h.failed + c.failed FROM hours c
     WHERE h.subscription_id = ANY (ARRAY[c.subscription_id]) AND h.hour = c.hour
    RETURNING h.hour
), begun AS (
    -- The first attempt of an hour, once an hour. An update costs half of an insert that ends in one.
    INSERT INTO delivery_hours AS h (subscription_id, hour, delivered, failed)
    SELECT c.subscription_id, c.hour, c.delivered, c.failed FROM hours c
     WHERE (SELECT count(*) FROM added) < (SELECT count(*) FROM hours)
       AND NOT EXISTS (SELECT FROM delivery_hours e WHERE e.subscription_id = c.subscription_id AND e.hour = c.hour OFFSET 0)
    ON CONFLICT (subscription_id, hour) DO UPDATE SET delivered = h.delivered + excluded.delivered, failed = h.failed + excluded.failed
)
INSERT INTO delivery_attempts (delivery_id, created_at, subscription_id, subject_id, started_at, number, status,
       dns_us, connect_us, tls_us, first_byte_us, total_us, outcome, stage, error, excerpt)
SELECT r.delivery_id, r.created_at, nullif(r.subscription_id, 0), r.subject_id, r.started_at, r.number, r.status,
       r.dns_us, r.connect_us, r.tls_us, r.first_byte_us, r.total_us, r.outcome, r.stage, r.error, r.excerpt
  FROM recorded r`

// attemptColumns are recorded of a row of ours and its row of the queue. An erasure relies on the row of the queue being locked
// meanwhile: either it finds the recorded answer, or the attempt finds the row silent or deleted.
const attemptColumns = `q.delivery_id, q.created_at, o.subscription_id, q.subject_id, o.started_at, o.number, o.status,
       o.dns_us, o.connect_us, o.tls_us, o.first_byte_us, o.total_us, o.outcome, o.stage,
       CASE WHEN q.silent THEN '' ELSE o.error END AS error, CASE WHEN q.silent THEN '' ELSE o.excerpt END AS excerpt`

// Record writes attempts in one statement and returns how many were recorded. It skips an attempt when its lane has another
// owner since, or when the attempt with its number is recorded; so it is safe to call again after an error. Of several
// attempts of one lane, LaneFailures of the last one counts.
func (q *Queue) Record(ctx context.Context, attempts []Attempt) (recorded int, err error) {
	if len(attempts) == 0 {
		return 0, nil
	}
	args := recordArgs(attempts)
	err = q.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		n, err := tx.Exec(ctx, recordSQL, args...)
		recorded = int(n)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("record attempts: %w", err)
	}
	return recorded, nil
}

// RecordOne records one attempt in the transaction of the caller and tells whether it was recorded, see Queue.Record.
func RecordOne(ctx context.Context, tx *pg.Tx, a Attempt) (recorded bool, err error) {
	n, err := tx.Exec(ctx, recordSQL, recordArgs([]Attempt{a})...)
	return n == 1, err
}

// recordArgs returns the parameters of recordSQL: one array for each column of the lanes, and then one for each of the attempts, in the
// order of deliveries, so that concurrent batches lock the same rows in the same order.
func recordArgs(attempts []Attempt) []any {
	ordered := make([]*Attempt, len(attempts))
	last := map[[2]int64]*Attempt{}
	for i := range attempts {
		ordered[i] = &attempts[i]
		last[attempts[i].owned()] = &attempts[i]
	}
	slices.SortFunc(ordered, func(a, b *Attempt) int { return cmp.Compare(a.DeliveryID, b.DeliveryID) })
	lanes := slices.SortedFunc(maps.Values(last), func(a, b *Attempt) int {
		return cmp.Or(cmp.Compare(a.LaneID, b.LaneID), cmp.Compare(a.Epoch, b.Epoch))
	})
	place := make(map[[2]int64]int64, len(lanes))
	for i, a := range lanes {
		place[a.owned()] = int64(i) + 1
	}

	texts := func(column func(*Attempt) string) string { return pg.Texts(ordered, column) }
	micros := func(column func(*Attempt) time.Duration) string {
		return pg.Ints(ordered, func(a *Attempt) int64 { return column(a).Microseconds() })
	}
	return []any{
		pg.Ints(lanes, func(a *Attempt) int64 { return a.LaneID }), pg.Ints(lanes, func(a *Attempt) int64 { return a.Epoch }),
		pg.Ints(lanes, func(a *Attempt) int64 { return int64(a.LaneFailures) }), pg.Ints(lanes, func(a *Attempt) int64 { return a.SubscriptionID }),

		pg.Ints(ordered, func(a *Attempt) int64 { return a.DeliveryID }), pg.Ints(ordered, func(a *Attempt) int64 { return place[a.owned()] }),
		pg.Ints(ordered, func(a *Attempt) int64 { return a.StartedAt.UnixMicro() }),
		pg.Ints(ordered, func(a *Attempt) int64 { return int64(a.Number()) }), texts(func(a *Attempt) string { return string(a.Outcome) }),
		pg.Ints(ordered, retryMicros), pg.Ints(ordered, func(a *Attempt) int64 { return int64(a.Status) }),
		texts(func(a *Attempt) string { return a.Stage }), texts(func(a *Attempt) string { return a.Error }),
		texts(func(a *Attempt) string { return a.Excerpt }),
		micros(func(a *Attempt) time.Duration { return a.DNS }), micros(func(a *Attempt) time.Duration { return a.Connect }),
		micros(func(a *Attempt) time.Duration { return a.TLS }), micros(func(a *Attempt) time.Duration { return a.FirstByte }),
		micros(func(a *Attempt) time.Duration { return a.Total }),
		turned(ordered),
	}
}

// turned tells whether a delivery that is tried again comes before one that ends, in the order of deliveries.
func turned(ordered []*Attempt) bool {
	failed := false
	for _, a := range ordered {
		if a.Outcome == delivery.AttemptFailed {
			failed = true
		} else if failed {
			return true
		}
	}
	return false
}

// retryMicros is 0 for an attempt that is not repeated.
func retryMicros(a *Attempt) int64 {
	if a.Outcome != delivery.AttemptFailed {
		return 0
	}
	return a.RetryAt.UnixMicro()
}
