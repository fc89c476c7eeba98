package demo

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/board/markup"
	"itmanagerjobs/store/cvsample"
	"itmanagerjobs/store/taxonomy"
)

func TestEveryDemoJobIsComplete(t *testing.T) {
	t.Parallel()
	references := map[string]bool{}
	for _, j := range postings() {
		if problems := j.patch().Check(); len(problems) > 0 {
			t.Errorf("%s: %v", j.reference, problems)
		}
		if references[j.reference] {
			t.Errorf("%s stands twice", j.reference)
		}
		references[j.reference] = true
		if diff := cmp.Diff(j.description, markup.Sanitize(j.description)); diff != "" {
			t.Errorf("%s: sanitising changes the description (-want +got):\n%s", j.reference, diff)
		}
	}
	for j := range cvsample.Jobs(marketSeed, marketJobs) {
		m := marketJob(j)
		if problems := m.patch().Check(); len(problems) > 0 {
			t.Errorf("%s: %v", m.reference, problems)
		}
		if diff := cmp.Diff(m.description, markup.Sanitize(m.description)); diff != "" {
			t.Errorf("%s: sanitising changes the description (-want +got):\n%s", m.reference, diff)
		}
	}
}

func TestEveryDemoEmployerSaysWhatItDoes(t *testing.T) {
	t.Parallel()
	names := map[string]bool{Name: true}
	for j := range cvsample.Jobs(marketSeed, marketJobs) {
		names[j.Employer] = true
	}
	told := map[string]bool{}
	for name := range names {
		p := profileOf(name)
		if _, err := p.Normalize(); err != nil || p.Description == "" || told[p.Description] {
			t.Errorf("%s says %q of itself, %v; want a text of its own", name, p.Description, err)
		}
		told[p.Description] = true
	}
	if len(told) != len(about) {
		t.Errorf("%d texts for %d employers", len(about), len(told))
	}
}

func TestMadeUpPeopleHaveCVs(t *testing.T) {
	t.Parallel()
	people, err := madeUp(testSeed, testPeople, time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	if err != nil || len(people) != testPeople {
		t.Fatalf("%d people, %v", len(people), err)
	}
	for _, p := range people {
		if !strings.Contains(p.CVText, p.Email) {
			t.Errorf("%s has the CV %q", p.Email, p.CVText)
		}
	}
}

func TestTheDemoHasApplicants(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, applied := range applications {
		people := applicantsWith(applied.titles, now)
		if len(people) != applicants {
			t.Errorf("%d people apply for %s", len(people), applied.reference)
		}
		for _, p := range people {
			if read := taxonomy.Read(plainCV(p)); read.Title != p.Truth.Title || read.City == nil || read.City.Name != p.City || len(read.Skills) < 4 {
				t.Errorf("the CV of a %s in %s is read as %+v", p.Truth.Title, p.City, read)
			}
		}
	}
}
