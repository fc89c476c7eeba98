package account

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/letter"
	"itmanagerjobs/store/pg"
)

// proposalsKept is how long a proposal is kept after it was made.
const proposalsKept = 90 * 24 * time.Hour

type proposalRow struct {
	ID          int64                   `db:"id"`
	EmployerID  int64                   `db:"employer_id"`
	Mode        board.Mode              `db:"mode"`
	KeyID       int64                   `db:"key_id"`
	KeyName     string                  `db:"key_name"`
	KeyRevoked  bool                    `db:"key_revoked"`
	Operation   board.ProposalOperation `db:"operation"`
	JobID       int64                   `db:"job_id"`
	CandidateID int64                   `db:"candidate_id"`
	ExpiryDate  *time.Time              `db:"expiry_date"`
	Cost        int64                   `db:"cost"`
	Status      board.ProposalStatus    `db:"status"`
	Reason      string                  `db:"reason"`
	CreatedAt   time.Time               `db:"created_at"`
	ExpiresAt   time.Time               `db:"expires_at"`
	DecidedAt   *time.Time              `db:"decided_at"`
	DecidedBy   string                  `db:"decided_by"`
}

const selectProposals = `
SELECT p.id, p.employer_id, p.mode, p.key_id, k.name AS key_name, k.status = 'Revoked' AS key_revoked, p.operation, coalesce(p.job_id, 0) AS job_id,
       coalesce(p.candidate_id, 0) AS candidate_id, p.expiry_date, p.cost, p.status, p.reason, p.created_at, p.expires_at, p.decided_at,
       coalesce(CASE WHEN u.forgotten_at IS NOT NULL THEN 'a former user' END, nullif(u.name, ''), u.email, '') AS decided_by
  FROM proposals p JOIN api_keys k ON k.id = p.key_id LEFT JOIN users u ON u.id = p.decided_by`

func (r proposalRow) proposal(now time.Time) board.Proposal {
	return board.Proposal{
		Tenant: board.Tenant{EmployerID: r.EmployerID, Mode: r.Mode}, ID: r.ID, KeyID: r.KeyID, KeyName: r.KeyName, KeyRevoked: r.KeyRevoked,
		Operation: r.Operation, JobID: r.JobID, CandidateID: r.CandidateID, ExpiryDate: pg.UTC(r.ExpiryDate), Cost: r.Cost,
		Status: r.Status.At(r.ExpiresAt, now), CreatedAt: r.CreatedAt.UTC(), ExpiresAt: r.ExpiresAt.UTC(), DecidedAt: pg.UTC(r.DecidedAt),
		DecidedBy: r.DecidedBy, Reason: r.Reason,
	}
}

// Propose keeps what a key has asked for until a person decides, and returns it. While the same waits already, that proposal is
// returned. Admins get an email when nothing else waits. what has the operation with its object, expiry date and cost, and for the
// email how people know the object.
// Errors: conflict when a proposal for the same job with another date waits, or board.MaxPendingProposals of them.
func (s *Store) Propose(ctx context.Context, tx *pg.Tx, p Principal, what board.Proposal) (board.Proposal, error) {
	if err := tx.LockOf(ctx, pg.LockProposals, p.EmployerID); err != nil {
		return board.Proposal{}, err
	}
	var waiting []proposalRow
	if err := tx.List(ctx, &waiting, selectProposals+`
 WHERE p.employer_id = $1 AND p.mode = $2 AND p.status = 'Pending' AND p.expires_at > $3 ORDER BY p.id`, p.EmployerID, p.Mode, tx.Now); err != nil {
		return board.Proposal{}, fmt.Errorf("look for proposals: %w", err)
	}
	for _, row := range waiting {
		if row.Operation != what.Operation || row.JobID != what.JobID || row.CandidateID != what.CandidateID {
			continue
		}
		found := row.proposal(tx.Now)
		if !found.SameWish(what.ExpiryDate) {
			return board.Proposal{}, board.Errorf(board.CodeConflict, "Proposal %d waits, to publish this job until another date. Wait until somebody has decided, or send the same date.", found.ID)
		}
		return found, nil
	}
	if len(waiting) >= board.MaxPendingProposals {
		return board.Proposal{}, board.Errorf(board.CodeConflict, "%d proposals wait already. Wait until somebody has decided some of them.", len(waiting))
	}
	var id int64
	err := tx.Get(ctx, &id, `
INSERT INTO proposals (employer_id, mode, key_id, operation, job_id, candidate_id, expiry_date, cost, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id`,
		p.EmployerID, p.Mode, p.KeyID, string(what.Operation), pg.NonZero(what.JobID), pg.NonZero(what.CandidateID), what.ExpiryDate, what.Cost, tx.Now, tx.Now.Add(board.ProposalTerm))
	if err != nil {
		return board.Proposal{}, fmt.Errorf("insert proposal: %w", err)
	}
	made, err := readProposal(ctx, tx, p.Tenant, id, tx.Now)
	if err != nil {
		return board.Proposal{}, err
	}
	NoteProposal(tx, made)
	if len(waiting) > 0 || p.Mode != board.ModeLive {
		return made, nil
	}
	return made, s.MailAdmins(ctx, tx, p.EmployerID, func(to, employer string) letter.Mail {
		named := made
		named.Subject = what.Subject
		return letter.ProposalWaits(to, employer, named.KeyName, named.Summary(), s.publicURL+board.ProposalPath(named.ID))
	})
}

