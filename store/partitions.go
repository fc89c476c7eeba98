package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
)

// partitionLock is the advisory lock under which one copy of the program makes and drops partitions.
const partitionLock = 7_340_212

// partitionsAhead is how many days have their partitions before they begin.
const partitionsAhead = 4

// partitioned are the tables of which each day is a partition, in the order in which days are dropped.
var partitioned = []string{"delivery_attempts", "deliveries", "event_dossiers", "events"}

// unsampled are columns that tell of people: an erasure does not reach samples of values in the statistics.
var unsampled = map[string][]string{"delivery_attempts": {"error", "excerpt"}, "event_dossiers": {"dossier"}}

// MaintainPartitions makes the partitions of the coming days and drops those with nothing younger than
// board.EventRetention. It is called at the start and every hour; when another copy is at it, it does nothing. A table
// that is held by a long transaction is left for the next time: to wait for it would make all writers wait behind.
func (s *Store) MaintainPartitions(ctx context.Context) error {
	err := s.WithTx(ctx, func(ctx context.Context, tx *Tx) error {
		if _, err := tx.exec(ctx, `SET LOCAL lock_timeout = '500ms'`); err != nil {
			return err
		}
		var ours bool
		if err := tx.get(ctx, &ours, `SELECT pg_try_advisory_xact_lock($1)`, partitionLock); err != nil || !ours {
			return err
		}
		there, err := tx.partitions(ctx)
		if err != nil {
			return err
		}
		today := tx.Now.Truncate(24 * time.Hour)
		for i := range partitionsAhead {
			for _, table := range partitioned {
				if err := tx.makePartition(ctx, table, today.AddDate(0, 0, i), there); err != nil {
					return err
				}
			}
		}
		return tx.dropPartitions(ctx, there, tx.Now.Add(-board.EventRetention))
	})
	if lockTimedOut(err) {
		s.log.InfoContext(ctx, "the partitions are in use; they are looked after later", "error", err)
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
func (tx *Tx) partitions(ctx context.Context) (map[string]bool, error) {
	var names []string
	err := tx.list(ctx, &names, `
SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
 WHERE i.inhparent = ANY ($1::text[]::regclass[])`, pq.StringArray(partitioned))
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
func (tx *Tx) makePartition(ctx context.Context, table string, day time.Time, there map[string]bool) error {
	name := partitionName(table, day)
	if there[name] {
		return nil
	}
	from, to := pq.QuoteLiteral(timestamp(day)), pq.QuoteLiteral(timestamp(day.AddDate(0, 0, 1)))
	//nolint:unqueryvet // the partition is made LIKE its table, column by column
	for _, statement := range []string{
		`CREATE TABLE ` + name + ` (LIKE ` + table + ` INCLUDING DEFAULTS INCLUDING CONSTRAINTS)`,
		`WITH caught AS (DELETE FROM ` + table + `_default WHERE created_at >= ` + from + ` AND created_at < ` + to + ` RETURNING *)
INSERT INTO ` + name + ` SELECT * FROM caught`,
		`ALTER TABLE ` + table + ` ATTACH PARTITION ` + name + ` FOR VALUES FROM (` + from + `) TO (` + to + `)`,
	} {
		if _, err := tx.exec(ctx, statement); err != nil {
			return fmt.Errorf("make partition %s: %w", name, err)
		}
	}
	for _, column := range unsampled[table] { // LIKE does not bring the setting along
		if _, err := tx.exec(ctx, `ALTER TABLE `+name+` ALTER COLUMN `+column+` SET STATISTICS 0`); err != nil {
			return fmt.Errorf("make partition %s: %w", name, err)
		}
	}
	there[name] = true
	return nil
}

// dropPartitions removes the days that ended before the cutoff, and what is queued or kept of them elsewhere.
func (tx *Tx) dropPartitions(ctx context.Context, there map[string]bool, cutoff time.Time) error {
	for _, table := range partitioned {
		for name := range there {
			day, err := time.Parse(partitionDay, strings.TrimPrefix(name, table+"_"))
			if err != nil || day.AddDate(0, 0, 1).After(cutoff) {
				continue // another table's, the default one, or still needed
			}
			if _, err := tx.exec(ctx, `DROP TABLE `+name); err != nil {
				return fmt.Errorf("drop partition %s: %w", name, err)
			}
		}
		// What fell into the net goes row by row.
		if _, err := tx.exec(ctx, `DELETE FROM `+table+`_default WHERE created_at < $1`, cutoff); err != nil {
			return fmt.Errorf("empty the default partition of %s: %w", table, err)
		}
	}
	// A day can be kept a little longer than its events; what waits for delivery goes only with them.
	last := cutoff.Truncate(24 * time.Hour)
	for _, statement := range []string{
		`DELETE FROM delivery_queue WHERE created_at < $1`,
		`DELETE FROM messages WHERE created_at < $1`,
	} {
		if _, err := tx.exec(ctx, statement, last); err != nil {
			return fmt.Errorf("remove what is older than the events: %w", err)
		}
	}
	return nil
}
