package pg_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/storetest"
)

// open opens a database of the test's own, with the clock that it runs by.
func openDB(t *testing.T) (*pg.DB, *storetest.Clock) {
	t.Helper()
	clock := storetest.NewClock()
	return openAt(t, storetest.EmptyURL(t), pg.Options{Now: clock.Now}), clock
}

func openAt(t *testing.T, url string, o pg.Options) *pg.DB {
	t.Helper()
	if o.Now == nil {
		o.Now = time.Now
	}
	db, err := pg.Open(url, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func TestATransactionHasOneTime(t *testing.T) {
	t.Parallel()
	db, clock := openDB(t)
	err := db.WithTx(t.Context(), func(ctx context.Context, tx *pg.Tx) error {
		clock.Advance(time.Second)
		return db.WithTx(ctx, func(_ context.Context, joined *pg.Tx) error {
			if joined != tx || !joined.Now.Equal(storetest.Epoch) {
				t.Errorf("joined at %s, begun at %s", joined.Now, storetest.Epoch)
			}
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	err = db.WithTx(t.Context(), func(_ context.Context, tx *pg.Tx) error {
		if want := storetest.Epoch.Add(time.Second); !tx.Now.Equal(want) {
			t.Errorf("the next one is at %s, want %s", tx.Now, want)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// What hooks were given in a savepoint goes with it; the rest is written once, before the commit, and told after it.
func TestHooksFollowTheTransaction(t *testing.T) {
	t.Parallel()
	db, _ := openDB(t)
	var got []string
	hook := pg.NewBeforeCommit[string]("words")
	hook.Write(db, func(_ context.Context, _ *pg.Tx, items []string) error {
		got = append(got, items...)
		return nil
	})
	undone := errors.New("undone")
	err := db.WithTx(t.Context(), func(ctx context.Context, tx *pg.Tx) error {
		hook.Add(tx, "first")
		tx.AfterCommit(func() { got = append(got, "committed") })
		err := tx.Savepoint(ctx, "part", func() error {
			hook.Add(tx, "lost")
			tx.AfterCommit(func() { got = append(got, "lost") })
			return undone
		})
		if !errors.Is(err, undone) {
			t.Errorf("the savepoint: %v", err)
		}
		hook.Add(tx, "second")
		return tx.Savepoint(ctx, "part", func() error {
			hook.Add(tx, "third")
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"first", "second", "third", "committed"}, got); diff != "" {
		t.Errorf("hooks (-want +got):\n%s", diff)
	}
	got = nil
	err = db.WithTx(t.Context(), func(_ context.Context, tx *pg.Tx) error {
		hook.Add(tx, "first")
		tx.AfterCommit(func() { got = append(got, "committed") })
		return undone
	})
	if !errors.Is(err, undone) || got != nil {
		t.Errorf("rolled back: %v, hooks %v", err, got)
	}
}

// TestAConnectionTakesAnyNumberOfStatements reads by more statements than a connection keeps, one after the other in one transaction, and
// by the first ones again.
func TestAConnectionTakesAnyNumberOfStatements(t *testing.T) {
	t.Parallel()
	db, _ := openDB(t)
	err := db.WithTx(t.Context(), func(ctx context.Context, tx *pg.Tx) error {
		for i := range 1_200 {
			var got int
			if err := tx.Get(ctx, &got, fmt.Sprintf(`SELECT $1::int + %d`, i%600), 1); err != nil || got != 1+i%600 {
				return fmt.Errorf("statement %d reads %d: %w", i, got, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
