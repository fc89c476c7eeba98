package job

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

const (
	// content are the columns of a job but for its id and its description, which can be long.
	content = `employer_id, mode, status, version, title, reference, city, country_code,
       employment_type, remote_type, seniority, apply_method, apply_email_address, apply_url, apply_push_url,
       salary_min, salary_max, salary_currency, salary_period, required_skills, optional_skills, publications,
       created_at, updated_at, posted_date, expiry_date`
	// summaryColumns are the columns that a list reads.
	summaryColumns = `id, ` + content
	// columns are all columns of a job, for one.
	columns = summaryColumns + `, description`
)

// row is a row of jobs. It is read from columns, and written as JSON when many jobs are inserted at once.
type row struct {
	ID                int64                 `db:"id"                  json:"id"`
	EmployerID        int64                 `db:"employer_id"         json:"employer_id"`
	Mode              board.Mode            `db:"mode"                json:"mode"`
	Status            board.JobStatus       `db:"status"              json:"status"`
	Version           int64                 `db:"version"             json:"version"`
	Title             string                `db:"title"               json:"title"`
	Reference         *string               `db:"reference"           json:"reference"`
	Description       *string               `db:"description"         json:"description"`
	City              *string               `db:"city"                json:"city"`
	CountryCode       *string               `db:"country_code"        json:"country_code"`
	EmploymentType    *board.EmploymentType `db:"employment_type"     json:"employment_type"`
	RemoteType        *board.RemoteType     `db:"remote_type"         json:"remote_type"`
	Seniority         *board.Seniority      `db:"seniority"           json:"seniority"`
	ApplyMethod       *board.ApplyMethod    `db:"apply_method"        json:"apply_method"`
	ApplyEmailAddress *string               `db:"apply_email_address" json:"apply_email_address"`
	ApplyURL          *string               `db:"apply_url"           json:"apply_url"`
	ApplyPushURL      *string               `db:"apply_push_url"      json:"apply_push_url"`
	SalaryMin         *int64                `db:"salary_min"          json:"salary_min"`
	SalaryMax         *int64                `db:"salary_max"          json:"salary_max"`
	SalaryCurrency    *string               `db:"salary_currency"     json:"salary_currency"`
	SalaryPeriod      *board.SalaryPeriod   `db:"salary_period"       json:"salary_period"`
	RequiredSkills    pq.StringArray        `db:"required_skills"     json:"required_skills"`
	OptionalSkills    pq.StringArray        `db:"optional_skills"     json:"optional_skills"`
	Publications      int                   `db:"publications"        json:"publications"`
	CreatedAt         time.Time             `db:"created_at"          json:"created_at"`
	UpdatedAt         time.Time             `db:"updated_at"          json:"updated_at"`
	PostedDate        *time.Time            `db:"posted_date"         json:"posted_date"`
	ExpiryDate        *time.Time            `db:"expiry_date"         json:"expiry_date"`
}

func (r row) job() board.Job {
	j := board.Job{
		ID: r.ID, EmployerID: r.EmployerID, Mode: r.Mode, Status: r.Status, Version: r.Version,
		Title: r.Title, Reference: r.Reference, Description: r.Description, City: r.City, CountryCode: r.CountryCode,
		EmploymentType: r.EmploymentType, RemoteType: r.RemoteType, Seniority: r.Seniority,
		ApplyMethod: r.ApplyMethod, ApplyEmailAddress: r.ApplyEmailAddress, ApplyURL: r.ApplyURL, ApplyPushURL: r.ApplyPushURL,
		RequiredSkills: r.RequiredSkills, OptionalSkills: r.OptionalSkills,
		Publications: r.Publications, CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
		PostedDate: pg.UTC(r.PostedDate), ExpiryDate: pg.UTC(r.ExpiryDate),
	}
	if r.SalaryCurrency != nil && r.SalaryPeriod != nil {
		j.Salary = &board.Salary{Min: r.SalaryMin, Max: r.SalaryMax, Currency: *r.SalaryCurrency, Period: *r.SalaryPeriod}
	}
	return j
}

