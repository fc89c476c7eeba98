// Package pipeline is the employer's own hiring pipeline: applications with their CVs, candidates, interviews and calls,
// and the pushes that post applications to an employer's endpoint.
//
// It must not know the CV database, in which people are found who have not applied.
package pipeline

import (
	"context"
	"io"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/job"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/seal"
)

// ExtractText reads the text of a CV. problem says in a sentence why there is none; a file without a text is no error
// of its sender.
type ExtractText func(ctx context.Context, cv board.CV) (text, problem string)

// Config is what a Store needs.
type Config struct {
	DB   *pg.DB
	Jobs *job.Store
	// Rand is the source of the ids of pushes and of feed secrets.
	Rand io.Reader
	Keys seal.Keys
	// ExtractText reads the text of CVs, which come from strangers.
	ExtractText ExtractText
}

// Store is the room of the pipeline. It is safe for concurrent use.
type Store struct {
	db       *pg.DB
	jobs     *job.Store
	rand     io.Reader
	secrets  *seal.Secrets
	pepper   []byte // of the addresses whose applications are counted
	withdraw []byte // the key of the links that withdraw applications
	text     ExtractText
	files    fileBytes
}

// New makes the room over a database.
func New(c Config) *Store {
	return &Store{
		db: c.DB, jobs: c.Jobs, rand: c.Rand, secrets: c.Keys.Secrets, pepper: c.Keys.Pepper, withdraw: c.Keys.Withdraw,
		text: c.ExtractText, files: fileBytes{c.DB},
	}
}
