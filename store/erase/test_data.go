package erase

import (
	"context"
	"fmt"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/match"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
)

// Cleared says how much test data was cleared away.
type Cleared struct {
	Jobs, Applications, Candidates, Interviews, Calls, Events, Deliveries int64

	At time.Time
}

// ClearTestData deletes what an employer has made and received in test mode: jobs, the pipeline with its files, events, deliveries, replays,
// unlocks, proposals, reports on receivers and recorded answers, in one transaction. Keys, webhooks and the audit log stay, and so does the number of the last
// event, so that a reader of the log goes on behind it. Errors: board.ErrTestModeOnly for another tenant than one of test mode.
func (s *Store) ClearTestData(ctx context.Context, t board.Tenant) (Cleared, error) {
	if t.Mode != board.ModeTest {
		return Cleared{}, board.ErrTestModeOnly
	}
	var done Cleared
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		c := clearing{tx: tx, t: t}
		if err := c.replays(ctx, &done); err != nil {
			return err
		}
		if err := tx.LockOf(ctx, pg.LockPastEvents, t.EmployerID); err != nil {
			return err
		}
		for _, step := range []func(context.Context, *Cleared) error{c.find, c.pushes, c.pipeline, c.jobs, c.log, c.rest} {
			if err := step(ctx, &done); err != nil {
				return err
			}
		}
		done.At = tx.Now
		tx.Make("employers", t.EmployerID) // whose data it was, for the audit log
		return s.replies.ForgetReplies(ctx, tx, t)
	})
	if err != nil {
		return Cleared{}, fmt.Errorf("clear test data: %w", err)
	}
	return done, nil
}

// clearing clears the test data of one employer; its methods are the steps.
type clearing struct {
	tx *pg.Tx
	t  board.Tenant

	jobIDs, candidateIDs pq.Int64Array
}

// deletion is a statement, and where the number of its rows is counted; nil for nowhere.
type deletion struct {
	count *int64
	query string
	args  []any
}

func (c *clearing) run(ctx context.Context, all ...deletion) error {
	for _, d := range all {
		n, err := c.tx.Exec(ctx, d.query, d.args...)
		if err != nil {
			return err
		}
		if d.count != nil {
			*d.count += n
		}
	}
	return nil
}

// replays deletes the replays, which a step of one locks before it keeps erasures away. One that begins meanwhile finds no events.
func (c *clearing) replays(ctx context.Context, _ *Cleared) error {
	return c.run(ctx, deletion{nil, `DELETE FROM replays WHERE employer_id = $1 AND mode = $2`, c.tenant()})
}

// find locks jobs and then candidates, as an application does, so that nobody adds to them. What is made meanwhile stays.
func (c *clearing) find(ctx context.Context, _ *Cleared) error {
	for _, q := range []struct {
		dest  *pq.Int64Array
		query string
	}{
		{&c.jobIDs, `SELECT id FROM jobs WHERE employer_id = $1 AND mode = $2 ORDER BY id FOR UPDATE`},
		{&c.candidateIDs, `SELECT id FROM candidates WHERE employer_id = $1 AND mode = $2 ORDER BY id FOR UPDATE`},
	} {
		if err := c.tx.List(ctx, (*[]int64)(q.dest), q.query, c.t.EmployerID, c.t.Mode); err != nil {
			return fmt.Errorf("find what to clear: %w", err)
		}
	}
	return match.Forget(ctx, c.tx, c.candidateIDs...)
}

// queued deletes what waits in the queue of some deliveries d, in the order of deliveries, as everywhere.
func queued(which string) string {
	return `
WITH locked AS MATERIALIZED (
    SELECT q.delivery_id FROM deliveries d JOIN delivery_queue q ON q.delivery_id = d.id WHERE ` + which + ` ORDER BY q.delivery_id FOR UPDATE OF q
)
DELETE FROM delivery_queue q USING locked l WHERE q.delivery_id = l.delivery_id`
}

// pushes ends the pushes of applications that wait. Rows of the queue are locked before applications, as in RecordPush.
func (c *clearing) pushes(ctx context.Context, done *Cleared) error {
	const theirs = `d.subscription_id IS NULL AND d.application_id IN (SELECT id FROM applications WHERE employer_id = $1 AND mode = $2 AND candidate_id = ANY ($3))`
	return c.run(ctx,
		deletion{nil, queued(theirs), c.people()},
		deletion{nil, `DELETE FROM delivery_attempts t USING deliveries d WHERE t.delivery_id = d.id AND t.created_at = d.created_at AND ` + theirs, c.people()},
		deletion{&done.Deliveries, `DELETE FROM deliveries d WHERE ` + theirs, c.people()},
	)
}

