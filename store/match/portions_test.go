package match_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/fit"
	"itmanagerjobs/store/match"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// Where everybody fits every job, a transaction takes as many people as there is room for, and those who come after the best are found are
// not written to be cut off at once.
func TestManyWhoFitManyJobs(t *testing.T) {
	t.Parallel()
	const jobs, people = 20, 300
	clock, url := storetest.NewClock(), storetest.URL(t)
	s, db := storetest.Open(t, url, storetest.Options(clock)), fixture.Raw(t, url)
	tenant := fixture.Account(t, s, "many@northwind.example", jobs)
	for range jobs {
		fixture.Active(t, s, tenant, opsJob)
	}
	compute(t, s)
	ids := arrive(t, db, slices.Repeat([]someone{ops(clock, "Kubernetes", "Terraform")}, people)...)
	turns := 0
	for most := people; ; turns++ {
		n, err := s.Matches.Compute(t.Context(), people)
		if err != nil {
			t.Fatal(err)
		}
		if n > most || turns == 0 && n == people {
			t.Errorf("turn %d took %d people", turns, n)
		}
		if n == 0 {
			break
		}
	}
	if turns < 2 {
		t.Errorf("%d turns", turns)
	}
	if n := fixture.Count(t, db, `SELECT count(*) FROM matches`); n != jobs*fit.PerJob {
		t.Errorf("%d matches, want the best %d of %d jobs", n, fit.PerJob, jobs)
	}
	if n := fixture.Count(t, db, `SELECT last_value FROM pg_sequences WHERE sequencename = 'matches_id_seq'`); n > jobs*(fit.PerJob+100) {
		t.Errorf("%d matches were written for %d that are kept", n, jobs*fit.PerJob)
	}
	if n := fixture.Count(t, db, `SELECT count(*) FROM match_profiles`); n != people {
		t.Errorf("%d of %d people are in the index", n, people)
	}
	// Those who are kept stay, when they come again with the same points.
	change(t, db, "seniority = seniority", ids...)
	compute(t, s)
	page := matches(t, s, tenant, match.Query{CandidateID: ids[0], Limit: 1})
	if n := fixture.Count(t, db, `SELECT count(*) FROM matches`); n != jobs*fit.PerJob || page.Total != jobs {
		t.Errorf("%d matches, of them %d of the first, after everybody came again", n, page.Total)
	}
}

// A job is compared with many candidates of its employer in several turns, and each of them withdraws what is not a match any more.
func TestAJobAndManyCandidatesOfItsEmployer(t *testing.T) {
	t.Parallel()
	const people = 1100
	clock, url := storetest.NewClock(), storetest.URL(t)
	s, db := storetest.Open(t, url, storetest.Options(clock)), fixture.Raw(t, url)
	tenant := fixture.Account(t, s, "large@northwind.example", 5)
	fixture.MustExec(t, db, fmt.Sprintf(`
INSERT INTO candidates (employer_id, mode, status, version, first_name, last_name, email, source, created_at, updated_at, title, skills, seniority)
SELECT $1, 'live', 'New', 1, 'Ada', 'Lovelace', n || '@example.com', 'Form', $2, $2, 'DevOps Engineer', '{Kubernetes,Terraform}', 'Senior' FROM generate_series(1, %d) n`, people), tenant.EmployerID, clock.Now())
	stranger := arrive(t, db, ops(clock, "Kubernetes", "Terraform"))
	job := fixture.Active(t, s, tenant, opsJob)
	kept := func() (pipeline, cv int) {
		return fixture.Count(t, db, `SELECT count(*) FROM matches WHERE population = 'Pipeline'`), fixture.Count(t, db, `SELECT count(*) FROM matches WHERE population = 'CvDatabase'`)
	}
	var after [][2]int
	for n := 1; n > 0; {
		var err error
		if n, err = s.Matches.Compute(t.Context(), 1000); err != nil {
			t.Fatal(err)
		}
		pipeline, cv := kept()
		after = append(after, [2]int{pipeline, cv})
	}
	// The second turn is that of the stranger, and the last one finds nothing.
	if diff := cmp.Diff([][2]int{{500, 0}, {500, 1}, {1000, 1}, {1100, 1}, {1100, 1}}, after); diff != "" {
		t.Errorf("matches after each turn (-want +got):\n%s", diff)
	}
	fixture.MustExec(t, db, `UPDATE candidates SET title = 'Chef', skills = '{Cooking}', seniority = NULL WHERE id % 2 = 0`)
	fixture.MustExec(t, db, `INSERT INTO match_work (kind, subject_id) SELECT 'job', $1::bigint`, job.ID)
	compute(t, s)
	if pipeline, cv := kept(); pipeline != people/2 || cv != len(stranger) {
		t.Errorf("%d and %d matches, after half of the candidates became others", pipeline, cv)
	}
	if n := fixture.Count(t, db, `SELECT count(*) FROM match_work`); n != 0 {
		t.Errorf("%d wait for nothing", n)
	}
}

