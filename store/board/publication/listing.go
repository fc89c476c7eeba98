package publication

import (
	"time"

	"itmanagerjobs/store/board"
)

// Listing is a job with the name of its employer, as the public sees it.
type Listing struct {
	Job      board.Job
	Employer string
	// Website and About are what the employer says of itself; empty for nothing. Lists of jobs leave them out.
	Website, About string
}

// FeedState is the version of the feed of all public jobs.
type FeedState struct {
	// Version changes with the content of the feed: when a job comes, goes or changes.
	Version string
	// UpdatedAt is when that last happened. It never decreases, because jobs that have left the feed count.
	UpdatedAt time.Time
}
