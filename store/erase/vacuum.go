package erase

import (
	"context"
	"database/sql"
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
		//house:write VACUUM cannot run in a transaction
		if _, err := db.ExecContext(ctx, `VACUUM (FULL) `+table); err != nil {
			return done, fmt.Errorf("rewrite table %s: %w", table, err)
		}
		done.Tables = append(done.Tables, table)
	}
	done.WriteAheadLog, done.OldSegments, err = dropLog(ctx, db)
	return done, err
}
