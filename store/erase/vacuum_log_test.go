package erase_test

import (
	"net/url"
	"os"
	"strings"
	"testing"

	"itmanagerjobs/store/embedded"
	"itmanagerjobs/store/erase"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// TestScrubSaysWhatTheWriteAheadLogHolds runs on a server that uses the files of its log again, as PostgreSQL does unless it is told
// otherwise: such a file keeps what it held until it is written over.
func TestScrubSaysWhatTheWriteAheadLogHolds(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "itmanagerjobs-log-erasure-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(dir, 0o755); err != nil { // the server's account must get in
		t.Fatal(err)
	}
	server, err := embedded.Start(t.Context(), embedded.Options{Dir: dir, ForTests: true, Settings: []string{
		"wal_recycle=on", "min_wal_size=160MB", "wal_level=replica", "max_wal_senders=1", "max_connections=20",
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	if _, err := pg.MigrateUp(t.Context(), server.URL()); err != nil {
		t.Fatal(err)
	}
	s := storetest.Open(t, server.URL(), storetest.Options(storetest.NewClock()))
	db := fixture.Raw(t, server.URL())
	write := func() {
		t.Helper()
		for range 6 {
			fixture.MustExec(t, db, `SELECT pg_logical_emit_message(false, 'test', repeat($1, 100000))`, erasedCanary+"email ")
			fixture.MustExec(t, db, `SELECT pg_switch_wal()`)
		}
	}
	write()
	fixture.MustExec(t, db, `CHECKPOINT`)
	if files := standsOnDisk(t, dir, erasedCanary); len(files) == 0 {
		t.Fatal("the server uses no file of its log again, so the test shows nothing")
	}

	fixture.MustExec(t, db, `SELECT pg_create_physical_replication_slot('held', true)`)
	write()
	done, err := s.Erasure.Vacuum(t.Context())
	if err != nil || done.WriteAheadLog != erase.LogHoldsOld || len(done.OldSegments) < 6 {
		t.Errorf("with a slot that holds the log: %+v, %v", done, err)
	}
	fixture.MustExec(t, db, `SELECT pg_drop_replication_slot('held')`)

	fixture.MustExec(t, db, `CREATE ROLE plain LOGIN`)
	fixture.MustExec(t, db, `GRANT ALL ON ALL TABLES IN SCHEMA public TO plain`)
	address, err := url.Parse(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	address.User = url.User("plain")
	plain := storetest.Open(t, address.String(), storetest.Options(storetest.NewClock()))
	if done, err := plain.Erasure.Vacuum(t.Context()); err == nil || !strings.Contains(err.Error(), "candidates") || len(done.Tables) != 0 {
		t.Errorf("with an account that does not own the tables: %+v, %v", done, err)
	}
	fixture.MustExec(t, db, `DO $$ DECLARE r regclass; BEGIN
		FOR r IN SELECT oid FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace LOOP EXECUTE format('ALTER TABLE %s OWNER TO plain', r); END LOOP;
	END $$`)
	if done, err := plain.Erasure.Vacuum(t.Context()); err != nil || done.WriteAheadLog != erase.LogNotLooked {
		t.Errorf("with an account that may not look: %+v, %v", done, err)
	}

	done, err = s.Erasure.Vacuum(t.Context())
	if err != nil || done.WriteAheadLog != erase.LogClean || len(done.OldSegments) != 0 {
		t.Errorf("with nothing that holds the log: %+v, %v", done, err)
	}
	if files := standsOnDisk(t, dir, erasedCanary); len(files) > 0 {
		t.Errorf("the disk still has canaries in %v", files)
	}
}
