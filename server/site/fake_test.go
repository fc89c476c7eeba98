package site

import (
	"context"
	"fmt"
	"slices"

	"itmanagerjobs/store/board"
)

// fakeJobs is a store in memory.
type fakeJobs struct {
	listings []board.Listing
	state    board.FeedState
	asked    board.JobSearch
	meant    string
	fail     error // from the second batch on, and of a search
	// reading is told of each batch.
	reading func()
	// viewed are the visitors that were counted.
	viewed []string
}

func (f *fakeJobs) SearchJobs(_ context.Context, q board.JobSearch) (board.JobSearchPage, error) {
	f.asked = q
	n := len(f.listings)
	if q.Place == "Zorblaxia" {
		return board.JobSearchPage{}, board.Invalid(board.FieldError{Field: "place", Code: board.FieldNotAllowed, Message: "is not a place that is known here"})
	}
	return board.JobSearchPage{
		Total: n, Listings: f.listings[min(q.Offset, n):min(q.Offset+q.Limit, n)], DidYouMean: f.meant,
		Facets: []board.JobFacet{{Filter: board.FacetRemote, Value: "FullyRemote", Count: 7}, {Filter: board.FacetSalary, Value: "3", Count: 5}, {Filter: board.FacetPosted, Value: "7", Count: 4}},
	}, f.fail
}

func (f *fakeJobs) PublicJob(_ context.Context, id int64) (board.Listing, error) {
	for _, l := range f.listings {
		if l.Job.ID == id {
			return l, nil
		}
	}
	return board.Listing{}, board.Errorf(board.CodeNotFound, "There is no such job.")
}

func (f *fakeJobs) SitemapEntries(_ context.Context, after int64, limit int) ([]board.SitemapEntry, error) {
	var entries []board.SitemapEntry
	for _, l := range f.listings {
		if l.Job.ID > after && len(entries) < limit {
			entries = append(entries, board.SitemapEntry{JobID: l.Job.ID, UpdatedAt: l.Job.UpdatedAt})
		}
	}
	return entries, f.fail
}

func (f *fakeJobs) SitemapPart(_ context.Context, after int64, limit int) (int64, bool, error) {
	open := slices.DeleteFunc(slices.Clone(f.listings), func(l board.Listing) bool { return l.Job.ID <= after })
	if len(open) < limit {
		return 0, false, nil
	}
	return open[limit-1].Job.ID, true, nil
}

func (f *fakeJobs) CountView(jobID int64, address, agent string) {
	f.viewed = append(f.viewed, fmt.Sprintf("%d %s %s", jobID, address, agent))
}

func (f *fakeJobs) FeedState(context.Context) (board.FeedState, error) { return f.state, nil }

func (f *fakeJobs) FeedPage(_ context.Context, after int64, limit int) ([]board.Listing, error) {
	if f.reading != nil {
		f.reading()
	}
	if after > 0 && f.fail != nil {
		return nil, f.fail
	}
	from := slices.IndexFunc(f.listings, func(l board.Listing) bool { return l.Job.ID > after })
	if from < 0 {
		return nil, nil
	}
	return f.listings[from:min(from+limit, len(f.listings))], nil
}
