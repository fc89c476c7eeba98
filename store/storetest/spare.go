package storetest

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/lib/pq"
)

// To copy a template costs PostgreSQL several hundred files and two checkpoints, and to drop the copy another one:
// more than most tests do with it. So a test hands its database back instead, emptied, and the next test of the process
// takes it, with the sessions that wait in it. When the process has ended, another one adopts it. Nothing else may be left
// in it: a database whose schema or statistics have changed, that has grown, or that somebody is still connected to is
// dropped.

const (
	// spareBytes is how much a database may have in its tables to be worth emptying. Indexes and what is kept apart from the
	// rows are not counted: to ask for the size of every file would take longer than all the rest.
	spareBytes = 8 << 20
	// closingTime is how long the sessions that a test has closed may take to end.
	closingTime = 2 * time.Second
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
// did before it ends, also what it rolled back. They leave out what VACUUM notes about a table. A sequence counts its reads alone.
const written = `
SELECT oid < 16384, relkind = 'S', oid::regclass::text, CASE relkind WHEN 'r' THEN pg_relation_size(oid) ELSE 0 END
  FROM (SELECT oid, relkind FROM pg_class
         WHERE relkind IN ('r', 'S') AND NOT relisshared AND CASE relkind WHEN 'S' THEN pg_stat_get_blocks_fetched(oid) > 0
               ELSE pg_stat_get_tuples_inserted(oid) + pg_stat_get_tuples_updated(oid) + pg_stat_get_tuples_deleted(oid) > 0 END OFFSET 0) AS relations
UNION ALL SELECT true, false, 'setting', 0 FROM pg_db_role_setting WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())`

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

	otherSessions = `
SELECT count(*) FROM pg_stat_activity
 WHERE datname = $1 AND application_name <> '` + waitingName + `' AND pid <> pg_backend_pid() AND backend_type = 'client backend'`

	// ownerless are the databases whose process has ended, as have all of their sessions: they have added to PostgreSQL's
	// counters what they wrote.
	ownerless = `
SELECT datname, '' FROM pg_database d
 WHERE starts_with(datname, $1) AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datname = d.datname OR a.application_name = split_part(d.datname, '_', 3))`

	// emptied is false for a database that no test has handed back, and for all of them when the server has lost its counters.
	emptied = `SELECT pg_stat_get_db_stat_reset_time(oid) IS NOT NULL FROM pg_database WHERE datname = current_database()`
)

// touched are the tables and sequences that have been written, by name, unless more than rows has changed.
func touched(ctx context.Context, db *sql.Conn) (tables, sequences []string, err error) {
	stmt, err := db.PrepareContext(ctx, written) // to plan it takes longer than to run it
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, stmt.Close()) }()
	rows, err := stmt.QueryContext(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var sum int64
	for rows.Next() {
		var unlike, sequence bool
		var name string
		var size int64
		if err := rows.Scan(&unlike, &sequence, &name, &size); err != nil {
			return nil, nil, err
		}
		sum += size
		switch {
		case unlike || sum > spareBytes:
			return nil, nil, errUnlikeNew
		case sequence:
			sequences = append(sequences, name)
		default:
			tables = append(tables, name)
		}
	}
	return tables, sequences, rows.Err()
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
	tables, sequences, err := touched(ctx, db)
	if err != nil || len(tables)+len(sequences) == 0 {
		return err
	}
	// The role of a replica fires no trigger and checks no foreign key.
	script := []string{"BEGIN", "SET LOCAL session_replication_role = replica"}
	for _, table := range tables {
		script = append(script, "DELETE FROM "+table)
		if seed, ok := p.Seeds[table]; ok {
			script = append(script, fmt.Sprintf("INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM json_populate_recordset(NULL::%s, %s)",
				table, p.Columns[table], p.Columns[table], table, pq.QuoteLiteral(seed)))
		}
	}
	for _, sequence := range sequences {
		script = append(script, p.Sequences[sequence])
	}
	if _, err := db.ExecContext(ctx, strings.Join(append(script, "COMMIT"), "; ")); err != nil {
		return err
	}
	if len(tables) > 0 {
		// What was deleted would decide where the next test's rows lie, and in which order they are found.
		if _, err := db.ExecContext(ctx, "VACUUM "+strings.Join(tables, ", ")); err != nil {
			return err
		}
	}
	// pg_stat_reset() looks at the counters of all databases of the server.
	_, err = db.ExecContext(ctx, `SELECT pg_stat_reset_single_table_counters(name::regclass) FROM unnest($1::text[]) AS relations (name)`,
		pq.Array(append(tables, sequences...)))
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

// left waits until the sessions that the test has closed have ended.
func left(ctx context.Context, admin *sql.DB, name string) error {
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for began := time.Now(); time.Since(began) < closingTime; {
		var sessions int
		if err := admin.QueryRowContext(ctx, otherSessions, name).Scan(&sessions); err != nil {
			return err
		}
		if sessions == 0 {
			return nil
		}
		<-tick.C
	}
	return errUnlikeNew
}

// spare is a database that waits for its next test, and the sessions that wait in it.
type spare struct {
	name    string
	waiting map[string][]*session
}

// stack holds the spares of this process. The one that was used last comes first: its sessions have prepared most.
type stack struct {
	mu     sync.Mutex
	spares []spare
}

var spares stack

func (s *stack) put(one spare) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spares = append(s.spares, one)
}

