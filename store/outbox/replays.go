package outbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/pg"
)

// Replay sends events of the log again. It is a durable job, see StepReplays.
type Replay struct {
	board.Tenant

	ID     int64
	Status delivery.ReplayStatus
	// SubscriptionID, FromSequence, ToSequence, Since, Until and Types are as requested; ByIDs tells that the request listed
	// the ids of events.
	SubscriptionID           *int64
	FromSequence, ToSequence *int64
	Since, Until             *time.Time
	Types                    []event.Type
	ByIDs                    bool
	PerSecond                int
	CreatedAt                time.Time
	FinishedAt               *time.Time // nil while it is Running
	Subscriptions            []ReplayedSubscription
}

// ReplayedSubscription counts the deliveries of a replay to one subscription. Queued were added to the queue. Skipped were
// not: they were pending, or their event is no longer kept, or the subscription is Disabled or deleted, or it is one with
// dossiers and the event is about a person who was erased. Total includes both.
type ReplayedSubscription struct {
	ID                     int64
	Total, Queued, Skipped int64
}

// Version grows with every change of what is shown of the replay: its counts only grow, and it ends once.
func (r Replay) Version() int64 {
	_, queued, skipped := r.Counts()
	version := 2 * (queued + skipped)
	if r.FinishedAt != nil {
		version++
	}
	return version
}

// Counts adds up the subscriptions.
func (r Replay) Counts() (total, queued, skipped int64) {
	for _, s := range r.Subscriptions {
		total, queued, skipped = total+s.Total, queued+s.Queued, skipped+s.Skipped
	}
	return total, queued, skipped
}

type replayRow struct {
	ID             int64                 `db:"id"`
	EmployerID     int64                 `db:"employer_id"`
	Mode           board.Mode            `db:"mode"`
	Status         delivery.ReplayStatus `db:"status"`
	SubscriptionID *int64                `db:"subscription_id"`
	FromSequence   *int64                `db:"from_sequence"`
	ToSequence     *int64                `db:"to_sequence"`
	Since          *time.Time            `db:"since"`
	Until          *time.Time            `db:"until"`
	Types          pq.StringArray        `db:"types"`
	Seqs           pq.Int64Array         `db:"seqs"`
	PerSecond      int                   `db:"per_second"`
	DoneSeq        int64                 `db:"done_seq"`
	LastSeq        int64                 `db:"last_seq"`
	PacedAt        time.Time             `db:"paced_at"`
	CreatedAt      time.Time             `db:"created_at"`
	FinishedAt     *time.Time            `db:"finished_at"`
}

// listedReplay is a row of a list.
type listedReplay struct {
	pg.Counted
	replayRow
}

const replayColumns = `id, employer_id, mode, status, subscription_id, from_sequence, to_sequence, since, until, types, seqs, per_second,
       done_seq, last_seq, paced_at, created_at, finished_at`

func (r replayRow) replay() Replay {
	return Replay{
		Tenant: board.Tenant{EmployerID: r.EmployerID, Mode: r.Mode}, ID: r.ID, Status: r.Status, SubscriptionID: r.SubscriptionID,
		FromSequence: r.FromSequence, ToSequence: r.ToSequence, Since: pg.UTC(r.Since), Until: pg.UTC(r.Until),
		Types: eventTypes(r.Types), ByIDs: r.Seqs != nil, PerSecond: r.PerSecond, CreatedAt: r.CreatedAt.UTC(), FinishedAt: pg.UTC(r.FinishedAt),
	}
}

func eventTypes(names pq.StringArray) []event.Type {
	return pg.Column[[]event.Type](names, func(n string) event.Type { return event.Type(n) })
}

// errNoReplay is the error for a replay that does not exist or is another employer's.
var errNoReplay = board.Errorf(board.CodeNotFound, "There is no such replay.")

