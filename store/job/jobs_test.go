package job_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/job"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

func TestAJobComesBackAsItWasMade(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	tenant := fixture.Account(t, s, "roundtrip@northwind.example", 1)
	p := fixture.Complete("Head of Infrastructure")
	low, high := int64(70_000_00), int64(85_000_50)
	p.Reference, p.Seniority = board.Set("PL-001"), board.Set(board.Senior)
	p.Salary = board.SetSalary(board.Salary{Min: &low, Max: &high, Currency: "GBP", Period: board.PerYear})
	p.RequiredSkills, p.OptionalSkills = board.Set([]string{"Kubernetes", "C++", `a "quoted", {one}`}), board.Set([]string{"Go"})
	made := fixture.Create(t, s, tenant, p)
	read, err := s.Jobs.Job(context.Background(), tenant, made.ID)
	if diff := cmp.Diff(made, read); diff != "" || err != nil {
		t.Errorf("created and read differ (-want +got), %v:\n%s", err, diff)
	}

	clock.Advance(time.Minute)
	published, err := s.Jobs.Publish(context.Background(), account.Principal{Tenant: tenant}, made.ID, nil, board.Precondition{})
	if err != nil {
		t.Fatalf("publish: %v", err)
	}
	if read, err = s.Jobs.Job(context.Background(), tenant, made.ID); err != nil || cmp.Diff(published, read) != "" {
		t.Errorf("published and read differ (-want +got), %v:\n%s", err, cmp.Diff(published, read))
	}
}

func TestAnotherTenantsJobIsAbsent(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	mine := fixture.Account(t, s, "mine@northwind.example", 1)
	owned := fixture.Create(t, s, mine, fixture.Complete("IT Manager"))
	for name, other := range map[string]board.Tenant{
		"employer": fixture.Account(t, s, "other@northwind.example", 1),
		"mode":     {EmployerID: mine.EmployerID, Mode: board.ModeTest},
	} {
		ctx := context.Background()
		_, getErr := s.Jobs.Job(ctx, other, owned.ID)
		_, patchErr := s.Jobs.UpdateJob(ctx, other, owned.ID, fixture.Complete("Taken over"), board.Precondition{})
		_, publishErr := s.Jobs.Publish(ctx, account.Principal{Tenant: other}, owned.ID, nil, board.Precondition{})
		_, deleteErr := s.Jobs.Deactivate(ctx, other, owned.ID, board.Precondition{})
		for what, err := range map[string]error{"get": getErr, "patch": patchErr, "publish": publishErr, "delete": deleteErr} {
			if fixture.CodeOf(err) != board.CodeNotFound {
				t.Errorf("%s by another %s: %v, want not_found", what, name, err)
			}
		}
		if page, err := s.Jobs.Jobs(ctx, other, job.Query{Limit: 10}); err != nil || page.Total != 0 || len(page.Items) != 0 {
			t.Errorf("list of another %s: %+v, %v; want none", name, page, err)
		}
	}
}

func TestAJobIsFoundAndClosedByItsReference(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	ctx := context.Background()
	tenant := fixture.Account(t, s, "byreference@northwind.example", 1)
	p := fixture.Complete("IT Manager")
	p.Reference = board.Set("PL-001")
	first := fixture.Create(t, s, tenant, p)
	for range 2 { // a closed job keeps being found, and stays as it is
		closed, err := s.Jobs.DeactivateReferenced(ctx, tenant, "PL-001", board.Precondition{})
		if err != nil || closed.ID != first.ID || closed.Status != board.JobDeactivated || closed.Version != first.Version+1 {
			t.Errorf("close: %+v, %v", closed, err)
		}
	}
	second := fixture.Create(t, s, tenant, p)
	if found, err := s.Jobs.JobByReference(ctx, tenant, " PL-001 "); err != nil || found.ID != second.ID {
		t.Errorf("found job %d, %v; want %d, which is not closed", found.ID, err, second.ID)
	}
	for _, other := range []board.Tenant{fixture.Account(t, s, "other@northwind.example", 1), {EmployerID: tenant.EmployerID, Mode: board.ModeTest}} {
		_, readErr := s.Jobs.JobByReference(ctx, other, "PL-001")
		_, closeErr := s.Jobs.DeactivateReferenced(ctx, other, "PL-001", board.Precondition{})
		if fixture.CodeOf(readErr) != board.CodeNotFound || fixture.CodeOf(closeErr) != board.CodeNotFound {
			t.Errorf("another tenant: %v, %v; want not_found", readErr, closeErr)
		}
	}
}

