package pipeline

import (
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/job"
)

// Tests hold a transaction up for as long as they need to fill the next one.
func init() { moves.Patience, arrivals.Patience = time.Hour, time.Hour }

// WaitingMoves is how many moves of a tenant wait for its next transaction.
func (s *Store) WaitingMoves(t board.Tenant) int { return s.moves.Waiting(t) }

// WaitingArrivals is how many applications for a job wait for its next transaction.
func (s *Store) WaitingArrivals(of board.Job) int {
	return s.arrivals.Waiting(job.Target{Mode: of.Mode, ID: of.ID})
}
