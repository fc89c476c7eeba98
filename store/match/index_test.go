package match_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/fit"
	"itmanagerjobs/store/match"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
	"itmanagerjobs/store/taxonomy"
)

// crowd makes people of all kinds.
func crowd(clock *storetest.Clock, seed uint64, n int) []someone {
	r := rand.New(rand.NewPCG(seed, 1))
	titles, cities := taxonomy.Titles(), taxonomy.Cities()
	people := make([]someone, n)
	for i := range people {
		title := titles[r.IntN(12)]
		people[i] = someone{
			Title: title.Name, City: cities[r.IntN(len(cities))], Seniority: append(board.AllSeniorities(), "")[r.IntN(8)],
			Remote: append(board.AllRemoteTypes(), "")[r.IntN(4)], Expects: int64(r.IntN(2)) * int64(30_000_00+r.IntN(90_000_00)),
			UpdatedAt: clock.Now().Add(-time.Duration(r.IntN(20_000)) * time.Hour),
		}
		if r.IntN(10) == 0 {
			people[i].City, people[i].Title = taxonomy.City{}, []string{"Keeper of the Flame", "Senior Flame Thrower"}[i%2]
		}
		for _, s := range title.Skills {
			if r.IntN(3) > 0 {
				people[i].Skills = append(people[i].Skills, s)
			}
		}
		people[i].Skills = append(people[i].Skills, fmt.Sprintf("homemade %d", r.IntN(300)))
	}
	return people
}

// crowdJob is a job for some of a crowd, of a different kind for each i.
func crowdJob(i int) func(*board.JobPatch) {
	titles, cities := taxonomy.Titles(), taxonomy.Cities()
	return func(p *board.JobPatch) {
		title, city := titles[i%12], cities[i*5%len(cities)]
		n := min(len(title.Skills), i%5)
		p.Title, p.City, p.Country = board.Set(title.Name), board.Set(city.Name), board.Set(city.Country)
		p.RequiredSkills, p.OptionalSkills = board.Set(title.Skills[:n]), board.Set(title.Skills[n:min(len(title.Skills), n+i%3)])
		p.RemoteType = board.Set(board.AllRemoteTypes()[i%3])
		if i%6 == 5 {
			p.Title = board.Set([]string{"Lead Flame Keeper", "Thrower"}[i%4/2])
		}
		if i%2 == 0 {
			p.Seniority = board.Set(board.AllSeniorities()[i%7])
		}
		if i%4 == 1 {
			low, high := int64(40_000_00), int64(75_000_00)
			p.Salary = board.SetSalary(board.Salary{Min: &low, Max: &high, Currency: "GBP", Period: board.PerYear})
		}
	}
}

func TestTheIndexLosesNobody(t *testing.T) {
	t.Parallel()
	clock, url := storetest.NewClock(), storetest.URL(t)
	s, db := storetest.Open(t, url, storetest.Options(clock)), fixture.Raw(t, url)
	tenant := fixture.Account(t, s, "index@northwind.example", 100)
	ids := arrive(t, db, crowd(clock, 3, 1200)...)
	compute(t, s)
	// Some change, some go.
	change(t, db, `skills = skills[2:3], latitude = 48.8, longitude = 2.3, updated_at = updated_at + interval '40 days'`, ids[100:200]...)
	change(t, db, `visibility = 'Hidden'`, ids[200:250]...)
	compute(t, s)
	for i := range 24 {
		job := fixture.Active(t, s, tenant, crowdJob(i))
		compute(t, s)
		scores, bounds, err := s.Matches.ScoresOf(context.Background(), job.ID)
		if err != nil {
			t.Fatal(err)
		}
		best := make([]int, 0, len(scores))
		for id, score := range scores {
			best = append(best, score)
			if bounds[id] < score {
				t.Errorf("job %d: candidate %d is worth %d, more than its bound, %d", i, id, score, bounds[id])
			}
		}
		slices.Sort(best)
		slices.Reverse(best)
		got := []int{}
		for _, m := range matches(t, s, tenant, match.Query{JobID: job.ID, Limit: 1000}).Items {
			got = append(got, m.Score)
			if scores[m.CandidateID] != m.Score {
				t.Errorf("job %d: candidate %d is kept with %d, worth %d", i, m.CandidateID, m.Score, scores[m.CandidateID])
			}
		}
		if diff := cmp.Diff(best[:min(len(best), fit.PerJob)], got); diff != "" {
			t.Errorf("job %d: the best scores of %d (-want +got):\n%s", i, len(best), diff)
		}
	}
}

func TestAJobKeepsItsBestAndIsFilledAgain(t *testing.T) {
	t.Parallel()
	clock, url := storetest.NewClock(), storetest.URL(t)
	s, db := storetest.Open(t, url, storetest.Options(clock)), fixture.Raw(t, url)
	tenant := fixture.Account(t, s, "best@northwind.example", 5)
	job := fixture.Active(t, s, tenant, opsJob)
	compute(t, s)
	people := make([]someone, fit.PerJob+50)
	for i := range people {
		people[i] = ops(clock, "Kubernetes", "Terraform")
		people[i].Expects = int64(i%2) * 50_000_00 // nothing that the job names
	}
	ids := arrive(t, db, people...)
	compute(t, s)
	if page := matches(t, s, tenant, match.Query{Limit: 1000}); page.Total != fit.PerJob {
		t.Errorf("%d are kept, want %d", page.Total, fit.PerJob)
	}
	if n := fixture.Count(t, db, `SELECT floor FROM match_jobs`); n == 0 {
		t.Error("the job does not know that some were left out")
	}
	change(t, db, `visibility = 'Hidden'`, ids[:150]...)
	compute(t, s)
	if page := matches(t, s, tenant, match.Query{JobID: job.ID, Limit: 1000}); page.Total != 100 || len(page.Items) != 100 {
		t.Errorf("%d are kept after 150 of 250 went, want 100", page.Total)
	}
	if got := told(t, s, tenant); len(got) != len(people) {
		t.Errorf("%d events, want one for each of %d", len(got), len(people))
	}
}
