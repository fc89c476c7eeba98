package pages

import (
	"context"
	"errors"
	"net/http"
	"time"

	"itmanagerjobs/store/board"
)

// Failure is what a page says of an error.
type Failure struct {
	Status         int
	Title, Message string
	// Again is when the visitor may try again; 0 where that helps nobody.
	Again time.Duration
	// Logged tells that the log needs the error: it is a fault of ours, or of what we stand on.
	Logged bool
}

// FailureOf is the page of an error on every site. The message of a *board.Error is for the visitor; that of any other error is for
// the log alone, and the number of the request stands for it.
func FailureOf(err error, fault string) Failure {
	internal := Failure{Status: http.StatusInternalServerError, Title: "Something went wrong", Message: fault, Logged: true}
	e, ok := errors.AsType[*board.Error](err)
	if !ok {
		internal.Logged = !errors.Is(err, context.Canceled)
		return internal
	}
	switch e.Code {
	case board.CodeInvalidRequest, board.CodeInvalidQuery, board.CodeInvalidState, board.CodeNoCredits, board.CodeUnlockRequired:
		return Failure{Status: http.StatusBadRequest, Title: "This can't be done", Message: e.Message}
	case board.CodeInsufficientScope, board.CodeAddressNotAllowed:
		return Failure{Status: http.StatusForbidden, Title: "Not allowed", Message: e.Message}
	case board.CodeTestModeOnly:
		return Failure{Status: http.StatusForbidden, Title: "Test mode only", Message: "This works with test data alone. Switch to test mode first; the switch is at the top of each page."}
	case board.CodeNotFound:
		return Failure{Status: http.StatusNotFound, Title: "Not found", Message: e.Message}
	case board.CodeConflict, board.CodePreconditionFailed:
		return Failure{Status: http.StatusConflict, Title: "Nothing was changed", Message: e.Message}
	case board.CodeGone:
		return Failure{Status: http.StatusGone, Title: "No longer there", Message: e.Message}
	case board.CodePayloadTooLarge:
		return Failure{Status: http.StatusRequestEntityTooLarge, Title: "Too large", Message: e.Message}
	case board.CodeRateLimited:
		return Failure{Status: http.StatusTooManyRequests, Title: "Too many attempts", Message: e.Message, Again: e.Waits()}
	case board.CodeUnavailable:
		return Failure{Status: http.StatusServiceUnavailable, Title: "Try again in a moment", Message: e.Message, Again: e.Waits(), Logged: true}
	case board.CodeMethodNotAllowed, board.CodeUnsupportedMediaType, board.CodeRangeNotSatisfiable, board.CodeIdempotencyKeyReused, board.CodeInternal:
		// The API alone answers with these.
	}
	return internal
}

// Answer notes the failure of a request for its log line, says when to come again, and has the site show its page.
func (f Failure) Answer(w http.ResponseWriter, r *http.Request, err error, show func(w http.ResponseWriter, r *http.Request, status int, title, message string)) {
	if f.Logged {
		VisitOf(r.Context()).Fault = err
	}
	if f.Again > 0 {
		w.Header().Set("Retry-After", board.RetryAfter(f.Again))
	}
	show(w, r, f.Status, f.Title, f.Message)
}
