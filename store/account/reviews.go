package account

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/letter"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
)

// NewReviewer is what an operator creates a reviewer of the platform from.
type NewReviewer struct {
	Email, Name  string
	PasswordHash string
}

// CreateReviewer makes a PlatformReviewer, who belongs to no employer and for whose address the operator vouches. Errors:
// invalid_request; conflict when the address has an account already.
func (s *Store) CreateReviewer(ctx context.Context, n NewReviewer) (userID int64, err error) {
	email, problem, bad := board.CheckEmail("email", n.Email)
	if bad {
		return 0, board.Invalid(problem)
	}
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		err := tx.Get(ctx, &userID, `
INSERT INTO users (email, name, role, password_hash, confirmed_at, created_at) VALUES ($1, $2, $3, $4, $5, $5)
ON CONFLICT DO NOTHING RETURNING id`, email, strings.TrimSpace(n.Name), board.RolePlatformReviewer, n.PasswordHash, tx.Now)
		if errors.Is(err, sql.ErrNoRows) {
			return board.Errorf(board.CodeConflict, "The address %s has an account already. Use another address.", email)
		}
		if err != nil {
			return fmt.Errorf("insert reviewer: %w", err)
		}
		return nil
	})
	return userID, err
}

// Overview is an employer as the platform looks at it.
type Overview struct {
	Employer
	Credits

	// Members have joined the team; Admins are the email addresses of its admins, the oldest account first.
	Members int
	Admins  []string
	// Keys are those that work or wait, Pending those that wait.
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

// Review is a key that waits for the platform, with the employer whose it is.
type Review struct {
	Key

	Employer Overview
}

// PendingKeys lists the keys that wait for review, those that wait longest first, with two statements.
func (s *Store) PendingKeys(ctx context.Context, limit int) ([]Review, error) {
	//house:tenant the platform reviews the keys of all employers
	keys, err := s.selectKeys(ctx, `SELECT `+keyColumns+` FROM api_keys k WHERE k.status = 'Pending' ORDER BY k.id LIMIT $1`, limit)
	if err != nil || len(keys) == 0 {
		return nil, err
	}
	ids := pg.Column[pq.Int64Array](keys, func(k Key) int64 { return k.EmployerID })
	var rows []overviewRow
	err = s.db.Reader(ctx).List(ctx, &rows, overviewSQL(`SELECT `+employerColumns+` FROM employers WHERE id = ANY ($1)`), ids)
	if err != nil {
		return nil, fmt.Errorf("list employers: %w", err)
	}
	employers := map[int64]Overview{}
	for _, r := range rows {
		employers[r.ID] = r.overview()
	}
	return pg.Column[[]Review](keys, func(k Key) Review { return Review{k, employers[k.EmployerID]} }), nil
}

// tellReviewers writes to the reviewers that a key waits for them, unless another one waits already: they know then that there is
// something to do, and nobody fills their mailboxes.
func (s *Store) tellReviewers(ctx context.Context, tx *pg.Tx, key Key, employer string) error {
	var another bool
	//house:tenant the platform reviews the keys of all employers
	err := tx.Get(ctx, &another, `
SELECT EXISTS (SELECT FROM api_keys k WHERE k.status = 'Pending' AND k.id <> $1 AND (k.expires_at IS NULL OR k.expires_at > $2))`, key.ID, tx.Now)
	if err != nil {
		return fmt.Errorf("look for other keys that wait: %w", err)
	}
	if another {
		return nil
	}
	return s.MailReviewers(ctx, tx, func(to string) letter.Mail {
		return letter.KeyWaits(to, employer, key.Name, s.publicURL+"/platform/keys")
	})
}

// MailReviewers queues an email to each reviewer of the platform.
func (s *Store) MailReviewers(ctx context.Context, tx *pg.Tx, write func(to string) letter.Mail) error {
	var to []string
	err := tx.List(ctx, &to, `
SELECT email FROM users WHERE role = $1 AND removed_at IS NULL AND confirmed_at IS NOT NULL ORDER BY id`, board.RolePlatformReviewer)
	if err != nil {
		return fmt.Errorf("list reviewers: %w", err)
	}
	return outbox.SendMail(ctx, tx, 0, pg.Column[[]letter.Mail](to, write)...)
}

// PlatformKey reads one key of any employer. Errors: not_found.
func (s *Store) PlatformKey(ctx context.Context, id int64) (Key, error) {
	//house:tenant the platform reviews the keys of all employers
	keys, err := s.selectKeys(ctx, `SELECT `+keyColumns+` FROM api_keys k WHERE k.id = $1`, id)
	if err != nil {
		return Key{}, err
	}
	if len(keys) == 0 {
		return Key{}, board.Errorf(board.CodeNotFound, "There is no key %d.", id)
	}
	return keys[0], nil
}

// PlatformAction is what a reviewer of the platform has done.
type PlatformAction struct {
	ID     int64 `db:"id"`
	UserID int64 `db:"user_id"`
	// Email is that of the reviewer, set by PlatformActions.
	Email string `db:"email"`
	// Action is a verb and a noun: "approve key".
	Action string `db:"action"`
	// EmployerID is whom it concerns; 0 for nobody.
	EmployerID int64  `db:"employer_id"`
	Employer   string `db:"employer"` // its name, set by PlatformActions
	// Subject is what it was done to, Detail what else there is to know.
	Subject string `db:"subject"`
	Detail  string `db:"detail"`
	// Address is the network address that the request came from.
	Address   string    `db:"address"`
	CreatedAt time.Time `db:"created_at"`
}

// NotePlatformAction writes down what a reviewer does, in the transaction of the context if there is one.
func (s *Store) NotePlatformAction(ctx context.Context, a PlatformAction) error {
	return s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error { return notePlatformAction(ctx, tx, a) })
}

