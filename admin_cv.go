package main

import (
	"context"

	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
)

type exportCandidateCmd struct {
	ID int64 `help:"Number of the person in the CV database." placeholder:"ID" required:""`
}

// Run prints all that is kept of the person.
func (c exportCandidateCmd) Run(ctx context.Context, a *app) error {
	return a.administer(ctx, "export-candidate", func(s *store.Store) (any, error) { return s.CV.Export(ctx, c.ID) })
}

type eraseCandidateCmd struct {
	ID int64 `help:"Number of the person in the CV database." placeholder:"ID" required:""`
}

// Run erases the person.
func (c eraseCandidateCmd) Run(ctx context.Context, a *app) error {
	return a.administer(ctx, "erase-candidate", func(s *store.Store) (any, error) { return s.Erasure.EraseCV(ctx, c.ID) })
}

type setVisibilityCmd struct {
	ID         int64  `help:"Number of the person in the CV database." placeholder:"ID"                               required:""`
	Visibility string `enum:"Visible,Hidden"                           help:"Visible, or Hidden from every employer." placeholder:"Visible|Hidden" required:""`
}

// Run hides the person, or shows them again.
func (c setVisibilityCmd) Run(ctx context.Context, a *app) error {
	return a.administer(ctx, "set-visibility", func(s *store.Store) (any, error) {
		v := board.Visibility(c.Visibility)
		return struct {
			ID         int64            `json:"id"`
			Visibility board.Visibility `json:"visibility"`
		}{c.ID, v}, s.CV.SetVisibility(ctx, c.ID, v)
	})
}

type refundUnlockCmd struct {
	Employer  int64 `help:"Number of the employer."                              placeholder:"ID" required:""`
	Candidate int64 `help:"Number of the person whom the employer has unlocked." placeholder:"ID" required:""`
}

// Run gives the credit back.
func (c refundUnlockCmd) Run(ctx context.Context, a *app) error {
	return a.administer(ctx, "refund-unlock", func(s *store.Store) (any, error) {
		balance, err := s.CV.RefundUnlock(ctx, c.Employer, c.Candidate)
		return struct {
			JobPosting int64 `json:"jobPosting"`
			CvSearch   int64 `json:"cvSearch"`
		}{balance.JobPosting, balance.CvSearch}, err
	})
}
