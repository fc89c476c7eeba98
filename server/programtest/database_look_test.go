package programtest

import (
	"database/sql"
	"testing"

	_ "github.com/lib/pq" // to look into the database
)

// one reads one value.
func one[T any](t *testing.T, db *sql.DB, query string) (v T) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), query).Scan(&v); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return v
}

// gapFree fails when the numbers of any tenant's events have a gap, or one comes twice, or are not those that their head says.
func gapFree(t *testing.T, db *sql.DB) {
	t.Helper()
	if n := one[int](t, db, `SELECT count(*) FROM (
		SELECT h.last, count(e.seq), count(DISTINCT e.seq), coalesce(min(e.seq), 1), coalesce(max(e.seq), 0)
		FROM event_heads h LEFT JOIN events e ON e.employer_id = h.employer_id AND e.mode = h.mode AND e.seq IS NOT NULL
		GROUP BY h.employer_id, h.mode, h.last) AS t (last, events, numbers, first, greatest)
		WHERE events <> numbers OR first <> 1 OR greatest <> numbers OR last <> numbers`); n != 0 {
		t.Errorf("the numbers of the events of %d tenants have gaps", n)
	}
}
