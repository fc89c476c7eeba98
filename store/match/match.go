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
}

// New makes a Store.
func New(db *pg.DB) *Store { return &Store{db: db} }
