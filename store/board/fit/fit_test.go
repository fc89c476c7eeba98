package fit_test

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/fit"
)

var matchNow = time.Date(2026, time.March, 2, 9, 30, 0, 0, time.UTC)

func skills(names ...string) []fit.Skill {
	list := make([]fit.Skill, len(names))
	for i, n := range names {
		list[i] = fit.Skill{Key: strings.ToLower(n), Name: n}
	}
	return list
}

func has(names ...string) map[string]bool {
	set := map[string]bool{}
	for _, n := range names {
		set[strings.ToLower(n)] = true
	}
	return set
}

func yearly(low, high int64) *board.Salary {
	return &board.Salary{Min: &low, Max: &high, Currency: "GBP", Period: board.PerYear}
}

var (
	devOps = fit.Title{Key: "devops engineer", Name: "DevOps Engineer", Family: "Operations"}
	sre    = fit.Title{Key: "site reliability engineer", Name: "Site Reliability Engineer", Family: "Operations"}
	cook   = fit.Title{Key: "cook", Name: "Cook"}
	leeds  = fit.Place{City: "Leeds", Country: "United Kingdom", Point: &fit.Coordinates{Latitude: 53.8, Longitude: -1.55}}
	york   = fit.Place{City: "York", Country: "United Kingdom", Point: &fit.Coordinates{Latitude: 53.96, Longitude: -1.08}}
	madrid = fit.Place{City: "Madrid", Country: "Spain", Point: &fit.Coordinates{Latitude: 40.42, Longitude: -3.7}}
)

// untitled is a title that is not in the taxonomy.
func untitled(words string) fit.Title { return fit.Title{Key: words, Name: words} }

func TestScoreIsExplainedByItsComponents(t *testing.T) {
	t.Parallel()
	job := fit.Job{
		Title: devOps, RequiredSkills: skills("Kubernetes", "Go", "AWS"), OptionalSkills: skills("Terraform"), Seniority: board.Lead,
		Place: leeds, Remote: board.HybridRemote, Salary: yearly(60_000_00, 80_000_00),
	}
	c := fit.Candidate{
		Title: sre, Skills: has("AWS", "Kubernetes", "Perl"), Seniority: board.Lead, Place: york,
		Salary: yearly(70_000_00, 75_000_00), UpdatedAt: matchNow.AddDate(0, 0, -40),
	}
	want := fit.Match{Score: 65, Components: []fit.Component{
		{Name: "requiredSkills", Score: 27, Max: 40, Evidence: []string{"AWS", "Kubernetes", "not stated: Go"}},
		{Name: "optionalSkills", Score: 0, Max: 15, Evidence: []string{"not stated: Terraform"}},
		{Name: "title", Score: 9, Max: 15, Evidence: []string{"Site Reliability Engineer is close to DevOps Engineer"}},
		{Name: "seniority", Score: 10, Max: 10, Evidence: []string{"Lead fits Lead"}},
		{Name: "location", Score: 10, Max: 10, Evidence: []string{"within 36 km of Leeds"}},
		{Name: "salary", Score: 5, Max: 5, Evidence: []string{"GBP 70,000 - 75,000 per year is within GBP 60,000 - 80,000 per year"}},
		{Name: "recency", Score: 4, Max: 5, Evidence: []string{"profile confirmed within 90 days"}},
	}}
	if diff := cmp.Diff(want, fit.Score(job, c, matchNow)); diff != "" {
		t.Errorf("score (-want +got):\n%s", diff)
	}
}

