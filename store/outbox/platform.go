package outbox

import (
	"context"
	"fmt"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/pg"
)

// DeadLetter is a delivery that was given up, of any employer.
type DeadLetter struct {
	board.Tenant

	ID             int64
	SubscriptionID int64
	Employer       string // its name
	URL            string
	// Disabled tells that the webhook sends nothing now, nor can it send this again.
	Disabled  bool
	EventType event.Type
	Attempts  int
	// Status is the HTTP status of the last answer, 0 when there was none; then Error says why.
	Status    int
	Error     string
	StartedAt time.Time // of the last attempt
}

// DeadLetters lists deliveries to webhooks that were given up and not resent since, the newest first: limit of them before an id, 0
// for the first page. Those of deleted webhooks are left out: nobody can send them again.
func (s *Store) DeadLetters(ctx context.Context, before int64, limit int) ([]DeadLetter, error) {
	var rows []struct {
		ID             int64      `db:"id"`
		EmployerID     int64      `db:"employer_id"`
		Mode           board.Mode `db:"mode"`
		Employer       string     `db:"employer"`
		SubscriptionID int64      `db:"subscription_id"`
		URL            string     `db:"url"`
		Disabled       bool       `db:"disabled"`
		EventType      event.Type `db:"event_type"`
		Attempts       int        `db:"attempts"`
		Status         int        `db:"status"`
		Error          string     `db:"error"`
		StartedAt      time.Time  `db:"started_at"`
	}
	//house:tenant the platform looks at what was given up of all employers
	err := s.db.Reader(ctx).List(ctx, &rows, `
SELECT a.delivery_id AS id, s.employer_id, s.mode, e.name AS employer, s.id AS subscription_id, s.url, s.status = 'Disabled' AS disabled,
       v.type AS event_type, a.number - `+cancellations("a.delivery_id", "a.created_at")+` AS attempts, a.status, a.error, a.started_at
  FROM delivery_attempts a
  JOIN subscriptions s ON s.id = a.subscription_id AND s.deleted_at IS NULL
  JOIN employers e ON e.id = s.employer_id
  JOIN events v ON v.id = a.subject_id AND v.created_at = a.created_at
 WHERE a.outcome = 'DeadLetter' AND ($1 = 0 OR a.delivery_id < $1)
   AND NOT EXISTS (SELECT FROM delivery_queue q WHERE q.delivery_id = a.delivery_id)
   AND NOT EXISTS (SELECT FROM delivery_attempts n WHERE n.delivery_id = a.delivery_id AND n.created_at = a.created_at AND n.number > a.number)
 ORDER BY a.delivery_id DESC LIMIT $2`, before, limit)
	if err != nil {
		return nil, fmt.Errorf("list dead letters: %w", err)
	}
	letters := make([]DeadLetter, len(rows))
	for i, r := range rows {
		letters[i] = DeadLetter{
			Tenant: board.Tenant{EmployerID: r.EmployerID, Mode: r.Mode}, ID: r.ID, SubscriptionID: r.SubscriptionID, Employer: r.Employer, URL: r.URL,
			Disabled: r.Disabled, EventType: r.EventType, Attempts: r.Attempts, Status: r.Status, Error: r.Error, StartedAt: r.StartedAt.UTC(),
		}
	}
	return letters, nil
}

// TenantOfDelivery finds the tenant of a delivery to a webhook, for what the platform itself does with it. Errors: not_found.
func (s *Store) TenantOfDelivery(ctx context.Context, id int64) (board.Tenant, error) {
	var rows []struct {
		EmployerID int64      `db:"employer_id"`
		Mode       board.Mode `db:"mode"`
	}
	//house:tenant the platform resends deliveries of all employers
	err := s.db.Reader(ctx).List(ctx, &rows, `
SELECT s.employer_id, s.mode FROM deliveries d JOIN subscriptions s ON s.id = d.subscription_id WHERE d.id = $1 AND s.deleted_at IS NULL LIMIT 1`, id)
	if err != nil {
		return board.Tenant{}, fmt.Errorf("find delivery: %w", err)
	}
	if len(rows) == 0 {
		return board.Tenant{}, errNoDelivery
	}
	return board.Tenant{EmployerID: rows[0].EmployerID, Mode: rows[0].Mode}, nil
}

// Overdue is how long the oldest delivery of each kind has been due, over all copies of the program. A kind of which nothing is due is
// left out, and so are lanes that are paused.
func (s *Store) Overdue(ctx context.Context) (map[LaneKind]time.Duration, error) {
	var oldest []struct {
		Kind  LaneKind  `db:"kind"`
		DueAt time.Time `db:"due_at"`
	}
	now := s.db.Now()
	err := s.db.Reader(ctx).List(ctx, &oldest, `
SELECT l.kind, min(d.due_at) AS due_at
  FROM lanes l CROSS JOIN LATERAL (SELECT q.due_at FROM delivery_queue q WHERE q.lane_id = l.id ORDER BY q.due_at, q.subject_id LIMIT 1) d
 WHERE NOT l.paused AND d.due_at <= $1 GROUP BY l.kind`, now)
	if err != nil {
		return nil, fmt.Errorf("look for the oldest deliveries that are due: %w", err)
	}
	overdue := make(map[LaneKind]time.Duration, len(oldest))
	for _, o := range oldest {
		overdue[o.Kind] = now.Sub(o.DueAt)
	}
	return overdue, nil
}

// Health is how the queue stands, over all copies of the program.
type Health struct {
	// Queued deliveries are to be made, Due of them now; OldestDue is when the first of those was due, nil for none. Lanes that are
	// paused, because their webhook is disabled, are left out.
	Queued    int64      `db:"queued"`
	Due       int64      `db:"due"`
	OldestDue *time.Time `db:"oldest_due"`
	// Workers are the copies of the program that deliver now.
	Workers int64 `db:"workers"`
	// Delivered and GivenUp count the attempts of the last 24 hours that ended so, at events and emails of the last 5 days.
	Delivered int64 `db:"delivered"`
	GivenUp   int64 `db:"given_up"`

	Partitions []pg.PartitionSummary
}

// Health reads how the queue stands, with two statements.
func (s *Store) Health(ctx context.Context) (Health, error) {
	var h Health
	now := s.db.Now()
	err := s.db.Reader(ctx).Get(ctx, &h, `
WITH queue AS (SELECT q.due_at FROM delivery_queue q JOIN lanes l ON l.id = q.lane_id WHERE NOT l.paused)
SELECT (SELECT count(*) FROM queue) AS queued, (SELECT count(*) FROM queue WHERE due_at <= $1) AS due,
       (SELECT min(due_at) FROM queue WHERE due_at <= $1) AS oldest_due,
       (SELECT count(*) FROM workers WHERE lease_until > clock_timestamp()) AS workers,
       (SELECT count(*) FROM delivery_attempts WHERE outcome = 'Delivered' AND started_at > $2 AND created_at > $3) AS delivered,
       (SELECT count(*) FROM delivery_attempts WHERE outcome = 'DeadLetter' AND started_at > $2 AND created_at > $3) AS given_up`,
		now, now.Add(-24*time.Hour), now.Add(-5*24*time.Hour))
	if err != nil {
		return Health{}, fmt.Errorf("read the queue: %w", err)
	}
	h.OldestDue = pg.UTC(h.OldestDue)
	h.Partitions, err = s.db.Partitions(ctx, partitioned)
	return h, err
}
