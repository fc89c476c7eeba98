// Package job is the jobs of employers: their rows, publication for a credit, expiry, and what the public sees of them.
//
// It must not know who applies, and what may be done with a job is decided in board.
package job

import (
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/pg"
)

// Store is the room of jobs. It is safe for concurrent use.
type Store struct {
	db       *pg.DB
	accounts *account.Store
}

// New makes the room over a database.
func New(db *pg.DB, accounts *account.Store) *Store { return &Store{db: db, accounts: accounts} }
