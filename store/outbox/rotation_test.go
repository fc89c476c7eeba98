package outbox_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// rotation is a subscription with a next secret, whose lane has an owner.
type rotation struct {
	s      *store.Store
	q      *store.Queue
	clock  *storetest.Clock
	url    string
	worker int64
	lane   outbox.Lane
	sub    outbox.Subscription
	secret string
	next   string
}

func rotate(t *testing.T) *rotation {
	t.Helper()
	r := &rotation{clock: storetest.NewClock(), url: storetest.URL(t)}
	r.s = storetest.Open(t, r.url, storetest.Options(r.clock))
	tenant := fixture.Account(t, r.s, "rotation@northwind.example", 1)
	r.sub, r.secret = fixture.Subscribe(t, r.s, tenant)
	r.q = queue(t, r.s)
	var lanes map[int64]outbox.Lane
	r.worker, lanes = fixture.TakeAll(t, r.q)
	r.lane = fixture.LaneOf(t, lanes, r.sub)
	var err error
	if r.sub, r.next, err = r.s.Outbox.NextSecret(t.Context(), tenant, r.sub.ID, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *rotation) saw(t *testing.T, epoch, version int64) {
	t.Helper()
	if err := r.q.AcknowledgeSettings(t.Context(), []outbox.LaneSettings{{LaneID: r.lane.ID, Epoch: epoch, Version: version}}); err != nil {
		t.Fatal(err)
	}
}

// refused tells that an activation is not reached, however often it is asked for.
func (r *rotation) refused(t *testing.T, why string) {
	t.Helper()
	for range 2 {
		sub, err := r.s.Outbox.ActivateSecret(t.Context(), r.sub.Tenant, r.sub.ID, board.Precondition{})
		if err != nil || !sub.Activating || !sub.Rotating {
			t.Errorf("%s: activated as %+v, %v", why, sub, err)
		}
		if n, err := r.s.Outbox.ReachActivations(t.Context()); n != 0 || err != nil {
			t.Errorf("%s: reached %d, %v", why, n, err)
		}
	}
}

func TestASecretIsActivatedWhenTheNextOneIsInUse(t *testing.T) {
	t.Parallel()
	r := rotate(t)
	r.refused(t, "nothing was said")
	r.saw(t, r.lane.Epoch, r.sub.Version-1)
	r.refused(t, "older settings are in use")
	r.saw(t, r.lane.Epoch-1, r.sub.Version)
	r.refused(t, "a former owner has seen it")
	_, next, err := r.s.Outbox.NextSecret(t.Context(), r.sub.Tenant, r.sub.ID, board.Precondition{})
	if err != nil {
		t.Fatal(err)
	}
	r.saw(t, r.lane.Epoch, r.sub.Version)
	if sub := r.read(t); !sub.Rotating || sub.Activating {
		t.Errorf("a new next secret: %+v; want that nobody asked for its activation", sub)
	}
	r.refused(t, "the next secret of before is in use")

	// What waits is a state: no transaction is open, and the owner that says so ends it.
	asked := r.read(t)
	r.saw(t, r.lane.Epoch, asked.Version)
	sub := r.read(t)
	if sub.Activating || sub.Rotating || sub.Version != asked.Version+1 {
		t.Errorf("when the owner has said so: %+v; want it reached", sub)
	}
	want := outbox.Endpoint{
		SubscriptionID: r.sub.ID, URL: fixture.HookURL, Profile: "native", Secret: next, PreviousSecret: r.secret,
		PreviousUntil: r.clock.Now().Add(outbox.RotationGrace), Version: sub.Version,
	}
	got := r.endpoint(t)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the endpoint (-want +got):\n%s", diff)
	}
	for _, tc := range []struct {
		after time.Duration
		want  string
	}{{0, r.secret}, {outbox.RotationGrace - 1, r.secret}, {outbox.RotationGrace, ""}} {
		if second := got.SecondSecret(r.clock.Now().Add(tc.after)); second != tc.want {
			t.Errorf("after %s %q signs, too, want %q", tc.after, second, tc.want)
		}
	}
}

