package pipeline_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/pipeline"
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

// hoppers gives some employers so many candidates of one name each, and returns the last of the employers.
func hoppers(t *testing.T, s *store.Store, url string, employers, each int) (last board.Tenant) {
	t.Helper()
	for n := range employers {
		last = fixture.Account(t, s, fmt.Sprintf("account%d@northwind.example", n), 0)
	}
	db := fixture.Raw(t, url)
	fixture.MustExec(t, db, `
INSERT INTO candidates (employer_id, mode, status, version, first_name, last_name, email, source, created_at, updated_at, title, skills)
SELECT e.id, 'live', CASE WHEN n % 7 = 0 THEN 'Screened' ELSE 'New' END, 1, 'Grace', 'Hopper', 'person' || n || '@people.example', 'Form', now(), now() - n * 7 % 11 * interval '1 day', 'IT Manager',
       ARRAY[(ARRAY['Azure', 'AWS', 'Cisco'])[1 + n % 3]]
  FROM generate_series(1, $1) n, employers e ORDER BY n, e.id`, each)
	fixture.MustExec(t, db, `ANALYZE candidates`)
	return last
}

// A list by words or skills finds those who have them once, for its page and its total, and in the index of the terms alone: that of a
// tenant's candidates would be read through for each search.
func TestHitsAreFoundOnce(t *testing.T) {
	t.Parallel()
	const each, limit = 300, 10
	url := storetest.URL(t)
	s := storetest.Open(t, url, storetest.Options(storetest.NewClock()))
	tenant := hoppers(t, s, url, 40, each)
	for _, tt := range []struct {
		filter pipeline.CandidateFilter
		hits   int
	}{
		{pipeline.CandidateFilter{Words: []string{"hopper"}}, each},
		{pipeline.CandidateFilter{Words: []string{"person12"}}, 11},
		{pipeline.CandidateFilter{Skills: []string{"Azure"}}, each / 3},
		{pipeline.CandidateFilter{Words: []string{"hop", "grace"}, Skills: []string{"Azure"}}, each / 3},
	} {
		read, scans, err := s.Pipeline.Scans(t.Context(), "candidates", func(ctx context.Context) error {
			page, err := s.Pipeline.Candidates(ctx, tenant, pipeline.CandidateQuery{CandidateFilter: tt.filter, Limit: limit})
			if page.Total != tt.hits || len(page.Items) != min(limit, tt.hits) {
				t.Errorf("%+v: %d of %d, want %d", tt.filter, len(page.Items), page.Total, tt.hits)
			}
			return err
		}, "candidates_words", "candidates_list")
		if err != nil {
			t.Fatal(err)
		}
		if want := []int{1, 0}; !slices.Equal(scans, want) || read > tt.hits+limit+1 {
			t.Errorf("%+v: %v scans of the indexes, want %v, and %d rows read of %d hits", tt.filter, scans, want, read, tt.hits)
		}
	}
}

// A page of hits is what the list of all has there, in each order, however one comes to it.
func TestAPageOfHits(t *testing.T) {
	t.Parallel()
	const each = 40
	url := storetest.URL(t)
	s := storetest.Open(t, url, storetest.Options(storetest.NewClock()))
	tenant := hoppers(t, s, url, 2, each)
	for _, sort := range []pg.Sort{pg.NewestFirst, pg.OldestFirst, pg.LastUpdatedFirst, pg.LastUpdatedLast} {
		all := candidates(t, s, tenant, pipeline.CandidateQuery{Sort: sort, Limit: each})
		middle := all.Items[each/2]
		for _, filter := range []pipeline.CandidateFilter{
			{Words: []string{"hopper"}},
			{Words: []string{"hopper", "@people"}},
			{Words: []string{"hopper"}, Statuses: []board.ApplicationStatus{board.ApplicationNew, board.ApplicationScreened}},
			{Words: []string{"hopper"}, UpdatedSince: all.Items[0].CreatedAt.AddDate(0, 0, -30)},
		} {
			for _, q := range []pipeline.CandidateQuery{
				{Limit: 10}, {Limit: 10, Offset: 5}, {Limit: 10, Offset: each - 5}, {Limit: 10, Offset: each}, {Limit: each},
				{Limit: 10, After: &pg.Position{At: middle.UpdatedAt, ID: middle.ID}},
				{Limit: 10, After: &pg.Position{At: all.Items[each-1].UpdatedAt, ID: all.Items[each-1].ID}},
			} {
				q.Sort = sort
				want := candidates(t, s, tenant, q)
				q.CandidateFilter = filter
				if diff := cmp.Diff(want, candidates(t, s, tenant, q)); diff != "" {
					t.Errorf("%+v (-want +got):\n%s", q, diff)
				}
			}
		}
	}
}

func candidates(t *testing.T, s *store.Store, tenant board.Tenant, q pipeline.CandidateQuery) pg.Page[pipeline.Candidate] {
	t.Helper()
	page, err := s.Pipeline.Candidates(t.Context(), tenant, q)
	if err != nil {
		t.Fatalf("%+v: %v", q, err)
	}
	return page
}
