package billing

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

// Provider takes payments. It calls back through Store.MarkPaid when an order is paid, as often as it likes: an order is paid once. A
// payment that MarkPaid refuses, it gives back.
type Provider interface {
	// Checkout begins the payment of an order, or finds what the same attempt has begun. A provider that is asked for an attempt twice, also at
	// once, returns the same checkout, for somebody may pay at each: the attempt is what Stripe and others call an idempotency key. An
	// attempt is asked for after the checkout of the one before has ended. A provider that knows of a payment of the order which has not
	// arrived yet returns ErrPaymentUnderWay.
	Checkout(ctx context.Context, o Order, attempt string) (Checkout, error)
}

// Checkout is where an order is paid.
type Checkout struct {
	// URL is where the buyer pays.
	URL string
	// Until is when it ends: nobody can pay there from then on.
	Until time.Time
}

// ErrPaymentUnderWay is what a Provider says of an order for which a payment has not arrived yet.
var ErrPaymentUnderWay = board.Errorf(board.CodeInvalidState, "A payment of this order is under way already, and nothing more was charged. The order is paid as soon as it has arrived.")

// Pay begins the payment of an open order and returns the address where the buyer pays. An order has one checkout at a time: a buyer
// who asks again before it ends is led to the same. Errors: not_found; invalid_state for an order that is not open, or whose payment is
// under way.
func (s *Store) Pay(ctx context.Context, provider Provider, employerID, id int64) (url string, err error) {
	for range 2 { // what an attempt begins may have ended already, when nobody here could keep it at its time
		o, attempt, url, err := s.beginAttempt(ctx, employerID, id)
		if err != nil || url != "" {
			return url, err
		}
		c, err := provider.Checkout(ctx, o, fmt.Sprintf("order-%d-%d", id, attempt))
		if err != nil {
			return "", fmt.Errorf("begin the payment: %w", err)
		}
		if err := s.keepCheckout(ctx, id, attempt, c); err != nil {
			return "", err
		}
		if c.Until.After(s.db.Now()) {
			return c.URL, nil
		}
	}
	return "", errors.New("begin the payment: every checkout has ended already")
}

// beginAttempt finds the checkout of an open order that has not ended, or which attempt makes it. An attempt that came to no checkout,
// as far as is known here, is made again: the provider may have begun it all the same.
func (s *Store) beginAttempt(ctx context.Context, employerID, id int64) (o Order, attempt int, url string, err error) {
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		var err error
		if o, err = readOrder(ctx, tx, id, employerID, ` FOR UPDATE OF o`); err != nil {
			return err
		}
		if err := board.CheckOrderOpen(o.Status); err != nil {
			return err
		}
		var row struct {
			Attempt int        `db:"checkout_attempt"`
			URL     string     `db:"checkout_url"`
			Until   *time.Time `db:"checkout_until"`
		}
		if err := tx.Get(ctx, &row, `SELECT checkout_attempt, checkout_url, checkout_until FROM orders WHERE id = $1`, id); err != nil {
			return fmt.Errorf("read checkout: %w", err)
		}
		attempt, url = row.Attempt, row.URL
		if row.Until == nil || row.Until.After(tx.Now) {
			return nil
		}
		attempt, url = attempt+1, ""
		if _, err := tx.Exec(ctx, `UPDATE orders SET checkout_attempt = $2, checkout_url = '', checkout_until = NULL WHERE id = $1`, id, attempt); err != nil {
			return fmt.Errorf("begin another checkout: %w", err)
		}
		return nil
	})
	return o, attempt, url, err
}

// keepCheckout keeps where an order is paid. Nobody is led to pay an order that was ended meanwhile.
func (s *Store) keepCheckout(ctx context.Context, id int64, attempt int, c Checkout) error {
	return s.db.WithTx(pg.Detach(ctx), func(ctx context.Context, tx *pg.Tx) error { // the attempt is in the audit log
		var status board.OrderStatus
		err := tx.Get(ctx, &status, `UPDATE orders SET checkout_url = $3, checkout_until = $4 WHERE id = $1 AND checkout_attempt = $2 RETURNING status`, id, attempt, c.URL, c.Until)
		if errors.Is(err, sql.ErrNoRows) {
			return board.Errorf(board.CodeInvalidState, "The checkout has ended meanwhile. Pay this order again.")
		}
		if err != nil {
			return fmt.Errorf("keep checkout: %w", err)
		}
		return board.CheckOrderOpen(status)
	})
}
