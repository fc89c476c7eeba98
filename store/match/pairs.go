package match

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/board/fit"
	"itmanagerjobs/store/pg"
)

// pair is a job and a candidate who fits it.
type pair struct {
	job       *activeJob
	candidate int64
	from      fit.Population
	match     fit.Match
}

// kind is that of the candidate.
func (p pair) kind() Kind {
	if p.from == fit.PopulationPipeline {
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
	byBound, err := bounded(ctx, tx, newBound(job.Job, job.tenant.Mode, tx.Now))
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
			best = append(best, tryJobs(tx.Now, []*activeJob{job}, p).pairs(tx.Now, nil)...)
		}
		slices.SortFunc(best, func(a, b pair) int {
			return cmp.Or(cmp.Compare(b.match.Score, a.match.Score), cmp.Compare(a.candidate, b.candidate))
		})
		if len(best) > fit.PerJob {
			best = best[:fit.PerJob]
			floor = best[fit.PerJob-1].match.Score
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
				return best, max(floor, fit.Keep), nil
			}
		}
	}
	return best, floor, try()
}

// maxPairs is how many pairs a transaction keeps in memory until it writes them, some 3 KB each, but for those of one person; and how many are
// looked up at once.
const maxPairs = 2000

// pairsWithin gives the pairs to keep of as many people, in their order, as have maxPairs together, but of one person at least; rest are
// the others. portions are the jobs, some at a time; there tells which of some places have a pair already.
func pairsWithin(
	now time.Time, portions iter.Seq2[[]*activeJob, error], people []person, there func([]place) (map[place]bool, error),
) (pairs []pair, rest []person, err error) {
	if len(people) == 0 {
		return nil, nil, nil
	}
	pairsOf, n := make([][]pair, len(people)), 0
	for jobs, err := range portions {
		if err != nil {
			return nil, nil, err
		}
		for at := 0; at < len(pairsOf); {
			tries := tryNext(now, jobs, people[at:len(pairsOf)])
			kept, err := lookUp(tries, there)
			if err != nil {
				return nil, nil, err
			}
			for _, t := range tries {
				its := t.pairs(now, kept)
				pairsOf[at], n, at = append(pairsOf[at], its...), n+len(its), at+1
			}
			for last := len(pairsOf) - 1; n > maxPairs && last > 0; last-- {
				pairsOf, n = pairsOf[:last], n-len(pairsOf[last])
			}
		}
	}
	return slices.Concat(pairsOf...), people[len(pairsOf):], nil
}

// tried is somebody with the jobs that they fit.
type tried struct {
	person

	better []*activeJob
	// tied are those whose best of the CV database are found, and of which the person has the points of the last. They take nobody more, who
	// would be written and cut off at once, but keep whom they have.
	tied []*activeJob
}

// tryJobs tries jobs with somebody. Somebody of a pipeline is tried with the jobs of that employer alone.
func tryJobs(now time.Time, jobs []*activeJob, p person) tried {
	t := tried{person: p}
	for _, job := range jobs {
		if p.Population == fit.PopulationPipeline {
			if p.Tenant != job.tenant {
				continue
			}
		} else if p.Tenant.Mode != job.tenant.Mode || !fit.Fits(job.Job, p.Candidate) {
			continue
		}
		switch score := fit.Points(job.Job, p.Candidate, now); {
		case score < fit.Keep:
		case p.Population == fit.PopulationPipeline, score > job.floor:
			t.better = append(t.better, job)
		case score == job.floor:
			t.tied = append(t.tied, job)
		}
	}
	return t
}

// tryNext tries jobs with one person after the other, until as many pairs may be kept as there is room for.
func tryNext(now time.Time, jobs []*activeJob, people []person) (tries []tried) {
	for n := 0; n < maxPairs && len(tries) < len(people); {
		t := tryJobs(now, jobs, people[len(tries)])
		tries, n = append(tries, t), n+len(t.better)+len(t.tied)
	}
	return tries
}

// pairs are those to keep: with the better jobs, and with the tied ones that keep the person.
func (t tried) pairs(now time.Time, kept map[place]bool) []pair {
	pairs := make([]pair, 0, len(t.better))
	add := func(job *activeJob) {
		pairs = append(pairs, pair{job, t.ID, t.Population, fit.Score(job.Job, t.Candidate, now)})
	}
	for _, job := range t.better {
		add(job)
	}
	for _, job := range t.tied {
		if kept[place{job.id, t.ID}] {
			add(job)
		}
	}
	return pairs
}

// place is where a pair is kept.
type place struct{ job, candidate int64 }

// lookUp finds out which tied jobs keep their people, of maxPairs at once.
func lookUp(tries []tried, there func([]place) (map[place]bool, error)) (map[place]bool, error) {
	var tied []place
	for _, t := range tries {
		for _, job := range t.tied {
			tied = append(tied, place{job.id, t.ID})
		}
	}
	kept := map[place]bool{}
	for some := range slices.Chunk(tied, maxPairs) {
		found, err := there(some)
		if err != nil {
			return nil, err
		}
		maps.Copy(kept, found)
	}
	return kept, nil
}

// pairsThere are those places that have a pair already.
func pairsThere(ctx context.Context, tx *pg.Tx, places []place) (map[place]bool, error) {
	var rows []struct {
		Job       int64 `db:"job_id"`
		Candidate int64 `db:"candidate_id"`
	}
	//house:tenant matching serves all tenants; a pair takes the tenant of its job
	err := tx.List(ctx, &rows, `
SELECT m.job_id, m.candidate_id FROM unnest($1::bigint[], $2::bigint[]) AS p (job_id, candidate_id)
  JOIN matches m ON m.job_id = p.job_id AND m.candidate_id = p.candidate_id`,
		pg.Column[pq.Int64Array](places, func(p place) int64 { return p.job }), pg.Column[pq.Int64Array](places, func(p place) int64 { return p.candidate }))
	if err != nil {
		return nil, fmt.Errorf("read matches of candidates: %w", err)
	}
	there := make(map[place]bool, len(rows))
	for _, r := range rows {
		there[place{r.Job, r.Candidate}] = true
	}
	return there, nil
}
