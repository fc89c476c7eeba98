package outbox_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// TestHowAnAttemptWasSigned goes through two rotations within the hour in which a former secret signs. At each step what the engine would sign
// with is noted; afterwards the same is told of each moment, but for secrets that are forgotten since.
func TestHowAnAttemptWasSigned(t *testing.T) {
	t.Parallel()
	clock := storetest.NewClock()
	s := storetest.Open(t, storetest.URL(t), storetest.Options(clock))
	tenant := fixture.Account(t, s, "signing@northwind.example", 1)
	q := queue(t, s)
	sub, first := fixture.Subscribe(t, s, tenant)
	names := map[string]string{first: "first", "": ""}
	next := func(name string) func() {
		return func() {
			_, secret, err := s.Outbox.NextSecret(t.Context(), tenant, sub.ID, board.Precondition{})
			if err != nil {
				t.Fatal(err)
			}
			names[secret] = name
		}
	}
	activate := func() {
		if got, err := s.Outbox.ActivateSecret(t.Context(), tenant, sub.ID, board.Precondition{}); err != nil || got.Rotating {
			t.Fatalf("activated: %+v, %v", got, err)
		}
	}
	forget := func() {
		if _, err := s.Outbox.ForgetSecrets(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	// how tells by which secrets an attempt of a moment was signed.
	how := func(at time.Time) string {
		signing, err := s.Outbox.Signing(t.Context(), tenant, sub.ID)
		if err != nil {
			t.Fatal(err)
		}
		signers := signing.At(at)
		switch {
		case !signers.Known:
			return "forgotten"
		case signers.SecondForgotten:
			return names[signers.Secret] + ", forgotten"
		}
		return names[signers.Secret] + ", " + names[signers.Second]
	}
	// signs tells by which secrets the engine signs now.
	signs := func() string {
		worker, lanes := fixture.TakeAll(t, q)
		defer func() {
			if err := q.Leave(t.Context(), worker); err != nil {
				t.Fatal(err)
			}
		}()
		e := fixture.LaneOf(t, lanes, sub).Endpoint
		return names[e.Secret] + ", " + names[e.SecondSecret(clock.Now())]
	}

	var moments []time.Time
	var signed []string
	for _, step := range []struct {
		do    func()
		after time.Duration
	}{
		{func() {}, time.Minute},
		{next("replaced"), time.Minute},
		{next("second"), time.Minute},
		{activate, 20 * time.Minute},
		{next("third"), time.Minute},
		{activate, time.Minute},
		{next("gone"), time.Minute},
		{next("fourth"), time.Minute},
	} {
		step.do()
		clock.Advance(time.Second)
		moments = append(moments, clock.Now())
		signed = append(signed, signs())
		if now := how(clock.Now()); now != signed[len(signed)-1] {
			t.Errorf("moment %d is told as %q, and the engine signs by %q", len(signed), now, signed[len(signed)-1])
		}
		clock.Advance(step.after)
	}
	want := []string{
		"first, ", "first, replaced", "first, second", "second, first", "second, third", "third, second", "third, gone", "third, fourth",
	}
	if diff := cmp.Diff(want, signed); diff != "" {
		t.Errorf("the engine signs (-want +got):\n%s", diff)
	}
	told := func() (got []string) {
		for _, at := range moments {
			got = append(got, how(at))
		}
		return got
	}
	want = []string{
		"forgotten", "forgotten", "forgotten", "second, forgotten", "second, third", "third, second", "third, forgotten", "third, fourth",
	}
	if diff := cmp.Diff(want, told()); diff != "" {
		t.Errorf("attempts after two rotations (-want +got):\n%s", diff)
	}
	clock.Advance(outbox.RotationGrace)
	forget()
	want = []string{
		"forgotten", "forgotten", "forgotten", "forgotten", "forgotten", "third, forgotten", "third, forgotten", "third, fourth",
	}
	if diff := cmp.Diff(want, told()); diff != "" {
		t.Errorf("attempts when the former secret is forgotten (-want +got):\n%s", diff)
	}
	activate()
	clock.Advance(outbox.RotationGrace)
	if got := how(clock.Now()); got != "fourth, " {
		t.Errorf("after the hour %q signs, want the fourth alone", got)
	}
	if got := how(moments[len(moments)-1]); got != "third, fourth" {
		t.Errorf("an attempt during the rotation was signed by %q", got)
	}
}
