package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/cvline"
	"itmanagerjobs/store/cvsample"
)

// Made-up people. Each population has a seed of its own, so that nobody is in both.
const (
	testPeople = 200
	testSeed   = 20_001
)

// FillTestMode makes the people of the test mode, unless it has some. A key of the test mode sees no others, so serve calls
// this too.
func FillTestMode(ctx context.Context, s *store.Store, now time.Time) error {
	_, err := s.CV.Fill(ctx, board.ModeTest, func() ([]board.CVCandidate, error) { return madeUp(testSeed, testPeople, now) })
	if err != nil {
		return fmt.Errorf("make the people of the test mode: %w", err)
	}
	return nil
}

// madeUp makes people up, each with a CV that can be unlocked. They pass the same checks as those of an import.
func madeUp(seed uint64, n int, now time.Time) ([]board.CVCandidate, error) {
	people := make([]board.CVCandidate, 0, n)
	for p := range cvsample.Candidates(seed, n, now) {
		p.CVText = plainCV(p)
		line, err := json.Marshal(p)
		if err != nil {
			return nil, fmt.Errorf("encode %s: %w", p.ExternalID, err)
		}
		c, err := cvline.Parse(line, now)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.ExternalID, err)
		}
		people = append(people, c)
	}
	return people, nil
}
