package outbox

import (
	"context"
	"fmt"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/pg"
)

// replayPlan is what a replay will send: the events after one number in the log up to another, or only those of seqs.
type replayPlan struct {
	after, upTo int64
	seqs        pq.Int64Array
	webhooks    []plannedWebhook
}

// plannedWebhook is a webhook of a replay with the types of events that it gets, and how many.
type plannedWebhook struct {
	id    int64
	types []event.Type
	total int64
}

// planReplay determines which webhooks get how many events. It omits webhooks that get none, except the one that the request
// names.
func (s *Store) planReplay(ctx context.Context, q pg.Reader, t board.Tenant, r delivery.ReplayRequest, now time.Time) (replayPlan, error) {
	webhooks, err := replayedWebhooks(ctx, q, t, r)
	if err != nil {
		return replayPlan{}, err
	}
	var plan replayPlan
	var counts map[event.Type]int64
	if r.EventIDs != nil {
		plan, counts, err = planByIDs(ctx, q, t, r, now)
	} else {
		plan, counts, err = planByRange(ctx, q, t, r, now)
	}
	if err != nil {
		return replayPlan{}, err
	}
	for _, w := range webhooks {
		for _, name := range w.types {
			w.total += counts[name]
		}
		if w.total > 0 || r.SubscriptionID != nil {
			plan.webhooks = append(plan.webhooks, w)
		}
	}
	return plan, nil
}

func replayedWebhooks(ctx context.Context, q pg.Reader, t board.Tenant, r delivery.ReplayRequest) ([]plannedWebhook, error) {
	var subs []Subscription
	if r.SubscriptionID != nil {
		sub, err := oneSubscription(ctx, q, t, *r.SubscriptionID, "")
		if err != nil {
			return nil, err
		}
		if sub.Status == delivery.SubscriptionDisabled {
			return nil, errSubscriptionDisabled
		}
		subs = []Subscription{sub}
	} else {
		var rows []subscriptionRow
		err := q.List(ctx, &rows, `SELECT `+subscriptionColumns+` FROM subscriptions
 WHERE employer_id = $1 AND mode = $2 AND deleted_at IS NULL AND status = 'Active' AND NOT (dossiers AND $3) ORDER BY id`,
			t.EmployerID, t.Mode, r.WithoutPeople)
		if err != nil {
			return nil, fmt.Errorf("list active subscriptions: %w", err)
		}
		subs = pg.Column[[]Subscription](rows, subscriptionRow.subscription)
	}
	return pg.Column[[]plannedWebhook](subs, func(sub Subscription) plannedWebhook {
		return plannedWebhook{id: sub.ID, types: r.Wants(sub.Events)}
	}), nil
}

// planByIDs looks up every event. An id that is not, or no longer, in the tenant's log is an error: most likely a mistake.
func planByIDs(ctx context.Context, q pg.Reader, t board.Tenant, r delivery.ReplayRequest, now time.Time) (replayPlan, map[event.Type]int64, error) {
	var rows []struct {
		ID   int64      `db:"id"`
		Seq  int64      `db:"seq"`
		Type event.Type `db:"type"`
	}
	err := q.List(ctx, &rows, `
SELECT e.id, e.seq, e.type FROM events e
 WHERE e.id = ANY ($1) AND e.employer_id = $2 AND e.mode = $3 AND e.seq IS NOT NULL AND e.created_at > $4 ORDER BY e.seq`,
		pq.Int64Array(r.EventIDs), t.EmployerID, t.Mode, now.Add(-event.Retention))
	if err != nil {
		return replayPlan{}, nil, fmt.Errorf("look events up: %w", err)
	}
	plan, counts, found := replayPlan{seqs: pq.Int64Array{}}, map[event.Type]int64{}, map[int64]bool{}
	for _, e := range rows {
		found[e.ID] = true
		counts[e.Type]++
		plan.seqs = append(plan.seqs, e.Seq)
		plan.upTo = e.Seq
	}
	var problems []board.FieldError
	for i, id := range r.EventIDs {
		if !found[id] {
			problems = append(problems, board.FieldError{Field: fmt.Sprintf("eventIds[%d]", i), Code: board.FieldInvalid, Message: fmt.Sprintf("there is no event %d, or it is no longer kept", id)})
		}
	}
	if len(problems) > 0 {
		return replayPlan{}, nil, board.Invalid(problems...)
	}
	return plan, counts, nil
}

// planByRange counts the events of each type. The head is read in the same snapshot as the events, so that every event up to
// it is counted, and later ones are not part of the replay.
func planByRange(ctx context.Context, q pg.Reader, t board.Tenant, r delivery.ReplayRequest, now time.Time) (replayPlan, map[event.Type]int64, error) {
	var plan replayPlan
	upTo := int64(1<<63 - 1)
	if r.FromSequence != nil {
		plan.after, upTo = *r.FromSequence-1, *r.ToSequence
	}
	var rows []struct {
		Last int64      `db:"last"`
		Type event.Type `db:"type"`
		N    int64      `db:"n"`
	}
	err := q.List(ctx, &rows, `
SELECT h.last, coalesce(c.type, '') AS type, coalesce(c.n, 0) AS n
  FROM event_heads h LEFT JOIN LATERAL (
       SELECT e.type, count(*) AS n FROM events e
        WHERE e.employer_id = $1 AND e.mode = $2 AND e.seq > $3 AND e.seq <= least($4, h.last) AND e.created_at > $5
          AND ($6::timestamptz IS NULL OR e.created_at >= $6) AND ($7::timestamptz IS NULL OR e.created_at < $7)
        GROUP BY e.type) c ON true
 WHERE h.employer_id = $1 AND h.mode = $2`,
		t.EmployerID, t.Mode, plan.after, upTo, now.Add(-event.Retention), r.Since, r.Until)
	if err != nil {
		return replayPlan{}, nil, fmt.Errorf("count events: %w", err)
	}
	counts := make(map[event.Type]int64, len(rows))
	for _, c := range rows {
		plan.upTo = min(upTo, c.Last)
		counts[c.Type] = c.N
	}
	return plan, counts, nil
}
