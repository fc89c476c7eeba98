package outbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

// QueuePush queues the push of an application to the employer's endpoint: one delivery, in the lane of the tenant. Each
// tenant has a lane, so that an endpoint that is down blocks nobody else's pushes; the address may still change, so that
// lanes are not by host.
func QueuePush(ctx context.Context, tx *pg.Tx, t board.Tenant, applicationID int64) error {
	lane, err := ensurePushLane(ctx, tx, t)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
WITH made AS (
    INSERT INTO deliveries (id, subscription_id, subject_id, created_at, application_id)
    VALUES (nextval('delivery_ids'), NULL, $1, $2, $1) RETURNING id
)
INSERT INTO delivery_queue (delivery_id, lane_id, subject_id, due_at, created_at, attempt, base)
SELECT made.id, $3, $1, $2, $2, 0, 0 FROM made`, applicationID, tx.Now, lane)
	if err != nil {
		return fmt.Errorf("queue push: %w", err)
	}
	tx.Notify(channelWork, lane)
	return nil
}

// ensurePushLane finds or creates the lane of a tenant's pushes.
func ensurePushLane(ctx context.Context, tx *pg.Tx, t board.Tenant) (int64, error) {
	find := func() (id int64, err error) {
		err = tx.Get(ctx, &id, `SELECT lane_id FROM push_lanes WHERE employer_id = $1 AND mode = $2`, t.EmployerID, t.Mode)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return 0, fmt.Errorf("find the lane of pushes: %w", err)
		}
		return id, nil
	}
	if id, err := find(); err != nil || id != 0 {
		return id, err
	}
	if err := tx.LockOf(ctx, pg.LockPushLane, t.EmployerID); err != nil {
		return 0, err
	}
	if id, err := find(); err != nil || id != 0 {
		return id, err
	}
	var id int64
	err := tx.Get(ctx, &id, `
WITH lane AS (INSERT INTO lanes (kind) VALUES ('push') RETURNING id)
INSERT INTO push_lanes (employer_id, mode, lane_id) SELECT $1, $2, lane.id FROM lane RETURNING lane_id`, t.EmployerID, t.Mode)
	if err != nil {
		return 0, fmt.Errorf("insert the lane of pushes: %w", err)
	}
	tx.Notify(channelSettings, id)
	return id, nil
}
