package outbox

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
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
	Outcome board.AttemptOutcome
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

// In recordSQL a row is found by "= ANY (ARRAY[…])", which means "=" and leaves the planner one plan only: from each attempt
// to its row. With statistics from a time when the queue was empty it would read the whole queue.
const recordSQL = `
WITH given AS MATERIALIZED (
    SELECT * FROM unnest($1::bigint[], $2::timestamptz[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::timestamptz[],
                         $8::bigint[], $9::text[], $10::timestamptz[], $11::bigint[], $12::text[], $13::text[], $14::text[],
                         $15::bigint[], $16::bigint[], $17::bigint[], $18::bigint[], $19::bigint[])
        AS g (delivery_id, created_at, subscription_id, subject_id, lane_id, epoch, started_at,
              number, outcome, retry_at, status, stage, error, excerpt,
              dns_us, connect_us, tls_us, first_byte_us, total_us)
), counted AS (
    UPDATE lanes l SET failures = c.failures
      FROM unnest($20::bigint[], $21::bigint[], $22::bigint[]) AS c (lane_id, epoch, failures)
     WHERE l.id = ANY (ARRAY[c.lane_id]) AND l.epoch = c.epoch AND l.failures <> c.failures
    RETURNING l.id
), ours AS MATERIALIZED (
    -- The reference to counted makes it run first: lanes are locked before rows of the queue, here as elsewhere.
    SELECT g.* FROM given g
     WHERE (SELECT l.epoch FROM lanes l WHERE l.id = g.lane_id) = g.epoch AND (SELECT count(*) FROM counted) >= 0
), ended AS (
    DELETE FROM delivery_queue q USING ours o
     WHERE q.delivery_id = ANY (ARRAY[o.delivery_id]) AND q.lane_id + 0 = o.lane_id AND q.attempt = o.number - 1 AND o.outcome <> 'Failed'
    RETURNING ` + attemptColumns + `
), postponed AS (
    UPDATE delivery_queue q SET attempt = o.number, due_at = o.retry_at FROM ours o
     WHERE q.delivery_id = ANY (ARRAY[o.delivery_id]) AND q.lane_id + 0 = o.lane_id AND q.attempt = o.number - 1 AND o.outcome = 'Failed'
    RETURNING ` + attemptColumns + `
), recorded AS MATERIALIZED (
    SELECT ended.* FROM ended UNION ALL SELECT postponed.* FROM postponed
), hours AS (
    -- In the order of the key, so that batches that are recorded at the same time never deadlock.
    INSERT INTO delivery_hours AS h (subscription_id, hour, delivered, failed)
    SELECT r.subscription_id, date_trunc('hour', r.started_at, 'UTC'), count(*) FILTER (WHERE r.outcome = 'Delivered'), count(*) FILTER (WHERE r.outcome <> 'Delivered')
      FROM recorded r WHERE r.subscription_id <> 0 GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (subscription_id, hour) DO UPDATE SET delivered = h.delivered + excluded.delivered, failed = h.failed + excluded.failed
)
INSERT INTO delivery_attempts (delivery_id, created_at, subscription_id, subject_id, started_at, number, status,
       dns_us, connect_us, tls_us, first_byte_us, total_us, outcome, stage, error, excerpt)
SELECT r.delivery_id, r.created_at, nullif(r.subscription_id, 0), r.subject_id, r.started_at, r.number, r.status,
       r.dns_us, r.connect_us, r.tls_us, r.first_byte_us, r.total_us, r.outcome, r.stage, r.error, r.excerpt
  FROM recorded r`

// attemptColumns are recorded of a row of ours. An erasure relies on the row of the queue being locked meanwhile: either it
// finds the recorded answer, or the attempt finds the row silent or deleted.
const attemptColumns = `o.delivery_id, o.created_at, o.subscription_id, o.subject_id, o.started_at, o.number, o.status,
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

// recordArgs returns the parameters of recordSQL: one array for each column of the attempts, in the order of deliveries, so
// that concurrent batches lock the same rows in the same order, and then the counts of the lanes.
func recordArgs(attempts []Attempt) []any {
	ordered := make([]*Attempt, len(attempts))
	last := map[int64]*Attempt{}
	for i := range attempts {
		ordered[i] = &attempts[i]
		last[attempts[i].LaneID] = &attempts[i]
	}
	slices.SortFunc(ordered, func(a, b *Attempt) int { return cmp.Compare(a.DeliveryID, b.DeliveryID) })
	lanes := slices.SortedFunc(maps.Values(last), func(a, b *Attempt) int { return cmp.Compare(a.LaneID, b.LaneID) })

	times := func(of func(*Attempt) time.Time) pq.StringArray {
		return pg.Column[pq.StringArray](ordered, func(a *Attempt) string { return pg.Timestamp(of(a)) })
	}
	ints := func(of func(*Attempt) int64) pq.Int64Array { return pg.Column[pq.Int64Array](ordered, of) }
	texts := func(of func(*Attempt) string) pq.StringArray {
		return pg.Column[pq.StringArray](ordered, func(a *Attempt) string { return pg.Storable(of(a)) })
	}
	micros := func(of func(*Attempt) time.Duration) pq.Int64Array {
		return ints(func(a *Attempt) int64 { return of(a).Microseconds() })
	}
	return []any{
		ints(func(a *Attempt) int64 { return a.DeliveryID }), times(func(a *Attempt) time.Time { return a.CreatedAt }),
		ints(func(a *Attempt) int64 { return a.SubscriptionID }), ints(func(a *Attempt) int64 { return a.SubjectID }),
		ints(func(a *Attempt) int64 { return a.LaneID }), ints(func(a *Attempt) int64 { return a.Epoch }),
		times(func(a *Attempt) time.Time { return a.StartedAt }),
		ints(func(a *Attempt) int64 { return int64(a.Number()) }), texts(func(a *Attempt) string { return string(a.Outcome) }),
		times(func(a *Attempt) time.Time { return a.RetryAt }), ints(func(a *Attempt) int64 { return int64(a.Status) }),
		texts(func(a *Attempt) string { return a.Stage }), texts(func(a *Attempt) string { return a.Error }),
		texts(func(a *Attempt) string { return a.Excerpt }),
		micros(func(a *Attempt) time.Duration { return a.DNS }), micros(func(a *Attempt) time.Duration { return a.Connect }),
		micros(func(a *Attempt) time.Duration { return a.TLS }), micros(func(a *Attempt) time.Duration { return a.FirstByte }),
		micros(func(a *Attempt) time.Duration { return a.Total }),
		pg.Column[pq.Int64Array](lanes, func(a *Attempt) int64 { return a.LaneID }),
		pg.Column[pq.Int64Array](lanes, func(a *Attempt) int64 { return a.Epoch }),
		pg.Column[pq.Int64Array](lanes, func(a *Attempt) int64 { return int64(a.LaneFailures) }),
	}
}
