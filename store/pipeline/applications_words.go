package pipeline

import (
	"context"
	"fmt"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

const (
	// fewCandidates are so many that all their applications are read and counted within a few milliseconds.
	fewCandidates = 2000
	// manyCandidates are so many that their ids are read within some ten milliseconds. To have the ids is worth that, because whether an
	// application is of one of them is known without its candidate, and a list may pass over thousands of applications.
	manyCandidates = 10_000
)

// lookedUp are the candidates whom the words of a filter select, or some of them when there are more than manyCandidates.
type lookedUp struct {
	ids []int64
	// whole means that ids are all of them.
	whole bool
	// first means that applications are found by ids, and not by the order of a list.
	first bool
}

// LookUp finds whom the words of a filter select, so that lists by the filter that it returns are read in the shorter way: from the
// candidates to their applications where they are few, else from the newest applications on. A filter without words is
// returned as it is.
//
//house:told ids stay in the filter, and tell of nobody
func (s *Store) LookUp(ctx context.Context, t board.Tenant, f ApplicationFilter) (ApplicationFilter, error) {
	if len(f.Words) == 0 {
		return f, nil
	}
	l := &pg.Listing{Where: ofTenantWithWords, Args: []any{t.EmployerID, t.Mode}}
	l.Where += " AND " + wordsCondition(l, t, f.Words, nil)
	var ids []int64
	if err := s.db.Reader(ctx).List(ctx, &ids, "SELECT id FROM candidates WHERE "+l.Where+" LIMIT "+l.Arg(manyCandidates+1), l.Args...); err != nil {
		return f, fmt.Errorf("look candidates up by words: %w", err)
	}
	f.looked = &lookedUp{ids: ids, whole: len(ids) <= manyCandidates, first: len(ids) <= fewCandidates}
	return f, nil
}

// Common tells that the words select more candidates than are counted. LookUp has found it out.
func (f ApplicationFilter) Common() bool { return f.looked != nil && len(f.looked.ids) > fewCandidates }

// fromApplicants makes statements find applications from the candidates who were looked up.
func (f ApplicationFilter) fromApplicants() ApplicationFilter {
	if f.looked != nil {
		f.looked = &lookedUp{ids: f.looked.ids, whole: f.looked.whole, first: true}
	}
	return f
}

// few leaves no more of the candidates who were looked up than are counted, and one more.
func (f ApplicationFilter) few() ApplicationFilter {
	if f.looked != nil {
		f.looked = &lookedUp{ids: f.looked.ids[:min(len(f.looked.ids), fewCandidates+1)]}
	}
	return f
}

// wordsOfApplicant is the condition that the candidate of an application has the words of a filter.
func wordsOfApplicant(l *pg.Listing, t board.Tenant, f ApplicationFilter) string {
	switch {
	case len(f.Words) == 0:
		return ""
	case f.looked == nil:
		return " AND candidate_id IN (SELECT id FROM candidates WHERE erased_at IS NULL AND " + wordsCondition(l, t, f.Words, nil) + ")"
	case f.looked.first:
		return " AND candidate_id = ANY (" + l.Arg(pq.Int64Array(f.looked.ids)) + ")"
	case f.looked.whole:
		// Inside of CASE the ids are hashed once, and the planner has no other way than the order of the list.
		return " AND CASE WHEN candidate_id IN (SELECT unnest(" + l.Arg(pq.Int64Array(f.looked.ids)) + "::bigint[])) THEN TRUE END"
	}
	// A condition on each application, which leaves the planner no other way than the order of the list. What the terms must match
	// is in a subquery of its own, which is evaluated once.
	terms, rest := wordsQuery(l, t, f.Words, nil)
	return " AND (SELECT erased_at IS NULL AND words @@ (SELECT " + terms + ")" + rest + " FROM candidates WHERE id = candidate_id)"
}
