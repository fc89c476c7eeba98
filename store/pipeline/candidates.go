package pipeline

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
)

// Candidate is a person in an employer's own pipeline. It is not an entry of the platform's CV database.
type Candidate struct {
	board.Tenant
	board.Profile

	ID int64
	// Version rises with every change that a reader can see, also when an application arrives or moves.
	Version   int64
	Status    board.ApplicationStatus
	FirstName string
	LastName  string
	Email     string
	Phone     *string
	Source    board.ApplicationSource
	// Applications is the number of applications, and LastAppliedAt is when the last one came.
	Applications  int
	LastAppliedAt *time.Time
	CreatedAt     time.Time
	UpdatedAt     time.Time
}

type candidateRow struct {
	ID              int64                   `db:"id"`
	EmployerID      int64                   `db:"employer_id"`
	Mode            board.Mode              `db:"mode"`
	Version         int64                   `db:"version"`
	Status          board.ApplicationStatus `db:"status"`
	FirstName       string                  `db:"first_name"`
	LastName        string                  `db:"last_name"`
	Email           string                  `db:"email"`
	Phone           *string                 `db:"phone"`
	Source          board.ApplicationSource `db:"source"`
	Title           string                  `db:"title"`
	Seniority       board.Seniority         `db:"seniority"`
	Skills          pq.StringArray          `db:"skills"`
	City            string                  `db:"city"`
	Country         string                  `db:"country"`
	Latitude        *float64                `db:"latitude"`
	Longitude       *float64                `db:"longitude"`
	YearsExperience *int                    `db:"years_experience"`
	Applications    int                     `db:"applications"`
	LastAppliedAt   *time.Time              `db:"last_applied_at"`
	CreatedAt       time.Time               `db:"created_at"`
	UpdatedAt       time.Time               `db:"updated_at"`
}

// candidateColumns are the columns of candidates that candidateSQL reads.
const candidateColumns = `id, employer_id, mode, version, status, first_name, last_name, email, phone, source, title, seniority, skills, city, country,
       latitude, longitude, years_experience, created_at, updated_at`

// candidateSQL is a statement that reads candidates. from is the table, or a subquery with its columns.
func candidateSQL(from string) string {
	return `
SELECT c.id, c.employer_id, c.mode, c.version, c.status, c.first_name, c.last_name, c.email, c.phone, c.source, coalesce(c.title, '') AS title,
       coalesce(c.seniority, '') AS seniority, c.skills, coalesce(c.city, '') AS city, coalesce(c.country, '') AS country, c.latitude, c.longitude,
       c.years_experience, c.created_at, c.updated_at, n.applications, n.last_applied_at
  FROM ` + from + ` c CROSS JOIN LATERAL (
       SELECT count(*) AS applications, max(a.applied_at) AS last_applied_at FROM applications a WHERE a.candidate_id = c.id) n`
}

func (r candidateRow) candidate() Candidate {
	return Candidate{
		Tenant: board.Tenant{EmployerID: r.EmployerID, Mode: r.Mode}, ID: r.ID, Version: r.Version, Status: r.Status,
		FirstName: r.FirstName, LastName: r.LastName, Email: r.Email, Phone: r.Phone, Source: r.Source,
		Profile: board.Profile{
			Title: r.Title, Seniority: r.Seniority, Skills: r.Skills, City: r.City, Country: r.Country,
			Latitude: r.Latitude, Longitude: r.Longitude, YearsExperience: r.YearsExperience,
		},
		Applications: r.Applications, LastAppliedAt: pg.UTC(r.LastAppliedAt), CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
	}
}

// Candidate reads one candidate. Errors: not_found.
func (s *Store) Candidate(ctx context.Context, t board.Tenant, id int64) (Candidate, error) {
	outbox.TellsIn(ctx, s.db, id)
	return oneCandidate(ctx, s.db.Reader(ctx), t, id)
}

// LockCandidate reads one candidate and locks it, like lockCandidateRow. Errors: not_found.
func LockCandidate(ctx context.Context, tx *pg.Tx, t board.Tenant, id int64) (Candidate, error) {
	if err := lockCandidateRow(ctx, tx, id); err != nil {
		return Candidate{}, err
	}
	return oneCandidate(ctx, tx, t, id)
}

// lockCandidateRow locks a candidate against changes, erasure and new applications until the transaction ends. To avoid
// deadlocks, take it before the locks of the candidate's applications, interviews and calls.
func lockCandidateRow(ctx context.Context, tx *pg.Tx, id int64) error {
	// A statement of its own: one that waits for a lock still reads what was there before the wait.
	if _, err := tx.Exec(ctx, `SELECT id FROM candidates WHERE id = $1 FOR UPDATE`, id); err != nil {
		return fmt.Errorf("lock candidate: %w", err)
	}
	return nil
}

// lockCandidateOf locks the candidate of a row of table, which is "applications", "interviews" or "ai_calls", like
// lockCandidateRow.
func lockCandidateOf(ctx context.Context, tx *pg.Tx, t board.Tenant, table string, id int64) error {
	_, err := tx.Exec(ctx, `
SELECT c.id FROM `+table+` r JOIN candidates c ON c.id = r.candidate_id WHERE r.id = $1 AND r.employer_id = $2 AND r.mode = $3 FOR UPDATE OF c`,
		id, t.EmployerID, t.Mode)
	if err != nil {
		return fmt.Errorf("lock the candidate of %s: %w", table, err)
	}
	return nil
}