func (s *stack) take() (one spare, found bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := len(s.spares) - 1
	if last < 0 {
		return spare{}, false
	}
	one, s.spares = s.spares[last], s.spares[:last]
	return one, true
}

// takeSpare finds a database for a test, or makes one.
func takeSpare(ctx context.Context, admin *sql.DB, template string) (name string, waiting map[string][]*session, err error) {
	if one, found := spares.take(); found {
		return one.name, one.waiting, nil
	}
	one, err := adopt(ctx, admin, strings.TrimPrefix(template, templatePrefix))
	if err != nil || one.name != "" {
		return one.name, one.waiting, err
	}
	name = newName(strings.TrimPrefix(template, templatePrefix))
	return name, nil, create(ctx, admin, name, template)
}

// adopt takes a database of a process that has ended. The zero spare means that there is none.
func adopt(ctx context.Context, admin *sql.DB, kind string) (spare, error) {
	found, err := pairs(ctx, admin, ownerless, testPrefix+kind+"_")
	if err != nil {
		return spare{}, err
	}
	for old := range found {
		name := newName(kind)
		_, err := admin.ExecContext(ctx, "ALTER DATABASE "+old+" RENAME TO "+name)
		if failed, ok := errors.AsType[*pq.Error](err); ok && (failed.Code == "3D000" || failed.Code == "55006") {
			continue // another process was faster
		} else if err != nil {
			return spare{}, err
		}
		if waiting, err := asNew(ctx, name); err == nil {
			return spare{name, waiting}, nil
		}
		// The process has ended in the middle of a test.
		if err := drop(ctx, admin, name); err != nil {
			return spare{}, err
		}
	}
	return spare{}, nil
}

// asNew looks whether a database has nothing in it that a test has left there, and returns the session that has looked.
func asNew(ctx context.Context, name string) (waiting map[string][]*session, err error) {
	base, err := serverURL()
	if err != nil {
		return nil, err
	}
	address, err := withDatabase(base, name)
	if err != nil {
		return nil, err
	}
	beginLease(name, nil)
	defer func() {
		waiting = endLease(name)
		if err != nil {
			closeSessions(waiting)
		}
	}()
	db, done, err := uncounted(ctx, address)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, done()) }()
	var clean bool
	if err := db.QueryRowContext(ctx, emptied).Scan(&clean); err != nil {
		return nil, err
	}
	tables, sequences, err := touched(ctx, db)
	if err == nil && (!clean || len(tables)+len(sequences) > 0) {
		err = errUnlikeNew
	}
	return nil, err
}

// handBack empties the database of a test that has ended.
func handBack(ctx context.Context, admin *sql.DB, name, address string) error {
	if err := left(ctx, admin, name); err != nil {
		return err
	}
	return known().empty(ctx, address)
}
