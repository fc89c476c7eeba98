package board_test

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/board"
)

var matchNow = time.Date(2026, time.March, 2, 9, 30, 0, 0, time.UTC)

func skills(names ...string) []board.MatchSkill {
	list := make([]board.MatchSkill, len(names))
	for i, n := range names {
		list[i] = board.MatchSkill{Key: strings.ToLower(n), Name: n}
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
	devOps = board.MatchTitle{Key: "devops engineer", Name: "DevOps Engineer", Family: "Operations"}
	sre    = board.MatchTitle{Key: "site reliability engineer", Name: "Site Reliability Engineer", Family: "Operations"}
	cook   = board.MatchTitle{Key: "cook", Name: "Cook"}
	leeds  = board.MatchPlace{City: "Leeds", Country: "United Kingdom", Point: &board.Point{Latitude: 53.8, Longitude: -1.55}}
	york   = board.MatchPlace{City: "York", Country: "United Kingdom", Point: &board.Point{Latitude: 53.96, Longitude: -1.08}}
	madrid = board.MatchPlace{City: "Madrid", Country: "Spain", Point: &board.Point{Latitude: 40.42, Longitude: -3.7}}
)

// untitled is a title that is not in the taxonomy.
func untitled(words string) board.MatchTitle { return board.MatchTitle{Key: words, Name: words} }

func TestScoreIsExplainedByItsComponents(t *testing.T) {
	t.Parallel()
	job := board.MatchJob{
		Title: devOps, RequiredSkills: skills("Kubernetes", "Go", "AWS"), OptionalSkills: skills("Terraform"), Seniority: board.Lead,
		Place: leeds, Remote: board.HybridRemote, Salary: yearly(60_000_00, 80_000_00),
	}
	c := board.MatchCandidate{
		Title: sre, Skills: has("AWS", "Kubernetes", "Perl"), Seniority: board.Lead, Place: york,
		Salary: yearly(70_000_00, 75_000_00), UpdatedAt: matchNow.AddDate(0, 0, -40),
	}
	want := board.Match{Score: 65, Components: []board.MatchComponent{
		{Name: "requiredSkills", Score: 27, Max: 40, Evidence: []string{"AWS", "Kubernetes", "not stated: Go"}},
		{Name: "optionalSkills", Score: 0, Max: 15, Evidence: []string{"not stated: Terraform"}},
		{Name: "title", Score: 9, Max: 15, Evidence: []string{"Site Reliability Engineer is close to DevOps Engineer"}},
		{Name: "seniority", Score: 10, Max: 10, Evidence: []string{"Lead fits Lead"}},
		{Name: "location", Score: 10, Max: 10, Evidence: []string{"within 36 km of Leeds"}},
		{Name: "salary", Score: 5, Max: 5, Evidence: []string{"GBP 70,000 - 75,000 per year is within GBP 60,000 - 80,000 per year"}},
		{Name: "recency", Score: 4, Max: 5, Evidence: []string{"profile confirmed within 90 days"}},
	}}
	if diff := cmp.Diff(want, board.Score(job, c, matchNow)); diff != "" {
		t.Errorf("score (-want +got):\n%s", diff)
	}
}

func TestScoreOfEachComponent(t *testing.T) {
	t.Parallel()
	remote := func(job, wanted board.RemoteType, from board.MatchPlace) (board.MatchJob, board.MatchCandidate) {
		return board.MatchJob{Remote: job, Place: leeds}, board.MatchCandidate{Remote: wanted, Place: from}
	}
	at := func(j board.MatchJob, c board.MatchCandidate) [2]any { return [2]any{j, c} }
	for _, test := range []struct {
		name, component string
		pair            [2]any
		want            int
		evidence        string
	}{
		{"no required skills", board.ComponentRequiredSkills, at(board.MatchJob{}, board.MatchCandidate{Skills: has("Go")}), 20, "the job names no required skills"},
		{"neither", board.ComponentOptionalSkills, at(board.MatchJob{}, board.MatchCandidate{}), 8, "the job names no optional skills"},
		{"no optional skills", board.ComponentOptionalSkills, at(board.MatchJob{RequiredSkills: skills("Go", "AWS", "C")}, board.MatchCandidate{Skills: has("Go")}), 5, "the required ones count"},
		{"same title", board.ComponentTitle, at(board.MatchJob{Title: devOps}, board.MatchCandidate{Title: devOps}), 15, "DevOps Engineer"},
		{"two titles unknown to the taxonomy", board.ComponentTitle, at(board.MatchJob{Title: cook}, board.MatchCandidate{Title: board.MatchTitle{Key: "waiter", Name: "Waiter"}}), 0, "another line of work"},
		{"the same words", board.ComponentTitle, at(board.MatchJob{Title: untitled("baker pastry")}, board.MatchCandidate{Title: untitled("baker pastry")}), 15, "baker pastry"},
		{"one word of three", board.ComponentTitle, at(board.MatchJob{Title: untitled("baker pastry")}, board.MatchCandidate{Title: untitled("bread baker")}), 3, "shares words with"},
		{"a word of a known title", board.ComponentTitle, at(board.MatchJob{Title: devOps}, board.MatchCandidate{Title: untitled("devops zorblax")}), 0, "another line of work"},
		{"no title", board.ComponentTitle, at(board.MatchJob{Title: cook}, board.MatchCandidate{}), 0, "no title"},
		{"a level above", board.ComponentSeniority, at(board.MatchJob{Seniority: board.Mid}, board.MatchCandidate{Seniority: board.Senior}), 7, "Senior for a Mid job"},
		{"a level below", board.ComponentSeniority, at(board.MatchJob{Seniority: board.Senior}, board.MatchCandidate{Seniority: board.Mid}), 5, "Mid for a Senior job"},
		{"far below", board.ComponentSeniority, at(board.MatchJob{Seniority: board.Director}, board.MatchCandidate{Seniority: board.Junior}), 0, "Junior for a Director job"},
		{"level not stated", board.ComponentSeniority, at(board.MatchJob{}, board.MatchCandidate{Seniority: board.Junior}), 5, "names no seniority"},
		{"level not known", board.ComponentSeniority, at(board.MatchJob{Seniority: board.Junior}, board.MatchCandidate{}), 5, "no seniority"},
		{"in town", board.ComponentLocation, at(remote(board.OnSite, "", leeds)), 10, "within 1 km of Leeds"},
		{"next town", board.ComponentLocation, at(remote(board.OnSite, board.OnSite, york)), 8, "within 36 km of Leeds"},
		{"abroad", board.ComponentLocation, at(remote(board.OnSite, "", madrid)), 0, "1496 km from Leeds"},
		{"somewhere in the country", board.ComponentLocation, at(remote(board.OnSite, "", board.MatchPlace{Country: "United Kingdom"})), 5, "in United Kingdom"},
		{"somewhere abroad", board.ComponentLocation, at(remote(board.OnSite, "", board.MatchPlace{Country: "Spain"})), 0, "in Spain, not in United Kingdom"},
		{"nowhere", board.ComponentLocation, at(remote(board.OnSite, "", board.MatchPlace{})), 5, "not known"},
		{"wants remote", board.ComponentLocation, at(remote(board.OnSite, board.FullyRemote, leeds)), 2, "within 1 km of Leeds, wants to work fully remote"},
		{"wants remote, partly", board.ComponentLocation, at(remote(board.HybridRemote, board.FullyRemote, leeds)), 5, "wants to work fully remote"},
		{"remote", board.ComponentLocation, at(remote(board.FullyRemote, "", york)), 10, "fully remote"},
		{"remote from abroad", board.ComponentLocation, at(remote(board.FullyRemote, "", madrid)), 5, "lives in Spain, the job is in United Kingdom"},
		{"wants an office", board.ComponentLocation, at(remote(board.FullyRemote, board.OnSite, york)), 5, "wants to work on site"},
		{"no salary", board.ComponentSalary, at(board.MatchJob{}, board.MatchCandidate{}), 3, "names no salary"},
		{"no expectation", board.ComponentSalary, at(board.MatchJob{Salary: yearly(1, 2)}, board.MatchCandidate{}), 3, "no expectation"},
		{"a little more", board.ComponentSalary, at(board.MatchJob{Salary: yearly(50_000_00, 60_000_00)}, board.MatchCandidate{Salary: yearly(66_000_00, 70_000_00)}), 3, "is above"},
		{"much more", board.ComponentSalary, at(board.MatchJob{Salary: yearly(50_000_00, 60_000_00)}, board.MatchCandidate{Salary: yearly(66_000_01, 70_000_00)}), 0, "is above"},
		{
			"by the day", board.ComponentSalary,
			at(board.MatchJob{Salary: yearly(50_000_00, 60_000_00)}, board.MatchCandidate{Salary: &board.Salary{Max: new(int64(250_00)), Currency: "GBP", Period: board.PerDay}}), 5, "is within",
		},
		{
			"other currency", board.ComponentSalary,
			at(board.MatchJob{Salary: yearly(1, 2)}, board.MatchCandidate{Salary: &board.Salary{Min: new(int64(9)), Currency: "EUR", Period: board.PerYear}}), 3, "currencies",
		},
		{"fresh", board.ComponentRecency, at(board.MatchJob{}, board.MatchCandidate{UpdatedAt: matchNow.AddDate(0, 0, -30)}), 5, "within 30 days"},
		{"old", board.ComponentRecency, at(board.MatchJob{}, board.MatchCandidate{UpdatedAt: matchNow.AddDate(-3, 0, 0)}), 0, "older"},
	} {
		m := board.Score(test.pair[0].(board.MatchJob), test.pair[1].(board.MatchCandidate), matchNow)
		i := slices.IndexFunc(m.Components, func(c board.MatchComponent) bool { return c.Name == test.component })
		got := m.Components[i]
		if said := strings.Join(got.Evidence, ", "); got.Score != test.want || !strings.Contains(said, test.evidence) {
			t.Errorf("%s: %d because %q, want %d because %q", test.name, got.Score, said, test.want, test.evidence)
		}
	}
}

// pairs makes pairs of everything that may be given or left out.
func pairs(seed uint64, n int) (jobs []board.MatchJob, candidates []board.MatchCandidate) {
	r := rand.New(rand.NewPCG(seed, 1))
	all := skills("Go", "Kubernetes", "AWS", "C++", "SQL", "Linux", "Rust")
	some := func() []board.MatchSkill {
		list := slices.Clone(all)
		r.Shuffle(len(list), func(i, k int) { list[i], list[k] = list[k], list[i] })
		return list[:r.IntN(len(list))]
	}
	titles := []board.MatchTitle{devOps, sre, cook, untitled("cook pastry"), untitled("pastry")}
	places := []board.MatchPlace{leeds, york, madrid, {}, {Country: "Spain"}}
	levels, remotes := append(board.AllSeniorities(), ""), append(board.AllRemoteTypes(), "")
	money := []*board.Salary{nil, yearly(50_000_00, 60_000_00), yearly(70_000_00, 90_000_00)}
	for range n {
		jobs = append(jobs, board.MatchJob{
			Title: titles[r.IntN(len(titles))], RequiredSkills: some(), OptionalSkills: some(), Seniority: levels[r.IntN(len(levels))],
			Place: places[r.IntN(len(places))], Remote: remotes[r.IntN(len(remotes))], Salary: money[r.IntN(3)],
		})
		owned := map[string]bool{}
		for _, s := range some() {
			owned[s.Key] = true
		}
		candidates = append(candidates, board.MatchCandidate{
			Title: append(titles, board.MatchTitle{})[r.IntN(len(titles)+1)], Skills: owned, Seniority: levels[r.IntN(len(levels))], Place: places[r.IntN(len(places))],
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
		m := board.Score(job, c, matchNow)
		if diff := cmp.Diff(m, board.Score(job, c, matchNow)); diff != "" || board.Points(job, c, matchNow) != m.Score {
			t.Fatalf("%+v, %+v: another score the second time, or without reasons: %d (-first +second):\n%s", job, c, board.Points(job, c, matchNow), diff)
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
		if diff := cmp.Diff(m, board.Score(turned, c, matchNow)); diff != "" {
			t.Fatalf("the order of skills matters (-want +got):\n%s", diff)
		}

		for _, s := range skills("Go", "Kubernetes", "AWS", "C++", "SQL", "Linux", "Rust") {
			if learned := withSkill(c, s); board.Points(job, learned, matchNow) < m.Score {
				t.Fatalf("%+v, %+v: one more skill, %s, lowers the score", job, c, s.Name)
			}
			if !c.Skills[s.Key] || slices.Contains(job.RequiredSkills, s) {
				continue
			}
			asked := job
			asked.RequiredSkills = append(slices.Clone(job.RequiredSkills), s)
			if got := board.Points(asked, c, matchNow); got < m.Score {
				t.Fatalf("%+v, %+v: to require %s, which the candidate has, lowers the score from %d to %d", job, c, s.Name, m.Score, got)
			}
		}
	}
}

func withSkill(c board.MatchCandidate, s board.MatchSkill) board.MatchCandidate {
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
	walk(reflect.TypeFor[board.MatchCandidate]())
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
