package outbox

import (
	"context"
	"fmt"
	"slices"

	"github.com/lib/pq"

	"itmanagerjobs/store/pg"
)

// queueFirstMails makes the lanes of those employers that have had no emails yet, and queues the emails of all. A lane that another
// transaction is making is not waited for, because that one may wait for a row of this one: the few emails of that moment take the
// shared lanes.
func queueFirstMails(ctx context.Context, tx *pg.Tx, mails []Email) (lanes []int64, err error) {
	employers := pg.Column[[]int64](mails, func(m Email) int64 { return m.About.lane() })
	slices.Sort(employers)
	has := map[int64]bool{}
	for _, id := range slices.Compact(employers) {
		if has[id], err = ensureEmailLane(ctx, tx, id); err != nil {
			return nil, err
		}
	}
	return insertMails(ctx, tx, mails, func(m Mailing) int64 {
		if !has[m.lane()] {
			return 0
		}
		return m.lane()
	})
}

// ensureEmailLane makes the lane of an employer's emails unless there is one, and tells whether there is one now.
func ensureEmailLane(ctx context.Context, tx *pg.Tx, employerID int64) (has bool, err error) {
	if employerID == 0 {
		return false, nil
	}
	got, err := tx.TryLockOf(ctx, pg.LockEmailLane, employerID)
	if err != nil || !got {
		return false, err
	}
	var made pq.Int64Array
	err = tx.List(ctx, (*[]int64)(&made), `
WITH lane AS (INSERT INTO lanes (kind) SELECT 'email' WHERE NOT EXISTS (SELECT FROM email_lanes WHERE employer_id = $1) RETURNING id)
INSERT INTO email_lanes (lane_id, employer_id) SELECT lane.id, $1 FROM lane RETURNING lane_id`, employerID)
	if err != nil {
		return false, fmt.Errorf("insert the lane of emails: %w", err)
	}
	tx.Notify(channelSettings, made...)
	return true, nil
}
