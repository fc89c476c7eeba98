package outbox

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/pg"
)

// Event is an entry of the log of events.
type Event struct {
	event.Event
	board.Tenant

	ID int64
	// Seq is the number of the event in the log of its tenant, from 1 and without gaps; 0 for a test event, which is not in
	// the log.
	Seq       int64
	CreatedAt time.Time
	// Dossier describes what the event was about, see People. Queue.Events and LoggedEvent read it, the others leave it nil.
	Dossier json.RawMessage
}

type eventRow struct {
	ID         int64      `db:"id"`
	EmployerID int64      `db:"employer_id"`
	Mode       board.Mode `db:"mode"`
	Seq        int64      `db:"seq"`
	Type       event.Type `db:"type"`
	CreatedAt  time.Time  `db:"created_at"`
	Data       []byte     `db:"data"`
	Dossier    []byte     `db:"dossier"`
}

func (r eventRow) event() Event {
	return Event{
		Event:  event.Event{Type: r.Type, Data: json.RawMessage(r.Data)},
		Tenant: board.Tenant{EmployerID: r.EmployerID, Mode: r.Mode},
		ID:     r.ID, Seq: r.Seq, CreatedAt: r.CreatedAt.UTC(), Dossier: json.RawMessage(r.Dossier),
	}
}

// emittedEvent is an event that is still to be written.
type emittedEvent struct {
	board.Tenant
	event.Event
}

// emitted are written, with their deliveries, as the last thing that a transaction does: the numbers in the log are given
// under a lock that is held until the commit.
var emitted = pg.NewBeforeCommit[emittedEvent]("events")

// Emit writes events with the transaction, and a delivery for each subscription that asks for them.
func Emit(tx *pg.Tx, t board.Tenant, events ...event.Event) {
	for _, e := range events {
		emitted.Add(tx, emittedEvent{t, e})
	}
}

// emission is a row of what emit_events returns: a lane that has work, or, with a Number, an event that a subscription
// with dossiers asks for. DeliveryID is nil while that is Disabled.
type emission struct {
	LaneID         int64  `db:"lane"`
	Number         *int64 `db:"number"`
	EventID        *int64 `db:"event"`
	SubscriptionID *int64 `db:"subscription"`
	DeliveryID     *int64 `db:"delivery"`
}

// writeEvents writes what was emitted, in one statement however many there are, unless subscriptions with dossiers ask
// for them.
func (s *Store) writeEvents(ctx context.Context, tx *pg.Tx, events []emittedEvent) error {
	var rows []emission
	err := tx.List(ctx, &rows, `SELECT lane, number, event, subscription, delivery FROM emit_events($1, $2, $3, $4, $5)`,
		pg.Column[pq.Int64Array](events, func(e emittedEvent) int64 { return e.EmployerID }),
		pg.Column[pq.StringArray](events, func(e emittedEvent) string { return string(e.Mode) }),
		pg.Column[pq.StringArray](events, func(e emittedEvent) string { return string(e.Type) }),
		pg.Column[pq.StringArray](events, func(e emittedEvent) string { return string(e.Data) }), tx.Now)
	if err != nil {
		return fmt.Errorf("write events: %w", err)
	}
	var withDossiers []emission
	for _, row := range rows {
		if row.Number != nil {
			withDossiers = append(withDossiers, row)
		} else {
			tx.Notify(channelWork, row.LaneID)
		}
	}
	if len(withDossiers) == 0 {
		return nil
	}
	return s.deliverWithDossiers(ctx, tx, events, withDossiers)
}

// LockHead keeps other transactions from writing events of the tenant until this one ends, and returns the number of the
// last event.
func LockHead(ctx context.Context, tx *pg.Tx, t board.Tenant) (last int64, err error) {
	err = tx.Get(ctx, &last, `
INSERT INTO event_heads AS h (employer_id, mode, last) VALUES ($1, $2, 0)
ON CONFLICT (employer_id, mode) DO UPDATE SET last = h.last RETURNING last`, t.EmployerID, t.Mode)
	if err != nil {
		return 0, fmt.Errorf("lock the head of the events: %w", err)
	}
	return last, nil
}

// EventPage is a part of a tenant's log.
type EventPage struct {
	Events []Event
	// Next is the number to go on after. No event up to it can still appear.
	Next int64
	// More tells that there are further events now.
	More bool
}

// Events reads up to limit events after a number in the log (0: from the beginning), in the order of the log; without types
// events of all types. Reading removes nothing. Events older than event.Retention are gone.
//
// A reader that goes on after Next each time misses nothing, because numbers follow the order of commits (see emit_events).
func (s *Store) Events(ctx context.Context, t board.Tenant, after int64, limit int, types []event.Type) (EventPage, error) {
	var rows []struct {
		eventRow
		Head  int64 `db:"head"`
		Found bool  `db:"found"`
	}
	// The head is read in the same snapshot as the events, so that every event up to it is visible.
	err := s.db.Reader(ctx).List(ctx, &rows, `
SELECT h.last AS head, e.id IS NOT NULL AS found, coalesce(e.id, 0) AS id, h.employer_id, h.mode, coalesce(e.seq, 0) AS seq,
       coalesce(e.type, '') AS type, coalesce(e.created_at, 'epoch') AS created_at, coalesce(e.data, '{}') AS data
  FROM event_heads h LEFT JOIN LATERAL (
       SELECT v.id, v.seq, v.type, v.created_at, v.data FROM events v
        WHERE v.employer_id = $1 AND v.mode = $2 AND v.seq > $3 AND v.created_at > $6
          AND (cardinality($5::text[]) = 0 OR v.type = ANY ($5))
        ORDER BY v.seq LIMIT $4) e ON true
 WHERE h.employer_id = $1 AND h.mode = $2
 ORDER BY e.seq`, t.EmployerID, t.Mode, after, limit+1, typeNames(types), s.db.Now().Add(-event.Retention))
	if err != nil {
		return EventPage{}, fmt.Errorf("list events: %w", err)
	}
	page := EventPage{Events: make([]Event, 0, len(rows)), Next: after}
	for _, r := range rows {
		switch {
		case !r.Found:
		case len(page.Events) == limit:
			page.More = true
		default:
			page.Events = append(page.Events, r.event())
			page.Next = r.Seq
		}
	}
	if len(rows) > 0 && !page.More {
		page.Next = max(after, rows[0].Head)
	}
	return page, nil
}

func typeNames(types []event.Type) pq.StringArray {
	return pg.Column[pq.StringArray](types, func(t event.Type) string { return string(t) })
}
