package outbox_test

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// readsWhole finds the scans of a plan that are not bounded by a condition on an index.
func readsWhole(plan string) []string {
	var found []string
	lines := strings.Split(plan, "\n")
	for i, line := range lines {
		scan := tableScan.MatchString(line)
		if scan && (!strings.Contains(line, "Index") || i+1 == len(lines) || !strings.Contains(lines[i+1], "Index Cond")) {
			found = append(found, line)
		}
	}
	return found
}

var tableScan = regexp.MustCompile(`Scan .*on (delivery_queue|events|lanes)`)

// TestALongQueueIsReadByItsIndexes looks at plans in every state of the statistics. They go wrong when they are made
// while the queue is empty: it is long a moment later.
func TestALongQueueIsReadByItsIndexes(t *testing.T) {
	t.Parallel()
	clock := storetest.NewClock()
	url := storetest.URL(t)
	s, db := storetest.Open(t, url, storetest.Options(clock)), fixture.Raw(t, url)
	ctx := context.Background()
	tenant := fixture.Account(t, s, "long@northwind.example", 1)
	if err := s.Outbox.MaintainPartitions(ctx); err != nil {
		t.Fatal(err)
	}
	slow, _ := fixture.Subscribe(t, s, tenant)
	quick, _ := fixture.Subscribe(t, s, tenant)
	q := queue(t, s)
	worker, lanes := fixture.TakeAll(t, q)
	at := "'" + clock.Now().Format(time.RFC3339Nano) + "'"
	statements := map[string]struct {
		query, args string
		indexes     []string
	}{
		"due":    {outbox.DueSQL, `'{1,2}', '{-infinity,-infinity}', '{0,0}'`, []string{"delivery_queue_due", "lanes_pkey"}},
		"fetch":  {outbox.FetchSQL, `1, '{1,2}', '{50,50}', '{-infinity,-infinity}', '{0,0}', ` + at, []string{"delivery_queue_due", "lanes_pkey"}},
		"events": {outbox.EventsSQL, `'{7}', '{` + strings.Trim(at, "'") + `}'`, []string{"events_20260302_pkey"}},
		"record": {outbox.RecordSQL, strings.Repeat(`'{}', `, 19) + `true`, []string{"delivery_queue_pkey", "lanes_pkey"}},
	}
	check := func(state string) {
		t.Helper()
		for name, st := range statements {
			plan, err := q.Plan(ctx, st.query, st.args)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			for _, index := range st.indexes {
				if !strings.Contains(plan, index) {
					t.Errorf("%s, %s, does not use %s:\n%s", name, state, index, plan)
				}
			}
			// The attempts of a batch are sorted by subscription and hour, which are counted in one order; nothing of a table is.
			sorts := strings.Count(plan, "Sort Key") > strings.Count(plan, "Sort Key: ended_1.subscription_id, (date_bin(")
			if whole := readsWhole(plan); len(whole) > 0 || sorts {
				t.Errorf("%s, %s, reads more than it needs: %q\n%s", name, state, whole, plan)
			}
		}
	}
	check("new")
	fixture.MustExec(t, db, `VACUUM ANALYZE`)
	check("vacuumed while empty")
	// One lane has nearly everything that waits, as that of an endpoint that hangs.
	fixture.MustExec(t, db, `
WITH e AS (
    INSERT INTO events (id, employer_id, mode, seq, type, created_at, data)
    SELECT n, $1, 'live', n, 'job.created', $2, '{}' FROM generate_series(1, 100000) n RETURNING id
), d AS (
    INSERT INTO deliveries (id, subscription_id, subject_id, created_at) SELECT id, $3, id, $2 FROM e RETURNING id
)
INSERT INTO delivery_queue (delivery_id, lane_id, subject_id, due_at, created_at, attempt, base)
SELECT id, CASE WHEN id > 100 THEN $4::bigint ELSE $5 END, id, $2, $2, 0, 0 FROM d`,
		tenant.EmployerID, clock.Now(), slow.ID, fixture.LaneOf(t, lanes, slow).ID, fixture.LaneOf(t, lanes, quick).ID)
	fixture.MustExec(t, db, `SELECT setval('event_ids', 100000), setval('delivery_ids', 100000)`)
	fixture.MustExec(t, db, `INSERT INTO event_heads (employer_id, mode, last) VALUES ($1, 'live', 100000) ON CONFLICT (employer_id, mode) DO UPDATE SET last = 100000`, tenant.EmployerID)
	check("long, with old statistics")
	fixture.MustExec(t, db, `ANALYZE`)
	check("long")

	// The quick lane's work is found behind the slow one's, and a position goes on where it stands.
	rows := fixture.Fetch(t, q, worker, fixture.LaneOf(t, lanes, quick))
	if len(rows) != 100 {
		t.Fatalf("fetched %d rows of the quick lane, want 100", len(rows))
	}
	rest, err := q.Fetch(ctx, worker, []outbox.LaneWant{{
		LaneID: rows[0].LaneID, Limit: 100, After: outbox.Position{DueAt: rows[89].DueAt, SubjectID: rows[89].SubjectID},
	}})
	if err != nil || !slices.Equal(rest, rows[90:]) {
		t.Errorf("fetched after a position: %+v, %v", rest, err)
	}
	attempts := make([]outbox.Attempt, len(rows))
	for i, row := range rows {
		attempts[i] = fixture.Attempt(row, fixture.LaneOf(t, lanes, quick), delivery.AttemptDelivered)
	}
	before := q.RoundTrips()
	fixture.Record(t, q, 100, attempts...)
	if n := q.RoundTrips() - before; n != 1 {
		t.Errorf("%d statements for a batch of attempts, want 1", n)
	}
	if page, err := s.Outbox.Events(ctx, tenant, 99_990, 100, nil); err != nil || len(page.Events) != 10 || page.Next != 100_000 {
		t.Errorf("the end of a long log: %d events, next %d, %v", len(page.Events), page.Next, err)
	}
	for _, statuses := range subsets(delivery.AllStatuses()) {
		if _, err := s.Outbox.Deliveries(ctx, tenant, slow.ID, outbox.DeliveryQuery{Statuses: statuses, Limit: 50}); err != nil {
			t.Errorf("list with the statuses %q: %v", statuses, err)
		}
	}
	before = s.RoundTrips()
	fixture.Create(t, s, tenant, fixture.Complete("One more"))
	if n := s.RoundTrips() - before; n > 4 {
		t.Errorf("%d statements for a job with an event, two deliveries and its notification, want at most 4", n)
	}
}
