package cv_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/cv"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// Batches of an import draw their numbers and commit at the same time. Those with the lower numbers may come last.
func TestASavedSearchTellsOfPeopleWhoseNumbersAreLowerToo(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	clock := storetest.NewClock()
	s := storetest.Open(t, url, storetest.Options(clock))
	db := fixture.Raw(t, url)
	id, _, err := s.Accounts.CreateEmployer(t.Context(), account.NewEmployer{Name: "Northwind", Email: "saved@northwind.example"})
	if err != nil {
		t.Fatal(err)
	}
	fixture.MustExec(t, db, `UPDATE users SET confirmed_at = $1`, storetest.Epoch)
	people := fixture.People(t, 1, 12)
	fixture.ImportAll(t, s, people[:1])
	clock.Advance(time.Hour)
	if _, err := s.CV.SaveSearch(t.Context(), id, 1, cv.SavedSearch{Name: "All", Query: cv.Query{Sort: cv.ByRecency}, Address: "/search"}); err != nil {
		t.Fatal(err)
	}
	subjects := func() (found []string) {
		mails, err := s.Outbox.Messages(t.Context(), 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range mails {
			if strings.Contains(m.Subject, "match") {
				found = append(found, m.Subject)
			}
		}
		return found
	}
	look := func() {
		t.Helper()
		if n, err := s.CV.LookForSaved(t.Context(), 10); err != nil || n != 1 {
			t.Fatalf("%d searches ran, %v", n, err)
		}
	}
	clock.Advance(time.Hour)
	err = s.WithTx(t.Context(), func(ctx context.Context) error {
		if _, err := s.CV.Import(ctx, board.ModeLive, people[1:4]); err != nil {
			return err
		}
		// Somebody of the next batch, which is done first.
		fixture.MustExec(t, db, `
INSERT INTO cv_candidates (mode, version, first_name, last_name, email, title, skills, experience, languages, shown_text, visibility, consents, content_hash,
       retain_until, created_at, updated_at)
SELECT mode, 1, 'A', 'B', 'other@example.com', title, skills, experience, languages, shown_text, visibility, consents, content_hash, retain_until, $1, updated_at
  FROM cv_candidates LIMIT 1`, clock.Now())
		look()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	clock.Advance(time.Hour)
	look()
	if got := subjects(); len(got) != 1 || !strings.HasPrefix(got[0], "3 new people match") {
		t.Errorf("emails: %q; want one about three people", got)
	}
	clock.Advance(time.Hour)
	look()
	if got := subjects(); len(got) != 1 {
		t.Errorf("emails: %q; want no other", got)
	}
}
