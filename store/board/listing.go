package board

import "time"

// Listing is a job with the name of its employer, as the public sees it.
type Listing struct {
	Job      Job
	Employer string
}

// JobSearch asks for a page of the open jobs of all employers, the newest publication first. Words must all occur in the
// title, employer, city or country, in upper or lower case.
type JobSearch struct {
	Words         []string
	Offset, Limit int
}

// JobSearchPage is one page of a JobSearch. The jobs have no description.
type JobSearchPage struct {
	// Total counts the jobs on all pages.
	Total    int
	Listings []Listing
}

// FeedState is the version of the feed of all public jobs.
type FeedState struct {
	// Version changes with the content of the feed: when a job comes, goes or changes.
	Version string
	// UpdatedAt is when that last happened. It never decreases, because jobs that have left the feed count.
	UpdatedAt time.Time
}
