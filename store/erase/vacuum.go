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
	"cv_candidates", "cv_index", "cv_unlocks", "matches", "match_notices", "match_profiles", "match_bits", "match_work",
}

// Vacuumed says what Vacuum has done.
type Vacuumed struct {
	// Tables are the names of those that were rewritten.
	Tables []string
	// WriteAheadLog is false when the account of the database may not begin a new segment of the log: then the old ones
	// go when PostgreSQL needs no more of them.
	WriteAheadLog bool
}

// Vacuum rewrites the tables that tell of people and drops the old write-ahead log, so that nothing of what was erased is left
// on the disk of the database. Each table can be neither read nor written while it is rewritten: with many CVs that takes
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
		//house:write VACUUM cannot run in a transaction
		if _, err := db.ExecContext(ctx, `VACUUM (FULL) `+table); err != nil {
			return done, fmt.Errorf("rewrite table %s: %w", table, err)
		}
		done.Tables = append(done.Tables, table)
	}
	// The first checkpoint ends what the log is needed for, the switch what is written to its last segment; the second
	// drops both.
	for _, statement := range []string{`CHECKPOINT`, `SELECT pg_switch_wal()`, `CHECKPOINT`} {
		//house:write a checkpoint has no transaction
		_, err := db.ExecContext(ctx, statement)
		if pqErr, ok := errors.AsType[*pq.Error](err); ok && pqErr.Code == insufficientPrivilege {
			return done, nil
		}
		if err != nil {
			return done, fmt.Errorf("drop the old write-ahead log: %w", err)
		}
	}
	done.WriteAheadLog = true
	return done, nil
}

// insufficientPrivilege is the SQLSTATE of what the account may not do.
const insufficientPrivilege = "42501"
