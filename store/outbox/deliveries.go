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

// Delivery is what became of one event at one subscription.
type Delivery struct {
	ID             int64
	SubscriptionID int64
	EventID        int64
	EventType      event.Type
	// EventCreatedAt is when the event happened.
	EventCreatedAt time.Time
	Status         delivery.Status
	// Attempts counts those made so far. NextAttemptAt is set while it is Pending; it is in the past when the attempt is due
	// or running.
	Attempts      int
	NextAttemptAt *time.Time

	// Entries counts the entries of its log: attempts and cancellations.
	Entries int
}

// Version grows with every change of the delivery's status: an attempt ends, it is cancelled, or it is sent again.
func (d Delivery) Version() int64 {
	version := 2 * int64(d.Entries)
	if d.Status == delivery.Pending {
		version++
	}
	return version
}

type deliveryRow struct {
	ID             int64           `db:"id"`
	SubscriptionID int64           `db:"subscription_id"`
	EventID        int64           `db:"event_id"`
	EventType      event.Type      `db:"event_type"`
	EventCreatedAt time.Time       `db:"event_created_at"`
	Status         delivery.Status `db:"status"`
	Attempts       int             `db:"attempts"`
	Entries        int             `db:"entries"`
	NextAttemptAt  *time.Time      `db:"next_attempt_at"`
}

func (r deliveryRow) delivery() Delivery {
	return Delivery{
		ID: r.ID, SubscriptionID: r.SubscriptionID, EventID: r.EventID, EventType: r.EventType,
		EventCreatedAt: r.EventCreatedAt.UTC(), Status: r.Status, Attempts: r.Attempts, Entries: r.Entries, NextAttemptAt: pg.UTC(r.NextAttemptAt),
	}
}

// cancellations counts the entries in the log of a delivery that are no attempts; id and createdAt are columns of the query around
// it.
func cancellations(id, createdAt string) string {
	return `(SELECT count(*) FROM delivery_attempts c WHERE c.delivery_id = ` + id + ` AND c.created_at = ` + createdAt + ` AND c.outcome = 'Cancelled')`
}

// deliverySQL reads deliveries: from is a table or a subquery with the alias d, with further joins. The event of each is looked up: for a join
// the planner, which does not see that the day of the event is known, would read the events of all days and employers.
func deliverySQL(from, where string) string {
	return `
SELECT d.id, d.subscription_id, d.subject_id AS event_id, e.type AS event_type, d.created_at AS event_created_at,
       CASE WHEN q.delivery_id IS NOT NULL THEN 'Pending' ELSE coalesce(a.outcome, 'Pending') END AS status,
       CASE WHEN a.number IS NULL THEN 0 ELSE a.number - ` + cancellations("d.id", "d.created_at") + ` END AS attempts, coalesce(a.number, 0) AS entries, q.due_at AS next_attempt_at
  FROM ` + from + `
  CROSS JOIN LATERAL (SELECT v.type FROM events v WHERE v.id = d.subject_id AND v.created_at = d.created_at LIMIT 1) e
  LEFT JOIN delivery_queue q ON q.delivery_id = d.id
  LEFT JOIN LATERAL (
       SELECT t.number, t.outcome FROM delivery_attempts t
        WHERE t.delivery_id = d.id AND t.created_at = d.created_at ORDER BY t.number DESC LIMIT 1) a ON true
 WHERE ` + where
}

// DeliveryQuery asks for a page of a subscription's deliveries, those of the newest events first unless OldestFirst is set.
type DeliveryQuery struct {
	// Statuses selects items in any of these statuses; empty selects all.
	Statuses    []delivery.Status
	OldestFirst bool
	// After is the event of the last delivery on the previous page; 0 for the first page.
	After int64
	// Offset is how many deliveries to skip.
	Offset, Limit int
}

// order is how a later delivery of the list compares with an earlier one by its event, and the direction of ORDER BY.
func (q DeliveryQuery) order() (compare, direction string) {
	if q.OldestFirst {
		return ">", "ASC"
	}
	return "<", "DESC"
}

