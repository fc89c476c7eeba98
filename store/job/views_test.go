package job_test

import (
	"testing"
	"time"

	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/job"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// TestAVisitorCountsOnceADay: over copies, over flushes, and without a trace of the visitor when the day is over.
func TestAVisitorCountsOnceADay(t *testing.T) {
	t.Parallel()
	url, clock := storetest.URL(t), storetest.NewClock()
	a, b := storetest.Open(t, url, storetest.Options(clock)), storetest.Open(t, url, storetest.Options(clock))
	db := fixture.Raw(t, url)
	tenant := fixture.Account(t, a, "ada@northwind.example", 5)
	j := fixture.Active(t, a, tenant, nil)
	views := func(t *testing.T, tenant board.Tenant) job.Views {
		t.Helper()
		for _, s := range []*store.Store{a, b} {
			if err := s.Jobs.FlushViews(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		found, err := a.Jobs.ViewsByJob(t.Context(), tenant, []int64{j.ID})
		if err != nil {
			t.Fatal(err)
		}
		return found[j.ID]
	}
	a.Jobs.CountView(j.ID, "192.0.2.1", "Firefox")
	a.Jobs.CountView(j.ID, "192.0.2.1", "Firefox") // a reload
	b.Jobs.CountView(j.ID, "192.0.2.1", "Firefox") // which another copy answers
	a.Jobs.CountView(j.ID, "192.0.2.2", "Firefox")
	a.Jobs.CountView(j.ID, "192.0.2.1", "Safari")
	a.Jobs.CountView(j.ID+1, "192.0.2.1", "Safari") // a job that is gone meanwhile
	if v := views(t, tenant); v.All != 3 || v.Days[job.ViewDays-1] != 3 || v.Recent() != 3 {
		t.Errorf("on the first day: %+v", v)
	}
	a.Jobs.CountView(j.ID, "192.0.2.2", "Firefox")
	if v := views(t, tenant); v.All != 3 {
		t.Errorf("a reload after a flush counts: %+v", v)
	}
	if n, err := a.Jobs.PurgeViewers(t.Context(), 100); n != 0 || err != nil {
		t.Errorf("%d viewers of today are forgotten, %v", n, err)
	}
	clock.Advance(24 * time.Hour)
	a.Jobs.CountView(j.ID, "192.0.2.2", "Firefox")
	if v := views(t, tenant); v.All != 4 || v.Days[job.ViewDays-1] != 1 || v.Days[job.ViewDays-2] != 3 {
		t.Errorf("on the second day: %+v", v)
	}
	if n, err := a.Jobs.PurgeViewers(t.Context(), 100); n != 4 || err != nil || fixture.Count(t, db, `SELECT count(*) FROM job_viewers`) != 1 {
		t.Errorf("%d viewers are forgotten, %v; want the 4 of yesterday", n, err)
	}
	if v := views(t, board.Tenant{EmployerID: tenant.EmployerID + 1, Mode: board.ModeLive}); v.All != 0 {
		t.Errorf("another employer sees %+v", v)
	}
	clock.Advance(40 * 24 * time.Hour)
	if v := views(t, tenant); v.All != 4 || v.Recent() != 0 {
		t.Errorf("after 40 days: %+v", v)
	}
	if n, err := a.Jobs.PurgeViews(t.Context(), 100); n != 0 || err != nil {
		t.Errorf("%d counts are purged, %v", n, err)
	}
	clock.Advance(job.ViewRetention)
	if n, err := a.Jobs.PurgeViews(t.Context(), 100); n != 2 || err != nil {
		t.Errorf("%d counts are purged, %v; want 2", n, err)
	}
}
