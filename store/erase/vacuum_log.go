package erase

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/lib/pq"
)

// LogState is what was seen in the files of the write-ahead log. It is a sentence for the operator.
type LogState string

// What is seen.
const (
	// LogClean means that every page of every file was written after the tables, or is empty.
	LogClean LogState = "clean"
	// LogHoldsOld means that a replication slot, wal_keep_size, or an archive that does not keep up holds files back.
	LogHoldsOld LogState = "holds old segments"
	// LogNotLooked means that the account has neither the rights of a superuser nor those of pg_monitor and pg_read_server_files.
	LogNotLooked LogState = "not looked: the account may not"
)

const (
	// logRounds is how often the files are written over before they are said to be held back.
	logRounds = 3
	// mostSwitches bounds the files that a round writes over: 4 GiB, with files of the usual size.
	mostSwitches = 256
)

// dropLog lets PostgreSQL drop the log of before, and writes over the files that it kept to use them again. Such a file has the
// name of one to come and the content of one of the past.
func dropLog(ctx context.Context, db *sql.DB) (LogState, []string, error) {
	var end string
	//house:write it reads, over the connection of a command that no transaction may hold
	if err := db.QueryRowContext(ctx, `SELECT pg_current_wal_insert_lsn()`).Scan(&end); err != nil {
		return "", nil, fmt.Errorf("read where the write-ahead log ends: %w", err)
	}
	if err := beginLog(ctx, db); err != nil && !forbidden(err) {
		return "", nil, err
	}
	for range logRounds {
		old, err := oldSegments(ctx, db, end)
		switch {
		case forbidden(err):
			return LogNotLooked, nil, nil
		case err != nil:
			return "", nil, err
		case len(old) == 0:
			return LogClean, nil, nil
		}
		if err := overwriteLog(ctx, db); forbidden(err) {
			return LogHoldsOld, old, nil
		} else if err != nil {
			return "", nil, err
		}
	}
	old, err := oldSegments(ctx, db, end)
	if err != nil || len(old) == 0 {
		return LogClean, nil, err
	}
	return LogHoldsOld, old, nil
}

// beginLog ends what the log of before is needed for: the first checkpoint writes the tables, the switch ends the last file, and
// the second checkpoint drops or renames all files before it.
func beginLog(ctx context.Context, db *sql.DB) error {
	for _, statement := range []string{`CHECKPOINT`, `SELECT pg_switch_wal()`, `CHECKPOINT`} {
		//house:write a checkpoint has no transaction
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("drop the old write-ahead log: %w", err)
		}
	}
	return nil
}

// overwriteLog fills the file that is written and all that wait to be. A switch fills the rest of a file with zeros, and does so
// only when something was written to it; that is an empty message to nobody.
func overwriteLog(ctx context.Context, db *sql.DB) error {
	var waiting int
	//house:write it reads, over the connection of a command that no transaction may hold
	err := db.QueryRowContext(ctx, `
SELECT count(*) FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$' AND name >= pg_walfile_name(pg_current_wal_insert_lsn())`).Scan(&waiting)
	if err != nil {
		return fmt.Errorf("count the files of the write-ahead log: %w", err)
	}
	for range min(waiting+1, mostSwitches) {
		for _, statement := range []string{`SELECT pg_logical_emit_message(false, 'scrub', '')`, `SELECT pg_switch_wal()`} {
			//house:write a switch of the log has no transaction
			if _, err := db.ExecContext(ctx, statement); err != nil {
				return fmt.Errorf("write over the old write-ahead log: %w", err)
			}
		}
	}
	//house:write a checkpoint has no transaction
	if _, err := db.ExecContext(ctx, `CHECKPOINT`); err != nil {
		return fmt.Errorf("drop the old write-ahead log: %w", err)
	}
	return nil
}

// oldSegments names the files of the log with a page that was written before the position end. Each page begins with a header
// that has its own position, and a page that was never written is all zeros.
func oldSegments(ctx context.Context, db *sql.DB, end string) (old []string, err error) {
	var before uint64
	//house:write it reads, over the connection of a command that no transaction may hold
	if err := db.QueryRowContext(ctx, `SELECT ($1::pg_lsn - '0/0'::pg_lsn)::bigint`, end).Scan(&before); err != nil {
		return nil, fmt.Errorf("read a position of the write-ahead log: %w", err)
	}
	//house:write it reads, over the connection of a command that no transaction may hold
	rows, err := db.QueryContext(ctx, `
SELECT f.name, string_agg(pg_read_binary_file('pg_wal/' || f.name, p, 16, true), '' ORDER BY p)
  FROM pg_ls_waldir() f, generate_series(0, f.size - 1, current_setting('wal_block_size')::bigint) p
 WHERE f.name ~ '^[0-9A-F]{24}' AND f.name !~ '\.backup$' GROUP BY f.name ORDER BY f.name`)
	if err != nil {
		return nil, fmt.Errorf("look into the write-ahead log: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var name string
		var headers []byte // nil when the file has gone meanwhile
		if err := rows.Scan(&name, &headers); err != nil {
			return nil, fmt.Errorf("look into the write-ahead log: %w", err)
		}
		if holdsOld(headers, before) {
			old = append(old, name)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("look into the write-ahead log: %w", err)
	}
	return old, nil
}

// The header of a page, XLogPageHeaderData of PostgreSQL's xlog_internal.h, in the byte order of the machine: a magic number of
// two bytes, which tells the byte order, two bytes of flags, four of the timeline, eight of the position.
const (
	headerSize     = 16
	headerPosition = 8
	headerMagic    = 0xD1 // the high byte, in all versions from 9.5 on
)

// holdsOld tells whether one of the pages with these headers was written before a position. One that cannot be read counts as such.
func holdsOld(headers []byte, before uint64) bool {
	for ; len(headers) >= headerSize; headers = headers[headerSize:] {
		header := headers[:headerSize]
		var position uint64
		switch {
		case header[1] == headerMagic:
			position = binary.LittleEndian.Uint64(header[headerPosition:])
		case header[0] == headerMagic:
			position = binary.BigEndian.Uint64(header[headerPosition:])
		default:
			if [headerSize]byte(header) == [headerSize]byte{} {
				continue
			}
			return true
		}
		if position < before {
			return true
		}
	}
	return len(headers) > 0
}

// forbidden tells whether the account may not do what it tried.
func forbidden(err error) bool {
	pqErr, ok := errors.AsType[*pq.Error](err)
	return ok && pqErr.Code == insufficientPrivilege
}

// insufficientPrivilege is the SQLSTATE of what the account may not do.
const insufficientPrivilege = "42501"
