package job_test

import (
	"database/sql"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/publication"
	"itmanagerjobs/store/job"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

func found(t *testing.T, s *store.Store, words ...string) (titles []string) {
	t.Helper()
	page, err := s.Jobs.SearchJobs(t.Context(), publication.Search{Q: strings.Join(words, " "), Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range page.Listings {
		titles = append(titles, l.Job.Title)
	}
	if page.Total != len(titles) {
		t.Errorf("total %d, found %v", page.Total, titles)
	}
	return titles
}

func TestThePublicSeesOpenLiveJobs(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	ctx := t.Context()
	tenant := fixture.Account(t, s, "public@northwind.example", 5)
	first := fixture.Public(t, s, tenant, fixture.Complete("Platform Engineer"))
	clock.Advance(time.Minute)
	second := fixture.Public(t, s, tenant, fixture.Complete("100% remote"))
	draft := fixture.Create(t, s, tenant, fixture.Complete("Draft"))
	tested := fixture.Public(t, s, board.Tenant{EmployerID: tenant.EmployerID, Mode: board.ModeTest}, fixture.Complete("Test"))
	if _, err := s.Jobs.Deactivate(ctx, tenant, draft.ID, board.Precondition{}); err != nil {
		t.Fatal(err)
	}

	for _, tc := range []struct {
		words []string
		want  []string
	}{
		{nil, []string{"100% remote", "Platform Engineer"}}, // the newest first
		{[]string{"PLATFORM", "eng*"}, []string{"Platform Engineer"}},
		{[]string{"northwind", "leeds", "kingdom", "100%"}, []string{"100% remote"}},
		{[]string{"platform", "zorblax"}, nil},
	} {
		if diff := cmp.Diff(tc.want, found(t, s, tc.words...)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tc.words, diff)
		}
	}
	page, err := s.Jobs.SearchJobs(ctx, publication.Search{Offset: 1, Limit: 1})
	if err != nil || page.Total != 2 || len(page.Listings) != 1 || page.Listings[0].Job.ID != first.ID || page.Listings[0].Employer != "Northwind" || page.Listings[0].Job.Description != nil {
		t.Errorf("the second page: %+v, %v", page, err)
	}

	feed, err := s.Jobs.FeedPage(ctx, 0, 10)
	if diff := cmp.Diff([]publication.Listing{{Job: first, Employer: "Northwind"}, {Job: second, Employer: "Northwind"}}, feed); diff != "" || err != nil {
		t.Errorf("the feed, %v (-want +got):\n%s", err, diff)
	}
	if feed, err = s.Jobs.FeedPage(ctx, first.ID, 1); err != nil || len(feed) != 1 || feed[0].Job.ID != second.ID {
		t.Errorf("the feed after the first: %+v, %v", feed, err)
	}

	got, err := s.Jobs.PublicJob(ctx, first.ID)
	if diff := cmp.Diff(publication.Listing{Job: first, Employer: "Northwind"}, got); diff != "" || err != nil {
		t.Errorf("a job, %v (-want +got):\n%s", err, diff)
	}
	said := board.EmployerProfile{Name: "Northwind", Website: "https://northwind.example", Description: "We lead IT.\n\nSince 1998."}
	if _, err := s.Accounts.UpdateEmployer(ctx, tenant.EmployerID, said); err != nil {
		t.Fatal(err)
	}
	got, err = s.Jobs.PublicJob(ctx, first.ID)
	if diff := cmp.Diff(publication.Listing{Job: first, Employer: "Northwind", Website: said.Website, About: said.Description}, got); diff != "" || err != nil {
		t.Errorf("a job of an employer who tells of itself, %v (-want +got):\n%s", err, diff)
	}
	for name, id := range map[string]int64{"that was never public": draft.ID, "of test mode": tested.ID, "that is none": 1 << 40} {
		if _, err := s.Jobs.PublicJob(ctx, id); fixture.CodeOf(err) != board.CodeNotFound {
			t.Errorf("a job %s: %v", name, err)
		}
	}

	// At its date a job is over, though nobody has noted it yet.
	clock.Advance(first.ExpiryDate.Sub(clock.Now()))
	if titles := found(t, s); len(titles) != 1 || titles[0] != second.Title {
		t.Errorf("open are %v", titles)
	}
	if feed, err = s.Jobs.FeedPage(ctx, 0, 10); err != nil || len(feed) != 1 || feed[0].Job.ID != second.ID {
		t.Errorf("in the feed are %+v, %v", feed, err)
	}
	if got, err = s.Jobs.PublicJob(ctx, first.ID); err != nil || !errors.Is(got.Job.OpenFor(clock.Now()), board.ErrJobExpired) {
		t.Errorf("a job that is over: %+v, %v", got, err)
	}
}

// TestFeedState: its version is another one after every change of the feed, and only then, and its time never runs
// backwards.
func TestFeedState(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	ctx := t.Context()
	tenant := fixture.Account(t, s, "feed@northwind.example", 5)
	state := func() publication.FeedState {
		t.Helper()
		st, err := s.Jobs.FeedState(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return st
	}
	last := state()
	if !last.UpdatedAt.IsZero() {
		t.Errorf("of no jobs: %+v", last)
	}
	step := func(name string, changes bool, do func() error) {
		t.Helper()
		clock.Advance(time.Minute)
		if err := do(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		now := state()
		if changed := now.Version != last.Version; changed != changes {
			t.Errorf("%s: another version: %t, want %t", name, changed, changes)
		}
		if now.UpdatedAt.Before(last.UpdatedAt) || changes && !now.UpdatedAt.Equal(clock.Now()) {
			t.Errorf("%s: updated at %s, before it %s, now it is %s", name, now.UpdatedAt, last.UpdatedAt, clock.Now())
		}
		last = now
	}
	var a, b board.Job
	step("a draft", false, func() error { a = fixture.Create(t, s, tenant, fixture.Complete("A")); return nil })
	publish := func(j *board.Job) func() error {
		return func() (err error) {
			*j, err = s.Jobs.Publish(ctx, account.Principal{Tenant: tenant}, j.ID, nil, board.Precondition{})
			return err
		}
	}
	step("published", true, publish(&a))
	step("changed", true, func() error {
		_, err := s.Jobs.UpdateJob(ctx, tenant, a.ID, board.JobPatch{Title: board.Set("A2")}, board.Precondition{})
		return err
	})
	step("changed in nothing", false, func() error {
		_, err := s.Jobs.UpdateJob(ctx, tenant, a.ID, board.JobPatch{Title: board.Set("A2")}, board.Precondition{})
		return err
	})
	b = fixture.Create(t, s, tenant, fixture.Complete("B"))
	step("another one", true, publish(&b))
	step("in test mode", false, func() error {
		fixture.Public(t, s, board.Tenant{EmployerID: tenant.EmployerID, Mode: board.ModeTest}, fixture.Complete("T"))
		return nil
	})
	step("one closed", true, func() error {
		_, err := s.Jobs.Deactivate(ctx, tenant, b.ID, board.Precondition{})
		return err
	})
	step("over by its date", true, func() error { clock.Advance(a.ExpiryDate.Sub(clock.Now())); return nil })
	step("noted as over", false, func() error {
		_, err := s.Jobs.ExpireDue(ctx, 10)
		return err
	})
	step("published again", true, publish(&a))
}

// TestPlansOfThePublicPages: with many jobs the public's statements walk indexes of what the public sees, in their order.
func TestPlansOfThePublicPages(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	s := storetest.Open(t, url, storetest.Options(storetest.NewClock()))
	tenant := fixture.Account(t, s, "plans@northwind.example", 0)
	db, err := sql.Open("postgres", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	for _, statement := range []string{
		// Only what is on disk for certain does VACUUM take for visible to all.
		`BEGIN; SET LOCAL synchronous_commit = on; INSERT INTO jobs (employer_id, mode, status, version, title, reference, required_skills, optional_skills, publications, created_at, updated_at, posted_date, expiry_date)
SELECT ` + strconv.FormatInt(tenant.EmployerID, 10) + `, 'live', CASE WHEN n % 3 = 0 THEN 'Active' ELSE 'Expired' END, 1, 'Job', 'R' || n, '{}', '{}', 1, now(), now() - n * interval '1 minute', now() - n * interval '1 minute', now() + interval '1 day'
  FROM generate_series(1, 20000) n; COMMIT`, `VACUUM ANALYZE jobs`,
	} {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	for _, st := range job.PublicSQL() {
		rows, err := db.QueryContext(t.Context(), "EXPLAIN "+st.Query)
		if err != nil {
			t.Fatalf("%s: %v", st.Query, err)
		}
		var plan strings.Builder
		for rows.Next() {
			var line string
			if err := rows.Scan(&line); err != nil {
				t.Fatal(err)
			}
			plan.WriteString(line + "\n")
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Fatal(err)
		}
		if text := plan.String(); !strings.Contains(text, st.Index) || strings.Contains(text, "Seq Scan on jobs") || strings.Contains(text, "Sort Key: j.") {
			t.Errorf("without %s:\n%s", st.Index, text)
		}
	}
}
