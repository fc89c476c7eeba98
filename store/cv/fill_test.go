package cv_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/cv"
	"itmanagerjobs/store/storetest"
)

func TestAnEmptyPopulationIsFilledOnce(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	away := errors.New("nobody could be made up")
	if filled, err := s.CV.Fill(context.Background(), board.ModeTest, func() ([]board.CVCandidate, error) { return nil, away }); filled || !errors.Is(err, away) {
		t.Errorf("a fill that fails: %t, %v", filled, err)
	}
	people := func() ([]board.CVCandidate, error) {
		return []board.CVCandidate{
			{FirstName: "Ada", LastName: "Byron", Email: "ada@example.org", Title: "IT Manager", Visibility: board.VisibilityVisible},
			{FirstName: "Alan", LastName: "Kay", Email: "alan@example.org", Title: "Data Engineer", Visibility: board.VisibilityVisible},
		}, nil
	}
	var fills atomic.Int64
	var copies sync.WaitGroup
	for range 4 {
		copies.Go(func() {
			filled, err := s.CV.Fill(context.Background(), board.ModeTest, people)
			if err != nil {
				t.Errorf("fill: %v", err)
			}
			if filled {
				fills.Add(1)
			}
		})
	}
	copies.Wait()
	if fills.Load() != 1 {
		t.Errorf("filled %d times", fills.Load())
	}
	for mode, want := range map[board.Mode]int{board.ModeTest: 2, board.ModeLive: 0} {
		found, err := s.CV.Search(context.Background(), board.Tenant{EmployerID: 1, Mode: mode}, cv.Query{Limit: 10})
		if err != nil || found.Total != want {
			t.Errorf("in %s mode there are %d people, %v; want %d", mode, found.Total, err, want)
		}
	}
}