func TestScoreOfEachComponent(t *testing.T) {
	t.Parallel()
	remote := func(job, wanted board.RemoteType, from fit.Place) (fit.Job, fit.Candidate) {
		return fit.Job{Remote: job, Place: leeds}, fit.Candidate{Remote: wanted, Place: from}
	}
	at := func(j fit.Job, c fit.Candidate) [2]any { return [2]any{j, c} }
	for _, test := range []struct {
		name, component string
		pair            [2]any
		want            int
		evidence        string
	}{
		{"no required skills", fit.ComponentRequiredSkills, at(fit.Job{}, fit.Candidate{Skills: has("Go")}), 20, "the job names no required skills"},
		{"neither", fit.ComponentOptionalSkills, at(fit.Job{}, fit.Candidate{}), 8, "the job names no optional skills"},
		{"no optional skills", fit.ComponentOptionalSkills, at(fit.Job{RequiredSkills: skills("Go", "AWS", "C")}, fit.Candidate{Skills: has("Go")}), 5, "the required ones count"},
		{"same title", fit.ComponentTitle, at(fit.Job{Title: devOps}, fit.Candidate{Title: devOps}), 15, "DevOps Engineer"},
		{"two titles unknown to the taxonomy", fit.ComponentTitle, at(fit.Job{Title: cook}, fit.Candidate{Title: fit.Title{Key: "waiter", Name: "Waiter"}}), 0, "another line of work"},
		{"the same words", fit.ComponentTitle, at(fit.Job{Title: untitled("baker pastry")}, fit.Candidate{Title: untitled("baker pastry")}), 15, "baker pastry"},
		{"one word of three", fit.ComponentTitle, at(fit.Job{Title: untitled("baker pastry")}, fit.Candidate{Title: untitled("bread baker")}), 3, "shares words with"},
		{"a word of a known title", fit.ComponentTitle, at(fit.Job{Title: devOps}, fit.Candidate{Title: untitled("devops zorblax")}), 0, "another line of work"},
		{"no title", fit.ComponentTitle, at(fit.Job{Title: cook}, fit.Candidate{}), 0, "no title"},
		{"a level above", fit.ComponentSeniority, at(fit.Job{Seniority: board.Mid}, fit.Candidate{Seniority: board.Senior}), 7, "Senior for a Mid job"},
		{"a level below", fit.ComponentSeniority, at(fit.Job{Seniority: board.Senior}, fit.Candidate{Seniority: board.Mid}), 5, "Mid for a Senior job"},
		{"far below", fit.ComponentSeniority, at(fit.Job{Seniority: board.Director}, fit.Candidate{Seniority: board.Junior}), 0, "Junior for a Director job"},
		{"level not stated", fit.ComponentSeniority, at(fit.Job{}, fit.Candidate{Seniority: board.Junior}), 5, "names no seniority"},
		{"level not known", fit.ComponentSeniority, at(fit.Job{Seniority: board.Junior}, fit.Candidate{}), 5, "no seniority"},
		{"in town", fit.ComponentLocation, at(remote(board.OnSite, "", leeds)), 10, "within 1 km of Leeds"},
		{"next town", fit.ComponentLocation, at(remote(board.OnSite, board.OnSite, york)), 8, "within 36 km of Leeds"},
		{"abroad", fit.ComponentLocation, at(remote(board.OnSite, "", madrid)), 0, "1496 km from Leeds"},
		{"somewhere in the country", fit.ComponentLocation, at(remote(board.OnSite, "", fit.Place{Country: "United Kingdom"})), 5, "in United Kingdom"},
		{"somewhere abroad", fit.ComponentLocation, at(remote(board.OnSite, "", fit.Place{Country: "Spain"})), 0, "in Spain, not in United Kingdom"},
		{"nowhere", fit.ComponentLocation, at(remote(board.OnSite, "", fit.Place{})), 5, "not known"},
		{"wants remote", fit.ComponentLocation, at(remote(board.OnSite, board.FullyRemote, leeds)), 2, "within 1 km of Leeds, wants to work fully remote"},
		{"wants remote, partly", fit.ComponentLocation, at(remote(board.HybridRemote, board.FullyRemote, leeds)), 5, "wants to work fully remote"},
		{"remote", fit.ComponentLocation, at(remote(board.FullyRemote, "", york)), 10, "fully remote"},
		{"remote from abroad", fit.ComponentLocation, at(remote(board.FullyRemote, "", madrid)), 5, "lives in Spain, the job is in United Kingdom"},
		{"wants an office", fit.ComponentLocation, at(remote(board.FullyRemote, board.OnSite, york)), 5, "wants to work on site"},
		{"no salary", fit.ComponentSalary, at(fit.Job{}, fit.Candidate{}), 3, "names no salary"},
		{"no expectation", fit.ComponentSalary, at(fit.Job{Salary: yearly(1, 2)}, fit.Candidate{}), 3, "no expectation"},
		{"a little more", fit.ComponentSalary, at(fit.Job{Salary: yearly(50_000_00, 60_000_00)}, fit.Candidate{Salary: yearly(66_000_00, 70_000_00)}), 3, "is above"},
		{"much more", fit.ComponentSalary, at(fit.Job{Salary: yearly(50_000_00, 60_000_00)}, fit.Candidate{Salary: yearly(66_000_01, 70_000_00)}), 0, "is above"},
		{
			"by the day", fit.ComponentSalary,
			at(fit.Job{Salary: yearly(50_000_00, 60_000_00)}, fit.Candidate{Salary: &board.Salary{Max: new(int64(250_00)), Currency: "GBP", Period: board.PerDay}}), 5, "is within",
		},
		{
			"other currency", fit.ComponentSalary,
			at(fit.Job{Salary: yearly(1, 2)}, fit.Candidate{Salary: &board.Salary{Min: new(int64(9)), Currency: "EUR", Period: board.PerYear}}), 3, "currencies",
		},
		{"fresh", fit.ComponentRecency, at(fit.Job{}, fit.Candidate{UpdatedAt: matchNow.AddDate(0, 0, -30)}), 5, "within 30 days"},
		{"old", fit.ComponentRecency, at(fit.Job{}, fit.Candidate{UpdatedAt: matchNow.AddDate(-3, 0, 0)}), 0, "older"},
	} {
		m := fit.Score(test.pair[0].(fit.Job), test.pair[1].(fit.Candidate), matchNow)
		i := slices.IndexFunc(m.Components, func(c fit.Component) bool { return c.Name == test.component })
		got := m.Components[i]
		if said := strings.Join(got.Evidence, ", "); got.Score != test.want || !strings.Contains(said, test.evidence) {
			t.Errorf("%s: %d because %q, want %d because %q", test.name, got.Score, said, test.want, test.evidence)
		}
	}
}

