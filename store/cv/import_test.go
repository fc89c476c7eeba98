package cv_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/cv"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

func TestAnImportTellsNewFromChangedFromKnown(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	ctx := context.Background()
	list := fixture.People(t, 1, 50)
	take := func(want cv.Imported, list ...board.CVCandidate) []int64 {
		t.Helper()
		done, err := s.CV.Import(ctx, board.ModeLive, list)
		got := done
		got.IDs = nil
		if diff := cmp.Diff(want, got); diff != "" || err != nil || len(done.IDs) != len(list) {
			t.Errorf("import (-want +got), %v, %d ids:\n%s", err, len(done.IDs), diff)
		}
		return done.IDs
	}
	ids := take(cv.Imported{New: 50}, list...)
	if again := take(cv.Imported{Unchanged: 50}, list...); !slices.Equal(ids, again) {
		t.Errorf("the same people have other numbers: %v, %v", ids, again)
	}
	changed := list[7]
	changed.Title, changed.Email = "Chief Information Officer", strings.ToUpper(changed.Email)
	twice := append(slices.Clone(list[:7]), list[7], changed)
	if got := take(cv.Imported{Unchanged: 7, Changed: 1}, twice...); got[7] != ids[7] || got[8] != ids[7] {
		t.Errorf("of two with one address: %v, want %d twice", got[7:], ids[7])
	}
	if r := fixture.Find(t, s, cv.Query{Q: `title:"chief information officer"`}); !slices.Contains(idsOf(r), ids[7]) {
		t.Errorf("the new title finds %v, want %d among them", idsOf(r), ids[7])
	}
	if done, err := s.CV.Import(ctx, board.ModeTest, list[:3]); err != nil || done.New != 3 {
		t.Errorf("the same people in test mode: %+v, %v", done, err)
	}
	if r := fixture.Find(t, s, cv.Query{}); r.Total != 50 {
		t.Errorf("%d people, want 50", r.Total)
	}

	// Without a date, coming again confirms.
	undated := list[3]
	undated.UpdatedAt, undated.Email = time.Time{}, "undated@example.com"
	id := take(cv.Imported{New: 1}, undated)[0]
	clock.Advance(300 * 24 * time.Hour)
	take(cv.Imported{Unchanged: 1}, undated)
	e, err := s.CV.Export(ctx, id)
	if err != nil || !e.RetainUntil.Equal(board.CVRetention(clock.Now())) || !e.UpdatedAt.Equal(storetest.Epoch) {
		t.Errorf("kept until %v, updated at %v, %v", e.RetainUntil, e.UpdatedAt, err)
	}
}

func TestAnOlderLineDoesNotReplaceANewerProfile(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	ctx := context.Background()
	p := fixture.People(t, 4, 1)[0]
	at := func(days int, summary string) board.CVCandidate {
		dated := p
		dated.UpdatedAt, dated.Summary = storetest.Epoch.AddDate(0, 0, -days), summary
		return dated
	}
	for i, step := range []struct {
		lines   []board.CVCandidate
		want    cv.Imported
		summary string
		days    int
	}{
		{[]board.CVCandidate{at(20, "second"), at(30, "first")}, cv.Imported{New: 1}, "second", 20},
		{[]board.CVCandidate{at(30, "first")}, cv.Imported{Unchanged: 1}, "second", 20},
		{[]board.CVCandidate{at(20, "corrected")}, cv.Imported{Changed: 1}, "corrected", 20},
		{[]board.CVCandidate{at(10, "third")}, cv.Imported{Changed: 1}, "third", 10},
	} {
		done, err := s.CV.Import(ctx, board.ModeLive, step.lines)
		if err != nil {
			t.Fatal(err)
		}
		id := done.IDs[0]
		done.IDs = nil
		e, err := s.CV.Export(ctx, id)
		if diff := cmp.Diff(step.want, done); diff != "" || err != nil {
			t.Errorf("step %d, %v (-want +got):\n%s", i, err, diff)
		}
		known := storetest.Epoch.AddDate(0, 0, -step.days)
		if e.Summary != step.summary || !e.UpdatedAt.Equal(known) || !e.RetainUntil.Equal(board.CVRetention(known)) {
			t.Errorf("step %d: %q of %v, kept until %v", i, e.Summary, e.UpdatedAt, e.RetainUntil)
		}
	}
}

func TestOnlyNewPeopleDrawNumbers(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	list := fixture.People(t, 5, 41)
	first := fixture.ImportAll(t, s, list[:40])
	fixture.ImportAll(t, s, list[:40])
	for i := range list[:20] {
		list[i].Summary += " Changed."
	}
	again := fixture.ImportAll(t, s, list)
	if last := slices.Max(first); !slices.Equal(again[:40], first) || again[40] != last+1 {
		t.Errorf("the next person after %d is %d", last, again[40])
	}
}

