package snapshots_test

import (
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/delivery"
)

// replay begins a replay of everything to all webhooks.
func (w *world) replay(t board.Tenant) {
	w.t.Helper()
	from, to := int64(1), int64(1000)
	_, err := w.Store.Outbox.CreateReplay(w.t.Context(), t, delivery.ReplayRequest{FromSequence: &from, ToSequence: &to})
	w.must(err, "begin a replay")
	w.Clock.Advance(time.Minute)
}

// aReplay is replay 1, of a publication that arrived.
func aReplay(w *world) {
	aDelivered(w)
	w.replay(w.tenant)
}

// aWaitingReplay is replay 1, of a publication that waits to be sent.
func aWaitingReplay(w *world) {
	aDelivery(w)
	w.replay(w.tenant)
}

// anothersReplay is replay 1 of another employer.
func anothersReplay(w *world) {
	another := w.employer("Another Ltd", "admin@another.example")
	w.subscribe(another, "Applicant tracking")
	w.replay(another)
}

// manyReplays are as many as may be under way.
func manyReplays(w *world) {
	aDelivered(w)
	for range delivery.MaxRunningReplays {
		w.replay(w.tenant)
	}
}

// stepped lets the replays take their next step.
func stepped(w *world) {
	_, err := w.Store.Outbox.StepReplays(w.t.Context())
	w.must(err, "step replays")
	w.Clock.Advance(time.Minute)
}

func cancelled(w *world) {
	_, err := w.Store.Outbox.CancelReplay(w.t.Context(), w.tenant, 1, board.Precondition{})
	w.must(err, "cancel the replay")
	w.Clock.Advance(time.Minute)
}
