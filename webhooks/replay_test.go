package webhooks

import (
	"context"
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store"
	"itmanagerjobs/store/board/delivery"
)

// stepReplays advances replays as the program does, but more often.
func stepReplays(ctx context.Context, s *store.Store) {
	for ctx.Err() == nil {
		if _, err := s.Outbox.StepReplays(ctx); err != nil && ctx.Err() == nil {
			fmt.Fprintln(os.Stderr, err)
		}
		wait(ctx, 20*time.Millisecond)
	}
}

// TestKilledCopiesReplayExactly kills one of two copies again and again while they replay deliveries.
func TestKilledCopiesReplayExactly(t *testing.T) {
	t.Parallel()
	const events, paths, kills, perSecond = 500, 2, 12, 250
	seed := uint64(time.Now().UnixNano())
	random := mathrand.New(mathrand.NewPCG(seed, 0))
	t.Logf("seed %d", seed)
	r := newRig(t, time.Now)
	for i := range paths {
		r.subscribe(t, r.tenant, fmt.Sprintf("/%d", i))
	}
	c := copyConfig{Name: "copy", InFlight: 10, Lease: shortLease, Replays: true}
	copies := []*program{r.startCopy(t, c), r.startCopy(t, c)}
	r.emit(t, r.tenant, events)
	r.untilCount(t, events*paths, deliveredSQL)
	first := arrivalsByDelivery(r)

	from, to := int64(1), int64(events)
	replay, err := r.store.Outbox.CreateReplay(t.Context(), r.tenant, delivery.ReplayRequest{FromSequence: &from, ToSequence: &to, PerSecond: perSecond})
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	for range kills {
		r.receiver.Wait(t, len(r.receiver.Requests())+1+random.IntN(events*paths/kills-1), patience)
		victim := random.IntN(len(copies))
		copies[victim].kill()
		copies[victim] = r.startCopy(t, c)
	}
	var took time.Duration
	until(t, "the replay", func() bool {
		replay, err = r.store.Outbox.Replay(t.Context(), r.tenant, replay.ID)
		took = time.Since(begun)
		return err == nil && replay.Status == delivery.ReplayCompleted
	})
	r.untilCount(t, 0, pendingSQL)

	total, queued, skipped := replay.Counts()
	if diff := cmp.Diff([]int64{events * paths, events * paths, 0}, []int64{total, queued, skipped}); diff != "" {
		t.Errorf("total, queued, skipped (-want +got):\n%s", diff)
	}
	if n := r.count(t, `SELECT count(*) FROM (SELECT FROM delivery_attempts WHERE outcome = 'Delivered' GROUP BY delivery_id HAVING array_agg(number ORDER BY number) = '{1,2}') d`); n != events*paths {
		t.Errorf("%d deliveries were made exactly twice, want %d", n, events*paths)
	}
	if n := r.count(t, attemptsSQL); n != 2*events*paths {
		t.Errorf("%d attempts are recorded, want %d", n, 2*events*paths)
	}
	for id, n := range arrivalsByDelivery(r) {
		if n < first[id]+1 || first[id] == 0 {
			t.Errorf("delivery %s came %d times, %d of them before", id, n, first[id])
		}
	}
	if least := (events*paths/perSecond - 2) * time.Second; took < least {
		t.Errorf("the replay took %s, at its rate it takes %s", took, least)
	}
}

// arrivalsByDelivery counts the requests by delivery.
func arrivalsByDelivery(r *rig) map[string]int {
	n := map[string]int{}
	for _, got := range r.receiver.Requests() {
		n[got.Header.Get("X-Webhook-Delivery-Id")]++
	}
	return n
}
