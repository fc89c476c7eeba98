package store_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"itmanagerjobs/store"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/job"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

func TestOneKeyRunsOnceOverCopies(t *testing.T) {
	t.Parallel()
	a, b, _ := fixture.AtOnce(t)
	tenant := fixture.Account(t, a, "idem@northwind.example", 5)
	job := fixture.Create(t, a, tenant, fixture.Complete("IT Manager"))

	var wg sync.WaitGroup
	var ran, replays atomic.Int64
	for i := range 100 {
		copyOfProgram := []*store.Store{a, b}[i%2]
		wg.Go(func() {
			reply, replayed, err := copyOfProgram.Idempotent(context.Background(), account.Principal{Tenant: tenant}, "key-1", []byte("same"), func(ctx context.Context) (store.Reply, error) {
				ran.Add(1)
				published, err := copyOfProgram.Jobs.Publish(ctx, account.Principal{Tenant: tenant}, job.ID, nil, board.Precondition{})
				return store.Reply{Content: []byte(published.Status)}, err
			})
			if err != nil || string(reply.Content) != "Active" || reply.Erased {
				t.Errorf("reply %+v, %v", reply, err)
			}
			if replayed {
				replays.Add(1)
			}
		})
	}
	wg.Wait()
	if ran.Load() != 1 || replays.Load() != 99 {
		t.Errorf("ran %d times with %d replays, want 1 and 99", ran.Load(), replays.Load())
	}
	if left, _ := a.Accounts.Credits(context.Background(), tenant); left.JobPosting != 4 {
		t.Errorf("credits left %d, want 4", left.JobPosting)
	}
}

func TestWhatIsRecordedAndWhatNot(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	ctx := context.Background()
	tenant := fixture.Account(t, s, "recorded@northwind.example", 0)
	call := func(key, fingerprint string, outcome store.Outcome, err error) (store.Reply, bool, error) {
		return s.Idempotent(ctx, account.Principal{Tenant: tenant}, key, []byte(fingerprint), func(ctx context.Context) (store.Reply, error) {
			// What a refused request has changed is undone.
			if _, err := s.Jobs.CreateJob(ctx, tenant, fixture.Complete("Made on the way")); err != nil {
				return store.Reply{}, err
			}
			return store.Reply{Content: []byte("answer " + strconv.Itoa(int(outcome))), Outcome: outcome}, err
		})
	}
	jobs := func() int {
		page, err := s.Jobs.Jobs(ctx, tenant, job.Query{Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		return page.Total
	}

	if _, replayed, err := call("refused", "f", store.Refused, nil); replayed || err != nil || jobs() != 0 {
		t.Errorf("a refusal: replayed %v, %v, %d jobs; want it run and undone", replayed, err, jobs())
	}
	if r, replayed, err := call("refused", "f", store.Committed, nil); !replayed || err != nil || string(r.Content) != "answer 1" {
		t.Errorf("the same again: %+v, replayed %v, %v; want the refusal again", r, replayed, err)
	}
	if _, _, err := call("refused", "other", store.Committed, nil); fixture.CodeOf(err) != board.CodeIdempotencyKeyReused {
		t.Errorf("another body: %v, want idempotency_key_reused", err)
	}

	fault := errors.New("the disk is full")
	if _, _, err := call("fault", "f", store.Committed, fault); !errors.Is(err, fault) || jobs() != 0 {
		t.Errorf("a fault: %v, %d jobs; want it passed on and undone", err, jobs())
	}
	if r, replayed, err := call("fault", "f", store.Failed, nil); replayed || err != nil || jobs() != 0 || string(r.Content) != "answer 2" {
		t.Errorf("a failure: %+v, replayed %v, %v, %d jobs; want it passed on and undone", r, replayed, err, jobs())
	}
	if _, replayed, err := call("fault", "f", store.Committed, nil); replayed || err != nil || jobs() != 1 {
		t.Errorf("after a fault: replayed %v, %v, %d jobs; want it run anew", replayed, err, jobs())
	}

	if _, replayed, err := s.Idempotent(ctx, account.Principal{Tenant: board.Tenant{EmployerID: tenant.EmployerID, Mode: board.ModeTest}}, "fault", []byte("f"),
		func(context.Context) (store.Reply, error) { return store.Reply{}, nil }); replayed || err != nil {
		t.Errorf("the same key in test mode: replayed %v, %v; want it run", replayed, err)
	}
	// Another integration of the same employer counts its requests 1, 2, 3 as well.
	if _, replayed, err := s.Idempotent(ctx, account.Principal{Tenant: tenant, KeyID: 2}, "fault", []byte("another request"),
		func(context.Context) (store.Reply, error) { return store.Reply{}, nil }); replayed || err != nil {
		t.Errorf("the same key with another API key: replayed %v, %v; want it run", replayed, err)
	}

	clock.Advance(store.IdempotencyWindow + time.Second)
	if _, replayed, err := call("fault", "another body", store.Committed, nil); replayed || err != nil || jobs() != 2 {
		t.Errorf("a day later: replayed %v, %v; want it run anew", replayed, err)
	}
	if n, err := s.PurgeReplies(ctx, 100); n != 3 || err != nil {
		t.Errorf("purged %d, %v; want the 3 old ones", n, err)
	}
}
