package account

import (
	"context"
	"fmt"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/letter"
	"itmanagerjobs/store/pg"
)

// The limit of what one network may write to the platform.
const (
	contactsPerNetwork = 5
	contactsWindow     = time.Hour
)

// contactsKept is how long a request is kept after it was written.
const contactsKept = 365 * 24 * time.Hour

// ContactRequest is what somebody has written to the platform.
type ContactRequest struct {
	ID        int64      `db:"id"`
	Name      string     `db:"name"`
	Email     string     `db:"email"`
	Company   string     `db:"company"`
	Message   string     `db:"message"`
	CreatedAt time.Time  `db:"created_at"`
	ClosedAt  *time.Time `db:"closed_at"`
}

// Ticket is the number by which people speak of a request.
func (c ContactRequest) Ticket() string { return fmt.Sprintf("T-%d", c.ID) }

// CreateContactRequest keeps what somebody has written, and emails them its number, but not their words: the address may be that of
// somebody else. address is the caller's IP address. Errors: invalid_request; rate_limited.
func (s *Store) CreateContactRequest(ctx context.Context, c board.ContactRequest, address string) (ContactRequest, error) {
	return s.contact(ctx, c, address, func(context.Context) error { return nil })
}

// CreateContactRequestOnce is CreateContactRequest for a user and a form that was shown to them. Errors: conflict, too, when the form
// was sent before.
func (s *Store) CreateContactRequestOnce(ctx context.Context, c board.ContactRequest, address string, userID int64, form string) (ContactRequest, error) {
	return s.contact(ctx, c, address, func(ctx context.Context) error { return s.UseForm(ctx, userID, form) })
}

// contact keeps a request; first is done before, in the same transaction.
func (s *Store) contact(ctx context.Context, c board.ContactRequest, address string, first func(ctx context.Context) error) (ContactRequest, error) {
	c, err := c.Normalize()
	if err != nil {
		return ContactRequest{}, err
	}
	limit := attemptRule{s.attemptSubject("contact", board.Network(address)), contactsPerNetwork, contactsWindow}
	var wait time.Duration
	// In a transaction of its own: what is refused counts, too.
	err = s.db.WithTx(pg.Detach(ctx), func(ctx context.Context, tx *pg.Tx) (err error) {
		wait, err = limit.count(ctx, tx)
		return err
	})
	if err != nil {
		return ContactRequest{}, err
	}
	if wait > 0 {
		return ContactRequest{}, board.ErrorAfter(wait, board.CodeRateLimited, "We have got several messages from your network already. Try again in %d min.", board.Minutes(wait))
	}
	r := ContactRequest{Name: c.Name, Email: c.Email, Company: c.Company, Message: c.Message}
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		if err := first(ctx); err != nil {
			return err
		}
		r.CreatedAt = tx.Now
		err := tx.Get(ctx, &r.ID, `
INSERT INTO contact_requests (name, email, company, message, created_at) VALUES ($1, $2, $3, $4, $5) RETURNING id`, r.Name, r.Email, r.Company, r.Message, tx.Now)
		if err != nil {
			return fmt.Errorf("insert contact request: %w", err)
		}
		tx.Make("contact-requests", r.ID)
		if err := s.tellOfMessage(ctx, tx, r); err != nil {
			return err
		}
		return s.write(ctx, tx, 0, letter.ContactReceived(r.Email, r.Ticket()))
	})
	return r, err
}

// tellOfMessage writes to the reviewers that a message waits for an answer, unless another one waits already, as with keys.
func (s *Store) tellOfMessage(ctx context.Context, tx *pg.Tx, r ContactRequest) error {
	var another bool
	if err := tx.Get(ctx, &another, `SELECT EXISTS (SELECT FROM contact_requests WHERE closed_at IS NULL AND id <> $1)`, r.ID); err != nil {
		return fmt.Errorf("look for other messages that wait: %w", err)
	}
	if another {
		return nil
	}
	return s.MailReviewers(ctx, tx, func(to string) letter.Mail {
		return letter.MessageWaits(to, r.Ticket(), s.publicURL+"/platform/messages")
	})
}

// ContactRequests lists requests, the newest first: limit of them before an id, 0 for the first page.
func (s *Store) ContactRequests(ctx context.Context, before int64, limit int) ([]ContactRequest, error) {
	var rows []ContactRequest
	err := s.db.Reader(ctx).List(ctx, &rows, `
SELECT id, name, email, company, message, created_at, closed_at FROM contact_requests WHERE $1 = 0 OR id < $1 ORDER BY id DESC LIMIT $2`, before, limit)
	if err != nil {
		return nil, fmt.Errorf("list contact requests: %w", err)
	}
	for i := range rows {
		rows[i].CreatedAt, rows[i].ClosedAt = rows[i].CreatedAt.UTC(), pg.UTC(rows[i].ClosedAt)
	}
	return rows, nil
}

// CloseContactRequest notes that a request was answered. To close a closed one changes nothing. Errors: not_found.
func (s *Store) CloseContactRequest(ctx context.Context, id int64) error {
	return s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE contact_requests SET closed_at = coalesce(closed_at, $2) WHERE id = $1`, id, tx.Now)
		if err != nil {
			return fmt.Errorf("close contact request: %w", err)
		}
		if n == 0 {
			return board.Errorf(board.CodeNotFound, "There is no such message.")
		}
		return nil
	})
}

// PurgeContactRequests deletes up to limit requests that were written more than a year ago. It returns how many.
func (s *Store) PurgeContactRequests(ctx context.Context, limit int) (int64, error) {
	var n int64
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) (err error) {
		n, err = tx.Exec(ctx, `
DELETE FROM contact_requests WHERE id IN (SELECT id FROM contact_requests WHERE created_at < $1 ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED)`,
			tx.Now.Add(-contactsKept), limit)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("purge contact requests: %w", err)
	}
	return n, nil
}
