package main

import (
	"context"
	"errors"

	"itmanagerjobs/store"
)

type auditCmd struct {
	Verify bool `help:"Check the chain of every employer's entries." required:""`
}

// Run checks the audit log, and prints where it is not what was written.
func (auditCmd) Run(ctx context.Context, a *app) error {
	type fault struct {
		EmployerID int64  `json:"employerId"`
		Number     int64  `json:"number"`
		Message    string `json:"message"`
	}
	answer := struct {
		Entries int64   `json:"entries"` // that are what was written
		Faults  []fault `json:"faults"`
	}{Faults: []fault{}}
	err := a.administer(ctx, "audit", func(s *store.Store) (any, error) {
		entries, faults, err := s.Accounts.VerifyAudit(ctx)
		answer.Entries = entries
		for _, f := range faults {
			answer.Faults = append(answer.Faults, fault(f))
		}
		return answer, err
	})
	if err == nil && len(answer.Faults) > 0 {
		return errors.New("the audit log is not what was written: somebody has changed the database, or it was restored in part")
	}
	return err
}
