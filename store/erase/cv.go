package erase

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/cv"
	"itmanagerjobs/store/match"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/pipeline"
)

// CVReceipt says what the erasure of a person of the CV database has reached. It names nobody.
type CVReceipt struct {
	ID          int64 `json:"id"`
	CandidateID int64 `json:"candidateId"`
	// Unlocks and Matches are deleted. The ledger keeps what was paid, by the number of the candidate.
	Unlocks int `json:"unlocks"`
	Matches int `json:"matches"`
	// Replies are recorded answers under an Idempotency-Key that told of the person; Events keep their place in the log,
	// and numbers, times and states.
	Replies  int       `json:"replies"`
	Events   int       `json:"events"`
	ErasedAt time.Time `json:"erasedAt"`
}

// EraseCV removes everything that tells of a person of the CV database, in one transaction, for all employers. An import
// brings them back only when they have agreed to something since. What an employer keeps of them in the own pipeline is
// that employer's to erase (see EraseCandidate), and so is what was opened or sent before. Vacuum removes what PostgreSQL
// leaves on the disk. Errors: not_found, also when they were erased before.
func (s *Store) EraseCV(ctx context.Context, candidateID int64) (CVReceipt, error) {
	var r CVReceipt
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		row, err := cv.LockPerson(ctx, tx, candidateID)
		if err != nil {
			return err
		}
		r, err = s.eraseCV(ctx, tx, row, s.cv.AddressDigest(row.Mode, row.Email))
		return err
	})
	if err != nil {
		return CVReceipt{}, err
	}
	return r, nil
}

// PurgeCV erases up to limit people whose retention is over, each in a transaction of their own, and returns how many. They
// may come back with any later import: they have not asked to be erased.
func (s *Store) PurgeCV(ctx context.Context, limit int) (erased int64, err error) {
	for range limit {
		found := false
		err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
			var row cv.Person
			err := tx.Get(ctx, &row, `
SELECT `+cv.PersonColumns+` FROM cv_candidates WHERE retain_until <= $1 ORDER BY retain_until LIMIT 1 FOR UPDATE SKIP LOCKED`, tx.Now)
			if errors.Is(err, sql.ErrNoRows) {
				return nil
			}
			if err != nil {
				return err
			}
			found = true
			_, err = s.eraseCV(ctx, tx, row, nil)
			return err
		})
		if err != nil {
			return erased, fmt.Errorf("erase people whose retention is over: %w", err)
		}
		if !found {
			break
		}
		erased++
	}
	return erased, nil
}

// eraseCV removes a person whose row is locked FOR UPDATE. digest stands for the address, nil when the person may come back.
func (s *Store) eraseCV(ctx context.Context, tx *pg.Tx, row cv.Person, digest []byte) (CVReceipt, error) {
	r := CVReceipt{CandidateID: row.ID, ErasedAt: tx.Now}
	if err := match.Hold(ctx, tx, row.ID); err != nil {
		return r, err
	}
	if err := s.eraseTold(ctx, tx, row, &r); err != nil {
		return r, err
	}
	if err := tx.Get(ctx, &r.Matches, `SELECT count(*) FROM matches WHERE candidate_id = $1`, row.ID); err != nil {
		return r, fmt.Errorf("count matches: %w", err)
	}
	for _, step := range []func() error{
		func() error { return match.Forget(ctx, tx, row.ID) },
		func() error { return match.ForgetNotices(ctx, tx, row.ID) },
		func() error { return match.Enqueue(ctx, tx, match.OfCV, row.ID) },
		func() error { return cv.RemoveFromIndex(ctx, tx, pq.Int64Array{row.ID}) },
	} {
		if err := step(); err != nil {
			return r, err
		}
	}
	unlocks, err := tx.Exec(ctx, `DELETE FROM cv_unlocks WHERE candidate_id = $1`, row.ID)
	if err != nil {
		return r, fmt.Errorf("erase unlocks: %w", err)
	}
	r.Unlocks = int(unlocks)
	if _, err := tx.Exec(ctx, `DELETE FROM proposals WHERE candidate_id = $1`, row.ID); err != nil {
		return r, fmt.Errorf("erase proposals: %w", err)
	}
	if _, err := tx.Exec(ctx, `DELETE FROM cv_candidates WHERE id = $1`, row.ID); err != nil {
		return r, fmt.Errorf("erase person: %w", err)
	}
	err = tx.Get(ctx, &r.ID, `
INSERT INTO cv_erasures (mode, candidate_id, address_digest, unlocks, matches, replies, events, erased_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id`, row.Mode, row.ID, digest, r.Unlocks, r.Matches, r.Replies, r.Events, tx.Now)
	if err != nil {
		return r, fmt.Errorf("write the receipt: %w", err)
	}
	return r, nil
}

