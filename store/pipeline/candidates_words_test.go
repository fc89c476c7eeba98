package pipeline_test

import (
	"testing"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// The terms of two employers' candidates have nothing in common, however alike the people are: a search of one reads no list of the other's.
func TestATermIsOfOneTenant(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	s := storetest.Open(t, url, storetest.Options(storetest.NewClock()))
	for _, email := range []string{"a@northwind.example", "b@northwind.example"} {
		p := fixture.Ada(fixture.Active(t, s, fixture.Account(t, s, email, 9), nil))
		p.CV = &board.Upload{Name: "cv.txt", Bytes: []byte("Kubernetes and Terraform")}
		fixture.Apply(t, s, p)
	}
	db := fixture.Raw(t, url)
	if n := fixture.Count(t, db, `SELECT count(DISTINCT c.id) FROM candidates c, unnest(c.words) w WHERE w.lexeme LIKE '%ada' OR w.lexeme LIKE '%#Kubernetes'`); n != 2 {
		t.Errorf("%d people have a word and a skill among their terms, want 2", n)
	}
	if n := fixture.Count(t, db, `SELECT count(*) FROM (SELECT FROM candidates c, unnest(c.words) w GROUP BY w.lexeme HAVING count(*) > 1) x`); n != 0 {
		t.Errorf("%d terms are of both", n)
	}
}
