package store

import (
	"context"
	"strings"
	"time"

	"itmanagerjobs/store/board"
)

// PublicSQL gives the statements of the public pages, with values in them, and the index that each is made for.
func PublicSQL() []struct{ Index, Query string } {
	fill := strings.NewReplacer("$1", "now()", "$2", "20", "$3", "500").Replace
	count, list, _ := searchSQL(board.JobSearch{}, time.Time{})
	return []struct{ Index, Query string }{
		{"jobs_public_list", fill(list)}, {"jobs_public_", fill(count)}, {"jobs_public_feed", fill(feedPageSQL)},
		{"jobs_public_changed", fill(feedStateSQL)}, {"jobs_public_feed", fill(feedStateSQL)},
	}
}

// The statements that run over a long queue.
const (
	DueSQL    = dueSQL
	FetchSQL  = fetchSQL
	EventsSQL = eventsSQL
	RecordSQL = recordSQL
)

// Plan explains a statement in a session of the Queue, as it is planned without a look at its parameters.
func (q *Queue) Plan(ctx context.Context, query, args string) (string, error) {
	conn, err := q.s.db.Connx(ctx)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	for _, statement := range []string{"SET plan_cache_mode = force_generic_plan", "PREPARE explained AS " + query} {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return "", err
		}
	}
	var lines []string
	if err := conn.SelectContext(ctx, &lines, "EXPLAIN EXECUTE explained ("+args+")"); err != nil {
		return "", err
	}
	if _, err := conn.ExecContext(ctx, "DEALLOCATE explained"); err != nil {
		return "", err
	}
	return strings.Join(lines, "\n"), nil
}

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
	err = s.db.QueryRowContext(ctx, `
SELECT strip($1::tsvector)::text || ts_rank($1::tsvector, 'engineer | manager | kubernetes'),
       strip(v)::text || ts_rank(v, 'engineer | manager | kubernetes')
  FROM (SELECT setweight(to_tsvector('cv', $2), 'A') || setweight(to_tsvector('cv', $3), 'B') || setweight(to_tsvector('cv', $4), 'C') || to_tsvector('cv', $5)) t (v)`,
		vector, join(0), join(1), join(2), join(3)).Scan(&ours, &theirs)
	return ours, theirs, err
}

// CvPlanSQL gives the statements of a search, for EXPLAIN.
func (s *Store) CvPlanSQL(ctx context.Context, search CvSearch) (walk, index string, err error) {
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

// WhileRenewing runs during in the middle of a renewal of the worker's lease, whose row is locked then.
func (q *Queue) WhileRenewing(ctx context.Context, workerID int64, during func()) error {
	return q.s.WithTx(ctx, func(ctx context.Context, tx *Tx) error {
		_, err := tx.exec(ctx, `UPDATE workers SET lease_until = lease_until WHERE id = $1`, workerID)
		during()
		return err
	})
}
