package job_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/job"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// caller reads jobs as the API does: with what the admission of the request has seen.
type caller struct {
	store *store.Store
	key   string
}

func (c caller) read(t *testing.T, id int64) (board.Job, error) {
	t.Helper()
	a, err := c.store.Accounts.Admit(t.Context(), c.key, account.Need{Family: board.FamilyJobs, Job: id})
	if err != nil {
		t.Fatal(err)
	}
	return c.store.Jobs.JobSeen(t.Context(), a.Tenant, id, a.Job)
}

func callerOf(t *testing.T, s *store.Store, tenant board.Tenant) caller {
	t.Helper()
	_, key, err := s.Accounts.MintKey(t.Context(), account.NewKey{Tenant: tenant, Name: "reads", Scopes: []apikey.Scope{apikey.ScopeJobPosting}, Approve: true})
	if err != nil {
		t.Fatal(err)
	}
	return caller{s, key}
}

// statements are how many a call sends.
func statements(s *store.Store, call func()) int64 {
	before := s.RoundTrips()
	call()
	return s.RoundTrips() - before
}

// What one copy of the program keeps of a job is answered only while the database has it like that, whatever else has changed it.
func TestAKeptJobIsAsTheDatabaseHasIt(t *testing.T) {
	t.Parallel()
	clock, url := storetest.NewClock(), storetest.URL(t)
	here, elsewhere, raw := storetest.Open(t, url, storetest.Options(clock)), storetest.Open(t, url, storetest.Options(clock)), fixture.Raw(t, url)
	tenant, stranger := fixture.Account(t, here, "kept@northwind.example", 5), fixture.Account(t, here, "stranger@northwind.example", 5)
	mine, theirs := callerOf(t, here, tenant), callerOf(t, here, stranger)
	made := fixture.Create(t, elsewhere, tenant, fixture.Complete("Head of IT"))
	if _, err := theirs.read(t, made.ID); !errors.Is(err, job.ErrNoJob) {
		t.Errorf("another employer's job: %v", err)
	}
	city := func(ctx context.Context, name string) error {
		_, err := elsewhere.Jobs.UpdateJob(ctx, tenant, made.ID, board.JobPatch{City: board.Set(name)}, board.Precondition{})
		return err
	}
	failed := errors.New("taken back")
	for _, change := range []struct {
		name string
		do   func() error
	}{
		{"nothing", func() error { return nil }},
		{"a change", func() error { return city(t.Context(), "York") }},
		{"publication", func() error {
			_, err := elsewhere.Jobs.Publish(t.Context(), account.Principal{Tenant: tenant}, made.ID, nil, board.Precondition{})
			return err
		}},
		{"two changes in one transaction, read between", func() error {
			return here.WithTx(t.Context(), func(ctx context.Context) error {
				if _, err := here.Jobs.UpdateJob(ctx, tenant, made.ID, board.JobPatch{City: board.Set("Hull")}, board.Precondition{}); err != nil {
					return err
				}
				if j, err := here.Jobs.Job(ctx, tenant, made.ID); err != nil || *j.City != "Hull" {
					return fmt.Errorf("in the transaction: %+v, %w", j, err)
				}
				if _, err := here.Jobs.Jobs(ctx, tenant, job.Query{Limit: 10}); err != nil {
					return err
				}
				_, err := here.Jobs.UpdateJob(ctx, tenant, made.ID, board.JobPatch{City: board.Set("Leeds")}, board.Precondition{})
				return err
			})
		}},
		{"a change that is taken back", func() error {
			err := here.WithTx(t.Context(), func(ctx context.Context) error {
				_, err := here.Jobs.UpdateJob(ctx, tenant, made.ID, board.JobPatch{City: board.Set("Bath")}, board.Precondition{})
				return errors.Join(err, failed)
			})
			if errors.Is(err, failed) {
				return nil
			}
			return err
		}},
		{"a change by hand, which leaves its times", func() error {
			_, err := raw.ExecContext(t.Context(), `UPDATE jobs SET title = 'Head of Platforms' WHERE id = $1`, made.ID)
			return err
		}},
		{"expiry", func() error {
			clock.Advance(365 * 24 * time.Hour)
			_, err := elsewhere.Jobs.ExpireDue(t.Context(), 10)
			return err
		}},
	} {
		if err := change.do(); err != nil {
			t.Fatalf("%s: %v", change.name, err)
		}
		want, err := elsewhere.Jobs.Job(t.Context(), tenant, made.ID)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if got, err := mine.read(t, made.ID); err != nil || cmp.Diff(want, got) != "" {
				t.Errorf("after %s: %v (-want +got):\n%s", change.name, err, cmp.Diff(want, got))
			}
		}
		if n := statements(here, func() { _, _ = mine.read(t, made.ID) }); n != 1 {
			t.Errorf("after %s: a job that has not changed took %d statements, want that of the admission", change.name, n)
		}
		if n := statements(here, func() {
			if _, err := theirs.read(t, made.ID); !errors.Is(err, job.ErrNoJob) {
				t.Errorf("after %s: another employer's job: %v", change.name, err)
			}
		}); n != 1 {
			t.Errorf("after %s: another employer's job took %d statements", change.name, n)
		}
	}
	fixture.MustExec(t, raw, `SET session_replication_role = replica; DELETE FROM jobs WHERE id = `+strconv.FormatInt(made.ID, 10))
	if _, err := mine.read(t, made.ID); !errors.Is(err, job.ErrNoJob) {
		t.Errorf("after the job is gone: %v", err)
	}
}