func rowOf(j board.Job) row {
	r := row{
		ID: j.ID, EmployerID: j.EmployerID, Mode: j.Mode, Status: j.Status, Version: j.Version,
		Title: j.Title, Reference: j.Reference, Description: j.Description, City: j.City, CountryCode: j.CountryCode,
		EmploymentType: j.EmploymentType, RemoteType: j.RemoteType, Seniority: j.Seniority,
		ApplyMethod: j.ApplyMethod, ApplyEmailAddress: j.ApplyEmailAddress, ApplyURL: j.ApplyURL, ApplyPushURL: j.ApplyPushURL,
		RequiredSkills: j.RequiredSkills, OptionalSkills: j.OptionalSkills,
		Publications: j.Publications, CreatedAt: j.CreatedAt, UpdatedAt: j.UpdatedAt, PostedDate: j.PostedDate, ExpiryDate: j.ExpiryDate,
	}
	if j.Salary != nil {
		r.SalaryMin, r.SalaryMax, r.SalaryCurrency, r.SalaryPeriod = j.Salary.Min, j.Salary.Max, &j.Salary.Currency, &j.Salary.Period
	}
	return r
}

// insertJobs inserts jobs in one statement, and returns them in the same order with their ids. The id is 0 when another job
// has the reference.
func insertJobs(ctx context.Context, tx *pg.Tx, jobs []board.Job) ([]board.Job, error) {
	doc, err := json.Marshal(pg.Column[[]row](jobs, rowOf))
	if err != nil {
		return nil, fmt.Errorf("encode jobs: %w", err)
	}
	var inserted []struct {
		N  int   `db:"n"`
		ID int64 `db:"id"`
	}
	// The ids are drawn before the insert: a job without a reference has nothing else to recognise its row by.
	// Ordered by reference, so that two batches with the same references do not deadlock.
	err = tx.List(ctx, &inserted, `
WITH given AS MATERIALIZED (
    SELECT nextval('jobs_id_seq') AS new_id, e.* FROM ROWS FROM (json_populate_recordset(NULL::jobs, $1::json)) WITH ORDINALITY AS e
), made AS (
    INSERT INTO jobs (`+columns+`) OVERRIDING SYSTEM VALUE
    SELECT new_id, `+content+`, description FROM given ORDER BY reference, new_id
    ON CONFLICT (employer_id, mode, reference) WHERE status <> 'Deactivated' AND reference IS NOT NULL DO NOTHING
    RETURNING id
)
SELECT g.ordinality AS n, m.id FROM made m JOIN given g ON g.new_id = m.id`, string(doc))
	if err != nil {
		return nil, fmt.Errorf("insert jobs: %w", err)
	}
	made := slices.Clone(jobs)
	for _, r := range inserted {
		made[r.N-1].ID = r.ID
	}
	return made, nil
}

// updateJob writes the columns of a locked job that can change, which had the status was.
// Errors: conflict when the reference is new and another job has it.
func updateJob(ctx context.Context, tx *pg.Tx, t board.Tenant, was board.JobStatus, job board.Job, newReference bool) error {
	if !newReference || job.Reference == nil {
		return writeJob(ctx, tx, t, was, job)
	}
	// A violated constraint ends the transaction, which may have more to write, such as the answer under an
	// Idempotency-Key. After the savepoint is rolled back, the transaction can go on.
	err := tx.Savepoint(ctx, "reference", func() error { return writeJob(ctx, tx, t, was, job) })
	if pg.Violates(err, "jobs_reference") {
		return referenceTaken(ctx, tx, t, *job.Reference)
	}
	return err
}

func writeJob(ctx context.Context, tx *pg.Tx, t board.Tenant, was board.JobStatus, job board.Job) error {
	r := rowOf(job)
	var company string
	err := tx.Get(ctx, &company, `
UPDATE jobs SET status = $4, version = $5, title = $6, reference = $7, description = $8, city = $9, country_code = $10,
       employment_type = $11, remote_type = $12, seniority = $13, apply_method = $14, apply_email_address = $15,
       apply_url = $16, apply_push_url = $17, salary_min = $18, salary_max = $19, salary_currency = $20,
       salary_period = $21, required_skills = $22, optional_skills = $23, publications = $24, updated_at = $25,
       posted_date = $26, expiry_date = $27
 WHERE id = $1 AND employer_id = $2 AND mode = $3
RETURNING (SELECT name FROM employers WHERE id = $2)`,
		r.ID, t.EmployerID, t.Mode, r.Status, r.Version, r.Title, r.Reference, r.Description, r.City, r.CountryCode,
		r.EmploymentType, r.RemoteType, r.Seniority, r.ApplyMethod, r.ApplyEmailAddress,
		r.ApplyURL, r.ApplyPushURL, r.SalaryMin, r.SalaryMax, r.SalaryCurrency,
		r.SalaryPeriod, r.RequiredSkills, r.OptionalSkills, r.Publications, r.UpdatedAt, r.PostedDate, r.ExpiryDate)
	if err != nil {
		return fmt.Errorf("update job %d: %w", job.ID, err)
	}
	return indexJob(ctx, tx, was, job, company)
}
