package server

import (
	"io"
	"itmanagerjobs/store/pipeline"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	apiv1 "itmanagerjobs/gen/v1"
	"itmanagerjobs/store/board"
)

// registerStreams adds the operations that the generated code has no words for.
func (s *Server) registerStreams(chains map[string][]echo.MiddlewareFunc) {
	people := func(id string) []echo.MiddlewareFunc {
		return append([]echo.MiddlewareFunc{s.forPeople}, chains[id]...)
	}
	s.echo.GET("/api/v1/applications/:id/cv", s.downloadCV, chains["downloadApplicationCv"]...)
	s.echo.GET("/api/v1/candidates/:id/cv", s.downloadCandidateCV, chains["downloadCandidateCv"]...)
	s.echo.GET("/jobs/:id/apply", s.openApplyForm, people("openApplyForm")...)
	s.echo.POST("/jobs/:id/apply", s.applyToJob, people("applyToJob")...)
	s.echo.GET(board.WithdrawPath, s.showWithdrawal, people("showWithdrawal")...)
	s.echo.POST(board.WithdrawPath, s.withdrawApplication, people("withdrawApplication")...)
	s.echo.POST("/apply/careerjet", s.receiveCareerjet)
	s.echo.POST("/apply/inbound", s.receiveInboundEmail, chains["receiveInboundEmail"]...)
}

// openApplyForm leads to the form of a job, or to the employer's own address, which is counted. A program is told the
// address.
func (s *Server) openApplyForm(c echo.Context) error {
	id, err := publicJobID(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	job, err := s.store.Pipeline.JobToApplyFor(ctx, board.ModeLive, id)
	if err != nil {
		return err
	}
	to := "/jobs/" + strconv.FormatInt(id, 10) + "#apply"
	if appliedForElsewhere(job) {
		if to, err = s.store.Pipeline.ForwardToApplyURL(ctx, board.ModeLive, id); err != nil {
			return err
		}
	}
	if accepts(c.Request(), echo.MIMEApplicationJSON) {
		return c.JSON(http.StatusOK, apiv1.ApplyAddress{URL: to})
	}
	return c.Redirect(http.StatusSeeOther, to)
}

func appliedForElsewhere(job board.Job) bool {
	return job.ApplyMethod != nil && *job.ApplyMethod == board.ApplyByURL
}

// applyToJob takes an application from the form of a job.
func (s *Server) applyToJob(c echo.Context) error {
	id, err := publicJobID(c)
	if err != nil {
		return err
	}
	r := c.Request()
	if r.ContentLength > s.applyBody {
		return formFault(&http.MaxBytesError{Limit: s.applyBody})
	}
	ctx := r.Context()
	if wait, err := s.store.Pipeline.CountApplication(ctx, c.RealIP(), s.applyLimit); err != nil {
		if wait > 0 {
			c.Response().Header().Set(echo.HeaderRetryAfter, board.RetryAfter(wait))
		}
		return s.afterBody(r, err)
	}
	c.Set(pageKey, Page{JobID: id})
	job, err := s.store.Pipeline.JobToApplyFor(ctx, board.ModeLive, id)
	if err != nil {
		return s.afterBody(r, err)
	}
	if appliedForElsewhere(job) {
		to, err := s.store.Pipeline.ForwardToApplyURL(ctx, board.ModeLive, id)
		if err != nil {
			return s.afterBody(r, err)
		}
		_ = s.afterBody(r, nil)
		return c.Redirect(http.StatusSeeOther, to)
	}
	form, err := readApplyForm(r)
	if err != nil {
		return err
	}
	c.Set(pageKey, Page{JobID: id, Values: form.values})
	if err := form.check(); err != nil {
		return err
	}
	a, err := s.store.Pipeline.Apply(ctx, pipeline.ApplyParams{
		Mode: board.ModeLive, JobID: id, Applicant: form.applicant(), CV: form.cv, Source: board.SourceForm,
		Trace: board.Trace{IP: c.RealIP(), UserAgent: r.UserAgent()}, Country: s.countryOf(c.RealIP()), PublicURL: s.publicURL,
	})
	if err != nil {
		return err
	}
	message := "Thank you. Your application has arrived, and a confirmation is on its way to " + a.Applicant.Email + "."
	return s.answerPerson(c, apiv1.ApplicationReceived{ApplicationID: a.ID, Message: message},
		Page{Status: http.StatusCreated, Title: "Your application has arrived", Message: message, JobID: id})
}

// afterBody reads what is left of a body before an error is answered: a browser that is still sending reads no answer,
// and tells its user of a broken connection instead.
func (s *Server) afterBody(r *http.Request, err error) error {
	_, _ = io.Copy(io.Discard, r.Body)
	return err
}
