package server

import (
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	apiv1 "itmanagerjobs/gen/v1"
	"itmanagerjobs/server/answer"
	"itmanagerjobs/server/apierror"
	"itmanagerjobs/server/method"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/delivery"
)

// statusClientClosedRequest is the status that log and metrics have, in place of a fault, for a request whose caller left before it was
// answered; pages have the same. It is not a status of HTTP, and no caller sees it.
const statusClientClosedRequest = 499

// errNoSuchAutoTechJobs answers a path under /v1 that no operation has.
var errNoSuchAutoTechJobs = board.Errorf(board.CodeNotFound, "There is nothing at this address. The operations are listed at /swagger/autotechjobs/swagger.json.")

// errInbox answers somebody who writes to an inbox from outside. It says the same of an inbox that is there and of one that is not.
var errInbox = board.Errorf(board.CodeNotFound,
	"An inbox takes the deliveries of test webhooks alone, which do not come over the network. Read them at GET /api/v1/test/inboxes/{id}/requests.")

func toAPIError(e *board.Error, requestID string) apiv1.ErrorEnvelope {
	return apiv1.ErrorEnvelope{Code: string(e.Code), Message: e.Message, Errors: toAPIFieldErrors(e.Fields), RequestID: &requestID}
}

func toAPIFieldErrors(fields []board.FieldError) []apiv1.FieldError {
	out := make([]apiv1.FieldError, len(fields))
	for i, f := range fields {
		out[i] = apiv1.FieldError{Field: f.Field, Code: f.Code, Message: f.Message}
	}
	return out
}

// writeError is the one handler of errors. A 401 has no body, as the contract says; every other error has the envelope.
func (s *Server) writeError(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	forgetBody(c.Response().Header())
	if errors.Is(err, account.ErrUnauthenticated) {
		c.Response().Header().Set(echo.HeaderWWWAuthenticate, "Bearer")
		c.Response().WriteHeader(http.StatusUnauthorized)
		return
	}
	e := apierror.From(err)
	if e == apierror.ErrNoSuchAddress && strings.HasPrefix(c.Request().URL.Path, "/v1/") {
		e = errNoSuchAutoTechJobs
	}
	if e == apierror.ErrNoSuchAddress && strings.HasPrefix(c.Request().URL.Path, delivery.InboxPath) {
		e = errInbox
	}
	c.Set(codeKey, e.Code)
	if e.Code == board.CodeMethodNotAllowed {
		method.AllowHead(c.Response().Header())
	}
	code := apierror.Status(e.Code)
	if apierror.CallerGone(c.Request().Context(), err) {
		// The log gets the status that other servers use for it.
		c.Response().WriteHeader(statusClientClosedRequest)
		return
	}
	if code >= http.StatusInternalServerError {
		apierror.KeepCause(c, err)
	}
	apierror.RetryLater(c.Response().Header(), e)
	if writeErr := c.JSON(code, toAPIError(e, requestIDOf(c))); writeErr != nil {
		s.log.DebugContext(c.Request().Context(), "answer not written", "error", writeErr)
	}
}

// forgetBody takes back what a handler has said of a body before it failed: that of an error is another one.
func forgetBody(h http.Header) {
	for _, name := range []string{echo.HeaderContentDisposition, echo.HeaderContentEncoding, echo.HeaderContentLength, answer.HeaderETag, "Repr-Digest"} {
		h.Del(name)
	}
}
