package erase

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/lib/pq"
)

// vacuumed are the tables that tell of people, and that an erasure changes.
var vacuumed = []string{
	"candidates", "candidate_history", "applications", "application_history", "application_notes", "interviews", "ai_calls", "files", "file_bytes", "kept_cvs", "messages",
	"message_files",
	"idempotent_replies", "events", "event_dossiers", "delivery_attempts", "deliveries", "delivery_queue", "inbox_requests",
	"cv_candidates", "cv_index", "cv_unlocks", "proposals", "matches", "match_notices", "match_profiles", "match_bits", "match_work",
}

// Vacuumed says what Vacuum has done.
type Vacuumed struct {
	// Tables are the names of those that were rewritten.
	Tables []string
	// WriteAheadLog is what was seen in the files of the log afterwards.
	WriteAheadLog LogState
	// OldSegments are the files that still hold what was written before, when WriteAheadLog is LogHoldsOld.
	OldSegments []string
}

// Vacuum rewrites the tables that tell of people, drops the old write-ahead log, and looks into its files, so that nothing of what
// was erased is left on the disk of the database, or it is said where. Each table can be neither read nor written while it is rewritten: with many CVs that takes
// minutes, so it is an operator's command, for a quiet hour. A transaction that is open meanwhile keeps what it can still
// see; an archive of the log, a replica's disk and backups are the operator's to look after. An error leaves the tables that
// were rewritten before it as they are now.
func (s *Store) Vacuum(ctx context.Context) (Vacuumed, error) {
	// A connection of its own: VACUUM runs outside of transactions, for longer than a request may.
	connector, err := pq.NewConnector(s.db.DirectURL())
	if err != nil {
		return Vacuumed{}, fmt.Errorf("database URL: %w", err)
	}
	db := sql.OpenDB(connector)
	defer db.Close()
	db.SetMaxOpenConns(1)
	var done Vacuumed
	for _, table := range vacuumed {
		if err := rewrite(ctx, db, table); err != nil {
			return done, fmt.Errorf("rewrite table %s: %w", table, err)
		}
		done.Tables = append(done.Tables, table)
	}
	done.WriteAheadLog, done.OldSegments, err = dropLog(ctx, db)
	return done, err
}

var errNotOwner = errors.New("PostgreSQL has left it as it is, because the account does not own it; run the command with the account that owns the tables")

// fileNodes are the numbers of the files of a table and of its partitions.
const fileNodes = `
SELECT pg_relation_filenode(relid)::bigint AS node
  FROM (SELECT $1::text::regclass AS relid UNION SELECT relid FROM pg_partition_tree($1::text::regclass)) t
 WHERE pg_relation_filenode(relid) IS NOT NULL`

// rewrite gives a table new files, and each of its partitions. PostgreSQL passes over those that the account does not own and says so
// in a notice alone, so the files are looked at.
func rewrite(ctx context.Context, db *sql.DB, table string) error {
	var before pq.Int64Array
	//house:write a read, over the connection of VACUUM
	err := db.QueryRowContext(ctx, `SELECT coalesce(array_agg(node), '{}') FROM (`+fileNodes+`) f`, table).Scan(&before)
	if err != nil {
		return fmt.Errorf("look at its files: %w", err)
	}
	//house:write VACUUM cannot run in a transaction
	if _, err := db.ExecContext(ctx, `VACUUM (FULL) `+table); err != nil {
		return err
	}
	var left int
	//house:write a read, over the connection of VACUUM
	err = db.QueryRowContext(ctx, `SELECT count(*) FROM (`+fileNodes+`) f WHERE node = ANY ($2)`, table, before).Scan(&left)
	if err != nil {
		return fmt.Errorf("look at its files: %w", err)
	}
	if left > 0 {
		return errNotOwner
	}
	return nil
}