// CreateReplay begins a replay. Its total is exact, because events after this moment are not part of it.
// Errors: invalid_request; not_found of a webhook; invalid_state of a Disabled one, and at delivery.MaxRunningReplays.
func (s *Store) CreateReplay(ctx context.Context, t board.Tenant, r delivery.ReplayRequest) (Replay, error) {
	r, err := r.Normalize()
	if err != nil {
		return Replay{}, err
	}
	var replay Replay
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		// So that replays that begin at the same time are counted. Nothing else waits for this lock.
		if err := tx.LockOf(ctx, pg.LockReplays, t.EmployerID); err != nil {
			return fmt.Errorf("lock replays: %w", err)
		}
		var running int
		err := tx.Get(ctx, &running, `SELECT count(*) FROM replays WHERE employer_id = $1 AND mode = $2 AND status = 'Running'`, t.EmployerID, t.Mode)
		if err != nil {
			return fmt.Errorf("count replays: %w", err)
		}
		if running >= delivery.MaxRunningReplays {
			return board.Errorf(board.CodeInvalidState, "There are %d replays under way, which is the most. Wait for one to end, or cancel one.", running)
		}
		plan, err := s.planReplay(ctx, tx, t, r, tx.Now)
		if err != nil {
			return err
		}
		replay, err = insertReplay(ctx, tx, t, r, plan)
		return err
	})
	return replay, err
}

func insertReplay(ctx context.Context, tx *pg.Tx, t board.Tenant, r delivery.ReplayRequest, plan replayPlan) (Replay, error) {
	var row replayRow
	err := tx.Get(ctx, &row, `
INSERT INTO replays (employer_id, mode, status, subscription_id, from_sequence, to_sequence, since, until, types, seqs, per_second,
       done_seq, last_seq, paced_at, created_at)
VALUES ($1, $2, 'Running', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13) RETURNING `+replayColumns,
		t.EmployerID, t.Mode, r.SubscriptionID, r.FromSequence, r.ToSequence, r.Since, r.Until, typeNames(r.Types), plan.seqs, r.PerSecond,
		plan.after, plan.upTo, tx.Now)
	if err != nil {
		return Replay{}, fmt.Errorf("insert replay: %w", err)
	}
	replay := row.replay()
	tx.Make("events/replays", row.ID)
	for _, w := range plan.webhooks {
		if _, err := tx.Exec(ctx, `
INSERT INTO replay_webhooks (replay_id, subscription_id, types, total, queued, skipped) VALUES ($1, $2, $3, $4, 0, 0)`,
			row.ID, w.id, typeNames(w.types), w.total); err != nil {
			return Replay{}, fmt.Errorf("insert a webhook of a replay: %w", err)
		}
		replay.Subscriptions = append(replay.Subscriptions, ReplayedSubscription{ID: w.id, Total: w.total})
	}
	return replay, nil
}

// PreviewReplay counts what a replay would send and changes nothing. Errors: invalid_request; not_found of a webhook;
// invalid_state of a Disabled one.
func (s *Store) PreviewReplay(ctx context.Context, t board.Tenant, r delivery.ReplayRequest) ([]ReplayedSubscription, error) {
	r, err := r.Normalize()
	if err != nil {
		return nil, err
	}
	plan, err := s.planReplay(ctx, s.db.Reader(ctx), t, r, s.db.Now())
	if err != nil {
		return nil, err
	}
	return pg.Column[[]ReplayedSubscription](plan.webhooks, func(w plannedWebhook) ReplayedSubscription {
		return ReplayedSubscription{ID: w.id, Total: w.total}
	}), nil
}

// Replay reads one. Errors: not_found.
func (s *Store) Replay(ctx context.Context, t board.Tenant, id int64) (Replay, error) {
	return oneReplay(ctx, s.db.Reader(ctx), t, id, "")
}

func oneReplay(ctx context.Context, q pg.Reader, t board.Tenant, id int64, lock string) (Replay, error) {
	var row replayRow
	err := q.Get(ctx, &row, `SELECT `+replayColumns+` FROM replays WHERE id = $1 AND employer_id = $2 AND mode = $3`+lock, id, t.EmployerID, t.Mode)
	if errors.Is(err, sql.ErrNoRows) {
		return Replay{}, errNoReplay
	}
	if err != nil {
		return Replay{}, fmt.Errorf("read replay: %w", err)
	}
	found := []Replay{row.replay()}
	if err := addSubscriptions(ctx, q, found); err != nil {
		return Replay{}, err
	}
	return found[0], nil
}

