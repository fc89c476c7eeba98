package pipeline

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/job"
	"itmanagerjobs/store/letter"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
)

// mailsOf are a confirmation to the applicant and, for an EmailApply job, the application to the employer.
func (s *Store) mailsOf(in incoming, job board.Job, company string, a Application) []outbox.Email {
	link := s.withdrawLink(in.PublicURL, a.ID, a.AppliedAt)
	mails := []outbox.Email{{
		Mail:  letter.Confirmation(a.Applicant, job.Title, company, link, a.UnreadFiles),
		About: outbox.Mailing{EmployerID: job.EmployerID, CandidateID: a.CandidateID},
	}}
	if job.ApplyMethod != nil && *job.ApplyMethod == board.ApplyByEmail && job.ApplyEmailAddress != nil {
		mails = append(mails, mailsToEmployer(job, a, []string{*job.ApplyEmailAddress}, "")...)
	}
	return mails
}

// mailsToEmployer are the emails of an application to addresses of the employer, with its CV attached. why is an explanation, or empty.
func mailsToEmployer(job board.Job, a Application, to []string, why string) []outbox.Email {
	about, cvName := outbox.Mailing{EmployerID: a.EmployerID, CandidateID: a.CandidateID}, ""
	if a.CV != nil {
		about.FileIDs, cvName = []int64{a.CV.ID}, a.CV.Name
	}
	return pg.Column[[]outbox.Email](to, func(address string) outbox.Email {
		return outbox.Email{Mail: letter.Application(address, a.Applicant, job, a.ID, cvName, a.UnreadFiles, why), About: about}
	})
}

// tellAgain tells somebody who applies for the same job once more that the first application counts, and how another CV comes to the
// employer. Somebody else may have used the address: there is one email an hour at most.
func (s *Store) tellAgain(ctx context.Context, tx *pg.Tx, in incoming) error {
	j, company, err := job.HoldToApplyFor(ctx, tx, in.target())
	if err != nil || j.Mode != board.ModeLive {
		return err
	}
	var row struct {
		ID          int64     `db:"id"`
		CandidateID int64     `db:"candidate_id"`
		AppliedAt   time.Time `db:"applied_at"`
	}
	err = tx.Get(ctx, &row, `
UPDATE applications a SET told_again_at = $5
  FROM candidates c
 WHERE a.employer_id = $1 AND a.mode = $2 AND a.job_id = $3 AND a.status <> 'Withdrawn' AND c.id = a.candidate_id AND lower(c.email) = lower($4)
   AND c.erased_at IS NULL AND (a.told_again_at IS NULL OR a.told_again_at <= $6)
RETURNING a.id, a.candidate_id, a.applied_at`, j.EmployerID, j.Mode, j.ID, in.Applicant.Email, tx.Now, tx.Now.Add(-board.ApplyWindow))
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("note that somebody applied again: %w", err)
	}
	cvName := ""
	if in.cv != nil {
		cvName = in.cv.name
	}
	outbox.Tells(tx, row.CandidateID)
	return outbox.QueueMail(ctx, tx, outbox.Mailing{EmployerID: j.EmployerID, CandidateID: row.CandidateID},
		letter.AppliedBefore(in.Applicant, j.Title, company, row.AppliedAt, cvName, s.withdrawLink(in.PublicURL, row.ID, tx.Now)))
}

// withdrawLink leads to the page that withdraws an application; empty without a public address.
func (s *Store) withdrawLink(publicURL string, applicationID int64, from time.Time) string {
	if publicURL == "" {
		return ""
	}
	return strings.TrimSuffix(publicURL, "/") + board.WithdrawPath + "?token=" + url.QueryEscape(s.withdraw.make(applicationID, from.Add(board.WithdrawLife)))
}
