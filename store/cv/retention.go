package cv

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/match"
	"itmanagerjobs/store/pg"

	"github.com/lib/pq"
)

var errNoPerson = board.Errorf(board.CodeNotFound, "There is no such candidate in the CV database.")

// lockCvPerson reads a person of any mode and visibility, and keeps them until the transaction ends. Errors: not_found.
func LockPerson(ctx context.Context, tx *pg.Tx, id int64) (Person, error) {
	return onePerson(ctx, tx, id, " FOR UPDATE")
}

func onePerson(ctx context.Context, q pg.Reader, id int64, lock string) (Person, error) {
	var row Person
	err := q.Get(ctx, &row, `SELECT `+PersonColumns+` FROM cv_candidates WHERE id = $1`+lock, id)
	if errors.Is(err, sql.ErrNoRows) {
		return row, errNoPerson
	}
	if err != nil {
		return row, fmt.Errorf("read person: %w", err)
	}
	return row, nil
}

// SetVisibility hides a person of the CV database from all employers, or shows them again. Errors: invalid_request; not_found.
func (s *Store) SetVisibility(ctx context.Context, candidateID int64, v board.Visibility) error {
	if err := board.CheckVisibility(v); err != nil {
		return err
	}
	return s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		row, err := LockPerson(ctx, tx, candidateID)
		if err != nil || row.Visibility == v {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE cv_candidates SET visibility = $2, version = version + 1 WHERE id = $1`, candidateID, v)
		if err != nil {
			return fmt.Errorf("set visibility: %w", err)
		}
		if v == board.VisibilityVisible {
			err = s.showAgain(ctx, tx, row)
		} else if err = RemoveSearch(ctx, tx, pq.Int64Array{candidateID}); err == nil {
			err = match.Forget(ctx, tx, candidateID)
		}
		if err != nil {
			return err
		}
		return match.Enqueue(ctx, tx, match.OfCV, candidateID)
	})
}

// showAgain puts somebody back into the search.
func (s *Store) showAgain(ctx context.Context, tx *pg.Tx, row Person) error {
	c, err := row.candidate()
	if err != nil {
		return err
	}
	slots, err := s.reserveSlots(ctx, row.Mode, tx.Now, []time.Time{c.UpdatedAt})
	if err != nil {
		return err
	}
	p := profileOf(c)
	return s.writeSearch(ctx, tx, []indexRow{{profile: &p, id: row.ID, slot: slots[ageOf(c.UpdatedAt, tx.Now)]}})
}

// candidate is the person as an import gives them.
func (r Person) candidate() (board.CvCandidate, error) {
	c := board.CvCandidate{
		ExternalID: r.ExternalID, FirstName: r.FirstName, LastName: r.LastName, Email: r.Email, Title: r.Title, Summary: r.Summary,
		Skills: r.Skills, YearsExperience: r.YearsExperience, City: r.City, Country: r.Country, Latitude: r.Latitude, Longitude: r.Longitude,
		RemoteType: r.RemoteType, Availability: r.Availability, Salary: r.Salary(), Languages: r.Languages, CvText: r.CvText,
		Visibility: r.Visibility, UpdatedAt: r.UpdatedAt.UTC(),
	}
	if r.Phone != nil {
		c.Phone = *r.Phone
	}
	if r.Seniority != "" {
		c.Seniority = &r.Seniority
	}
	if err := errors.Join(json.Unmarshal(r.Experience, &c.Experience), json.Unmarshal(r.Consents, &c.Consents)); err != nil {
		return board.CvCandidate{}, fmt.Errorf("decode a person's lists: %w", err)
	}
	return c, nil
}

// CvExport is all that is kept about a person of the CV database, for the person.
type Export struct {
	ID              int64              `json:"id"`
	ExportedAt      time.Time          `json:"exportedAt"`
	Mode            board.Mode         `json:"mode"`
	ExternalID      string             `json:"externalId,omitempty"`
	FirstName       string             `json:"firstName"`
	LastName        string             `json:"lastName"`
	Email           string             `json:"email"`
	Phone           *string            `json:"phone,omitempty"`
	Title           string             `json:"title"`
	Summary         string             `json:"summary,omitempty"`
	Skills          []string           `json:"skills"`
	Experience      []board.Experience `json:"experience"`
	YearsExperience *int               `json:"yearsExperience,omitempty"`
	Seniority       board.Seniority    `json:"seniority,omitempty"`
	City            string             `json:"city,omitempty"`
	Country         string             `json:"country,omitempty"`
	Latitude        *float64           `json:"latitude,omitempty"`
	Longitude       *float64           `json:"longitude,omitempty"`
	RemoteType      *board.RemoteType  `json:"remoteType,omitempty"`
	Availability    string             `json:"availability,omitempty"`
	Salary          string             `json:"salaryExpectation,omitempty"`
	Languages       []string           `json:"languages"`
	CvText          string             `json:"cvText,omitempty"`
	ShownText       string             `json:"textShownInSearches"`
	Visibility      board.Visibility   `json:"visibility"`
	Consents        []board.Consent    `json:"consents"`
	RetainUntil     time.Time          `json:"retainUntil"`
	CreatedAt       time.Time          `json:"createdAt"`
	UpdatedAt       time.Time          `json:"updatedAt"`
	// OpenedBy are the employers who have opened the profile, and Matches the jobs that it was compared with and fits.
	OpenedBy []Opened  `json:"openedBy"`
	Matches  []Matched `json:"matches"`
}

// CvOpened tells who opened a profile.
type Opened struct {
	Employer   string    `db:"employer"    json:"employer"`
	UnlockedAt time.Time `db:"unlocked_at" json:"unlockedAt"`
	FreeUntil  time.Time `db:"free_until"  json:"openUntil"`
}

// CvMatched tells of a job that somebody fits.
type Matched struct {
	JobID      int64           `db:"job_id"      json:"jobId"`
	JobTitle   string          `db:"job_title"   json:"jobTitle"`
	Employer   string          `db:"employer"    json:"employer"`
	Score      int             `db:"score"       json:"score"`
	Components json.RawMessage `db:"components"  json:"components"`
	ComputedAt time.Time       `db:"computed_at" json:"computedAt"`
}

// ExportCvCandidate gives out all that is kept about a person of the CV database. Errors: not_found.
func (s *Store) Export(ctx context.Context, candidateID int64) (Export, error) {
	var e Export
	// What is kept does not change while it is read: the person is locked.
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		r, err := LockPerson(ctx, tx, candidateID)
		if err != nil {
			return err
		}
		c, err := r.candidate()
		if err != nil {
			return err
		}
		e = Export{
			ID: r.ID, ExportedAt: tx.Now, Mode: r.Mode, ExternalID: r.ExternalID, FirstName: r.FirstName, LastName: r.LastName, Email: r.Email,
			Phone: r.Phone, Title: r.Title, Summary: r.Summary, Skills: r.Skills, Experience: c.Experience, YearsExperience: r.YearsExperience,
			Seniority: r.Seniority, City: r.City, Country: r.Country, Latitude: r.Latitude, Longitude: r.Longitude, RemoteType: r.RemoteType,
			Availability: r.Availability, Languages: r.Languages, CvText: r.CvText, ShownText: r.ShownText, Visibility: r.Visibility,
			Consents: c.Consents, RetainUntil: r.RetainUntil.UTC(), CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
			OpenedBy: []Opened{}, Matches: []Matched{},
		}
		if c.Salary != nil {
			e.Salary = c.Salary.Text()
		}
		err = tx.List(ctx, &e.OpenedBy, `
SELECT e.name AS employer, u.unlocked_at, u.free_until FROM cv_unlocks u JOIN employers e ON e.id = u.employer_id
 WHERE u.candidate_id = $1 ORDER BY u.unlocked_at, e.id`, candidateID)
		if err != nil {
			return fmt.Errorf("list unlocks: %w", err)
		}
		err = tx.List(ctx, &e.Matches, `
SELECT m.job_id, j.title AS job_title, e.name AS employer, m.score, m.components, m.computed_at
  FROM matches m JOIN jobs j ON j.id = m.job_id JOIN employers e ON e.id = m.employer_id
 WHERE m.candidate_id = $1 ORDER BY m.score DESC, m.job_id`, candidateID)
		if err != nil {
			return fmt.Errorf("list matches: %w", err)
		}
		return nil
	})
	for i := range e.OpenedBy {
		e.OpenedBy[i].UnlockedAt, e.OpenedBy[i].FreeUntil = e.OpenedBy[i].UnlockedAt.UTC(), e.OpenedBy[i].FreeUntil.UTC()
	}
	for i := range e.Matches {
		e.Matches[i].ComputedAt = e.Matches[i].ComputedAt.UTC()
	}
	return e, err
}
