package pipeline

import (
	"time"

	"itmanagerjobs/store/board"
)

// Tests hold a transaction up for as long as they need to fill the next one.
func init() { moves.Patience = time.Hour }

// WaitingMoves is how many moves of a tenant wait for its next transaction.
func (s *Store) WaitingMoves(t board.Tenant) int { return s.moves.Waiting(t) }
