package pg

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/lib/pq"
)

// partitionsAhead is for how many days, today included, the partitions are made.
const partitionsAhead = 4

// Partitioned is a table with a partition for each day, by the column created_at, and a default partition TABLE_default.
type Partitioned struct {
	Table string
	// Unsampled are columns with personal data. They have no statistics, because those keep samples of values, which an
	// erasure does not reach.
	Unsampled []string
}

// MaintainPartitions makes the partitions of the coming days and drops those whose rows are all older than keep, table by
// table; then it calls dropped with the time before which nothing is kept. While another copy of the program does the same,
// it does nothing. When a long transaction has locked one of the tables, it changes nothing and leaves the work to the next
// call: waiting for the lock would make all writers wait behind it.
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
		// A partition is dropped only when its whole day is over.
		return dropped(ctx, tx, cutoff.Truncate(24*time.Hour))
	})
	if LockTimedOut(err) {
		db.log.InfoContext(ctx, "the partitions are in use; their maintenance is left to the next time", "error", err)
		return nil
	}
	if err != nil {
		return fmt.Errorf("maintain partitions: %w", err)
	}
	return nil
}

const partitionDay = "20060102"

func partitionName(table string, day time.Time) string { return table + "_" + day.Format(partitionDay) }

// partitions returns the names of the partitions of the tables, including the default ones.
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

// makePartition makes the partition of one day, unless it is there. Rows of that day that are in the default partition,
// because they came before this one was made, move into it.
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
	for _, column := range t.Unsampled { // LIKE does not copy the setting
		if _, err := tx.Exec(ctx, `ALTER TABLE `+name+` ALTER COLUMN `+column+` SET STATISTICS 0`); err != nil {
			return fmt.Errorf("make partition %s: %w", name, err)
		}
	}
	there[name] = true
	return nil
}

// dropPartitions drops the partitions of days that ended before the cutoff.
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
		// Rows of the default partition are deleted one by one.
		if _, err := tx.Exec(ctx, `DELETE FROM `+t.Table+`_default WHERE created_at < $1`, cutoff); err != nil {
			return fmt.Errorf("empty the default partition of %s: %w", t.Table, err)
		}
	}
	return nil
}
