package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/seal"
	"itmanagerjobs/store/turns"
)

// IdempotencyWindow is how long an answer is kept under its Idempotency-Key.
const IdempotencyWindow = 24 * time.Hour

// Reply is the answer to a request. The store keeps its content and does not look into it.
type Reply struct {
	// Content is the answer in a form of the caller's. It is stored encrypted.
	Content []byte
	// Outcome is what the caller of Idempotent wants to become of a new reply; one that was recorded is always Committed.
	Outcome Outcome
	// Erased says of a recorded reply that it told of a person whose data was erased since. It has no content any more.
	Erased bool
}

// Outcome is what becomes of a reply, and of what its request has changed.
type Outcome int

// The outcomes.
const (
	Committed Outcome = iota // both are kept
	Refused                  // the reply is kept, what the request has changed is undone
	Failed                   // neither is kept: the request may be sent again
)

// ErrInFlight answers a request whose twin, which has the same Idempotency-Key, is still under way.
var ErrInFlight = board.Errorf(board.CodeConflict, "A request with this Idempotency-Key is still under way. Send it again in a few seconds to get its answer.")

var errKeyReused = board.Errorf(board.CodeIdempotencyKeyReused, "This Idempotency-Key was used for another request in the last 24 hours. Send the same method, path, If-Match and body with it, or use a new key.")

// errNotKept carries a reply out of a transaction, or a savepoint, that is rolled back.
var errNotKept = errors.New("the reply is not kept")

// errTwinElsewhere tells that another copy of the program works on the request.
var errTwinElsewhere = errors.New("another copy has the Idempotency-Key")

// Idempotent runs handle under an Idempotency-Key of an API key in one transaction: what handle changes and the record of its reply
// commit together, so that a request whose answer was lost, even to a kill -9, can be repeated without being done twice.
//
// A request with a key that has a reply gets that reply, and replayed is true. While the first request is under way
// its twins wait for it, without a connection. An error of handle undoes what it changed, and is returned. Errors:
// idempotency_key_reused when the fingerprint differs; ErrInFlight when the first request is still under way after 10 s;
// board.ErrUnavailable.
func (s *Store) Idempotent(ctx context.Context, p account.Principal, key string, fingerprint []byte, handle Handle) (reply Reply, replayed bool, err error) {
	return s.IdempotentAfter(ctx, p, key, fingerprint, nil, handle)
}

// Handle does a request in the transaction of its context.
type Handle func(context.Context) (Reply, error)

// Before does what a request needs that takes long, such as to read a file, and hands it on in the context.
type Before func(context.Context) (context.Context, error)

// IdempotentAfter is Idempotent for a request that has something to do before its transaction begins, and not at all when
// it has a reply; before may be nil. An error of before is returned, and not recorded.
func (s *Store) IdempotentAfter(ctx context.Context, p account.Principal, key string, fingerprint []byte, before Before, handle Handle) (reply Reply, replayed bool, err error) {
	defer turns.Away(ctx)() // twins wait for one another, and the first one for the database
	wait, cancel := context.WithTimeoutCause(ctx, twinWait, ErrInFlight)
	defer cancel()
	for {
		one, first := s.flights.board(replyKeyOf(p, key), fingerprint)
		if first {
			return s.fly(ctx, wait, one, p, key, before, handle)
		}
		select {
		case <-one.ended:
		case <-wait.Done():
			return Reply{}, false, context.Cause(wait)
		}
		switch {
		case !one.kept: // the first has failed, and the next one in line begins anew
		case !one.same(fingerprint):
			return Reply{}, false, errKeyReused
		default:
			return one.reply, true, nil
		}
	}
}

