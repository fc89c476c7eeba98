package cv

import (
	"context"
	"errors"
	"fmt"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/turns"
)

// searching bounds how many searches this copy of the program runs at a time, by turns of the employers: more would only compete for
// processors. A search waits for others no longer than Patience, and as many wait as run within that time, about.
var searching = turns.Options{AtOnce: 2, Patience: 1500 * time.Millisecond, Line: 16, Lines: 64}

// ErrBusy answers a search that would come too late: so many others run and wait.
var ErrBusy = board.Errorf(board.CodeUnavailable, "Many searches are running at the moment. Send this again in a few seconds.")

// enter waits until a search of a tenant may run. Errors: ErrBusy; that of ctx.
func (s *Store) enter(ctx context.Context, t board.Tenant) error {
	err := s.searching.Enter(ctx, t.EmployerID)
	switch {
	case errors.Is(err, turns.ErrLate):
		return ErrBusy
	case err != nil:
		return fmt.Errorf("wait for other searches: %w", err)
	}
	return nil
}
