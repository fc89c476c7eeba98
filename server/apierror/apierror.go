// Package apierror decides what an error tells a caller of the API: its words and its HTTP status. It also keeps the
// cause of an internal error for the log, so that a caller never sees it.
//
// The server and server/intake share it: one answers in JSON, the other also in pages. It must not write answers
// itself, and must not read the store.
package apierror

import (
	"context"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"itmanagerjobs/store/board"
)

// Status is the one place that maps a code to an HTTP status, as section "Errors" of the contract lists them.
func Status(code board.Code) int {
	switch code {
	case board.CodeInvalidRequest, board.CodeInvalidQuery, board.CodeInvalidState:
		return http.StatusBadRequest
	case board.CodeNoCredits, board.CodeUnlockRequired:
		return http.StatusPaymentRequired
	case board.CodeInsufficientScope, board.CodeAddressNotAllowed, board.CodeTestModeOnly:
		return http.StatusForbidden
	case board.CodeNotFound:
		return http.StatusNotFound
	case board.CodeMethodNotAllowed:
		return http.StatusMethodNotAllowed
	case board.CodeConflict:
		return http.StatusConflict
	case board.CodeGone:
		return http.StatusGone
	case board.CodePreconditionFailed:
		return http.StatusPreconditionFailed
	case board.CodePayloadTooLarge:
		return http.StatusRequestEntityTooLarge
	case board.CodeUnsupportedMediaType:
		return http.StatusUnsupportedMediaType
	case board.CodeRangeNotSatisfiable:
		return http.StatusRequestedRangeNotSatisfiable
	case board.CodeIdempotencyKeyReused:
		return http.StatusUnprocessableEntity
	case board.CodeRateLimited:
		return http.StatusTooManyRequests
	case board.CodeUnavailable:
		return http.StatusServiceUnavailable
	case board.CodeInternal:
	}
	return http.StatusInternalServerError
}

// internal answers an error whose cause no caller may see; the log has the cause, under the request id.
var internal = board.Errorf(board.CodeInternal,
	"Something went wrong on our side. Try again in a moment; if it stays, write to support with the requestId.")

// ErrNoSuchAddress answers a path that no operation has. It names the contract that lists the operations.
var ErrNoSuchAddress = board.Errorf(board.CodeNotFound, "There is nothing at this address. The operations are listed at /swagger/v1/swagger.json.")

// From gives the error that a caller may see for any error. An error that is neither a *board.Error nor one of the
// router becomes board.CodeInternal.
func From(err error) *board.Error {
	if e, ok := errors.AsType[*board.Error](err); ok {
		return e
	}
	if e, ok := errors.AsType[*echo.HTTPError](err); ok {
		return fromRouter(e)
	}
	return internal
}

// fromRouter words what the router and the generated wrappers refuse. The validator sees every parameter and body
// before the wrappers do, so a 400 from them is rare.
func fromRouter(e *echo.HTTPError) *board.Error {
	switch e.Code {
	case http.StatusNotFound:
		return ErrNoSuchAddress
	case http.StatusMethodNotAllowed:
		return board.Errorf(board.CodeMethodNotAllowed, "This address does not take this method. The Allow header lists those that it does.")
	case http.StatusBadRequest:
		return board.Errorf(board.CodeInvalidRequest, "The request can't be read.")
	case http.StatusRequestEntityTooLarge:
		return board.Errorf(board.CodePayloadTooLarge, "The request's body is too large.")
	case http.StatusUnsupportedMediaType:
		return board.Errorf(board.CodeUnsupportedMediaType, "Send the body as application/json.")
	}
	return internal
}

// CallerGone tells whether a request failed because its caller is gone, so that nobody reads the answer. net/http also ends the context of a
// request when its body has not come in time: a 503 that is said on purpose, such as of a body for which there was no room, has a caller.
func CallerGone(ctx context.Context, err error) bool {
	return ctx.Err() != nil && (From(err).Code == board.CodeInternal || errors.Is(err, board.ErrUnavailable))
}

// RetryLater says in the answer of an error when to try again, where that helps, unless it is said already.
func RetryLater(h http.Header, e *board.Error) {
	if wait := e.Waits(); wait > 0 && h.Get(echo.HeaderRetryAfter) == "" {
		h.Set(echo.HeaderRetryAfter, board.RetryAfter(wait))
	}
}

// causeKey is where a request keeps the cause of its fault.
const causeKey = "fault"

// KeepCause keeps the cause of an internal error for the log line of the request.
func KeepCause(c echo.Context, err error) { c.Set(causeKey, err) }

// reasonKey is where a request keeps why it was refused.
const reasonKey = "reason"

// KeepReason keeps for the log line why a request was refused, where the answer has no room for it. It is no fault of ours.
func KeepReason(c echo.Context, err error) { c.Set(reasonKey, err) }

// Reason is the error that KeepReason kept; nil for any other request.
func Reason(c echo.Context) error {
	err, _ := c.Get(reasonKey).(error)
	return err
}

// Cause is the error that KeepCause kept; nil for a request without an internal error.
func Cause(c echo.Context) error {
	err, _ := c.Get(causeKey).(error)
	return err
}
