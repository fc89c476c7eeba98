package storetest

import (
	"database/sql"
	"errors"
	"maps"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/lib/pq"

	"itmanagerjobs/store"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

// held is all that a database holds: rows, the sizes of tables, and how far the sequences have come.
func held(t *testing.T, db *sql.DB) map[string]string {
	t.Helper()
	all, err := pairs(t.Context(), db, `SELECT oid::regclass::text, pg_relation_size(oid)::text FROM pg_class WHERE relkind = 'r' AND oid >= 16384`)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := contents(t.Context(), db, all)
	if err != nil {
		t.Fatal(err)
	}
	for table, content := range rows {
		all[table] += " bytes " + content
	}
	apart, err := pairs(t.Context(), db, `SELECT oid::regclass::text, pg_relation_size(oid)::text FROM pg_class WHERE relkind = 't' AND oid >= 16384`)
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(all, apart)
	positions, err := pairs(t.Context(), db, sequencePositions)
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(all, positions)
	return all
}

func TestADatabaseIsEmptiedToTheLastRow(t *testing.T) {
	t.Parallel()
	// When PostgreSQL has vacuumed or analysed a table on its own meanwhile, the database is dropped, and nothing is shown.
	const tries = 5
	for range tries {
		if emptiedToTheLastRow(t) {
			return
		}
	}
	t.Errorf("%d of %d databases were unlike new ones", tries, tries)
}

// emptiedToTheLastRow is false when the database could not be emptied because its statistics had changed.
func emptiedToTheLastRow(t *testing.T) bool {
	t.Helper()
	u := URL(t)
	db := open(t, u)
	fresh := held(t, db)
	s, err := store.Open(u, Options(NewClock()))
	if err != nil {
		t.Fatal(err)
	}
	id, _, err := s.Accounts.CreateEmployer(t.Context(), account.NewEmployer{Name: "Northwind", Email: "admin@northwind.example"})
	if err == nil {
		_, err = s.Jobs.CreateJob(t.Context(), board.Tenant{EmployerID: id, Mode: board.ModeLive}, board.JobPatch{Title: board.Set("IT Manager")})
	}
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{
		"UPDATE packages SET name = 'changed'", "DELETE FROM packages WHERE code = (SELECT min(code) FROM packages)",
		"DELETE FROM goose_db_version", "SELECT nextval('employers_id_seq')",
		// Too long to lie among the rows.
		"UPDATE jobs SET description = (SELECT string_agg(md5(i::text), '') FROM generate_series(1, 300) i)",
	} {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	if cmp.Equal(fresh, held(t, db)) {
		t.Fatal("nothing was changed")
	}
	leave(t, db, u)
	if err := known().empty(t.Context(), u); errors.Is(err, errUnlikeNew) {
		return false
	} else if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(fresh, held(t, open(t, u))); diff != "" {
		t.Errorf("an emptied database is not as a new one (-want +got):\n%s", diff)
	}
	return true
}

// leave ends the sessions of a pool and leaves the pool in use.
func leave(t *testing.T, db *sql.DB, address string) {
	t.Helper()
	db.SetMaxIdleConns(-1)
	if open := db.Stats().OpenConnections; open > 0 {
		t.Fatalf("%d sessions are open", open)
	}
	admin, err := admin()
	if err == nil {
		err = left(t.Context(), admin, nameOf(t, address))
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestADatabaseThatCannotBeEmptiedIsDropped(t *testing.T) {
	t.Parallel()
	for name, statement := range map[string]string{
		"a new table":                "CREATE TABLE only_here (n int)",
		"a new column":               "ALTER TABLE jobs ADD COLUMN only_here int",
		"a default":                  "ALTER TABLE jobs ALTER COLUMN title SET DEFAULT 'x'",
		"an index that is gone":      "DROP INDEX jobs_reference_any",
		"a function":                 "CREATE FUNCTION only_here() RETURNS int LANGUAGE sql AS 'SELECT 1'",
		"a trigger that is off":      "ALTER TABLE jobs DISABLE TRIGGER ALL",
		"a setting of the database":  "DO $$ BEGIN EXECUTE 'ALTER DATABASE ' || current_database() || ' SET work_mem = ''1MB'''; END $$",
		"statistics for the planner": "ANALYZE packages",
		"a large object":             "SELECT lo_create(0)",
		"a setting of a table":       "ALTER TABLE jobs SET (fillfactor = 42)",
		"a right":                    "GRANT SELECT ON jobs TO PUBLIC",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := URL(t)
			db := open(t, u)
			if _, err := db.ExecContext(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
			leave(t, db, u)
			if err := known().empty(t.Context(), u); !errors.Is(err, errUnlikeNew) {
				t.Errorf("error %v, want that it is not as a new one", err)
			}
		})
	}
	t.Run("a session that is left open", func(t *testing.T) {
		t.Parallel()
		u := URL(t)
		if err := open(t, u).PingContext(t.Context()); err != nil {
			t.Fatal(err)
		}
		db, err := admin()
		if err != nil {
			t.Fatal(err)
		}
		if err := handBack(t.Context(), db, nameOf(t, u), u); !errors.Is(err, errUnlikeNew) {
			t.Errorf("error %v, want that it is not as a new one", err)
		}
	})
}

func TestHiddenTablesComeBack(t *testing.T) {
	t.Parallel()
	u := URL(t)
	t.Run("hidden", func(t *testing.T) {
		HideTables(t, u, "jobs", "applications")
		_, err := open(t, u).ExecContext(t.Context(), "SELECT FROM jobs, applications")
		if failed, ok := errors.AsType[*pq.Error](err); !ok || failed.Code != "42P01" {
			t.Errorf("error %v, want that there is no such table", err)
		}
	})
	db := open(t, u)
	if _, err := db.ExecContext(t.Context(), "SELECT FROM jobs, applications"); err != nil {
		t.Errorf("the tables have not come back: %v", err)
	}
	leave(t, db, u)
	if err := known().empty(t.Context(), u); err != nil {
		t.Errorf("the next test cannot have the database: %v", err)
	}
}

func nameOf(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(u.Path, "/")
}

// databases counts those of the name that an address ends with.
func databases(t *testing.T, address string) int {
	t.Helper()
	return count(t, mustServerURL(t), "SELECT count(*) FROM pg_database WHERE datname = '"+nameOf(t, address)+"'")
}
