package outbox

import (
	"context"
	"database/sql"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/pg"
)

// Inbox keeps what test webhooks send to its address.
type Inbox struct {
	ID   int64  `db:"id"`
	Name string `db:"name"`
	// Token is the end of its address.
	Token     string    `db:"token"`
	CreatedAt time.Time `db:"created_at"`
}

var errNoInbox = board.Errorf(board.CodeNotFound, "There is no such inbox.")

// CreateInbox makes an inbox. Errors: invalid_request; invalid_state when there are too many; board.ErrTestModeOnly.
func (s *Store) CreateInbox(ctx context.Context, t board.Tenant, name string) (Inbox, error) {
	if t.Mode != board.ModeTest {
		return Inbox{}, board.ErrTestModeOnly
	}
	random := make([]byte, 16)
	if _, err := io.ReadFull(s.rand, random); err != nil {
		return Inbox{}, fmt.Errorf("draw the address of an inbox: %w", err)
	}
	var inbox Inbox
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		if err := tx.LockOf(ctx, pg.LockInboxes, t.EmployerID); err != nil {
			return err
		}
		var existing int
		if err := tx.Get(ctx, &existing, `SELECT count(*) FROM inboxes WHERE employer_id = $1 AND mode = $2`, t.EmployerID, t.Mode); err != nil {
			return fmt.Errorf("count inboxes: %w", err)
		}
		name, err := delivery.CheckInbox(name, existing)
		if err != nil {
			return err
		}
		err = tx.Get(ctx, &inbox, `
INSERT INTO inboxes (employer_id, mode, name, token, created_at) VALUES ($1, $2, $3, $4, $5) RETURNING id, name, token, created_at`,
			t.EmployerID, t.Mode, name, base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(random), tx.Now)
		if err != nil {
			return fmt.Errorf("insert inbox: %w", err)
		}
		tx.Make("inboxes", inbox.ID)
		return nil
	})
	inbox.CreatedAt = inbox.CreatedAt.UTC()
	return inbox, err
}

// Inboxes lists the inboxes of a tenant, the oldest first.
func (s *Store) Inboxes(ctx context.Context, t board.Tenant) ([]Inbox, error) {
	var all []Inbox
	err := s.db.Reader(ctx).List(ctx, &all, `SELECT id, name, token, created_at FROM inboxes WHERE employer_id = $1 AND mode = $2 ORDER BY id`, t.EmployerID, t.Mode)
	if err != nil {
		return nil, fmt.Errorf("list inboxes: %w", err)
	}
	for i := range all {
		all[i].CreatedAt = all[i].CreatedAt.UTC()
	}
	return all, nil
}

// InboxOf finds the inbox of a tenant by the end of its address. Errors: not_found.
func (s *Store) InboxOf(ctx context.Context, t board.Tenant, token string) (Inbox, error) {
	all, err := s.Inboxes(ctx, t)
	if err != nil {
		return Inbox{}, err
	}
	if i := slices.IndexFunc(all, func(b Inbox) bool { return b.Token == token }); i >= 0 {
		return all[i], nil
	}
	return Inbox{}, errNoInbox
}

// CheckInbox refuses the address of an inbox that the tenant does not have, as the url of a webhook. Errors: invalid_request.
func (s *Store) CheckInbox(ctx context.Context, t board.Tenant, token string) error {
	_, err := s.InboxOf(ctx, t, token)
	if errors.Is(err, errNoInbox) {
		return board.Invalid(board.FieldError{Field: "url", Code: board.FieldInvalid, Message: "There is no inbox at this address. Yours are listed by GET /api/v1/test/inboxes and on the page Test mode."})
	}
	return err
}

// DeleteInbox deletes an inbox with what it keeps. Errors: not_found.
func (s *Store) DeleteInbox(ctx context.Context, t board.Tenant, id int64) error {
	return s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		n, err := tx.Exec(ctx, `DELETE FROM inboxes WHERE id = $1 AND employer_id = $2 AND mode = $3`, id, t.EmployerID, t.Mode)
		if err != nil {
			return fmt.Errorf("delete inbox: %w", err)
		}
		if n == 0 {
			return errNoInbox
		}
		return nil
	})
}

// Arrival is a delivery that arrives at an inbox.
type Arrival struct {
	board.Tenant

	Token          string
	SubscriptionID int64
	DeliveryID     int64
	Method         string
	Header         http.Header
	Body           []byte
}

