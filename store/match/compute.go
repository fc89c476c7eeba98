package match

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
	"slices"

	"github.com/lib/pq"
)

// matchPair is a job and a candidate that are kept together.
type pair struct {
	job       *activeJob
	candidate int64
	from      board.Population
	match     board.Match
}

// activeJob is a job with what a score is made of. Everybody of the CV database above floor is among its matches.
type activeJob struct {
	board.MatchJob

	id     int64
	tenant board.Tenant
	floor  int
}

// activeJobRow has the columns of jobs that a score is made of.
type activeJobRow struct {
	ID             int64               `db:"id"`
	EmployerID     int64               `db:"employer_id"`
	Mode           board.Mode          `db:"mode"`
	Title          string              `db:"title"`
	RequiredSkills pq.StringArray      `db:"required_skills"`
	OptionalSkills pq.StringArray      `db:"optional_skills"`
	Seniority      *board.Seniority    `db:"seniority"`
	City           *string             `db:"city"`
	Country        *string             `db:"country"`
	RemoteType     *board.RemoteType   `db:"remote_type"`
	SalaryMin      *int64              `db:"salary_min"`
	SalaryMax      *int64              `db:"salary_max"`
	SalaryCurrency *string             `db:"salary_currency"`
	SalaryPeriod   *board.SalaryPeriod `db:"salary_period"`
	Floor          int                 `db:"floor"`
}

func (r activeJobRow) active() *activeJob {
	job := board.MatchJob{
		Title: matchTitle(r.Title), RequiredSkills: matchSkills(r.RequiredSkills), OptionalSkills: matchSkills(r.OptionalSkills),
		Seniority: matchSeniority(r.Seniority, r.Title), Place: matchPlace(r.City, r.Country, nil, nil), Remote: deref(r.RemoteType),
	}
	if r.SalaryCurrency != nil && r.SalaryPeriod != nil {
		job.Salary = &board.Salary{Min: r.SalaryMin, Max: r.SalaryMax, Currency: *r.SalaryCurrency, Period: *r.SalaryPeriod}
	}
	return &activeJob{MatchJob: job, id: r.ID, tenant: board.Tenant{EmployerID: r.EmployerID, Mode: r.Mode}, floor: r.Floor}
}

// jobsToMatchSQL reads Active jobs; what is over by its date gets no new matches.
const jobsToMatchSQL = `
SELECT j.id, j.employer_id, j.mode, j.title, j.required_skills, j.optional_skills, j.seniority, j.city, j.country, j.remote_type,
       j.salary_min, j.salary_max, j.salary_currency, j.salary_period, coalesce(n.floor, 0) AS floor
  FROM jobs j LEFT JOIN match_jobs n ON n.job_id = j.id WHERE j.status = 'Active' AND j.expiry_date > $1 AND `

func jobsToMatch(ctx context.Context, tx *pg.Tx, condition string, args ...any) ([]*activeJob, error) {
	var rows []activeJobRow
	if err := tx.List(ctx, &rows, jobsToMatchSQL+condition, append([]any{tx.Now}, args...)...); err != nil {
		return nil, fmt.Errorf("read jobs to match: %w", err)
	}
	return pg.Column[[]*activeJob](rows, activeJobRow.active), nil
}

