package storetest

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lib/pq"
)

var errUnlikeNew = errors.New("the database is not as a new one any more")

// pristine is what a database holds that no test has touched. All copies of a template have the same object ids, so
// that one description serves them all.
type pristine struct {
	// Seeds are the rows, in JSON, of the tables that the migrations fill.
	Seeds map[string]string `json:"seeds"`
	// Columns are those that can be written, of every table.
	Columns map[string]string `json:"columns"`
	// Sequences are the statements that set each sequence back.
	Sequences map[string]string `json:"sequences"`
}

// known is the description of this process's template. Its maker wrote it down with it: a copy, or a database that has
// waited, may have statistics by the time that somebody looks.
func known() *pristine {
	m, err := migrated()
	if err != nil {
		// Nobody has been given a database.
		return &pristine{}
	}
	return m.pristine
}

// describeAt is the description, in JSON, of the database at address.
func describeAt(ctx context.Context, address string) (description string, err error) {
	db, err := sql.Open("postgres", address)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	p, err := describe(ctx, db)
	if err != nil {
		return "", err
	}
	encoded, err := json.Marshal(p)
	return string(encoded), err
}

func describe(ctx context.Context, db *sql.DB) (*pristine, error) {
	p := &pristine{}
	var err error
	if p.Columns, err = pairs(ctx, db, writableColumns); err != nil {
		return nil, err
	}
	filled, err := pairs(ctx, db, filledTables)
	if err != nil {
		return nil, err
	}
	if p.Seeds, err = contents(ctx, db, filled); err != nil {
		return nil, err
	}
	p.Sequences, err = pairs(ctx, db, sequencePositions)
	return p, err
}

// written is what has been written since the database was copied or emptied, by PostgreSQL's own counters: to look into every
// table, or at the whole of the catalogues, would take longer than all the rest. A session has added to the counters what it
// did before it ends, also what it rolled back. They leave out what VACUUM notes about a table. A sequence counts its reads alone. What
// a table keeps apart from its rows counts for itself, but for what the catalogues keep so.
const written = `
SELECT oid < 16384, relkind, oid::regclass::text, CASE relkind WHEN 'r' THEN pg_relation_size(oid) ELSE 0 END
  FROM (SELECT oid, relkind FROM pg_class
         WHERE (relkind IN ('r', 'S') OR relkind = 't' AND oid >= 16384) AND NOT relisshared AND CASE relkind WHEN 'S' THEN pg_stat_get_blocks_fetched(oid) > 0
               ELSE pg_stat_get_tuples_inserted(oid) + pg_stat_get_tuples_updated(oid) + pg_stat_get_tuples_deleted(oid) > 0 END OFFSET 0) AS relations
UNION ALL SELECT true, 'r', 'setting', 0 FROM pg_db_role_setting WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())`

const (
	// filledTables have a file with something in it.
	filledTables = `SELECT oid::regclass::text, '' FROM pg_class WHERE oid >= 16384 AND relkind = 'r' AND pg_relation_size(oid) > 0`

	// writableColumns are those of each table, as a list for INSERT.
	writableColumns = `
SELECT attrelid::regclass::text, string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
 WHERE attrelid >= 16384 AND relkind = 'r' AND attnum > 0 AND NOT attisdropped AND attgenerated = '' GROUP BY attrelid`

	sequencePositions = `
SELECT name, format('SELECT setval(%L, %s, %L)', name, coalesce(last, seqstart), last IS NOT NULL)
  FROM (SELECT seqrelid::regclass::text, seqstart, pg_sequence_last_value(seqrelid) FROM pg_sequence OFFSET 0) AS sequences (name, seqstart, last)`
)

// writes are the names of what has been written: tables, what they keep apart from their rows, and sequences.
type writes struct{ tables, apart, sequences []string }

// all are the names of everything that was written.
func (w writes) all() []string { return slices.Concat(w.tables, w.apart, w.sequences) }