// A page that is asked for again is the same as one that was read whole, and costs one statement.
func TestAPageOfKeptJobsIsAsTheDatabaseHasIt(t *testing.T) {
	t.Parallel()
	clock, url := storetest.NewClock(), storetest.URL(t)
	here, elsewhere := storetest.Open(t, url, storetest.Options(clock)), storetest.Open(t, url, storetest.Options(clock))
	tenant := fixture.Account(t, here, "pages@northwind.example", 50)
	var made []board.Job
	for i := range 23 {
		if i%3 == 0 {
			clock.Advance(time.Minute)
		}
		made = append(made, fixture.Create(t, elsewhere, tenant, fixture.Complete(fmt.Sprintf("Head of IT %d", i%2))))
	}
	var queries []job.Query
	for _, sort := range []pg.Sort{pg.NewestFirst, pg.OldestFirst, pg.LastUpdatedFirst, pg.LastUpdatedLast} {
		for _, filter := range []job.Filter{{}, {Words: []string{"1"}}, {Statuses: []board.JobStatus{board.JobActive}}, {UpdatedSince: made[10].UpdatedAt}} {
			queries = append(
				queries,
				job.Query{Filter: filter, Sort: sort, Limit: 10}, job.Query{Filter: filter, Sort: sort, Limit: 10, Offset: 5}, job.Query{Filter: filter, Sort: sort, Limit: 10, Uncounted: true},
				job.Query{Filter: filter, Sort: sort, Limit: 5, After: &pg.Position{At: made[12].UpdatedAt, ID: made[12].ID}}, job.Query{Filter: filter, Sort: sort, Limit: 10, Offset: 1000},
			)
		}
	}
	page := func(s *store.Store, q job.Query) pg.Page[board.Job] {
		t.Helper()
		p, err := s.Jobs.Jobs(t.Context(), tenant, q)
		if err != nil {
			t.Fatalf("%+v: %v", q, err)
		}
		return p
	}
	for round, change := range []func() error{
		func() error { return nil },
		func() error {
			_, err := elsewhere.Jobs.Publish(t.Context(), account.Principal{Tenant: tenant}, made[3].ID, nil, board.Precondition{})
			return err
		},
		func() error {
			clock.Advance(time.Minute)
			_, err := elsewhere.Jobs.UpdateJob(t.Context(), tenant, made[20].ID, board.JobPatch{City: board.Set("York")}, board.Precondition{})
			return err
		},
	} {
		if err := change(); err != nil {
			t.Fatal(err)
		}
		fresh := storetest.Open(t, url, storetest.Options(clock))
		for _, q := range queries {
			want := page(fresh, q)
			page(here, q)
			page(here, q)
			before := here.RoundTrips()
			got := page(here, q)
			if n := here.RoundTrips() - before; n != 1 {
				t.Errorf("round %d, %+v: %d statements, want 1", round, q, n)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("round %d, %+v (-want +got):\n%s", round, q, diff)
			}
		}
	}
	if got, err := here.Jobs.Job(t.Context(), tenant, made[0].ID); err != nil || got.Description == nil {
		t.Errorf("a job that was kept by a list: %+v, %v; want its description", got, err)
	}
}
