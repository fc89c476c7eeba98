package pg

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/lib/pq"
)

// partitionsAhead is how many days have their partitions before they begin.
const partitionsAhead = 4

// Partitioned is a table of which each day is a partition, by the column created_at.
type Partitioned struct {
	Table string
	// Unsampled are columns that tell of people: an erasure does not reach samples of values in the statistics.
	Unsampled []string
}

// MaintainPartitions makes the partitions of the coming days and drops those with nothing younger than keep, table by
// table; then it calls dropped, with the time before which nothing is kept. It is called at the start and every hour;
// when another copy is at it, it does nothing. A table that is held by a long transaction is left for the next time: to
// wait for it would make all writers wait behind.
func (db *DB) MaintainPartitions(ctx context.Context, tables []Partitioned, keep time.Duration, dropped func(ctx context.Context, tx *Tx, before time.Time) error) error {
	err := db.WithTx(ctx, func(ctx context.Context, tx *Tx) error {
		if _, err := tx.Exec(ctx, `SET LOCAL lock_timeout = '500ms'`); err != nil {
			return err
		}
		if ours, err := tx.TryLock(ctx, LockPartitions); err != nil || !ours {
			return err
		}
		there, err := partitions(ctx, tx, tables)
		if err != nil {
			return err
		}
		today := tx.Now.Truncate(24 * time.Hour)
		for i := range partitionsAhead {
			for _, table := range tables {
				if err := makePartition(ctx, tx, table, today.AddDate(0, 0, i), there); err != nil {
					return err
				}
			}
		}
		cutoff := tx.Now.Add(-keep)
		if err := dropPartitions(ctx, tx, tables, there, cutoff); err != nil {
			return err
		}
		// A day can be kept a little longer than its rows.
		return dropped(ctx, tx, cutoff.Truncate(24*time.Hour))
	})
	if LockTimedOut(err) {
		db.log.InfoContext(ctx, "the partitions are in use; they are looked after later", "error", err)
		return nil
	}
	if err != nil {
		return fmt.Errorf("maintain partitions: %w", err)
	}
	return nil
}

const partitionDay = "20060102"

func partitionName(table string, day time.Time) string { return table + "_" + day.Format(partitionDay) }

// partitions are those of the tables, the default ones included.
func partitions(ctx context.Context, tx *Tx, tables []Partitioned) (map[string]bool, error) {
	var names []string
	err := tx.List(ctx, &names, `
SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
 WHERE i.inhparent = ANY ($1::text[]::regclass[])`, Column[pq.StringArray](tables, func(t Partitioned) string { return t.Table }))
	if err != nil {
		return nil, fmt.Errorf("list partitions: %w", err)
	}
	there := make(map[string]bool, len(names))
	for _, n := range names {
		there[n] = true
	}
	return there, nil
}

// makePartition makes the partition of one day. What the default partition caught of that day, while there was no
// other, moves into it.
func makePartition(ctx context.Context, tx *Tx, t Partitioned, day time.Time, there map[string]bool) error {
	table, name := t.Table, partitionName(t.Table, day)
	if there[name] {
		return nil
	}
	from, to := pq.QuoteLiteral(Timestamp(day)), pq.QuoteLiteral(Timestamp(day.AddDate(0, 0, 1)))
	//nolint:unqueryvet // the partition is made LIKE its table, column by column
	for _, statement := range []string{
		`CREATE TABLE ` + name + ` (LIKE ` + table + ` INCLUDING DEFAULTS INCLUDING CONSTRAINTS)`,
		`WITH caught AS (DELETE FROM ` + table + `_default WHERE created_at >= ` + from + ` AND created_at < ` + to + ` RETURNING *)
INSERT INTO ` + name + ` SELECT * FROM caught`,
		`ALTER TABLE ` + table + ` ATTACH PARTITION ` + name + ` FOR VALUES FROM (` + from + `) TO (` + to + `)`,
	} {
		if _, err := tx.Exec(ctx, statement); err != nil {
			return fmt.Errorf("make partition %s: %w", name, err)
		}
	}
	for _, column := range t.Unsampled { // LIKE does not bring the setting along
		if _, err := tx.Exec(ctx, `ALTER TABLE `+name+` ALTER COLUMN `+column+` SET STATISTICS 0`); err != nil {
			return fmt.Errorf("make partition %s: %w", name, err)
		}
	}
	there[name] = true
	return nil
}

// dropPartitions removes the days that ended before the cutoff.
func dropPartitions(ctx context.Context, tx *Tx, tables []Partitioned, there map[string]bool, cutoff time.Time) error {
	for _, t := range tables {
		for name := range there {
			day, err := time.Parse(partitionDay, strings.TrimPrefix(name, t.Table+"_"))
			if err != nil || day.AddDate(0, 0, 1).After(cutoff) {
				continue // another table's, the default one, or still needed
			}
			if _, err := tx.Exec(ctx, `DROP TABLE `+name); err != nil {
				return fmt.Errorf("drop partition %s: %w", name, err)
			}
		}
		// What fell into the default partition goes row by row.
		if _, err := tx.Exec(ctx, `DELETE FROM `+t.Table+`_default WHERE created_at < $1`, cutoff); err != nil {
			return fmt.Errorf("empty the default partition of %s: %w", t.Table, err)
		}
	}
	return nil
}
