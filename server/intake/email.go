package intake

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	api "itmanagerjobs/gen/intake"
	"itmanagerjobs/server/contract"
	"itmanagerjobs/server/inbound"
	"itmanagerjobs/store/board"
)

// ReceiveEmail takes an application by email that a mail provider hands on, for a job of the tenant whose key the
// provider has.
func (h *Handlers) ReceiveEmail(c echo.Context, t board.Tenant) error {
	m, err := readEmail(c)
	if automatic, ok := errors.AsType[*inbound.AutomaticError](err); ok {
		return c.JSON(http.StatusOK, api.EmailAnswer{Reason: &automatic.Reason})
	}
	if err != nil {
		return err
	}
	id, err := h.mail.DeliverTo(c.Request().Context(), t, m)
	if err != nil {
		return err
	}
	message := "The application has arrived."
	return c.JSON(http.StatusAccepted, api.EmailAnswer{ApplicationID: &id, Message: &message})
}

// BeforeEmail reads the CV of an email that ReceiveEmail is about to take in a transaction. What is wrong with the email is left
// for ReceiveEmail to say.
func (h *Handlers) BeforeEmail(ctx context.Context, c echo.Context, t board.Tenant) (context.Context, error) {
	m, err := readEmail(c)
	if err != nil {
		return ctx, nil //nolint:nilerr // see above
	}
	read, err := h.mail.ReadAhead(ctx, t, m)
	if e, ok := errors.AsType[*board.Error](err); ok && e.Code != board.CodeUnavailable {
		return ctx, nil
	}
	return read, err
}

// readEmail reads the email of a request. Errors: *inbound.AutomaticError; a *board.Error.
func readEmail(c echo.Context) (inbound.Message, error) {
	raw, err := contract.Body(c.Request())
	if err != nil {
		return inbound.Message{}, err
	}
	// No address has a space: it was a plus that the provider did not escape.
	envelope, err := inbound.EnvelopeOf(raw, strings.ReplaceAll(c.QueryParam("to"), " ", "+"))
	if err != nil {
		return inbound.Message{}, unreadableEmail(err)
	}
	if envelope.Reference == "" {
		return inbound.Message{}, contract.InvalidParameters(board.FieldError{
			Field: "to", Code: board.FieldInvalid,
			Message: "must be an address for applications, apply+REFERENCE@…; without it the header To must have one",
		})
	}
	m, err := inbound.Parse(raw, envelope)
	if err != nil && !errors.As(err, new(*inbound.AutomaticError)) {
		return inbound.Message{}, unreadableEmail(err)
	}
	return m, err
}

// unreadableEmail words why a message can't be read.
func unreadableEmail(err error) error {
	unreadable, ok := errors.AsType[*inbound.UnreadableError](err)
	switch {
	case !ok:
		return err
	case unreadable.TooLarge:
		return board.Errorf(board.CodePayloadTooLarge, "The message is too large: %s.", unreadable.Reason)
	}
	return board.Invalid(board.FieldError{Field: contract.BodyField, Code: board.FieldInvalidFormat, Message: "must be an email, but " + unreadable.Reason})
}