// eraseTold reaches what employers were told of the person: recorded answers, events, and what endpoints said to those. Only
// employers who have opened the profile, or have a job that it matched, were told anything. No event about the person is
// under way: their row is locked, and matching is kept away.
func (s *Store) eraseTold(ctx context.Context, tx *pg.Tx, row cv.Person, r *CVReceipt) error {
	var tenants []struct {
		EmployerID int64      `db:"employer_id"`
		Mode       board.Mode `db:"mode"`
	}
	err := tx.List(ctx, &tenants, `
SELECT employer_id, mode FROM cv_unlocks WHERE candidate_id = $1
 UNION SELECT j.employer_id, j.mode FROM match_notices n JOIN jobs j ON j.id = n.job_id WHERE n.candidate_id = $1
 UNION SELECT employer_id, mode FROM idempotent_replies WHERE candidate_ids @> ARRAY[$1::bigint]
 ORDER BY employer_id, mode`, row.ID)
	if err != nil {
		return fmt.Errorf("find who was told: %w", err)
	}
	erasures := make([]*erasure, len(tenants))
	for i, t := range tenants {
		tenant := board.Tenant{EmployerID: t.EmployerID, Mode: t.Mode}
		erasures[i] = &erasure{tx: tx, candidate: pipeline.Candidate{Tenant: tenant, ID: row.ID}, recorded: s.replies, applicationIDs: pq.Int64Array{}}
		if err := erasures[i].findEvents(ctx); err != nil {
			return err
		}
	}
	if err := silence(ctx, tx, erasures); err != nil {
		return err
	}
	for _, e := range erasures {
		var told Receipt
		for _, step := range []func(context.Context, *Receipt) error{e.replies, e.answers, e.eventData} {
			if err := step(ctx, &told); err != nil {
				return err
			}
		}
		r.Replies += told.Replies
		r.Events += told.Events
	}
	return nil
}

// silence lets the deliveries that wait go on without what their endpoints answer: the events tell numbers alone, the
// endpoint may know more. An attempt that is under way is recorded before its row is locked here, and its answer emptied
// afterwards, or finds the row silent. The rows of all employers are locked in one order, as everywhere.
func silence(ctx context.Context, tx *pg.Tx, erasures []*erasure) error {
	var eventIDs pq.Int64Array
	for _, e := range erasures {
		eventIDs = append(eventIDs, e.eventIDs...)
	}
	if len(eventIDs) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `
WITH theirs AS MATERIALIZED (
    SELECT q.delivery_id
      FROM unnest($1::bigint[], $2::text[]) AS t (employer_id, mode)
      JOIN subscriptions s ON s.employer_id = t.employer_id AND s.mode = t.mode
      JOIN deliveries d ON d.subscription_id = s.id AND d.subject_id = ANY ($3)
      JOIN delivery_queue q ON q.delivery_id = d.id
     ORDER BY q.delivery_id FOR UPDATE OF q
)
UPDATE delivery_queue q SET silent = true FROM theirs t WHERE q.delivery_id = t.delivery_id`,
		pg.Column[pq.Int64Array](erasures, func(e *erasure) int64 { return e.candidate.EmployerID }),
		pg.Column[pq.StringArray](erasures, func(e *erasure) string { return string(e.candidate.Mode) }), eventIDs)
	if err != nil {
		return fmt.Errorf("silence the deliveries that wait: %w", err)
	}
	return nil
}
