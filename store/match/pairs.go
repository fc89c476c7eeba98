package match

import (
	"cmp"
	"context"
	"slices"

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
		best = append(best, pairsOf(tx, []*activeJob{job}, people)...)
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

// pairsOf tries jobs with people and gives the pairs to keep. Somebody of a pipeline is tried with the jobs of that
// employer alone.
func pairsOf(tx *pg.Tx, jobs []*activeJob, people []person) []pair {
	var pairs []pair
	for _, p := range people {
		for _, job := range jobs {
			if p.Population == board.PopulationPipeline {
				if p.Tenant != job.tenant {
					continue
				}
			} else if p.Tenant.Mode != job.tenant.Mode || !board.Fits(job.MatchJob, p.MatchCandidate) {
				continue
			}
			score := board.Points(job.MatchJob, p.MatchCandidate, tx.Now)
			if score < board.MatchKeep || p.Population == board.PopulationCVDatabase && score < job.floor {
				continue
			}
			pairs = append(pairs, pair{job, p.ID, p.Population, board.Score(job.MatchJob, p.MatchCandidate, tx.Now)})
		}
	}
	return pairs
}
