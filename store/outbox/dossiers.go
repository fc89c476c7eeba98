package outbox

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/pg"
)

// A subscription with dossiers is sent the objects that an event is about, and so it is not sent an event about a person
// who was erased: there is nothing left to tell, but that the person was erased. A dossier is made when the event happens,
// of the events that such a subscription asks for. One that asks later gets a dossier of what is known then.

// loggedEvent is an event of the log that is delivered again or for the first time.
type loggedEvent struct {
	event.Event
	ID        int64
	CreatedAt time.Time
	// OfErased tells that it is about a person who was erased.
	OfErased bool
}

// withheld tells whether the event is not sent to a subscription with dossiers.
func (e loggedEvent) withheld() bool { return e.OfErased && !e.Type.Outlives() }

// loggedRow is a row of events.
type loggedRow struct {
	ID        int64      `db:"id"`
	Seq       int64      `db:"seq"`
	Type      event.Type `db:"type"`
	CreatedAt time.Time  `db:"created_at"`
	Data      []byte     `db:"data"`
}

func (r loggedRow) event() loggedEvent {
	return loggedEvent{Event: event.Event{Type: r.Type, Data: json.RawMessage(r.Data)}, ID: r.ID, CreatedAt: r.CreatedAt.UTC()}
}

// markErased finds out which of a tenant's events are about people who were erased. For events of the past it comes after
// keepErasuresAway.
func (s *Store) markErased(ctx context.Context, tx *pg.Tx, t board.Tenant, events []loggedEvent) error {
	erased, err := s.people.Erased(ctx, tx, t, boardEvents(events))
	if err != nil {
		return err
	}
	for i := range events {
		events[i].OfErased = erased[i]
	}
	return nil
}

func boardEvents(events []loggedEvent) []event.Event {
	return pg.Column[[]event.Event](events, func(e loggedEvent) event.Event { return e.Event })
}

// dossierBatch is how many dossiers are in memory at once: each may hold the texts of many CVs.
const dossierBatch = 50

// ensureDossiers makes the dossiers of a tenant's events that have none. For events of the past it comes after
// keepErasuresAway.
func (s *Store) ensureDossiers(ctx context.Context, tx *pg.Tx, t board.Tenant, events []loggedEvent) error {
	if len(events) == 0 {
		return nil
	}
	var there []int64
	err := tx.List(ctx, &there, `
SELECT d.event_id FROM unnest($1::bigint[], $2::timestamptz[]) AS e (id, created_at)
  JOIN event_dossiers d ON d.event_id = e.id AND d.created_at = e.created_at`, eventIDs(events), eventTimes(events))
	if err != nil {
		return fmt.Errorf("look for dossiers: %w", err)
	}
	has := make(map[int64]bool, len(there))
	for _, id := range there {
		has[id] = true
	}
	missing := slices.DeleteFunc(slices.Clone(events), func(e loggedEvent) bool { return has[e.ID] })
	return s.makeDossiers(ctx, tx, t, missing)
}

// makeDossiers makes the dossiers of a tenant's events.
func (s *Store) makeDossiers(ctx context.Context, tx *pg.Tx, t board.Tenant, events []loggedEvent) error {
	for batch := range slices.Chunk(events, dossierBatch) {
		dossiers, err := s.people.Dossiers(ctx, tx, t, boardEvents(batch))
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
INSERT INTO event_dossiers (event_id, created_at, dossier)
SELECT e.id, e.created_at, e.dossier::jsonb FROM unnest($1::bigint[], $2::timestamptz[], $3::text[]) AS e (id, created_at, dossier)
ON CONFLICT DO NOTHING`, eventIDs(batch), eventTimes(batch), pg.Column[pq.StringArray](dossiers, func(d json.RawMessage) string { return string(d) }))
		if err != nil {
			return fmt.Errorf("insert dossiers: %w", err)
		}
	}
	return nil
}

func eventIDs(events []loggedEvent) pq.Int64Array {
	return pg.Column[pq.Int64Array](events, func(e loggedEvent) int64 { return e.ID })
}

func eventTimes(events []loggedEvent) pq.StringArray {
	return pg.Column[pq.StringArray](events, func(e loggedEvent) string { return pg.Timestamp(e.CreatedAt) })
}

// deliverWithDossiers makes the deliveries of new events to the subscriptions with dossiers that ask for them, and the
// dossiers, also for those that are Disabled: they may ask for the events later. It runs under the lock of the head.
func (s *Store) deliverWithDossiers(ctx context.Context, tx *pg.Tx, events []emittedEvent, asked []emission) error {
	byTenant := map[board.Tenant][]loggedEvent{}
	known := map[int64]bool{}
	for _, a := range asked {
		if e := events[*a.Number-1]; !known[*a.EventID] {
			known[*a.EventID] = true
			byTenant[e.Tenant] = append(byTenant[e.Tenant], loggedEvent{Event: e.Event, ID: *a.EventID, CreatedAt: tx.Now})
		}
	}
	sent := map[int64]bool{}
	for t, found := range byTenant {
		if err := s.markErased(ctx, tx, t, found); err != nil {
			return err
		}
		found = slices.DeleteFunc(found, loggedEvent.withheld)
		if err := s.makeDossiers(ctx, tx, t, found); err != nil {
			return err
		}
		for _, e := range found {
			sent[e.ID] = true
		}
	}
	deliveries := slices.DeleteFunc(asked, func(a emission) bool { return a.DeliveryID == nil || !sent[*a.EventID] })
	if len(deliveries) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `
WITH given AS (
    SELECT g.id, g.subscription_id, g.lane_id, g.event_id FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[])
        AS g (id, subscription_id, lane_id, event_id)
), made AS (
    INSERT INTO deliveries (id, subscription_id, subject_id, created_at) SELECT g.id, g.subscription_id, g.event_id, $5::timestamptz FROM given g
)
INSERT INTO delivery_queue (delivery_id, lane_id, subject_id, due_at, created_at, attempt, base)
SELECT g.id, g.lane_id, g.event_id, $5, $5, 0, 0 FROM given g`,
		pg.Column[pq.Int64Array](deliveries, func(a emission) int64 { return *a.DeliveryID }),
		pg.Column[pq.Int64Array](deliveries, func(a emission) int64 { return *a.SubscriptionID }),
		pg.Column[pq.Int64Array](deliveries, func(a emission) int64 { return a.LaneID }),
		pg.Column[pq.Int64Array](deliveries, func(a emission) int64 { return *a.EventID }), tx.Now)
	if err != nil {
		return fmt.Errorf("queue deliveries with dossiers: %w", err)
	}
	for _, d := range deliveries {
		tx.Notify(channelWork, d.LaneID)
	}
	return nil
}

// keepErasuresAway waits for an erasure of the employer that is running and keeps others from beginning until the
// transaction ends, so that nobody is erased between the check of markErased and the commit. It comes after the locks of
// subscriptions and lanes, and before those of the queue and of the head of the events.
func keepErasuresAway(ctx context.Context, tx *pg.Tx, employerID int64) error {
	return tx.LockOfShared(ctx, pg.LockPastEvents, employerID)
}
