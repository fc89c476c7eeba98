package pg

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/lib/pq"
)

// UnavailableError says of an error of PostgreSQL, or of the way to it, that it is no fault of the program: it passes when the
// database is itself again.
type UnavailableError struct {
	// As is Options.Unavailable, which callers are told; Err is the cause, for the log.
	As, Err error
}

func (e *UnavailableError) Error() string { return e.Err.Error() }

// Unwrap gives both.
func (e *UnavailableError) Unwrap() []error {
	if e.As == nil {
		return []error{e.Err}
	}
	return []error{e.As, e.Err}
}

// outward is what leaves the package for an error of a statement outside a transaction, or of a whole transaction. Inside a
// transaction errors stay as they are: nobody may take one of its statements for a refusal that the rest can live with. For a caller
// who has gone it is context.Canceled, too: the driver has the server end the statement, whose error says no more than that somebody did.
func (db *DB) outward(ctx context.Context, err error) error {
	if err == nil || Away(err) || !unavailable(err) {
		return err
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		return fmt.Errorf("%w: %w", context.Canceled, err)
	}
	return &UnavailableError{db.unavailable, err}
}

// unavailable tells whether the database is away, does not write, has no room, or took too long. See appendix A of PostgreSQL's
// documentation, "PostgreSQL Error Codes".
func unavailable(err error) bool {
	if errors.Is(err, context.Canceled) {
		return false // the caller has gone
	}
	if e, ok := errors.AsType[*pq.Error](err); ok {
		return unavailableCode(e)
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, errNoConnection)
}

func unavailableCode(e *pq.Error) bool {
	switch e.Code.Class() {
	case "08", // the connection failed
		"53": // no disk space, memory or connection left, or a limit of the operator's is reached
		return true
	}
	switch e.Code {
	case "25006", // read_only_sql_transaction: a standby, or an operator keeps writes away
		"25P03", // idle_in_transaction_session_timeout
		"55P03", // lock_not_available: lock_timeout
		"57014", // query_canceled: by statement_timeout, by an operator, or because a context ended: of this statement, or late of the one before it on this connection
		"57P01", // admin_shutdown
		"57P02", // crash_shutdown
		"57P03", // cannot_connect_now: it starts, stops or recovers
		"57P05", // idle_session_timeout
		"58030": // io_error
		return true
	case "0A000": // feature_not_supported: unlogged tables during recovery, on a standby
		return strings.Contains(e.Message, "recovery")
	}
	return false
}

// Away tells whether there is an UnavailableError in an error.
func Away(err error) bool { return errors.As(err, new(*UnavailableError)) }

// Unreachable tells whether it is the database that an error speaks of, and not one statement that took too long or waited for others
// for too long.
func Unreachable(err error) bool {
	if e, ok := errors.AsType[*pq.Error](err); ok && (e.Code == "57014" || e.Code == "55P03") {
		return false
	}
	return Away(err)
}

// ReadOnly tells whether a session does not write: its server is a standby, or an operator keeps writes away.
func ReadOnly(err error) bool {
	e, ok := errors.AsType[*pq.Error](err)
	return ok && (e.Code == "25006" || e.Code == "0A000" && unavailableCode(e))
}

// Exhausted tells whether the server has no disk space, memory or connection left.
func Exhausted(err error) bool {
	e, ok := errors.AsType[*pq.Error](err)
	return ok && e.Code.Class() == "53"
}
