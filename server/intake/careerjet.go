package intake

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/labstack/echo/v4"

	"itmanagerjobs/server/apierror"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pipeline"
	"itmanagerjobs/webhooks/careerjet"
)

// ReceiveCareerjet takes an application that a job board pushes. It answers everything in the words of Careerjet's
// protocol, also an internal error, whose cause the log has.
func (h *Handlers) ReceiveCareerjet(c echo.Context) (err error) {
	defer func() {
		if r := recover(); r != nil {
			if r == http.ErrAbortHandler || c.Response().Committed { //nolint:errorlint // a panic value, compared as the standard library does
				panic(r)
			}
			apierror.KeepCause(c, fmt.Errorf("panic: %v\n%s", r, debug.Stack()))
			err = replyTo(c, careerjet.Unexpected)
		}
	}()
	r := c.Request()
	r.Body = http.MaxBytesReader(c.Response(), r.Body, careerjet.MaxBody+1)
	reply, err := h.takePush(c)
	switch {
	case err == nil || r.Context().Err() != nil:
	case reply == careerjet.Unexpected:
		apierror.KeepCause(c, err)
	default:
		apierror.KeepReason(c, err)
	}
	return replyTo(c, reply)
}

func replyTo(c echo.Context, reply careerjet.Reply) error {
	return c.JSONBlob(reply.Status(), reply.JSON())
}

// takePush takes a push. The error, if any, says
// why the application could not be taken; careerjet.Unexpected, after which it is sent again, is for faults of ours alone.
func (h *Handlers) takePush(c echo.Context) (careerjet.Reply, error) {
	ctx := c.Request().Context()
	push, fault := careerjet.Decode(c.Request().Header.Get(echo.HeaderContentType), c.Request().Body)
	if fault != nil && !errors.As(fault, new(*careerjet.FaultError)) {
		return careerjet.Unexpected, fault // the connection broke
	}
	push.JobID = strings.TrimSpace(push.JobID)
	push.UUID = strings.TrimRight(push.UUID, "\r\n")
	if strings.ContainsRune(push.JobID, 0) {
		push.JobID = "" // no reference has U+0000, and PostgreSQL takes no text with it
	}
	// The sender is known before the rest is judged: what a stranger sends is not looked at.
	feeds, err := h.Store.Pipeline.CareerjetFeedsOf(ctx, push.JobID)
	if err != nil {
		return careerjet.Unexpected, err
	}
	if len(feeds) == 0 && fault == nil {
		return careerjet.JobNotFound, nil
	}
	feed, ok := senderOf(feeds, push)
	switch {
	case !ok:
		return careerjet.InvalidSource, nil
	case fault != nil:
		return careerjet.InvalidSource, fault // to send it again would not help
	}
	_, err = h.Store.Pipeline.Apply(ctx, h.pushed(feed, push))
	switch {
	case err == nil, errors.Is(err, board.ErrAlreadyApplied): // the employer has the application
		return careerjet.Accepted, nil
	case errors.Is(err, board.ErrSourceReused):
		return careerjet.InvalidSource, nil
	case errors.Is(err, board.ErrJobClosed), errors.Is(err, board.ErrJobExpired):
		return careerjet.Closed, nil
	case errors.Is(err, board.ErrRegionNotAccepted):
		return careerjet.RegionNotAccepted, nil
	case isCode(err, board.CodeNotFound):
		return careerjet.JobNotFound, nil
	case isCode(err, board.CodeInvalidRequest):
		// Nobody can answer an applicant without an address. To send it again would not help, and no other answer says so.
		return careerjet.InvalidSource, err
	}
	return careerjet.Unexpected, err
}

// pushed makes of a push what can be taken of it.
func (h *Handlers) pushed(feed pipeline.CareerjetFeed, push careerjet.Application) pipeline.ApplyParams {
	applicant, end := board.FitApplicant(board.Applicant{
		FirstName: push.FirstName, LastName: push.LastName, Email: push.Email, Phone: push.PhoneNumber, CoverLetter: push.CoverLetter,
	})
	p := pipeline.ApplyParams{
		Mode: board.ModeLive, EmployerID: feed.EmployerID, JobID: feed.JobID, Reference: push.JobID, UUID: push.UUID, Source: board.SourceCareerjet,
		Applicant: applicant,
		Trace:     board.Trace{IP: push.CandidateIP, UserAgent: push.CandidateUserAgent},
		Country:   h.CountryOf(push.CandidateIP), PublicURL: h.PublicURL,
	}
	if _, err := board.CheckSourceUUID("uuid", p.UUID); err != nil {
		sum := sha256.Sum256([]byte(p.UUID))
		p.UUID = hex.EncodeToString(sum[:])
	}
	if end != nil {
		p.Unread = append(p.Unread, *end)
	}
	switch {
	case push.CV == nil:
	case push.CV.TooLarge:
		p.Unread = append(p.Unread, board.LargeFile(push.CV.Name))
	default:
		cv, leftOut := board.TakeCV(board.Upload{Name: push.CV.Name, Bytes: push.CV.Content}, push.CV.MediaType)
		if leftOut != nil {
			p.Unread = append(p.Unread, *leftOut)
		} else {
			p.Taken = &cv
		}
	}
	return p
}

// senderOf finds the employer whose secret has signed a push, because a push names no employer. A push without a
// signature is for the employer who allows that, if only one employer with the reference does.
func senderOf(feeds []pipeline.CareerjetFeed, push careerjet.Application) (pipeline.CareerjetFeed, bool) {
	var unsigned []pipeline.CareerjetFeed
	for _, f := range feeds {
		if push.Verify(f.Secret) {
			return f, true
		}
		if f.AllowUnsigned {
			unsigned = append(unsigned, f)
		}
	}
	if push.SourceSignature == "" && len(unsigned) == 1 {
		return unsigned[0], true
	}
	return pipeline.CareerjetFeed{}, false
}

func isCode(err error, code board.Code) bool {
	e, ok := errors.AsType[*board.Error](err)
	return ok && e.Code == code
}
