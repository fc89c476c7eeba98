package erase

import (
	"context"
	"fmt"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/cv"
	"itmanagerjobs/store/match"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/pipeline"
)

// CvReceipt says what the erasure of a person of the CV database has reached. It names nobody.
type CVReceipt struct {
	ID          int64 `json:"id"`
	CandidateID int64 `json:"candidateId"`
	// Unlocks and Matches are gone. The ledger keeps what was paid, by the number of the candidate.
	Unlocks int `json:"unlocks"`
	Matches int `json:"matches"`
	// Replies are recorded answers under an Idempotency-Key that told of the person; Events keep their place in the log,
	// and numbers, times and states.
	Replies  int       `json:"replies"`
	Events   int       `json:"events"`
	ErasedAt time.Time `json:"erasedAt"`
}

// EraseCvCandidate removes everything that tells of a person of the CV database, in one transaction, for all employers.
// An import brings them back only when they have agreed to something since. What an employer keeps of them in the own
// pipeline is that employer's to erase (see EraseApplicant), and so is what was opened or sent before. Scrub takes away
// what PostgreSQL leaves on the disk. Errors: not_found, also when they were erased before.
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

// PurgeCvCandidates erases up to limit people whose retention is over, and tells how many. Those may come back with any
// later import: they have not asked to be forgotten.
func (s *Store) PurgeCV(ctx context.Context, limit int) (int64, error) {
	var n int64
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		var rows []cv.Person
		err := tx.List(ctx, &rows, `
SELECT `+cv.PersonColumns+` FROM cv_candidates WHERE retain_until <= $1 ORDER BY retain_until LIMIT $2 FOR UPDATE SKIP LOCKED`, tx.Now, limit)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if _, err := s.eraseCV(ctx, tx, row, nil); err != nil {
				return err
			}
		}
		n = int64(len(rows))
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("erase people whose retention is over: %w", err)
	}
	return n, nil
}

// eraseCV removes a locked person. digest stands for the address, nil when the person may come back.
func (s *Store) eraseCV(ctx context.Context, tx *pg.Tx, row cv.Person, digest []byte) (CVReceipt, error) {
	r := CVReceipt{CandidateID: row.ID, ErasedAt: tx.Now}
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
		func() error { return cv.RemoveSearch(ctx, tx, pq.Int64Array{row.ID}) },
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

// eraseTold reaches what employers were told of the person: recorded answers, events, and what endpoints said to those.
// Only employers who have opened the profile, or have a job that it matched, were told anything.
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
	for _, t := range tenants {
		e := erasure{tx: tx, candidate: pipeline.Candidate{Tenant: board.Tenant{EmployerID: t.EmployerID, Mode: t.Mode}, ID: row.ID}, recorded: s.replies}
		var told Receipt
		for _, step := range []func(context.Context, *Receipt) error{e.find, e.deliveries, e.replies, e.eventData} {
			if err := step(ctx, &told); err != nil {
				return err
			}
		}
		r.Replies += told.Replies
		r.Events += told.Events
	}
	return nil
}
