package schema_test

import (
	"os"
	"slices"
	"testing"
	"testing/fstest"

	"itmanagerjobs/tools/analyzers/internal/schema"
)

func TestRead(t *testing.T) {
	t.Parallel()
	s, err := schema.Read(fstest.MapFS{
		"1.sql": {Data: []byte(`-- +goose Up
CREATE TABLE jobs (
    id bigint PRIMARY KEY, -- of no tenant: (
    employer_id bigint NOT NULL REFERENCES employers (id),
    mode text NOT NULL CHECK (mode IN ('live', 'test'))
) PARTITION BY RANGE (id);
CREATE TABLE users (
    employer_id bigint
);
CREATE TABLE old (
    employer_id bigint,
    mode text
);
CREATE FUNCTION admit(id bigint) RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN DELETE FROM keys; END $$;
CREATE FUNCTION plain(a text) RETURNS text LANGUAGE sql RETURN lower(a);
CREATE FUNCTION fires() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM keys; END $$;
CREATE FUNCTION reads() RETURNS bigint LANGUAGE sql AS $$ SELECT 1 FROM jobs FOR UPDATE $$;
-- +goose Down
DROP TABLE jobs;
`)},
		"2.sql": {Data: []byte("ALTER TABLE users ADD COLUMN mode text, ADD COLUMN name text;\nDROP TABLE old;\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"jobs", "users"}; !slices.Equal(s.Tenants, want) {
		t.Errorf("tables of tenants %q, want %q", s.Tenants, want)
	}
	if want := []string{"admit"}; !slices.Equal(s.Writers, want) {
		t.Errorf("functions that write %q, want %q", s.Writers, want)
	}
}

// The patterns read the migrations of the house: these tables are of tenants whatever else changes.
func TestReadHouse(t *testing.T) {
	t.Parallel()
	s, err := schema.Read(os.DirFS("../../../../migrations"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"ai_calls", "api_keys", "applications", "candidates", "credit_accounts", "events", "interviews", "jobs", "matches", "subscriptions"} {
		if !slices.Contains(s.Tenants, name) {
			t.Errorf("%s is not among the tables of tenants %q", name, s.Tenants)
		}
	}
	if !slices.Contains(s.Writers, "admit") {
		t.Errorf("admit is not among the functions that write %q", s.Writers)
	}
}
