package outbox

import (
	"context"
	"fmt"

	"itmanagerjobs/store/board"
)

// FailingSubscription is a subscription whose last deliveries failed, or that was disabled.
type FailingSubscription struct {
	ID  int64  `db:"id"`
	URL string `db:"url"`
	// Failures are in a row, up to now.
	Failures int  `db:"failures"`
	Disabled bool `db:"disabled"`
}

// FailingSubscriptions lists the subscriptions of a tenant that somebody should look at.
func (s *Store) FailingSubscriptions(ctx context.Context, t board.Tenant) ([]FailingSubscription, error) {
	var failing []FailingSubscription
	err := s.db.Reader(ctx).List(ctx, &failing, `
SELECT s.id, s.url, l.failures, s.status = 'Disabled' AS disabled
  FROM subscriptions s JOIN lanes l ON l.id = s.lane_id
 WHERE s.employer_id = $1 AND s.mode = $2 AND s.deleted_at IS NULL AND (l.failures > 0 OR s.status = 'Disabled')
 ORDER BY s.id`, t.EmployerID, t.Mode)
	if err != nil {
		return nil, fmt.Errorf("list failing subscriptions: %w", err)
	}
	return failing, nil
}
