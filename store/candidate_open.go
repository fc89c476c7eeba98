package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
)

// maxProfileMatches is how many matches a profile lists.
const maxProfileMatches = 10

// CandidateProfile is all that an employer sees of a candidate, be they in the employer's pipeline or in the CV database.
// Of the latter Status, Source and the applications are empty.
type CandidateProfile struct {
	Candidate

	Population        board.Population
	Summary           string
	Experience        []board.Experience
	Languages         []string
	RemoteType        *board.RemoteType
	Availability      string
	SalaryExpectation *board.Salary
	ApplicationList   []CandidateApplication
	Matches           []Match
	// Unlock is of a profile of the CV database, nil when its owner is in the employer's pipeline as well.
	Unlock *Unlock
	HasCV  bool
}

// OpenCandidate reads a candidate of the employer's pipeline, or of the CV database. The latter costs a CV search credit
// when it is not open for the employer already, unless the person is in the employer's pipeline under the same address
// (R20). Errors: not_found, also of who is Hidden or erased; no_credits.
func (s *Store) OpenCandidate(ctx context.Context, p Principal, id int64) (CandidateProfile, error) {
	c, err := s.GetCandidate(ctx, p.Tenant, id)
	var profile CandidateProfile
	switch {
	case err == nil:
		profile, err = s.openPipeline(ctx, c)
	case errors.Is(err, errNoCandidate):
		profile, err = s.openCv(ctx, p, id)
	}
	if err != nil {
		return CandidateProfile{}, err
	}
	if profile.Matches, err = s.TopMatchesOfCandidate(ctx, p.Tenant, id, maxProfileMatches); err != nil {
		return CandidateProfile{}, err
	}
	return profile, nil
}

func (s *Store) openPipeline(ctx context.Context, c Candidate) (CandidateProfile, error) {
	applications, err := s.CandidateApplications(ctx, c.Tenant, c.ID)
	if err != nil {
		return CandidateProfile{}, err
	}
	cv, err := s.pipelineCV(ctx, c.Tenant, c.ID)
	if err != nil {
		return CandidateProfile{}, err
	}
	return CandidateProfile{Candidate: c, Population: board.PopulationPipeline, ApplicationList: applications, HasCV: cv != nil}, nil
}

func (s *Store) openCv(ctx context.Context, p Principal, id int64) (CandidateProfile, error) {
	row, unlock, err := s.openCvRow(ctx, p, id)
	if err != nil {
		return CandidateProfile{}, err
	}
	profile, err := row.profile()
	if err != nil {
		return CandidateProfile{}, err
	}
	profile.EmployerID, profile.Mode, profile.Unlock = p.EmployerID, p.Mode, unlock
	return profile, nil
}

// openCvRow reads a Visible person of the CV database and unlocks them, if need be.
func (s *Store) openCvRow(ctx context.Context, p Principal, id int64) (row cvPersonRow, unlock *Unlock, err error) {
	s.tellsOf(ctx, id)
	if row, err = readCvPerson(ctx, s.reader(ctx), p.Mode, id); err != nil {
		return row, nil, err
	}
	var own bool
	err = s.reader(ctx).GetContext(ctx, &own, `
SELECT EXISTS (SELECT FROM candidates WHERE employer_id = $1 AND mode = $2 AND lower(email) = lower($3) AND erased_at IS NULL)`,
		p.EmployerID, p.Mode, row.Email)
	if err != nil {
		return row, nil, fmt.Errorf("look for an own applicant: %w", err)
	}
	if own {
		return row, nil, nil
	}
	if unlock, err = runningUnlock(ctx, s.reader(ctx), p.Tenant, id, s.Now()); err != nil || unlock != nil {
		return row, unlock, err
	}
	err = s.WithTx(ctx, func(ctx context.Context, tx *Tx) error {
		unlock, err = tx.unlock(ctx, p, id)
		return err
	})
	return row, unlock, err
}

