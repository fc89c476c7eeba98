package outbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/pg"
)

// Subscription is an endpoint that a tenant's events are sent to. It does not contain the secrets.
type Subscription struct {
	board.Tenant

	ID          int64
	URL         string
	Events      []event.Type
	Profile     string
	Description *string
	Status      delivery.SubscriptionStatus
	// DisabledReason and DisabledAt are set while it is Disabled.
	DisabledReason *string
	DisabledAt     *time.Time
	// Rotating tells that a next secret signs in addition to the current one.
	Rotating bool
	// Activating tells that the next secret was activated, and becomes the secret as soon as no delivery is in flight that
	// it has not signed.
	Activating bool
	Version    int64
	CreatedAt  time.Time
	UpdatedAt  time.Time

	laneID         int64
	disabledSeq    int64
	secretsVersion int64
	// dossiers tells that it is sent dossiers, see dossiers.go.
	dossiers bool
}

type subscriptionRow struct {
	ID             int64                       `db:"id"`
	EmployerID     int64                       `db:"employer_id"`
	Mode           board.Mode                  `db:"mode"`
	LaneID         int64                       `db:"lane_id"`
	URL            string                      `db:"url"`
	Events         pq.StringArray              `db:"events"`
	Profile        string                      `db:"profile"`
	Description    *string                     `db:"description"`
	Status         delivery.SubscriptionStatus `db:"status"`
	DisabledReason *string                     `db:"disabled_reason"`
	DisabledAt     *time.Time                  `db:"disabled_at"`
	DisabledSeq    int64                       `db:"disabled_seq"`
	Rotating       bool                        `db:"rotating"`
	Activating     bool                        `db:"activating"`
	SecretsVersion int64                       `db:"secrets_version"`
	Dossiers       bool                        `db:"dossiers"`
	Version        int64                       `db:"version"`
	CreatedAt      time.Time                   `db:"created_at"`
	UpdatedAt      time.Time                   `db:"updated_at"`
}

const subscriptionColumns = `id, employer_id, mode, lane_id, url, events, profile, description, status, disabled_reason, disabled_at,
       coalesce(disabled_seq, 0) AS disabled_seq, next_secret_sealed IS NOT NULL AS rotating, activation_asked_at IS NOT NULL AS activating,
       secrets_version, dossiers, version, created_at, updated_at`

// subscriptionRowColumns are the names that subscriptionColumns gives.
const subscriptionRowColumns = `id, employer_id, mode, lane_id, url, events, profile, description, status, disabled_reason, disabled_at, disabled_seq, rotating,
       activating, secrets_version, dossiers, version, created_at, updated_at`

func (r subscriptionRow) subscription() Subscription {
	return Subscription{
		Tenant: board.Tenant{EmployerID: r.EmployerID, Mode: r.Mode},
		ID:     r.ID, URL: r.URL, Events: pg.Column[[]event.Type](r.Events, func(n string) event.Type { return event.Type(n) }),
		Profile: r.Profile, Description: r.Description, Status: r.Status,
		DisabledReason: r.DisabledReason, DisabledAt: pg.UTC(r.DisabledAt), Rotating: r.Rotating, Activating: r.Activating,
		Version: r.Version, CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
		laneID: r.LaneID, disabledSeq: r.DisabledSeq, secretsVersion: r.SecretsVersion, dossiers: r.Dossiers,
	}
}

// errNoSubscription is the error for a subscription that does not exist, was deleted, or is another employer's.
var errNoSubscription = board.Errorf(board.CodeNotFound, "There is no such webhook.")

