package storetest

import (
	"context"
	"database/sql"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestURLIsAMigratedDatabasePerTest(t *testing.T) {
	t.Parallel()
	a, b := URL(t), URL(t)
	if a == b {
		t.Fatalf("twice the same database: %s", a)
	}
	exec(t, a, "CREATE TABLE only_here (n int)")
	exec(t, b, "CREATE TABLE only_here (n int)")
	for _, u := range []string{a, b} {
		if n := count(t, u, "SELECT count(*) FROM goose_db_version WHERE version_id > 0"); n == 0 {
			t.Errorf("no migration was applied to %s", u)
		}
	}
}

func TestDatabaseIsDroppedAfterTheTest(t *testing.T) {
	t.Parallel()
	var dropped string
	t.Run("user", func(t *testing.T) { //nolint:paralleltest // its end is what is waited for
		dropped = EmptyURL(t)
		// A connection that is left open must not keep the database.
		db, err := sql.Open("postgres", dropped)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() }) // FORCE may have closed it
		if err := db.PingContext(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
	u, err := url.Parse(dropped)
	if err != nil {
		t.Fatal(err)
	}
	name := strings.TrimPrefix(u.Path, "/")
	if n := count(t, mustServerURL(t), "SELECT count(*) FROM pg_database WHERE datname = '"+name+"'"); n != 0 {
		t.Errorf("the database %s is still there", name)
	}
}

func TestTemplateIsMadeOnceAndNamedByItsFiles(t *testing.T) {
	t.Parallel()
	base := mustServerURL(t)
	files := fstest.MapFS{"00001_a.sql": {Data: []byte("-- +goose Up\nCREATE TABLE template_test (n int);\n")}}
	names := make([]string, 4)
	var wg sync.WaitGroup
	for i := range names {
		wg.Go(func() {
			var err error
			if names[i], err = template(t.Context(), base, files); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if diff := cmp.Diff([]string{names[0], names[0], names[0], names[0]}, names); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	files["00002_b.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nno SQL;\n")}
	if name, err := template(t.Context(), base, files); err == nil {
		t.Errorf("a migration that fails gave the template %q", name)
	}
	files["00002_b.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nCREATE TABLE another (n int);\n")}
	other, err := template(t.Context(), base, files)
	if err != nil {
		t.Fatal(err)
	}
	if other == names[0] {
		t.Errorf("other files gave the same template %s", other)
	}
	t.Cleanup(func() {
		for _, name := range []string{names[0], other} {
			if db, err := admin(); err != nil {
				t.Error(err)
			} else if _, err := db.ExecContext(context.Background(), "DROP DATABASE "+name); err != nil {
				t.Error(err)
			}
		}
	})
}

func BenchmarkURL(b *testing.B) {
	mustServerURL(b)
	for b.Loop() {
		_, giveBack, err := borrow(b.Context())
		if err == nil {
			err = giveBack(b.Context())
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

func exec(t *testing.T, u, statement string) {
	t.Helper()
	db := open(t, u)
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, u, query string) int {
	t.Helper()
	var n int
	if err := open(t, u).QueryRowContext(t.Context(), query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func open(t *testing.T, u string) *sql.DB {
	t.Helper()
	db, err := sql.Open("postgres", u)
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
