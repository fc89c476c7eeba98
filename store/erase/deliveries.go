package erase

import (
	"context"
	"fmt"

	"itmanagerjobs/store/board/delivery"
)

// erasedDeliveries are the deliveries of emails about the candidate ($1) and of pushes of the applications ($2).
const erasedDeliveries = `
SELECT d.id, d.created_at FROM deliveries d
 WHERE d.subscription_id IS NULL AND d.application_id IS NULL AND d.subject_id = ANY ($1)
    OR d.subscription_id IS NULL AND d.application_id IS NOT NULL AND d.subject_id = ANY ($2)`

// deliveries drops what waits to be emailed or posted, and what endpoints and mail servers have said about it.
func (e *erasure) deliveries(ctx context.Context, _ *Receipt) error {
	for _, statement := range []string{
		// In the order of deliveries, as batches of attempts lock them.
		`WITH theirs AS MATERIALIZED (
    SELECT q.delivery_id FROM (` + erasedDeliveries + `) d JOIN delivery_queue q ON q.delivery_id = d.id ORDER BY q.delivery_id FOR UPDATE OF q
)
DELETE FROM delivery_queue q USING theirs t WHERE q.delivery_id = t.delivery_id`,
		`UPDATE delivery_attempts t SET error = '', excerpt = '' FROM (` + erasedDeliveries + `) d
 WHERE t.delivery_id = d.id AND t.created_at = d.created_at AND (t.error <> '' OR t.excerpt <> '')`,
	} {
		if _, err := e.tx.Exec(ctx, statement, e.messageIDs, e.applicationIDs); err != nil {
			return fmt.Errorf("erase deliveries: %w", err)
		}
	}
	return nil
}

// waiting ends the deliveries to subscriptions that would send what is erased here, and lets the others go on without what
// their endpoints answer. An attempt that is under way is recorded before its row is locked here, and its answer emptied
// afterwards, or finds the row changed. Under the lock of the head nobody queues what is missing here. Code that locks
// rows of the queue before the head keeps erasures away.
func (e *erasure) waiting(ctx context.Context, _ *Receipt) error {
	_, err := e.tx.Exec(ctx, `
WITH theirs AS MATERIALIZED (
    SELECT q.delivery_id, s.id AS subscription_id, s.dossiers
      FROM subscriptions s JOIN deliveries d ON d.subscription_id = s.id AND d.subject_id = ANY ($3)
      JOIN delivery_queue q ON q.delivery_id = d.id
     WHERE s.employer_id = $1 AND s.mode = $2 ORDER BY q.delivery_id FOR UPDATE OF q
), silenced AS (
    UPDATE delivery_queue q SET silent = true FROM theirs t WHERE q.delivery_id = t.delivery_id AND NOT t.dossiers
), ended AS (
    DELETE FROM delivery_queue q USING theirs t WHERE q.delivery_id = t.delivery_id AND t.dossiers
    RETURNING q.delivery_id, q.created_at, t.subscription_id, q.subject_id, q.attempt
)
INSERT INTO delivery_attempts (delivery_id, created_at, subscription_id, subject_id, started_at, number, status,
       dns_us, connect_us, tls_us, first_byte_us, total_us, outcome, stage, error, excerpt)
SELECT delivery_id, created_at, subscription_id, subject_id, $4, attempt + 1, 0, 0, 0, 0, 0, 0, $5, '',
       'The person whom this tells of was erased.', '' FROM ended`,
		e.candidate.EmployerID, e.candidate.Mode, e.eventIDs, e.tx.Now, delivery.AttemptCancelled)
	if err != nil {
		return fmt.Errorf("end the deliveries that wait: %w", err)
	}
	return nil
}

// kept deletes what inboxes have kept of the deliveries of the candidate's events and applications.
func (e *erasure) kept(ctx context.Context, _ *Receipt) error {
	_, err := e.tx.Exec(ctx, `
DELETE FROM inbox_requests r USING inboxes i, deliveries d
 WHERE i.employer_id = $1 AND i.mode = $2 AND r.inbox_id = i.id AND r.delivery_id = d.id
   AND (d.subscription_id IS NOT NULL AND d.subject_id = ANY ($3) OR d.application_id = ANY ($4))`,
		e.candidate.EmployerID, e.candidate.Mode, e.eventIDs, e.applicationIDs)
	if err != nil {
		return fmt.Errorf("erase what inboxes have kept: %w", err)
	}
	return nil
}

// answers empties what the endpoints of subscriptions have said: they may repeat what they were sent.
func (e *erasure) answers(ctx context.Context, _ *Receipt) error {
	_, err := e.tx.Exec(ctx, `
UPDATE delivery_attempts t SET excerpt = ''
  FROM subscriptions s JOIN deliveries d ON d.subscription_id = s.id AND d.subject_id = ANY ($3)
 WHERE s.employer_id = $1 AND s.mode = $2 AND t.delivery_id = d.id AND t.created_at = d.created_at AND t.excerpt <> ''`,
		e.candidate.EmployerID, e.candidate.Mode, e.eventIDs)
	if err != nil {
		return fmt.Errorf("erase the answers of endpoints: %w", err)
	}
	return nil
}
