package outbox_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// The events of a page of deliveries are looked up, however many others there are.
func TestThePageOfADeliveryLogReadsNoOtherEvents(t *testing.T) {
	t.Parallel()
	clock, url := storetest.NewClock(), storetest.URL(t)
	s, db := storetest.Open(t, url, storetest.Options(clock)), fixture.Raw(t, url)
	tenant := fixture.Account(t, s, "page@northwind.example", 1)
	sub, _ := fixture.Subscribe(t, s, tenant)
	for range 10 {
		if err := s.Outbox.MaintainPartitions(t.Context()); err != nil {
			t.Fatal(err)
		}
		clock.Advance(24 * time.Hour)
	}
	fixture.MustExec(t, db, `
WITH e AS (
    INSERT INTO events (id, employer_id, mode, seq, type, created_at, data)
    SELECT n, $1, 'live', n, 'job.created', $2::timestamptz - (20000 - n) * interval '30 seconds', '{}' FROM generate_series(1, 20000) n RETURNING id, created_at)
INSERT INTO deliveries (id, subscription_id, subject_id, created_at) SELECT id, $3, id, created_at FROM e`, tenant.EmployerID, clock.Now(), sub.ID)
	fixture.MustExec(t, db, `ANALYZE`)
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, statement := range []string{`SET plan_cache_mode = force_generic_plan`, `PREPARE page AS ` + outbox.ListDeliveriesSQL} {
		if _, err := conn.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	rows, err := conn.QueryContext(t.Context(), fmt.Sprintf(`EXPLAIN (ANALYZE, BUFFERS, TIMING OFF) EXECUTE page (%d, 0, 101, '{}', 0)`, sub.ID))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var plan []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		plan = append(plan, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	for _, line := range plan {
		if strings.Contains(line, "actual rows=20000 ") {
			t.Errorf("a page reads all events:\n%s", strings.Join(plan, "\n"))
			break
		}
	}
}