// OpenCandidateCV opens the newest CV of a candidate of the employer's pipeline, or that of a profile of the CV database,
// at the same price as the profile. Errors: not_found, also when there is no CV; no_credits.
func (s *Store) OpenCandidateCV(ctx context.Context, p Principal, id int64) (File, io.ReadSeeker, error) {
	_, err := s.GetCandidate(ctx, p.Tenant, id)
	if err == nil {
		cv, err := s.pipelineCV(ctx, p.Tenant, id)
		if err != nil {
			return File{}, nil, err
		}
		if cv == nil {
			return File{}, nil, errNoCV
		}
		return *cv, s.openFile(ctx, *cv), nil
	}
	if !errors.Is(err, errNoCandidate) {
		return File{}, nil, err
	}
	// Nobody pays for a CV that is not there.
	row, err := readCvPerson(ctx, s.reader(ctx), p.Mode, id)
	if err != nil {
		return File{}, nil, err
	}
	if row.CvText == "" {
		return File{}, nil, errNoCV
	}
	if row, _, err = s.openCvRow(ctx, p, id); err != nil {
		return File{}, nil, err
	}
	hash := sha256.Sum256([]byte(row.CvText))
	f := File{Name: fmt.Sprintf("cv-%d.txt", id), MediaType: board.KindTXT.MediaType(), Size: int64(len(row.CvText)), SHA256: hash[:]}
	return f, bytes.NewReader([]byte(row.CvText)), nil
}

var errNoCV = board.Errorf(board.CodeNotFound, "The candidate has no CV.")

// cvPersonRow is a person of the CV database as they are kept.
type cvPersonRow struct {
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
	CvText          string              `db:"cv_text"`
	ShownText       string              `db:"shown_text"`
	Visibility      board.Visibility    `db:"visibility"`
	Consents        []byte              `db:"consents"`
	RetainUntil     time.Time           `db:"retain_until"`
	CreatedAt       time.Time           `db:"created_at"`
	UpdatedAt       time.Time           `db:"updated_at"`
}

const cvPersonColumns = `id, mode, version, coalesce(external_id, '') AS external_id, first_name, last_name, email, phone, title, coalesce(summary, '') AS summary,
       skills, experience, years_experience, coalesce(seniority, '') AS seniority, coalesce(city, '') AS city, coalesce(country, '') AS country,
       latitude, longitude, remote_type, coalesce(availability, '') AS availability, salary_min, salary_max, salary_currency, salary_period,
       languages, coalesce(cv_text, '') AS cv_text, shown_text, visibility, consents, retain_until, created_at, updated_at`

// readCvPerson reads a Visible person. Errors: not_found.
func readCvPerson(ctx context.Context, q queryer, mode board.Mode, id int64) (cvPersonRow, error) {
	var row cvPersonRow
	err := q.GetContext(ctx, &row, `SELECT `+cvPersonColumns+` FROM cv_candidates WHERE id = $1 AND mode = $2 AND visibility = 'Visible'`, id, mode)
	if errors.Is(err, sql.ErrNoRows) {
		return row, errNoCandidate
	}
	if err != nil {
		return row, fmt.Errorf("read profile: %w", err)
	}
	return row, nil
}

func (r cvPersonRow) salary() *board.Salary {
	if r.SalaryCurrency == nil || r.SalaryPeriod == nil {
		return nil
	}
	return &board.Salary{Min: r.SalaryMin, Max: r.SalaryMax, Currency: *r.SalaryCurrency, Period: *r.SalaryPeriod}
}

func (r cvPersonRow) profile() (CandidateProfile, error) {
	p := CandidateProfile{
		Candidate: Candidate{
			ID: r.ID, Version: r.Version, FirstName: r.FirstName, LastName: r.LastName, Email: r.Email, Phone: r.Phone,
			CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
			Profile: board.Profile{
				Title: r.Title, Seniority: r.Seniority, Skills: r.Skills, City: r.City, Country: r.Country,
				Latitude: r.Latitude, Longitude: r.Longitude, YearsExperience: r.YearsExperience,
			},
		},
		Population: board.PopulationCvDatabase, Summary: r.Summary, Languages: r.Languages, RemoteType: r.RemoteType,
		Availability: r.Availability, SalaryExpectation: r.salary(), HasCV: r.CvText != "",
	}
	if err := json.Unmarshal(r.Experience, &p.Experience); err != nil {
		return CandidateProfile{}, fmt.Errorf("decode experience: %w", err)
	}
	return p, nil
}
