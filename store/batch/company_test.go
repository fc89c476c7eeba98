package batch_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/batch"
)

// during is how long the calls of a gathering take.
const during = 10 * time.Millisecond

// gathering is a group whose calls take a while, and wait for company.
type gathering struct {
	*batch.Group[int, int]

	calls [][]int
}

func newGathering(company time.Duration) *gathering {
	g := &gathering{}
	o := batch.Options{Patience: patience, AtOnce: 2, Most: 4, Within: time.Minute, Company: company}
	g.Group = batch.New(o, func(_ context.Context, in []int) ([]int, error) {
		g.calls = append(g.calls, in)
		time.Sleep(during)
		return in, nil
	})
	return g
}

// ask asks for each of in at the same time, and returns when all have been answered, and how long that took.
func (g *gathering) ask(t *testing.T, in ...int) time.Duration {
	t.Helper()
	began := time.Now()
	var told []<-chan answer
	for _, n := range in {
		told = append(told, ask(t.Context(), g.Group, n))
	}
	for _, a := range told {
		if got := <-a; got.err != nil {
			t.Error(got.err)
		}
	}
	return time.Since(began)
}

func TestCallersThatComeAgainGoTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGathering(time.Second)
		g.ask(t, 1, 2, 3)
		first := ask(t.Context(), g.Group, 4)
		time.Sleep(during) // later than the first, and still in time
		second := ask(t.Context(), g.Group, 5)
		<-first
		<-second
		if diff := cmp.Diff([][]int{{1}, {2, 3}, {4, 5}}, g.calls); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
	})
}

func TestCompanyIsWaitedForNoLongerThanTwoCallsTake(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ company, want time.Duration }{
		"twice the last call": {time.Second, 2 * during},
		"what is allowed":     {during / 2, during / 2},
		"not at all":          {0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g := newGathering(c.company)
				g.ask(t, 1, 2, 3)
				if took := g.ask(t, 4); took != c.want+during {
					t.Errorf("one that came alone was answered after %s, want %s and the call", took, c.want)
				}
				if g.Waiting() != 0 {
					t.Errorf("%d wait in the end", g.Waiting())
				}
			})
		})
	}
}

// Who comes alone, or when nobody else has come before, has no reason to wait.
func TestOnesThatComeAloneWaitForNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGathering(time.Second)
		for n := range 3 {
			if took := g.ask(t, n); took != during {
				t.Errorf("alone: %s", took)
			}
		}
		if took := g.ask(t, 10, 11); took != 2*during {
			t.Errorf("two: %s", took)
		}
		if took := g.ask(t, 12); took != during {
			t.Errorf("alone after two that did not go together: %s", took)
		}
	})
}

// Where company does not come it is waited for ever less often.
func TestCompanyThatDoesNotComeIsForgotten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGathering(time.Second)
		var waited []bool
		for range 10 {
			g.ask(t, 1, 2, 3) // the last two go together
			waited = append(waited, g.ask(t, 4) != during)
			time.Sleep(time.Minute)
		}
		if diff := cmp.Diff([]bool{true, false, true, false, false, true, false, false, false, false}, waited); diff != "" {
			t.Errorf("the one that came alone waited (-want +got):\n%s", diff)
		}
	})
}

// Those that are enough for a call do not wait for the others.
func TestAFullCallWaitsForNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGathering(time.Second)
		if took := g.ask(t, 1, 2, 3, 4, 5, 6, 7, 8, 9); took != 3*during {
			t.Errorf("nine, of whom four go together: %s, want three calls", took)
		}
	})
}

func TestACallerWhoLeavesIsNoCompany(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGathering(time.Second)
		g.ask(t, 1, 2, 3)
		ctx, leave := context.WithCancel(t.Context())
		gone := ask(ctx, g.Group, 4)
		leave()
		<-gone
		time.Sleep(time.Second)
		synctest.Wait()
		if took := g.ask(t, 5); took != during {
			t.Errorf("after all have left: %s", took)
		}
		if diff := cmp.Diff([][]int{{1}, {2, 3}, {5}}, g.calls); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
	})
}

// A key is kept while company is waited for, and no longer.
func TestAKeyIsKeptWhileCompanyMayCome(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := batch.Options{Patience: patience, AtOnce: 2, Most: 4, Within: time.Minute, Company: time.Second}
		by := batch.NewBy(o, func(_ context.Context, _ string, in []int) ([]int, error) {
			time.Sleep(during)
			return in, nil
		})
		told := make(chan error, 3)
		for n := range 3 {
			go func() {
				_, err := by.Do(t.Context(), "a", n)
				told <- err
			}()
			synctest.Wait()
		}
		for range 3 {
			if err := <-told; err != nil {
				t.Error(err)
			}
		}
		synctest.Wait()
		if by.Keys() != 1 {
			t.Errorf("%d keys while company may come, want 1", by.Keys())
		}
		time.Sleep(2 * during)
		synctest.Wait()
		if by.Keys() != 0 {
			t.Errorf("%d keys when nobody has come", by.Keys())
		}
	})
}
