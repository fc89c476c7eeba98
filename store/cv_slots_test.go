package store_test

import (
	"context"
	"slices"
	"testing"

	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/storetest"
)

func TestPartsAreFilledInTurnAndByAge(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	s, db := storetest.Open(t, url, storetest.Options(storetest.NewClock())), raw(t, url)
	const room, batch = 4, 3
	s.SmallSearchPlan(1000, 20, room, 1000)
	list := people(t, 11, 240) // more than all parts have room for
	for i, some := range slices.Collect(slices.Chunk(list, batch)) {
		importAll(t, s, some)
		if i == 30 {
			if most := count(t, db, `SELECT max(n) FROM (SELECT count(*) AS n FROM cv_index GROUP BY slot) s`); most > room+batch-1 {
				t.Errorf("a part has %d people, room is for %d", most, room)
			}
			if mixed := count(t, db, `
SELECT count(*) FROM (SELECT slot FROM cv_index GROUP BY slot
 HAVING count(DISTINCT CASE WHEN updated_at >= $1 THEN 0 WHEN updated_at >= $2 THEN 1 ELSE 2 END) > 1) s`,
				storetest.Epoch.AddDate(0, 0, -16*7), storetest.Epoch.AddDate(0, 0, -365)); mixed > 0 {
				t.Errorf("%d parts have people of several ages", mixed)
			}
		}
	}
	if used := count(t, db, `SELECT count(DISTINCT slot) FROM cv_index`); used != 32 {
		t.Errorf("%d parts are used, want all 32", used)
	}
	if counted := count(t, db, `SELECT sum(people) FROM cv_slots`); counted < 200 || counted > 280 {
		t.Errorf("the parts count %d people, there are 240", counted)
	}
	if r := find(t, s, store.CvSearch{Limit: 1000}); r.Total != 240 || !r.TotalIsExact {
		t.Errorf("%d people are found, exact %t; want 240", r.Total, r.TotalIsExact)
	}
	if tests := count(t, db, `SELECT count(*) FROM cv_index WHERE slot = 0`); tests != 0 {
		t.Errorf("%d live people are among those of the test mode", tests)
	}
}

// A copy of the program from before migration 17 writes to cv_search alone.
func TestWhatAnOlderCopyWritesIsFound(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	s, db := storetest.Open(t, url, storetest.Options(storetest.NewClock())), raw(t, url)
	id := importAll(t, s, people(t, 12, 1))[0]
	finds := func(q string) bool { return slices.Contains(idsOf(find(t, s, store.CvSearch{Q: q})), id) }
	write := func(words string) {
		mustExec(t, db, `
INSERT INTO cv_search (candidate_id, mode, updated_at, sampled, years, facets, terms) VALUES ($1, 'live', $2, false, 3, '', $3)
ON CONFLICT (candidate_id) DO UPDATE SET updated_at = excluded.updated_at, terms = excluded.terms`, id, storetest.Epoch, words)
	}
	for _, word := range []string{"zeppelin", "airship"} {
		if write("'~' " + word + ":1A"); !finds(word) {
			t.Errorf("%s does not find who has it", word)
		}
	}
	if finds("zeppelin") {
		t.Error("who was changed is still found by the former words")
	}
	if err := s.SetVisibility(context.Background(), id, board.VisibilityHidden); err != nil {
		t.Fatal(err)
	}
	if left := count(t, db, `SELECT (SELECT count(*) FROM cv_search) + (SELECT count(*) FROM cv_index)`); left != 0 {
		t.Errorf("%d rows of somebody hidden are left", left)
	}
	write("'~' airship:1A")
	mustExec(t, db, `DELETE FROM cv_search`)
	if finds("airship") {
		t.Error("who was taken away by an older copy is still found")
	}
}

func TestTheSearchSurvivesItsMigrationBothWays(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	o := storetest.Options(storetest.NewClock())
	s, db := storetest.Open(t, url, o), raw(t, url)
	importAll(t, s, people(t, 13, 60))
	if _, err := s.ImportCvCandidates(t.Context(), board.ModeTest, people(t, 14, 5)); err != nil {
		t.Fatal(err)
	}
	q := store.CvSearch{Q: "manager OR engineer", Sort: store.CvByRecency}
	before := idsOf(find(t, s, q))
	for count(t, db, `SELECT max(version_id) FROM goose_db_version`) > 16 {
		if _, err := store.MigrateDown(t.Context(), url); err != nil {
			t.Fatal(err)
		}
	}
	rows := count(t, db, `SELECT count(*) FROM cv_search s JOIN cv_buckets b ON s.terms @@ ('''~b:' || b.id || ''' & ''~t0:' || b.week || ''' & ''~t2:' || b.week / 16 || '''')::tsquery AND b.mode = s.mode`)
	if counted := count(t, db, `SELECT sum(people) FROM cv_buckets`); rows != 65 || counted != 65 {
		t.Errorf("after the way back %d people can be found by their time, %d are counted; want 65", rows, counted)
	}
	if _, err := store.MigrateUp(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	again := storetest.Open(t, url, o)
	if after := idsOf(find(t, again, q)); !slices.Equal(before, after) || len(after) == 0 {
		t.Errorf("found %v, before %v", after, before)
	}
	if r := find(t, again, store.CvSearch{}); r.Total != 60 {
		t.Errorf("%d live people, want 60", r.Total)
	}
	if left := count(t, db, `SELECT count(*) FROM cv_index WHERE terms @@ '''~t'':* | ''~b'':*'`); left != 0 {
		t.Errorf("%d rows have words of the former order", left)
	}
}
