package account

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

// Overview is an employer as the platform looks at it.
type Overview struct {
	Employer
	Credits

	// Members have joined the team; Admins are the email addresses of its admins, the oldest account first.
	Members int
	Admins  []string
	// Keys are those that are not revoked, Pending those that wait for review.
	Keys, Pending int
	// Jobs are those of the live half in any status, Active those that are open.
	Jobs, Active int
}

type overviewRow struct {
	Employer

	JobPosting int64          `db:"job_posting"`
	CVSearch   int64          `db:"cv_search"`
	Members    int            `db:"members"`
	Admins     pq.StringArray `db:"admins"`
	Keys       int            `db:"keys"`
	Pending    int            `db:"pending"`
	Jobs       int            `db:"jobs"`
	Active     int            `db:"active"`
}

func (r overviewRow) overview() Overview {
	o := Overview{
		Employer: r.Employer, Credits: Credits{JobPosting: r.JobPosting, CVSearch: r.CVSearch}, Members: r.Members, Admins: r.Admins,
		Keys: r.Keys, Pending: r.Pending, Jobs: r.Jobs, Active: r.Active,
	}
	o.ContractUntil, o.CreatedAt = pg.UTC(o.ContractUntil), o.CreatedAt.UTC()
	return o
}

// overviewSQL reads overviews of the employers that a subquery selects.
func overviewSQL(employers string) string {
	return `
SELECT e.id, e.name, e.trusted, e.contract_until, e.created_at, e.website, e.description, e.phone, coalesce(c.job_posting, 0) AS job_posting, coalesce(c.cv_search, 0) AS cv_search,
       u.members, u.admins, k.keys, k.pending, j.jobs, j.active
  FROM (` + employers + `) e
  LEFT JOIN LATERAL (SELECT sum(balance) FILTER (WHERE kind = 'JobPosting')::bigint AS job_posting, sum(balance) FILTER (WHERE kind = 'CvSearch')::bigint AS cv_search
       FROM credit_accounts WHERE employer_id = e.id AND mode = 'live') c ON true
  CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE password_hash <> '') AS members,
       coalesce(array_agg(email ORDER BY id) FILTER (WHERE role = 'EmployerAdmin'), '{}') AS admins
       FROM users WHERE employer_id = e.id AND removed_at IS NULL) u
  CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE status <> 'Revoked') AS keys, count(*) FILTER (WHERE status = 'Pending') AS pending
       FROM api_keys WHERE employer_id = e.id) k
  CROSS JOIN LATERAL (SELECT count(*) AS jobs, count(*) FILTER (WHERE status = 'Active') AS active
       FROM jobs WHERE employer_id = e.id AND mode = 'live') j`
}

// maxSearch is in characters.
const maxSearch = 200

// EmployerQuery asks for a page of all employers, the newest first.
type EmployerQuery struct {
	// Text is part of a name or the address of a member; empty for all.
	Text string
	// Before is the last employer of the previous page; 0 for the first page.
	Before int64
	Limit  int
}

// Employers lists employers for the platform, with one statement.
func (s *Store) Employers(ctx context.Context, q EmployerQuery) (page pg.Page[Overview], err error) {
	text := strings.ToLower(strings.TrimSpace(strings.ToValidUTF8(strings.ReplaceAll(q.Text, "\x00", ""), "")))
	if len([]rune(text)) > maxSearch {
		text = string([]rune(text)[:maxSearch])
	}
	var rows []struct {
		overviewRow

		Total int `db:"total"`
	}
	err = s.db.Reader(ctx).List(ctx, &rows, `
WITH found AS (
    SELECT `+employerColumns+` FROM employers e
     WHERE $1 = '' OR strpos(lower(e.name), $1) > 0
        OR EXISTS (SELECT FROM users u WHERE u.employer_id = e.id AND lower(u.email) = $1 AND u.removed_at IS NULL)
)
SELECT o.id, o.name, o.trusted, o.contract_until, o.created_at, o.website, o.description, o.phone, o.job_posting, o.cv_search, o.members,
       o.admins, o.keys, o.pending, o.jobs, o.active, (SELECT count(*) FROM found) AS total FROM (`+
		overviewSQL(`SELECT `+employerColumns+` FROM found WHERE $2 = 0 OR id < $2 ORDER BY id DESC LIMIT $3`)+`) o ORDER BY o.id DESC`, text, q.Before, q.Limit+1)
	if err != nil {
		return page, fmt.Errorf("list employers: %w", err)
	}
	page.More = len(rows) > q.Limit
	page.Items = make([]Overview, 0, len(rows))
	for _, r := range rows[:min(len(rows), q.Limit)] {
		page.Items, page.Total = append(page.Items, r.overview()), r.Total
	}
	return page, nil
}

// Overview reads one employer for the platform. Errors: not_found.
func (s *Store) Overview(ctx context.Context, employerID int64) (Overview, error) {
	var row overviewRow
	err := s.db.Reader(ctx).Get(ctx, &row, overviewSQL(`SELECT `+employerColumns+` FROM employers WHERE id = $1`), employerID)
	if errors.Is(err, sql.ErrNoRows) {
		return Overview{}, board.Errorf(board.CodeNotFound, "There is no employer %d.", employerID)
	}
	if err != nil {
		return Overview{}, fmt.Errorf("read employer: %w", err)
	}
	return row.overview(), nil
}

// SetTrusted makes an employer a trusted partner, every key of which is approved at once, or ends that. Errors: not_found.
func (s *Store) SetTrusted(ctx context.Context, employerID int64, trusted bool) error {
	return s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE employers SET trusted = $2 WHERE id = $1`, employerID, trusted)
		if err != nil {
			return fmt.Errorf("set trust: %w", err)
		}
		if n == 0 {
			return board.Errorf(board.CodeNotFound, "There is no employer %d.", employerID)
		}
		Operated(ctx, tx, employerID, fmt.Sprintf("employers/%d", employerID))
		return nil
	})
}

// Limits are an employer's limits of requests per minute, those that were agreed and the defaults of the others.
func (s *Store) Limits(ctx context.Context, employerID int64) (map[board.LimitFamily]int, error) {
	var rows []struct {
		Family    board.LimitFamily `db:"family"`
		PerMinute int               `db:"per_minute"`
	}
	err := s.db.Reader(ctx).List(ctx, &rows, `SELECT family, per_minute FROM rate_limits WHERE employer_id = $1`, employerID)
	if err != nil {
		return nil, fmt.Errorf("read limits: %w", err)
	}
	limits := map[board.LimitFamily]int{}
	for _, family := range board.AllLimitFamilies() {
		limits[family] = board.DefaultLimit(family)
	}
	for _, r := range rows {
		limits[r.Family] = r.PerMinute
	}
	return limits, nil
}
