// Package job keeps the jobs of employers: their rows, publication for a credit, expiry, and what the public sees of them.
//
// It must not know who applies. What may be done with a job is decided in package board.
package job

import (
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/batch"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

// Store reads and writes jobs. It is safe for concurrent use.
type Store struct {
	db        *pg.DB
	accounts  *account.Store
	counts    keptCounts
	viewed    viewed
	reads     *batch.Group[asked, *found]
	kept      kept
	creates   *batch.By[board.Tenant, creation, Result]
	publishes *batch.By[board.Tenant, publishing, Result]
}

// New makes a Store on a database. viewerKey is that of the digests of visitors.
func New(db *pg.DB, accounts *account.Store, viewerKey []byte) *Store {
	accounts.OnRename(renamed)
	s := &Store{db: db, accounts: accounts, viewed: viewed{key: viewerKey}}
	s.reads = batch.New(reads, s.readAll)
	s.creates = batch.NewBy(together, s.createTogether)
	s.publishes = batch.NewBy(together, s.publishTogether)
	return s
}
