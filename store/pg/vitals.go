package pg

import (
	"context"
	"fmt"

	"github.com/lib/pq"
)

// Vitals are what an operator looks at first when a database is not well.
type Vitals struct {
	// Version is that of the server as a number: 150004 for 15.4.
	Version int `db:"version"`
	// Connections of clients of the whole server now, and at most MaxConnections, of which Reserved are for superusers.
	Connections    int `db:"connections"`
	MaxConnections int `db:"max_connections"`
	Reserved       int `db:"reserved"`
	// Unsafe names settings that lose data in a crash or let tables grow without bound, such as fsync=off.
	Unsafe pq.StringArray `db:"unsafe"`
	// Encoding is that of the database.
	Encoding string `db:"encoding"`
	// OldestTransaction is the age of the oldest open one in seconds: nothing that was deleted since can be cleaned up. An account
	// without the rights of pg_read_all_stats sees only its own.
	OldestTransaction float64 `db:"oldest_transaction"`
	// TransactionIDs is how many were used since the last freeze; the server stops at 2 thousand million.
	TransactionIDs int64 `db:"transaction_ids"`
	// Bloated names tables that have more dead rows than living ones, from 10,000 on.
	Bloated pq.StringArray `db:"bloated"`
	// IdleSlots names replication slots that nobody reads, and that hold the write-ahead log.
	IdleSlots pq.StringArray `db:"idle_slots"`
	// Directory is that of the data; empty when the server is on another machine, or the account may not know.
	Directory string `db:"directory"`
}

// Vitals reads them with one statement.
func (db *DB) Vitals(ctx context.Context) (Vitals, error) {
	var v Vitals
	err := db.Reader(ctx).Get(ctx, &v, `
SELECT current_setting('server_version_num')::int AS version,
       (SELECT sum(numbackends) FROM pg_stat_database)::int AS connections,
       current_setting('max_connections')::int AS max_connections,
       current_setting('superuser_reserved_connections')::int AS reserved,
       ARRAY (SELECT name || '=off' FROM unnest(ARRAY['fsync', 'full_page_writes', 'autovacuum']) name
               WHERE current_setting(name) = 'off') AS unsafe,
       current_setting('server_encoding') AS encoding,
       (SELECT coalesce(extract(epoch FROM max(clock_timestamp() - xact_start)), 0) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()) AS oldest_transaction,
       (SELECT age(datfrozenxid) FROM pg_database WHERE datname = current_database()) AS transaction_ids,
       ARRAY (SELECT relname::text FROM pg_stat_user_tables WHERE n_dead_tup > 10000 AND n_dead_tup > n_live_tup ORDER BY n_dead_tup DESC) AS bloated,
       ARRAY (SELECT slot_name::text FROM pg_replication_slots WHERE NOT active ORDER BY 1) AS idle_slots,
       coalesce((SELECT setting FROM pg_settings WHERE name = 'data_directory' AND inet_server_addr() IS NULL), '') AS directory`)
	if err != nil {
		return Vitals{}, fmt.Errorf("look at the server: %w", err)
	}
	return v, nil
}
