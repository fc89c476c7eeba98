package outbox

import (
	"context"
	"fmt"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

// LaneKind is what a lane delivers.
type LaneKind string

// The kinds of lanes.
const (
	LaneWebhook LaneKind = "webhook"
	LaneEmail   LaneKind = "email"
	LanePush    LaneKind = "push"
)

// Lane is a queue of deliveries that one worker at a time processes.
type Lane struct {
	ID    int64
	Epoch int64
	Kind  LaneKind
	// Failures counts the failed attempts since the last successful one.
	Failures int
	// Paused lanes have nothing to fetch. The owner releases a paused lane when nothing is in flight on it.
	Paused bool
	// Tenant is set for the lane of a webhook and of pushes, without Mode for that of an employer's emails. Endpoint is set for that
	// of a webhook.
	Tenant   board.Tenant
	Endpoint *Endpoint
}

// Endpoint is what is needed to send the deliveries of a subscription. It holds secrets and must not be logged.
type Endpoint struct {
	SubscriptionID int64
	URL            string
	Profile        string
	Secret         string
	// NextSecret signs in addition to Secret during a rotation; empty otherwise.
	NextSecret string
	// PreviousSecret signs in addition to Secret after a rotation, until PreviousUntil; empty otherwise.
	PreviousSecret string
	PreviousUntil  time.Time
	// Version is that of the subscription from which the secrets were read.
	Version int64
}

// SecondSecret is the secret that signs in addition to Secret at a time, "" for none.
func (e *Endpoint) SecondSecret(now time.Time) string {
	if e.NextSecret == "" && now.Before(e.PreviousUntil) {
		return e.PreviousSecret
	}
	return e.NextSecret
}

// Lanes reads the lanes of the worker with their current settings.
func (q *Queue) Lanes(ctx context.Context, workerID int64) ([]Lane, error) {
	var lanes []Lane
	err := q.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		var err error
		lanes, err = q.outbox.lanes(ctx, tx, workerID, nil)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read lanes: %w", err)
	}
	return lanes, nil
}

type laneRow struct {
	ID               int64      `db:"id"`
	Epoch            int64      `db:"epoch"`
	Kind             LaneKind   `db:"kind"`
	Failures         int        `db:"failures"`
	Paused           bool       `db:"paused"`
	SubscriptionID   *int64     `db:"subscription_id"`
	EmployerID       *int64     `db:"employer_id"`
	Mode             board.Mode `db:"mode"`
	URL              *string    `db:"url"`
	Profile          *string    `db:"profile"`
	SecretSealed     []byte     `db:"secret_sealed"`
	NextSecretSealed []byte     `db:"next_secret_sealed"`
	PreviousSealed   []byte     `db:"previous_secret_sealed"`
	PreviousUntil    *time.Time `db:"previous_secret_until"`
	Version          *int64     `db:"version"`
}

// lanes reads the worker's lanes, or only those of ids when ids is not nil.
func (s *Store) lanes(ctx context.Context, tx *pg.Tx, workerID int64, ids pq.Int64Array) ([]Lane, error) {
	var rows []laneRow
	err := tx.List(ctx, &rows, `
SELECT l.id, l.epoch, l.kind, l.failures, l.paused, s.id AS subscription_id, coalesce(s.employer_id, p.employer_id, e.employer_id) AS employer_id,
       coalesce(s.mode, p.mode, '') AS mode, s.url, s.profile, s.secret_sealed, s.next_secret_sealed, s.previous_secret_sealed, s.previous_secret_until, s.version
  FROM lanes l LEFT JOIN subscriptions s ON s.lane_id = l.id LEFT JOIN push_lanes p ON p.lane_id = l.id LEFT JOIN email_lanes e ON e.lane_id = l.id
 WHERE l.owner = $1 AND ($2::bigint[] IS NULL OR l.id = ANY ($2))
 ORDER BY l.id`, workerID, ids)
	if err != nil {
		return nil, err
	}
	lanes := make([]Lane, len(rows))
	for i, r := range rows {
		lanes[i] = Lane{ID: r.ID, Epoch: r.Epoch, Kind: r.Kind, Failures: r.Failures, Paused: r.Paused}
		if r.EmployerID == nil {
			continue // a shared lane of emails
		}
		lanes[i].Tenant = board.Tenant{EmployerID: *r.EmployerID, Mode: r.Mode}
		if r.SubscriptionID == nil {
			continue
		}
		if lanes[i].Endpoint, err = s.endpoint(r); err != nil {
			return nil, err
		}
	}
	return lanes, nil
}

func (s *Store) endpoint(r laneRow) (*Endpoint, error) {
	e := Endpoint{SubscriptionID: *r.SubscriptionID, URL: *r.URL, Profile: *r.Profile, Version: *r.Version}
	if r.PreviousUntil != nil {
		e.PreviousUntil = r.PreviousUntil.UTC()
	}
	for _, secret := range []struct {
		name   string
		sealed []byte
		opened *string
	}{{"secret", r.SecretSealed, &e.Secret}, {"next secret", r.NextSecretSealed, &e.NextSecret}, {"former secret", r.PreviousSealed, &e.PreviousSecret}} {
		if secret.sealed == nil {
			continue
		}
		var err error
		if *secret.opened, err = s.secrets.Open(secret.sealed, *r.EmployerID, e.SubscriptionID); err != nil {
			return nil, fmt.Errorf("%s of subscription %d: %w", secret.name, e.SubscriptionID, err)
		}
	}
	return &e, nil
}
