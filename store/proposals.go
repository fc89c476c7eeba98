package store

import (
	"context"
	"errors"
	"time"

	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/cv"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/pipeline"
)

// ProposePublication checks that a job could be published now, and has a person decide whether it is. Nothing is charged.
// Errors: those of job.Store.Publish, but for no_credits; conflict, see account.Store.Propose.
//
//house:told a proposal to publish a job tells of nobody
func (s *Store) ProposePublication(ctx context.Context, p account.Principal, jobID int64, expiry *time.Time, pre board.Precondition) (made board.Proposal, err error) {
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		//house:wait inside a transaction it reads by the transaction itself, and waits for no batch
		job, err := s.Jobs.Job(ctx, p.Tenant, jobID)
		if err != nil {
			return err
		}
		if err := pre.Check("job", job.Version); err != nil {
			return err
		}
		if err := job.Publish(tx.Now, expiry); err != nil {
			return err
		}
		employer, err := account.EmployerOf(ctx, tx, p.EmployerID)
		if err != nil {
			return err
		}
		made, err = s.Accounts.Propose(ctx, tx, p, board.Proposal{
			Operation: board.ProposePublication, JobID: jobID, Subject: job.Title, ExpiryDate: expiry, Cost: board.PublishCost(p.Mode, employer.ContractUntil, tx.Now),
		})
		return err
	})
	return made, err
}

// ProposeUnlock has a person decide whether a profile of the CV database is unlocked. It returns nil for one that is open: there is
// nothing to decide. Nothing is charged. Errors: not_found, also for a person who is Hidden or erased; conflict, see
// account.Store.Propose.
func (s *Store) ProposeUnlock(ctx context.Context, p account.Principal, candidateID int64) (made *board.Proposal, err error) {
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		// The locks make an erasure that comes meanwhile wait, and find the proposal and the answer that is recorded.
		_, err := pipeline.LockCandidate(ctx, tx, p.Tenant, candidateID)
		if errors.Is(err, board.ErrNoCandidate) {
			_, err = cv.HoldPerson(ctx, tx, p.Mode, candidateID)
		}
		if err != nil {
			return err
		}
		profile, err := s.candidate(ctx, p.Tenant, candidateID, tx.Now)
		if err != nil || profile.Unlock == nil || !profile.Unlock.Required {
			return err
		}
		proposal, err := s.Accounts.Propose(ctx, tx, p, board.Proposal{
			Operation: board.ProposeUnlock, CandidateID: candidateID, Cost: board.UnlockCost(p.Mode),
		})
		made = &proposal
		return err
	})
	if err != nil {
		return nil, err
	}
	return made, nil
}

// NameSubjects fills in how people know what the proposals of a tenant are about, with a statement for jobs and one for profiles.
func (s *Store) NameSubjects(ctx context.Context, t board.Tenant, list []board.Proposal) error {
	var jobs, people []int64
	for _, p := range list {
		switch p.Operation {
		case board.ProposePublication:
			jobs = append(jobs, p.JobID)
		case board.ProposeUnlock:
			people = append(people, p.CandidateID)
		}
	}
	jobTitles, err := s.Jobs.Titles(ctx, t, jobs)
	if err != nil {
		return err
	}
	profileTitles, err := s.CV.Titles(ctx, t.Mode, people)
	if err != nil {
		return err
	}
	for i, p := range list {
		switch p.Operation {
		case board.ProposePublication:
			list[i].Subject = jobTitles[p.JobID]
		case board.ProposeUnlock:
			list[i].Subject = profileTitles[p.CandidateID]
		}
	}
	return nil
}

// ApproveProposal does what a key has proposed, as the direct call would, and records that a user has approved it: both, or neither.
// version is that of the job as the user saw it; 0 for none. Of several who approve at the same moment, one does.
// Errors: not_found; invalid_state for a proposal that does not wait any more; those of the operation, after which it still waits.
func (s *Store) ApproveProposal(ctx context.Context, t board.Tenant, id, userID, version int64) (board.Proposal, error) {
	var p board.Proposal
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) (err error) {
		if p, err = s.Accounts.Proposal(ctx, t, id); err != nil {
			return err
		}
		if err := p.CheckPending(); err != nil {
			return err
		}
		// The object is locked before the proposal, in the order in which a deletion locks them.
		//house:wait inside a transaction it publishes in that transaction, and waits for no batch
		if err := s.carryOut(ctx, p, version); err != nil {
			return err
		}
		return s.Accounts.Decide(ctx, tx, t, id, userID, board.ProposalApproved, "")
	})
	if err == nil {
		return s.Accounts.Proposal(ctx, t, id)
	}
	// The second of two who decide is told that it was decided, and not that the job is Active.
	if now, readErr := s.Accounts.Proposal(ctx, t, id); readErr == nil && now.CheckPending() != nil {
		return now, now.CheckPending()
	}
	return p, err
}

// carryOut does what is proposed, in the name of the key.
func (s *Store) carryOut(ctx context.Context, p board.Proposal, version int64) error {
	by := account.Principal{Tenant: p.Tenant, KeyID: p.KeyID}
	var err error
	switch p.Operation {
	case board.ProposePublication:
		pre := board.Precondition{Set: version != 0, Versions: []int64{version}}
		_, err = s.Jobs.Publish(ctx, by, p.JobID, p.ExpiryDate, pre)
	case board.ProposeUnlock:
		_, err = s.UnlockCandidate(ctx, by, p.CandidateID)
	}
	return err
}

// RefuseProposal records that a user has refused a proposal, and why. Errors: not_found; invalid_request for a reason that is missing
// or too long; invalid_state for a proposal that does not wait any more.
func (s *Store) RefuseProposal(ctx context.Context, t board.Tenant, id, userID int64, reason string) error {
	reason, err := board.CheckRefusal(reason)
	if err != nil {
		return err
	}
	return s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		return s.Accounts.Decide(ctx, tx, t, id, userID, board.ProposalRefused, reason)
	})
}
