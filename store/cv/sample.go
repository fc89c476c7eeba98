package cv

import (
	"context"
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/turns"
)

const (
	// sampleSize is how many people of the sample are looked at.
	sampleSize = 4000
	// sampleAge is how old a sample becomes, and sampleDrift how many times as many people there may be meanwhile.
	sampleAge   = 10 * time.Minute
	sampleDrift = 1.2
)

// sample is a random sample of the people of a mode: who of them has which lexemes. It tells how many a query matches without
// asking the database, and names nobody.
type sample struct {
	taken  time.Time
	among  int // people
	people int
	// lexemes are in order; who has the numbers of those people who have each.
	lexemes []string
	who     [][]uint16
}

// samples keeps the latest sample of each mode.
type samples struct {
	mu     sync.RWMutex
	latest map[board.Mode]*sample
	taking sync.Mutex
}

// sampleOf gives a sample of a mode that has about so many people. While a new one is taken, other searches have the old one.
func (s *Store) sampleOf(ctx context.Context, mode board.Mode, people int) (*sample, error) {
	latest := s.samples.get(mode)
	now := s.db.Now()
	if latest.fresh(now, people) {
		return latest, nil
	}
	defer turns.Away(ctx)() // who has the lock waits for the database
	if latest == nil {
		s.samples.taking.Lock()
	} else if !s.samples.taking.TryLock() {
		return latest, nil
	}
	defer s.samples.taking.Unlock()
	if latest = s.samples.get(mode); latest.fresh(now, people) {
		return latest, nil // another search took it
	}
	taken, err := s.takeSample(ctx, mode)
	if err != nil {
		return nil, err
	}
	taken.taken, taken.among = now, people
	s.samples.mu.Lock()
	defer s.samples.mu.Unlock()
	s.samples.latest[mode] = taken
	return taken, nil
}

func (s *samples) get(mode board.Mode) *sample {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.latest[mode]
}

func (s *sample) fresh(now time.Time, people int) bool {
	return s != nil && now.Sub(s.taken) < sampleAge && float64(people) <= sampleDrift*float64(s.among) && float64(s.among) <= sampleDrift*float64(people)
}

func (s *Store) takeSample(ctx context.Context, mode board.Mode) (*sample, error) {
	in, who, taken := partitionsOf(mode), map[string][]uint16{}, &sample{}
	err := s.db.Reader(ctx).Each(ctx, func(rows *sqlx.Rows) error {
		var lexemes pq.StringArray
		if err := rows.Scan(&lexemes); err != nil {
			return err
		}
		for _, l := range lexemes {
			who[l] = append(who[l], uint16(taken.people)) //nolint:gosec // below sampleSize
		}
		taken.people++
		return nil
	}, `SELECT tsvector_to_array(terms) FROM cv_index WHERE slot >= $1 AND slot <= $2 AND sampled LIMIT $3`, in.first, in.last, sampleSize)
	if err != nil {
		return nil, fmt.Errorf("take a sample: %w", err)
	}
	taken.lexemes = make([]string, 0, len(who))
	for l := range who {
		taken.lexemes = append(taken.lexemes, l)
	}
	slices.Sort(taken.lexemes)
	taken.who = make([][]uint16, len(who))
	for i, l := range taken.lexemes {
		taken.who[i] = slices.Clip(who[l])
	}
	return taken, nil
}

// set is a set of people of the sample.
type set []uint64

func (s *sample) none() set { return make(set, (s.people+63)/64) }

func (a set) count() (n int) {
	for _, word := range a {
		n += bits.OnesCount64(word)
	}
	return n
}

func (a set) keep(b set) {
	for i := range a {
		a[i] &= b[i]
	}
}

func (a set) add(b set) {
	for i := range a {
		a[i] |= b[i]
	}
}

// matching are the people whom a condition without positions and weights matches.
func (s *sample) matching(e *expr) set {
	switch e.op {
	case opLexeme:
		return s.having(e.lexeme, e.prefix)
	case opNot:
		all := s.none()
		for i := range s.people {
			all[i/64] |= 1 << (i % 64)
		}
		for i, word := range s.matching(e.kids[0]) {
			all[i] &^= word
		}
		return all
	case opAnd, opOr, opPhrase:
	}
	found := s.matching(e.kids[0])
	for _, kid := range e.kids[1:] {
		if e.op == opOr {
			found.add(s.matching(kid))
		} else {
			found.keep(s.matching(kid))
		}
	}
	return found
}

func (s *sample) having(lexeme string, prefix bool) set {
	found := s.none()
	at, _ := slices.BinarySearch(s.lexemes, lexeme)
	for ; at < len(s.lexemes) && (s.lexemes[at] == lexeme || prefix && strings.HasPrefix(s.lexemes[at], lexeme)); at++ {
		for _, n := range s.who[at] {
			found[n/64] |= 1 << (n % 64)
		}
	}
	return found
}

// estimateBy gives each condition of a query its selectivity in the sample.
func (c *collector) estimateBy(s *sample) {
	c.sampled = sampleCount{people: s.people}
	var all set
	for i := range c.q.conditions {
		matching := s.matching(c.q.conditions[i].expr)
		c.q.conditions[i].selectivity = float64(matching.count()) / float64(max(s.people, 1))
		if i == 0 {
			all = matching
		} else {
			all.keep(matching)
		}
	}
	c.sampled.hits = all.count()
}

// sampleCount tells how many of how many people in the sample the query matches.
type sampleCount struct{ people, hits int }

// estimate gives the selectivity of the query, which is about the share of all people whom the index finds, and the precision
// of the index, which is about the share of these who match.
func (c *collector) estimate() (selectivity, precision float64) {
	precision = max(float64(max(len(c.hits), 1))/float64(max(c.fetched, 1)), 0.01)
	selectivity = float64(c.passed) / float64(max(c.scanned, 1))
	if selectivity >= c.s.plan.rareShare {
		return selectivity, precision
	}
	// Half a match more: that there was none does not mean that there is none.
	selectivity = (float64(c.passed+c.sampled.hits) + 0.5) / float64(c.scanned+c.sampled.people+1)
	if c.passed+c.sampled.hits == 0 {
		independent := correlation
		for _, condition := range c.q.conditions {
			independent *= condition.selectivity
		}
		selectivity = min(selectivity, max(independent, 1e-9))
	}
	return selectivity, precision
}

// correlation is how many times more people match all conditions of a query than if the conditions were independent.
const correlation = 5.0