// fly does the request, or gets the reply that another copy has recorded. It asks again and again, each time with a short
// transaction, while another copy is at it.
func (s *Store) fly(ctx, wait context.Context, one *flight, p account.Principal, key string, before Before, handle Handle) (reply Reply, replayed bool, err error) {
	kept := false
	defer func() { s.flights.land(replyKeyOf(p, key), one, reply, kept) }()
	if before != nil {
		if ctx, err = s.prepare(ctx, p, key, before); err != nil {
			return Reply{}, false, err
		}
	}
	for pause := firstPoll; ; pause = min(2*pause, lastPoll) {
		reply, replayed, err = s.try(ctx, p, key, one.fingerprint, handle)
		switch {
		case err == nil:
			kept = reply.Outcome != Failed && !reply.Erased
			return reply, replayed, nil
		case errors.Is(err, errNotKept):
			return reply, replayed, nil
		case !errors.Is(err, errTwinElsewhere):
			return reply, replayed, err
		}
		next := time.NewTimer(pause)
		select {
		case <-next.C:
		case <-wait.Done():
			next.Stop()
			return Reply{}, false, context.Cause(wait)
		}
	}
}

// prepare does what comes before the transaction, unless the request has a reply.
func (s *Store) prepare(ctx context.Context, p account.Principal, key string, before Before) (context.Context, error) {
	var done bool
	err := s.db.Get(ctx, &done, `
SELECT EXISTS (SELECT FROM idempotent_replies WHERE employer_id = $1 AND mode = $2 AND api_key_id = $3 AND key = $4 AND created_at > $5)`,
		p.EmployerID, p.Mode, p.KeyID, key, s.db.Now().Add(-IdempotencyWindow))
	if err != nil {
		return ctx, fmt.Errorf("look for a recorded reply: %w", err)
	}
	if done {
		return ctx, nil
	}
	return before(ctx)
}

// try does the request once. Errors: errTwinElsewhere; errNotKept, with the reply; those of Idempotent.
func (s *Store) try(ctx context.Context, p account.Principal, key string, fingerprint []byte, handle Handle) (reply Reply, replayed bool, err error) {
	leave, err := s.flights.enter(ctx, p.EmployerID)
	if err != nil {
		return Reply{}, false, err
	}
	defer leave()
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		first, err := claimReply(ctx, tx, p, key, fingerprint)
		if err != nil {
			return err
		}
		if !first {
			replayed = true
			reply, err = s.recordedReply(ctx, tx, p, key, fingerprint)
			return err
		}
		err = tx.Savepoint(ctx, "handle", func() error {
			if reply, err = handle(ctx); err != nil {
				return err
			}
			if reply.Outcome != Committed {
				return errNotKept
			}
			return nil
		})
		if err != nil && !errors.Is(err, errNotKept) {
			return err
		}
		if reply.Outcome == Failed {
			return errNotKept
		}
		return s.recordReply(ctx, tx, p, key, reply.Content, outbox.ToldOf(tx))
	})
	return reply, replayed, err
}

// claimReply takes the key for this transaction, or tells that it has a reply. The request that is served
// holds the lock until its reply is recorded, so the insert never waits. Errors: errTwinElsewhere.
func claimReply(ctx context.Context, tx *pg.Tx, p account.Principal, key string, fingerprint []byte) (first bool, err error) {
	free, err := tx.TryLockOf(ctx, pg.LockReply, replyKeyOf(p, key).lock())
	if err != nil {
		return false, err
	}
	if !free {
		return false, errTwinElsewhere
	}
	n, err := tx.Exec(ctx, `
INSERT INTO idempotent_replies AS r (employer_id, mode, api_key_id, key, fingerprint, content, created_at)
VALUES ($1, $2, $3, $4, $5, '', $6)
ON CONFLICT (employer_id, mode, api_key_id, key) DO UPDATE
   SET fingerprint = excluded.fingerprint, content = '', erased = false, candidate_ids = '{}', created_at = excluded.created_at
 WHERE r.created_at <= $7`, p.EmployerID, p.Mode, p.KeyID, key, fingerprint, tx.Now, tx.Now.Add(-IdempotencyWindow))
	if err != nil {
		return false, fmt.Errorf("claim idempotency key: %w", err)
	}
	return n == 1, nil
}

