// Package cv is the CV database: people who have not applied to the employer that finds them. It holds their rows, the
// index that a search reads, the search itself, the import, and what an employer pays to see whom.
//
// It must not know the pipelines of employers; the facade of the store puts the two together.
package cv

import (
	"itmanagerjobs/store/pg"
)

// Store is the room of the CV database. It is safe for concurrent use.
type Store struct {
	db        *pg.DB
	erased    []byte // the key of the digests of erased people's addresses
	stems     *stemmer
	plan      searchPlan
	searching chan struct{} // has an item for each search that runs
}

// New makes the room over a database. erasedKey is the key of the digests of erased people's addresses.
func New(db *pg.DB, erasedKey []byte) *Store {
	return &Store{
		db: db, erased: erasedKey, stems: &stemmer{most: maxStems}, plan: defaultSearchPlan, searching: make(chan struct{}, searchesAtOnce),
	}
}
