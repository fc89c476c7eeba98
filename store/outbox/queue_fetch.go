package outbox

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"itmanagerjobs/store/pg"
)

// Position is a place in a lane, whose deliveries are ordered by due time and subject. The zero Position is the beginning.
type Position struct {
	DueAt     time.Time
	SubjectID int64
}

// LaneWant asks for deliveries of one lane.
type LaneWant struct {
	LaneID int64
	// Limit is the highest number of deliveries. Due ignores it.
	Limit int
	// After skips the deliveries up to it. Deliveries that were made leave dead index entries, which a scan from the
	// beginning reads until they are vacuumed, which waits for every open snapshot. But only a scan from the beginning
	// finds rows of transactions that committed late, so it is needed from time to time.
	After Position
}

// wantArrays returns the parameters of unnest over wants.
func wantArrays(wants []LaneWant) (lanes, limits, afterIDs pq.Int64Array, afterDue pq.StringArray) {
	lanes, limits, afterIDs = make(pq.Int64Array, len(wants)), make(pq.Int64Array, len(wants)), make(pq.Int64Array, len(wants))
	afterDue = make(pq.StringArray, len(wants))
	for i, w := range wants {
		lanes[i], limits[i], afterIDs[i], afterDue[i] = w.LaneID, int64(w.Limit), w.After.SubjectID, "-infinity"
		if !w.After.DueAt.IsZero() {
			afterDue[i] = pg.Timestamp(w.After.DueAt)
		}
	}
	return lanes, limits, afterIDs, afterDue
}

// LaneDue is the time when the next delivery of a lane is due.
type LaneDue struct {
	LaneID int64     `db:"lane_id"`
	DueAt  time.Time `db:"due_at"`
}

// In the statements below a condition on a lane is a subquery, and rows of a table come from a subquery with a LIMIT: both
// can only be looked up for each row. For a join the planner would read the whole table when its statistics are from a time
// when the table was small.
const dueSQL = `
SELECT w.lane_id, d.due_at
  FROM unnest($1::bigint[], $2::timestamptz[], $3::bigint[]) AS w (lane_id, after_due, after_id)
 CROSS JOIN LATERAL (
       SELECT q.due_at FROM delivery_queue q
        WHERE q.lane_id = w.lane_id AND (q.due_at, q.subject_id) > (w.after_due, w.after_id)
        ORDER BY q.due_at, q.subject_id LIMIT 1) d
 WHERE (SELECT NOT l.paused FROM lanes l WHERE l.id = w.lane_id)`

// Due returns the time when the first delivery is due, for each of the lanes that has any. Paused lanes have none.
func (q *Queue) Due(ctx context.Context, wants []LaneWant) ([]LaneDue, error) {
	lanes, _, afterIDs, afterDue := wantArrays(wants)
	var due []LaneDue
	if err := q.db.List(ctx, &due, dueSQL, lanes, afterDue, afterIDs); err != nil {
		return nil, fmt.Errorf("look for due deliveries: %w", err)
	}
	for i := range due {
		due[i].DueAt = due[i].DueAt.UTC()
	}
	return due, nil
}

// Queued is a delivery that is due. Fetching it changes nothing: it is fetched again until an attempt is recorded.
type Queued struct {
	DeliveryID int64 `db:"delivery_id"`
	LaneID     int64 `db:"lane_id"`
	// SubjectID is the event in the lane of a webhook, the message in one of emails, the application in one of pushes.
	SubjectID int64 `db:"subject_id"`
	// Attempts counts the recorded attempts, and Base those before the last resend or replay: the next attempt has the
	// number Attempts+1, and is number Attempts+1-Base of its schedule.
	Attempts int       `db:"attempt"`
	Base     int       `db:"base"`
	DueAt    time.Time `db:"due_at"`
	// CreatedAt is when the subject was created.
	CreatedAt time.Time `db:"created_at"`
	// Traceparent is the span of the transaction that made the delivery, empty when that was not traced.
	Traceparent string `db:"traceparent"`
	// SecretsVersion is the version with which the secrets of the subscription had last changed when the delivery was read; 0 in
	// a lane without a subscription. A sender with older settings would sign an event of now with the secret of before.
	SecretsVersion int64 `db:"secrets_version"`
}

const fetchSQL = `
SELECT d.delivery_id, d.lane_id, d.subject_id, d.attempt, d.base, d.due_at, d.created_at, d.traceparent, coalesce(v.secrets_version, 0) AS secrets_version
  FROM unnest($2::bigint[], $3::bigint[], $4::timestamptz[], $5::bigint[]) AS w (lane_id, n, after_due, after_id)
  LEFT JOIN LATERAL (SELECT s.secrets_version FROM subscriptions s WHERE s.lane_id = w.lane_id LIMIT 1) v ON true
 CROSS JOIN LATERAL (
       SELECT q.delivery_id, q.lane_id, q.subject_id, q.attempt, q.base, q.due_at, q.created_at, coalesce(q.traceparent, '') AS traceparent FROM delivery_queue q
        WHERE q.lane_id = w.lane_id AND q.due_at <= $6 AND (q.due_at, q.subject_id) > (w.after_due, w.after_id)
        ORDER BY q.due_at, q.subject_id LIMIT w.n) d
 WHERE (SELECT l.owner = $1 AND NOT l.paused FROM lanes l WHERE l.id = w.lane_id)`

