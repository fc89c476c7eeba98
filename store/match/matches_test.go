package match_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/lib/pq"

	"itmanagerjobs/store"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/board/fit"
	"itmanagerjobs/store/match"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
	"itmanagerjobs/store/taxonomy"
)

// someone is a person of the CV database as far as matching goes.
type someone struct {
	Mode      board.Mode
	Title     string
	Skills    []string
	Seniority board.Seniority
	City      taxonomy.City
	Remote    board.RemoteType
	Expects   int64
	UpdatedAt time.Time
}

// arrive puts people into the CV database as an import does, and gives their numbers.
func arrive(t *testing.T, db *sql.DB, people ...someone) []int64 {
	t.Helper()
	ids := make([]int64, len(people))
	for i, p := range people {
		if p.Mode == "" {
			p.Mode = board.ModeLive
		}
		err := db.QueryRowContext(t.Context(), `
WITH made AS (
    INSERT INTO cv_candidates (mode, version, first_name, last_name, email, title, skills, experience, seniority, city, country, latitude, longitude,
           remote_type, salary_min, salary_currency, salary_period, languages, shown_text, visibility, consents, content_hash, retain_until, created_at, updated_at)
    VALUES ($1, 1, 'Ada', 'Lovelace', gen_random_uuid() || '@example.com', $2, $3, '[]', nullif($4, ''), nullif($5, ''), nullif($6, ''),
           CASE WHEN $5 <> '' THEN $7::float END, CASE WHEN $5 <> '' THEN $8::float END, nullif($9, ''), nullif($10::bigint, 0),
           CASE WHEN $10::bigint <> 0 THEN 'GBP' END, CASE WHEN $10::bigint <> 0 THEN 'Year' END, '{}', '', 'Visible', '[]', '', $11, $11, $11)
    RETURNING id), work AS (
    INSERT INTO match_work (kind, subject_id) SELECT 'cv_candidate', id FROM made)
SELECT id FROM made`, p.Mode, p.Title, pq.StringArray(p.Skills), p.Seniority, p.City.Name, p.City.Country, p.City.Latitude, p.City.Longitude,
			p.Remote, p.Expects, p.UpdatedAt).Scan(&ids[i])
		if err != nil {
			t.Fatal(err)
		}
	}
	return ids
}

// change changes somebody of the CV database, as an import or a wish to be hidden does.
func change(t *testing.T, db *sql.DB, set string, ids ...int64) {
	t.Helper()
	fixture.MustExec(t, db, `UPDATE cv_candidates SET `+set+` WHERE id = ANY ($1)`, pq.Int64Array(ids))
	fixture.MustExec(t, db, `INSERT INTO match_work (kind, subject_id) SELECT 'cv_candidate', unnest($1::bigint[])`, pq.Int64Array(ids))
}

func ops(clock *storetest.Clock, skills ...string) someone {
	leeds, _ := taxonomy.Locate("Leeds, United Kingdom")
	return someone{Title: "DevOps Engineer", Skills: skills, Seniority: board.Senior, City: leeds, UpdatedAt: clock.Now()}
}

func opsJob(p *board.JobPatch) {
	p.Title, p.Seniority, p.RequiredSkills = board.Set("Senior DevOps Engineer"), board.Set(board.Senior), board.Set([]string{"Kubernetes", "Terraform"})
}

