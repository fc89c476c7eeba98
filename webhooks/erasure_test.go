package webhooks

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/webhooks/webhooktest"
)

// TestAnAnswerAfterTheErasureIsNotKept erases while endpoints are about to answer with data that they were sent.
func TestAnAnswerAfterTheErasureIsNotKept(t *testing.T) {
	t.Parallel()
	clock := storetest.NewClock()
	r := newRig(t, clock.Now)
	gate := make(chan struct{})
	for path, status := range map[string]int{"/rich": 200, "/rich-bad": 500, "/thin": 200, "/thin-bad": 500} {
		r.receiver.Script(path, webhooktest.Gated(gate, webhooktest.Reply(status, nil, "Thanks for Zoë or Max")))
		if strings.HasPrefix(path, "/rich") {
			r.subscribeByWireName(t, "autotechjobs", path, "application.submitted")
		} else {
			r.subscribeTo(t, r.tenant, r.receiver.URL(path), event.ApplicationSubmitted)
		}
	}
	l := r.makeHistory(t, clock)
	e := r.start(t, nil)
	r.receiver.WaitInFlight(t, 12, patience)
	if _, err := r.store.Erasure.EraseCandidate(t.Context(), r.tenant, l.Second.CandidateID, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	close(gate)
	r.untilCount(t, 12, attemptsSQL+` WHERE subscription_id IS NOT NULL`)
	e.Stop()

	rows, err := r.db.QueryContext(t.Context(), `
SELECT s.profile, a.outcome, a.status, a.error, a.excerpt, e.data->>'candidateId' = $1::bigint::text
  FROM delivery_attempts a JOIN subscriptions s ON s.id = a.subscription_id JOIN events e ON e.id = a.subject_id`, l.Second.CandidateID)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	type kept struct {
		Profile, Outcome string
		Status           int
		Error, Excerpt   string
		Erased           bool
	}
	got := map[kept]int{}
	for rows.Next() {
		var k kept
		if err := rows.Scan(&k.Profile, &k.Outcome, &k.Status, &k.Error, &k.Excerpt, &k.Erased); err != nil {
			t.Fatal(err)
		}
		got[k]++
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	const said, failed = "Thanks for Zoë or Max", "500 Internal Server Error"
	if diff := cmp.Diff(map[kept]int{
		{"autotechjobs", "Cancelled", 0, "The person whom this tells of was erased.", "", true}: 4,
		{"native", "Delivered", 200, "", "", true}:                                              2,
		{"native", "Failed", 500, "", "", true}:                                                 2,
		{"autotechjobs", "Delivered", 200, "", said, false}:                                     1,
		{"autotechjobs", "Failed", 500, failed, said, false}:                                    1,
		{"native", "Delivered", 200, "", said, false}:                                           1,
		{"native", "Failed", 500, failed, said, false}:                                          1,
	}, got); diff != "" {
		t.Errorf("attempts (-want +got):\n%s", diff)
	}
}

// TestDeliveriesReadBeforeAnErasureAreNotSent erases while deliveries are in the buffer of the engine.
func TestDeliveriesReadBeforeAnErasureAreNotSent(t *testing.T) {
	t.Parallel()
	clock := storetest.NewClock()
	r := newRig(t, clock.Now)
	gate := make(chan struct{})
	r.receiver.Script("/auto", webhooktest.Gated(gate, webhooktest.Status(http.StatusOK)))
	r.subscribeByWireName(t, "autotechjobs", "/auto", "candidate.registered", "application.submitted", "candidate.profile_updated", "application.status_updated")
	l := r.makeHistory(t, clock)
	q := &countingQueue{Queue: r.queue(t)}
	r.start(t, func(c *Config) { c.Queue, c.InFlight = q, 1 })
	r.receiver.WaitInFlight(t, 1, patience)
	q.untilSwept(t)
	if _, err := r.store.Erasure.EraseCandidate(t.Context(), r.tenant, l.Second.CandidateID, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	close(gate)
	r.untilDelivered(t)
	got := map[string]int{}
	for _, req := range r.receiver.RequestsTo("/auto") {
		for _, email := range []string{"zoe@example.com", "max@example.com"} {
			if strings.Contains(string(req.Body), email) {
				got[email]++
			}
		}
	}
	// The one that was in flight, and those about the other person.
	if diff := cmp.Diff(map[string]int{"zoe@example.com": 1, "max@example.com": 2}, got); diff != "" {
		t.Errorf("deliveries (-want +got):\n%s", diff)
	}
}
