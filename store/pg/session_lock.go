package pg

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"

	"github.com/lib/pq"
)

// ErrServerDown says that the server itself is not running, or starts or stops: all of its sessions are gone, not only one.
var ErrServerDown = errors.New("the database server is down")

// SessionLock is a lock that lasts as long as a connection of its own. The server frees it as soon as it sees the connection
// end, as after the kill of the program, and the program learns of the end as soon: other than with a pooled connection,
// somebody always reads from this one.
type SessionLock struct {
	conn *pq.ListenerConn
	lost chan struct{}
}

// HoldSessionLock takes the lock of one subject together with others like it; TryLocksOf sees whether anybody holds it. The lock
// is shared because the server may not have seen yet that a connection of the same program has ended. Errors: ErrServerDown.
func (db *DB) HoldSessionLock(ctx context.Context, l Lock, subject int64) (*SessionLock, error) {
	type dialed struct {
		held *SessionLock
		err  error
	}
	result := make(chan dialed, 1)
	go func() { // the driver takes no context here
		held, err := holdSessionLock(db.direct, l, subject)
		result <- dialed{held, err}
	}()
	select {
	case d := <-result:
		return d.held, d.err
	case <-ctx.Done():
		go func() {
			if d := <-result; d.held != nil {
				d.held.Release()
			}
		}()
		return nil, context.Cause(ctx) //nolint:wrapcheck // the caller's own reason
	}
}

func holdSessionLock(url string, l Lock, subject int64) (*SessionLock, error) {
	notifications := make(chan *pq.Notification)
	conn, err := pq.NewListenerConn(url, notifications)
	if err != nil {
		return nil, describeHold(l, err)
	}
	held := &SessionLock{conn: conn, lost: make(chan struct{})}
	go func() {
		defer close(held.lost)
		for range notifications {
			continue // the channel is closed with the connection; nothing is listened to
		}
	}()
	statement := fmt.Sprintf(`SELECT pg_advisory_lock_shared(%d, (%d::bigint %% 2147483647)::integer)`, int32(l), subject)
	if _, err := conn.ExecSimpleQuery(statement); err != nil {
		held.Release()
		return nil, describeHold(l, err)
	}
	return held, nil
}

func describeHold(l Lock, err error) error {
	if serverDown(err) {
		err = errors.Join(ErrServerDown, err)
	}
	return fmt.Errorf("hold lock %d for a session: %w", l, err)
}

// serverDown is false when only the way to the server fails: its sessions may be alive then.
func serverDown(err error) bool {
	if e, ok := errors.AsType[*pq.Error](err); ok {
		return e.Code == "57P01" || e.Code == "57P02" || e.Code == "57P03" // it shuts down, has crashed, or starts
	}
	if _, ok := errors.AsType[net.Error](err); !ok {
		return false
	}
	return errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.ENOENT) // by TCP, by a socket in the file system
}

// Lost is closed when the connection has ended, and the lock with it.
func (h *SessionLock) Lost() <-chan struct{} { return h.lost }

// Release frees the lock.
func (h *SessionLock) Release() { _ = h.conn.Close() } // a connection that is lost already has no lock

// TryLocksOf takes those of the locks of subjects that nobody holds, until the transaction ends, and returns the subjects.
func (tx *Tx) TryLocksOf(ctx context.Context, l Lock, subjects []int64) (locked []int64, err error) {
	err = tx.List(ctx, &locked, `
SELECT id FROM unnest($2::bigint[]) AS s (id) WHERE pg_try_advisory_xact_lock($1, (id % 2147483647)::integer)`, int32(l), pq.Int64Array(subjects))
	if err != nil {
		return nil, fmt.Errorf("try locks %d: %w", l, err)
	}
	return locked, nil
}