// matchJobs finds the candidates of jobs, and takes away those of jobs that are not Active.
func matchJobs(ctx context.Context, tx *pg.Tx, ids []int64) error {
	jobs, err := jobsToMatch(ctx, tx, `j.id = ANY ($2) ORDER BY j.id`, pq.Int64Array(ids))
	if err != nil {
		return err
	}
	over := slices.Clone(ids)
	for _, job := range jobs {
		over = slices.DeleteFunc(over, func(id int64) bool { return id == job.id })
		job.floor = 0 // it is found anew
		own, err := matchPeople(ctx, tx, pipelinePeopleSQL+`employer_id = $1 AND mode = $2 ORDER BY id`, job.tenant.EmployerID, job.tenant.Mode)
		if err != nil {
			return err
		}
		pairs := pairsOf(tx, []*activeJob{job}, own)
		best, floor, err := bestOf(ctx, tx, job)
		if err != nil {
			return err
		}
		if err := savePairs(ctx, tx, withdrawOfJobsSQL, []int64{job.id}, append(pairs, best...)); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
INSERT INTO match_jobs (job_id, floor, computed_at) VALUES ($1, $2, $3)
ON CONFLICT (job_id) DO UPDATE SET floor = excluded.floor, computed_at = excluded.computed_at`, job.id, floor, tx.Now)
		if err != nil {
			return fmt.Errorf("note that a job has its matches: %w", err)
		}
	}
	for _, statement := range []string{`DELETE FROM matches WHERE job_id = ANY ($1)`, `DELETE FROM match_jobs WHERE job_id = ANY ($1)`} {
		if _, err := tx.Exec(ctx, statement, pq.Int64Array(over)); err != nil {
			return fmt.Errorf("withdraw the matches of jobs: %w", err)
		}
	}
	return nil
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
			if score < board.MatchKeep || p.Population == board.PopulationCvDatabase && score < job.floor {
				continue
			}
			pairs = append(pairs, pair{job, p.ID, p.Population, board.Score(job.MatchJob, p.MatchCandidate, tx.Now)})
		}
	}
	return pairs
}

// matchCandidates finds the jobs of candidates, and takes those away who are gone or hidden.
func matchCandidates(ctx context.Context, tx *pg.Tx, pipeline, cv []int64) error {
	people, err := matchPeople(ctx, tx, pipelinePeopleSQL+`id = ANY ($1) ORDER BY id`, pq.Int64Array(pipeline))
	if err != nil {
		return err
	}
	visible, err := visiblePeople(ctx, tx, cv)
	if err != nil {
		return err
	}
	if err := indexPeople(ctx, tx, cv, visible); err != nil {
		return err
	}
	var employers pq.Int64Array
	for _, p := range people {
		employers = append(employers, p.Tenant.EmployerID)
	}
	// A job that has no row there is still to be matched itself.
	jobs, err := jobsToMatch(ctx, tx, `n.job_id IS NOT NULL AND ($2 OR j.employer_id = ANY ($3)) ORDER BY j.id`, len(visible) > 0, employers)
	if err != nil {
		return err
	}
	return savePairs(ctx, tx, withdrawOfCandidatesSQL, append(slices.Clone(pipeline), cv...), pairsOf(tx, jobs, append(people, visible...)))
}

// What was kept of the subjects ($1) and is not among the pairs is withdrawn.
const (
	withdrawOfJobsSQL       = `DELETE FROM matches m WHERE m.job_id = ANY ($1)` + notAmongPairs
	withdrawOfCandidatesSQL = `DELETE FROM matches m WHERE m.candidate_id = ANY ($1)` + notAmongPairs
	notAmongPairs           = `
   AND NOT EXISTS (SELECT FROM unnest($2::bigint[], $3::bigint[]) k (job_id, candidate_id) WHERE k.job_id = m.job_id AND k.candidate_id = m.candidate_id)
RETURNING m.job_id`
)

// savePairs makes pairs what is kept of the subjects. A pair that is as before keeps its row.
func savePairs(ctx context.Context, tx *pg.Tx, withdraw string, subjects []int64, pairs []pair) error {
	n := len(pairs)
	jobs, candidates, employers, scores := make(pq.Int64Array, n), make(pq.Int64Array, n), make(pq.Int64Array, n), make(pq.Int64Array, n)
	modes, populations, components := make(pq.StringArray, n), make(pq.StringArray, n), make(pq.StringArray, n)
	for i, p := range pairs {
		text, err := json.Marshal(p.match.Components)
		if err != nil {
			return fmt.Errorf("encode the components of a match: %w", err)
		}
		jobs[i], candidates[i], employers[i], scores[i] = p.job.id, p.candidate, p.job.tenant.EmployerID, int64(p.match.Score)
		modes[i], populations[i], components[i] = string(p.job.tenant.Mode), string(p.from), string(text)
	}
	var withdrawn []int64
	if err := tx.List(ctx, &withdrawn, withdraw, pq.Int64Array(subjects), jobs, candidates); err != nil {
		return fmt.Errorf("withdraw matches: %w", err)
	}
	_, err := tx.Exec(ctx, `
INSERT INTO matches AS m (job_id, candidate_id, employer_id, mode, population, score, score_version, components, computed_at)
SELECT p.job_id, p.candidate_id, p.employer_id, p.mode, p.population, p.score, $8, p.components, $9
  FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::smallint[], $7::jsonb[])
       AS p (job_id, candidate_id, employer_id, mode, population, score, components)
ON CONFLICT (job_id, candidate_id) DO UPDATE
   SET score = excluded.score, score_version = excluded.score_version, components = excluded.components, computed_at = excluded.computed_at
 WHERE m.components <> excluded.components OR m.score_version <> excluded.score_version`,
		jobs, candidates, employers, modes, populations, scores, components, board.MatchVersion, tx.Now)
	if err != nil {
		return fmt.Errorf("write matches: %w", err)
	}
	if err := pruneMatches(ctx, tx, jobs, withdrawn); err != nil {
		return err
	}
	return notifyOfMatches(ctx, tx, pairs, jobs, candidates)
}

// pruneMatches keeps the best of the CV database for jobs that have got some, and has those matched again that have lost
// many of their best while others were left out.
func pruneMatches(ctx context.Context, tx *pg.Tx, jobs pq.Int64Array, withdrawn []int64) error {
	_, err := tx.Exec(ctx, `
WITH ranked AS (
    SELECT job_id, candidate_id, row_number() OVER (PARTITION BY job_id ORDER BY score DESC, id) AS place
      FROM matches WHERE job_id = ANY ($1) AND population = 'CvDatabase'
), cut AS (
    DELETE FROM matches m USING ranked r WHERE r.place > $2 AND m.job_id = r.job_id AND m.candidate_id = r.candidate_id RETURNING m.job_id, m.score
)
UPDATE match_jobs j SET floor = greatest(j.floor, c.floor)
  FROM (SELECT job_id, max(score) AS floor FROM cut GROUP BY job_id) c WHERE j.job_id = c.job_id`, jobs, board.MatchesPerJob)
	if err != nil {
		return fmt.Errorf("prune matches: %w", err)
	}
	if len(withdrawn) == 0 {
		return nil
	}
	_, err = tx.Exec(ctx, `
INSERT INTO match_work (kind, subject_id)
SELECT 'job', j.job_id FROM match_jobs j
 WHERE j.job_id = ANY ($1) AND j.floor > 0
   AND (SELECT count(*) FROM matches m WHERE m.job_id = j.job_id AND m.population = 'CvDatabase') < $2`, pq.Int64Array(withdrawn), board.MatchesPerJob/2)
	if err != nil {
		return fmt.Errorf("refill matches: %w", err)
	}
	return nil
}

// notifyOfMatches tells the employers of pairs that fit well, once of each.
func notifyOfMatches(ctx context.Context, tx *pg.Tx, pairs []pair, jobs, candidates pq.Int64Array) error {
	var told []struct {
		JobID       int64 `db:"job_id"`
		CandidateID int64 `db:"candidate_id"`
	}
	err := tx.List(ctx, &told, `
INSERT INTO match_notices (job_id, candidate_id, score_version, created_at)
SELECT m.job_id, m.candidate_id, $3, $4
  FROM unnest($1::bigint[], $2::bigint[]) p (job_id, candidate_id) JOIN matches m ON m.job_id = p.job_id AND m.candidate_id = p.candidate_id
 WHERE m.score >= $5
 ORDER BY m.job_id, m.candidate_id
ON CONFLICT DO NOTHING RETURNING job_id, candidate_id`, jobs, candidates, board.MatchVersion, tx.Now, board.MatchNotify)
	if err != nil {
		return fmt.Errorf("note who is told of matches: %w", err)
	}
	if len(told) == 0 {
		return nil
	}
	type key struct{ job, candidate int64 }
	of := make(map[key]pair, len(pairs))
	for _, p := range pairs {
		of[key{p.job.id, p.candidate}] = p
	}
	for _, n := range told {
		p := of[key{n.JobID, n.CandidateID}]
		outbox.Emit(tx, p.job.tenant, board.CandidateMatchedEvent(p.candidate, p.job.id, p.match.Score, tx.Now))
	}
	return nil
}