func TestImportsOfTheSamePeopleAtOnce(t *testing.T) {
	t.Parallel()
	a, b, _ := fixture.AtOnce(t)
	list := fixture.People(t, 2, 200)
	var wg sync.WaitGroup
	for i := range 8 {
		mine := slices.Clone(list)
		slices.Reverse(mine[:100])
		for j := range mine[:i] {
			mine[j].Title = fmt.Sprintf("%s %d", mine[j].Title, i)
		}
		wg.Go(func() {
			if _, err := []*store.Store{a, b}[i%2].CV.Import(context.Background(), board.ModeLive, mine); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if r := fixture.Find(t, a, cv.Query{}); r.Total != 200 || !r.TotalIsExact {
		t.Errorf("%d people, want 200", r.Total)
	}
}

func TestAPlaceNextToTheEquatorIsTaken(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	list := fixture.People(t, 18, 3)
	for i, degrees := range []float64{1e-320, -1e-50, 5e-324} {
		list[i].Latitude, list[i].Longitude = &degrees, &degrees
	}
	fixture.ImportAll(t, s, list)
	if r := fixture.Find(t, s, cv.Query{Location: "0,0", RadiusKm: 1}); r.Total != 3 {
		t.Errorf("%d people where the equator meets the meridian, want 3", r.Total)
	}
}

// The program keeps the stems of so many words, and then begins anew, also while an import is at work.
func TestNoWordIsLostWhenStemsAreForgotten(t *testing.T) {
	t.Parallel()
	termsOf := func(words, lanes int) map[string]string {
		url := storetest.URL(t)
		s, db := storetest.Open(t, url, storetest.Options(storetest.NewClock())), fixture.Raw(t, url)
		s.CV.ForgetStemsAfter(words)
		batches := make(chan []board.CVCandidate)
		var wg sync.WaitGroup
		for range lanes {
			wg.Go(func() {
				for batch := range batches {
					if _, err := s.CV.Import(context.Background(), board.ModeLive, batch); err != nil {
						t.Error(err)
					}
				}
			})
		}
		for batch := range slices.Chunk(fixture.People(t, 15, 240), 8) {
			batches <- batch
		}
		close(batches)
		wg.Wait()
		rows, err := db.QueryContext(t.Context(), `SELECT c.email, i.terms::text FROM cv_index i JOIN cv_candidates c ON c.id = i.candidate_id`)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		terms := map[string]string{}
		for rows.Next() {
			var email, of string
			if err := rows.Scan(&email, &of); err != nil {
				t.Fatal(err)
			}
			terms[email] = of
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		return terms
	}
	want := termsOf(100_000, 1)
	if diff := cmp.Diff(want, termsOf(20, 4)); diff != "" || len(want) != 240 {
		t.Errorf("%d people; words (-want +got):\n%s", len(want), diff)
	}
}

func TestWhoIsHiddenStaysSo(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	ctx := context.Background()
	tenant := fixture.Account(t, s, "hidden@northwind.example", 0)
	list := fixture.People(t, 3, 5)
	list[4].Visibility = board.VisibilityHidden
	ids := fixture.ImportAll(t, s, list)
	if err := s.CV.SetVisibility(ctx, ids[0], board.VisibilityHidden); err != nil {
		t.Fatal(err)
	}
	list[0].Summary += " Now with more."
	fixture.ImportAll(t, s, list)
	test := account.Principal{Tenant: tenant}
	for _, hidden := range []int{0, 4} {
		if _, err := s.UnlockCandidate(ctx, test, ids[hidden]); fixture.CodeOf(err) != board.CodeNotFound {
			t.Errorf("a hidden profile: %v, want not_found", err)
		}
	}
	if r := fixture.Find(t, s, cv.Query{}); r.Total != 3 {
		t.Errorf("%d people are found, want 3", r.Total)
	}
	for _, id := range []int64{ids[0], ids[4], ids[4]} {
		if err := s.CV.SetVisibility(ctx, id, board.VisibilityVisible); err != nil {
			t.Fatal(err)
		}
	}
	if r := fixture.Find(t, s, cv.Query{}); r.Total != 5 {
		t.Errorf("%d people are found, want all 5", r.Total)
	}
	if err := s.CV.SetVisibility(ctx, 999_999, board.VisibilityHidden); fixture.CodeOf(err) != board.CodeNotFound {
		t.Errorf("nobody: %v", err)
	}
	if err := s.CV.SetVisibility(ctx, ids[0], "Shy"); fixture.CodeOf(err) != board.CodeInvalidRequest {
		t.Errorf("no visibility: %v", err)
	}
}

// The program parses texts itself, and must do it as PostgreSQL parses queries.
func TestTSVectorsAreThoseOfPostgreSQL(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	list := fixture.People(t, 4, 60)
	odd := list[0]
	odd.Summary = "1e5 0x1f 4hana 10gbe x86_64 Москва Straße naïve 東京 ﬁne a1b2c3 2019-04 1.2.3 it's its IT k8s " + strings.Repeat("z", 3000)
	odd.Skills = append(odd.Skills, "C++", "C#", ".NET", "CI/CD", `a "quoted", {one} \ 'two'`)
	for _, c := range append(list, odd) {
		ours, theirs, err := s.CV.TSVectors(context.Background(), c)
		if err != nil || ours != theirs {
			t.Errorf("%v\n ours %s\ntheirs %s", err, ours, theirs)
		}
	}
}
