package webhooks

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"itmanagerjobs/store/outbox"
	"itmanagerjobs/webhooks/mail"
)

// stageKept marks an email that was not sent because no mail server is configured. It can be read in the database.
const stageKept Stage = "kept"

// emailKind sends messages through a mail server. Attachments are read for each attempt, so that they are in memory only while it
// runs.
type emailKind struct {
	mail Mailer
	now  func() time.Time
	// readFile is Pushes.ReadFile.
	readFile func(ctx context.Context, id int64) ([]byte, error)
}

// schedule allows for greylisting, and for a mail server that cannot be reached for a day.
func (emailKind) schedule(outbox.Lane) Schedule {
	const m, h = time.Minute, time.Hour
	return Schedule{Delays: []time.Duration{m, 5 * m, 15 * m, h, 6 * h, 24 * h}, MaxAttempts: 7}
}

func (emailKind) permission(outbox.Lane) *permission { return nil }

func (k emailKind) send(ctx context.Context, _ outbox.Lane, it *item, _ int, _ time.Time) verdict {
	if it.message == nil {
		return unsendable(stageGone, "The message is no longer kept.", true)
	}
	if k.mail == nil {
		return verdict{outcome: Delivered, result: Result{Err: &SendError{Stage: stageKept, Message: "There is no mail server; the message is kept."}}}
	}
	message := mail.Message{
		ID: it.message.ID, To: it.message.To, ReplyTo: it.message.ReplyTo,
		Subject: it.message.Subject, Text: it.message.Text, HTML: it.message.HTML, Unsubscribe: it.message.Unsubscribe,
		Calendar: mail.Calendar{Method: string(it.message.Calendar.Method), Text: it.message.Calendar.Text},
	}
	for _, f := range it.message.Attachments {
		content, err := k.readFile(ctx, f.ID)
		if errors.Is(err, sql.ErrNoRows) {
			// An erasure deletes a file and the emails that it is attached to at the same time.
			return unsendable(stageGone, "The message was erased.", true)
		}
		if err != nil {
			return unreadable(ctx, err)
		}
		message.Attachments = append(message.Attachments, mail.Attachment{Name: f.Name, MediaType: f.MediaType, Content: content})
	}
	began := k.now()
	err := k.mail.Send(ctx, message)
	timing := Timing{Total: k.now().Sub(began)}
	var refused *mail.RefusedError
	switch {
	case err == nil:
		return verdict{outcome: Delivered, result: Result{Timing: timing}}
	case ctx.Err() != nil:
		return verdict{outcome: Aborted}
	case errors.As(err, &refused):
		return emailFailed("The mail server refused the message for good.", err, timing, true)
	default:
		return emailFailed("The mail server did not take the message.", err, timing, false)
	}
}

func emailFailed(reason string, err error, timing Timing, final bool) verdict {
	return verdict{outcome: Retry, reason: reason, final: final, result: Result{
		Timing: timing, Err: &SendError{Stage: StageResponse, Message: reason, cause: err},
	}}
}
