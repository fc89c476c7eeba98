package outbox_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
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

// refused tells that an activation waits, as long as it is watched.
func (r *rotation) refused(t *testing.T, why string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if sub, err := r.s.Outbox.ActivateSecret(ctx, r.sub.Tenant, r.sub.ID, board.Precondition{}); err == nil {
		t.Errorf("%s: activated as %+v", why, sub)
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
	sub, next, err := r.s.Outbox.NextSecret(t.Context(), r.sub.Tenant, r.sub.ID, board.Precondition{})
	if err != nil {
		t.Fatal(err)
	}
	r.saw(t, r.lane.Epoch, r.sub.Version)
	r.refused(t, "the next secret of before is in use")

	// Within a transaction of its caller's, it must not keep the owner from saying so.
	activated := make(chan error, 1)
	waiting := make(chan struct{})
	go func() {
		_, _, err := r.s.Idempotent(context.Background(), account.Principal{Tenant: r.sub.Tenant}, "key", []byte("f"), func(ctx context.Context) (store.Reply, error) {
			close(waiting)
			_, err := r.s.Outbox.ActivateSecret(ctx, r.sub.Tenant, r.sub.ID, board.Precondition{})
			return store.Reply{}, err
		})
		activated <- err
	}()
	<-waiting
	r.saw(t, r.lane.Epoch, sub.Version)
	if err := <-activated; err != nil {
		t.Fatal(err)
	}
	want := outbox.Endpoint{
		SubscriptionID: r.sub.ID, URL: fixture.HookURL, Profile: "native", Secret: next, PreviousSecret: r.secret,
		PreviousUntil: r.clock.Now().Add(outbox.RotationGrace), Version: sub.Version + 1,
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