// CreateSubscription creates an Active subscription and returns it with its secret, which can't be read again. The caller
// has checked that the profile exists and supports the events, that the secret fits the profile, and that the URL is allowed.
// Errors: invalid_request; invalid_state at delivery.MaxSubscriptions.
func (s *Store) CreateSubscription(ctx context.Context, t board.Tenant, profile string, p delivery.SubscriptionPatch) (Subscription, string, error) {
	if missing := p.SubscriptionNeeds(); len(missing) > 0 {
		return Subscription{}, "", board.Invalid(missing...)
	}
	p, err := p.Normalize()
	if err != nil {
		return Subscription{}, "", err
	}
	secret := p.Secret
	if secret == "" {
		if secret, err = delivery.NewSecret(s.rand); err != nil {
			return Subscription{}, "", err
		}
	}
	var sub Subscription
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		// The lock also makes the count exact.
		if _, err := LockHead(ctx, tx, t); err != nil {
			return err
		}
		var n struct {
			ID    int64 `db:"id"`
			Count int   `db:"count"`
		}
		err := tx.Get(ctx, &n, `
SELECT nextval(pg_get_serial_sequence('subscriptions', 'id')) AS id,
       (SELECT count(*) FROM subscriptions WHERE employer_id = $1 AND mode = $2 AND deleted_at IS NULL) AS count`, t.EmployerID, t.Mode)
		if err != nil {
			return fmt.Errorf("count subscriptions: %w", err)
		}
		if n.Count >= delivery.MaxSubscriptions {
			return board.Errorf(board.CodeInvalidState, "There are %d webhooks already, which is the most. Delete one that is no longer needed.", n.Count)
		}
		sealed, err := s.secrets.Seal(secret, t.EmployerID, n.ID)
		if err != nil {
			return err
		}
		var row subscriptionRow
		err = tx.Get(ctx, &row, `
WITH lane AS (INSERT INTO lanes (kind) VALUES ('webhook') RETURNING id)
INSERT INTO subscriptions (id, employer_id, mode, lane_id, url, events, profile, dossiers, description, secret_sealed, secret_since, status, version, created_at, updated_at)
OVERRIDING SYSTEM VALUE
SELECT $1, $2, $3, lane.id, $4, $5, $6, $10, $7, $8, $9, 'Active', 1, $9, $9 FROM lane
RETURNING `+subscriptionColumns,
			n.ID, t.EmployerID, t.Mode, *p.URL.Value, typeNames(*p.Events.Value), profile, p.Description.Value, sealed, tx.Now, event.ProfileNeedsDossiers(profile))
		if err != nil {
			return fmt.Errorf("insert subscription: %w", err)
		}
		sub = row.subscription()
		tx.Make("webhooks", n.ID)
		tx.Notify(channelSettings, sub.laneID)
		return nil
	})
	if err != nil {
		return Subscription{}, "", err
	}
	return sub, secret, nil
}

// SubscriptionQuery asks for one page of subscriptions: the one after a position, or else the one at an offset.
type SubscriptionQuery struct {
	Sort          pg.Sort
	After         *pg.Position
	Offset, Limit int
}

type listedSubscription struct {
	pg.Counted
	subscriptionRow
}

// Subscriptions reads one page of a tenant's subscriptions, of which there are at most delivery.MaxSubscriptions.
func (s *Store) Subscriptions(ctx context.Context, t board.Tenant, q SubscriptionQuery) (pg.Page[Subscription], error) {
	l := &pg.Listing{
		Table: "subscriptions", Columns: subscriptionColumns, Where: "employer_id = $1 AND mode = $2 AND deleted_at IS NULL",
		Args: []any{t.EmployerID, t.Mode}, Sort: q.Sort, After: q.After, Offset: q.Offset, Limit: q.Limit,
	}
	rows := func(page string) string { return "SELECT " + subscriptionRowColumns + " FROM " + page + " s" }
	return pg.ReadPage(ctx, s.db.Reader(ctx), l, rows, func(r listedSubscription) (Subscription, error) { return r.subscription(), nil })
}

// CountSubscriptions counts an employer's subscriptions by mode; a mode without any is left out.
func (s *Store) CountSubscriptions(ctx context.Context, employerID int64) (map[board.Mode]int, error) {
	var rows []struct {
		Mode  board.Mode `db:"mode"`
		Count int        `db:"count"`
	}
	//house:tenant the home page tells of the webhooks of both modes
	err := s.db.Reader(ctx).List(ctx, &rows, `SELECT mode, count(*) AS count FROM subscriptions WHERE employer_id = $1 AND deleted_at IS NULL GROUP BY mode`, employerID)
	if err != nil {
		return nil, fmt.Errorf("count subscriptions: %w", err)
	}
	counts := map[board.Mode]int{}
	for _, r := range rows {
		counts[r.Mode] = r.Count
	}
	return counts, nil
}

// Subscription reads one. Errors: not_found.
func (s *Store) Subscription(ctx context.Context, t board.Tenant, id int64) (Subscription, error) {
	return oneSubscription(ctx, s.db.Reader(ctx), t, id, "")
}

func lockSubscription(ctx context.Context, tx *pg.Tx, t board.Tenant, id int64) (Subscription, error) {
	return oneSubscription(ctx, tx, t, id, " FOR UPDATE")
}

func oneSubscription(ctx context.Context, q pg.Reader, t board.Tenant, id int64, lock string) (Subscription, error) {
	var row subscriptionRow
	err := q.Get(ctx, &row, `SELECT `+subscriptionColumns+` FROM subscriptions
 WHERE id = $1 AND employer_id = $2 AND mode = $3 AND deleted_at IS NULL`+lock, id, t.EmployerID, t.Mode)
	if errors.Is(err, sql.ErrNoRows) {
		return Subscription{}, errNoSubscription
	}
	if err != nil {
		return Subscription{}, fmt.Errorf("read subscription: %w", err)
	}
	return row.subscription(), nil
}

