package erase

import (
	"context"
	"fmt"

	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pipeline"
)

// interviews cancels those to come, and has the interviewers' calendars forget them.
func (e *erasure) interviews(ctx context.Context, r *Receipt) error {
	if err := e.tellInterviewers(ctx); err != nil {
		return err
	}
	n, err := e.tx.Exec(ctx, `
UPDATE interviews SET location = '', meeting_url = '', notes = '', interviewers = '[]',
       sequence = CASE WHEN status = 'Scheduled' THEN sequence + 1 ELSE sequence END,
       status = CASE WHEN status = 'Scheduled' THEN 'Cancelled' ELSE status END, updated_at = greatest(updated_at, $2), version = version + 1
 WHERE candidate_id = $1`, e.candidate.ID, e.tx.Now)
	if err != nil {
		return fmt.Errorf("erase interviews: %w", err)
	}
	r.Interviews = int(n)
	return nil
}

// tellInterviewers queues the emails that cancel interviews. They concern no candidate, and so outlive the erasure.
func (e *erasure) tellInterviewers(ctx context.Context) error {
	if e.candidate.Mode != board.ModeLive {
		return nil
	}
	var rows []pipeline.InterviewRow
	err := e.tx.List(ctx, &rows, pipeline.InterviewSQL(`interviews`)+` WHERE i.candidate_id = $1 AND i.status = 'Scheduled' ORDER BY i.id`, e.candidate.ID)
	if err != nil {
		return fmt.Errorf("read the interviews to cancel: %w", err)
	}
	if len(rows) == 0 {
		return nil
	}
	employer, err := account.EmployerOf(ctx, e.tx, e.candidate.EmployerID)
	if err != nil {
		return err
	}
	for _, row := range rows {
		i, err := row.Interview()
		if err != nil {
			return err
		}
		v := board.Invitation{
			Interview: i.Interview, JobTitle: i.JobTitle, Employer: employer.Name, Candidate: board.Interviewer{Email: e.candidate.Email},
		}
		if err := outbox.SendMail(ctx, e.tx, e.candidate.EmployerID, v.CancelledOfErased(e.tx.Now)...); err != nil {
			return err
		}
	}
	return nil
}
