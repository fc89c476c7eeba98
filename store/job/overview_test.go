package job_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/job"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

func TestJobsAreCountedByState(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	ctx := context.Background()
	tenant := fixture.Account(t, s, "counts@northwind.example", 5)
	other := fixture.Account(t, s, "other@northwind.example", 5)
	fixture.Create(t, s, tenant, fixture.Complete("A draft"))
	fixture.Create(t, s, other, fixture.Complete("Somebody else's"))
	now := clock.Now()
	publish := func(title string, days int) board.Job {
		j := fixture.Create(t, s, tenant, fixture.Complete(title))
		until := now.AddDate(0, 0, days)
		j, err := s.Jobs.Publish(ctx, account.Principal{Tenant: tenant}, j.ID, &until, board.Precondition{})
		if err != nil {
			t.Fatal(err)
		}
		return j
	}
	publish("Long", 30)
	second, first := publish("Second", 5), publish("First", 3)
	if _, err := s.Jobs.Deactivate(ctx, tenant, publish("Closed", 2).ID, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	got, err := s.Jobs.Counts(ctx, tenant, now.AddDate(0, 0, 7))
	if diff := cmp.Diff(job.Counts{Draft: 1, Active: 3, Deactivated: 1, Expiring: 2}, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	soon, err := s.Jobs.Expiring(ctx, tenant, now.AddDate(0, 0, 7), 5)
	if err != nil || len(soon) != 2 || soon[0].ID != first.ID || soon[1].ID != second.ID {
		t.Errorf("soon over: %+v, %v; want the first and the second", soon, err)
	}

	until := now.AddDate(0, 0, 60)
	if _, err := s.Jobs.Extend(ctx, other, first.ID, until, board.Precondition{}); fixture.CodeOf(err) != board.CodeNotFound {
		t.Errorf("another employer extends: %v", err)
	}
	extended, err := s.Jobs.Extend(ctx, tenant, first.ID, until, board.Precondition{})
	if err != nil || !extended.ExpiryDate.Equal(until) || extended.Version != first.Version+1 {
		t.Errorf("extended to %v, version %d, %v", extended.ExpiryDate, extended.Version, err)
	}
	clock.Advance(10 * 24 * time.Hour)
	if n, err := s.Jobs.ExpireDue(ctx, 10); err != nil || n != 1 {
		t.Errorf("%d jobs expired, %v; want the one that was not extended", n, err)
	}
}

func TestNamesOfJobs(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	tenant := fixture.Account(t, s, "names@northwind.example", 5)
	other := fixture.Account(t, s, "other@northwind.example", 5)
	oldest := fixture.Create(t, s, tenant, fixture.Complete("Oldest"))
	fixture.Create(t, s, tenant, fixture.Complete("Between"))
	newest := fixture.Create(t, s, tenant, fixture.Complete("Newest"))
	theirs := fixture.Create(t, s, other, fixture.Complete("Somebody else's"))
	for _, c := range []struct {
		with int64
		want []int64
	}{{0, []int64{newest.ID}}, {newest.ID, []int64{newest.ID}}, {oldest.ID, []int64{newest.ID, oldest.ID}}, {theirs.ID, []int64{newest.ID}}} {
		names, err := s.Jobs.Names(t.Context(), tenant, 1, c.with)
		var got []int64
		for _, n := range names {
			got = append(got, n.ID)
		}
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("with %d: %v (-want +got):\n%s", c.with, err, diff)
		}
	}
}