// changeSubscription locks a subscription and calls change, which writes the subscription and returns the new one. The lock
// is taken before those of the lane and of the head of the events, here and in Queue.Disable.
func (s *Store) changeSubscription(ctx context.Context, t board.Tenant, id int64, pre board.Precondition, change func(context.Context, *pg.Tx, Subscription) (Subscription, error)) (Subscription, error) {
	var sub Subscription
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		var err error
		if sub, err = lockSubscription(ctx, tx, t, id); err != nil {
			return err
		}
		if err = pre.Check("webhook", sub.Version); err != nil {
			return err
		}
		before := sub
		if sub, err = change(ctx, tx, sub); err != nil || sub.Version == before.Version {
			return err
		}
		tx.Notify(channelSettings, before.laneID)
		return nil
	})
	return sub, err
}

// writeSubscription runs an UPDATE whose first three parameters are the id, the next version and the time.
func writeSubscription(ctx context.Context, tx *pg.Tx, sub Subscription, set string, args ...any) (Subscription, error) {
	var row subscriptionRow
	//house:tenant the caller has locked the subscription of the tenant
	err := tx.Get(ctx, &row, `UPDATE subscriptions SET version = $2, updated_at = greatest(updated_at, $3), `+set+` WHERE id = $1 RETURNING `+subscriptionColumns,
		append([]any{sub.ID, sub.Version + 1, tx.Now}, args...)...)
	if err != nil {
		return Subscription{}, fmt.Errorf("update subscription: %w", err)
	}
	return row.subscription(), nil
}

// UpdateSubscription changes the fields that the patch sets. Pending deliveries go to the new URL.
// Errors: not_found; precondition_failed; invalid_request.
func (s *Store) UpdateSubscription(ctx context.Context, t board.Tenant, id int64, p delivery.SubscriptionPatch, pre board.Precondition) (Subscription, error) {
	p, err := p.Normalize()
	if err != nil {
		return Subscription{}, err
	}
	return s.changeSubscription(ctx, t, id, pre, func(ctx context.Context, tx *pg.Tx, sub Subscription) (Subscription, error) {
		next := sub
		if p.URL.Set {
			next.URL = *p.URL.Value
		}
		if p.Events.Set {
			next.Events = *p.Events.Value
		}
		if p.Description.Set {
			next.Description = p.Description.Value
		}
		if next.URL == sub.URL && slices.Equal(next.Events, sub.Events) && board.Same(next.Description, sub.Description) {
			return sub, nil
		}
		return writeSubscription(ctx, tx, sub, `url = $4, events = $5, description = $6`, next.URL, typeNames(next.Events), next.Description)
	})
}

// DeleteSubscription deletes a subscription and its pending deliveries. Its delivery log is dropped with the events.
// Errors: not_found; precondition_failed.
func (s *Store) DeleteSubscription(ctx context.Context, t board.Tenant, id int64, pre board.Precondition) error {
	_, err := s.changeSubscription(ctx, t, id, pre, func(ctx context.Context, tx *pg.Tx, sub Subscription) (Subscription, error) {
		if _, err := tx.Exec(ctx, `SELECT id FROM lanes WHERE id = $1 FOR UPDATE`, sub.laneID); err != nil {
			return Subscription{}, fmt.Errorf("lock lane: %w", err)
		}
		// So that no transaction that has read the subscription adds to the queue after it was emptied.
		if _, err := LockHead(ctx, tx, t); err != nil {
			return Subscription{}, err
		}
		if _, err := tx.Exec(ctx, `UPDATE subscriptions SET deleted_at = $2, updated_at = $2, version = version + 1, lane_id = NULL WHERE id = $1`, sub.ID, tx.Now); err != nil {
			return Subscription{}, fmt.Errorf("delete subscription: %w", err)
		}
		if _, err := tx.Exec(ctx, `
WITH locked AS MATERIALIZED (`+lockedOfLane+`)
DELETE FROM delivery_queue q USING locked l WHERE q.delivery_id = l.delivery_id`, sub.laneID); err != nil {
			return Subscription{}, fmt.Errorf("empty the queue: %w", err)
		}
		if _, err := tx.Exec(ctx, `DELETE FROM lanes WHERE id = $1`, sub.laneID); err != nil {
			return Subscription{}, fmt.Errorf("delete lane: %w", err)
		}
		return Subscription{}, nil // its version differs, so that the engines are notified
	})
	return err
}
