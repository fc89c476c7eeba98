// Package erase reaches all that is known of a person, wherever the other rooms keep it: erasure, export, and the removal
// of what PostgreSQL leaves on the disk. It stands on top of the rooms and reads their tables by itself, so that one place
// tells what an erasure reaches.
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
	// EraseReplies replaces the answers that tell of a candidate, and counts them. Their keys stay: a request that is
	// sent again must not be done again.
	EraseReplies(ctx context.Context, tx *pg.Tx, t board.Tenant, candidateID int64) (int, error)
}

// Config is what a Store needs.
type Config struct {
	DB       *pg.DB
	Pipeline *pipeline.Store
	CV       *cv.Store
	Matches  *match.Store
	Replies  Replies
}

// Store is the room of erasure. It is safe for concurrent use.
type Store struct {
	db       *pg.DB
	pipeline *pipeline.Store
	cv       *cv.Store
	matches  *match.Store
	replies  Replies
}

// New makes the room over the others.
func New(c Config) *Store {
	return &Store{db: c.DB, pipeline: c.Pipeline, cv: c.CV, matches: c.Matches, replies: c.Replies}
}