func TestAReferenceNamesOneJob(t *testing.T) {
	t.Parallel()
	a, b, _ := fixture.AtOnce(t)
	ctx := context.Background()
	tenant := fixture.Account(t, a, "reference@northwind.example", 1)
	with := func(reference string) board.JobPatch {
		p := fixture.Complete("IT Manager")
		p.Reference = board.Set(reference)
		return p
	}
	first := fixture.Create(t, a, tenant, with("PL-001"))
	other := fixture.Create(t, a, tenant, with("PL-002"))
	if _, err := a.Jobs.CreateJob(ctx, tenant, with("PL-001")); fixture.CodeOf(err) != board.CodeConflict || err.Error() == "" {
		t.Errorf("creating a second: %v, want conflict", err)
	}
	if _, err := a.Jobs.UpdateJob(ctx, tenant, other.ID, board.JobPatch{Reference: board.Set("PL-001")}, board.Precondition{}); fixture.CodeOf(err) != board.CodeConflict {
		t.Errorf("patching to a taken one: %v, want conflict", err)
	}
	if _, err := a.Jobs.Deactivate(ctx, tenant, first.ID, board.Precondition{}); err != nil {
		t.Fatalf("deactivate: %v", err)
	}
	fixture.Create(t, a, tenant, with("PL-001"))

	var wg sync.WaitGroup
	var created atomic.Int64
	for i := range 20 {
		copyOfProgram := []*store.Store{a, b}[i%2]
		wg.Go(func() {
			_, isNew, err := copyOfProgram.Jobs.UpsertJob(ctx, tenant, "PL-777", fixture.Complete(fmt.Sprintf("Title %d", i)), board.Precondition{})
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
	a, b, clock := fixture.AtOnce(t)
	ctx := context.Background()
	tenant := fixture.Account(t, a, "expiry@northwind.example", 60)
	for i := range 50 {
		job := fixture.Create(t, a, tenant, fixture.Complete(fmt.Sprintf("Job %d", i)))
		at := clock.Now().Add(time.Duration(i%2+1) * time.Hour)
		if _, err := a.Jobs.Publish(ctx, account.Principal{Tenant: tenant}, job.ID, &at, board.Precondition{}); err != nil {
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
					done, err := copyOfProgram.Jobs.ExpireDue(ctx, 7)
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
	page, err := a.Jobs.Jobs(ctx, tenant, job.Query{Filter: job.Filter{Statuses: []board.JobStatus{board.JobExpired}}, Limit: 100})
	if err != nil || page.Total != 50 {
		t.Fatalf("expired jobs %d, %v; want 50", page.Total, err)
	}
	for _, job := range page.Items {
		if job.Version != 3 {
			t.Errorf("job %d has version %d after create, publish and expiry; want 3", job.ID, job.Version)
		}
	}
}

// A reader of what was updated since a time misses a job that steps back behind it. The clocks of two machines differ a little.
func TestAJobThatExpiresIsNotOlderThanBefore(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	ctx := context.Background()
	tenant := fixture.Account(t, s, "back@northwind.example", 1)
	made := fixture.Create(t, s, tenant, fixture.Complete("IT Manager"))
	at := clock.Now().Add(time.Hour)
	if _, err := s.Jobs.Publish(ctx, account.Principal{Tenant: tenant}, made.ID, &at, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	clock.Advance(time.Hour + 2*time.Second)
	changed, err := s.Jobs.UpdateJob(ctx, tenant, made.ID, board.JobPatch{Title: board.Set("Head of IT")}, board.Precondition{})
	if err != nil {
		t.Fatal(err)
	}
	clock.Advance(-time.Second)
	if n, err := s.Jobs.ExpireDue(ctx, 10); n != 1 || err != nil {
		t.Fatalf("%d jobs expired, %v", n, err)
	}
	expired, err := s.Jobs.Job(ctx, tenant, made.ID)
	if err != nil || expired.UpdatedAt.Before(changed.UpdatedAt) {
		t.Errorf("updated at %v, and before that at %v; %v", expired.UpdatedAt, changed.UpdatedAt, err)
	}
}

func TestACursorWalksWithoutSkipsOrRepeats(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	ctx := context.Background()
	tenant := fixture.Account(t, s, "walk@northwind.example", 0)
	originals := map[int64]bool{}
	for i := range 57 {
		if i%5 == 0 {
			clock.Advance(time.Second)
		}
		originals[fixture.Create(t, s, tenant, fixture.Complete(fmt.Sprintf("Job %d", i))).ID] = true
	}
	for _, sort := range []pg.Sort{pg.NewestFirst, pg.OldestFirst, pg.LastUpdatedFirst, pg.LastUpdatedLast} {
		seen := map[int64]bool{}
		for q, more := (job.Query{Sort: sort, Limit: 10}), true; more; {
			page, err := s.Jobs.Jobs(ctx, tenant, q)
			if err != nil {
				t.Fatalf("list: %v", err)
			}
			for _, job := range page.Items {
				if seen[job.ID] {
					t.Errorf("sort %d: job %d twice", sort, job.ID)
				}
				seen[job.ID] = true
			}
			last := page.Items[len(page.Items)-1]
			q.After = &pg.Position{At: last.UpdatedAt, ID: last.ID}
			// A job made during the walk must not move the others over the edge of a page.
			if len(seen) == 20 {
				fixture.Create(t, s, tenant, fixture.Complete("Late"))
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
	tenant := fixture.Account(t, s, "filter@northwind.example", 5)
	titles := []string{"Head of IT", "100% Remote CIO", "IT_Manager", "Head of Data", "Inge\u0301nieur", "情報処理 O’Brien", "Front\u2011end – Lead"}
	var ids []int64
	for i, title := range titles {
		p := fixture.Complete(title)
		p.Reference = board.Set(fmt.Sprintf("REF-%d", i))
		ids = append(ids, fixture.Create(t, s, tenant, p).ID)
		clock.Advance(time.Minute)
	}
	if _, err := s.Jobs.Publish(ctx, account.Principal{Tenant: tenant}, ids[0], nil, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	if stored, err := s.Jobs.Job(ctx, tenant, ids[4]); err != nil || stored.Title != "Ingénieur" {
		t.Errorf("the title is kept as %+q, %v", stored.Title, err)
	}
	for name, tt := range map[string]struct {
		filter job.Filter
		want   []int64
	}{
		"none":      {job.Filter{}, []int64{ids[6], ids[5], ids[4], ids[3], ids[2], ids[1], ids[0]}},
		"status":    {job.Filter{Statuses: []board.JobStatus{board.JobActive}}, []int64{ids[0]}},
		"reference": {job.Filter{Reference: "REF-2"}, []int64{ids[2]}},
		"since":     {job.Filter{UpdatedSince: clock.Now().Add(-2 * time.Minute)}, []int64{ids[6], ids[5], ids[0]}},
		"accents":   {job.Filter{Words: []string{"ingenieur"}}, []int64{ids[4]}},
		"composed":  {job.Filter{Words: []string{"INGÉNIEUR"}}, []int64{ids[4]}},
		"in parts":  {job.Filter{Words: []string{"Inge\u0301"}}, []int64{ids[4]}},
		"a part":    {job.Filter{Words: []string{"処理"}}, []int64{ids[5]}},
		"width":     {job.Filter{Words: []string{"ＨＥＡＤ", "ｄａｔａ"}}, []int64{ids[3]}},
		"apostroph": {job.Filter{Words: []string{"o'brien"}}, []int64{ids[5]}},
		"dashes":    {job.Filter{Words: []string{"front-end", "—"}}, []int64{ids[6]}},
		"phrase":    {job.Filter{Words: board.ListWords("“head of\u00a0IT” \u200b")}, []int64{ids[0]}},
		"a mark":    {job.Filter{Words: board.ListWords("\"")}, []int64{}},
		"words":     {job.Filter{Words: []string{"head", "DATA"}}, []int64{ids[3]}},
		"percent":   {job.Filter{Words: []string{"100%"}}, []int64{ids[1]}},
		"underline": {job.Filter{Words: []string{"IT_M"}}, []int64{ids[2]}},
		"nothing":   {job.Filter{Words: []string{"plumber"}}, []int64{}},
		"beginning": {job.Filter{Words: []string{"man"}}, []int64{ids[2]}},
		"a middle":  {job.Filter{Words: []string{"genieur"}}, []int64{}},
		"behind -":  {job.Filter{Words: []string{"end", "6"}}, []int64{ids[6]}},
		"signs":     {job.Filter{Words: []string{"head.*"}}, []int64{}},
		"a sign":    {job.Filter{Words: []string{"-end"}}, []int64{ids[6]}},
	} {
		page, err := s.Jobs.Jobs(ctx, tenant, job.Query{Filter: tt.filter, Limit: 10})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got := make([]int64, len(page.Items))
		for i, job := range page.Items {
			got[i] = job.ID
		}
		if diff := cmp.Diff(tt.want, got); diff != "" || page.Total != len(tt.want) {
			t.Errorf("%s: total %d, jobs (-want +got):\n%s", name, page.Total, diff)
		}
	}
	beyond, err := s.Jobs.Jobs(ctx, tenant, job.Query{Offset: 1000, Limit: 10})
	if err != nil || beyond.Total != len(titles) || len(beyond.Items) != 0 {
		t.Errorf("beyond the end: %+v, %v; want the total alone", beyond, err)
	}
}

// TestAPageIsOneStatement: the total comes with the page, also with an empty one, which is what a caller who asks for
// changes gets most of the time.
func TestAPageIsOneStatement(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	tenant := fixture.Account(t, s, "statements@northwind.example", 0)
	first := fixture.Create(t, s, tenant, fixture.Complete("First"))
	second := fixture.Create(t, s, tenant, fixture.Complete("Second"))
	for name, tc := range map[string]struct {
		query job.Query
		total int
	}{
		"first page":    {job.Query{Limit: 1}, 2},
		"after another": {job.Query{Limit: 1, After: &pg.Position{ID: second.ID}}, 2},
		"at an offset":  {job.Query{Limit: 1, Offset: 1}, 2},
		"no changes":    {job.Query{Limit: 1, Filter: job.Filter{UpdatedSince: clock.Now().Add(time.Hour)}}, 0},
	} {
		before := s.RoundTrips()
		page, err := s.Jobs.Jobs(t.Context(), tenant, tc.query)
		if n := s.RoundTrips() - before; err != nil || n != 1 || page.Total != tc.total || page.Items == nil {
			t.Errorf("%s: %d statements, total %d, %v", name, n, page.Total, err)
		}
	}
	if page, err := s.Jobs.Jobs(t.Context(), tenant, job.Query{Limit: 1, After: &pg.Position{ID: first.ID}}); err != nil || page.Total != 2 || len(page.Items) != 0 {
		t.Errorf("past the end: %+v, %v", page, err)
	}
}

// A transaction has one time, also when the clock goes on between two changes that join it, and a change that has waited for
// another one is not older than that.
func TestChangesOfOneTransactionHaveOneTime(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	ctx := context.Background()
	tenant := fixture.Account(t, s, "one-time@northwind.example", 5)
	first, second := fixture.Create(t, s, tenant, fixture.Complete("IT Manager")), fixture.Create(t, s, tenant, fixture.Complete("CIO"))
	city := func(ctx context.Context, id int64, name string) board.Job {
		t.Helper()
		clock.Advance(time.Minute)
		j, err := s.Jobs.UpdateJob(ctx, tenant, id, board.JobPatch{City: board.Set(name)}, board.Precondition{})
		if err != nil {
			t.Fatal(err)
		}
		return j
	}
	err := s.WithTx(ctx, func(joined context.Context) error {
		begun := clock.Now()
		waitedFor := city(ctx, first.ID, "York") // another transaction, which commits before the first change of this one
		after := city(joined, first.ID, "Hull")
		other := city(joined, second.ID, "Hull")
		if after.UpdatedAt != waitedFor.UpdatedAt || after.Version != waitedFor.Version+1 {
			t.Errorf("changed at %s after a change of %s", after.UpdatedAt, waitedFor.UpdatedAt)
		}
		if !other.UpdatedAt.Equal(begun) {
			t.Errorf("changed at %s in a transaction of %s", other.UpdatedAt, begun)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