// Receive keeps a delivery in the inbox of its address, and forgets the oldest that are too many. One that was ended while it was under
// way, because its person was erased, is not kept. found is false when the tenant has no such inbox.
func (s *Store) Receive(ctx context.Context, a Arrival) (found bool, err error) {
	header, err := json.Marshal(a.Header)
	if err != nil {
		return false, fmt.Errorf("encode headers: %w", err)
	}
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		var id int64
		// The lock keeps two deliveries from forgetting each other's.
		err := tx.Get(ctx, &id, `SELECT id FROM inboxes WHERE token = $1 AND employer_id = $2 AND mode = $3 FOR UPDATE`, a.Token, a.EmployerID, a.Mode)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("find inbox: %w", err)
		}
		found = true
		// The lock of its row in the queue makes an erasure wait, and find what is kept here. The requests of a battery are no deliveries.
		var ended bool
		err = tx.Get(ctx, &ended, `
WITH waits AS MATERIALIZED (SELECT FROM delivery_queue WHERE delivery_id = $1 FOR KEY SHARE)
SELECT NOT EXISTS (SELECT FROM waits) AND EXISTS (SELECT FROM deliveries WHERE id = $1)`, a.DeliveryID)
		if err != nil {
			return fmt.Errorf("look whether a delivery was ended: %w", err)
		}
		if ended {
			return nil
		}
		_, err = tx.Exec(ctx, `
INSERT INTO inbox_requests (inbox_id, subscription_id, delivery_id, method, header, body, received_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			id, a.SubscriptionID, a.DeliveryID, a.Method, string(header), a.Body, tx.Now)
		if err != nil {
			return fmt.Errorf("keep a request: %w", err)
		}
		_, err = tx.Exec(ctx, `
DELETE FROM inbox_requests WHERE inbox_id = $1 AND (received_at < $2 OR id <= (
       SELECT id FROM inbox_requests WHERE inbox_id = $1 ORDER BY id DESC OFFSET $3 LIMIT 1))`,
			id, tx.Now.Add(-delivery.InboxRetention), delivery.InboxKeeps)
		tx.Notify(channelInboxes, id)
		return err
	})
	return found, err
}

// InboxRequest is what has arrived.
type InboxRequest struct {
	ID             int64
	SubscriptionID int64
	DeliveryID     int64
	Method         string
	Header         http.Header
	Body           []byte
	ReceivedAt     time.Time
}

type inboxRequestRow struct {
	ID             int64     `db:"id"`
	SubscriptionID int64     `db:"subscription_id"`
	DeliveryID     int64     `db:"delivery_id"`
	Method         string    `db:"method"`
	Header         []byte    `db:"header"`
	Body           []byte    `db:"body"`
	ReceivedAt     time.Time `db:"received_at"`
}

func (row inboxRequestRow) request() (InboxRequest, error) {
	q := InboxRequest{
		ID: row.ID, SubscriptionID: row.SubscriptionID, DeliveryID: row.DeliveryID, Method: row.Method, Body: row.Body, ReceivedAt: row.ReceivedAt.UTC(),
	}
	if err := json.Unmarshal(row.Header, &q.Header); err != nil {
		return InboxRequest{}, fmt.Errorf("decode headers: %w", err)
	}
	return q, nil
}

// InboxRequest reads one request that an inbox keeps. Errors: not_found.
func (s *Store) InboxRequest(ctx context.Context, t board.Tenant, inboxID, id int64) (InboxRequest, error) {
	var row inboxRequestRow
	err := s.db.Reader(ctx).Get(ctx, &row, `
SELECT q.id, q.subscription_id, q.delivery_id, q.method, q.header, q.body, q.received_at FROM inbox_requests q JOIN inboxes b ON b.id = q.inbox_id
 WHERE q.id = $1 AND b.id = $2 AND b.employer_id = $3 AND b.mode = $4 AND q.received_at >= $5`,
		id, inboxID, t.EmployerID, t.Mode, s.db.Now().Add(-delivery.InboxRetention))
	if errors.Is(err, sql.ErrNoRows) {
		return InboxRequest{}, board.Errorf(board.CodeNotFound, "The inbox does not keep this request any more. It keeps the newest %d, for 7 days.", delivery.InboxKeeps)
	}
	if err != nil {
		return InboxRequest{}, fmt.Errorf("read a request of an inbox: %w", err)
	}
	return row.request()
}

// InboxRequests reads what has arrived at an inbox, the newest first, and whether there is more. before is the last request of the
// page before; 0 for the first page. Errors: not_found.
func (s *Store) InboxRequests(ctx context.Context, t board.Tenant, inboxID, before int64, limit int) (page []InboxRequest, more bool, err error) {
	var there bool
	r := s.db.Reader(ctx)
	if err := r.Get(ctx, &there, `SELECT EXISTS (SELECT FROM inboxes WHERE id = $1 AND employer_id = $2 AND mode = $3)`, inboxID, t.EmployerID, t.Mode); err != nil {
		return nil, false, fmt.Errorf("find inbox: %w", err)
	}
	if !there {
		return nil, false, errNoInbox
	}
	var rows []inboxRequestRow
	err = r.List(ctx, &rows, `
SELECT id, subscription_id, delivery_id, method, header, body, received_at FROM inbox_requests
 WHERE inbox_id = $1 AND received_at >= $2 AND ($3::bigint = 0 OR id < $3) ORDER BY id DESC LIMIT $4`,
		inboxID, s.db.Now().Add(-delivery.InboxRetention), before, limit+1)
	if err != nil {
		return nil, false, fmt.Errorf("read what an inbox keeps: %w", err)
	}
	for _, row := range rows[:min(len(rows), limit)] {
		q, err := row.request()
		if err != nil {
			return nil, false, err
		}
		page = append(page, q)
	}
	return page, len(rows) > limit, nil
}

// PurgeInboxes forgets up to limit requests that inboxes have kept long enough, and returns how many.
func (s *Store) PurgeInboxes(ctx context.Context, limit int) (n int64, err error) {
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		n, err = tx.Exec(ctx, `
DELETE FROM inbox_requests WHERE id IN (SELECT id FROM inbox_requests WHERE received_at < $1 ORDER BY received_at LIMIT $2 FOR UPDATE SKIP LOCKED)`,
			tx.Now.Add(-delivery.InboxRetention), limit)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("purge inboxes: %w", err)
	}
	return n, nil
}