// pairs makes pairs of everything that may be given or left out.
func pairs(seed uint64, n int) (jobs []fit.Job, candidates []fit.Candidate) {
	r := rand.New(rand.NewPCG(seed, 1))
	all := skills("Go", "Kubernetes", "AWS", "C++", "SQL", "Linux", "Rust")
	some := func() []fit.Skill {
		list := slices.Clone(all)
		r.Shuffle(len(list), func(i, k int) { list[i], list[k] = list[k], list[i] })
		return list[:r.IntN(len(list))]
	}
	titles := []fit.Title{devOps, sre, cook, untitled("cook pastry"), untitled("pastry")}
	places := []fit.Place{leeds, york, madrid, {}, {Country: "Spain"}}
	levels, remotes := append(board.AllSeniorities(), ""), append(board.AllRemoteTypes(), "")
	money := []*board.Salary{nil, yearly(50_000_00, 60_000_00), yearly(70_000_00, 90_000_00)}
	for range n {
		jobs = append(jobs, fit.Job{
			Title: titles[r.IntN(len(titles))], RequiredSkills: some(), OptionalSkills: some(), Seniority: levels[r.IntN(len(levels))],
			Place: places[r.IntN(len(places))], Remote: remotes[r.IntN(len(remotes))], Salary: money[r.IntN(3)],
		})
		owned := map[string]bool{}
		for _, s := range some() {
			owned[s.Key] = true
		}
		candidates = append(candidates, fit.Candidate{
			Title: append(titles, fit.Title{})[r.IntN(len(titles)+1)], Skills: owned, Seniority: levels[r.IntN(len(levels))], Place: places[r.IntN(len(places))],
			Remote: remotes[r.IntN(len(remotes))], Salary: money[r.IntN(3)], UpdatedAt: matchNow.AddDate(0, 0, -r.IntN(900)),
		})
	}
	return jobs, candidates
}