func (s *Store) recordedReply(ctx context.Context, tx *pg.Tx, p account.Principal, key string, fingerprint []byte) (Reply, error) {
	var row struct {
		Same    bool   `db:"same"`
		Erased  bool   `db:"erased"`
		Content []byte `db:"content"`
	}
	err := tx.Get(ctx, &row, `
SELECT fingerprint = $5 AS same, erased, content FROM idempotent_replies WHERE employer_id = $1 AND mode = $2 AND api_key_id = $3 AND key = $4`,
		p.EmployerID, p.Mode, p.KeyID, key, fingerprint)
	if errors.Is(err, sql.ErrNoRows) {
		return Reply{}, board.Errorf(board.CodeConflict, "The answer under this Idempotency-Key has just expired. Send the request again.")
	}
	if err != nil {
		return Reply{}, fmt.Errorf("read recorded reply: %w", err)
	}
	if !row.Same {
		return Reply{}, errKeyReused
	}
	if row.Erased {
		return Reply{Erased: true}, nil
	}
	content, err := s.keys.Replies.Open(row.Content, replyPlace(p, key))
	if err != nil {
		return Reply{}, fmt.Errorf("open recorded reply: %w", err)
	}
	return Reply{Content: content}, nil
}

func (s *Store) recordReply(ctx context.Context, tx *pg.Tx, p account.Principal, key string, content []byte, candidateIDs []int64) error {
	sealed, err := s.keys.Replies.Seal(content, replyPlace(p, key))
	if err != nil {
		return fmt.Errorf("seal reply: %w", err)
	}
	_, err = tx.Exec(ctx, `UPDATE idempotent_replies SET content = $5, candidate_ids = $6 WHERE employer_id = $1 AND mode = $2 AND api_key_id = $3 AND key = $4`,
		p.EmployerID, p.Mode, p.KeyID, key, sealed, pq.Int64Array(candidateIDs))
	if err != nil {
		return fmt.Errorf("record reply: %w", err)
	}
	return nil
}

// PurgeReplies deletes up to limit recorded replies older than IdempotencyWindow and returns how many.
func (s *Store) PurgeReplies(ctx context.Context, limit int) (int64, error) {
	var n int64
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		var err error
		n, err = tx.Exec(ctx, `
DELETE FROM idempotent_replies r USING (
    SELECT employer_id, mode, api_key_id, key FROM idempotent_replies WHERE created_at <= $1 ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED) old
 WHERE r.employer_id = old.employer_id AND r.mode = old.mode AND r.api_key_id = old.api_key_id AND r.key = old.key`, tx.Now.Add(-IdempotencyWindow), limit)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("purge replies: %w", err)
	}
	return n, nil
}

// EraseReplies empties the recorded replies that tell of the candidate (see outbox.Tells), and returns how many. Their keys
// stay: a request that is sent again must not be done again.
func (s *Store) EraseReplies(ctx context.Context, tx *pg.Tx, t board.Tenant, candidateID int64) (int, error) {
	// In the order of the keys, so that two erasures never deadlock.
	n, err := tx.Exec(ctx, `
WITH theirs AS MATERIALIZED (
    SELECT api_key_id, key FROM idempotent_replies
     WHERE employer_id = $1 AND mode = $2 AND candidate_ids @> ARRAY[$3::bigint] ORDER BY api_key_id, key FOR UPDATE
)
UPDATE idempotent_replies r SET content = '', erased = true, candidate_ids = '{}' FROM theirs
 WHERE r.employer_id = $1 AND r.mode = $2 AND r.api_key_id = theirs.api_key_id AND r.key = theirs.key`, t.EmployerID, t.Mode, candidateID)
	if err != nil {
		return 0, fmt.Errorf("erase recorded replies: %w", err)
	}
	return int(n), nil
}

// ForgetReplies deletes the recorded replies of a tenant but for that which the transaction is about to record: a request that is
// sent again is done again.
func (s *Store) ForgetReplies(ctx context.Context, tx *pg.Tx, t board.Tenant) error {
	if _, err := tx.Exec(ctx, `DELETE FROM idempotent_replies WHERE employer_id = $1 AND mode = $2 AND (content <> '' OR erased)`, t.EmployerID, t.Mode); err != nil {
		return fmt.Errorf("forget recorded replies: %w", err)
	}
	return nil
}

// replyPlace is where a reply belongs: sealed for it, the reply opens nowhere else.
func replyPlace(p account.Principal, key string) seal.ReplyPlace {
	return seal.ReplyPlace{EmployerID: p.EmployerID, Mode: string(p.Mode), APIKeyID: p.KeyID, Key: key}
}
