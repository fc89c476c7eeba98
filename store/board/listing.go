package board

import "time"

// Listing is a job as the public sees it: with the name of its employer.
type Listing struct {
	Job      Job
	Employer string
}

// JobSearch asks for a page of the public's jobs, newest publication first. Words must all occur in title, employer,
// city or country, upper and lower case alike.
type JobSearch struct {
	Words         []string
	Offset, Limit int
}

// JobSearchPage is the answer. The jobs have no description.
type JobSearchPage struct {
	// Total counts what was found on all pages.
	Total    int
	Listings []Listing
}

// FeedState tells whether the feed of all public jobs has changed.
type FeedState struct {
	// Version is another one whenever the feed's content is: a job came, went, or changed.
	Version string
	// UpdatedAt is when that last happened. Jobs that left the feed count, so that it never runs backwards.
	UpdatedAt time.Time
}
