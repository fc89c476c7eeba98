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

// owner is what a job's publication needs to know of its employer.
type owner struct {
	Company       string     `db:"company"`
	ContractUntil *time.Time `db:"contract_until"`
}

// lockAll reads jobs of a tenant, and locks them in the order of their ids until the transaction ends. Those that do not exist are left
// out. Each is found by its primary key: going by its averages over employers, PostgreSQL might read all jobs of an employer that has many.
func lockAll(ctx context.Context, tx *pg.Tx, t board.Tenant, ids []int64) (map[int64]board.Job, owner, error) {
	var rows []struct {
		row
		owner
	}
	err := tx.List(ctx, &rows, `
SELECT `+columns+`, company, contract_until
  FROM unnest($1::bigint[]) w (wanted)
 CROSS JOIN LATERAL (
       SELECT `+columns+` FROM jobs WHERE id = (
              SELECT f.id FROM (SELECT id, employer_id, mode FROM jobs WHERE id = w.wanted OFFSET 0) f WHERE f.employer_id = $2 AND f.mode = $3) FOR UPDATE) j
  JOIN (SELECT id AS owner_id, name AS company, contract_until FROM employers) e ON e.owner_id = employer_id`,
		pq.Int64Array(slices.Sorted(slices.Values(ids))), t.EmployerID, t.Mode)
	if err != nil {
		return nil, owner{}, fmt.Errorf("lock jobs: %w", err)
	}
	jobs, of := make(map[int64]board.Job, len(rows)), owner{}
	for _, r := range rows {
		jobs[r.ID], of = r.job(), r.owner
	}
	return jobs, of, nil
}

// change is what a publication changes of a job, with its entry in the index.
type change struct {
	entry

	Version      int64     `json:"version"`
	Publications int       `json:"publications"`
	UpdatedAt    time.Time `json:"updated_at"`
}

// writePublished writes what a publication changes of locked jobs of a company, and lets live ones be found.
func writePublished(ctx context.Context, tx *pg.Tx, t board.Tenant, company string, jobs []published) error {
	if len(jobs) == 0 {
		return nil
	}
	doc, err := json.Marshal(pg.Column[[]change](jobs, func(j published) change {
		return change{entryOf(j.Job, company), j.Version, j.Publications, j.UpdatedAt}
	}))
	if err != nil {
		return fmt.Errorf("encode publications: %w", err)
	}
	var name string
	// LIMIT tells PostgreSQL that they are few, and so to find the rows by their keys.
	err = tx.Get(ctx, &name, `
WITH given AS MATERIALIZED (
    SELECT `+entryNames+`, version, publications, updated_at
      FROM json_to_recordset($1::json) AS g (`+entryColumns+`, version bigint, publications integer, updated_at timestamptz) LIMIT $4
), written AS (
    UPDATE jobs j SET status = 'Active', version = g.version, publications = g.publications, updated_at = g.updated_at,
           posted_date = g.posted_date, expiry_date = g.expiry_date
      FROM given g WHERE j.id = g.job_id
), indexed AS (
    `+insertEntries+` FROM given g WHERE $3 = 'live' `+replaceEntries+`
)
SELECT name FROM employers WHERE id = $2`, string(doc), t.EmployerID, t.Mode, len(jobs))
	if err != nil {
		return fmt.Errorf("publish jobs: %w", err)
	}
	if name == company {
		return nil
	}
	for _, j := range jobs { // somebody has given the employer another name since the jobs were locked
		if err := indexJob(ctx, tx, board.JobActive, j.Job, name); err != nil {
			return err
		}
	}
	return nil
}