// ReplayQuery asks for one page of replays: the one after a position, or else the one at an offset.
type ReplayQuery struct {
	// Sort is NewestFirst or OldestFirst.
	Sort          pg.Sort
	After         *pg.Position
	Offset, Limit int
}

// Replays reads a page of a tenant's replays.
func (s *Store) Replays(ctx context.Context, t board.Tenant, q ReplayQuery) (pg.Page[Replay], error) {
	l := &pg.Listing{
		Table: "replays", Columns: replayColumns, Where: "employer_id = $1 AND mode = $2", Args: []any{t.EmployerID, t.Mode},
		Sort: q.Sort, After: q.After, Offset: q.Offset, Limit: q.Limit,
	}
	rows := func(page string) string { return "SELECT " + replayColumns + " FROM " + page + " r" }
	page, err := pg.ReadPage(ctx, s.db.Reader(ctx), l, rows, func(r listedReplay) (Replay, error) { return r.replay(), nil })
	if err != nil {
		return pg.Page[Replay]{}, err
	}
	return page, addSubscriptions(ctx, s.db.Reader(ctx), page.Items)
}

func addSubscriptions(ctx context.Context, q pg.Reader, replays []Replay) error {
	var rows []struct {
		ReplayID       int64 `db:"replay_id"`
		SubscriptionID int64 `db:"subscription_id"`
		Total          int64 `db:"total"`
		Queued         int64 `db:"queued"`
		Skipped        int64 `db:"skipped"`
	}
	err := q.List(ctx, &rows, `
SELECT replay_id, subscription_id, total, queued, skipped FROM replay_webhooks WHERE replay_id = ANY ($1) ORDER BY replay_id, subscription_id`,
		pg.Column[pq.Int64Array](replays, func(r Replay) int64 { return r.ID }))
	if err != nil {
		return fmt.Errorf("list the webhooks of replays: %w", err)
	}
	at := make(map[int64]*Replay, len(replays))
	for i := range replays {
		at[replays[i].ID] = &replays[i]
	}
	for _, w := range rows {
		r := at[w.ReplayID]
		r.Subscriptions = append(r.Subscriptions, ReplayedSubscription{ID: w.SubscriptionID, Total: w.Total, Queued: w.Queued, Skipped: w.Skipped})
	}
	return nil
}

// CancelReplay ends a replay; what it has queued is still delivered. If it is Cancelled, it changes nothing.
// Errors: not_found; precondition_failed; invalid_state of a Completed one.
func (s *Store) CancelReplay(ctx context.Context, t board.Tenant, id int64, pre board.Precondition) (Replay, error) {
	var r Replay
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		var err error
		// The lock waits for a running step, so that the counts are final.
		if r, err = oneReplay(ctx, tx, t, id, " FOR UPDATE"); err != nil {
			return err
		}
		if err := pre.Check("replay", r.Version()); err != nil {
			return err
		}
		switch r.Status {
		case delivery.ReplayCompleted:
			return board.Errorf(board.CodeInvalidState, "This replay is Completed: everything that it had to send is queued.")
		case delivery.ReplayCancelled:
			return nil
		case delivery.ReplayRunning:
		}
		if _, err := tx.Exec(ctx, `UPDATE replays SET status = 'Cancelled', finished_at = $2 WHERE id = $1`, id, tx.Now); err != nil {
			return fmt.Errorf("cancel replay: %w", err)
		}
		r.Status, r.FinishedAt = delivery.ReplayCancelled, &tx.Now
		return nil
	})
	return r, err
}

// PurgeReplays deletes up to limit replays that ended more than event.Retention ago, and returns how many.
func (s *Store) PurgeReplays(ctx context.Context, limit int) (int64, error) {
	var n int64
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		var err error
		//house:tenant a chore over all tenants
		n, err = tx.Exec(ctx, `
DELETE FROM replays WHERE id IN (
       SELECT id FROM replays WHERE finished_at < $1 ORDER BY finished_at LIMIT $2 FOR UPDATE SKIP LOCKED)`, tx.Now.Add(-event.Retention), limit)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("purge replays: %w", err)
	}
	return n, nil
}