func oneCandidate(ctx context.Context, q pg.Reader, t board.Tenant, id int64) (Candidate, error) {
	var row candidateRow
	err := q.Get(ctx, &row, candidateSQL(`candidates`)+` WHERE c.id = $1 AND c.employer_id = $2 AND c.mode = $3 AND c.erased_at IS NULL`,
		id, t.EmployerID, t.Mode)
	if errors.Is(err, sql.ErrNoRows) {
		return Candidate{}, board.ErrNoCandidate
	}
	if err != nil {
		return Candidate{}, fmt.Errorf("read candidate: %w", err)
	}
	return row.candidate(), nil
}

// CandidateApplication is an application in the list on a candidate's page.
type CandidateApplication struct {
	ID           int64                   `db:"id"`
	JobID        int64                   `db:"job_id"`
	JobTitle     string                  `db:"job_title"`
	JobReference *string                 `db:"job_reference"`
	Status       board.ApplicationStatus `db:"status"`
	AppliedAt    time.Time               `db:"applied_at"`
}

// CandidateApplications lists the applications of a candidate, the newest first.
func (s *Store) CandidateApplications(ctx context.Context, t board.Tenant, id int64) ([]CandidateApplication, error) {
	outbox.TellsIn(ctx, s.db, id)
	list := []CandidateApplication{}
	err := s.db.Reader(ctx).List(ctx, &list, `
SELECT a.id, a.job_id, j.title AS job_title, j.reference AS job_reference, a.status, a.applied_at
  FROM applications a JOIN jobs j ON j.id = a.job_id
 WHERE a.candidate_id = $1 AND a.employer_id = $2 AND a.mode = $3 ORDER BY a.id DESC`, id, t.EmployerID, t.Mode)
	if err != nil {
		return nil, fmt.Errorf("list the applications of a candidate: %w", err)
	}
	for i := range list {
		list[i].AppliedAt = list[i].AppliedAt.UTC()
	}
	return list, nil
}

// CandidateCV finds the newest CV of a candidate; nil when there is none.
func (s *Store) CandidateCV(ctx context.Context, t board.Tenant, id int64) (*board.File, error) {
	outbox.TellsIn(ctx, s.db, id)
	var row struct {
		ID          int64  `db:"id"`
		Name        string `db:"name"`
		MediaType   string `db:"media_type"`
		Size        int64  `db:"size"`
		SHA256      []byte `db:"sha256"`
		TextProblem string `db:"text_problem"`
		TextPending bool   `db:"text_pending"`
	}
	err := s.db.Reader(ctx).Get(ctx, &row, `
SELECT f.id, f.name, f.media_type, f.size, f.sha256, f.text_problem, f.text_pending
  FROM applications a JOIN files f ON f.id = a.cv_file_id
 WHERE a.candidate_id = $1 AND a.employer_id = $2 AND a.mode = $3 ORDER BY a.id DESC LIMIT 1`, id, t.EmployerID, t.Mode)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil //nolint:nilnil // that a candidate has no CV is no error
	}
	if err != nil {
		return nil, fmt.Errorf("find the CV of a candidate: %w", err)
	}
	f := board.File(row)
	return &f, nil
}

// ensureCandidate finds the candidate of an email address, or creates one, and locks the candidate like lockCandidateRow. It
// does not change the name of a candidate who is known, because anybody can enter the address of another person into a form.
func ensureCandidate(ctx context.Context, tx *pg.Tx, t board.Tenant, a board.Applicant, source board.ApplicationSource) (id int64, made bool, err error) {
	var row struct {
		ID   int64 `db:"id"`
		Made bool  `db:"made"`
	}
	err = tx.Get(ctx, &row, `
INSERT INTO candidates AS c (employer_id, mode, status, version, first_name, last_name, email, phone, source, created_at, updated_at)
VALUES ($1, $2, $3, 1, $4, $5, $6, nullif($7, ''), $8, $9, $9)
ON CONFLICT (employer_id, mode, lower(email)) WHERE erased_at IS NULL DO UPDATE SET email = c.email
RETURNING c.id, c.xmax = 0 AS made`, t.EmployerID, t.Mode, board.ApplicationNew, a.FirstName, a.LastName, a.Email, a.Phone, source, tx.Now)
	if err != nil {
		return 0, false, fmt.Errorf("find or insert candidate: %w", err)
	}
	outbox.Tells(tx, row.ID)
	return row.ID, row.Made, nil
}

// HasCandidate reports whether the tenant has a candidate with this email address, in upper or lower case.
func (s *Store) HasCandidate(ctx context.Context, t board.Tenant, email string) (own bool, err error) {
	err = s.db.Reader(ctx).Get(ctx, &own, `
SELECT EXISTS (SELECT FROM candidates WHERE employer_id = $1 AND mode = $2 AND lower(email) = lower($3) AND erased_at IS NULL)`,
		t.EmployerID, t.Mode, email)
	if err != nil {
		return false, fmt.Errorf("look for an own applicant: %w", err)
	}
	return own, nil
}
