package job

import (
	"strings"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/publication"
)

// Tests hold a statement or transaction up for as long as they need to fill the next batch.
func init() { reads.Patience, together.Patience = time.Hour, time.Hour }

// Cell and Cells name the square degrees of a place and of a circle.
var Cell, Cells = cell, cells

// PublicSQL gives the statements of the public pages, with values in them, and the index that each is made for.
func PublicSQL() []struct{ Index, Query string } {
	fill := strings.NewReplacer("$1", "now()", "$2", "20", "$3", "500").Replace
	return []struct{ Index, Query string }{
		{"jobs_public_list", fill(listAll(publication.SortNewest, false))}, {"jobs_public_", fill(countNewest)}, {"jobs_public_feed", fill(feedPageSQL)},
		{"jobs_public_changed", fill(feedStateSQL)}, {"jobs_public_feed", fill(feedStateSQL)},
	}
}

// WaitingReads is how many requests wait for the next batch of reads.
func (s *Store) WaitingReads() int { return s.reads.Waiting() }

// WaitingCreations is how many jobs of a tenant wait for its next transaction.
func (s *Store) WaitingCreations(t board.Tenant) int { return s.creates.Waiting(t) }

// WaitingPublications is how many publications of a tenant wait for its next transaction.
func (s *Store) WaitingPublications(t board.Tenant) int { return s.publishes.Waiting(t) }
