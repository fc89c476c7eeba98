package outbox

import (
	"context"
	"fmt"
	"hash/fnv"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/letter"
	"itmanagerjobs/store/pg"
)

// Message is an email that is to be sent, or was.
type Message struct {
	letter.Mail

	ID        int64
	CreatedAt time.Time
	// FileIDs are the files that are attached to it, set by Queue.Messages. Attachments describes them; the queue of the
	// facade, package store, fills it in, for files belong to the pipeline.
	FileIDs     []int64
	Attachments []board.File
	// Status is that of its delivery. Store.Messages sets it.
	Status delivery.Status
}

type messageRow struct {
	ID          int64                 `db:"id"`
	Recipient   string                `db:"recipient"`
	ReplyTo     string                `db:"reply_to"`
	Subject     string                `db:"subject"`
	BodyText    string                `db:"body_text"`
	BodyHTML    string                `db:"body_html"`
	Calendar    string                `db:"calendar"`
	Method      letter.CalendarMethod `db:"calendar_method"`
	Unsubscribe string                `db:"unsubscribe"`
	CreatedAt   time.Time             `db:"created_at"`
	Status      delivery.Status       `db:"status"`
}

const messageColumns = `m.id, m.recipient, m.reply_to, m.subject, m.body_text, m.body_html, m.calendar, m.calendar_method, m.unsubscribe, m.created_at`

func (r messageRow) message() Message {
	return Message{
		Mail: letter.Mail{
			To: r.Recipient, ReplyTo: r.ReplyTo, Subject: r.Subject, Text: r.BodyText, HTML: r.BodyHTML, Unsubscribe: r.Unsubscribe,
			Calendar: letter.Calendar{Method: r.Method, Text: r.Calendar},
		},
		ID: r.ID, CreatedAt: r.CreatedAt.UTC(), Status: r.Status,
	}
}

// Mailing tells whom emails are about, 0 for nobody, and which files are attached. Emails about a candidate are erased with
// the candidate.
type Mailing struct {
	EmployerID, CandidateID int64
	FileIDs                 []int64
	// OwnAccount is set for an email to a user about the user's own account, such as a link that sets a password: it waits
	// behind the emails of no employer. There are limits to how many of them somebody can cause.
	OwnAccount bool
}

// lane is the employer whose lane emails take, 0 for one of the shared lanes.
func (m Mailing) lane() int64 {
	if m.OwnAccount {
		return 0
	}
	return m.EmployerID
}

// SendMail queues emails that are about no candidate.
func SendMail(ctx context.Context, tx *pg.Tx, employerID int64, mails ...letter.Mail) error {
	return QueueMail(ctx, tx, Mailing{EmployerID: employerID}, mails...)
}

// SendToUser queues emails to a user of an employer, or of none, about the user's own account.
func SendToUser(ctx context.Context, tx *pg.Tx, employerID int64, mails ...letter.Mail) error {
	return QueueMail(ctx, tx, Mailing{EmployerID: employerID, OwnAccount: true}, mails...)
}

// Email is an email that is to be queued, and what it is about.
type Email struct {
	letter.Mail

	About Mailing
}

// QueueMail is QueueMails for emails that are about the same.
func QueueMail(ctx context.Context, tx *pg.Tx, about Mailing, mails ...letter.Mail) error {
	return QueueMails(ctx, tx, pg.Column[[]Email](mails, func(m letter.Mail) Email { return Email{m, about} })...)
}

// queueMailsSQL queues nothing while an employer has no lane.
const queueMailsSQL = `
WITH shared AS (
    SELECT lane_id, row_number() OVER (ORDER BY lane_id) - 1 AS place, count(*) OVER () AS lanes FROM email_lanes WHERE employer_id IS NULL
), given AS (
    SELECT nextval(pg_get_serial_sequence('messages', 'id')) AS id, nextval('delivery_ids') AS delivery_id, g.*,
           CASE WHEN g.lane = 0 THEN (SELECT s.lane_id FROM shared s WHERE s.place = g.hash % s.lanes)
                ELSE (SELECT e.lane_id FROM email_lanes e WHERE e.employer_id = g.lane) END AS lane_id
      FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $8::text[], $9::bigint[], $11::text[], $12::text[], $13::text[], $15::bigint[])
        WITH ORDINALITY AS g (employer_id, recipient, subject, body_text, body_html, hash, reply_to, candidate_id, calendar, calendar_method, unsubscribe, lane, n)
     WHERE NOT EXISTS (SELECT FROM unnest($15::bigint[]) AS w (lane) WHERE w.lane <> 0 AND NOT EXISTS (SELECT FROM email_lanes e WHERE e.employer_id = w.lane))
), kept AS (
    INSERT INTO messages (id, employer_id, candidate_id, recipient, reply_to, subject, body_text, body_html, calendar, calendar_method, unsubscribe, created_at)
    OVERRIDING SYSTEM VALUE
    SELECT g.id, nullif(g.employer_id, 0), nullif(g.candidate_id, 0), g.recipient, g.reply_to, g.subject, g.body_text, g.body_html, g.calendar,
           g.calendar_method, g.unsubscribe, $7::timestamptz
      FROM given g
), attached AS (
    INSERT INTO message_files (message_id, file_id)
    SELECT g.id, f.id FROM unnest($10::bigint[], $14::bigint[]) AS f (id, n) JOIN given g ON g.n = f.n
), made AS (
    INSERT INTO deliveries (id, subscription_id, subject_id, created_at) SELECT g.delivery_id, NULL, g.id, $7 FROM given g
)
INSERT INTO delivery_queue (delivery_id, lane_id, subject_id, due_at, created_at, attempt, base)
SELECT g.delivery_id, g.lane_id, g.id, $7, $7, 0, 0 FROM given g
RETURNING lane_id`

