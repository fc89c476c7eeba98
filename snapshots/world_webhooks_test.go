package snapshots_test

import (
	"slices"
	"time"

	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/outbox"
)

// subscribe makes a webhook for the publication and the expiry of jobs.
func (w *world) subscribe(t board.Tenant, description string) int64 {
	w.t.Helper()
	sub, _, err := w.Store.Outbox.CreateSubscription(w.t.Context(), t, "native", delivery.SubscriptionPatch{
		URL:         board.Set("https://ats.example.com/hooks/itmanagerjobs"),
		Events:      board.Set([]event.Type{event.JobPublished, event.JobExpired}),
		Description: board.Set(description),
	})
	w.must(err, "create webhook")
	return sub.ID
}

// aWebhook is webhook 1.
func aWebhook(w *world) { w.subscribe(w.tenant, "Applicant tracking, production") }

// anothersWebhook is webhook 1 of another employer, with a next secret.
func anothersWebhook(w *world) {
	another := w.employer("Another Ltd", "admin@another.example")
	_, _, err := w.Store.Outbox.NextSecret(w.t.Context(), another, w.subscribe(another, "Applicant tracking"), board.Precondition{})
	w.must(err, "begin to rotate the secret")
}

// manyWebhooks are three, made one minute after another; the second was changed.
func manyWebhooks(w *world) {
	for _, description := range []string{"Applicant tracking, production", "Data warehouse", "Chat"} {
		w.subscribe(w.tenant, description)
		w.Clock.Advance(time.Minute)
	}
	// Those that there were when this was frozen.
	all := slices.DeleteFunc(event.AllTypes(), func(t event.Type) bool { return t == event.CandidateErased })
	_, err := w.Store.Outbox.UpdateSubscription(w.t.Context(), w.tenant, 2, delivery.SubscriptionPatch{Events: board.Set(all)}, board.Precondition{})
	w.must(err, "change webhook")
}

func tooManyWebhooks(w *world) {
	for range delivery.MaxSubscriptions {
		w.subscribe(w.tenant, "One of many")
	}
}

func disabled(w *world) {
	w.Clock.Advance(time.Minute)
	_, err := w.Store.Outbox.DisableSubscription(w.t.Context(), w.tenant, 1, "10 deliveries in a row failed.", board.Precondition{})
	w.must(err, "disable webhook")
}

// aDisabledWebhook is webhook 1, and has missed a publication.
func aDisabledWebhook(w *world) {
	aWebhook(w)
	disabled(w)
	anActiveJob(w)
	w.Clock.Advance(time.Minute)
}

// aRotation is webhook 1 with a next secret.
func aRotation(w *world) {
	aWebhook(w)
	w.Clock.Advance(time.Minute)
	_, _, err := w.Store.Outbox.NextSecret(w.t.Context(), w.tenant, 1, board.Precondition{})
	w.must(err, "begin to rotate the secret")
	w.Clock.Advance(time.Minute)
}

// aDelivery is delivery 1, of webhook 1: a publication that waits to be sent.
func aDelivery(w *world) {
	aWebhook(w)
	anActiveJob(w)
}

func anothersDelivery(w *world) {
	another := w.employer("Another Ltd", "admin@another.example")
	w.subscribe(another, "Applicant tracking")
	_, err := w.Store.Outbox.SendTestEvent(w.t.Context(), another, 1)
	w.must(err, "send a test event")
}

func (w *world) attempt(result outbox.Attempt) {
	w.t.Helper()
	w.Attempt(w.t, result)
	w.Clock.Advance(time.Minute)
}

// aDelivered is delivery 1, which arrived.
func aDelivered(w *world) {
	aDelivery(w)
	w.attempt(outbox.Attempt{
		Outcome: delivery.AttemptDelivered, Status: 200, Excerpt: "ok",
		DNS: 3100 * time.Microsecond, Connect: 12400 * time.Microsecond, TLS: 21800 * time.Microsecond,
		FirstByte: 48200 * time.Microsecond, Total: 85937 * time.Microsecond,
	})
}

// aFailing is delivery 1, which was tried once.
func aFailing(w *world) {
	aDelivery(w)
	w.attempt(outbox.Attempt{
		Outcome: delivery.AttemptFailed, RetryAt: w.Clock.Now().Add(time.Minute), Stage: "timeout", Error: "No answer within 10s.",
		DNS: 3100 * time.Microsecond, Connect: 12400 * time.Microsecond, TLS: 21800 * time.Microsecond, Total: 10 * time.Second, LaneFailures: 1,
	})
}

// aDeadLetter is delivery 1, which was given up.
func aDeadLetter(w *world) {
	aFailing(w)
	w.attempt(outbox.Attempt{
		Outcome: delivery.AttemptDead, Status: 503, Excerpt: "Service unavailable", FirstByte: 40 * time.Millisecond, Total: 41 * time.Millisecond, LaneFailures: 2,
	})
}

// aCancelled is delivery 1, which was dropped when its webhook was enabled.
func aCancelled(w *world) {
	aFailing(w)
	disabled(w)
	_, _, err := w.Store.Outbox.EnableSubscription(w.t.Context(), w.tenant, 1, false, board.Precondition{})
	w.must(err, "enable webhook")
}

// manyDeliveries are one that was given up, a delivered one, a test event that arrived, and one that waits.
func manyDeliveries(w *world) {
	aDeadLetter(w)
	w.Clock.Advance(board.DefaultRun)
	_, err := w.Store.Jobs.ExpireDue(w.t.Context(), 1)
	w.must(err, "expire job")
	_, err = w.Store.Outbox.SendTestEvent(w.t.Context(), w.tenant, 1)
	w.must(err, "send a test event")
	w.attempt(outbox.Attempt{Outcome: delivery.AttemptDelivered, Status: 204, Total: 20 * time.Millisecond})
	_, err = w.Store.Jobs.Publish(w.t.Context(), account.Principal{Tenant: w.tenant}, 1, nil, board.Precondition{})
	w.must(err, "publish job")
}

// aLife is a job that was made, published for an hour, has expired, was changed and closed.
func aLife(w *world) {
	aDraft(w)
	until := w.Clock.Now().Add(time.Hour)
	_, err := w.Store.Jobs.Publish(w.t.Context(), account.Principal{Tenant: w.tenant}, 1, &until, board.Precondition{})
	w.must(err, "publish job")
	w.Clock.Advance(time.Hour)
	_, err = w.Store.Jobs.ExpireDue(w.t.Context(), 1)
	w.must(err, "expire job")
	w.Clock.Advance(time.Minute)
	_, err = w.Store.Jobs.UpdateJob(w.t.Context(), w.tenant, 1, board.JobPatch{Title: board.Set("Head of Platform")}, board.Precondition{})
	w.must(err, "change job")
	w.Clock.Advance(time.Minute)
	_, err = w.Store.Jobs.Deactivate(w.t.Context(), w.tenant, 1, board.Precondition{})
	w.must(err, "close job")
}
