package outbox_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// untilWaiting returns when a session of the database waits for a lock.
func untilWaiting(t *testing.T, db *sql.DB) {
	t.Helper()
	for range 100_000 {
		if fixture.Count(t, db, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`) > 0 {
			return
		}
	}
	t.Fatal("nobody waits for a lock")
}

func seqs(page outbox.EventPage) []int64 {
	out := []int64{}
	for _, e := range page.Events {
		out = append(out, e.Seq)
	}
	return out
}

func TestEveryChangeOfAJobIsAnEvent(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	ctx := context.Background()
	tenant := fixture.Account(t, s, "events@northwind.example", 5)
	job := fixture.Create(t, s, tenant, fixture.Complete("IT Manager"))
	must := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(s.Jobs.UpdateJob(ctx, tenant, job.ID, fixture.Complete("IT Manager"), board.Precondition{})) // changes nothing
	must(s.Jobs.UpdateJob(ctx, tenant, job.ID, board.JobPatch{City: board.Set("York")}, board.Precondition{}))
	expiry := clock.Now().Add(time.Hour)
	must(s.Jobs.Publish(ctx, account.Principal{Tenant: tenant}, job.ID, &expiry, board.Precondition{}))
	clock.Advance(time.Hour)
	must(s.Jobs.ExpireDue(ctx, 10))
	must(s.Jobs.Deactivate(ctx, tenant, job.ID, board.Precondition{}))
	must(s.Jobs.Deactivate(ctx, tenant, job.ID, board.Precondition{})) // changes nothing
	must(s.Jobs.CreateJobs(ctx, tenant, []board.JobPatch{fixture.Complete("One"), {}, fixture.Complete("Two")}, make([]error, 3)))
	for range 2 { // the second changes nothing
		if _, _, err := s.Jobs.UpsertJob(ctx, tenant, "PL-001", fixture.Complete("Three"), board.Precondition{}); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := s.Jobs.UpsertJob(ctx, tenant, "PL-001", fixture.Complete("Four"), board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	page := fixture.Events(t, s, tenant)
	got := []string{}
	for i, e := range page.Events {
		got = append(got, string(e.Type))
		if e.Seq != int64(i+1) || e.Tenant != tenant {
			t.Errorf("event %d has the number %d and the tenant %+v", i, e.Seq, e.Tenant)
		}
	}
	want := []string{
		"job.created", "job.updated", "job.published", "job.expired", "job.deleted",
		"job.created", "job.created", "job.created", "job.updated",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	wantExpired := fmt.Sprintf(`{"jobPostId":%d,"expiredAt":"%s"}`, job.ID, clock.Now().Format(time.RFC3339Nano))
	if got := string(page.Events[3].Data); got != wantExpired {
		t.Errorf("job.expired is %s, want %s", got, wantExpired)
	}
}

func TestWhatIsRolledBackIsNoEvent(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	ctx := context.Background()
	tenant := fixture.Account(t, s, "rollback@northwind.example", 1)
	boom := errors.New("boom")
	err := s.WithTx(ctx, func(ctx context.Context) error {
		fixture.Create(t, s, tenant, fixture.Complete("joins another context")) // commits by itself
		if _, err := s.Jobs.CreateJob(ctx, tenant, fixture.Complete("Rolled back")); err != nil {
			return err
		}
		return boom
	})
	if !errors.Is(err, boom) {
		t.Fatalf("transaction: %v", err)
	}
	// A reply that refuses keeps its record and undoes the rest.
	_, _, err = s.Idempotent(ctx, account.Principal{Tenant: tenant}, "key", []byte("f"), func(ctx context.Context) (store.Reply, error) {
		_, err := s.Jobs.CreateJob(ctx, tenant, fixture.Complete("Undone"))
		return store.Reply{Outcome: store.Refused}, err
	})
	if err != nil {
		t.Fatalf("idempotent: %v", err)
	}
	fixture.Create(t, s, tenant, fixture.Complete("Kept"))
	if diff := cmp.Diff([]int64{1, 2}, seqs(fixture.Events(t, s, tenant))); diff != "" {
		t.Errorf("numbers (-want +got):\n%s", diff)
	}
}

func TestAnEventThatCommitsLaterHasTheHigherNumber(t *testing.T) {
	t.Parallel()
	clock := storetest.NewClock()
	url := storetest.URL(t)
	s, db := storetest.Open(t, url, storetest.Options(clock)), fixture.Raw(t, url)
	tenant := fixture.Account(t, s, "order@northwind.example", 1)
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = tx.ExecContext(t.Context(), `SELECT emit_events(ARRAY[$1::bigint], '{live}', '{job.updated}', '{"{}"}', $2)`, tenant.EmployerID, clock.Now())
	if err != nil {
		t.Fatalf("emit: %v", err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := s.Jobs.CreateJob(context.Background(), tenant, fixture.Complete("Later"))
		done <- err
	}()
	untilWaiting(t, db)
	if page := fixture.Events(t, s, tenant); len(page.Events) != 0 || page.Next != 0 {
		t.Errorf("before the first commit: %+v, want nothing and no progress", page)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	page := fixture.Events(t, s, tenant)
	if len(page.Events) != 2 || page.Events[0].Type != event.JobUpdated || page.Events[1].Type != event.JobCreated || page.Next != 2 {
		t.Errorf("events: %+v, want job.updated and then job.created", page)
	}
}

func TestAReaderOfTheCursorMissesNothing(t *testing.T) {
	t.Parallel()
	a, b, _ := fixture.AtOnce(t)
	ctx := context.Background()
	tenant := fixture.Account(t, a, "cursor@northwind.example", 1)
	const writers, each = 6, 20
	boom := errors.New("boom")
	var wg sync.WaitGroup
	for w := range writers {
		s := []*store.Store{a, b}[w%2]
		wg.Go(func() {
			for i := range each {
				err := s.WithTx(ctx, func(ctx context.Context) error {
					if _, err := s.Jobs.CreateJob(ctx, tenant, fixture.Complete(fmt.Sprintf("Job %d of %d", i, w))); err != nil {
						return err
					}
					if i%5 == 4 {
						return boom
					}
					return nil
				})
				if err != nil && !errors.Is(err, boom) {
					t.Errorf("writer %d: %v", w, err)
				}
			}
		})
	}
	written := make(chan struct{})
	go func() { wg.Wait(); close(written) }()
	var got []int64
	var after int64
	for last := false; ; {
		page, err := a.Outbox.Events(ctx, tenant, after, 7, nil)
		if err != nil {
			t.Fatalf("list: %v", err)
		}
		got, after = append(got, seqs(page)...), page.Next
		if last && !page.More {
			break
		}
		select {
		case <-written:
			last = true
		default:
		}
	}
	want := make([]int64, writers*each*4/5)
	for i := range want {
		want[i] = int64(i + 1)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("numbers that the reader saw (-want +got):\n%s", diff)
	}
}

func TestEventsAreFilteredAndBelongToTheirTenant(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	ctx := context.Background()
	mine := fixture.Account(t, s, "mine@northwind.example", 1)
	job := fixture.Create(t, s, mine, fixture.Complete("IT Manager"))
	for i := range 3 {
		if _, err := s.Jobs.UpdateJob(ctx, mine, job.ID, board.JobPatch{Title: board.Set(fmt.Sprint("Title ", i))}, board.Precondition{}); err != nil {
			t.Fatal(err)
		}
	}
	page, err := s.Outbox.Events(ctx, mine, 0, 2, []event.Type{event.JobUpdated})
	if err != nil || !page.More || page.Next != 3 || !slices.Equal(seqs(page), []int64{2, 3}) {
		t.Errorf("first page of updates: %+v, %v", page, err)
	}
	page, err = s.Outbox.Events(ctx, mine, 0, 2, []event.Type{event.JobExpired})
	if err != nil || page.More || page.Next != 4 || len(page.Events) != 0 {
		t.Errorf("no event matches: %+v, %v; want the end of the log", page, err)
	}
	for name, other := range map[string]board.Tenant{
		"employer": fixture.Account(t, s, "other@northwind.example", 1), "mode": {EmployerID: mine.EmployerID, Mode: board.ModeTest},
	} {
		if page := fixture.Events(t, s, other); len(page.Events) != 0 || page.Next != 0 {
			t.Errorf("another %s sees %+v", name, page)
		}
	}
	clock.Advance(event.Retention)
	if page := fixture.Events(t, s, mine); len(page.Events) != 0 || page.Next != 4 {
		t.Errorf("after 30 days: %+v, want none and the end of the log", page)
	}
}
