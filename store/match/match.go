// Package match keeps the pairs of jobs and candidates that fit: it computes their scores, finds the best by an index of
// bitmaps, and reads the pairs. It reads the columns of jobs, candidates and CV profiles that a score is made of by itself,
// so that the packages that own them need not know of it; they call Enqueue when one of them changes, and Forget when somebody
// is hidden or erased.
//
// It must not decide what fits: package board computes the scores.
package match

import (
	"sync/atomic"

	"itmanagerjobs/store/pg"
)

// Store computes and reads matches. It is safe for concurrent use.
type Store struct {
	db *pg.DB
	// portion is how many candidates are matched at once; 0 for as many as are asked for.
	portion atomic.Int64
	// peopleNext tells that candidates are next to be matched, and then jobs again.
	peopleNext atomic.Bool
	// jobsOf and peopleOf are the employers who had the last turn of jobs and of candidates. Another copy of the program has turns of its
	// own, which are as fair.
	jobsOf, peopleOf atomic.Int64
}

// New makes a Store.
func New(db *pg.DB) *Store { return &Store{db: db} }
