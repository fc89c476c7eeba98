package pace

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

var options = Options{Free: 10, PerSecond: 5, Most: time.Second, Callers: 4}

// refused is how long so many refusals of a caller take, one after the other.
func refused(ctx context.Context, p *Pace[string], caller string, times int) time.Duration {
	began := time.Now()
	for range times {
		p.Wait(ctx, caller)
	}
	return time.Since(began)
}

func TestACallerWhoGoesOnWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := New[string](options)
		if took := refused(t.Context(), p, "deaf", 10); took != 0 {
			t.Errorf("the first refusals took %v", took)
		}
		if took := refused(t.Context(), p, "deaf", 10); took != 2*time.Second {
			t.Errorf("ten more took %v, want 2s for 5 a second", took)
		}
		if took := refused(t.Context(), p, "other", 10); took != 0 {
			t.Errorf("another caller waited %v", took)
		}
		time.Sleep(2 * time.Second)
		if took := refused(t.Context(), p, "deaf", 10); took != 0 {
			t.Errorf("after a rest of 2s ten took %v", took)
		}
	})
}

func TestNobodyWaitsLongerThanIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := New[string](options)
		_ = refused(t.Context(), p, "deaf", 10)
		began := time.Now()
		took := make(chan time.Duration)
		const clients = 60
		for range clients {
			go func() {
				p.Wait(t.Context(), "deaf")
				took <- time.Since(began)
			}()
		}
		for range clients {
			if d := <-took; d <= 0 || d > options.Most {
				t.Errorf("one of many waited %v", d)
			}
		}
		// Those that waited as long as is allowed have left no debt behind.
		time.Sleep(time.Second)
		if d := refused(t.Context(), p, "deaf", 1); d != 0 {
			t.Errorf("a second later one waited %v", d)
		}
		_ = refused(t.Context(), p, "deaf", 10)
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if d := refused(gone, p, "deaf", 1); d != 0 {
			t.Errorf("a caller that was gone waited %v", d)
		}
	})
}

func TestCallersAreForgottenOneDay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := New[string](options)
		_ = refused(t.Context(), p, "deaf", 10)
		for _, c := range []string{"a", "b", "c", "d"} {
			_ = refused(t.Context(), p, c, 1)
		}
		if d := refused(t.Context(), p, "deaf", 1); d == 0 {
			t.Error("a caller was forgotten with fewer others than are remembered")
		}
		for i := range 10 * options.Callers {
			_ = refused(t.Context(), p, string(rune('a'+i)), 1)
		}
		if held := len(p.young) + len(p.old); held > 2*options.Callers {
			t.Errorf("%d callers are remembered, of at most %d", held, 2*options.Callers)
		}
		if d := refused(t.Context(), p, "deaf", 10); d != 0 {
			t.Errorf("a caller that was forgotten waited %v", d)
		}
	})
}