// Candidates are compared with all jobs, of which there may be more than are in memory at once.
func TestCandidatesMeetMoreJobsThanAreInMemory(t *testing.T) {
	t.Parallel()
	const others = match.JobsInMemory + 500
	clock, url := storetest.NewClock(), storetest.URL(t)
	s, db := storetest.Open(t, url, storetest.Options(clock)), fixture.Raw(t, url)
	tenant := fixture.Account(t, s, "vast@northwind.example", 1)
	fixture.Active(t, s, tenant, opsJob)
	compute(t, s)
	fixture.MustExec(t, db, `
INSERT INTO jobs (employer_id, mode, status, version, title, seniority, required_skills, optional_skills, publications, created_at, updated_at, posted_date, expiry_date)
SELECT employer_id, mode, status, version, title, seniority, required_skills, optional_skills, publications, created_at, updated_at, posted_date, expiry_date
  FROM jobs, generate_series(1, $1)`, others)
	fixture.MustExec(t, db, `INSERT INTO match_jobs (job_id, floor, skills, computed_at) SELECT j.id, 0, n.skills, $1 FROM jobs j, match_jobs n ON CONFLICT DO NOTHING`, clock.Now())
	fixture.MustExec(t, db, `
WITH made AS (
    INSERT INTO candidates (employer_id, mode, status, version, first_name, last_name, email, source, created_at, updated_at, title, skills, seniority)
    VALUES ($1, 'live', 'New', 1, 'Ada', 'Lovelace', 'ada@example.com', 'Form', $2, $2, 'DevOps Engineer', '{Kubernetes,Terraform}', 'Senior') RETURNING id)
INSERT INTO match_work (kind, subject_id) SELECT 'candidate', id FROM made`, tenant.EmployerID, clock.Now())
	kept := func(population fit.Population) int {
		t.Helper()
		compute(t, s)
		return fixture.Count(t, db, `SELECT count(*) FROM matches WHERE population = $1`, population)
	}
	if n := kept(fit.PopulationPipeline); n != others+1 {
		t.Errorf("a candidate of the employer matches %d of %d jobs", n, others+1)
	}
	arrive(t, db, ops(clock, "Kubernetes", "Terraform"))
	if n := kept(fit.PopulationCVDatabase); n != others+1 {
		t.Errorf("somebody of the CV database matches %d of %d jobs", n, others+1)
	}
}

// Whose pairs with a job are kept already is looked up where the person has the points of the last of the job's best, and for no more pairs
// at once than a transaction keeps, however many jobs there are.
func TestTiesAreLookedUpInPortions(t *testing.T) {
	t.Parallel()
	now := storetest.NewClock().Now()
	skills := []fit.Skill{{Key: "kubernetes", Name: "Kubernetes"}}
	job := fit.Job{RequiredSkills: skills, Seniority: "Manager"}
	p := fit.Candidate{Skills: map[string]bool{"kubernetes": true}, Seniority: "Manager", UpdatedAt: now}
	for _, tt := range []struct {
		jobs, people, kept, left int
		lookedUp                 []int
	}{
		{jobs: 10, people: 0},
		{jobs: 10, people: 3, kept: 15, lookedUp: []int{30}},
		{jobs: 4500, people: 1, kept: 2250, lookedUp: []int{2000, 2000, 500}},
		{jobs: 900, people: 9, kept: 4 * 450, left: 5, lookedUp: []int{2000, 700, 2000, 700}},
		// More jobs than are in memory at once: two people have room among the first 2,000, one among the next.
		{jobs: 4100, people: 3, kept: 2050, left: 2, lookedUp: []int{2000, 2000, 2000, 2000, 100}},
	} {
		kept, left, lookedUp, err := match.Tied(now, job, p, tt.jobs, tt.people)
		if err != nil || kept != tt.kept || left != tt.left || !slices.Equal(lookedUp, tt.lookedUp) {
			t.Errorf("%d jobs and %d people: %d pairs, %d people left, looked up %v, %v; want %+v", tt.jobs, tt.people, kept, left, lookedUp, err, tt)
		}
	}
}

// Somebody who comes into the CV database finds the jobs that were there by one of their required skills, as it is now, and those that
// require none.
func TestPeopleFindJobsByARequiredSkill(t *testing.T) {
	t.Parallel()
	clock, url := storetest.NewClock(), storetest.URL(t)
	s, db := storetest.Open(t, url, storetest.Options(clock)), fixture.Raw(t, url)
	tenant := fixture.Account(t, s, "skills@northwind.example", 5)
	requiring := func(skills ...string) int64 {
		return fixture.Active(t, s, tenant, func(p *board.JobPatch) { opsJob(p); p.RequiredSkills = board.Set(skills) }).ID
	}
	one, another, none, changed := requiring("k8s", "COBOL"), requiring("COBOL, and RPG", "COBOL"), requiring(), requiring("COBOL")
	compute(t, s)
	if _, err := s.Jobs.UpdateJob(t.Context(), tenant, changed, board.JobPatch{RequiredSkills: board.Set([]string{"Terraform"})}, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	compute(t, s)
	found := func(skills ...string) (jobs []int64) {
		t.Helper()
		ids := arrive(t, db, ops(clock, skills...))
		compute(t, s)
		for _, m := range matches(t, s, tenant, match.Query{CandidateID: ids[0], Limit: 10}).Items {
			jobs = append(jobs, m.JobID)
		}
		slices.Sort(jobs)
		return jobs
	}
	for _, tt := range []struct {
		skills []string
		want   []int64
	}{
		{[]string{"Kubernetes", "Terraform"}, []int64{one, none, changed}},
		{[]string{"COBOL, and RPG"}, []int64{another, none}},
		{[]string{"Cooking"}, []int64{none}},
	} {
		if diff := cmp.Diff(tt.want, found(tt.skills...)); diff != "" {
			t.Errorf("jobs of somebody with %q (-want +got):\n%s", tt.skills, diff)
		}
	}
}
