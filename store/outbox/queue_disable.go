package outbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/letter"
	"itmanagerjobs/store/pg"
)

// Disable ends deliveries to the subscription of a lane and emails the reason to the employer's admins, in one transaction
// and only once: it returns false, and changes nothing, when the subscription is no longer Active or the lane has another
// owner since. Pending deliveries stay in the lane. The lane keeps its owner until the owner releases it, so that attempts
// in flight can still be recorded.
func (q *Queue) Disable(ctx context.Context, laneID, epoch int64, reason string, failures int) (disabled bool, err error) {
	err = q.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		// The email must not be lost.
		if err := tx.Durable(ctx); err != nil {
			return err
		}
		sub, err := lockSubscriptionOfLane(ctx, tx, laneID)
		if err != nil || sub.Status != delivery.SubscriptionActive {
			return err
		}
		var ours bool
		err = tx.Get(ctx, &ours, `SELECT epoch = $2 FROM lanes WHERE id = $1 FOR UPDATE`, laneID, epoch)
		if err != nil || !ours {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE lanes SET failures = $2 WHERE id = $1`, laneID, failures); err != nil {
			return err
		}
		if _, err := disableSubscription(ctx, tx, sub, reason); err != nil {
			return err
		}
		disabled = true
		return mailSubscriptionDisabled(ctx, tx, q.outbox.admins, sub, reason)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil // deleted
	}
	if err != nil {
		return false, fmt.Errorf("disable the subscription of lane %d: %w", laneID, err)
	}
	return disabled, nil
}

func lockSubscriptionOfLane(ctx context.Context, tx *pg.Tx, laneID int64) (Subscription, error) {
	var row subscriptionRow
	//house:tenant the delivery engine serves all tenants
	err := tx.Get(ctx, &row, `SELECT `+subscriptionColumns+` FROM subscriptions WHERE lane_id = $1 FOR UPDATE`, laneID)
	if err != nil {
		return Subscription{}, err
	}
	return row.subscription(), nil
}

// mailSubscriptionDisabled queues an email to every admin of the employer.
func mailSubscriptionDisabled(ctx context.Context, tx *pg.Tx, admins Admins, sub Subscription, reason string) error {
	employer, addresses, err := admins.AdminsOf(ctx, tx, sub.EmployerID)
	if err != nil {
		return err
	}
	link := admins.Page(fmt.Sprintf("/employer/webhooks/%d", sub.ID))
	mails := make([]letter.Mail, len(addresses))
	for i, to := range addresses {
		mails[i] = letter.SubscriptionDisabled(to, employer, sub.Mode, sub.ID, sub.URL, reason, link, tx.Now)
	}
	return SendMail(ctx, tx, sub.EmployerID, mails...)
}
