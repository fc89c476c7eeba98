package pg_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/storetest"
)

// A pooler's sessions cannot be given settings by the program: they have the account's defaults.
func TestSessionsOfAPoolerHaveTheAccountsSettings(t *testing.T) {
	t.Parallel()
	url := storetest.EmptyURL(t)
	settings := func() []string {
		db := openAt(t, url, pg.Options{DirectURL: url, Unprepared: true})
		other, err := db.OtherSettings(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return other
	}
	if before := settings(); len(before) == 0 {
		t.Fatal("a session has the settings before anybody made them")
	}
	for range 2 { // the second time nothing is left to do
		if err := pg.SetDefaults(t.Context(), url); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string(nil), settings()); diff != "" {
		t.Errorf("settings of a new session that are not as they should be (-want +got):\n%s", diff)
	}
}

func TestStatementsThatAreNotPrepared(t *testing.T) {
	t.Parallel()
	url := storetest.EmptyURL(t)
	db := openAt(t, url, pg.Options{DirectURL: url, Unprepared: true})
	err := db.WithTx(t.Context(), func(ctx context.Context, tx *pg.Tx) error {
		if _, err := tx.Exec(ctx, `CREATE TEMPORARY TABLE t (a bigint, b text) ON COMMIT DROP`); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO t VALUES ($1, $2)`, 7, "seven"); err != nil {
			return err
		}
		var b string
		if err := tx.Get(ctx, &b, `SELECT b FROM t WHERE a = $1`, 7); err != nil {
			return err
		}
		if b != "seven" {
			t.Errorf("read %q", b)
		}
		var prepared int
		if err := tx.Get(ctx, &prepared, `SELECT count(*) FROM pg_prepared_statements`); err != nil {
			return err
		}
		if prepared != 0 {
			t.Errorf("%d statements are prepared", prepared)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestPostgreSQLItselfIsNoPooler(t *testing.T) {
	t.Parallel()
	pooled, err := pg.Pooled(t.Context(), storetest.EmptyURL(t))
	if err != nil || pooled {
		t.Errorf("pooled %v, error %v", pooled, err)
	}
}
