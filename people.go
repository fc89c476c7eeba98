package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/cvsample"
)

// Made-up people. Each population has a seed of its own, so that nobody is in both.
const (
	testPeople = 200
	testSeed   = 20_001
)

// fillTestMode sees to it that a key of the test mode finds people: those of the live mode are not for it.
func fillTestMode(ctx context.Context, s *store.Store, now time.Time) error {
	_, err := s.CV.Fill(ctx, board.ModeTest, func() ([]board.CvCandidate, error) { return madeUp(testSeed, testPeople, now) })
	if err != nil {
		return fmt.Errorf("make the people of the test mode: %w", err)
	}
	return nil
}

// madeUp makes people up, and takes them through the same checks as an import.
func madeUp(seed uint64, n int, now time.Time) ([]board.CvCandidate, error) {
	people := make([]board.CvCandidate, 0, n)
	for p := range cvsample.Candidates(seed, n, now) {
		line, err := json.Marshal(p)
		if err != nil {
			return nil, fmt.Errorf("encode %s: %w", p.ExternalID, err)
		}
		c, err := board.ParseCvLine(line, now)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.ExternalID, err)
		}
		people = append(people, c)
	}
	return people, nil
}
