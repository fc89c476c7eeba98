package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"itmanagerjobs/store/board"
)

// Disable ends deliveries to the subscription of a lane and emails the employer's admins the reason, in one
// transaction and once: it answers false, and changes nothing, when the subscription is not Active any more or the
// lane has had another owner since. What waits in the lane stays there. The lane keeps its owner, so that attempts in
// flight can still be recorded, until that one hands it back.
func (q *Queue) Disable(ctx context.Context, laneID, epoch int64, reason string, failures int) (disabled bool, err error) {
	err = q.s.WithTx(ctx, func(ctx context.Context, tx *Tx) error {
		// An email that was promised must not be forgotten.
		if err := tx.durable(ctx); err != nil {
			return err
		}
		sub, err := tx.lockSubscriptionOfLane(ctx, laneID)
		if err != nil || sub.Status != board.SubscriptionActive {
			return err
		}
		var ours bool
		err = tx.get(ctx, &ours, `SELECT epoch = $2 FROM lanes WHERE id = $1 FOR UPDATE`, laneID, epoch)
		if err != nil || !ours {
			return err
		}
		if _, err := tx.exec(ctx, `UPDATE lanes SET failures = $2 WHERE id = $1`, laneID, failures); err != nil {
			return err
		}
		if _, err := tx.disableSubscription(ctx, sub, reason); err != nil {
			return err
		}
		disabled = true
		return tx.mailSubscriptionDisabled(ctx, sub, reason)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil // deleted
	}
	if err != nil {
		return false, fmt.Errorf("disable the subscription of lane %d: %w", laneID, err)
	}
	return disabled, nil
}

func (tx *Tx) lockSubscriptionOfLane(ctx context.Context, laneID int64) (Subscription, error) {
	var row subscriptionRow
	err := tx.get(ctx, &row, `SELECT `+subscriptionColumns+` FROM subscriptions WHERE lane_id = $1 FOR UPDATE`, laneID)
	if err != nil {
		return Subscription{}, err
	}
	return row.subscription(), nil
}

// mailSubscriptionDisabled tells every admin of the employer (0.43).
func (tx *Tx) mailSubscriptionDisabled(ctx context.Context, sub Subscription, reason string) error {
	employer, err := tx.employer(ctx, sub.EmployerID)
	if err != nil {
		return err
	}
	addresses, err := tx.adminAddresses(ctx, sub.EmployerID)
	if err != nil {
		return err
	}
	mails := make([]board.Mail, len(addresses))
	for i, to := range addresses {
		mails[i] = board.SubscriptionDisabledMail(to, employer.Name, sub.Mode, sub.ID, sub.URL, reason, tx.Now)
	}
	return tx.sendMail(ctx, sub.EmployerID, mails...)
}

func (tx *Tx) adminAddresses(ctx context.Context, employerID int64) ([]string, error) {
	var addresses []string
	err := tx.list(ctx, &addresses, `SELECT email FROM users WHERE employer_id = $1 AND role = $2 ORDER BY id`, employerID, board.RoleEmployerAdmin)
	if err != nil {
		return nil, fmt.Errorf("find the admins: %w", err)
	}
	return addresses, nil
}
