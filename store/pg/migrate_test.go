package pg_test

import (
	"database/sql"
	"errors"
	"testing"

	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/storetest"
)

func TestMigrationsGoDownAndUpAgain(t *testing.T) {
	t.Parallel()
	url := storetest.EmptyURL(t)
	up, err := pg.MigrateUp(t.Context(), url)
	if err != nil || len(up) == 0 {
		t.Fatalf("%d steps up, %v", len(up), err)
	}
	if again, err := pg.MigrateUp(t.Context(), url); err != nil || len(again) != 0 {
		t.Errorf("%d steps up again, %v; want none", len(again), err)
	}
	for range up {
		if down, err := pg.MigrateDown(t.Context(), url); err != nil || len(down) != 1 {
			t.Fatalf("%d steps down, %v; want one", len(down), err)
		}
		if _, err := pg.MigrationStatus(t.Context(), url); err != nil {
			t.Errorf("on the way down: %v", err)
		}
	}
	var left string
	err = open(t, url).QueryRowContext(t.Context(), `
SELECT coalesce(string_agg(relname, ', '), '') FROM pg_class
 WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'S') AND relname NOT LIKE 'goose%'`).Scan(&left)
	if err != nil || left != "" {
		t.Errorf("left at the end: %s, %v", left, err)
	}
	if again, err := pg.MigrateUp(t.Context(), url); err != nil || len(again) != len(up) {
		t.Errorf("%d steps up from nothing, %v; want %d", len(again), err, len(up))
	}
}

// A database from before the baseline has recorded steps of the same numbers.
func TestForeignDatabasesAreRefused(t *testing.T) {
	t.Parallel()
	const history = `CREATE TABLE goose_db_version (id integer PRIMARY KEY, version_id bigint NOT NULL, is_applied boolean NOT NULL, tstamp timestamp NOT NULL DEFAULT now());
INSERT INTO goose_db_version (id, version_id, is_applied) SELECT n + 1, n, true FROM generate_series(0, `
	for name, statements := range map[string]string{
		"before the first release, all 17 steps": history + `17) n; CREATE TABLE employers (id bigint, website text); CREATE TABLE cv_search (candidate_id bigint)`,
		"before the first release, 3 steps":      history + `3) n; CREATE TABLE employers (id bigint)`,
		"of another program":                     `CREATE TABLE employers (id bigint, website text)`,
	} {
		url := storetest.EmptyURL(t)
		if _, err := open(t, url).ExecContext(t.Context(), statements); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		_, upErr := pg.MigrateUp(t.Context(), url)
		_, downErr := pg.MigrateDown(t.Context(), url)
		_, statusErr := pg.MigrationStatus(t.Context(), url)
		for _, err := range []error{upErr, downErr, statusErr} {
			if !errors.Is(err, pg.ErrForeignDatabase) {
				t.Errorf("%s: %v, want %v", name, err, pg.ErrForeignDatabase)
			}
		}
	}
}

func open(t *testing.T, url string) *sql.DB {
	t.Helper()
	db, err := sql.Open("postgres", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}
