package outbox

import (
	"context"
	"strings"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/pg"
)

// The statements that run over a long queue.
const (
	DueSQL    = dueSQL
	FetchSQL  = fetchSQL
	EventsSQL = eventsSQL
	RecordSQL = recordSQL
)

// ListDeliveriesSQL reads a page of the deliveries of a subscription.
var ListDeliveriesSQL = DeliveryQuery{}.listSQL()

// Plan explains a statement in a session of the Queue, as it is planned without a look at its parameters.
func (q *Queue) Plan(ctx context.Context, query, args string) (string, error) {
	conn, err := q.db.Conn(ctx)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	for _, statement := range []string{"SET plan_cache_mode = force_generic_plan", "PREPARE explained AS " + query} {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return "", err
		}
	}
	var lines []string
	if err := conn.SelectContext(ctx, &lines, "EXPLAIN EXECUTE explained ("+args+")"); err != nil {
		return "", err
	}
	if _, err := conn.ExecContext(ctx, "DEALLOCATE explained"); err != nil {
		return "", err
	}
	return strings.Join(lines, "\n"), nil
}

// WhileRenewing runs during in the middle of a renewal of the worker's lease, whose row is locked then.
func (q *Queue) WhileRenewing(ctx context.Context, workerID int64, during func()) error {
	return q.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE workers SET lease_until = lease_until WHERE id = $1`, workerID)
		during()
		return err
	})
}

// WhileEmitting runs during in the middle of a transaction that has written an event.
func (s *Store) WhileEmitting(ctx context.Context, t board.Tenant, e event.Event, during func()) error {
	return s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		err := s.writeEvents(ctx, tx, []emittedEvent{{t, e}})
		during()
		return err
	})
}

// WhileMakingDossiers runs during in the middle of a transaction that has made the dossiers of a tenant's events of a type,
// as a replay does.
func (s *Store) WhileMakingDossiers(ctx context.Context, t board.Tenant, typ event.Type, during func()) error {
	return s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		if err := keepErasuresAway(ctx, tx, t.EmployerID); err != nil {
			return err
		}
		var rows []loggedRow
		err := tx.List(ctx, &rows, `SELECT id, seq, type, created_at, data FROM events WHERE employer_id = $1 AND mode = $2 AND type = $3`, t.EmployerID, t.Mode, typ)
		if err != nil {
			return err
		}
		err = s.ensureDossiers(ctx, tx, t, pg.Column[[]loggedEvent](rows, loggedRow.event))
		during()
		return err
	})
}
