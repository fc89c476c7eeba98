package match

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

// pair is a job and a candidate who fits it.
type pair struct {
	job       *activeJob
	candidate int64
	from      board.Population
	match     board.Match
}

// kind is that of the candidate.
func (p pair) kind() Kind {
	if p.from == board.PopulationPipeline {
		return OfCandidate
	}
	return OfCV
}

const (
	// matchWave is how many people are scored at once, in the order of their bounds.
	matchWave = 500
	// matchWaves ends the search where bounds don't tell people apart; the best found by then are good enough.
	matchWaves = 20
)

// bestOf finds the people of the CV database with the highest scores. It goes down their bounds and ends when nobody who
// is left can be better than the last of those found.
func bestOf(ctx context.Context, tx *pg.Tx, job *activeJob) (best []pair, floor int, err error) {
	byBound, err := bounded(ctx, tx, newBound(job.MatchJob, job.tenant.Mode, tx.Now))
	if err != nil {
		return nil, 0, err
	}
	wave := make([]int64, 0, matchWave)
	waves := 0
	try := func() error {
		people, err := visiblePeople(ctx, tx, wave)
		if err != nil {
			return err
		}
		for _, p := range people {
			best = append(best, pairsOf(tx, []*activeJob{job}, p, nil)...)
		}
		slices.SortFunc(best, func(a, b pair) int {
			return cmp.Or(cmp.Compare(b.match.Score, a.match.Score), cmp.Compare(a.candidate, b.candidate))
		})
		if len(best) > board.MatchesPerJob {
			best = best[:board.MatchesPerJob]
			floor = best[board.MatchesPerJob-1].match.Score
		}
		wave = wave[:0]
		waves++
		return nil
	}
	for bound := len(byBound) - 1; bound >= 0; bound-- {
		ids := byBound[bound]
		slices.Sort(ids)
		for i, id := range ids {
			wave = append(wave, id)
			if len(wave) < matchWave {
				continue
			}
			if err := try(); err != nil {
				return nil, 0, err
			}
			next := bound
			if i == len(ids)-1 {
				next--
			}
			if floor >= next && floor > 0 || waves == matchWaves {
				return best, max(floor, board.MatchKeep), nil
			}
		}
	}
	return best, floor, try()
}

// place is where a pair is kept.
type place struct{ job, candidate int64 }

// maxPairs is how many pairs a transaction keeps in memory until it writes them, some 3 KB each, but for those of one person.
const maxPairs = 2000

// pairsWithin gives the pairs to keep of as many people, in their order, as have maxPairs together, but of one person at least; rest are
// the others. There are places of pairs that are kept already.
func pairsWithin(tx *pg.Tx, jobs []*activeJob, people []person, there map[place]bool) (pairs []pair, rest []person) {
	for i, p := range people {
		its := pairsOf(tx, jobs, p, there)
		if i > 0 && len(pairs)+len(its) > maxPairs {
			return pairs, people[i:]
		}
		pairs = append(pairs, its...)
	}
	return pairs, nil
}

// pairsOf tries jobs with somebody and gives the pairs to keep. Somebody of a pipeline is tried with the jobs of that employer
// alone. A job whose best of the CV database are found takes nobody more at its floor: these would be written, and cut off at once.
func pairsOf(tx *pg.Tx, jobs []*activeJob, p person, there map[place]bool) []pair {
	var pairs []pair
	for _, job := range jobs {
		if p.Population == board.PopulationPipeline {
			if p.Tenant != job.tenant {
				continue
			}
		} else if p.Tenant.Mode != job.tenant.Mode || !board.Fits(job.MatchJob, p.MatchCandidate) {
			continue
		}
		score := board.Points(job.MatchJob, p.MatchCandidate, tx.Now)
		if score < board.MatchKeep {
			continue
		}
		if p.Population == board.PopulationCVDatabase && (score < job.floor || score == job.floor && !there[place{job.id, p.ID}]) {
			continue
		}
		pairs = append(pairs, pair{job, p.ID, p.Population, board.Score(job.MatchJob, p.MatchCandidate, tx.Now)})
	}
	return pairs
}

// pairsThere are those pairs of people of the CV database that are kept already.
func pairsThere(ctx context.Context, tx *pg.Tx, people []int64) (map[place]bool, error) {
	var rows []struct {
		Job       int64 `db:"job_id"`
		Candidate int64 `db:"candidate_id"`
	}
	if err := tx.List(ctx, &rows, `SELECT job_id, candidate_id FROM matches WHERE candidate_id = ANY ($1)`, pq.Int64Array(people)); err != nil {
		return nil, fmt.Errorf("read matches of candidates: %w", err)
	}
	there := make(map[place]bool, len(rows))
	for _, r := range rows {
		there[place{r.Job, r.Candidate}] = true
	}
	return there, nil
}
