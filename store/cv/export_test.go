package cv

import (
	"context"
	"strings"

	"itmanagerjobs/store/board"
)

// SmallSearchPlan makes a search take all ways among a few hundred people that it takes among a million.
func (s *Store) SmallSearchPlan(ranked, firstScan, partitionSize, budget, page int) {
	s.plan = searchPlan{
		ranked: ranked, firstScan: firstScan, longScan: 4 * firstScan, rareShare: 0.1, page: page, budget: budget, partitionSize: partitionSize,
	}
}

// ForgetStemsAfter bounds how many words' stems are kept.
func (s *Store) ForgetStemsAfter(words int) { s.stems.limit = words }

// TSVectors gives the tsvector of a person as the program makes it, and as PostgreSQL makes it of the same texts.
func (s *Store) TSVectors(ctx context.Context, c board.CVCandidate) (ours, theirs string, err error) {
	p := profileOf(c)
	words := func(yield func(string) bool) {
		for _, section := range p.sections {
			for _, w := range section {
				if !yield(w) {
					return
				}
			}
		}
	}
	if err := s.stems.learn(ctx, s.db, words); err != nil {
		return "", "", err
	}
	vector, _ := s.stems.tsvector(nil, p.sections, nil)
	join := func(i int) string { return strings.Join(p.sections[i], " ") }
	var row struct{ Ours, Theirs string }
	err = s.db.Get(ctx, &row, `
SELECT strip($1::tsvector)::text || ts_rank($1::tsvector, 'engineer | manager | kubernetes') AS ours,
       strip(v)::text || ts_rank(v, 'engineer | manager | kubernetes') AS theirs
  FROM (SELECT setweight(to_tsvector('cv', $2), 'A') || setweight(to_tsvector('cv', $3), 'B') || setweight(to_tsvector('cv', $4), 'C') || to_tsvector('cv', $5)) t (v)`,
		vector, join(0), join(1), join(2), join(3))
	return row.Ours, row.Theirs, err
}

// Pruned is what pruned makes of some alternatives, each of which is one lexeme or several that must all be there. A lexeme
// with a star is a prefix.
func Pruned(alternatives ...[]string) string {
	var kids []*expr
	for _, lexemes := range alternatives {
		var all []*expr
		for _, l := range lexemes {
			all = append(all, &expr{lexeme: strings.TrimSuffix(l, "*"), prefix: strings.HasSuffix(l, "*")})
		}
		kids = append(kids, operation(opAnd, all...))
	}
	return operation(opOr, kids...).pruned().String()
}

// Compiled gives the steps of the compilation of a query with words that are their own stems: the tsquery that rows are rechecked
// by, the conditions that the index answers, and each term in the title.
func (s *Store) Compiled(ctx context.Context, text string) (recheck string, conditions, inTitle []string, err error) {
	q, err := s.compile(ctx, board.ModeLive, Query{Q: text})
	if err != nil {
		return "", nil, nil, err
	}
	for _, c := range q.conditions {
		conditions = append(conditions, c.tsquery)
	}
	for _, term := range q.terms {
		inTitle = append(inTitle, term.sections[0])
	}
	return q.recheck, conditions, inTitle, nil
}
