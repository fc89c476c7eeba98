package cv

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/redact"
	"itmanagerjobs/store/taxonomy"
)

// Person is the row of a person of the CV database.
type Person struct {
	ID              int64               `db:"id"`
	Mode            board.Mode          `db:"mode"`
	Version         int64               `db:"version"`
	ExternalID      string              `db:"external_id"`
	FirstName       string              `db:"first_name"`
	LastName        string              `db:"last_name"`
	Email           string              `db:"email"`
	Phone           *string             `db:"phone"`
	Title           string              `db:"title"`
	Summary         string              `db:"summary"`
	Skills          pq.StringArray      `db:"skills"`
	Experience      []byte              `db:"experience"`
	YearsExperience *int                `db:"years_experience"`
	Seniority       board.Seniority     `db:"seniority"`
	City            string              `db:"city"`
	Country         string              `db:"country"`
	Latitude        *float64            `db:"latitude"`
	Longitude       *float64            `db:"longitude"`
	RemoteType      *board.RemoteType   `db:"remote_type"`
	Availability    string              `db:"availability"`
	SalaryMin       *int64              `db:"salary_min"`
	SalaryMax       *int64              `db:"salary_max"`
	SalaryCurrency  *string             `db:"salary_currency"`
	SalaryPeriod    *board.SalaryPeriod `db:"salary_period"`
	Languages       pq.StringArray      `db:"languages"`
	CVText          string              `db:"cv_text"`
	ShownText       string              `db:"shown_text"`
	Visibility      board.Visibility    `db:"visibility"`
	Consents        []byte              `db:"consents"`
	RetainUntil     time.Time           `db:"retain_until"`
	CreatedAt       time.Time           `db:"created_at"`
	UpdatedAt       time.Time           `db:"updated_at"`
}

// PersonColumns are the columns of a Person.
const PersonColumns = `id, mode, version, coalesce(external_id, '') AS external_id, first_name, last_name, email, phone, title, coalesce(summary, '') AS summary,
       skills, experience, years_experience, coalesce(seniority, '') AS seniority, coalesce(city, '') AS city, coalesce(country, '') AS country,
       latitude, longitude, remote_type, coalesce(availability, '') AS availability, salary_min, salary_max, salary_currency, salary_period,
       languages, coalesce(cv_text, '') AS cv_text, shown_text, visibility, consents, retain_until, created_at, updated_at`

// ReadPerson reads a Visible person. Errors: not_found.
func ReadPerson(ctx context.Context, q pg.Reader, mode board.Mode, id int64) (Person, error) {
	return visiblePerson(ctx, q, mode, id, "")
}

// HoldPerson is ReadPerson with a shared lock: until the transaction ends nobody hides or erases the person. Errors: not_found.
func HoldPerson(ctx context.Context, tx *pg.Tx, mode board.Mode, id int64) (Person, error) {
	return visiblePerson(ctx, tx, mode, id, " FOR SHARE")
}

// visiblePerson reads a Visible person. lock is empty or a locking clause.
func visiblePerson(ctx context.Context, q pg.Reader, mode board.Mode, id int64, lock string) (Person, error) {
	var row Person
	err := q.Get(ctx, &row, `SELECT `+PersonColumns+` FROM cv_candidates WHERE id = $1 AND mode = $2 AND visibility = 'Visible'`+lock, id, mode)
	if errors.Is(err, sql.ErrNoRows) {
		return row, board.ErrNoCandidate
	}
	if err != nil {
		return row, fmt.Errorf("read profile: %w", err)
	}
	return row, nil
}

// Titles reads the titles of Visible people with these ids, by id: what everybody may see of them. Others are left out.
func (s *Store) Titles(ctx context.Context, mode board.Mode, ids []int64) (map[int64]string, error) {
	if len(ids) == 0 {
		return map[int64]string{}, nil
	}
	var rows []struct {
		ID    int64  `db:"id"`
		Title string `db:"title"`
	}
	err := s.db.Reader(ctx).List(ctx, &rows, `SELECT id, title FROM cv_candidates WHERE id = ANY ($1) AND mode = $2 AND visibility = 'Visible'`, pq.Int64Array(ids), mode)
	if err != nil {
		return nil, fmt.Errorf("read titles of profiles: %w", err)
	}
	titles := make(map[int64]string, len(rows))
	for _, r := range rows {
		titles[r.ID] = r.Title
	}
	return titles, nil
}

// Positions are the positions that the person has held.
func (r Person) Positions() ([]board.Experience, error) {
	var positions []board.Experience
	if err := json.Unmarshal(r.Experience, &positions); err != nil {
		return nil, fmt.Errorf("decode experience: %w", err)
	}
	return positions, nil
}

// Closed is the person as an employer sees them who has not unlocked the profile: without names, contact data and CV, and
// with an ellipsis in place of those in their texts. Title, skills and place have none, since they were imported.
func (r Person) Closed() (Person, error) {
	redactor := redact.New(r.FirstName, r.LastName, r.Email, taxonomy.IsTradeWord)
	positions, err := r.Positions()
	if err != nil {
		return Person{}, err
	}
	for i := range positions {
		p := &positions[i]
		p.Title, p.Employer, p.Description = redactor.Title(p.Title), redactor.Title(p.Employer), redactor.Text(p.Description)
	}
	if r.Experience, err = json.Marshal(positions); err != nil {
		return Person{}, fmt.Errorf("encode experience: %w", err)
	}
	r.Languages = slices.Clone(r.Languages)
	for i, l := range r.Languages {
		r.Languages[i] = redactor.Title(l)
	}
	r.Summary = redactor.Text(r.Summary)
	r.FirstName, r.LastName, r.Email, r.Phone, r.CVText, r.ShownText = "", "", "", nil, "", ""
	return r, nil
}

// Salary is the expected salary, nil when it is not known.
func (r Person) Salary() *board.Salary {
	if r.SalaryCurrency == nil || r.SalaryPeriod == nil {
		return nil
	}
	return &board.Salary{Min: r.SalaryMin, Max: r.SalaryMax, Currency: *r.SalaryCurrency, Period: *r.SalaryPeriod}
}

var errNoPerson = board.Errorf(board.CodeNotFound, "There is no such candidate in the CV database.")

// LockPerson reads a person of any mode and visibility, and locks their row until the transaction ends. Errors: not_found.
func LockPerson(ctx context.Context, tx *pg.Tx, id int64) (Person, error) {
	var row Person
	err := tx.Get(ctx, &row, `SELECT `+PersonColumns+` FROM cv_candidates WHERE id = $1 FOR UPDATE`, id)
	if errors.Is(err, sql.ErrNoRows) {
		return row, errNoPerson
	}
	if err != nil {
		return row, fmt.Errorf("read person: %w", err)
	}
	return row, nil
}