// Whether an activation would wait is told as the activation finds it: a change of anything but the secrets makes no one wait.
func TestTheNextSecretSignsAsAnActivationFindsIt(t *testing.T) {
	t.Parallel()
	r := rotate(t)
	signs := func(when string, want bool) {
		t.Helper()
		if got, err := r.s.Outbox.NextSecretSigns(t.Context(), r.sub.Tenant, r.sub.ID); got != want || err != nil {
			t.Errorf("%s: the next secret signs: %v, %v; want %v", when, got, err, want)
		}
	}
	signs("nothing was said", false)
	r.saw(t, r.lane.Epoch, r.sub.Version)
	signs("the owner has seen it", true)
	patch := delivery.SubscriptionPatch{URL: board.Set("https://ats.example/v2")}
	if _, err := r.s.Outbox.UpdateSubscription(t.Context(), r.sub.Tenant, r.sub.ID, patch, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	signs("another address since", true)
	if sub, err := r.s.Outbox.ActivateSecret(t.Context(), r.sub.Tenant, r.sub.ID, board.Precondition{}); err != nil || sub.Activating || sub.Rotating {
		t.Errorf("the activation: %+v, %v; want it at once", sub, err)
	}
	signs("there is no next secret", false)
}

// Two copies, of which one was killed before it could say that it reached an activation: the other one does it, once.
func TestAnActivationIsReachedOnceOverCopies(t *testing.T) {
	t.Parallel()
	r := rotate(t)
	r.refused(t, "an owner")
	fixture.MustExec(t, fixture.Raw(t, r.url), `UPDATE workers SET lease_until = clock_timestamp()`)
	other := storetest.Open(t, r.url, storetest.Options(r.clock))
	var reached atomic.Int64
	var wg sync.WaitGroup
	for i := range 10 {
		wg.Go(func() {
			n, err := []*store.Store{r.s, other}[i%2].Outbox.ReachActivations(context.Background())
			if err != nil {
				t.Error(err)
			}
			reached.Add(n)
		})
	}
	wg.Wait()
	if reached.Load() != 1 {
		t.Errorf("reached %d times, want once", reached.Load())
	}
	if sub := r.read(t); sub.Activating || sub.Rotating {
		t.Errorf("after it: %+v", sub)
	}
}

// What is fetched tells with which version the secrets changed, so that nobody signs an event of later with settings of before.
func TestAFetchTellsOfNewerSecrets(t *testing.T) {
	t.Parallel()
	r := rotate(t)
	fixture.Create(t, r.s, r.sub.Tenant, fixture.Complete("IT Manager"))
	rows, err := r.q.Fetch(t.Context(), r.worker, []outbox.LaneWant{{LaneID: r.lane.ID, Limit: 10}})
	if err != nil || len(rows) != 1 || rows[0].SecretsVersion != r.sub.Version {
		t.Errorf("fetched %+v, %v; want one row with version %d", rows, err, r.sub.Version)
	}
}

func (r *rotation) read(t *testing.T) outbox.Subscription {
	t.Helper()
	sub, err := r.s.Outbox.Subscription(t.Context(), r.sub.Tenant, r.sub.ID)
	if err != nil {
		t.Fatal(err)
	}
	return sub
}

func (r *rotation) endpoint(t *testing.T) outbox.Endpoint {
	t.Helper()
	lanes, err := r.q.Lanes(t.Context(), r.worker)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range lanes {
		if l.ID == r.lane.ID {
			return *l.Endpoint
		}
	}
	t.Fatal("the lane is gone")
	return outbox.Endpoint{}
}

func TestALaneWithoutAnOwnerHoldsUpNoActivation(t *testing.T) {
	t.Parallel()
	r := rotate(t)
	r.refused(t, "an owner")
	fixture.MustExec(t, fixture.Raw(t, r.url), `UPDATE workers SET lease_until = clock_timestamp()`)
	if _, err := r.s.Outbox.ActivateSecret(t.Context(), r.sub.Tenant, r.sub.ID, board.Precondition{}); err != nil {
		t.Errorf("an owner whose lease has run out: %v", err)
	}
	sub, next, err := r.s.Outbox.NextSecret(t.Context(), r.sub.Tenant, r.sub.ID, board.Precondition{})
	if err != nil {
		t.Fatal(err)
	}
	if second := (&outbox.Endpoint{NextSecret: next, PreviousSecret: r.next, PreviousUntil: r.clock.Now().Add(time.Hour)}).SecondSecret(r.clock.Now()); second != next {
		t.Error("the former secret signs instead of the next one")
	}
	if err := r.q.Leave(t.Context(), r.worker); err != nil {
		t.Fatal(err)
	}
	if _, err := r.s.Outbox.ActivateSecret(t.Context(), r.sub.Tenant, sub.ID, board.Precondition{}); err != nil {
		t.Errorf("no owner: %v", err)
	}
}

func TestFormerSecretsAreForgotten(t *testing.T) {
	t.Parallel()
	r := rotate(t)
	r.saw(t, r.lane.Epoch, r.sub.Version)
	if _, err := r.s.Outbox.ActivateSecret(t.Context(), r.sub.Tenant, r.sub.ID, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int64{0, 1, 0} {
		if n, err := r.s.Outbox.ForgetSecrets(t.Context()); n != want || err != nil {
			t.Errorf("forgot %d, %v; want %d", n, err, want)
		}
		r.clock.Advance(outbox.RotationGrace)
	}
	if _, err := r.s.Outbox.Subscription(t.Context(), r.sub.Tenant, r.sub.ID); err != nil {
		t.Error(err)
	}
	if got := r.endpoint(t); got.PreviousSecret != "" || got.Secret != r.next {
		t.Errorf("the endpoint: %+v", got)
	}
	var gone *board.Error
	if _, err := r.s.Outbox.ActivateSecret(t.Context(), r.sub.Tenant, 999, board.Precondition{}); !errors.As(err, &gone) || gone.Code != board.CodeNotFound {
		t.Errorf("an absent one: %v", err)
	}
}