func matches(t *testing.T, s *store.Store, tenant board.Tenant, q match.Query) pg.Page[match.Match] {
	t.Helper()
	q.Limit = max(q.Limit, 1)
	page, err := s.Matches.Matches(context.Background(), tenant, q)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

// pairsOf are candidates and scores.
func pairsOf(page pg.Page[match.Match]) [][2]int64 {
	list := [][2]int64{}
	for _, m := range page.Items {
		list = append(list, [2]int64{m.CandidateID, int64(m.Score)})
	}
	return list
}

// told are the pairs of the candidate.matched events, in their order.
func told(t *testing.T, s *store.Store, tenant board.Tenant) [][2]int64 {
	t.Helper()
	list := [][2]int64{}
	for after, more := int64(0), true; more; {
		page, err := s.Outbox.Events(context.Background(), tenant, after, 1000, []event.Type{event.CandidateMatched})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Events {
			var body struct {
				CandidateID, JobPostID int64
				Score                  int
			}
			if err := json.Unmarshal(e.Data, &body); err != nil || body.Score < fit.Notify {
				t.Errorf("event %s: %v", e.Data, err)
			}
			list = append(list, [2]int64{body.JobPostID, body.CandidateID})
		}
		after, more = page.Next, page.More
	}
	return list
}

func TestAJobFindsThoseWhoFit(t *testing.T) {
	t.Parallel()
	clock, url := storetest.NewClock(), storetest.URL(t)
	s, db := storetest.Open(t, url, storetest.Options(clock)), fixture.Raw(t, url)
	tenant, other := fixture.Account(t, s, "match@northwind.example", 5), fixture.Account(t, s, "match2@northwind.example", 5)
	fictitious := ops(clock, "Kubernetes", "Terraform")
	fictitious.Mode = board.ModeTest
	cook := ops(clock, "Terraform")
	cook.Title, cook.Seniority = "Cook", board.Junior
	ids := arrive(t, db, ops(clock, "Kubernetes"), ops(clock, "k8s", "Terraform", "Go"), fictitious, cook, ops(clock, "COBOL"), ops(clock, "Kubernetes", "Terraform"))
	change(t, db, `visibility = 'Hidden'`, ids[5])
	compute(t, s)
	job := fixture.Active(t, s, tenant, opsJob)
	if page := matches(t, s, tenant, match.Query{}); page.Total != 0 {
		t.Errorf("there are matches before any was looked for: %+v", page)
	}
	compute(t, s)

	page := matches(t, s, tenant, match.Query{JobID: job.ID, Limit: 10})
	want := [][2]int64{{ids[1], 55 + 15 + 10 + 10 + 3 + 5}, {ids[0], 20 + 8 + 15 + 10 + 10 + 3 + 5}, {ids[3], 20 + 8 + 10 + 3 + 5}}
	if diff := cmp.Diff(want, pairsOf(page)); diff != "" || page.Total != 3 || page.More {
		t.Errorf("matches, total %d (-want +got):\n%s", page.Total, diff)
	}
	best := page.Items[0]
	if best.JobTitle != "Senior DevOps Engineer" || best.CandidateTitle != "DevOps Engineer" || best.Population != fit.PopulationCVDatabase ||
		best.ScoreVersion != fit.Version || !best.ComputedAt.Equal(clock.Now()) || best.Tenant != tenant {
		t.Errorf("the best match: %+v", best)
	}
	if diff := cmp.Diff([]string{"Kubernetes", "Terraform"}, best.Components[0].Evidence); diff != "" {
		t.Errorf("evidence (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([][2]int64{{job.ID, ids[0]}, {job.ID, ids[1]}}, told(t, s, tenant)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}

	// By pages, by candidate, and by score; not for another.
	first := matches(t, s, tenant, match.Query{})
	next := matches(t, s, tenant, match.Query{After: &match.Position{Score: first.Items[0].Score, ID: first.Items[0].ID}, Limit: 5})
	if !first.More || next.More || cmp.Diff(want, append(pairsOf(first), pairsOf(next)...)) != "" {
		t.Errorf("by position: %v, then %v", pairsOf(first), pairsOf(next))
	}
	if page := matches(t, s, tenant, match.Query{Offset: 1}); !page.More || cmp.Diff(want[1:2], pairsOf(page)) != "" {
		t.Errorf("by offset: %v", pairsOf(page))
	}
	if page := matches(t, s, tenant, match.Query{MinScore: 70, Limit: 5}); page.Total != 2 || len(page.Items) != 2 {
		t.Errorf("from 70: %v", pairsOf(page))
	}
	top, err := s.Matches.TopOfCandidate(context.Background(), tenant, ids[0], 10)
	if err != nil || len(top) != 1 || top[0].JobID != job.ID {
		t.Errorf("the best jobs of a candidate: %+v, %v", top, err)
	}
	if top, err = s.Matches.TopOfJob(context.Background(), tenant, job.ID, 2); err != nil || len(top) != 2 {
		t.Errorf("the best two of a job: %+v, %v", top, err)
	}
	for name, stranger := range map[string]board.Tenant{"employer": other, "mode": {EmployerID: tenant.EmployerID, Mode: board.ModeTest}} {
		if page := matches(t, s, stranger, match.Query{JobID: job.ID}); page.Total != 0 || len(page.Items) != 0 {
			t.Errorf("another %s sees %+v", name, page)
		}
	}
}

func TestMatchesFollowWhatChanges(t *testing.T) {
	t.Parallel()
	clock, url := storetest.NewClock(), storetest.URL(t)
	s, db := storetest.Open(t, url, storetest.Options(clock)), fixture.Raw(t, url)
	ctx := context.Background()
	tenant := fixture.Account(t, s, "change@northwind.example", 5)
	job := fixture.Active(t, s, tenant, opsJob)
	compute(t, s)
	ids := arrive(t, db, ops(clock, "Kubernetes", "Terraform"), ops(clock, "Kubernetes", "Terraform"))
	compute(t, s)
	see := func(state string, want ...int64) {
		t.Helper()
		got := []int64{}
		for _, m := range matches(t, s, tenant, match.Query{Limit: 10}).Items {
			got = append(got, m.CandidateID)
		}
		if diff := cmp.Diff(append([]int64{}, want...), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", state, diff)
		}
	}
	see("after they came", ids...)
	change(t, db, `visibility = 'Hidden'`, ids[0])
	see("one is hidden, and nothing was computed", ids[1])
	compute(t, s)
	if n := fixture.Count(t, db, `SELECT count(*) FROM matches`); n != 1 {
		t.Errorf("%d matches are kept after one was hidden, want 1", n)
	}
	change(t, db, `visibility = 'Visible'`, ids[0])
	change(t, db, `skills = '{COBOL}'`, ids[1])
	compute(t, s)
	see("one is back, the other has forgotten everything", ids[0])
	change(t, db, `skills = '{Kubernetes,Terraform}'`, ids[1])
	compute(t, s)

	if _, err := s.Jobs.UpdateJob(ctx, tenant, job.ID, board.JobPatch{RequiredSkills: board.Set([]string{"COBOL"})}, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	compute(t, s)
	see("the job asks for other skills")
	if _, err := s.Jobs.UpdateJob(ctx, tenant, job.ID, board.JobPatch{RequiredSkills: board.Set([]string{"Kubernetes"})}, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	compute(t, s)
	see("and again", ids...)

	clock.Advance(31 * 24 * time.Hour)
	see("the job is over, and nobody has noted that")
	if n, err := s.Jobs.ExpireDue(ctx, 10); n != 1 || err != nil {
		t.Fatalf("expired %d, %v", n, err)
	}
	compute(t, s)
	if n := fixture.Count(t, db, `SELECT count(*) FROM matches`); n != 0 {
		t.Errorf("%d matches are kept of an expired job", n)
	}
	if _, err := s.Jobs.Publish(ctx, account.Principal{Tenant: tenant}, job.ID, nil, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	compute(t, s)
	see("published again", ids...)
	if _, err := s.Jobs.Deactivate(ctx, tenant, job.ID, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	compute(t, s)
	if n := fixture.Count(t, db, `SELECT count(*) FROM matches`) + fixture.Count(t, db, `SELECT count(*) FROM match_jobs`); n != 0 {
		t.Errorf("%d matches are kept of a closed job", n)
	}
	if n := fixture.Count(t, db, `SELECT count(*) FROM events WHERE type = 'candidate.matched'`); n != 2 {
		t.Errorf("%d events after all of that, want one of each candidate", n)
	}
}

func TestThePipelineIsMatchedWithTheEmployersJobsAlone(t *testing.T) {
	t.Parallel()
	clock, url := storetest.NewClock(), storetest.URL(t)
	s, db := storetest.Open(t, url, storetest.Options(clock)), fixture.Raw(t, url)
	tenant, other := fixture.Account(t, s, "own@northwind.example", 5), fixture.Account(t, s, "own2@northwind.example", 5)
	job := fixture.Active(t, s, tenant, opsJob)
	fixture.Active(t, s, other, opsJob)
	compute(t, s)
	a := fixture.Apply(t, s, fixture.Ada(job))
	fixture.MustExec(t, db, `UPDATE candidates SET title = 'DevOps Engineer', skills = '{Kubernetes}', seniority = 'Senior' WHERE id = $1`, a.CandidateID)
	fixture.MustExec(t, db, `INSERT INTO match_work (kind, subject_id) VALUES ('candidate', $1)`, a.CandidateID)
	compute(t, s)
	second := fixture.Active(t, s, tenant, opsJob)
	compute(t, s)
	page := matches(t, s, tenant, match.Query{CandidateID: a.CandidateID, Limit: 10})
	if len(page.Items) != 2 || page.Items[0].JobID != job.ID || page.Items[1].JobID != second.ID || page.Items[0].Population != fit.PopulationPipeline {
		t.Errorf("matches of an applicant: %+v", page)
	}
	if page := matches(t, s, other, match.Query{}); page.Total != 0 {
		t.Errorf("another employer's applicant is matched: %+v", page)
	}
	if _, err := s.Erasure.EraseCandidate(context.Background(), tenant, a.CandidateID, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	fixture.MustExec(t, db, `INSERT INTO match_work (kind, subject_id) VALUES ('candidate', $1)`, a.CandidateID)
	if page := matches(t, s, tenant, match.Query{}); len(page.Items) != 0 {
		t.Errorf("matches of somebody who was erased: %+v", page)
	}
	compute(t, s)
	if n := fixture.Count(t, db, `SELECT count(*) FROM matches`); n != 0 {
		t.Errorf("%d matches are kept of somebody who was erased", n)
	}
}

func TestWhoIsImportedIsMatchedUntilHiddenOrErased(t *testing.T) {
	t.Parallel()
	clock, url := storetest.NewClock(), storetest.URL(t)
	s, db := storetest.Open(t, url, storetest.Options(clock)), fixture.Raw(t, url)
	ctx := context.Background()
	tenant := fixture.Account(t, s, "imported@northwind.example", 5)
	job := fixture.Active(t, s, tenant, opsJob)
	imported, err := s.CV.Import(ctx, board.ModeLive, []board.CVCandidate{{
		FirstName: "Ada", LastName: "Lovelace", Email: "ada@example.com", Title: "Senior DevOps Engineer", Skills: []string{"k8s", "Terraform"},
		City: "Leeds", Country: "United Kingdom", Visibility: board.VisibilityVisible, UpdatedAt: clock.Now(),
		Experience: []board.Experience{}, Languages: []string{}, Consents: []board.Consent{},
	}})
	if err != nil {
		t.Fatal(err)
	}
	id := imported.IDs[0]
	compute(t, s)
	if got := pairsOf(matches(t, s, tenant, match.Query{})); len(got) != 1 || got[0][0] != id {
		t.Errorf("matches: %v, want one of %d", got, id)
	}
	if err := s.CV.SetVisibility(ctx, id, board.VisibilityHidden); err != nil {
		t.Fatal(err)
	}
	if page := matches(t, s, tenant, match.Query{}); page.Total != 0 {
		t.Errorf("somebody hidden is matched: %+v", page)
	}
	if err := s.CV.SetVisibility(ctx, id, board.VisibilityVisible); err != nil {
		t.Fatal(err)
	}
	compute(t, s)
	if page := matches(t, s, tenant, match.Query{JobID: job.ID}); page.Total != 1 {
		t.Errorf("somebody who is back is not matched: %+v", page)
	}
	if _, err := s.Erasure.EraseCV(ctx, id); err != nil {
		t.Fatal(err)
	}
	compute(t, s)
	for _, table := range []string{"matches", "match_notices", "match_profiles", "match_work"} {
		if n := fixture.Count(t, db, `SELECT count(*) FROM `+table); n != 0 {
			t.Errorf("%d rows of %s are left of somebody who was erased", n, table)
		}
	}
	if diff := cmp.Diff([][2]int64{{job.ID, id}}, told(t, s, tenant)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestEachPairIsToldOnceByManyCopies(t *testing.T) {
	t.Parallel()
	clock, url := storetest.NewClock(), storetest.URL(t)
	a, b := storetest.Open(t, url, storetest.Options(clock)), storetest.Open(t, url, storetest.Options(clock))
	db := fixture.Raw(t, url)
	tenant := fixture.Account(t, a, "once@northwind.example", 20)
	ids := arrive(t, db, crowd(clock, 5, 300)...)
	// Both copies match while jobs are published and people change.
	stop := make(chan struct{})
	var copies sync.WaitGroup
	for _, s := range []*store.Store{a, b} {
		copies.Go(func() {
			for {
				if _, err := s.Matches.Compute(context.Background(), 50); err != nil {
					t.Error(err)
				}
				select {
				case <-stop:
					return
				default:
				}
			}
		})
	}
	for i := range 10 {
		fixture.Active(t, a, tenant, crowdJob(i))
		change(t, db, `updated_at = updated_at - interval '1 day'`, ids[i*20:i*20+40]...)
	}
	close(stop)
	copies.Wait()
	compute(t, a)
	before := told(t, a, tenant)
	if len(before) == 0 {
		t.Fatal("nobody was told of anything")
	}
	fixture.MustExec(t, db, `INSERT INTO match_work (kind, subject_id) SELECT 'job', id FROM jobs UNION ALL SELECT 'cv_candidate', id FROM cv_candidates`)
	compute(t, b)
	after := told(t, a, tenant)
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("to match again tells again (-before +after):\n%s", diff)
	}
	seen := map[[2]int64]bool{}
	for _, pair := range after {
		if seen[pair] {
			t.Errorf("%v was told twice", pair)
		}
		seen[pair] = true
	}
	for _, m := range matches(t, a, tenant, match.Query{MinScore: fit.Notify, Limit: 10_000}).Items {
		if !seen[[2]int64{m.JobID, m.CandidateID}] {
			t.Errorf("nobody was told of %d with %d, worth %d", m.JobID, m.CandidateID, m.Score)
		}
	}
}

func TestACrashBetweenBatchesLosesNothing(t *testing.T) {
	t.Parallel()
	clock, url := storetest.NewClock(), storetest.URL(t)
	s, db := storetest.Open(t, url, storetest.Options(clock)), fixture.Raw(t, url)
	tenant := fixture.Account(t, s, "crash@northwind.example", 5)
	fixture.Active(t, s, tenant, opsJob)
	compute(t, s)
	arrive(t, db, ops(clock, "Kubernetes"), ops(clock, "Terraform"), ops(clock, "Kubernetes", "Terraform"))
	// The first batch goes well, the second one breaks in its middle.
	if n, err := s.Matches.Compute(context.Background(), 1); n != 1 || err != nil {
		t.Fatalf("the first batch: %d, %v", n, err)
	}
	fixture.MustExec(t, db, `ALTER TABLE match_notices ADD CONSTRAINT broken CHECK (score_version < 0) NOT VALID`)
	if n, err := s.Matches.Compute(context.Background(), 10); n != 0 || err == nil {
		t.Fatalf("a batch that breaks: %d, %v", n, err)
	}
	fixture.MustExec(t, db, `ALTER TABLE match_notices DROP CONSTRAINT broken`)
	if n := len(told(t, s, tenant)); n != 1 || fixture.Count(t, db, `SELECT count(*) FROM matches`) != 1 {
		t.Errorf("%d events, and %d matches, after one batch", n, fixture.Count(t, db, `SELECT count(*) FROM matches`))
	}
	compute(t, storetest.Open(t, url, storetest.Options(clock)))
	if n := len(told(t, s, tenant)); n != 3 || fixture.Count(t, db, `SELECT count(*) FROM matches`) != 3 {
		t.Errorf("%d events, and %d matches, after all of them", n, fixture.Count(t, db, `SELECT count(*) FROM matches`))
	}
}

func TestATitleThatNobodyKnowsIsComparedByItsWords(t *testing.T) {
	t.Parallel()
	clock, url := storetest.NewClock(), storetest.URL(t)
	s, db := storetest.Open(t, url, storetest.Options(clock)), fixture.Raw(t, url)
	tenant := fixture.Account(t, s, "zorblax@northwind.example", 5)
	fixture.Active(t, s, tenant, func(p *board.JobPatch) { opsJob(p); p.Title = board.Set("Senior Zorblax Engineer") })
	want := map[int64]int{}
	for title, points := range map[string]int{"Zorblax Engineer": 15, "Engineer, Zorblax (Lead)": 15, "Zorblax Wrangler": 3, "Florist": 0} {
		p := ops(clock, "Kubernetes", "Terraform")
		p.Title = title
		want[arrive(t, db, p)[0]] = points
	}
	compute(t, s)
	got := map[int64]int{}
	for _, m := range matches(t, s, tenant, match.Query{Limit: 10}).Items {
		for _, c := range m.Components {
			if c.Name == fit.ComponentTitle {
				got[m.CandidateID] = c.Score
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("points for the title (-want +got):\n%s", diff)
	}
}

func TestMatchesAreRefreshedDaily(t *testing.T) {
	t.Parallel()
	clock, url := storetest.NewClock(), storetest.URL(t)
	s, db := storetest.Open(t, url, storetest.Options(clock)), fixture.Raw(t, url)
	tenant := fixture.Account(t, s, "daily@northwind.example", 5)
	for range 3 {
		fixture.Active(t, s, tenant, opsJob)
	}
	arrive(t, db, ops(clock, "Kubernetes", "Terraform"))
	compute(t, s)
	score := func() int { return matches(t, s, tenant, match.Query{}).Items[0].Score }
	fresh := score()
	refresh := func(limit, want int) {
		t.Helper()
		if n, err := s.Matches.Refresh(t.Context(), limit); n != want || err != nil {
			t.Errorf("%d jobs, %v; want %d", n, err, want)
		}
	}
	refresh(2, 0)
	clock.Advance(24 * time.Hour)
	refresh(2, 2)
	refresh(2, 0) // they wait
	compute(t, s)
	refresh(2, 1)
	compute(t, s)
	refresh(2, 0)
	fixture.MustExec(t, db, `UPDATE jobs SET expiry_date = expiry_date + interval '1 year'`)
	clock.Advance(40 * 24 * time.Hour)
	refresh(9, 3)
	compute(t, s)
	if old := score(); old != fresh-1 {
		t.Errorf("after 40 days the score is %d, was %d", old, fresh)
	}
}
