package job_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/job"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// read is what came of reading a job.
type read struct {
	job board.Job
	err error
}

// ask reads a job, as the nth of those that wait for a batch; 0 for one that goes at once.
func ask(ctx context.Context, t *testing.T, s *store.Store, tenant board.Tenant, id int64, nth int) <-chan read {
	t.Helper()
	answer := make(chan read, 1)
	go func() {
		j, err := s.Jobs.Job(ctx, tenant, id)
		answer <- read{j, err}
	}()
	if nth > 0 {
		until(t, fmt.Sprintf("%d wait for a batch", nth), func() bool { return s.Jobs.WaitingReads() == nth })
	}
	return answer
}

func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for late := time.Now().Add(time.Minute); !holds(); runtime.Gosched() {
		if time.Now().After(late) {
			t.Fatalf("it did not come to this: %s", what)
		}
	}
}

func TestJobsAreReadTogether(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	s, raw := storetest.Open(t, url, storetest.Options(storetest.NewClock())), fixture.Raw(t, url)
	mine, other := fixture.Account(t, s, "mine@northwind.example", 1), fixture.Account(t, s, "other@northwind.example", 1)
	trial := board.Tenant{EmployerID: mine.EmployerID, Mode: board.ModeTest}
	create := func(tenant board.Tenant, title string) board.Job {
		j, err := s.Jobs.CreateJob(t.Context(), tenant, board.JobPatch{Title: board.Set(title), City: board.Set("Leeds"), RequiredSkills: board.Set([]string{"Go"})})
		if err != nil {
			t.Fatal(err)
		}
		return j
	}
	one, two, theirs, tried := create(mine, "one"), create(mine, "two"), create(other, "theirs"), create(trial, "tried")
	if got, err := s.Jobs.Job(t.Context(), mine, one.ID); err != nil || cmp.Diff(one, got) != "" {
		t.Fatalf("alone: %v, %s", err, cmp.Diff(one, got))
	}
	type asked struct {
		tenant board.Tenant
		want   board.Job // without a title: an absent one, by its id
	}
	all := []asked{
		{mine, two}, {other, theirs}, {mine, one}, {trial, tried}, {mine, one},
		{other, board.Job{ID: one.ID}}, {mine, board.Job{ID: tried.ID}}, {trial, board.Job{ID: one.ID}}, {mine, board.Job{ID: 1 << 40}}, {mine, board.Job{ID: -1}},
	}
	// together asks for all of them while the table is locked, and calls meanwhile while the statement of the batch waits.
	together := func(meanwhile func()) []<-chan read {
		t.Helper()
		first, err := raw.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := first.ExecContext(t.Context(), `LOCK TABLE jobs IN ACCESS EXCLUSIVE MODE`); err != nil {
			t.Fatal(err)
		}
		waits := func() {
			until(t, "a session waits", func() bool {
				return fixture.Count(t, raw, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`) == 1
			})
		}
		lone, leave := context.WithCancel(t.Context())
		gone := ask(lone, t, s, mine, one.ID, 0)
		waits()
		answers := make([]<-chan read, len(all))
		for i, a := range all {
			answers[i] = ask(t.Context(), t, s, a.tenant, a.want.ID, i+1)
		}
		leave() // ends the first one, and the batch begins
		if got := <-gone; !errors.Is(got.err, context.Canceled) && got.err == nil {
			t.Errorf("who left: %+v", got)
		}
		until(t, "the batch begins", func() bool { return s.Jobs.WaitingReads() == 0 })
		waits()
		meanwhile()
		if err := first.Commit(); err != nil {
			t.Fatal(err)
		}
		return answers
	}
	check := func(answers []<-chan read) {
		t.Helper()
		for i, a := range all {
			got := <-answers[i]
			if a.want.Title == "" {
				if !errors.Is(got.err, job.ErrNoJob) {
					t.Errorf("read %d: %+v, want no job", i, got)
				}
				continue
			}
			if diff := cmp.Diff(a.want, got.job); diff != "" || got.err != nil {
				t.Errorf("read %d: %v (-want +got):\n%s", i, got.err, diff)
			}
		}
	}
	before := s.RoundTrips()
	check(together(func() {}))
	if n := s.RoundTrips() - before; n != 2 {
		t.Errorf("%d reads took %d statements, want 2", len(all)+1, n)
	}
	check(together(func() {
		fixture.MustExec(t, raw, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`)
	}))
	// In a transaction the jobs are those of the transaction.
	err := s.WithTx(t.Context(), func(ctx context.Context) error {
		if _, err := s.Jobs.UpdateJob(ctx, mine, one.ID, board.JobPatch{Title: board.Set("changed")}, board.Precondition{}); err != nil {
			return err
		}
		got, err := s.Jobs.Job(ctx, mine, one.ID)
		if got.Title != "changed" {
			t.Errorf("in the transaction: %q", got.Title)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