// NoteProposal names for the audit log a proposal and what it is about.
func NoteProposal(tx *pg.Tx, p board.Proposal) {
	tx.Make("proposals", p.ID)
	switch p.Operation {
	case board.ProposePublication:
		tx.Make("jobs", p.JobID)
	case board.ProposeUnlock:
		tx.Make("candidates", p.CandidateID)
	}
}

// Proposal reads a proposal, as it is now. Errors: not_found.
func (s *Store) Proposal(ctx context.Context, t board.Tenant, id int64) (board.Proposal, error) {
	return readProposal(ctx, s.db.Reader(ctx), t, id, s.db.Now())
}

func readProposal(ctx context.Context, q pg.Reader, t board.Tenant, id int64, now time.Time) (board.Proposal, error) {
	var row proposalRow
	err := q.Get(ctx, &row, selectProposals+` WHERE p.id = $1 AND p.employer_id = $2 AND p.mode = $3`, id, t.EmployerID, t.Mode)
	if errors.Is(err, sql.ErrNoRows) {
		return board.Proposal{}, board.ErrNoProposal
	}
	if err != nil {
		return board.Proposal{}, fmt.Errorf("read proposal: %w", err)
	}
	return row.proposal(now), nil
}

// Proposals lists a tenant's proposals, those that wait first and then the newest: limit of them.
func (s *Store) Proposals(ctx context.Context, t board.Tenant, limit int) ([]board.Proposal, error) {
	now := s.db.Now()
	var rows []proposalRow
	if err := s.db.Reader(ctx).List(ctx, &rows, selectProposals+`
 WHERE p.employer_id = $1 AND p.mode = $2 ORDER BY p.status = 'Pending' AND p.expires_at > $3 DESC, p.id DESC LIMIT $4`, t.EmployerID, t.Mode, now, limit); err != nil {
		return nil, fmt.Errorf("list proposals: %w", err)
	}
	list := make([]board.Proposal, len(rows))
	for i, r := range rows {
		list[i] = r.proposal(now)
	}
	return list, nil
}

// PendingProposals counts the proposals of a tenant that wait for a person.
func (s *Store) PendingProposals(ctx context.Context, t board.Tenant) (n int, err error) {
	err = s.db.Reader(ctx).Get(ctx, &n, `
SELECT count(*) FROM proposals WHERE employer_id = $1 AND mode = $2 AND status = 'Pending' AND expires_at > $3`, t.EmployerID, t.Mode, s.db.Now())
	if err != nil {
		return 0, fmt.Errorf("count proposals: %w", err)
	}
	return n, nil
}

// Decide records what a user has decided, unless somebody else has, or the time is over: of two who decide at the same moment one
// does. What was approved is done in the same transaction. Errors: not_found; invalid_state.
func (s *Store) Decide(ctx context.Context, tx *pg.Tx, t board.Tenant, id, userID int64, status board.ProposalStatus, reason string) error {
	n, err := tx.Exec(ctx, `
UPDATE proposals SET status = $4, reason = $5, decided_at = $6, decided_by = $7
 WHERE id = $1 AND employer_id = $2 AND mode = $3 AND status = 'Pending' AND expires_at > $6`, id, t.EmployerID, t.Mode, string(status), reason, tx.Now, userID)
	if err != nil {
		return fmt.Errorf("decide a proposal: %w", err)
	}
	p, err := readProposal(ctx, tx, t, id, tx.Now)
	if err != nil {
		return err
	}
	if n == 0 {
		return p.CheckPending()
	}
	NoteProposal(tx, p)
	return nil
}

// PurgeProposals deletes up to limit proposals that were made more than 90 days ago. It returns how many.
func (s *Store) PurgeProposals(ctx context.Context, limit int) (int64, error) {
	var n int64
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) (err error) {
		//house:tenant a chore over all tenants
		n, err = tx.Exec(ctx, `
DELETE FROM proposals WHERE id IN (SELECT id FROM proposals WHERE created_at < $1 ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED)`,
			tx.Now.Add(-proposalsKept), limit)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("purge proposals: %w", err)
	}
	return n, nil
}
