package pg

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/lib/pq"
)

// Health is how the database is, as this copy of the program sees it.
type Health struct {
	// Open connections of the pool, InUse of them now, and at most Max. Waited is how often somebody had to wait for one.
	Open, InUse, Max int
	Waited           int64
	// Server is the version of PostgreSQL, Size that of the database in bytes.
	Server string `db:"server"`
	Size   int64  `db:"size"`
	// Schema is the number of the last step of the schema.
	Schema int64 `db:"schema"`
}

// Health reads it with one statement.
func (db *DB) Health(ctx context.Context) (Health, error) {
	var h Health
	err := db.Reader(ctx).Get(ctx, &h, `
SELECT current_setting('server_version') AS server, pg_database_size(current_database()) AS size,
       (SELECT max(version_id) FROM goose_db_version WHERE is_applied) AS schema`)
	if err != nil {
		return Health{}, fmt.Errorf("look at the database: %w", err)
	}
	stats := db.pool.Stats()
	h.Open, h.InUse, h.Max, h.Waited = stats.OpenConnections, stats.InUse, stats.MaxOpenConnections, stats.WaitCount
	return h, nil
}

// PartitionSummary tells of the partitions of a table.
type PartitionSummary struct {
	Table string `db:"parent"`
	// Days is how many partitions there are beside the default one, First and Last the names of the outermost; empty for none.
	Days  int    `db:"days"`
	First string `db:"first"`
	Last  string `db:"last"`
	// Rows is what PostgreSQL estimates for all of them.
	Rows int64 `db:"rows"`
}

// LastDay is the day of the last partition, at 0:00 UTC; the zero time when there is none.
func (p PartitionSummary) LastDay() time.Time {
	day, err := time.Parse(partitionDay, strings.TrimPrefix(p.Last, p.Table+"_"))
	if err != nil {
		return time.Time{}
	}
	return day
}

// Partitions tells of the partitions of tables, with one statement.
func (db *DB) Partitions(ctx context.Context, tables []Partitioned) ([]PartitionSummary, error) {
	var found []PartitionSummary
	err := db.Reader(ctx).List(ctx, &found, `
SELECT p.relname AS parent, count(*) FILTER (WHERE c.relname !~ '_default$') AS days,
       coalesce(min(c.relname) FILTER (WHERE c.relname !~ '_default$'), '') AS first,
       coalesce(max(c.relname) FILTER (WHERE c.relname !~ '_default$'), '') AS last,
       sum(greatest(c.reltuples, 0))::bigint AS rows
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_class p ON p.oid = i.inhparent
 WHERE i.inhparent = ANY ($1::text[]::regclass[]) GROUP BY p.relname ORDER BY p.relname`,
		Column[pq.StringArray](tables, func(t Partitioned) string { return t.Table }))
	if err != nil {
		return nil, fmt.Errorf("list partitions: %w", err)
	}
	return found, nil
}