// Subqueries that find deliveries. $1 is the subscription.
const (
	allDeliveries = `SELECT v.id, v.subscription_id, v.subject_id, v.created_at FROM deliveries v WHERE v.subscription_id = $1`
	// With a long queue, skipping what is in it must cost no more than one lookup in the queue.
	notWaiting = allDeliveries + ` AND NOT EXISTS (SELECT FROM delivery_queue q WHERE q.delivery_id = v.id)`
	waiting    = `SELECT q.delivery_id AS id, $1::bigint AS subscription_id, q.subject_id, q.created_at FROM delivery_queue q
        WHERE q.lane_id = (SELECT lane_id FROM subscriptions WHERE id = $1)`
	givenUp = `SELECT DISTINCT g.delivery_id AS id, g.subscription_id, g.subject_id, g.created_at FROM delivery_attempts g
        WHERE g.subscription_id = $1 AND g.outcome IN ('DeadLetter', 'Cancelled')`
)

// candidates is a subquery that finds all deliveries of the statuses, and as few others as possible. What was given up may
// wait again.
func (q DeliveryQuery) candidates() string {
	delivered, pending := slices.Contains(q.Statuses, delivery.Delivered), slices.Contains(q.Statuses, delivery.Pending)
	gone := slices.Contains(q.Statuses, delivery.DeadLetter) || slices.Contains(q.Statuses, delivery.Cancelled)
	switch {
	case len(q.Statuses) == 0:
		// Only those of the page, so that the queue and the attempts are not read for deliveries that are skipped.
		compare, direction := q.order()
		return allDeliveries + ` AND ($2::bigint = 0 OR v.subject_id ` + compare + ` $2) ORDER BY v.subject_id ` + direction + ` LIMIT $3 OFFSET $5`
	case delivered && pending:
		return allDeliveries
	case delivered:
		return notWaiting
	case pending && gone:
		return waiting + ` UNION ` + givenUp
	case pending:
		return waiting
	}
	return givenUp
}

// listSQL reads a page.
func (q DeliveryQuery) listSQL() string {
	offset := ` OFFSET $5`
	if len(q.Statuses) == 0 {
		offset = `` // the candidates have it
	}
	compare, direction := q.order()
	return `
SELECT l.id, l.subscription_id, l.event_id, l.event_type, l.event_created_at, l.status, l.attempts, l.entries, l.next_attempt_at
  FROM (` + deliverySQL("("+q.candidates()+") d", `d.subscription_id = $1 AND ($2::bigint = 0 OR d.subject_id `+compare+` $2)`) + `) l
 WHERE cardinality($4::text[]) = 0 OR l.status = ANY ($4)
 ORDER BY l.event_id ` + direction + ` LIMIT $3` + offset
}

// Deliveries reads a page of the delivery log of one subscription. Errors: not_found.
func (s *Store) Deliveries(ctx context.Context, t board.Tenant, subscriptionID int64, q DeliveryQuery) (pg.Page[Delivery], error) {
	sub, err := s.Subscription(ctx, t, subscriptionID)
	if err != nil {
		return pg.Page[Delivery]{}, err
	}
	total, err := s.countDeliveries(ctx, sub, q.Statuses)
	if err != nil {
		return pg.Page[Delivery]{}, err
	}
	var rows []deliveryRow
	err = s.db.Reader(ctx).List(ctx, &rows, q.listSQL(), sub.ID, q.After, q.Limit+1,
		pg.Column[pq.StringArray](q.Statuses, func(s delivery.Status) string { return string(s) }), q.Offset)
	if err != nil {
		return pg.Page[Delivery]{}, fmt.Errorf("list deliveries: %w", err)
	}
	items := pg.Column[[]Delivery](rows[:min(len(rows), q.Limit)], deliveryRow.delivery)
	return pg.Page[Delivery]{Items: items, Total: total, More: len(rows) > q.Limit}, nil
}