// QueueMails queues emails in the transaction: they are sent only if it commits. Emails of one employer are sent in their order, through
// its lane; those to users about their accounts through one of the shared lanes, the same for all to one address.
func QueueMails(ctx context.Context, tx *pg.Tx, mails ...Email) error {
	if len(mails) == 0 {
		return nil
	}
	lanes, err := insertMails(ctx, tx, mails, Mailing.lane)
	if err == nil && len(lanes) == 0 {
		lanes, err = queueFirstMails(ctx, tx, mails)
	}
	if err != nil {
		return fmt.Errorf("queue emails: %w", err)
	}
	tx.Notify(channelWork, lanes...)
	return nil
}

// insertMails returns the lanes of emails that it queues, none when an employer has no lane.
func insertMails(ctx context.Context, tx *pg.Tx, mails []Email, lane func(Mailing) int64) (lanes []int64, err error) {
	number := func(of func(Email) int64) pq.Int64Array { return pg.Column[pq.Int64Array](mails, of) }
	text := func(of func(Email) string) pq.StringArray { return pg.Column[pq.StringArray](mails, of) }
	var attachedTo, files pq.Int64Array
	for i, m := range mails {
		for _, id := range m.About.FileIDs {
			attachedTo, files = append(attachedTo, int64(i+1)), append(files, id)
		}
	}
	err = tx.List(ctx, &lanes, queueMailsSQL, number(func(m Email) int64 { return m.About.EmployerID }), text(func(m Email) string { return m.To }), text(func(m Email) string { return m.Subject }),
		text(func(m Email) string { return m.Text }), text(func(m Email) string { return m.HTML }), number(laneHash), tx.Now,
		text(func(m Email) string { return m.ReplyTo }), number(func(m Email) int64 { return m.About.CandidateID }), files,
		text(func(m Email) string { return m.Calendar.Text }), text(func(m Email) string { return string(m.Calendar.Method) }),
		text(func(m Email) string { return m.Unsubscribe }), attachedTo, number(func(m Email) int64 { return lane(m.About) }))
	return lanes, err
}

// laneHash tells which of the shared lanes an email takes.
func laneHash(m Email) int64 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(m.To))
	return int64(h.Sum32())
}

// SendMail queues emails, in the transaction of the context if there is one.
func (s *Store) SendMail(ctx context.Context, employerID int64, mails ...letter.Mail) error {
	return s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error { return SendMail(ctx, tx, employerID, mails...) })
}

// Messages lists the newest emails, for the operator of an installation that sends none.
func (s *Store) Messages(ctx context.Context, limit int) ([]Message, error) {
	return s.FindMessages(ctx, MessageQuery{Limit: limit})
}

// MessageQuery asks for emails to anybody, the newest first.
type MessageQuery struct {
	// Recipient is an email address; empty for all.
	Recipient string
	// Before is the last email of the previous page; 0 for the first page.
	Before int64
	// ID asks for one email alone.
	ID    int64
	Limit int
}

// FindMessages lists emails with the state of their deliveries, with one statement.
func (s *Store) FindMessages(ctx context.Context, q MessageQuery) ([]Message, error) {
	var rows []messageRow
	err := s.db.Reader(ctx).List(ctx, &rows, `
SELECT `+messageColumns+`,
       CASE WHEN q.delivery_id IS NOT NULL THEN 'Pending' ELSE coalesce(a.outcome, 'Pending') END AS status
  FROM (SELECT `+messageColumns+` FROM messages m
         WHERE ($2 = '' OR lower(m.recipient) = lower($2)) AND ($3 = 0 OR m.id < $3) AND ($4 = 0 OR m.id = $4)
         ORDER BY m.id DESC LIMIT $1) m
  LEFT JOIN deliveries d ON d.subscription_id IS NULL AND d.application_id IS NULL AND d.subject_id = m.id AND d.created_at = m.created_at
  LEFT JOIN delivery_queue q ON q.delivery_id = d.id
  LEFT JOIN LATERAL (
       SELECT t.outcome FROM delivery_attempts t WHERE t.delivery_id = d.id AND t.created_at = d.created_at
        ORDER BY t.number DESC LIMIT 1) a ON true
 ORDER BY m.id DESC`, q.Limit, q.Recipient, q.Before, q.ID)
	if err != nil {
		return nil, fmt.Errorf("list emails: %w", err)
	}
	messages := make([]Message, len(rows))
	for i, r := range rows {
		messages[i] = r.message()
	}
	return messages, nil
}
