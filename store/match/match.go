// Package match is the pairs of jobs and candidates that fit: what their scores are computed from, the index of bitmaps
// that finds the best, and the rows that are read. It reads the columns of jobs, candidates and CV profiles that a score
// is made of by itself, so that the rooms that own them need not know of it; they call Enqueue when one of them changes.
//
// It must not decide what fits: the scores are board's.
package match

import "itmanagerjobs/store/pg"

// Store is the room of matches. It is safe for concurrent use.
type Store struct {
	db *pg.DB
}

// New makes the room over a database.
func New(db *pg.DB) *Store { return &Store{db: db} }