func (c *clearing) tenant() []any { return []any{c.t.EmployerID, c.t.Mode} }

func (c *clearing) people() []any { return append(c.tenant(), c.candidateIDs) }

// pipeline deletes what belongs to the jobs and candidates, and then these candidates.
func (c *clearing) pipeline(ctx context.Context, done *Cleared) error {
	const theirs = `employer_id = $1 AND mode = $2 AND candidate_id = ANY ($3)`
	const applications = `(SELECT id FROM applications WHERE ` + theirs + `)`
	return c.run(ctx,
		deletion{&done.Interviews, `DELETE FROM interviews WHERE ` + theirs, c.people()},
		deletion{&done.Calls, `DELETE FROM ai_calls WHERE ` + theirs, c.people()},
		deletion{nil, `DELETE FROM application_history WHERE application_id IN ` + applications, c.people()},
		deletion{nil, `DELETE FROM application_notes WHERE application_id IN ` + applications, c.people()},
		deletion{&done.Applications, `DELETE FROM applications WHERE ` + theirs, c.people()},
		deletion{nil, `DELETE FROM files f WHERE employer_id = $1 AND mode = $2 AND NOT EXISTS (SELECT FROM applications WHERE cv_file_id = f.id)`, c.tenant()},
		deletion{nil, `DELETE FROM erasures WHERE employer_id = $1 AND mode = $2`, c.tenant()},
		deletion{nil, `DELETE FROM candidate_history WHERE candidate_id = ANY ($1)`, []any{c.candidateIDs}},
		deletion{&done.Candidates, `DELETE FROM candidates WHERE id = ANY ($1) AND employer_id = $2 AND mode = $3`, []any{c.candidateIDs, c.t.EmployerID, c.t.Mode}},
	)
}

// jobs deletes the jobs with their matches.
func (c *clearing) jobs(ctx context.Context, done *Cleared) error {
	theirs := []any{c.jobIDs}
	return c.run(ctx,
		deletion{nil, `DELETE FROM matches WHERE employer_id = $1 AND mode = $2`, c.tenant()},
		deletion{nil, `DELETE FROM match_notices WHERE job_id = ANY ($1)`, theirs},
		deletion{nil, `DELETE FROM match_jobs WHERE job_id = ANY ($1)`, theirs},
		deletion{nil, `DELETE FROM job_regions WHERE job_id = ANY ($1)`, theirs},
		deletion{nil, `DELETE FROM job_forwards WHERE job_id = ANY ($1)`, theirs},
		deletion{&done.Jobs, `DELETE FROM jobs WHERE id = ANY ($1) AND employer_id = $2 AND mode = $3`, []any{c.jobIDs, c.t.EmployerID, c.t.Mode}},
	)
}

// log deletes events and their deliveries. Under the lock of the head nobody writes any.
func (c *clearing) log(ctx context.Context, done *Cleared) error {
	if _, err := outbox.LockHead(ctx, c.tx, c.t); err != nil {
		return err
	}
	const hooks = `(SELECT id FROM subscriptions WHERE employer_id = $1 AND mode = $2)`
	return c.run(ctx,
		deletion{nil, queued(`d.subscription_id IN ` + hooks), c.tenant()},
		deletion{nil, `DELETE FROM delivery_attempts WHERE subscription_id IN ` + hooks, c.tenant()},
		deletion{&done.Deliveries, `DELETE FROM deliveries WHERE subscription_id IN ` + hooks, c.tenant()},
		deletion{nil, `DELETE FROM inbox_requests WHERE inbox_id IN (SELECT id FROM inboxes WHERE employer_id = $1 AND mode = $2)`, c.tenant()},
		deletion{nil, `DELETE FROM delivery_hours WHERE subscription_id IN ` + hooks, c.tenant()},
		deletion{nil, `DELETE FROM event_dossiers WHERE event_id IN (SELECT id FROM events WHERE employer_id = $1 AND mode = $2)`, c.tenant()},
		deletion{&done.Events, `DELETE FROM events WHERE employer_id = $1 AND mode = $2`, c.tenant()},
	)
}

func (c *clearing) rest(ctx context.Context, _ *Cleared) error {
	return c.run(ctx, deletion{nil, `DELETE FROM cv_unlocks WHERE employer_id = $1 AND mode = $2`, c.tenant()},
		deletion{nil, `DELETE FROM proposals WHERE employer_id = $1 AND mode = $2`, c.tenant()},
		deletion{nil, `DELETE FROM certifications WHERE employer_id = $1 AND mode = $2`, c.tenant()})
}
