// Package erase erases and exports all that is known of a person, in every package of the store, and removes
// what PostgreSQL leaves of it on the disk. It reads and writes the tables of the others by itself, so that one place shows
// what an erasure reaches.
//
// It must not erase a part without the rest: each erasure is one transaction, and its receipt names nobody.
package erase

import (
	"context"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/cv"
	"itmanagerjobs/store/match"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/pipeline"
)

// Replies are the recorded answers under an Idempotency-Key.
type Replies interface {
	// EraseReplies empties the answers that tell of a candidate, and returns how many. Their keys stay: a request that is
	// sent again must not be done again.
	EraseReplies(ctx context.Context, tx *pg.Tx, t board.Tenant, candidateID int64) (int, error)
	// ForgetReplies deletes the answers of a tenant, so that a request that is sent again is done again.
	ForgetReplies(ctx context.Context, tx *pg.Tx, t board.Tenant) error
}

// Config is what a Store needs.
type Config struct {
	DB       *pg.DB
	Pipeline *pipeline.Store
	CV       *cv.Store
	Matches  *match.Store
	Replies  Replies
}

// Store erases and exports people. It is safe for concurrent use.
type Store struct {
	db       *pg.DB
	pipeline *pipeline.Store
	cv       *cv.Store
	matches  *match.Store
	replies  Replies
}

// New makes a Store.
func New(c Config) *Store {
	return &Store{db: c.DB, pipeline: c.Pipeline, cv: c.CV, matches: c.Matches, replies: c.Replies}
}
