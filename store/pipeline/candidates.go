package pipeline

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
)

// Candidate is somebody in an employer's own pipeline. It is not an entry of the platform's CV database.
type Candidate struct {
	board.Tenant
	board.Profile

	ID int64
	// Version rises with everything that is told of the candidate, an application's arrival and moves among it.
	Version   int64
	Status    board.ApplicationStatus
	FirstName string
	LastName  string
	Email     string
	Phone     *string
	Source    board.ApplicationSource
	// Applications counts them, and LastAppliedAt is when the last one came.
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

// candidateColumns are those that candidateSQL reads of its table.
const candidateColumns = `id, employer_id, mode, version, status, first_name, last_name, email, phone, source, title, seniority, skills, city, country,
       latitude, longitude, years_experience, created_at, updated_at`

// candidateSQL reads candidates; from is a table or a subquery of that name's columns.
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

// GetCandidate reads one candidate of the employer's pipeline. Errors: not_found.
func (s *Store) Candidate(ctx context.Context, t board.Tenant, id int64) (Candidate, error) {
	outbox.TellsIn(ctx, s.db, id)
	return oneCandidate(ctx, s.db.Reader(ctx), t, id)
}

func LockCandidate(ctx context.Context, tx *pg.Tx, t board.Tenant, id int64) (Candidate, error) {
	if err := lockCandidateRow(ctx, tx, id); err != nil {
		return Candidate{}, err
	}
	return oneCandidate(ctx, tx, t, id)
}

// lockCandidateRow keeps others from changing or erasing a candidate, and from applying as them, until the transaction
// ends. It comes before the locks of the candidate's applications, interviews and calls.
func lockCandidateRow(ctx context.Context, tx *pg.Tx, id int64) error {
	// Apart from reading, so that what is read is of after the wait.
	if _, err := tx.Exec(ctx, `SELECT id FROM candidates WHERE id = $1 FOR UPDATE`, id); err != nil {
		return fmt.Errorf("lock candidate: %w", err)
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

// CandidateApplication is an application as the candidate's page lists it.
type CandidateApplication struct {
	ID           int64                   `db:"id"`
	JobID        int64                   `db:"job_id"`
	JobTitle     string                  `db:"job_title"`
	JobReference *string                 `db:"job_reference"`
	Status       board.ApplicationStatus `db:"status"`
	AppliedAt    time.Time               `db:"applied_at"`
}

// CandidateApplications lists the applications of a candidate of the employer's pipeline, the newest first.
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

// pipelineCV finds the newest CV of a candidate of the employer's pipeline, nil when there is none.
func (s *Store) PipelineCV(ctx context.Context, t board.Tenant, id int64) (*board.File, error) {
	outbox.TellsIn(ctx, s.db, id)
	var row struct {
		ID          int64  `db:"id"`
		Name        string `db:"name"`
		MediaType   string `db:"media_type"`
		Size        int64  `db:"size"`
		SHA256      []byte `db:"sha256"`
		TextProblem string `db:"text_problem"`
	}
	err := s.db.Reader(ctx).Get(ctx, &row, `
SELECT f.id, f.name, f.media_type, f.size, f.sha256, f.text_problem
  FROM applications a JOIN files f ON f.id = a.cv_file_id
 WHERE a.candidate_id = $1 AND a.employer_id = $2 AND a.mode = $3 ORDER BY a.id DESC LIMIT 1`, id, t.EmployerID, t.Mode)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil //nolint:nilnil // a candidate without a CV is none that fails
	}
	if err != nil {
		return nil, fmt.Errorf("find the CV of a candidate: %w", err)
	}
	f := board.File(row)
	return &f, nil
}

// openFile opens a file, for reading in any order while ctx lives; see OpenCV.
func (s *Store) OpenFile(ctx context.Context, f board.File) io.ReadSeeker {
	return io.NewSectionReader(&fileReader{ctx: ctx, files: s.files, id: f.ID}, 0, f.Size)
}

// ensureCandidate finds the candidate of an address, or makes it, and keeps others from applying with that address, and
// from erasing it, until the transaction ends. The name that an address is known by already is not changed: anybody can
// type somebody else's address into a form.
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

// HasCandidate tells whether the tenant's pipeline has a candidate of this address.
func (s *Store) HasCandidate(ctx context.Context, t board.Tenant, email string) (own bool, err error) {
	err = s.db.Reader(ctx).Get(ctx, &own, `
SELECT EXISTS (SELECT FROM candidates WHERE employer_id = $1 AND mode = $2 AND lower(email) = lower($3) AND erased_at IS NULL)`,
		t.EmployerID, t.Mode, email)
	if err != nil {
		return false, fmt.Errorf("look for an own applicant: %w", err)
	}
	return own, nil
}
