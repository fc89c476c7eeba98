package cv_test

import (
	"slices"
	"testing"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// TestImportsOfPeopleWhoComeMeanwhileNeverBlockEachOther: a person is new to one import and known to another that began a moment later.
// The first has locked somebody then whom the second waits for, and the second that person.
func TestImportsOfPeopleWhoComeMeanwhileNeverBlockEachOther(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	s := storetest.Open(t, url, storetest.Options(storetest.NewClock()))
	db := fixture.Raw(t, url)
	people := fixture.People(t, 5, 2)
	people[0].Email, people[1].Email = "somewhere-else@example.com", "zoe@example.com"
	if _, err := s.CV.Import(t.Context(), board.ModeLive, people); err != nil {
		t.Fatal(err)
	}
	people[0].Email = "ada@example.com"
	imported := func(title string) chan error {
		list := slices.Clone(people)
		for i := range list {
			list[i].Title = title
		}
		done := make(chan error, 1)
		go func() {
			_, err := s.CV.Import(t.Context(), board.ModeLive, list)
			done <- err
		}()
		return done
	}
	// Between the locks on those who are known and the writing of those who are new, erasures are looked for.
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(t.Context(), `LOCK TABLE cv_erasures IN ACCESS EXCLUSIVE MODE`); err != nil {
		t.Fatal(err)
	}
	first := imported("Chief Information Officer")
	fixture.UntilWaiting(t, db, 1)
	fixture.MustExec(t, db, `UPDATE cv_candidates SET email = $1 WHERE email = $2`, people[0].Email, "somewhere-else@example.com")
	second := imported("Chief Technology Officer")
	fixture.UntilWaiting(t, db, 2)
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	for name, done := range map[string]chan error{"first": first, "second": second} {
		if err := <-done; err != nil {
			t.Errorf("the %s import: %v", name, err)
		}
	}
	if n := fixture.Count(t, db, `SELECT count(DISTINCT title) FROM cv_candidates WHERE version = 3`); n != 1 {
		t.Errorf("the people are of %d imports, want all of the last one", n)
	}
	if n := fixture.Count(t, db, `SELECT count(*) FROM cv_index`); n != 2 {
		t.Errorf("%d people are in the index, want 2", n)
	}
}
