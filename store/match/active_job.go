package match

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/fit"
	"itmanagerjobs/store/pg"
)

// activeJob is a job with what a score is made of. Everybody of the CV database above floor is among its matches.
type activeJob struct {
	fit.Job

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
	CountryCode    *string             `db:"country_code"`
	RemoteType     *board.RemoteType   `db:"remote_type"`
	SalaryMin      *int64              `db:"salary_min"`
	SalaryMax      *int64              `db:"salary_max"`
	SalaryCurrency *string             `db:"salary_currency"`
	SalaryPeriod   *board.SalaryPeriod `db:"salary_period"`
	Floor          int                 `db:"floor"`
}

// countryName is the name of the country of a code, as candidates have it.
func countryName(code *string) *string {
	if c, ok := board.CountryOf(deref(code)); ok {
		return &c.Name
	}
	return nil
}

func (r activeJobRow) active() *activeJob {
	job := fit.Job{
		Title: matchTitle(r.Title), RequiredSkills: matchSkills(r.RequiredSkills), OptionalSkills: matchSkills(r.OptionalSkills),
		Seniority: matchSeniority(r.Seniority, r.Title), Place: matchPlace(r.City, countryName(r.CountryCode), nil, nil), Remote: deref(r.RemoteType),
	}
	if r.SalaryCurrency != nil && r.SalaryPeriod != nil {
		job.Salary = &board.Salary{Min: r.SalaryMin, Max: r.SalaryMax, Currency: *r.SalaryCurrency, Period: *r.SalaryPeriod}
	}
	return &activeJob{Job: job, id: r.ID, tenant: board.Tenant{EmployerID: r.EmployerID, Mode: r.Mode}, floor: r.Floor}
}

// jobsToMatchSQL reads Active jobs; what is over by its date gets no new matches.
const jobsToMatchSQL = `
SELECT j.id, j.employer_id, j.mode, j.title, j.required_skills, j.optional_skills, j.seniority, j.city, j.country_code, j.remote_type,
       j.salary_min, j.salary_max, j.salary_currency, j.salary_period, coalesce(n.floor, 0) AS floor
  FROM jobs j LEFT JOIN match_jobs n ON n.job_id = j.id WHERE j.status = 'Active' AND j.expiry_date > $1 AND `

// jobsInMemory is how many jobs people are compared with at once, some 2 KB each. There may be millions.
const jobsInMemory = 2000

// matchedJobs gives the jobs that have been matched themselves, jobsInMemory at a time and in the order of their ids: those of the employers
// of own candidates, and those that somebody visible in the CV database has a skill for. A job that is still to be matched finds these
// people itself.
func matchedJobs(ctx context.Context, tx *pg.Tx, own, visible []person) iter.Seq2[[]*activeJob, error] {
	employers := map[int64]bool{}
	for _, p := range own {
		employers[p.Tenant.EmployerID] = true
	}
	skills := map[int32]bool{}
	for _, p := range visible {
		skills[requiredToken("")] = true
		for key := range p.Skills {
			skills[requiredToken(key)] = true
		}
	}
	return func(yield func([]*activeJob, error) bool) {
		var ids []int64
		//house:tenant matching serves all tenants; a pair takes the tenant of its job
		err := tx.List(ctx, &ids, `
SELECT id FROM jobs WHERE employer_id = ANY ($1) AND status = 'Active' UNION SELECT job_id FROM match_jobs WHERE skills && $2 ORDER BY id`,
			pq.Int64Array(slices.Sorted(maps.Keys(employers))), pq.Int32Array(slices.Sorted(maps.Keys(skills))))
		if err != nil {
			yield(nil, fmt.Errorf("read ids of jobs to match: %w", err))
			return
		}
		for some := range slices.Chunk(ids, jobsInMemory) {
			if !yield(jobsToMatch(ctx, tx, `n.job_id = ANY ($2) ORDER BY n.job_id`, pq.Int64Array(some))) {
				return
			}
		}
	}
}

// requiredToken stands for a skill that a job requires, "" for none, in which case the job is for everybody of the CV database. Two skills may
// have the same one by chance: then jobs are read that do not fit.
func requiredToken(key string) int32 { return token("required skill", key) }

// requiredTokens stand for the skills that the job requires.
func (job *activeJob) requiredTokens() []int32 {
	if len(job.RequiredSkills) == 0 {
		return []int32{requiredToken("")}
	}
	return pg.Column[[]int32](job.RequiredSkills, func(s fit.Skill) int32 { return requiredToken(s.Key) })
}

func jobsToMatch(ctx context.Context, tx *pg.Tx, condition string, args ...any) ([]*activeJob, error) {
	var rows []activeJobRow
	//house:tenant matching serves all tenants; a pair takes the tenant of its job
	if err := tx.List(ctx, &rows, jobsToMatchSQL+condition, append([]any{tx.Now}, args...)...); err != nil {
		return nil, fmt.Errorf("read jobs to match: %w", err)
	}
	return pg.Column[[]*activeJob](rows, activeJobRow.active), nil
}
