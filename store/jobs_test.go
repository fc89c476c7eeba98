package store_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/storetest"
)

func TestAJobComesBackAsItWasMade(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	tenant := account(t, s, "roundtrip@northwind.example", 1)
	p := complete("Head of Infrastructure")
	low, high := int64(70_000_00), int64(85_000_50)
	p.Reference, p.Seniority = board.Set("PL-001"), board.Set(board.Senior)
	p.Salary = board.Set(board.Salary{Min: &low, Max: &high, Currency: "GBP", Period: board.PerYear})
	p.RequiredSkills, p.OptionalSkills = board.Set([]string{"Kubernetes", "C++", `a "quoted", {one}`}), board.Set([]string{"Go"})
	made := create(t, s, tenant, p)
	read, err := s.GetJob(context.Background(), tenant, made.ID)
	if diff := cmp.Diff(made, read); diff != "" || err != nil {
		t.Errorf("created and read differ (-want +got), %v:\n%s", err, diff)
	}

	clock.Advance(time.Minute)
	published, err := s.PublishJob(context.Background(), store.Principal{Tenant: tenant}, made.ID, nil, store.Precondition{})
	if err != nil {
		t.Fatalf("publish: %v", err)
	}
	if read, err = s.GetJob(context.Background(), tenant, made.ID); err != nil || cmp.Diff(published, read) != "" {
		t.Errorf("published and read differ (-want +got), %v:\n%s", err, cmp.Diff(published, read))
	}
}

func TestAnotherTenantsJobIsAbsent(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	mine := account(t, s, "mine@northwind.example", 1)
	job := create(t, s, mine, complete("IT Manager"))
	for name, other := range map[string]store.Tenant{
		"employer": account(t, s, "other@northwind.example", 1),
		"mode":     {EmployerID: mine.EmployerID, Mode: board.ModeTest},
	} {
		ctx := context.Background()
		_, getErr := s.GetJob(ctx, other, job.ID)
		_, patchErr := s.PatchJob(ctx, other, job.ID, complete("Taken over"), store.Precondition{})
		_, publishErr := s.PublishJob(ctx, store.Principal{Tenant: other}, job.ID, nil, store.Precondition{})
		_, deleteErr := s.DeactivateJob(ctx, other, job.ID, store.Precondition{})
		for what, err := range map[string]error{"get": getErr, "patch": patchErr, "publish": publishErr, "delete": deleteErr} {
			if codeOf(err) != board.CodeNotFound {
				t.Errorf("%s by another %s: %v, want not_found", what, name, err)
			}
		}
		if page, err := s.ListJobs(ctx, other, store.JobQuery{Limit: 10}); err != nil || page.Total != 0 || len(page.Jobs) != 0 {
			t.Errorf("list of another %s: %+v, %v; want none", name, page, err)
		}
	}
}

func TestAReferenceNamesOneJob(t *testing.T) {
	t.Parallel()
	a, b, _ := twins(t)
	ctx := context.Background()
	tenant := account(t, a, "reference@northwind.example", 1)
	with := func(reference string) board.JobPatch {
		p := complete("IT Manager")
		p.Reference = board.Set(reference)
		return p
	}
	first := create(t, a, tenant, with("PL-001"))
	other := create(t, a, tenant, with("PL-002"))
	if _, err := a.CreateJob(ctx, tenant, with("PL-001")); codeOf(err) != board.CodeConflict || err.Error() == "" {
		t.Errorf("creating a second: %v, want conflict", err)
	}
	if _, err := a.PatchJob(ctx, tenant, other.ID, board.JobPatch{Reference: board.Set("PL-001")}, store.Precondition{}); codeOf(err) != board.CodeConflict {
		t.Errorf("patching to a taken one: %v, want conflict", err)
	}
	if _, err := a.DeactivateJob(ctx, tenant, first.ID, store.Precondition{}); err != nil {
		t.Fatalf("deactivate: %v", err)
	}
	create(t, a, tenant, with("PL-001"))

	var wg sync.WaitGroup
	var created atomic.Int64
	for i := range 20 {
		copyOfProgram := []*store.Store{a, b}[i%2]
		wg.Go(func() {
			_, isNew, err := copyOfProgram.UpsertJob(ctx, tenant, "PL-777", complete(fmt.Sprintf("Title %d", i)), store.Precondition{})
			if err != nil {
				t.Errorf("upsert: %v", err)
			}
			if isNew {
				created.Add(1)
			}
		})
	}
	wg.Wait()
	if n := created.Load(); n != 1 {
		t.Errorf("%d upserts created a job, want 1", n)
	}
}

