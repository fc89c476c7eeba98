package cvsample

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/cvquery"
	"itmanagerjobs/store/taxonomy"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestTheSameSeedGivesTheSamePeople(t *testing.T) {
	t.Parallel()
	few, many := slices.Collect(Candidates(1, 20, now)), slices.Collect(Candidates(1, 500, now))
	if diff := cmp.Diff(few, many[:20]); diff != "" {
		t.Errorf("more people change the first (-few +many):\n%s", diff)
	}
	if diff := cmp.Diff(slices.Collect(Jobs(1, 20)), slices.Collect(Jobs(1, 50))[:20]); diff != "" {
		t.Errorf("more jobs change the first (-few +many):\n%s", diff)
	}
	if other := slices.Collect(Candidates(2, 20, now)); cmp.Equal(few, other) {
		t.Error("another seed gives the same people")
	}
	for range Candidates(1, 2, now) {
		break // a reader may stop
	}
	for range Jobs(1, 2) {
		break
	}
}

func TestPeopleAreWhole(t *testing.T) {
	t.Parallel()
	externals, emails, names, titles, countries, mentioned := map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}, 0
	for p := range Candidates(7, 2000, now) {
		if externals[p.ExternalID] || emails[p.Email] {
			t.Fatalf("%s, %s stands twice", p.ExternalID, p.Email)
		}
		externals[p.ExternalID], emails[p.Email] = true, true
		names[p.FirstName+" "+p.LastName], titles[p.Truth.Title], countries[p.Country] = true, true, true
		line, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		if text := string(line); strings.ContainsAny(text, "{}") && strings.Contains(text, "{skill}") || strings.Contains(text, `""`) || strings.Contains(text, "Truth") {
			t.Errorf("a hole is left: %s", line)
		}
		if title, ok := taxonomy.CanonicalTitle(p.Title); !ok || title.Name != p.Truth.Title {
			t.Errorf("%s is taken for %q, not %q", p.Title, title.Name, p.Truth.Title)
		}
		if p.UpdatedAt.After(now) || p.UpdatedAt.Before(now.AddDate(-2, 0, 0)) || len(p.Consents) == 0 || p.YearsExperience < 1 {
			t.Errorf("%s is of %s with %d years", p.ExternalID, p.UpdatedAt, p.YearsExperience)
		}
		for _, e := range p.Experience {
			if e.From == "" || e.To != "" && e.To < e.From {
				t.Errorf("%s worked from %q to %q", p.ExternalID, e.From, e.To)
			}
		}
		// What a person can stands somewhere in some spelling.
		whole := cvquery.Normalize(strings.Join(p.Skills, " . ") + " . " + describe(p))
		for _, s := range slices.Concat(p.Truth.Core, p.Truth.Other) {
			if !slices.ContainsFunc(spellings(s), func(written string) bool {
				return strings.Contains(" "+whole+" ", " "+cvquery.Normalize(written)+" ")
			}) {
				t.Errorf("%s hides the skill %s", p.ExternalID, s)
			}
		}
		for _, s := range p.Truth.Passing {
			if slices.Contains(p.Truth.Core, s) || slices.Contains(p.Truth.Other, s) || slices.Contains(p.Skills, s) {
				t.Errorf("%s has %s, which is only mentioned", p.ExternalID, s)
			}
			mentioned++
		}
	}
	if len(names) < 1000 || len(titles) < 150 || len(countries) < 30 || mentioned < 1000 {
		t.Errorf("%d names, %d titles, %d countries, %d mentions", len(names), len(titles), len(countries), mentioned)
	}
}

func describe(p Person) string {
	var b strings.Builder
	for _, e := range p.Experience {
		b.WriteString(e.Description + " . ")
	}
	return b.String() + p.Summary
}

func spellings(skill string) []string {
	all := []string{skill}
	for _, s := range taxonomy.Skills() {
		if s.Name == skill {
			all = append(all, s.Synonyms...)
		}
	}
	return all
}

func TestJobsAreWhole(t *testing.T) {
	t.Parallel()
	references, employers, titles := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for j := range Jobs(7, 300) {
		if references[j.Reference] || j.Title == "" || len(j.RequiredSkills) < 2 || len(j.Description) < 300 || strings.ContainsAny(j.Description, "{}") {
			t.Errorf("%+v is not whole", j)
		}
		references[j.Reference], employers[j.Employer], titles[j.Title] = true, true, true
	}
	if len(employers) < 40 || len(titles) < 120 {
		t.Errorf("%d employers, %d titles", len(employers), len(titles))
	}
}

func TestAnAdvertisementPutsNoSkillTogetherWithItself(t *testing.T) {
	t.Parallel()
	together, found := regexp.MustCompile(`Make ([^<]+) and ([^<]+) work together`), 0
	for j := range Jobs(7, 1000) {
		for _, m := range together.FindAllStringSubmatch(j.Description, -1) {
			if found++; m[1] == m[2] {
				t.Errorf("%s: %s", j.Title, m[0])
			}
		}
	}
	if found == 0 {
		t.Error("no advertisement has the sentence")
	}
}

func TestQueriesHaveAnswers(t *testing.T) {
	t.Parallel()
	people := slices.Collect(Candidates(1, 5000, now))
	queries := Queries()
	if len(queries) < 40 {
		t.Errorf("there are %d queries", len(queries))
	}
	for _, q := range queries {
		if _, err := cvquery.Parse(q.Text, taxonomy.Synonyms); err != nil {
			t.Errorf("%s: %v", q.Name, err)
		}
		if _, ok := taxonomy.Locate(q.Location); ok != (q.Location != "") {
			t.Errorf("%s: %q is nowhere", q.Name, q.Location)
		}
		meant := 0
		for _, p := range people {
			if q.Grade(p) > 0 {
				meant++
			}
		}
		if meant < 3 || meant > len(people)/4 {
			t.Errorf("%s: %d of %d people are meant", q.Name, meant, len(people))
		}
	}
}

func BenchmarkCandidates(b *testing.B) {
	b.ReportAllocs()
	for range Candidates(1, b.N, now) {
	}
}
