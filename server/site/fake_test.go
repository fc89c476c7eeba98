package site

import (
	"context"
	"fmt"
	"slices"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/publication"
)

// fakeJobs is a store in memory.
type fakeJobs struct {
	listings []publication.Listing
	state    publication.FeedState
	asked    publication.Search
	meant    string
	fail     error // from the second batch on, and of a search
	// reading is told of each batch.
	reading func()
	// viewed are the visitors that were counted.
	viewed []string
}

func (f *fakeJobs) SearchJobs(_ context.Context, q publication.Search) (publication.SearchPage, error) {
	f.asked = q
	n := len(f.listings)
	if q.Place == "Zorblaxia" {
		return publication.SearchPage{}, board.Invalid(board.FieldError{Field: "place", Code: board.FieldNotAllowed, Message: "is not a place that is known here"})
	}
	return publication.SearchPage{
		Total: n, Listings: f.listings[min(q.Offset, n):min(q.Offset+q.Limit, n)], DidYouMean: f.meant,
		Facets: []publication.Facet{{Filter: publication.FacetRemote, Value: "FullyRemote", Count: 7}, {Filter: publication.FacetSalary, Value: "3", Count: 5}, {Filter: publication.FacetPosted, Value: "7", Count: 4}},
	}, f.fail
}

func (f *fakeJobs) PublicJob(_ context.Context, id int64) (publication.Listing, error) {
	for _, l := range f.listings {
		if l.Job.ID == id {
			return l, nil
		}
	}
	return publication.Listing{}, board.Errorf(board.CodeNotFound, "There is no such job.")
}

func (f *fakeJobs) SitemapEntries(_ context.Context, after int64, limit int) ([]publication.SitemapEntry, error) {
	var entries []publication.SitemapEntry
	for _, l := range f.listings {
		if l.Job.ID > after && len(entries) < limit {
			entries = append(entries, publication.SitemapEntry{JobID: l.Job.ID, UpdatedAt: l.Job.UpdatedAt})
		}
	}
	return entries, f.fail
}

func (f *fakeJobs) SitemapPart(_ context.Context, after int64, limit int) (int64, bool, error) {
	open := slices.DeleteFunc(slices.Clone(f.listings), func(l publication.Listing) bool { return l.Job.ID <= after })
	if len(open) < limit {
		return 0, false, nil
	}
	return open[limit-1].Job.ID, true, nil
}

func (f *fakeJobs) CountView(jobID int64, address, agent string) {
	f.viewed = append(f.viewed, fmt.Sprintf("%d %s %s", jobID, address, agent))
}

func (f *fakeJobs) FeedState(context.Context) (publication.FeedState, error) { return f.state, nil }

func (f *fakeJobs) FeedPage(_ context.Context, after int64, limit int) ([]publication.Listing, error) {
	if f.reading != nil {
		f.reading()
	}
	if after > 0 && f.fail != nil {
		return nil, f.fail
	}
	from := slices.IndexFunc(f.listings, func(l publication.Listing) bool { return l.Job.ID > after })
	if from < 0 {
		return nil, nil
	}
	return f.listings[from:min(from+limit, len(f.listings))], nil
}
