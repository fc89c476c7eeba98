package outbox

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/pg"
)

// LoggedDelivery is a delivery with what came of its last attempt.
type LoggedDelivery struct {
	Delivery

	// LastAt is when the last attempt began, nil when there was none. LastStatus is the status of its answer, 0 when there was
	// none; then LastStage says where it failed.
	LastAt     *time.Time
	LastStatus int
	LastStage  string
	LastTook   time.Duration
}

// DeliveryFilter narrows the delivery log of a subscription.
type DeliveryFilter struct {
	// Status and Type are empty for all.
	Status delivery.Status
	Type   event.Type
	// Since is when the events happened at the earliest; zero for as long as they are kept.
	Since time.Time
	// Before is the event of the last delivery on the previous page; 0 for the first page.
	Before int64
	Limit  int
}

type loggedDeliveryRow struct {
	deliveryRow
	LastAt     *time.Time `db:"last_at"`
	LastStatus int        `db:"last_status"`
	LastStage  string     `db:"last_stage"`
	LastTook   int64      `db:"last_us"`
}

// newestDeliveries is a subquery that finds no more deliveries than a page has, so that the queue and the attempts are read for
// these alone. The parameters are those of DeliveryLog.
const newestDeliveries = allDeliveries + ` AND v.created_at >= $2 AND ($3::bigint = 0 OR v.subject_id < $3)
          AND ($4 = '' OR EXISTS (SELECT FROM events x WHERE x.id = v.subject_id AND x.created_at = v.created_at AND x.type = $4))
        ORDER BY v.subject_id DESC LIMIT $6`

// DeliveryLog reads a page of the deliveries of a subscription, those of the newest events first, and whether there are
// more. It counts nothing: a count would read all deliveries. The subscription is one that was read for its tenant.
func (s *Store) DeliveryLog(ctx context.Context, sub Subscription, f DeliveryFilter) (page []LoggedDelivery, more bool, err error) {
	from := newestDeliveries
	switch f.Status {
	case delivery.Delivered:
		from = notWaiting
	case delivery.Pending:
		from = waiting
	case delivery.DeadLetter, delivery.Cancelled:
		from = givenUp
	}
	if f.Since.IsZero() {
		f.Since = s.db.Now().Add(-event.Retention)
	}
	var rows []loggedDeliveryRow
	err = s.db.Reader(ctx).List(ctx, &rows, `
SELECT l.id, l.subscription_id, l.event_id, l.event_type, l.event_created_at, l.status, l.attempts, l.entries, l.next_attempt_at,
       t.started_at AS last_at, coalesce(t.status, 0) AS last_status, coalesce(t.stage, '') AS last_stage, coalesce(t.total_us, 0) AS last_us
  FROM (`+deliverySQL(`(`+from+`) d`, `d.created_at >= $2 AND ($3::bigint = 0 OR d.subject_id < $3) AND ($4 = '' OR e.type = $4)`)+`) l
  LEFT JOIN LATERAL (
       SELECT n.started_at, n.status, n.stage, n.total_us FROM delivery_attempts n
        WHERE n.delivery_id = l.id AND n.created_at = l.event_created_at AND n.outcome <> 'Cancelled' ORDER BY n.number DESC LIMIT 1) t ON true
 WHERE $5 = '' OR l.status = $5
 ORDER BY l.event_id DESC LIMIT $6`, sub.ID, f.Since, f.Before, string(f.Type), string(f.Status), f.Limit+1)
	if err != nil {
		return nil, false, fmt.Errorf("read the delivery log: %w", err)
	}
	page = make([]LoggedDelivery, min(len(rows), f.Limit))
	for i := range page {
		r := rows[i]
		page[i] = LoggedDelivery{
			Delivery: r.delivery(), LastAt: pg.UTC(r.LastAt), LastStatus: r.LastStatus, LastStage: r.LastStage, LastTook: micros(r.LastTook),
		}
	}
	return page, len(rows) > f.Limit, nil
}

// EventDeliveries reads the deliveries of an event to the subscriptions of its tenant that are there, by subscription.
func (s *Store) EventDeliveries(ctx context.Context, e Event) ([]Delivery, error) {
	var rows []deliveryRow
	err := s.db.Reader(ctx).List(ctx, &rows, deliverySQL(`subscriptions s JOIN deliveries d ON d.subscription_id = s.id`,
		`s.employer_id = $1 AND s.mode = $2 AND s.deleted_at IS NULL AND d.subject_id = $3 AND d.created_at = $4`)+` ORDER BY d.subscription_id`,
		e.EmployerID, e.Mode, e.ID, e.CreatedAt)
	if err != nil {
		return nil, fmt.Errorf("list the deliveries of an event: %w", err)
	}
	return pg.Column[[]Delivery](rows, deliveryRow.delivery), nil
}

// EventFilter narrows the log of events.
type EventFilter struct {
	// Types is empty for all.
	Types []event.Type
	// Since is when they happened at the earliest; zero for as long as they are kept.
	Since time.Time
	// Before is the number of the last event on the previous page; 0 for the first page.
	Before int64
	Limit  int
}

// EventLog reads a page of the log of a tenant, the newest first, and whether there are more. To follow
// the log, read Events.
func (s *Store) EventLog(ctx context.Context, t board.Tenant, f EventFilter) (page []Event, more bool, err error) {
	if oldest := s.db.Now().Add(-event.Retention); f.Since.Before(oldest) {
		f.Since = oldest
	}
	var rows []eventRow
	err = s.db.Reader(ctx).List(ctx, &rows, `
SELECT e.id, e.employer_id, e.mode, e.seq, e.type, e.created_at, e.data FROM events e
 WHERE e.employer_id = $1 AND e.mode = $2 AND e.seq IS NOT NULL AND ($3::bigint = 0 OR e.seq < $3) AND e.created_at >= $4
   AND (cardinality($5::text[]) = 0 OR e.type = ANY ($5))
 ORDER BY e.seq DESC LIMIT $6`, t.EmployerID, t.Mode, f.Before, f.Since, typeNames(slices.Clone(f.Types)), f.Limit+1)
	if err != nil {
		return nil, false, fmt.Errorf("read the log of events: %w", err)
	}
	return pg.Column[[]Event](rows[:min(len(rows), f.Limit)], eventRow.event), len(rows) > f.Limit, nil
}

// errNoEvent is the error for an event that does not exist, is no longer kept, or is another employer's.
var errNoEvent = board.Errorf(board.CodeNotFound, "There is no such event. Events are kept for 30 days.")

// LoggedEvent reads one event of a tenant, with its dossier if there is one. It may be a test event.
// Errors: not_found.
func (s *Store) LoggedEvent(ctx context.Context, t board.Tenant, id int64) (Event, error) {
	var rows []eventRow
	err := s.db.Reader(ctx).List(ctx, &rows, `
SELECT e.id, e.employer_id, e.mode, coalesce(e.seq, 0) AS seq, e.type, e.created_at, e.data,
       (SELECT o.dossier FROM event_dossiers o WHERE o.event_id = e.id AND o.created_at = e.created_at) AS dossier
  FROM events e WHERE e.id = ANY ($1) AND e.employer_id = $2 AND e.mode = $3`, pq.Int64Array{id}, t.EmployerID, t.Mode)
	if err != nil {
		return Event{}, fmt.Errorf("read an event: %w", err)
	}
	if len(rows) == 0 {
		return Event{}, errNoEvent
	}
	return rows[0].event(), nil
}
