package cv_test

import (
	"context"
	"slices"
	"testing"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/cv"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

func TestPartsAreFilledInTurnAndByAge(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	s, db := storetest.Open(t, url, storetest.Options(storetest.NewClock())), fixture.Raw(t, url)
	const room, batch = 4, 3
	s.CV.SmallSearchPlan(1000, 20, room, 1000, 1000)
	list := fixture.People(t, 11, 240) // more than all parts have room for
	for i, some := range slices.Collect(slices.Chunk(list, batch)) {
		fixture.ImportAll(t, s, some)
		if i == 15 {
			if most := fixture.Count(t, db, `SELECT max(n) FROM (SELECT count(*) AS n FROM cv_index GROUP BY slot) s`); most > room+batch-1 {
				t.Errorf("a part has %d people, room is for %d", most, room)
			}
			if mixed := fixture.Count(t, db, `
SELECT count(*) FROM (SELECT slot FROM cv_index GROUP BY slot
 HAVING count(DISTINCT CASE WHEN updated_at >= $1 THEN 0 WHEN updated_at >= $2 THEN 1 ELSE 2 END) > 1) s`,
				storetest.Epoch.AddDate(0, 0, -16*7), storetest.Epoch.AddDate(0, 0, -365)); mixed > 0 {
				t.Errorf("%d parts have people of several ages", mixed)
			}
		}
	}
	if used := fixture.Count(t, db, `SELECT count(DISTINCT slot) FROM cv_index`); used != 16 {
		t.Errorf("%d parts are used, want all 16", used)
	}
	if counted := fixture.Count(t, db, `SELECT sum(people) FROM cv_slots`); counted < 200 || counted > 280 {
		t.Errorf("the parts count %d people, there are 240", counted)
	}
	if r := fixture.Find(t, s, cv.Query{Limit: 1000}); r.Total != 240 || !r.TotalIsExact {
		t.Errorf("%d people are found, exact %t; want 240", r.Total, r.TotalIsExact)
	}
	if tests := fixture.Count(t, db, `SELECT count(*) FROM cv_index WHERE slot = 0`); tests != 0 {
		t.Errorf("%d live people are among those of the test mode", tests)
	}
}

// A copy of the program from before migration 17 writes to cv_search alone.
func TestWhatAnOlderCopyWritesIsFound(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	s, db := storetest.Open(t, url, storetest.Options(storetest.NewClock())), fixture.Raw(t, url)
	s.CV.SmallSearchPlan(1000, 5, 100, 1000, 1000)
	ids := fixture.ImportAll(t, s, fixture.People(t, 12, 30))
	fixture.MustExec(t, db, `DELETE FROM cv_index`)
	fixture.MustExec(t, db, `UPDATE cv_slots SET people = 0, weeks = 0`)
	write := func(words string) {
		fixture.MustExec(t, db, `
INSERT INTO cv_search (candidate_id, mode, updated_at, sampled, years, facets, terms)
SELECT id, 'live', updated_at, false, 3, '', $1 FROM cv_candidates
ON CONFLICT (candidate_id) DO UPDATE SET updated_at = excluded.updated_at, terms = excluded.terms`, words)
	}
	for _, word := range []string{"zeppelin", "airship"} {
		write("'~' " + word + ":1A")
		if r := fixture.Find(t, s, cv.Query{Q: word}); r.Total != 30 || !r.TotalIsExact {
			t.Errorf("%s finds %d, exact %t; want all 30", word, r.Total, r.TotalIsExact)
		}
	}
	if r := fixture.Find(t, s, cv.Query{Q: "zeppelin"}); r.Total != 0 {
		t.Errorf("%d are still found by their former words", r.Total)
	}
	if err := s.CV.SetVisibility(context.Background(), ids[0], board.VisibilityHidden); err != nil {
		t.Fatal(err)
	}
	fixture.MustExec(t, db, `DELETE FROM cv_search WHERE candidate_id = $1`, ids[1])
	if left := fixture.Count(t, db, `SELECT (SELECT count(*) FROM cv_search) + (SELECT count(*) FROM cv_index)`); left != 28+28 {
		t.Errorf("%d rows are left, want 28 and 28", left)
	}
}

// It hides and erases people who are not in cv_search.
func TestWhomAnOlderCopyHidesOrErasesIsNotFound(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	s, db := storetest.Open(t, url, storetest.Options(storetest.NewClock())), fixture.Raw(t, url)
	ids := fixture.ImportAll(t, s, fixture.People(t, 16, 5))
	fixture.MustExec(t, db, `UPDATE cv_candidates SET visibility = 'Hidden', version = version + 1 WHERE id = $1`, ids[0])
	fixture.MustExec(t, db, `DELETE FROM cv_candidates WHERE id = $1`, ids[1])
	if left := fixture.Count(t, db, `SELECT count(*) FROM cv_index WHERE candidate_id IN ($1, $2)`, ids[0], ids[1]); left != 0 {
		t.Errorf("%d of 2 are still searched", left)
	}
	if r := fixture.Find(t, s, cv.Query{}); r.Total != 3 {
		t.Errorf("%d people, want 3", r.Total)
	}
	if err := s.CV.CountSlots(t.Context()); err != nil {
		t.Fatal(err)
	}
	if wrong := fixture.Count(t, db, `
SELECT count(*) FROM cv_slots s WHERE people > 0 AND people <> greatest((SELECT count(*) FROM cv_index i WHERE i.slot = s.slot), 1)`); wrong != 0 {
		t.Errorf("%d parts count wrongly", wrong)
	}
}

func TestPagesByRelevanceArePartsOfOneList(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	s.CV.SmallSearchPlan(1000, 40, 50, 120, 10)
	fixture.ImportAll(t, s, fixture.People(t, 17, 1200))
	cut := 0
	for _, text := range []string{"engineer OR manager", "cloud AND team", `"project manager" OR team NOT java`, "re* AND NOT zebra", "python"} {
		q := cv.Query{Q: text, Limit: 1000}
		all := idsOf(fixture.Find(t, s, q))
		if r := fixture.Find(t, s, cv.Query{Q: text, Limit: 7}); r.Total != len(all) {
			t.Errorf("%s: total %d with short pages, %d with long ones", text, r.Total, len(all))
		} else if !r.TotalIsExact {
			cut++
		}
		var paged []int64
		for q.Limit = 90; q.Offset < len(all)+90; q.Offset += 90 {
			paged = append(paged, idsOf(fixture.Find(t, s, q))...)
		}
		if !slices.Equal(all, paged) {
			t.Errorf("%s: %d people on pages, %d at once", text, len(paged), len(all))
		}
	}
	if cut == 0 {
		t.Error("no search makes do with what it has: the test shows nothing")
	}
}

func TestTheSearchSurvivesItsMigrationBothWays(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	o := storetest.Options(storetest.NewClock())
	s, db := storetest.Open(t, url, o), fixture.Raw(t, url)
	fixture.ImportAll(t, s, fixture.People(t, 13, 60))
	if _, err := s.CV.Import(t.Context(), board.ModeTest, fixture.People(t, 14, 5)); err != nil {
		t.Fatal(err)
	}
	q := cv.Query{Q: "manager OR engineer", Sort: cv.CvByRecency}
	before := idsOf(fixture.Find(t, s, q))
	for fixture.Count(t, db, `SELECT max(version_id) FROM goose_db_version`) > 16 {
		if _, err := pg.MigrateDown(t.Context(), url); err != nil {
			t.Fatal(err)
		}
	}
	rows := fixture.Count(t, db, `SELECT count(*) FROM cv_search s JOIN cv_buckets b ON s.terms @@ ('''~b:' || b.id || ''' & ''~t0:' || b.week || ''' & ''~t2:' || b.week / 16 || '''')::tsquery AND b.mode = s.mode`)
	if counted := fixture.Count(t, db, `SELECT sum(people) FROM cv_buckets`); rows != 65 || counted != 65 {
		t.Errorf("after the way back %d people can be found by their time, %d are counted; want 65", rows, counted)
	}
	if _, err := pg.MigrateUp(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	again := storetest.Open(t, url, o)
	if after := idsOf(fixture.Find(t, again, q)); !slices.Equal(before, after) || len(after) == 0 {
		t.Errorf("found %v, before %v", after, before)
	}
	if r := fixture.Find(t, again, cv.Query{}); r.Total != 60 {
		t.Errorf("%d live people, want 60", r.Total)
	}
	if left := fixture.Count(t, db, `SELECT count(*) FROM cv_index WHERE terms @@ '''~t'':* | ''~b'':*'`); left != 0 {
		t.Errorf("%d rows have words of the former order", left)
	}
}
