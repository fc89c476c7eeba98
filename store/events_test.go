package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/storetest"
)

// raw opens the database at url beside the store.
func raw(t *testing.T, url string) *sql.DB {
	t.Helper()
	db, err := sql.Open("postgres", url)
	if err != nil {
		t.Fatalf("open database: %v", err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close database: %v", err)
		}
	})
	return db
}

func mustExec(t *testing.T, db *sql.DB, query string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

func count(t *testing.T, db *sql.DB, query string, args ...any) int {
	t.Helper()
	var n int
	if err := db.QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

// untilWaiting returns when a session of the database waits for a lock.
func untilWaiting(t *testing.T, db *sql.DB) {
	t.Helper()
	for range 100_000 {
		if count(t, db, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`) > 0 {
			return
		}
	}
	t.Fatal("nobody waits for a lock")
}

// events reads the tenant's log from the beginning.
func events(t *testing.T, s *store.Store, tenant store.Tenant) store.EventPage {
	t.Helper()
	page, err := s.ListEvents(context.Background(), tenant, 0, 1000, nil)
	if err != nil {
		t.Fatalf("list events: %v", err)
	}
	return page
}

func seqs(page store.EventPage) []int64 {
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
	tenant := account(t, s, "events@northwind.example", 5)
	job := create(t, s, tenant, complete("IT Manager"))
	must := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(s.PatchJob(ctx, tenant, job.ID, complete("IT Manager"), store.Precondition{})) // changes nothing
	must(s.PatchJob(ctx, tenant, job.ID, board.JobPatch{City: board.Set("York")}, store.Precondition{}))
	expiry := clock.Now().Add(time.Hour)
	must(s.PublishJob(ctx, store.Principal{Tenant: tenant}, job.ID, &expiry, store.Precondition{}))
	clock.Advance(time.Hour)
	must(s.ExpireDueJobs(ctx, 10))
	must(s.DeactivateJob(ctx, tenant, job.ID, store.Precondition{}))
	must(s.DeactivateJob(ctx, tenant, job.ID, store.Precondition{})) // changes nothing
	must(s.CreateJobs(ctx, tenant, []board.JobPatch{complete("One"), {}, complete("Two")}, make([]error, 3)))
	for range 2 { // the second changes nothing
		if _, _, err := s.UpsertJob(ctx, tenant, "PL-001", complete("Three"), store.Precondition{}); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := s.UpsertJob(ctx, tenant, "PL-001", complete("Four"), store.Precondition{}); err != nil {
		t.Fatal(err)
	}
	page := events(t, s, tenant)
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
	tenant := account(t, s, "rollback@northwind.example", 1)
	boom := errors.New("boom")
	err := s.WithTx(ctx, func(ctx context.Context, _ *store.Tx) error {
		create(t, s, tenant, complete("joins another context")) // commits by itself
		if _, err := s.CreateJob(ctx, tenant, complete("Rolled back")); err != nil {
			return err
		}
		return boom
	})
	if !errors.Is(err, boom) {
		t.Fatalf("transaction: %v", err)
	}
	// A reply with an error status keeps its record and undoes the rest.
	_, _, err = s.Idempotent(ctx, tenant, "key", []byte("f"), func(ctx context.Context) (store.Reply, error) {
		_, err := s.CreateJob(ctx, tenant, complete("Undone"))
		return store.Reply{Status: http.StatusBadRequest}, err
	})
	if err != nil {
		t.Fatalf("idempotent: %v", err)
	}
	create(t, s, tenant, complete("Kept"))
	if diff := cmp.Diff([]int64{1, 2}, seqs(events(t, s, tenant))); diff != "" {
		t.Errorf("numbers (-want +got):\n%s", diff)
	}
}

func TestAnEventThatCommitsLaterHasTheHigherNumber(t *testing.T) {
	t.Parallel()
	clock := storetest.NewClock()
	url := storetest.URL(t)
	s, db := storetest.Open(t, url, storetest.Options(clock)), raw(t, url)
	tenant := account(t, s, "order@northwind.example", 1)
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
		_, err := s.CreateJob(context.Background(), tenant, complete("Later"))
		done <- err
	}()
	untilWaiting(t, db)
	if page := events(t, s, tenant); len(page.Events) != 0 || page.Next != 0 {
		t.Errorf("before the first commit: %+v, want nothing and no progress", page)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	page := events(t, s, tenant)
	if len(page.Events) != 2 || page.Events[0].Type != board.EventJobUpdated || page.Events[1].Type != board.EventJobCreated || page.Next != 2 {
		t.Errorf("events: %+v, want job.updated and then job.created", page)
	}
}

func TestAReaderOfTheCursorMissesNothing(t *testing.T) {
	t.Parallel()
	a, b, _ := twins(t)
	ctx := context.Background()
	tenant := account(t, a, "cursor@northwind.example", 1)
	const writers, each = 6, 20
	boom := errors.New("boom")
	var wg sync.WaitGroup
	for w := range writers {
		s := []*store.Store{a, b}[w%2]
		wg.Go(func() {
			for i := range each {
				err := s.WithTx(ctx, func(ctx context.Context, _ *store.Tx) error {
					if _, err := s.CreateJob(ctx, tenant, complete(fmt.Sprintf("Job %d of %d", i, w))); err != nil {
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
		page, err := a.ListEvents(ctx, tenant, after, 7, nil)
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
	mine := account(t, s, "mine@northwind.example", 1)
	job := create(t, s, mine, complete("IT Manager"))
	for i := range 3 {
		if _, err := s.PatchJob(ctx, mine, job.ID, board.JobPatch{Title: board.Set(fmt.Sprint("Title ", i))}, store.Precondition{}); err != nil {
			t.Fatal(err)
		}
	}
	page, err := s.ListEvents(ctx, mine, 0, 2, []board.EventType{board.EventJobUpdated})
	if err != nil || !page.More || page.Next != 3 || !slices.Equal(seqs(page), []int64{2, 3}) {
		t.Errorf("first page of updates: %+v, %v", page, err)
	}
	page, err = s.ListEvents(ctx, mine, 0, 2, []board.EventType{board.EventJobExpired})
	if err != nil || page.More || page.Next != 4 || len(page.Events) != 0 {
		t.Errorf("no event matches: %+v, %v; want the end of the log", page, err)
	}
	for name, other := range map[string]store.Tenant{
		"employer": account(t, s, "other@northwind.example", 1), "mode": {EmployerID: mine.EmployerID, Mode: board.ModeTest},
	} {
		if page := events(t, s, other); len(page.Events) != 0 || page.Next != 0 {
			t.Errorf("another %s sees %+v", name, page)
		}
	}
	clock.Advance(board.EventRetention)
	if page := events(t, s, mine); len(page.Events) != 0 || page.Next != 4 {
		t.Errorf("after 30 days: %+v, want none and the end of the log", page)
	}
}