// touched is what has been written, unless more than rows has changed.
func touched(ctx context.Context, db *sql.Conn) (found writes, err error) {
	stmt, err := db.PrepareContext(ctx, written) // to plan it takes longer than to run it
	if err != nil {
		return writes{}, err
	}
	defer func() { err = errors.Join(err, stmt.Close()) }()
	rows, err := stmt.QueryContext(ctx)
	if err != nil {
		return writes{}, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var sum int64
	for rows.Next() {
		var unlike bool
		var kind, name string
		var size int64
		if err := rows.Scan(&unlike, &kind, &name, &size); err != nil {
			return writes{}, err
		}
		sum += size
		switch {
		case unlike || sum > spareBytes:
			return writes{}, errUnlikeNew
		case kind == "S":
			found.sequences = append(found.sequences, name)
		case kind == "t":
			found.apart = append(found.apart, name)
		default:
			found.tables = append(found.tables, name)
		}
	}
	return found, rows.Err()
}

// pairs reads a map of two text columns.
func pairs(ctx context.Context, db *sql.DB, query string, args ...any) (found map[string]string, err error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	found = map[string]string{}
	for rows.Next() {
		var key, value string
		if err := rows.Scan(&key, &value); err != nil {
			return nil, err
		}
		found[key] = value
	}
	return found, rows.Err()
}

// contents are the rows of the tables in JSON, in the order in which they lie.
func contents(ctx context.Context, db *sql.DB, tables map[string]string) (map[string]string, error) {
	if len(tables) == 0 {
		return map[string]string{}, nil
	}
	var queries []string
	for table := range tables {
		queries = append(queries, fmt.Sprintf(`SELECT %s, coalesce(json_agg(t ORDER BY t.ctid)::text, '[]') FROM %s t`, pq.QuoteLiteral(table), table))
	}
	return pairs(ctx, db, strings.Join(queries, " UNION ALL "))
}

// empty makes the database at address as it was when it was new, or says why that cannot be.
func (p *pristine) empty(ctx context.Context, address string) (err error) {
	db, done, err := uncounted(ctx, address)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	found, err := touched(ctx, db)
	if err != nil || len(found.all()) == 0 {
		return err
	}
	// The role of a replica fires no trigger and checks no foreign key.
	script := []string{"BEGIN", "SET LOCAL session_replication_role = replica"}
	for _, table := range found.tables {
		script = append(script, "DELETE FROM "+table)
		if seed, ok := p.Seeds[table]; ok {
			script = append(script, fmt.Sprintf("INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM json_populate_recordset(NULL::%s, %s)",
				table, p.Columns[table], p.Columns[table], table, pq.QuoteLiteral(seed)))
		}
	}
	for _, sequence := range found.sequences {
		script = append(script, p.Sequences[sequence])
	}
	if _, err := db.ExecContext(ctx, strings.Join(append(script, "COMMIT"), "; ")); err != nil {
		return err
	}
	if rows := slices.Concat(found.tables, found.apart); len(rows) > 0 {
		// What was deleted would decide where the next test's rows lie, and in which order they are found. Most tables have kept nothing
		// apart, and to find that out takes as long as the table itself.
		if _, err := db.ExecContext(ctx, "VACUUM (PROCESS_TOAST false) "+strings.Join(rows, ", ")); err != nil {
			return err
		}
	}
	// pg_stat_reset() looks at the counters of all databases of the server.
	_, err = db.ExecContext(ctx, `SELECT pg_stat_reset_single_table_counters(name::regclass) FROM unnest($1::text[]) AS relations (name)`,
		pq.Array(found.all()))
	return err
}

// uncounted is a session whose work PostgreSQL does not count as the test's.
func uncounted(ctx context.Context, address string) (*sql.Conn, func() error, error) {
	config, err := pq.NewConfig(address)
	if err != nil {
		return nil, nil, err
	}
	// As the sessions of stores have it, one of which most likely waits.
	config.BinaryParameters = true
	connector, err := Connector(config)
	if err != nil {
		return nil, nil, err
	}
	db := sql.OpenDB(connector)
	conn, err := db.Conn(ctx)
	if err == nil {
		_, err = conn.ExecContext(ctx, "SET track_counts = off")
	}
	if err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	return conn, func() error { return errors.Join(conn.Close(), db.Close()) }, nil
}