// countDeliveries counts without reading the attempts of each delivery: what is neither in the queue nor given up was
// delivered.
func (s *Store) countDeliveries(ctx context.Context, sub Subscription, statuses []delivery.Status) (int, error) {
	var counts []struct {
		Status delivery.Status `db:"status"`
		N      int             `db:"n"`
	}
	err := s.db.Reader(ctx).List(ctx, &counts, `
SELECT '' AS status, count(*) AS n FROM deliveries WHERE subscription_id = $1
UNION ALL
SELECT 'Pending', count(*) FROM delivery_queue WHERE lane_id = $2
UNION ALL
SELECT l.status, count(*) FROM (`+deliverySQL("("+givenUp+") d", `true`)+`) l WHERE l.status IN ('DeadLetter', 'Cancelled') GROUP BY l.status`,
		sub.ID, sub.laneID)
	if err != nil {
		return 0, fmt.Errorf("count deliveries: %w", err)
	}
	by := map[delivery.Status]int{}
	for _, c := range counts {
		by[c.Status] = c.N
	}
	if len(statuses) == 0 {
		return by[""], nil
	}
	by[delivery.Delivered] = max(0, by[""]-by[delivery.Pending]-by[delivery.DeadLetter]-by[delivery.Cancelled])
	total := 0
	for _, status := range slices.Compact(slices.Sorted(slices.Values(statuses))) {
		total += by[status]
	}
	return total, nil
}

// DeliveryAttempt is an entry in the log of a delivery.
type DeliveryAttempt struct {
	Number    int
	StartedAt time.Time
	Outcome   delivery.AttemptOutcome
	// Status is the HTTP status of the endpoint's answer, 0 when there was none; then Stage and Error say why. Excerpt is
	// the beginning of the answer's body.
	Status                int
	Stage, Error, Excerpt string

	DNS, Connect, TLS, FirstByte, Total time.Duration
}

// Delivery reads one delivery with its attempts, the first one first. Errors: not_found.
func (s *Store) Delivery(ctx context.Context, t board.Tenant, id int64) (Delivery, []DeliveryAttempt, error) {
	d, err := oneDelivery(ctx, s.db.Reader(ctx), t, id)
	if err != nil {
		return Delivery{}, nil, err
	}
	var rows []struct {
		Number    int                     `db:"number"`
		StartedAt time.Time               `db:"started_at"`
		Outcome   delivery.AttemptOutcome `db:"outcome"`
		Status    int                     `db:"status"`
		Stage     string                  `db:"stage"`
		Error     string                  `db:"error"`
		Excerpt   string                  `db:"excerpt"`
		DNS       int64                   `db:"dns_us"`
		Connect   int64                   `db:"connect_us"`
		TLS       int64                   `db:"tls_us"`
		FirstByte int64                   `db:"first_byte_us"`
		Total     int64                   `db:"total_us"`
	}
	err = s.db.Reader(ctx).List(ctx, &rows, `
SELECT number, started_at, outcome, status, stage, error, excerpt, dns_us, connect_us, tls_us, first_byte_us, total_us
  FROM delivery_attempts WHERE delivery_id = $1 AND created_at = $2 ORDER BY number`, d.ID, d.EventCreatedAt)
	if err != nil {
		return Delivery{}, nil, fmt.Errorf("list attempts: %w", err)
	}
	attempts := make([]DeliveryAttempt, len(rows))
	for i, r := range rows {
		attempts[i] = DeliveryAttempt{
			Number: r.Number, StartedAt: r.StartedAt.UTC(), Outcome: r.Outcome, Status: r.Status, Stage: r.Stage, Error: r.Error, Excerpt: r.Excerpt,
			DNS: micros(r.DNS), Connect: micros(r.Connect), TLS: micros(r.TLS), FirstByte: micros(r.FirstByte), Total: micros(r.Total),
		}
	}
	return d, attempts, nil
}

func micros(n int64) time.Duration { return time.Duration(n) * time.Microsecond }

