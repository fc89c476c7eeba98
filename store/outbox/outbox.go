// Package outbox is what goes out: the log of events, the subscriptions that ask for them, deliveries with their queue and
// their attempts, replays, and emails. A room of the store that changes something calls Emit in the same transaction,
// and only this package knows how an event gets from there to the endpoints.
//
// It must not read the tables of other rooms: what it needs of them comes through People and Admins.
package outbox

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/seal"
)

// Admins finds the people who are notified by email about a tenant's webhooks.
type Admins interface {
	// AdminsOf returns the name of an employer and the addresses of its admins.
	AdminsOf(ctx context.Context, tx *pg.Tx, employerID int64) (employer string, addresses []string, err error)
	// Page is the address of a page of the platform, whose path begins with a slash.
	Page(path string) string
}

// People knows what events are about. All its methods take events of one tenant and answer for each of them, in their order.
type People interface {
	// Dossiers describes the objects that each event is about, the employer among them, as they are in the transaction. A
	// dossier is a JSON object; it tells nothing of a person who was erased.
	Dossiers(ctx context.Context, tx *pg.Tx, t board.Tenant, events []event.Event) ([]json.RawMessage, error)
	// Erased tells of each event whether it is about a person who was erased.
	Erased(ctx context.Context, tx *pg.Tx, t board.Tenant, events []event.Event) ([]bool, error)
}

// Config is what a Store needs. Everything but Log is required.
type Config struct {
	DB  *pg.DB
	Log *slog.Logger
	// Rand is the source of secrets.
	Rand io.Reader
	// Secrets encrypts the secrets of webhooks.
	Secrets *seal.Secrets
	Admins  Admins
	People  People
}

// Store is the room of the outbox. It is safe for concurrent use.
type Store struct {
	db      *pg.DB
	log     *slog.Logger
	rand    io.Reader
	secrets *seal.Secrets
	admins  Admins
	people  People
}

// New makes the room over a database.
func New(c Config) *Store {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	s := &Store{db: c.DB, log: c.Log, rand: c.Rand, secrets: c.Secrets, admins: c.Admins, people: c.People}
	emitted.Write(c.DB, s.writeEvents)
	return s
}

// The channels of NOTIFY: the first carries the ids of lanes that have work, the second those of lanes whose settings changed.
const (
	channelWork     = "delivery_work"
	channelSettings = "delivery_settings"
)

// partitioned are the tables that have a partition for each day, in the order in which days are dropped.
var partitioned = []pg.Partitioned{
	{Table: "delivery_attempts", Unsampled: []string{"error", "excerpt"}},
	{Table: "deliveries"},
	{Table: "event_dossiers", Unsampled: []string{"dossier"}},
	{Table: "events"},
}

// MaintainPartitions makes the partitions of the coming days, and drops events after event.Retention, with their
// deliveries, attempts and dossiers. A delivery leaves the queue no earlier than its event is dropped. It is called at the
// start and every hour.
func (s *Store) MaintainPartitions(ctx context.Context) error {
	return s.db.MaintainPartitions(ctx, partitioned, event.Retention, func(ctx context.Context, tx *pg.Tx, before time.Time) error {
		for _, statement := range []string{
			// In the order in which all others lock the rows: an erasure, or a webhook that is enabled or deleted.
			`WITH locked AS MATERIALIZED (SELECT delivery_id FROM delivery_queue WHERE created_at < $1 ORDER BY delivery_id FOR UPDATE)
DELETE FROM delivery_queue q USING locked l WHERE q.delivery_id = l.delivery_id`,
			`WITH locked AS MATERIALIZED (SELECT id FROM messages WHERE created_at < $1 ORDER BY id FOR UPDATE)
DELETE FROM messages m USING locked l WHERE m.id = l.id`,
			`DELETE FROM delivery_hours WHERE hour < $1`,
		} {
			if _, err := tx.Exec(ctx, statement, before); err != nil {
				return err
			}
		}
		return nil
	})
}
