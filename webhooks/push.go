package webhooks

import (
	"context"
	"net/http"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/webhooks/careerjet"
)

// Pushes reads the applications that are pushed to endpoints of employers, and records the attempts.
type Pushes interface {
	// Pushes reads the applications of push deliveries, by application id. One that was erased is missing.
	Pushes(ctx context.Context, rows []outbox.Queued) (map[int64]board.Push, error)
	// ReadFile reads the content of a file. It fails with sql.ErrNoRows when the file was erased.
	ReadFile(ctx context.Context, id int64) ([]byte, error)
	// RecordPush records an attempt and sets the status of the push on its application. It changes nothing, and returns
	// false, when the attempt was recorded before or the lane has another owner by now.
	RecordPush(ctx context.Context, a outbox.Attempt, status board.PushStatus, reason string) (recorded bool, err error)
}

// pushKind posts applications to the endpoints of employers, by the Careerjet protocol. The application and the address of the
// endpoint are read for each attempt, not when the delivery was queued: an application that was erased in between is not sent,
// and an address that was corrected is used.
type pushKind struct {
	client  *Client
	queue   Pushes
	retries Schedule
}

// DefaultPushSchedule gives up after less than two days. The application is then sent by email, and should not come much later.
func DefaultPushSchedule() Schedule {
	const m, h = time.Minute, time.Hour
	return Schedule{Delays: []time.Duration{m, 5 * m, 15 * m, h, 6 * h, 24 * h}, MaxAttempts: 7}
}

func (k pushKind) schedule(outbox.Lane) Schedule {
	if len(k.retries.Delays) == 0 {
		return DefaultPushSchedule()
	}
	return k.retries
}

func (pushKind) permission(outbox.Lane) *permission { return nil }

func (k pushKind) send(ctx context.Context, l outbox.Lane, it *item, _ int, _ time.Time) verdict {
	found, err := k.queue.Pushes(ctx, []outbox.Queued{it.Queued})
	if err != nil {
		return unreadable(ctx, err)
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
			return unreadable(ctx, err)
		}
		a.CV = &careerjet.File{Name: p.CV.Name, MediaType: p.CV.MediaType, Content: content}
	}
	e := careerjet.Encode(a)
	result := k.client.Send(ctx, Request{
		URL: p.URL, Header: http.Header{"Content-Type": {e.ContentType()}}, Body: e.Bytes(), Tenant: l.Tenant, DeliveryID: it.DeliveryID,
	})
	return classifyPush(result)
}

// application converts a push to an application of the protocol, without its file.
func application(p board.Push) careerjet.Application {
	return careerjet.Application{
		JobID: p.Reference, FirstName: p.Applicant.FirstName, LastName: p.Applicant.LastName, Email: p.Applicant.Email,
		PhoneNumber: p.Applicant.Phone, CoverLetter: p.Applicant.CoverLetter, UUID: p.UUID,
		CandidateIP: p.Trace.IP, CandidateUserAgent: p.Trace.UserAgent, SourceSignature: careerjet.Sign(p.UUID, p.Secret),
	}
}

// unreadable is the verdict when the database failed to return what is to be sent. The endpoint was not contacted, yet this counts
// as an attempt: otherwise an application that can never be read would be tried without end.
func unreadable(ctx context.Context, err error) verdict {
	if ctx.Err() != nil {
		return verdict{outcome: Aborted}
	}
	v := unsendable(stageEncode, "What is to be sent could not be read on our side.", false)
	v.result.Err.cause = err
	return v
}

// classifyPush classifies an answer by the rules of the protocol, where 410 says that the job, not the endpoint, is gone.
func classifyPush(r Result) verdict {
	if r.Err != nil {
		outcome, reason := Classify(r)
		return verdict{outcome: outcome, reason: reason, result: r}
	}
	outcome, reason := careerjet.Classify(r.Status)
	switch outcome {
	case careerjet.Delivered:
		return verdict{outcome: Delivered, reason: reason, result: r}
	case careerjet.Refused:
		return verdict{outcome: Retry, reason: reason, final: true, result: r}
	case careerjet.Retry:
	}
	return verdict{outcome: Retry, reason: reason, result: r}
}

// pushStatus is the status of a push after an attempt. A push that was refused ends there; one whose schedule ended without an
// answer is sent by email.
func pushStatus(outcome delivery.AttemptOutcome, final bool) board.PushStatus {
	switch {
	case outcome == delivery.AttemptDelivered:
		return board.PushAccepted
	case outcome == delivery.AttemptDead && final:
		return board.PushRefused
	case outcome == delivery.AttemptDead:
		return board.PushEmailed
	}
	return board.PushPending
}
