package job

import (
	"context"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/publication"
)

// Preview is what the public would see of a job that is published now, and what that costs.
type Preview struct {
	// JobPosting is the structured data of the job's page (schema.org/JobPosting).
	JobPosting map[string]any
	// FeedEntry is the job's element in the XML feed.
	FeedEntry string
	// Problems are what prevents publishing; empty when nothing does.
	Problems []board.FieldError
	// Cost is in job posting credits.
	Cost int64
}

// PreviewJob shows a job as if it were published now, and changes nothing. pageURL is the job's public page.
// Errors: not_found.
func (s *Store) PreviewJob(ctx context.Context, t board.Tenant, id int64, expiry *time.Time, pageURL string) (Preview, error) {
	job, err := s.Job(ctx, t, id)
	if err != nil {
		return Preview{}, err
	}
	employer, err := s.accounts.Employer(ctx, t.EmployerID)
	if err != nil {
		return Preview{}, err
	}
	now := s.db.Now()
	published, problems := job.AsPublished(now, expiry)
	entry, err := publication.NewFeedEntry(published, employer.Name, pageURL).XML()
	if err != nil {
		return Preview{}, err
	}
	return Preview{
		JobPosting: publication.JobPosting(published, employer.Name, pageURL), FeedEntry: entry,
		Problems: problems, Cost: board.PublishCost(t.Mode, employer.ContractUntil, now),
	}, nil
}
