package pg

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/lib/pq"
)

// Pooled tells whether url leads to a pooler in transaction mode: there one connection has another session of PostgreSQL in its next
// transaction, when another connection has taken the first one meanwhile.
func Pooled(ctx context.Context, url string) (pooled bool, err error) {
	db, err := sql.Open("postgres", url)
	if err != nil {
		return false, fmt.Errorf("database URL: %w", err)
	}
	defer db.Close()
	first, err := db.Conn(ctx)
	if err != nil {
		return false, fmt.Errorf("connect: %w", errNoTLS(err))
	}
	defer first.Close()
	before, err := sessionOf(ctx, first)
	if err != nil {
		return false, err
	}
	// It holds its session, most likely the one that first has just given back.
	held, err := db.BeginTx(ctx, nil)
	if err != nil {
		return false, fmt.Errorf("begin a transaction: %w", err)
	}
	defer func() { err = errors.Join(err, held.Rollback()) }()
	other, err := sessionOf(ctx, held)
	if err != nil {
		return false, err
	}
	after, err := sessionOf(ctx, first)
	return before == other || before != after, err
}

// sessionOf is the process of PostgreSQL that serves a connection.
func sessionOf(ctx context.Context, q interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
},
) (pid int, err error) {
	if err := q.QueryRowContext(ctx, `SELECT pg_backend_pid()`).Scan(&pid); err != nil {
		return 0, fmt.Errorf("look at the session: %w", err)
	}
	return pid, nil
}

// SetDefaults makes the settings that this program's sessions need the defaults of its account in this database. A pooler in
// transaction mode hands sessions from client to client, so that none of them can set its own. directURL leads to PostgreSQL
// itself. Defaults that are as they should be are left alone.
func SetDefaults(ctx context.Context, directURL string) error {
	db, err := sql.Open("postgres", directURL)
	if err != nil {
		return fmt.Errorf("database URL: %w", err)
	}
	defer db.Close()
	var name, account string
	var set pq.StringArray
	err = db.QueryRowContext(ctx, `
SELECT current_database(), current_user,
       coalesce((SELECT setconfig FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole JOIN pg_database d ON d.oid = s.setdatabase
                  WHERE r.rolname = current_user AND d.datname = current_database()), '{}')`).Scan(&name, &account, &set)
	if err != nil {
		return fmt.Errorf("read the account's settings: %w", err)
	}
	have := map[string]bool{}
	for _, one := range set {
		have[strings.ToLower(one)] = true
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin a transaction: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // after a commit there is nothing to roll back
	for _, s := range sessionSettings {
		if have[strings.ToLower(s.name+"="+s.value)] {
			continue
		}
		_, err := tx.ExecContext(ctx, `ALTER ROLE `+pq.QuoteIdentifier(account)+` IN DATABASE `+pq.QuoteIdentifier(name)+
			` SET `+s.name+` = '`+s.value+`'`)
		if err != nil {
			return fmt.Errorf("make %s a default of the account: %w", s.name, err)
		}
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("keep the account's settings: %w", err)
	}
	return nil
}

// OtherSettings names the settings of a session that are not what the program needs, with their values, for example
// "lock_timeout=0": sessions that a pooler keeps from before SetDefaults have the old ones.
func (db *DB) OtherSettings(ctx context.Context) ([]string, error) {
	var other []string
	for _, s := range sessionSettings {
		var value string
		if err := db.Get(ctx, &value, `SELECT current_setting($1)`, s.name); err != nil {
			return nil, fmt.Errorf("read a setting of the session: %w", err)
		}
		if value != s.value {
			other = append(other, s.name+"="+value)
		}
	}
	return other, nil
}

// Errors of a pooler in transaction mode that the program was not told of.
const (
	codeNoSuchStatement    = "26000"
	codeStatementIsThere   = "42P05"
	codeProtocolViolation  = "08P01"
	pgbouncerNotSupported  = "unsupported startup parameter"
	pgbouncerStatementGone = "prepared statement"
)

// PoolerProblem says in a sentence what to set when err comes from a pooler between the program and PostgreSQL that does not fit
// the settings; empty when err is nothing of that kind.
func PoolerProblem(err error) string {
	e, ok := errors.AsType[*pq.Error](err)
	if !ok {
		return ""
	}
	switch {
	case e.Code == codeProtocolViolation && strings.Contains(e.Message, pgbouncerNotSupported):
		return "a pooler refuses what PostgreSQL takes: with PgBouncer write ignore_startup_parameters = extra_float_digits in pgbouncer.ini"
	case (e.Code == codeNoSuchStatement || e.Code == codeStatementIsThere) && strings.Contains(e.Message, pgbouncerStatementGone):
		return "a pooler in transaction mode mixes prepared statements of its clients: set DATABASE_PREPARE=false, and DATABASE_DIRECT_URL to " +
			"the address of PostgreSQL itself"
	}
	return ""
}
