package server

import (
	"bytes"
	"context"
	"errors"
	"itmanagerjobs/store/job"
	"itmanagerjobs/store/pipeline"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	apiv1 "itmanagerjobs/gen/v1"
	"itmanagerjobs/server/inbound"
	"itmanagerjobs/store/board"
)

// receiveInboundEmail takes an application by email that a mail provider hands on. The key tells whose job is meant.
func (s *Server) receiveInboundEmail(c echo.Context) error {
	ctx := c.Request().Context()
	raw, err := bodyOf(c.Request())
	if err != nil {
		return err
	}
	// No address has a space: it was a plus that was not escaped.
	envelope, err := inbound.EnvelopeOf(raw, strings.ReplaceAll(c.QueryParam("to"), " ", "+"))
	if err != nil {
		return emailFault(err)
	}
	if envelope.Reference == "" {
		var p problems
		p.add("to", board.FieldInvalid, "must be an address for applications, apply+REFERENCE@…; without it the header To must have one")
		return invalidParameters(p.fields)
	}
	m, err := inbound.Parse(bytes.NewReader(raw), envelope)
	if automatic, ok := errors.AsType[*inbound.AutomaticError](err); ok {
		return c.JSON(http.StatusOK, apiv1.EmailIgnored{Reason: automatic.Reason})
	}
	if err != nil {
		return emailFault(err)
	}
	t := principalFrom(ctx).Tenant
	reference, err := s.referenceOfOwn(ctx, t, m.Reference)
	if err != nil {
		return err
	}
	a, err := s.store.Pipeline.Apply(ctx, pipeline.ApplyParams{
		Mode: t.Mode, EmployerID: t.EmployerID, Reference: reference,
		Applicant: m.Applicant, CV: m.CV, Source: board.SourceEmail, UUID: m.Identity(reference), PublicURL: s.publicURL,
	})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusAccepted, apiv1.ApplicationReceived{ApplicationID: a.ID, Message: "The application has arrived."})
}

// referenceOfOwn takes the employer's number from what an address says, EMPLOYER.REFERENCE or REFERENCE. As for email
// that comes by SMTP, the first is tried first.
func (s *Server) referenceOfOwn(ctx context.Context, t board.Tenant, written string) (string, error) {
	written = strings.ReplaceAll(strings.ToValidUTF8(written, "\uFFFD"), "\x00", "") // no text of PostgreSQL otherwise
	own, ok := strings.CutPrefix(written, strconv.FormatInt(t.EmployerID, 10)+".")
	if !ok {
		return written, nil
	}
	page, err := s.store.Jobs.Jobs(ctx, t, job.Query{Filter: job.Filter{Reference: own}, Limit: 1})
	if err != nil || len(page.Items) == 0 {
		return written, err
	}
	return own, nil
}

// emailFault words why a message can't be read.
func emailFault(err error) error {
	unreadable, ok := errors.AsType[*inbound.UnreadableError](err)
	switch {
	case !ok:
		return err
	case unreadable.TooLarge:
		return board.Errorf(board.CodePayloadTooLarge, "The message is too large: %s.", unreadable.Reason)
	}
	return board.Invalid(board.FieldError{Field: bodyField, Code: board.FieldInvalidFormat, Message: "must be an email, but " + unreadable.Reason})
}