// Fetch reads what is due in the lanes that the worker owns and that are not paused, each lane in its order.
func (q *Queue) Fetch(ctx context.Context, workerID int64, wants []LaneWant) ([]Queued, error) {
	lanes, limits, afterIDs, afterDue := wantArrays(wants)
	most := 0
	for _, w := range wants {
		most += w.Limit
	}
	rows := make([]Queued, 0, most)
	//house:tenant the delivery engine serves all tenants
	err := q.db.Each(ctx, func(row *sqlx.Rows) error {
		rows = append(rows, Queued{})
		r := &rows[len(rows)-1]
		err := row.Scan(&r.DeliveryID, &r.LaneID, &r.SubjectID, &r.Attempts, &r.Base, &r.DueAt, &r.CreatedAt, &r.Traceparent, &r.SecretsVersion)
		r.DueAt, r.CreatedAt = r.DueAt.UTC(), r.CreatedAt.UTC()
		return err
	}, fetchSQL, workerID, lanes, limits, afterDue, afterIDs, q.db.Now())
	if err != nil {
		return nil, fmt.Errorf("fetch deliveries: %w", err)
	}
	return rows, nil
}

// Subjects returns the parameters of a join with the subjects of the rows, each once.
func Subjects(rows []Queued) (ids pq.Int64Array, createdAt pq.StringArray) {
	seen := make(map[int64]bool, len(rows))
	for _, r := range rows {
		if !seen[r.SubjectID] {
			seen[r.SubjectID] = true
			ids, createdAt = append(ids, r.SubjectID), append(createdAt, pg.Timestamp(r.CreatedAt))
		}
	}
	return ids, createdAt
}

const eventsSQL = `
SELECT e.id, e.employer_id, e.mode, coalesce(e.seq, 0) AS seq, e.type, e.created_at, e.data,
       (SELECT o.dossier FROM event_dossiers o WHERE o.event_id = w.id AND o.created_at = w.created_at LIMIT 1) AS dossier
  FROM unnest($1::bigint[], $2::timestamptz[]) AS w (id, created_at)
 CROSS JOIN LATERAL (
       SELECT v.id, v.employer_id, v.mode, v.seq, v.type, v.created_at, v.data FROM events v
        WHERE v.id = w.id AND v.created_at = w.created_at LIMIT 1) e`

// Events reads the events of rows of webhook lanes with their dossiers, by id. One that is missing is no longer kept.
func (q *Queue) Events(ctx context.Context, rows []Queued) (map[int64]Event, error) {
	ids, createdAt := Subjects(rows)
	events := make(map[int64]Event, len(ids))
	//house:tenant the delivery engine serves all tenants
	err := q.db.Each(ctx, func(row *sqlx.Rows) error {
		var r eventRow
		err := row.Scan(&r.ID, &r.EmployerID, &r.Mode, &r.Seq, &r.Type, &r.CreatedAt, &r.Data, &r.Dossier)
		events[r.ID] = r.event()
		return err
	}, eventsSQL, ids, createdAt)
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	return events, nil
}

// Waits tells whether a delivery that was fetched is still in the queue. An erasure may have removed it since.
func (q *Queue) Waits(ctx context.Context, deliveryID int64) (waits bool, err error) {
	err = q.db.Get(ctx, &waits, `SELECT EXISTS (SELECT FROM delivery_queue WHERE delivery_id = $1)`, deliveryID)
	if err != nil {
		return false, fmt.Errorf("look up a delivery: %w", err)
	}
	return waits, nil
}

// Messages reads the messages of rows of email lanes, by id, without their Attachments. One that is missing is no longer
// kept.
func (q *Queue) Messages(ctx context.Context, rows []Queued) (map[int64]Message, error) {
	ids, _ := Subjects(rows)
	var found []messageRow
	if err := q.db.List(ctx, &found, `SELECT `+messageColumns+` FROM messages m WHERE m.id = ANY ($1)`, ids); err != nil {
		return nil, fmt.Errorf("read messages: %w", err)
	}
	messages := make(map[int64]Message, len(found))
	for _, r := range found {
		messages[r.ID] = r.message()
	}
	return messages, q.readFileIDs(ctx, ids, messages)
}

// readFileIDs adds to messages the ids of the files that are attached to them.
func (q *Queue) readFileIDs(ctx context.Context, ids pq.Int64Array, messages map[int64]Message) error {
	var found []struct {
		MessageID int64 `db:"message_id"`
		FileID    int64 `db:"file_id"`
	}
	err := q.db.List(ctx, &found, `SELECT message_id, file_id FROM message_files WHERE message_id = ANY ($1) ORDER BY message_id, file_id`, ids)
	if err != nil {
		return fmt.Errorf("read attachments: %w", err)
	}
	for _, f := range found {
		m := messages[f.MessageID]
		m.FileIDs = append(m.FileIDs, f.FileID)
		messages[f.MessageID] = m
	}
	return nil
}
