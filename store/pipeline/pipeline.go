// Package pipeline keeps an employer's hiring pipeline: applications with their CVs, candidates, interviews and calls, and
// the pushes that post applications to the employer's endpoint.
//
// It must not know the CV database, in which employers find people who have not applied.
package pipeline

import (
	"io"
	"time"

	"itmanagerjobs/store/batch"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/job"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/seal"
)

// Config is what a Store is made of. All fields are required.
type Config struct {
	DB   *pg.DB
	Jobs *job.Store
	// Rand is the source of the UUIDs of pushes and of the secrets that sign them.
	Rand io.Reader
	Keys seal.Keys
	// ReadText reads the text of CVs. A CV without text is accepted: the sender has made no error.
	ReadText ReadText
	// CVPatience is how long somebody who applies waits at most for the text to be read.
	CVPatience time.Duration
}

// Store reads and writes the pipeline. It is safe for concurrent use.
type Store struct {
	db       *pg.DB
	jobs     *job.Store
	rand     io.Reader
	secrets  *seal.Secrets
	pepper   []byte // of the hashed network addresses whose applications are counted
	withdraw withdrawTokens
	readers  *readers
	moves    *batch.By[board.Tenant, moving, moveResult]
	arrivals *batch.By[job.Target, incoming, arrival]
}

// New makes a Store on a database.
func New(c Config) *Store {
	s := &Store{
		db: c.DB, jobs: c.Jobs, rand: c.Rand, secrets: c.Keys.Secrets, pepper: c.Keys.Pepper,
		withdraw: withdrawTokens{c.Keys.Withdraw}, readers: newReaders(c.ReadText, c.CVPatience),
	}
	s.moves = batch.NewBy(moves, s.moveTogether)
	s.arrivals = batch.NewBy(arrivals, s.applyTogether)
	return s
}
