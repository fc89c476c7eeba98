package pg

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/lib/pq"
)

// Lock is an advisory lock of the registry below: the copies of the program take it in turn. PostgreSQL frees it when the
// transaction ends, also that of a program which was killed. To wait for one fails after the session's lock_timeout (see
// LockTimedOut).
type Lock int32

// The registry: every advisory lock of the program and of its tests but goose's own for migrations, each with a number of its own. A new
// one comes last. The first number has no meaning; the copies of the program only have to agree on it.
const (
	// LockTemplate is held while a test process makes the database that the tests' databases are copies of.
	LockTemplate Lock = 7_340_211 + iota
	// LockPartitions is held while partitions are made and dropped.
	LockPartitions
	// LockPastEvents belongs to an employer: an erasure holds it alone, and a transaction that tells of past events, or ends
	// deliveries of them, holds it together with others like it.
	LockPastEvents
	// LockReplays belongs to an employer: it is held while a replay is created, so that the limit of replays is exact.
	LockReplays
	// LockCVSlots is held while partitions of the CV index are assigned or counted.
	LockCVSlots
	// LockMatching is held while matches are computed, so that one copy of the program does it at a time.
	LockMatching
	// LockCVFill is held while the CV database of a mode is filled for the first time.
	LockCVFill
	// LockPushLane belongs to an employer: it is held while the lane of its application pushes is made.
	LockPushLane
	// LockCVCounts is held while the people of the CV index are counted.
	LockCVCounts
	// LockMatched belongs to a share of the candidates: a batch of matching holds it together with others like it while it
	// writes matches of them, and a transaction that hides or erases one of them holds it alone.
	LockMatched
	// LockAddress belongs to an email address: it is held while a user confirms it, so that one of two has it.
	LockAddress
	// LockReply belongs to an Idempotency-Key of an API key: the first request with it holds it until its answer is recorded.
	LockReply
	// LockInboxes belongs to an employer: it is held while an inbox is made, so that their limit is exact.
	LockInboxes
	// LockWorker belongs to a worker of the delivery engine: its session holds it as long as the worker lives.
	LockWorker
	// LockProposals belongs to an employer: it is held while something is proposed, so that there is one proposal for one thing and
	// the limit of those that wait is exact.
	LockProposals
	// LockWaitingCVs is held while a CV is queued to be read, so that the bounds of the queue are exact.
	LockWaitingCVs
	// LockEmailLane belongs to an employer: it is held while the lane of its emails is made.
	LockEmailLane
	// LockAuditAddresses is held while addresses are taken out of the audit log, by one copy of the program at a time.
	LockAuditAddresses
)

// LockSession waits for a lock of the whole installation and holds it until the connection is closed.
func LockSession(ctx context.Context, conn *sql.Conn, l Lock) error {
	if _, err := conn.ExecContext(ctx, `SELECT pg_advisory_lock($1, 0)`, int32(l)); err != nil {
		return fmt.Errorf("lock %d for a session: %w", l, err)
	}
	return nil
}

// UnlockSession is the statement that frees every advisory lock of a session, for one that another user takes over.
const UnlockSession = `SELECT pg_advisory_unlock_all()`

// Lock waits for a lock of the whole installation and holds it until the transaction ends.
func (tx *Tx) Lock(ctx context.Context, l Lock) error {
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1, 0)`, int32(l)); err != nil {
		return fmt.Errorf("lock %d: %w", l, err)
	}
	return nil
}

// TryLock takes a lock of the whole installation when it is free, and tells whether it was.
func (tx *Tx) TryLock(ctx context.Context, l Lock) (locked bool, err error) {
	if err := tx.Get(ctx, &locked, `SELECT pg_try_advisory_xact_lock($1, 0)`, int32(l)); err != nil {
		return false, fmt.Errorf("try lock %d: %w", l, err)
	}
	return locked, nil
}

// LockOf waits for the lock of one subject, such as an employer, and holds it until the transaction ends. Two subjects
// may share a lock, which costs a wait and nothing else.
func (tx *Tx) LockOf(ctx context.Context, l Lock, subject int64) error {
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1, ($2::bigint % 2147483647)::integer)`, int32(l), subject); err != nil {
		return fmt.Errorf("lock %d of %d: %w", l, subject, err)
	}
	return nil
}

// TryLockOf takes the lock of one subject when it is free, and tells whether it was.
func (tx *Tx) TryLockOf(ctx context.Context, l Lock, subject int64) (locked bool, err error) {
	if err := tx.Get(ctx, &locked, `SELECT pg_try_advisory_xact_lock($1, ($2::bigint % 2147483647)::integer)`, int32(l), subject); err != nil {
		return false, fmt.Errorf("try lock %d of %d: %w", l, subject, err)
	}
	return locked, nil
}

// LockOfShared is LockOf for holders that may hold it together; only LockOf keeps them away.
func (tx *Tx) LockOfShared(ctx context.Context, l Lock, subject int64) error {
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock_shared($1, ($2::bigint % 2147483647)::integer)`, int32(l), subject); err != nil {
		return fmt.Errorf("share lock %d of %d: %w", l, subject, err)
	}
	return nil
}

// TryLockOfShared takes those of the locks of subjects that nobody holds alone, as LockOfShared does, and returns the subjects.
func (tx *Tx) TryLockOfShared(ctx context.Context, l Lock, subjects []int64) (locked []int64, err error) {
	err = tx.List(ctx, &locked, `
SELECT id FROM unnest($2::bigint[]) AS s (id) WHERE pg_try_advisory_xact_lock_shared($1, (id % 2147483647)::integer)`, int32(l), pq.Int64Array(subjects))
	if err != nil {
		return nil, fmt.Errorf("try to share locks %d: %w", l, err)
	}
	return locked, nil
}
