package webhooks

import (
	"context"
	"itmanagerjobs/store/outbox"
	"net/http"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/webhooks/careerjet"
)

// Pushes is what the engine needs of the database to post applications.
type Pushes interface {
	// Pushes reads applications; one that was erased is missing.
	Pushes(ctx context.Context, rows []outbox.Queued) (map[int64]board.Push, error)
	ReadFile(ctx context.Context, id int64) ([]byte, error)
	// RecordPush records one attempt, and on the application what became of it.
	RecordPush(ctx context.Context, a outbox.Attempt, status board.PushStatus, reason string) (recorded bool, err error)
}

// pushKind posts applications to the endpoints of employers (1.21). What is posted is read when it is posted, not when it
// was queued: an application that was erased in between stays here, and an address that was mended is used.
type pushKind struct {
	client *Client
	queue  Pushes
}

// schedule gives the endpoint two days; then the application goes by email, and should not be much older.
func (pushKind) schedule(outbox.Lane) Schedule {
	const m, h = time.Minute, time.Hour
	return Schedule{Delays: []time.Duration{m, 5 * m, 15 * m, h, 6 * h, 24 * h}, MaxAttempts: 7}
}

func (pushKind) permission(outbox.Lane) *permission { return nil }

func (k pushKind) send(ctx context.Context, _ outbox.Lane, it *item, _ int) verdict {
	found, err := k.queue.Pushes(ctx, []outbox.Queued{it.Queued})
	if err != nil {
		return unread(ctx, err)
	}
	p, ok := found[it.SubjectID]
	switch {
	case !ok:
		return unsendable(stageGone, "The application was erased.", true)
	case p.URL == "":
		return unsendable(stageGone, "The job does not have applications posted any more.", true)
	}
	a := application(p)
	if p.CV != nil {
		content, err := k.queue.ReadFile(ctx, p.CV.ID)
		if err != nil {
			return unread(ctx, err)
		}
		a.CV = &careerjet.File{Name: p.CV.Name, MediaType: p.CV.MediaType, Content: content}
	}
	e := careerjet.Encode(a)
	result := k.client.Send(ctx, Request{URL: p.URL, Header: http.Header{"Content-Type": {e.ContentType()}}, Body: e.Bytes()})
	return judgePush(result)
}

// application puts a push into the terms of the protocol, without its file.
func application(p board.Push) careerjet.Application {
	return careerjet.Application{
		JobID: p.Reference, FirstName: p.Applicant.FirstName, LastName: p.Applicant.LastName, Email: p.Applicant.Email,
		PhoneNumber: p.Applicant.Phone, CoverLetter: p.Applicant.CoverLetter, UUID: p.UUID,
		CandidateIP: p.Trace.IP, CandidateUserAgent: p.Trace.UserAgent, SourceSignature: careerjet.Sign(p.UUID, p.Secret),
	}
}

// unread is the verdict when the database did not give what is to be sent. That is no attempt at the endpoint, but it
// counts: what can never be read must not be tried for ever.
func unread(ctx context.Context, err error) verdict {
	if ctx.Err() != nil {
		return verdict{outcome: Aborted}
	}
	v := unsendable(stageEncode, "What is to be sent could not be read on our side.", false)
	v.result.Err.cause = err
	return v
}

// judgePush reads the answer by the rules of the protocol (R19), where 410 is about the job and not about the endpoint.
func judgePush(r Result) verdict {
	if r.Err != nil {
		outcome, reason := Classify(r)
		return verdict{outcome: outcome, reason: reason, result: r}
	}
	outcome, reason := careerjet.Judge(r.Status)
	switch outcome {
	case careerjet.Taken:
		return verdict{outcome: Delivered, reason: reason, result: r}
	case careerjet.Refused:
		return verdict{outcome: Retry, reason: reason, final: true, result: r}
	case careerjet.Again:
	}
	return verdict{outcome: Retry, reason: reason, result: r}
}

// pushStatus is what an attempt makes of a push. One that was given up differs from one that was refused: it goes by
// email.
func pushStatus(outcome board.AttemptOutcome, final bool) board.PushStatus {
	switch {
	case outcome == board.AttemptDelivered:
		return board.PushAccepted
	case outcome == board.AttemptDead && final:
		return board.PushRefused
	case outcome == board.AttemptDead:
		return board.PushEmailed
	}
	return board.PushPending
}
