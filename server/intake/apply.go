package intake

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	api "itmanagerjobs/gen/intake"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pipeline"
)

// OpenForm leads to the form of a job, or to the employer's own address, which is counted. A program is told the
// address instead.
func (h *Handlers) OpenForm(c echo.Context) error {
	id, err := publicJobID(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	job, err := h.Store.Pipeline.JobToApplyFor(ctx, board.ModeLive, id)
	if err != nil {
		return err
	}
	to := jobPath(id) + "#apply"
	if appliesElsewhere(job) {
		if to, err = h.Store.Pipeline.ForwardToApplyURL(ctx, board.ModeLive, id); err != nil {
			return err
		}
	}
	if accepts(c.Request(), echo.MIMEApplicationJSON) {
		return c.JSON(http.StatusOK, api.ApplyAddress{URL: to})
	}
	return c.Redirect(http.StatusSeeOther, to)
}

// appliesElsewhere tells whether the applicants of a job go to the employer's own address.
func appliesElsewhere(job board.Job) bool {
	return job.ApplyMethod != nil && *job.ApplyMethod == board.ApplyByURL
}

// Apply takes an application from the form of a job. The network that sends it is counted before anything is read.
func (h *Handlers) Apply(c echo.Context) error {
	id, err := publicJobID(c)
	if err != nil {
		return err
	}
	r := c.Request()
	if r.ContentLength > h.MaxForm && !wantsPage(r) {
		return unreadableForm(&http.MaxBytesError{Limit: h.MaxForm})
	}
	attempt, err := h.Store.Pipeline.CountApplication(r.Context(), c.RealIP(), board.DefaultApplyLimit)
	if err != nil {
		return afterBody(r, err)
	}
	accepted, err := h.apply(c, id, attempt)
	if !accepted {
		// The caller may have hung up, and is counted all the same.
		err = errors.Join(err, h.Store.Pipeline.RefuseApplication(context.WithoutCancel(r.Context()), attempt))
	}
	return err
}

// apply takes the form of a job, and answers.
func (h *Handlers) apply(c echo.Context, id int64, attempt pipeline.ApplyAttempt) (accepted bool, err error) {
	r := c.Request()
	ctx := r.Context()
	c.Set(outcomeKey, Outcome{JobID: id})
	job, err := h.Store.Pipeline.JobToApplyFor(ctx, board.ModeLive, id)
	if err != nil {
		return false, afterBody(r, err)
	}
	if appliesElsewhere(job) && wantsPage(r) {
		// The form was opened before. Its browser may follow no redirect to another site; the page of the job has the link to it now.
		return false, errors.Join(afterBody(r, nil), c.Redirect(http.StatusSeeOther, jobPath(id)))
	}
	if appliesElsewhere(job) {
		to, err := h.Store.Pipeline.ForwardToApplyURL(ctx, board.ModeLive, id)
		if err := afterBody(r, err); err != nil {
			return false, err
		}
		return false, c.Redirect(http.StatusSeeOther, to)
	}
	form, err := readForm(r)
	c.Set(outcomeKey, Outcome{JobID: id, Values: form.values})
	if err != nil {
		return false, h.largeForm(r, err)
	}
	if err := h.takeKept(ctx, id, form); err != nil {
		return false, err
	}
	if err := form.check(); err != nil {
		return false, h.keepCV(c, id, attempt, form, err)
	}
	a, err := h.Store.Pipeline.Apply(ctx, pipeline.ApplyParams{
		KeptToken: form.token, Network: c.RealIP(),
		Mode: board.ModeLive, JobID: id, Applicant: form.applicant(), CV: form.cv, Source: board.SourceForm,
		Trace: board.Trace{IP: c.RealIP(), UserAgent: r.UserAgent()}, Country: h.CountryOf(c.RealIP()), PublicURL: h.PublicURL,
	})
	// One answer to a first and a repeated application: who has applied is for nobody to find out. An email tells the person.
	number := a.ID
	if errors.Is(err, board.ErrAlreadyApplied) {
		number, err = h.Store.Pipeline.UnusedApplicationID(ctx)
	}
	if err != nil {
		return false, h.keepCV(c, id, attempt, form, err)
	}
	if wantsPage(r) {
		return true, c.Redirect(http.StatusSeeOther, jobPath(id)+"/applied")
	}
	message := "Thank you. Your application has arrived, and a confirmation is on its way to " + strings.TrimSpace(form.values[fieldEmail]) + "."
	return true, c.JSON(http.StatusCreated, api.ApplicationReceived{ApplicationID: number, Message: message})
}

// afterBody reads the rest of a body before err is answered: a browser that is still sending does not read an answer,
// and reports a broken connection instead.
func afterBody(r *http.Request, err error) error {
	_, _ = io.Copy(io.Discard, r.Body)
	return err
}
