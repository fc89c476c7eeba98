package cv_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/cv"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

func TestPartitionsAreFilledInTurnAndByRecencyBand(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	s, db := storetest.Open(t, url, storetest.Options(storetest.NewClock())), fixture.Raw(t, url)
	const room, batch = 4, 3
	s.CV.SmallSearchPlan(1000, 20, room, 1000, 1000)
	list := fixture.People(t, 11, 240) // more than all partitions have room for
	for i, some := range slices.Collect(slices.Chunk(list, batch)) {
		fixture.ImportAll(t, s, some)
		if i == 15 {
			if most := fixture.Count(t, db, `SELECT max(n) FROM (SELECT count(*) AS n FROM cv_index GROUP BY slot) s`); most > room+batch-1 {
				t.Errorf("a partition has %d people, room is for %d", most, room)
			}
			if mixed := fixture.Count(t, db, `
SELECT count(*) FROM (SELECT slot FROM cv_index GROUP BY slot
 HAVING count(DISTINCT CASE WHEN updated_at >= $1 THEN 0 WHEN updated_at >= $2 THEN 1 ELSE 2 END) > 1) s`,
				storetest.Epoch.AddDate(0, 0, -16*7), storetest.Epoch.AddDate(0, 0, -365)); mixed > 0 {
				t.Errorf("%d partitions have people of several bands", mixed)
			}
		}
	}
	if used := fixture.Count(t, db, `SELECT count(DISTINCT slot) FROM cv_index`); used != 16 {
		t.Errorf("%d partitions are used, want all 16", used)
	}
	if counted := fixture.Count(t, db, `SELECT sum(people) FROM cv_slots`); counted < 200 || counted > 280 {
		t.Errorf("the partitions count %d people, there are 240", counted)
	}
	if r := fixture.Find(t, s, cv.Query{Limit: 1000}); r.Total != 240 || !r.TotalIsExact {
		t.Errorf("%d people are found, exact %t; want 240", r.Total, r.TotalIsExact)
	}
	if tests := fixture.Count(t, db, `SELECT count(*) FROM cv_index WHERE slot = 0`); tests != 0 {
		t.Errorf("%d live people are among those of the test mode", tests)
	}
}

func TestPartitionsAreCountedOnceAnHour(t *testing.T) {
	t.Parallel()
	url, clock := storetest.URL(t), storetest.NewClock()
	s, other, db := storetest.Open(t, url, storetest.Options(clock)), storetest.Open(t, url, storetest.Options(clock)), fixture.Raw(t, url)
	fixture.ImportAll(t, s, fixture.People(t, 16, 50))
	count := func(by *store.Store) {
		t.Helper()
		if err := by.CV.CountPartitions(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	counted := func() int { return fixture.Count(t, db, `SELECT sum(people) FROM cv_slots`) }
	count(s)
	fixture.MustExec(t, db, `DELETE FROM cv_index WHERE candidate_id % 2 = 0`)
	count(s)
	count(other)
	if n := counted(); n != 50 {
		t.Errorf("%d people are counted within the hour, want the 50 of before", n)
	}
	clock.Advance(time.Hour)
	count(other)
	left := fixture.Count(t, db, `SELECT count(*) FROM cv_index`)
	if n := counted(); n != left {
		t.Errorf("%d people are counted after an hour, there are %d", n, left)
	}
	if wrong := fixture.Count(t, db, `
SELECT count(*) FROM cv_slots s WHERE people > 0 AND people <> greatest((SELECT count(*) FROM cv_index i WHERE i.slot = s.slot), 1)`); wrong != 0 {
		t.Errorf("%d partitions count wrongly", wrong)
	}
}

// A count reads the index of all people, and an import must not wait for that.
func TestAnImportDoesNotWaitForACount(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	options := storetest.Options(storetest.NewClock())
	s, other, db := storetest.Open(t, url, options), storetest.Open(t, url, options), fixture.Raw(t, url)
	list := fixture.People(t, 19, 60)
	fixture.ImportAll(t, s, list[:30])
	fixture.MustExec(t, db, `DELETE FROM cv_index WHERE candidate_id % 2 = 0`)
	fixture.MustExec(t, db, `UPDATE cv_slots SET people = 7 WHERE slot = 16`)
	held, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := held.ExecContext(t.Context(), `LOCK TABLE cv_index_16 IN ACCESS EXCLUSIVE MODE`); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.CV.CountPartitions(t.Context()) }()
	for fixture.Count(t, db, `SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'cv_index_16'::regclass`) == 0 {
		select {
		case err := <-done:
			t.Fatalf("the count ended without the last partition: %v", err)
		default:
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := s.CV.Import(ctx, board.ModeLive, list[30:]); err != nil {
		t.Errorf("an import beside a count: %v", err)
	}
	if err := other.CV.CountPartitions(t.Context()); err != nil {
		t.Errorf("a count beside another one: %v", err)
	}
	if err := held.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	want := fixture.Count(t, db, `SELECT count(*) + 1 FROM cv_index`)
	if n := fixture.Count(t, db, `SELECT sum(people) FROM cv_slots`); n != want {
		t.Errorf("%d people are counted, want %d: those in the index, and one in the last partition", n, want)
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
