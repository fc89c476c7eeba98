// Package cv is the CV database: people who have not applied to the employer who finds them. It imports and exports them, keeps
// the index that searches read, searches it, and opens a profile for an employer who pays for it.
//
// A search is parsed by package cvquery, compiled to conditions on lexemes (compile.go, expr.go), and run by a collector, which
// chooses between a scan by recency and lookups in the index (collector.go, lookup.go, plan.go, fetch.go). What it finds is
// ranked (rank.go) and shown (hits.go, excerpts.go).
//
// It must not know the pipelines of employers, which the facade of the store puts beside it, nor word the errors of the API.
package cv

import (
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/seal"
	"itmanagerjobs/store/turns"
)

// Store gives access to the CV database. It is safe for concurrent use.
type Store struct {
	db        *pg.DB
	accounts  *account.Store
	erased    []byte // the key of the digests of erased people's addresses
	stops     []byte // the key of the links that end emails
	stems     *stemmer
	samples   samples
	plan      searchPlan
	searching *turns.Gate // for each statement of a search that runs
}

// New opens the CV database in db.
func New(db *pg.DB, accounts *account.Store, keys seal.Keys) *Store {
	return &Store{
		db: db, accounts: accounts, erased: keys.Erased, stops: keys.Unsubscribe, stems: &stemmer{limit: maxStems}, samples: samples{latest: map[board.Mode]*sample{}}, plan: defaultSearchPlan, searching: turns.New(searching),
	}
}
