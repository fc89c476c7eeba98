package cv

import (
	"context"
	"strings"

	"itmanagerjobs/store/board"
)

// SmallSearchPlan has a few hundred people searched in all the ways in which a million are.
func (s *Store) SmallSearchPlan(ranked, firstWalk, slotSize, effort, page int) {
	s.plan = searchPlan{
		ranked: ranked, firstWalk: firstWalk, longWalk: 4 * firstWalk, rareShare: 0.1, page: page, effort: effort, slotSize: slotSize,
	}
}

// ForgetStemsAfter has the stems of so many words kept.
func (s *Store) ForgetStemsAfter(words int) { s.stems.most = words }

// SearchTerms gives the words that are stored of somebody, as the program makes them, and as PostgreSQL makes them of
// the same texts.
func (s *Store) SearchTerms(ctx context.Context, c board.CvCandidate) (ours, theirs string, err error) {
	p := profileOf(c)
	words := func(yield func(string) bool) {
		for _, part := range p.parts {
			for _, w := range part {
				if !yield(w) {
					return
				}
			}
		}
	}
	if err := s.stems.learn(ctx, s.db, words); err != nil {
		return "", "", err
	}
	vector, _ := s.stems.tsvector(nil, p.parts, nil)
	join := func(i int) string { return strings.Join(p.parts[i], " ") }
	var row struct{ Ours, Theirs string }
	err = s.db.Get(ctx, &row, `
SELECT strip($1::tsvector)::text || ts_rank($1::tsvector, 'engineer | manager | kubernetes') AS ours,
       strip(v)::text || ts_rank(v, 'engineer | manager | kubernetes') AS theirs
  FROM (SELECT setweight(to_tsvector('cv', $2), 'A') || setweight(to_tsvector('cv', $3), 'B') || setweight(to_tsvector('cv', $4), 'C') || to_tsvector('cv', $5)) t (v)`,
		vector, join(0), join(1), join(2), join(3))
	return row.Ours, row.Theirs, err
}

// CvPlanSQL gives the statements of a search, for EXPLAIN.
func (s *Store) CvPlanSQL(ctx context.Context, search Query) (walk, index string, err error) {
	q, err := s.compile(ctx, board.ModeLive, search)
	if err != nil {
		return "", "", err
	}
	in := scope{slots: slotsOf(board.ModeLive), after: newestPlace, until: oldestPlace, people: 1_000_000, share: 0.001, limit: 1000}
	walk, _ = q.rowsSQL(walkRows, in)
	index, _ = q.rowsSQL(indexRows, in)
	return walk, index, nil
}

// Shortened is shortened.
func Shortened(tsquery string) string { return shortened(tsquery) }
