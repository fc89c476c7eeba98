package cv

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

// Export is all that is kept about a person of the CV database, for the person.
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
	CVText          string             `json:"cvText,omitempty"`
	ShownText       string             `json:"textShownInSearches"`
	Visibility      board.Visibility   `json:"visibility"`
	Consents        []board.Consent    `json:"consents"`
	RetainUntil     time.Time          `json:"retainUntil"`
	CreatedAt       time.Time          `json:"createdAt"`
	UpdatedAt       time.Time          `json:"updatedAt"`
	// OpenedBy are the employers who have opened the profile, Matches the jobs that the person matches.
	OpenedBy []Opened  `json:"openedBy"`
	Matches  []Matched `json:"matches"`
}

// Opened tells which employer opened a profile.
type Opened struct {
	Employer   string    `db:"employer"    json:"employer"`
	UnlockedAt time.Time `db:"unlocked_at" json:"unlockedAt"`
	FreeUntil  time.Time `db:"free_until"  json:"openUntil"`
}

// Matched is a job that a person matches.
type Matched struct {
	JobID      int64           `db:"job_id"      json:"jobId"`
	JobTitle   string          `db:"job_title"   json:"jobTitle"`
	Employer   string          `db:"employer"    json:"employer"`
	Score      int             `db:"score"       json:"score"`
	Components json.RawMessage `db:"components"  json:"components"`
	ComputedAt time.Time       `db:"computed_at" json:"computedAt"`
}

// Export gives all that is kept about a person of the CV database. Errors: not_found.
//
//house:told an operator exports, no answer of the API is recorded
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
			Availability: r.Availability, Languages: r.Languages, CVText: r.CVText, ShownText: r.ShownText, Visibility: r.Visibility,
			Consents: c.Consents, RetainUntil: r.RetainUntil.UTC(), CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
			OpenedBy: []Opened{}, Matches: []Matched{},
		}
		if c.Salary != nil {
			e.Salary = c.Salary.Text()
		}
		//house:tenant a person of the CV database is told of all employers
		err = tx.List(ctx, &e.OpenedBy, `
SELECT e.name AS employer, u.unlocked_at, u.free_until FROM cv_unlocks u JOIN employers e ON e.id = u.employer_id
 WHERE u.candidate_id = $1 ORDER BY u.unlocked_at, e.id`, candidateID)
		if err != nil {
			return fmt.Errorf("list unlocks: %w", err)
		}
		//house:tenant a person of the CV database is told of all employers
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