func TestScoreHasTheseProperties(t *testing.T) {
	t.Parallel()
	jobs, candidates := pairs(7, 3000)
	for i, job := range jobs {
		c := candidates[i]
		m := fit.Score(job, c, matchNow)
		if diff := cmp.Diff(m, fit.Score(job, c, matchNow)); diff != "" || fit.Points(job, c, matchNow) != m.Score {
			t.Fatalf("%+v, %+v: another score the second time, or without reasons: %d (-first +second):\n%s", job, c, fit.Points(job, c, matchNow), diff)
		}
		sum, maximum := 0, 0
		for _, part := range m.Components {
			sum, maximum = sum+part.Score, maximum+part.Max
			if part.Score < 0 || part.Score > part.Max || len(part.Evidence) == 0 {
				t.Fatalf("%+v, %+v: component %+v", job, c, part)
			}
		}
		if sum != m.Score || maximum != 100 {
			t.Fatalf("the components add up to %d of %d, the score is %d", sum, maximum, m.Score)
		}

		turned := job
		turned.RequiredSkills, turned.OptionalSkills = slices.Clone(job.RequiredSkills), slices.Clone(job.OptionalSkills)
		slices.Reverse(turned.RequiredSkills)
		slices.Reverse(turned.OptionalSkills)
		if diff := cmp.Diff(m, fit.Score(turned, c, matchNow)); diff != "" {
			t.Fatalf("the order of skills matters (-want +got):\n%s", diff)
		}

		for _, s := range skills("Go", "Kubernetes", "AWS", "C++", "SQL", "Linux", "Rust") {
			if learned := withSkill(c, s); fit.Points(job, learned, matchNow) < m.Score {
				t.Fatalf("%+v, %+v: one more skill, %s, lowers the score", job, c, s.Name)
			}
			if !c.Skills[s.Key] || slices.Contains(job.RequiredSkills, s) {
				continue
			}
			asked := job
			asked.RequiredSkills = append(slices.Clone(job.RequiredSkills), s)
			if got := fit.Points(asked, c, matchNow); got < m.Score {
				t.Fatalf("%+v, %+v: to require %s, which the candidate has, lowers the score from %d to %d", job, c, s.Name, m.Score, got)
			}
		}
	}
}

func withSkill(c fit.Candidate, s fit.Skill) fit.Candidate {
	more := map[string]bool{s.Key: true}
	for key := range c.Skills {
		more[key] = true
	}
	c.Skills = more
	return c
}

// A new field of a score must be added here, too.
func TestNothingProtectedEntersAScore(t *testing.T) {
	t.Parallel()
	fields := map[string]bool{}
	var walk func(reflect.Type)
	walk = func(typ reflect.Type) {
		switch typ.Kind() {
		case reflect.Pointer, reflect.Slice:
			walk(typ.Elem())
		case reflect.Map:
			walk(typ.Key())
			walk(typ.Elem())
		case reflect.Struct:
			for field := range typ.Fields() {
				fields[field.Name] = true
				if strings.HasPrefix(field.Type.String(), "time.") {
					continue
				}
				walk(field.Type)
			}
		default:
		}
	}
	walk(reflect.TypeFor[fit.Candidate]())
	var got []string
	for name := range fields {
		got = append(got, name)
	}
	slices.Sort(got)
	want := []string{
		"City", "Country", "Currency", "Family", "Key", "Latitude", "Longitude", "Max", "Min", "Name", // Name is a title's
		"Period", "Place", "Point", "Remote", "Salary", "Seniority", "Skills", "Title", "UpdatedAt",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("a score is made of other fields (-want +got):\n%s", diff)
	}
	for _, word := range []string{"firstname", "lastname", "email", "birth", "age", "gender", "sex", "national", "ethnic", "religio", "disab", "marital", "photo"} {
		for _, name := range got {
			if lower := strings.ToLower(name); lower == word || len(word) > 3 && strings.Contains(lower, word) {
				t.Errorf("the field %s sounds like %q", name, word)
			}
		}
	}
}
