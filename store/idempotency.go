package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/seal"
)

// IdempotencyWindow is how long an answer is kept under its Idempotency-Key.
const IdempotencyWindow = 24 * time.Hour

// Reply is an answer as it went out.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte
}

// errReplyNotKept carries a reply out of a transaction that is rolled back.
var errReplyNotKept = errors.New("the reply is not kept")

// Idempotent runs handle under an Idempotency-Key in one transaction: what handle changes and the record of its reply
// commit together, so that a request whose answer was lost, even to a kill -9, can be repeated without being done twice.
//
// A request with a key that has a reply gets that reply, and replayed is true. While the first request is under way
// its twins wait for it. A reply with an error status undoes what handle changed and is kept all the same; one of 500
// and above is not kept. Errors: idempotency_key_reused when the fingerprint differs; conflict when the
// first request is still under way after 10 s.
func (s *Store) Idempotent(ctx context.Context, t board.Tenant, key string, fingerprint []byte, handle func(context.Context) (Reply, error)) (reply Reply, replayed bool, err error) {
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		first, err := claimReply(ctx, tx, t, key, fingerprint)
		if err != nil {
			return err
		}
		if !first {
			replayed = true
			reply, err = s.recordedReply(ctx, tx, t, key, fingerprint)
			return err
		}
		err = tx.Savepoint(ctx, "handle", func() error {
			if reply, err = handle(ctx); err != nil {
				return err
			}
			if reply.Status >= http.StatusBadRequest {
				return errReplyNotKept
			}
			return nil
		})
		if err != nil && !errors.Is(err, errReplyNotKept) {
			return err
		}
		if reply.Status >= http.StatusInternalServerError {
			return errReplyNotKept
		}
		return s.recordReply(ctx, tx, t, key, reply, outbox.ToldOf(tx))
	})
	if errors.Is(err, errReplyNotKept) {
		err = nil
	}
	return reply, replayed, err
}

// claimReply takes the key, or tells that another request has it. The insert waits while that request is under way:
// after it, the key is either recorded or, when that request failed, free.
func claimReply(ctx context.Context, tx *pg.Tx, t board.Tenant, key string, fingerprint []byte) (first bool, err error) {
	n, err := tx.Exec(ctx, `
INSERT INTO idempotent_replies AS r (employer_id, mode, key, fingerprint, status, header, body, created_at)
VALUES ($1, $2, $3, $4, 0, '{}', '', $5)
ON CONFLICT (employer_id, mode, key) DO UPDATE
   SET fingerprint = excluded.fingerprint, status = 0, header = '{}', body = '', candidate_ids = '{}', created_at = excluded.created_at
 WHERE r.created_at <= $6`, t.EmployerID, t.Mode, key, fingerprint, tx.Now, tx.Now.Add(-IdempotencyWindow))
	if pg.LockTimedOut(err) {
		return false, board.Errorf(board.CodeConflict, "A request with this Idempotency-Key is still under way. Send it again in a few seconds to get its answer.")
	}
	if err != nil {
		return false, fmt.Errorf("claim idempotency key: %w", err)
	}
	return n == 1, nil
}

func (s *Store) recordedReply(ctx context.Context, tx *pg.Tx, t board.Tenant, key string, fingerprint []byte) (Reply, error) {
	var row struct {
		Same   bool   `db:"same"`
		Status int    `db:"status"`
		Header []byte `db:"header"`
		Body   []byte `db:"body"`
	}
	err := tx.Get(ctx, &row, `
SELECT fingerprint = $4 AS same, status, header, body FROM idempotent_replies WHERE employer_id = $1 AND mode = $2 AND key = $3`,
		t.EmployerID, t.Mode, key, fingerprint)
	if errors.Is(err, sql.ErrNoRows) {
		return Reply{}, board.Errorf(board.CodeConflict, "The answer under this Idempotency-Key has just expired. Send the request again.")
	}
	if err != nil {
		return Reply{}, fmt.Errorf("read recorded reply: %w", err)
	}
	if !row.Same {
		return Reply{}, board.Errorf(board.CodeIdempotencyKeyReused, "This Idempotency-Key was used for another request in the last 24 hours. Send the same method, path and body with it, or use a new key.")
	}
	body, err := s.keys.Replies.Open(row.Body, sealTenant(t), key)
	if err != nil {
		return Reply{}, fmt.Errorf("open recorded reply: %w", err)
	}
	reply := Reply{Status: row.Status, Body: body}
	if err := json.Unmarshal(row.Header, &reply.Header); err != nil {
		return Reply{}, fmt.Errorf("decode recorded header: %w", err)
	}
	return reply, nil
}

func (s *Store) recordReply(ctx context.Context, tx *pg.Tx, t board.Tenant, key string, reply Reply, candidateIDs []int64) error {
	header, err := json.Marshal(reply.Header)
	if err != nil {
		return fmt.Errorf("encode header: %w", err)
	}
	body, err := s.keys.Replies.Seal(reply.Body, sealTenant(t), key)
	if err != nil {
		return fmt.Errorf("seal reply: %w", err)
	}
	_, err = tx.Exec(ctx, `
UPDATE idempotent_replies SET status = $4, header = $5, body = $6, candidate_ids = $7 WHERE employer_id = $1 AND mode = $2 AND key = $3`,
		t.EmployerID, t.Mode, key, reply.Status, string(header), body, pq.Int64Array(candidateIDs))
	if err != nil {
		return fmt.Errorf("record reply: %w", err)
	}
	return nil
}

// PurgeReplies forgets up to limit recorded replies older than IdempotencyWindow and tells how many.
func (s *Store) PurgeReplies(ctx context.Context, limit int) (int64, error) {
	var n int64
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		var err error
		n, err = tx.Exec(ctx, `
DELETE FROM idempotent_replies r USING (
    SELECT employer_id, mode, key FROM idempotent_replies WHERE created_at <= $1 ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED) old
 WHERE r.employer_id = old.employer_id AND r.mode = old.mode AND r.key = old.key`, tx.Now.Add(-IdempotencyWindow), limit)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("purge replies: %w", err)
	}
	return n, nil
}

// erasedReply is what a repeated request gets whose recorded answer told of a person who was erased.
var erasedReply = Reply{
	Status: http.StatusGone,
	Header: http.Header{"Content-Type": {"application/json"}},
	Body:   []byte(`{"code":"gone","message":"The answer to this request told of a person whose data was erased since."}`),
}

// EraseReplies replaces the recorded answers that tell of the candidate (see outbox.Tells), and counts them. Their keys
// stay: a request that is sent again must not be done again.
func (s *Store) EraseReplies(ctx context.Context, tx *pg.Tx, t board.Tenant, candidateID int64) (int, error) {
	var keys []string
	err := tx.List(ctx, &keys, `
SELECT key FROM idempotent_replies WHERE employer_id = $1 AND mode = $2 AND candidate_ids @> ARRAY[$3::bigint] ORDER BY key FOR UPDATE`,
		t.EmployerID, t.Mode, candidateID)
	if err != nil {
		return 0, fmt.Errorf("find the recorded replies to erase: %w", err)
	}
	for _, key := range keys {
		// What replaces them tells of nobody.
		if err := s.recordReply(ctx, tx, t, key, erasedReply, []int64{}); err != nil {
			return 0, err
		}
	}
	return len(keys), nil
}

func sealTenant(t board.Tenant) seal.Tenant {
	return seal.Tenant{EmployerID: t.EmployerID, Mode: string(t.Mode)}
}
