package board

import (
	"fmt"
	"time"
)

// ProposalTerm is how long a proposal waits for a person.
const ProposalTerm = 24 * time.Hour

// MaxPendingProposals is how many proposals of a tenant may wait at a time.
const MaxPendingProposals = 100

// ProposalOperation is what a key that only proposes asks a person for: the name of an operation of the contract.
type ProposalOperation string

// The operations that can be proposed: those that spend credits.
const (
	ProposePublication ProposalOperation = "publishJob"
	ProposeUnlock      ProposalOperation = "unlockCandidate"
)

// ProposalStatus is what became of a proposal.
type ProposalStatus string

// The states. Expired is never stored: it follows from the clock, see ProposalStatus.At.
const (
	ProposalPending  ProposalStatus = "Pending"
	ProposalApproved ProposalStatus = "Approved" // and done, in the same transaction
	ProposalRefused  ProposalStatus = "Refused"
	ProposalExpired  ProposalStatus = "Expired" // nobody decided in ProposalTerm
)

// At returns the state at now of a proposal whose stored state is s and that can be decided before expiresAt.
func (s ProposalStatus) At(expiresAt, now time.Time) ProposalStatus {
	if s == ProposalPending && !now.Before(expiresAt) {
		return ProposalExpired
	}
	return s
}

// Proposal is what a key that only proposes has asked for.
type Proposal struct {
	Tenant

	ID int64
	// KeyID is the key that asked, and KeyName how it is called now. apikey.Revoked tells that it was revoked since.
	KeyID      int64
	KeyName    string
	KeyRevoked bool

	Operation ProposalOperation
	// JobID and CandidateID are 0 for an operation on something else.
	JobID, CandidateID int64
	// Subject is how a person knows that object: the title of the job or of the profile. It is empty where nobody has asked for it, and
	// for an object that is not there any more.
	Subject string
	// ExpiryDate is until when a job is to run; nil for DefaultRun from the approval.
	ExpiryDate *time.Time
	// Cost is what the operation took of its kind of credits when it was proposed.
	Cost int64

	Status    ProposalStatus
	CreatedAt time.Time
	ExpiresAt time.Time
	DecidedAt *time.Time
	// DecidedBy is the user who decided, as they are called now; empty until then.
	DecidedBy string
	// Reason is why it was refused.
	Reason string
}

// ProposalPath is the page of the portal where a person decides.
func ProposalPath(id int64) string { return fmt.Sprintf("/employer/proposals/%d", id) }

// Summary says for a person what would be done, and what it costs. It names the object by its Subject, or else by its number.
func (p Proposal) Summary() string {
	var what, unit string
	switch p.Operation {
	case ProposePublication:
		job := fmt.Sprintf("job %d", p.JobID)
		if p.Subject != "" {
			job = "“" + p.Subject + "”"
		}
		what, unit = fmt.Sprintf("Publish %s for %d days from the approval.", job, DefaultRun/(24*time.Hour)), "Job Posting credit"
		if p.ExpiryDate != nil {
			what = fmt.Sprintf("Publish %s until %s.", job, p.ExpiryDate.UTC().Format("2 January 2006, 15:04 UTC"))
		}
	case ProposeUnlock:
		profile := fmt.Sprintf("candidate %d", p.CandidateID)
		if p.Subject != "" {
			profile = "the profile “" + p.Subject + "”"
		}
		what, unit = fmt.Sprintf("Unlock %s for %d days.", profile, UnlockTerm/(24*time.Hour)), "CV Search credit"
	}
	if p.Cost == 0 {
		return what + " It costs nothing."
	}
	return fmt.Sprintf("%s It takes %d %s.", what, p.Cost, unit)
}

// CheckPending allows a proposal to be decided at its state. Error: invalid_state, which says what became of it.
func (p Proposal) CheckPending() error {
	switch p.Status {
	case ProposalApproved:
		return Errorf(CodeInvalidState, "This proposal was approved already, and what it asks for is done. Nothing more was done or charged.")
	case ProposalRefused:
		return Errorf(CodeInvalidState, "This proposal was refused already. Nothing was done.")
	case ProposalExpired:
		return Errorf(CodeInvalidState, "This proposal has expired: nobody decided within 24 hours. Nothing was done. Have it proposed again, or do it yourself.")
	case ProposalPending:
	}
	return nil
}

// SameWish tells whether a pending proposal asks for the same: for a publication until the same date.
func (p Proposal) SameWish(expiry *time.Time) bool {
	if p.ExpiryDate == nil || expiry == nil {
		return p.ExpiryDate == nil && expiry == nil
	}
	return Moment(*p.ExpiryDate).Equal(Moment(*expiry))
}

// ErrNoProposal answers for a proposal that is not there, or is another tenant's.
var ErrNoProposal = Errorf(CodeNotFound, "There is no such proposal. Proposals are kept for 90 days.")
