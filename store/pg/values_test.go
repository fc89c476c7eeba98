package pg_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/lib/pq"

	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/storetest"
)

// TestPostgreSQLReadsArrays reads arrays as PostgreSQL has read them.
func TestPostgreSQLReadsArrays(t *testing.T) {
	t.Parallel()
	db, err := storetest.OpenDB(storetest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	for _, texts := range [][]string{
		nil, {""}, {"", "NULL", "null"}, {`say "hi"`, `C:\new`, `\`, `"`}, {"{a,b}", ",", " blanks ", "line\nfeed", "\ttab"}, {"Zürich", "東京", "'quoted'"},
	} {
		var got pq.StringArray
		given := pg.Texts(texts, func(s string) string { return s })
		if err := db.QueryRowContext(context.Background(), `SELECT $1::text[]`, given).Scan(&got); err != nil {
			t.Fatalf("%s: %v", given, err)
		}
		if diff := cmp.Diff(append([]string{}, texts...), append([]string{}, got...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", given, diff)
		}
	}
	for _, ints := range [][]int64{nil, {0}, {-1, 9223372036854775807, -9223372036854775808}} {
		var got pq.Int64Array
		given := pg.Ints(ints, func(n int64) int64 { return n })
		if err := db.QueryRowContext(context.Background(), `SELECT $1::bigint[]`, given).Scan(&got); err != nil {
			t.Fatalf("%s: %v", given, err)
		}
		if diff := cmp.Diff(append([]int64{}, ints...), append([]int64{}, got...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", given, diff)
		}
	}
	if got := pg.Texts([]string{"zero\x00byte", "not \xff UTF-8"}, func(s string) string { return s }); got != "{\"zerobyte\",\"not \uFFFD UTF-8\"}" {
		t.Errorf("what cannot be stored became %s", got)
	}
}
