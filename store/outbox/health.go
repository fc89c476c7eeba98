package outbox

import (
	"context"
	"fmt"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

// MostPending is how far the waiting deliveries of a subscription are counted.
const MostPending = 1000

// SubscriptionHealth is how the deliveries of a subscription have gone lately.
type SubscriptionHealth struct {
	// Hours has the counts of each hour in which there was an attempt, the oldest first.
	Hours []DeliveryHour
	// Pending are the deliveries that wait, counted no further than MostPending+1. OldestDue is when the first of them is
	// due, nil for none.
	Pending   int
	OldestDue *time.Time
	// Failures are those in a row, up to now.
	Failures int
}

// DeliveryHour counts the attempts that began in an hour.
type DeliveryHour struct {
	Hour              time.Time
	Delivered, Failed int64
}

// Total adds up the hours.
func (h SubscriptionHealth) Total() (delivered, failed int64) {
	for _, hour := range h.Hours {
		delivered, failed = delivered+hour.Delivered, failed+hour.Failed
	}
	return delivered, failed
}

// Healths reads the health of all subscriptions of a tenant, with the hours from the one that since is in.
func (s *Store) Healths(ctx context.Context, t board.Tenant, since time.Time) (map[int64]SubscriptionHealth, error) {
	var lanes []struct {
		ID        int64      `db:"id"`
		Failures  int        `db:"failures"`
		Pending   int        `db:"pending"`
		OldestDue *time.Time `db:"oldest_due"`
	}
	err := s.db.Reader(ctx).List(ctx, &lanes, `
SELECT s.id, l.failures, w.pending, w.oldest_due
  FROM subscriptions s JOIN lanes l ON l.id = s.lane_id
 CROSS JOIN LATERAL (
       SELECT count(*) AS pending, min(q.due_at) AS oldest_due
         FROM (SELECT d.due_at FROM delivery_queue d WHERE d.lane_id = l.id ORDER BY d.due_at, d.subject_id LIMIT $3) q) w
 WHERE s.employer_id = $1 AND s.mode = $2 AND s.deleted_at IS NULL`, t.EmployerID, t.Mode, MostPending+1)
	if err != nil {
		return nil, fmt.Errorf("read the lanes of subscriptions: %w", err)
	}
	var hours []struct {
		ID        int64     `db:"subscription_id"`
		Hour      time.Time `db:"hour"`
		Delivered int64     `db:"delivered"`
		Failed    int64     `db:"failed"`
	}
	err = s.db.Reader(ctx).List(ctx, &hours, `
SELECT h.subscription_id, h.hour, h.delivered, h.failed
  FROM subscriptions s JOIN delivery_hours h ON h.subscription_id = s.id
 WHERE s.employer_id = $1 AND s.mode = $2 AND s.deleted_at IS NULL AND h.hour >= date_trunc('hour', $3::timestamptz, 'UTC')
 ORDER BY h.subscription_id, h.hour`, t.EmployerID, t.Mode, since)
	if err != nil {
		return nil, fmt.Errorf("read the hours of subscriptions: %w", err)
	}
	healths := make(map[int64]SubscriptionHealth, len(lanes))
	for _, l := range lanes {
		healths[l.ID] = SubscriptionHealth{Pending: l.Pending, OldestDue: pg.UTC(l.OldestDue), Failures: l.Failures}
	}
	for _, r := range hours {
		h := healths[r.ID]
		h.Hours = append(h.Hours, DeliveryHour{Hour: r.Hour.UTC(), Delivered: r.Delivered, Failed: r.Failed})
		healths[r.ID] = h
	}
	return healths, nil
}
