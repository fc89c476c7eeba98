package intake

import (
	"context"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"itmanagerjobs/server/apierror"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pipeline"
)

// takeKept puts the CV that was kept from an earlier form into one that has no file. What is wrong is noted in the form.
func (h *Handlers) takeKept(ctx context.Context, jobID int64, f *sentForm) error {
	if f.token == "" || f.cv != nil {
		return nil
	}
	upload, err := h.Store.Pipeline.KeptCV(ctx, jobID, f.token)
	if errors.Is(err, board.ErrCVNotKept) {
		f.token = ""
		f.problems = append(f.problems, board.ErrCVNotKept.Fields...)
		return nil
	}
	if err != nil {
		return err
	}
	f.cv, f.kept = &upload, true
	return nil
}

// keepCV keeps the CV of a form that err refuses, when a person can mend it, and notes where for the page. It returns err.
func (h *Handlers) keepCV(c echo.Context, jobID int64, attempt pipeline.ApplyAttempt, f *sentForm, err error) error {
	o, _ := c.Get(outcomeKey).(Outcome)
	o.Status = apierror.Status(apierror.From(err).Code)
	if f.cv == nil || !wantsPage(c.Request()) || !o.Mendable() {
		return err
	}
	cv, unfit := board.CheckCV(*f.cv)
	if unfit != nil {
		return err
	}
	token := f.token
	if !f.kept {
		ctx := c.Request().Context()
		kept := pipeline.KeepCV{JobID: jobID, Email: f.values[fieldEmail], CV: cv}
		var failed error
		if token, failed = h.Store.Pipeline.KeepCV(ctx, attempt, kept); failed == nil && f.token != "" {
			// A form has one file.
			failed = h.Store.Pipeline.ForgetKeptCV(ctx, f.token)
		}
		if failed != nil {
			return failed
		}
	}
	if token != "" {
		o.Kept = &Kept{Name: cv.Name, Token: token}
		c.Set(outcomeKey, o)
	}
	return err
}

// largeForm tells a person who has chosen a file that is too large which field is at fault. Other errors stay as they are.
func (h *Handlers) largeForm(r *http.Request, err error) error {
	if r.ContentLength > h.MaxForm {
		err = unreadableForm(&http.MaxBytesError{Limit: h.MaxForm})
	}
	e, ok := errors.AsType[*board.Error](err)
	if !ok || e.Code != board.CodePayloadTooLarge || !wantsPage(r) {
		return err
	}
	return board.CVTooLarge()
}