func notePlatformAction(ctx context.Context, tx *pg.Tx, a PlatformAction) error {
	_, err := tx.Exec(ctx, `
INSERT INTO platform_actions (user_id, action, employer_id, subject, detail, address, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		a.UserID, a.Action, pg.NonZero(a.EmployerID), a.Subject, a.Detail, a.Address, tx.Now)
	if err != nil {
		return fmt.Errorf("note action: %w", err)
	}
	return nil
}

// platformActs are what reviewers do to their own accounts, written as the last thing that a transaction does.
var platformActs = pg.NewBeforeCommit[PlatformAction]("actions of reviewers")

// ActingAtDesk returns a context whose transactions write, each once, that a reviewer changes the own account. action is named as
// in the audit log of an employer: "renameUser".
func ActingAtDesk(ctx context.Context, u User, action, address string) context.Context {
	return platformActs.Attach(ctx, PlatformAction{UserID: u.ID, Action: inWords(action), Subject: u.Email, Address: address})
}

func writePlatformActs(ctx context.Context, tx *pg.Tx, list []PlatformAction) error {
	for _, a := range list {
		if err := notePlatformAction(ctx, tx, a); err != nil {
			return err
		}
	}
	return nil
}

// inWords writes the name of an action as the log of the platform has it: "renamePasskey" is "rename passkey".
func inWords(action string) string {
	var words strings.Builder
	for _, r := range action {
		if unicode.IsUpper(r) {
			words.WriteByte(' ')
		}
		words.WriteRune(unicode.ToLower(r))
	}
	return words.String()
}

// PlatformActions lists what reviewers have done, the newest first: limit of them before an id, 0 for the first page.
func (s *Store) PlatformActions(ctx context.Context, before int64, limit int) ([]PlatformAction, error) {
	var actions []PlatformAction
	err := s.db.Reader(ctx).List(ctx, &actions, `
SELECT a.id, a.user_id, u.email, a.action, coalesce(a.employer_id, 0) AS employer_id, coalesce(e.name, '') AS employer,
       a.subject, a.detail, a.address, a.created_at
  FROM platform_actions a JOIN users u ON u.id = a.user_id LEFT JOIN employers e ON e.id = a.employer_id
 WHERE $1 = 0 OR a.id < $1 ORDER BY a.id DESC LIMIT $2`, before, limit)
	if err != nil {
		return nil, fmt.Errorf("list actions: %w", err)
	}
	for i := range actions {
		actions[i].CreatedAt = actions[i].CreatedAt.UTC()
	}
	return actions, nil
}

// Waiting is what waits for the platform.
type Waiting struct {
	Keys     int `db:"keys"`
	Orders   int `db:"orders"`
	Requests int `db:"requests"`
}

// Waiting counts with one statement.
func (s *Store) Waiting(ctx context.Context) (Waiting, error) {
	var w Waiting
	//house:tenant the platform reviews the keys of all employers
	err := s.db.Reader(ctx).Get(ctx, &w, `
SELECT (SELECT count(*) FROM api_keys WHERE status = 'Pending') AS keys, (SELECT count(*) FROM orders WHERE status = 'Open') AS orders,
       (SELECT count(*) FROM contact_requests WHERE closed_at IS NULL) AS requests`)
	if err != nil {
		return Waiting{}, fmt.Errorf("count what waits: %w", err)
	}
	return w, nil
}
