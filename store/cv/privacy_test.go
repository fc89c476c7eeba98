package cv_test

import (
	"fmt"
	"strings"
	"testing"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/cv"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// Nobody is found by their name or shows how to reach them, in whatever way their profile spells it.
func TestNobodyIsFoundByTheirName(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	person := func(first, last, email, summary string) board.CVCandidate {
		return board.CVCandidate{
			FirstName: first, LastName: last, Email: email, Title: "Zorblax Engineer", Summary: summary + " zorblax", Skills: []string{"Zorblaxing", first + " " + last},
			Languages: []string{"English", first}, City: last, Country: email, Visibility: board.VisibilityVisible, UpdatedAt: storetest.Epoch,
			Experience: []board.Experience{{Title: "Zorblax Lead", Employer: last + " Ltd", Description: "With " + last + " & Sons"}},
		}
	}
	fixture.ImportAll(t, s, []board.CVCandidate{
		person("José", "Quintanilla-Pérez", "jq@plant.example", "I am Jose Quintanilla, JOSE PEREZ, jquintanilla; 12 Acacia Avenue, SW1A 1AA"),
		person("Sinéad", "O'Callaghan", "so@plant.example", "SineadOCallaghan O’Callaghan OCallaghan O`Callaghan skype:sineadoc"),
		person("Jürgen", "Straße", "js@plant.example", "Juergen Strasse, STRASSE, Jurgen, Tel:+447700900126"),
		person("Анна", "Кузнецова", "ak@plant.example", "Anna Kuznetsova, Кузнецовой Анны, anna＠plant.example, ٠٧٧٠٠٩٠٠١٢٣"),
		person("Zoe", "Xylander", "zx@plant.example", "Z o e  X y l a n d e r, Xy\u00adlander, Zoë, zx@\nplant.example"),
	})
	for _, q := range []string{
		"Quintanilla", "Perez", "Pérez", "jose", "jquintanilla", "acacia", "SW1A", "O'Callaghan", "OCallaghan", "Callaghan", "sinead*", "sineadoc", "Strasse", "Straße",
		"Juergen", "Jürgen", "7700*", "447700900126", "Анна", "Кузнецова", "Кузнецовой", "Kuznetsova", "anna", "Xylander", "lander", "zoe", "plant", "example", "quinta*", "xyl*",
	} {
		if r := fixture.Find(t, s, cv.Query{Q: q}); r.Total != 0 {
			t.Errorf("%s finds %d people", q, r.Total)
		}
	}
	r := fixture.Find(t, s, cv.Query{Q: "zorblax"})
	if r.Total != 5 {
		t.Errorf("%d people, want 5", r.Total)
	}
	shown := strings.ToLower(fmt.Sprintf("%+v", r))
	for _, secret := range []string{"quintanilla", "perez", "pérez", "jos", "callaghan", "sin", "stras", "straße", "rgen", "7700", "анн", "кузн", "kuzn", "xyl", "lander", "zoe", "zoë", "plant", "acacia", "1aa"} {
		if strings.Contains(shown, secret) {
			t.Errorf("%q is shown: %s", secret, shown)
		}
	}
}

func TestPeopleWhoAreCalledLikeTheirTradeAreFoundByIt(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	fixture.ImportAll(t, s, []board.CVCandidate{{
		FirstName: "Sam", LastName: "Security", Email: "sam@mail.example", Title: "Security Engineer", Skills: []string{"Security architecture", "Security of trains"},
		Visibility: board.VisibilityVisible, UpdatedAt: storetest.Epoch,
		Experience: []board.Experience{{Title: "Head of Security", Employer: "Contoso", Description: "Sam Security ran security."}},
	}})
	r := fixture.Find(t, s, cv.Query{Q: `title:security skill:"security of trains" "head of security"`})
	if r.Total != 1 || r.Hits[0].Title != "Security Engineer" || strings.Contains(strings.Join(r.Hits[0].Excerpts, " "), "Sam") {
		t.Errorf("%+v", r)
	}
}

func TestAFilterOfSkillsKnowsTheirOtherNames(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	one := func(email string, skills ...string) board.CVCandidate {
		return board.CVCandidate{FirstName: "A", LastName: "B", Email: email, Title: "Engineer", Skills: skills, Visibility: board.VisibilityVisible, UpdatedAt: storetest.Epoch}
	}
	fixture.ImportAll(t, s, []board.CVCandidate{one("a@mail.example", "Site reliability engineering", "AD"), one("b@mail.example", "Scrum Master", "Zorblaxing: all of it")})
	for skill, want := range map[string]int{
		"SRE": 1, "site reliability": 1, "Active Directory": 1, "ad": 1, "ScrumMaster": 1, "zorblaxing: all of it": 1, "Zorblaxing": 0, "all of it": 0,
	} {
		if r := fixture.Find(t, s, cv.Query{Skills: []string{skill}}); r.Total != want {
			t.Errorf("%s: %d people, want %d", skill, r.Total, want)
		}
	}
}

func TestAnAnswerToFewHitsSuggestsAQuery(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	fixture.ImportAll(t, s, fixture.People(t, 9, 3))
	for q, want := range map[string]string{
		"kuberntes AND (Zorblax OR manger)":   "kubernetes AND (Zorblax OR manager)",
		"java or Pyhton not zorblax":          "java OR python NOT zorblax",
		"research and zorblax":                "research AND zorblax",
		`"zorblax and more"`:                  "",
		"java;DROP TABLE cv_candidates":       "",
		"zorblax 2024 near Müller \"<mark>\"": "",
		"not zorblax":                         "",
		"zorblax -kuberntes title:develper*":  "",
		"title:develper zorblax":              "title:developer zorblax",
	} {
		if r := fixture.Find(t, s, cv.Query{Q: q}); r.DidYouMean != want {
			t.Errorf("%s: did you mean %q, want %q", q, r.DidYouMean, want)
		}
	}
}
