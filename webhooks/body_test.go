package webhooks

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/webhooks/profile"
	"itmanagerjobs/webhooks/webhooktest"
)

// deliveryIDs are the headers by which receivers of the profiles recognise a delivery.
var deliveryIDs = []string{"X-Webhook-Delivery-Id", "X-Rejento-Delivery-Id", "Webhook-Id"}

// bodiesByDelivery returns the bodies of the requests of deliveries, by path and delivery id, in order of arrival.
func bodiesByDelivery(requests []webhooktest.Request) map[string][][]byte {
	bodies := map[string][][]byte{}
	for _, req := range requests {
		for _, name := range deliveryIDs {
			if id := req.Header.Get(name); id != "" {
				bodies[req.Path+" "+id] = append(bodies[req.Path+" "+id], req.Body)
			}
		}
	}
	return bodies
}

// TestAttemptsHaveTheSameBody delivers every event in every profile, changes what the events are about, and delivers them again
// by another engine: each delivery has the body that it had before.
func TestAttemptsHaveTheSameBody(t *testing.T) {
	t.Parallel()
	const publicURL = "https://jobs.example"
	clock := storetest.NewClock()
	r := newRig(t, clock.Now)
	paths := map[string]bool{}
	for _, p := range profile.All() {
		r.subscribeByWireName(t, p.Name, "/"+p.Name)
		paths["/"+p.Name] = true
	}
	h := r.makeHistory(t, clock)
	first := r.start(t, func(c *Config) { c.PublicURL = publicURL })
	r.untilDelivered(t)
	first.Stop()
	before := bodiesByDelivery(r.receiver.Requests())
	last := r.count(t, `SELECT max(seq) FROM events`)

	_, err := r.store.Accounts.UpdateEmployer(t.Context(), r.tenant.EmployerID, board.EmployerProfile{Name: "Renamed Ltd"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = r.store.Jobs.UpdateJob(t.Context(), r.tenant, h.Lead.ID, board.JobPatch{Title: board.Set("Renamed"), City: board.Set("Bath")}, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	from, to := int64(1), int64(last)
	replay, err := r.store.Outbox.CreateReplay(t.Context(), r.tenant, delivery.ReplayRequest{FromSequence: &from, ToSequence: &to, PerSecond: 1000})
	if err != nil {
		t.Fatal(err)
	}
	r.start(t, func(c *Config) { c.PublicURL = publicURL })
	until(t, "the replay", func() bool {
		clock.Advance(time.Second)
		if _, err := r.store.Outbox.StepReplays(t.Context()); err != nil {
			t.Fatal(err)
		}
		replay, err = r.store.Outbox.Replay(t.Context(), r.tenant, replay.ID)
		return err == nil && replay.Status == delivery.ReplayCompleted
	})
	clock.Advance(time.Minute)
	r.untilDelivered(t)

	after, seen := bodiesByDelivery(r.receiver.Requests()), map[string]bool{}
	for id, bodies := range before {
		again := after[id]
		if len(bodies) != 1 || len(again) != 2 {
			t.Errorf("delivery %s was made %d times, and %d times after the replay", id, len(bodies), len(again))
			continue
		}
		if !bytes.Equal(again[0], again[1]) {
			t.Errorf("delivery %s (-first +second):\n%s", id, cmp.Diff(string(again[0]), string(again[1])))
		}
		path, _, _ := strings.Cut(id, " ")
		seen[path] = true
	}
	if diff := cmp.Diff(paths, seen); diff != "" {
		t.Errorf("profiles with repeated deliveries (-want +got):\n%s", diff)
	}
}
