package intake

import (
	"io"
	"net/http"

	"github.com/labstack/echo/v4"

	"itmanagerjobs/server/apierror"
	"itmanagerjobs/store/board"
)

// Outcome is what became of what a person sent, in words for that person. A browser gets it where a program gets JSON.
type Outcome struct {
	Status         int
	Title, Message string
	// Problems are what was wrong with the form of the job JobID, and Values what was typed into it. The file is not
	// among them; Kept is where it is kept, nil when it is not.
	Problems []board.FieldError
	Values   map[string]string
	Kept     *Kept
	// JobID is 0 for an outcome that is about no job.
	JobID int64
	// Token makes the page ask whether to withdraw an application, and send it along; empty to ask nothing.
	Token string
}

// Kept is a CV that waits for its form to be sent again.
type Kept struct{ Name, Token string }

// Mendable tells whether the applicant can correct the form of the job JobID and send it again.
func (o Outcome) Mendable() bool {
	return o.JobID != 0 &&
		(o.Status == http.StatusBadRequest || o.Status == http.StatusConflict || o.Status == http.StatusRequestEntityTooLarge)
}

// WithdrawPath is where the answer to the question of Token is sent.
func (Outcome) WithdrawPath() string { return board.WithdrawPath }

// maxDiscarded is how much of a form is read, in bytes, that is too large, for its sender to be told.
const maxDiscarded = 128 << 20

// outcomeKey is where a request keeps what its handler knows of the Outcome before an error ends it.
const outcomeKey = "outcome"

// PagesForBrowsers turns the errors of an operation into pages when a browser calls it. It keeps what the handler has
// noted of the Outcome, such as the values of the form.
func (h *Handlers) PagesForBrowsers(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		header := c.Response().Header()
		header.Set(echo.HeaderVary, echo.HeaderAccept)
		header.Set(echo.HeaderCacheControl, "no-store")
		// The address of a page can hold a token.
		header.Set("Referrer-Policy", "no-referrer")
		header.Set(echo.HeaderXContentTypeOptions, "nosniff")
		body := c.Request().Body // which the limit of its size comes before, further in
		err := next(c)
		if err == nil || c.Response().Committed || !wantsPage(c.Request()) {
			return err
		}
		e := apierror.From(err)
		status := apierror.Status(e.Code)
		o, _ := c.Get(outcomeKey).(Outcome)
		o.Status, o.Title, o.Message, o.Problems = status, errorTitle(e.Code), e.Message, e.Fields
		if status == http.StatusRequestEntityTooLarge {
			// A browser that is still sending does not read the answer.
			_, _ = io.CopyN(io.Discard, body, maxDiscarded)
		}
		if status >= http.StatusInternalServerError {
			if apierror.CallerGone(c.Request().Context(), err) {
				return err
			}
			apierror.KeepCause(c, err)
			o.Message += " The requestId is " + header.Get(echo.HeaderXRequestID) + "."
		}
		apierror.RetryLater(header, e)
		return h.showPage(c, o)
	}
}

// answer answers JSON to a program and a page to a browser.
func (h *Handlers) answer(c echo.Context, body any, o Outcome) error {
	if wantsPage(c.Request()) {
		return h.showPage(c, o)
	}
	return c.JSON(o.Status, body)
}

func (h *Handlers) showPage(c echo.Context, o Outcome) error {
	return h.Pages.ShowOutcome(c.Response(), c.Request(), o)
}

// wantsPage tells whether the caller is a browser: one that names HTML, and does not ask for JSON.
func wantsPage(r *http.Request) bool {
	return accepts(r, echo.MIMETextHTML) && !accepts(r, echo.MIMEApplicationJSON)
}

func errorTitle(code board.Code) string {
	switch code { //nolint:exhaustive // the rest has no better title
	case board.CodeNotFound:
		return "Not found"
	case board.CodeGone:
		return "No longer there"
	case board.CodeRateLimited:
		return "Try again later"
	case board.CodeUnavailable:
		return "Try again in a moment"
	case board.CodeInternal:
		return "Something went wrong"
	}
	return "There is a problem"
}
