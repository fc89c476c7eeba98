package server

import (
	"errors"
	"itmanagerjobs/store/account"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	apiv1 "itmanagerjobs/gen/v1"
	"itmanagerjobs/store/board"
)

// status is the one place that maps a code to an HTTP status (R2).
func status(code board.Code) int {
	switch code {
	case board.CodeInvalidRequest, board.CodeInvalidQuery, board.CodeInvalidState:
		return http.StatusBadRequest
	case board.CodeNoCredits:
		return http.StatusPaymentRequired
	case board.CodeInsufficientScope:
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

// statusClientClosedRequest is no status of HTTP and is never seen by anybody: log and metrics have it.
const statusClientClosedRequest = 499

// internal hides what went wrong inside; the log has it, under the request id.
var internal = board.Errorf(board.CodeInternal,
	"Something went wrong on our side. Try again in a moment; if it stays, write to support with the requestId.")

// errNoSuchAddress and errNoSuchAutoTechJobs, under /v1, name the contract that lists what there is.
var (
	errNoSuchAddress      = board.Errorf(board.CodeNotFound, "There is nothing at this address. The operations are listed at /swagger/v1/swagger.json.")
	errNoSuchAutoTechJobs = board.Errorf(board.CodeNotFound, "There is nothing at this address. The operations are listed at /swagger/autotechjobs/swagger.json.")
)

// toError brings every error that can come up to one that may be shown.
func toError(err error) *board.Error {
	if e, ok := errors.AsType[*board.Error](err); ok {
		return e
	}
	if e, ok := errors.AsType[*echo.HTTPError](err); ok {
		return fromEcho(e)
	}
	return internal
}

// fromEcho words what the router and the generated wrappers refuse. The validator has seen every parameter and body
// before the wrappers do, so that a 400 of theirs is rare; it is worded all the same.
func fromEcho(e *echo.HTTPError) *board.Error {
	switch e.Code {
	case http.StatusNotFound:
		return errNoSuchAddress
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

func toAPIError(e *board.Error, requestID string) apiv1.Error {
	return apiv1.Error{Code: string(e.Code), Message: e.Message, Errors: toAPIFieldErrors(e.Fields), RequestID: &requestID}
}

func toAPIFieldErrors(fields []board.FieldError) []apiv1.FieldError {
	out := make([]apiv1.FieldError, len(fields))
	for i, f := range fields {
		out[i] = apiv1.FieldError{Field: f.Field, Code: f.Code, Message: f.Message}
	}
	return out
}

// writeError is the one handler of errors. A 401 has no body (0.21); everything else has the envelope.
func (s *Server) writeError(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	if errors.Is(err, account.ErrUnauthenticated) {
		c.Response().Header().Set(echo.HeaderWWWAuthenticate, "Bearer")
		c.Response().WriteHeader(http.StatusUnauthorized)
		return
	}
	e := toError(err)
	if e == errNoSuchAddress && strings.HasPrefix(c.Request().URL.Path, "/v1/") {
		e = errNoSuchAutoTechJobs
	}
	code := status(e.Code)
	if code >= http.StatusInternalServerError && c.Request().Context().Err() != nil {
		// The caller is gone, which is why this failed. Nobody reads the answer; the log gets the status that
		// others use for it.
		c.Response().WriteHeader(statusClientClosedRequest)
		return
	}
	if code >= http.StatusInternalServerError {
		noteFault(c, err)
	}
	if writeErr := c.JSON(code, toAPIError(e, requestIDOf(c))); writeErr != nil {
		s.log.DebugContext(c.Request().Context(), "answer not written", "error", writeErr)
	}
}
