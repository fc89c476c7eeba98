package batch_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"itmanagerjobs/store/batch"
)

func TestKeysDoNotWaitForOneAnother(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := map[string]*calls{"a": {goOn: make(chan struct{})}, "b": {goOn: make(chan struct{})}}
		by := batch.NewBy(batch.Options{Patience: time.Minute, AtOnce: 1, Most: 4, Within: time.Minute}, func(ctx context.Context, key string, in []int) ([]int, error) {
			return c[key].double(ctx, in)
		})
		told := make(chan answer)
		ask := func(key string, in int) {
			go func() {
				out, err := by.Do(t.Context(), key, in)
				told <- answer{out, err}
			}()
			synctest.Wait()
		}
		ask("a", 1)
		ask("a", 2)
		ask("b", 3)
		if a, b := by.Waiting("a"), by.Waiting("b"); a != 1 || b != 0 {
			t.Errorf("%d and %d wait, want 1 and none", a, b)
		}
		c["b"].goOn <- struct{}{}
		if got := <-told; got != (answer{6, nil}) {
			t.Errorf("the other key: %v", got)
		}
		for _, want := range []int{2, 4} {
			c["a"].goOn <- struct{}{}
			if got := <-told; got != (answer{want, nil}) {
				t.Errorf("%v, want %d", got, want)
			}
		}
		synctest.Wait()
		if n := by.Waiting("a"); n != 0 {
			t.Errorf("%d wait in the end", n)
		}
	})
}
