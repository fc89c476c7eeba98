package account

import (
	"context"
	"fmt"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

// DeprecatedRetention is how long calls of deprecated operations are counted.
const DeprecatedRetention = 30 * 24 * time.Hour

// countDeprecated counts the calls of deprecated operations in a batch, by key, operation and day. Most batches have none.
func countDeprecated(ctx context.Context, tx *pg.Tx, batch []APIRequest) error {
	var called []APIRequest
	for _, r := range batch {
		if r.Deprecated != "" {
			called = append(called, r)
		}
	}
	if len(called) == 0 {
		return nil
	}
	ints := func(of func(APIRequest) int64) pq.Int64Array { return pg.Column[pq.Int64Array](called, of) }
	texts := func(of func(APIRequest) string) pq.StringArray { return pg.Column[pq.StringArray](called, of) }
	// In the order of the key, so that two copies never deadlock.
	_, err := tx.Exec(ctx, `
INSERT INTO deprecated_calls AS d (employer_id, mode, key_id, operation, day, calls, last_at)
SELECT r.employer_id, r.mode, r.key_id, r.operation, (r.at AT TIME ZONE 'UTC')::date, count(*), max(r.at)
  FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::timestamptz[]) AS r (employer_id, mode, key_id, operation, at)
 GROUP BY 1, 2, 3, 4, 5 ORDER BY 3, 4, 5
ON CONFLICT (key_id, operation, day) DO UPDATE SET calls = d.calls + excluded.calls, last_at = greatest(d.last_at, excluded.last_at)`,
		ints(func(r APIRequest) int64 { return r.EmployerID }), texts(func(r APIRequest) string { return string(r.Mode) }),
		ints(func(r APIRequest) int64 { return r.KeyID }), texts(func(r APIRequest) string { return r.Deprecated }),
		texts(func(r APIRequest) string { return pg.Timestamp(r.At) }))
	if err != nil {
		return fmt.Errorf("count deprecated calls: %w", err)
	}
	return nil
}

// DeprecatedUse is how much a key has called a deprecated operation.
type DeprecatedUse struct {
	Operation string    `db:"operation"`
	Calls     int64     `db:"calls"`
	LastAt    time.Time `db:"last_at"`
}

// DeprecatedUses lists the deprecated operations that a key has called within DeprecatedRetention, by name.
func (s *Store) DeprecatedUses(ctx context.Context, t board.Tenant, keyID int64) ([]DeprecatedUse, error) {
	var uses []DeprecatedUse
	err := s.db.Reader(ctx).List(ctx, &uses, `
SELECT operation, sum(calls)::bigint AS calls, max(last_at) AS last_at FROM deprecated_calls
 WHERE employer_id = $1 AND mode = $2 AND key_id = $3 AND day >= ($4::timestamptz AT TIME ZONE 'UTC')::date GROUP BY operation ORDER BY operation`,
		t.EmployerID, t.Mode, keyID, s.db.Now().Add(-DeprecatedRetention))
	if err != nil {
		return nil, fmt.Errorf("read deprecated calls: %w", err)
	}
	for i := range uses {
		uses[i].LastAt = uses[i].LastAt.UTC()
	}
	return uses, nil
}

// PurgeDeprecatedCalls deletes up to limit counts older than DeprecatedRetention and returns how many.
func (s *Store) PurgeDeprecatedCalls(ctx context.Context, limit int) (n int64, err error) {
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		//house:tenant a chore over all tenants
		n, err = tx.Exec(ctx, `
DELETE FROM deprecated_calls d USING (
    SELECT key_id, operation, day FROM deprecated_calls WHERE day < ($1::timestamptz AT TIME ZONE 'UTC')::date LIMIT $2 FOR UPDATE SKIP LOCKED) old
 WHERE d.key_id = old.key_id AND d.operation = old.operation AND d.day = old.day`, tx.Now.Add(-DeprecatedRetention), limit)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("purge deprecated calls: %w", err)
	}
	return n, nil
}