func TestJobsExpireOnceOverCopies(t *testing.T) {
	t.Parallel()
	a, b, clock := twins(t)
	ctx := context.Background()
	tenant := account(t, a, "expiry@northwind.example", 60)
	for i := range 50 {
		job := create(t, a, tenant, complete(fmt.Sprintf("Job %d", i)))
		at := clock.Now().Add(time.Duration(i%2+1) * time.Hour)
		if _, err := a.PublishJob(ctx, store.Principal{Tenant: tenant}, job.ID, &at, store.Precondition{}); err != nil {
			t.Fatalf("publish: %v", err)
		}
	}
	expire := func() int64 {
		var wg sync.WaitGroup
		var n atomic.Int64
		for i := range 8 {
			copyOfProgram := []*store.Store{a, b}[i%2]
			wg.Go(func() {
				for {
					done, err := copyOfProgram.ExpireDueJobs(ctx, 7)
					if err != nil {
						t.Errorf("expire: %v", err)
					}
					if n.Add(int64(done)); done == 0 {
						return
					}
				}
			})
		}
		wg.Wait()
		return n.Load()
	}
	for _, want := range []int64{0, 25, 25, 0} {
		if n := expire(); n != want {
			t.Errorf("%d jobs expired, want %d", n, want)
		}
		clock.Advance(time.Hour)
	}
	page, err := a.ListJobs(ctx, tenant, store.JobQuery{JobFilter: store.JobFilter{Status: board.JobExpired}, Limit: 100})
	if err != nil || page.Total != 50 {
		t.Fatalf("expired jobs %d, %v; want 50", page.Total, err)
	}
	for _, job := range page.Jobs {
		if job.Version != 3 {
			t.Errorf("job %d has version %d after create, publish and expiry; want 3", job.ID, job.Version)
		}
	}
}

func TestACursorWalksWithoutSkipsOrRepeats(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	ctx := context.Background()
	tenant := account(t, s, "walk@northwind.example", 0)
	originals := map[int64]bool{}
	for i := range 57 {
		if i%5 == 0 {
			clock.Advance(time.Second)
		}
		originals[create(t, s, tenant, complete(fmt.Sprintf("Job %d", i))).ID] = true
	}
	for _, sort := range []store.JobSort{store.NewestFirst, store.OldestFirst, store.LastUpdatedFirst, store.LastUpdatedLast} {
		seen := map[int64]bool{}
		for q, more := (store.JobQuery{Sort: sort, Limit: 10}), true; more; {
			page, err := s.ListJobs(ctx, tenant, q)
			if err != nil {
				t.Fatalf("list: %v", err)
			}
			for _, job := range page.Jobs {
				if seen[job.ID] {
					t.Errorf("sort %d: job %d twice", sort, job.ID)
				}
				seen[job.ID] = true
			}
			last := page.Jobs[len(page.Jobs)-1]
			q.After = &store.JobPosition{UpdatedAt: last.UpdatedAt, ID: last.ID}
			// A job made during the walk must not move the others over the edge of a page.
			if len(seen) == 20 {
				create(t, s, tenant, complete("Late"))
			}
			more = page.More
		}
		for id := range originals {
			if !seen[id] {
				t.Errorf("sort %d: job %d was skipped", sort, id)
			}
		}
	}
}

func TestAListFiltersAndCounts(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	ctx := context.Background()
	tenant := account(t, s, "filter@northwind.example", 5)
	titles := []string{"Head of IT", "100% Remote CIO", "IT_Manager", "Head of Data"}
	var ids []int64
	for i, title := range titles {
		p := complete(title)
		p.Reference = board.Set(fmt.Sprintf("REF-%d", i))
		ids = append(ids, create(t, s, tenant, p).ID)
		clock.Advance(time.Minute)
	}
	if _, err := s.PublishJob(ctx, store.Principal{Tenant: tenant}, ids[0], nil, store.Precondition{}); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		filter store.JobFilter
		want   []int64
	}{
		"none":      {store.JobFilter{}, []int64{ids[3], ids[2], ids[1], ids[0]}},
		"status":    {store.JobFilter{Status: board.JobActive}, []int64{ids[0]}},
		"reference": {store.JobFilter{Reference: "REF-2"}, []int64{ids[2]}},
		"since":     {store.JobFilter{UpdatedSince: clock.Now().Add(-2 * time.Minute)}, []int64{ids[3], ids[2], ids[0]}},
		"words":     {store.JobFilter{Words: []string{"head", "DATA"}}, []int64{ids[3]}},
		"percent":   {store.JobFilter{Words: []string{"100%"}}, []int64{ids[1]}},
		"underline": {store.JobFilter{Words: []string{"IT_M"}}, []int64{ids[2]}},
		"nothing":   {store.JobFilter{Words: []string{"plumber"}}, []int64{}},
	} {
		page, err := s.ListJobs(ctx, tenant, store.JobQuery{JobFilter: tt.filter, Limit: 10})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got := make([]int64, len(page.Jobs))
		for i, job := range page.Jobs {
			got[i] = job.ID
		}
		if diff := cmp.Diff(tt.want, got); diff != "" || page.Total != len(tt.want) {
			t.Errorf("%s: total %d, jobs (-want +got):\n%s", name, page.Total, diff)
		}
	}
	beyond, err := s.ListJobs(ctx, tenant, store.JobQuery{Offset: 1000, Limit: 10})
	if err != nil || beyond.Total != 4 || len(beyond.Jobs) != 0 {
		t.Errorf("beyond the end: %+v, %v; want the total alone", beyond, err)
	}
}