// errNoDelivery is the error for a delivery that does not exist, is of a deleted subscription, or is another employer's.
var errNoDelivery = board.Errorf(board.CodeNotFound, "There is no such delivery.")

// errOfErased is the error for a resend, to a subscription with dossiers, of an event about a person who was erased.
var errOfErased = board.Errorf(board.CodeInvalidState, "This delivery is about a person whose data was erased since: there is nothing to send any more.")

func oneDelivery(ctx context.Context, q pg.Reader, t board.Tenant, id int64) (Delivery, error) {
	var row deliveryRow
	err := q.Get(ctx, &row, deliverySQL(`deliveries d JOIN subscriptions s ON s.id = d.subscription_id`,
		`d.id = $1 AND s.employer_id = $2 AND s.mode = $3 AND s.deleted_at IS NULL`), id, t.EmployerID, t.Mode)
	if errors.Is(err, sql.ErrNoRows) {
		return Delivery{}, errNoDelivery
	}
	if err != nil {
		return Delivery{}, fmt.Errorf("read delivery: %w", err)
	}
	return row.delivery(), nil
}

// ResendDelivery restarts the schedule of a delivery under the same id, whatever its status was.
// Errors: not_found; precondition_failed; invalid_state while it is Pending, when the subscription is Disabled, and when it is one with
// dossiers and the event is about a person who was erased.
func (s *Store) ResendDelivery(ctx context.Context, t board.Tenant, id int64, pre board.Precondition) (Delivery, error) {
	var d Delivery
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		var err error
		if d, err = oneDelivery(ctx, tx, t, id); err != nil {
			return err
		}
		sub, err := lockSubscription(ctx, tx, t, d.SubscriptionID)
		if err != nil {
			return err
		}
		if sub.Status == delivery.SubscriptionDisabled {
			return errSubscriptionDisabled
		}
		if err := keepErasuresAway(ctx, tx, t.EmployerID); err != nil {
			return err
		}
		// Read it again: under the lock nobody else resends it, and if it is not Pending, its last attempt is visible.
		if d, err = oneDelivery(ctx, tx, t, id); err != nil {
			return err
		}
		if err := pre.Check("delivery", d.Version()); err != nil {
			return err
		}
		if d.Status == delivery.Pending {
			return board.Errorf(board.CodeInvalidState, "This delivery is Pending: it is tried again by itself.")
		}
		event, err := s.loggedEvent(ctx, tx, t, d)
		if err != nil {
			return err
		}
		if sub.dossiers && event.withheld() {
			return errOfErased
		}
		_, err = tx.Exec(ctx, `
INSERT INTO delivery_queue (delivery_id, lane_id, subject_id, due_at, created_at, attempt, silent, base)
SELECT $1, $2, $3, $4, $5, last.number, $6, last.number
  FROM (SELECT max(number) AS number FROM delivery_attempts WHERE delivery_id = $1 AND created_at = $5) last`,
			d.ID, sub.laneID, d.EventID, tx.Now, d.EventCreatedAt, event.OfErased)
		if err != nil {
			return fmt.Errorf("resend delivery: %w", err)
		}
		tx.Notify(channelWork, sub.laneID)
		d, err = oneDelivery(ctx, tx, t, id)
		return err
	})
	return d, err
}

// loggedEvent reads the event of a delivery. Errors: not_found when it is no longer kept.
func (s *Store) loggedEvent(ctx context.Context, tx *pg.Tx, t board.Tenant, d Delivery) (loggedEvent, error) {
	var row loggedRow
	err := tx.Get(ctx, &row, `SELECT id, coalesce(seq, 0) AS seq, type, created_at, data FROM events WHERE id = $1 AND created_at = $2`, d.EventID, d.EventCreatedAt)
	if errors.Is(err, sql.ErrNoRows) {
		return loggedEvent{}, errNoDelivery
	}
	if err != nil {
		return loggedEvent{}, fmt.Errorf("read the event of a delivery: %w", err)
	}
	events := []loggedEvent{row.event()}
	err = s.markErased(ctx, tx, t, events)
	return events[0], err
}
