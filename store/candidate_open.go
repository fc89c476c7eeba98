package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/cv"
	"itmanagerjobs/store/match"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/pipeline"
)

// maxProfileMatches is how many matches a profile lists.
const maxProfileMatches = 10

// CandidateProfile is all that an employer sees of a candidate, be they in the employer's pipeline or in the CV database.
// Of the latter Status, Source and the applications are empty.
type CandidateProfile struct {
	pipeline.Candidate

	Population        board.Population
	Summary           string
	Experience        []board.Experience
	Languages         []string
	RemoteType        *board.RemoteType
	Availability      string
	SalaryExpectation *board.Salary
	ApplicationList   []pipeline.CandidateApplication
	Matches           []match.Match
	// Unlock is of a profile of the CV database, nil when its owner is in the employer's pipeline as well.
	Unlock *cv.Unlock
	HasCV  bool
}

// OpenCandidate reads a candidate of the employer's pipeline, or of the CV database. The latter costs a CV search credit
// when it is not open for the employer already, unless the person is in the employer's pipeline under the same
// address. Errors: not_found, also for a person who is Hidden or erased; no_credits.
func (s *Store) OpenCandidate(ctx context.Context, p account.Principal, id int64) (CandidateProfile, error) {
	c, err := s.Pipeline.Candidate(ctx, p.Tenant, id)
	var profile CandidateProfile
	switch {
	case err == nil:
		profile, err = s.openPipeline(ctx, c)
	case errors.Is(err, board.ErrNoCandidate):
		profile, err = s.openCV(ctx, p, id)
	}
	if err != nil {
		return CandidateProfile{}, err
	}
	if profile.Matches, err = s.Matches.TopOfCandidate(ctx, p.Tenant, id, maxProfileMatches); err != nil {
		return CandidateProfile{}, err
	}
	return profile, nil
}

func (s *Store) openPipeline(ctx context.Context, c pipeline.Candidate) (CandidateProfile, error) {
	applications, err := s.Pipeline.CandidateApplications(ctx, c.Tenant, c.ID)
	if err != nil {
		return CandidateProfile{}, err
	}
	file, err := s.Pipeline.CandidateCV(ctx, c.Tenant, c.ID)
	if err != nil {
		return CandidateProfile{}, err
	}
	return CandidateProfile{Candidate: c, Population: board.PopulationPipeline, ApplicationList: applications, HasCV: file != nil}, nil
}

func (s *Store) openCV(ctx context.Context, p account.Principal, id int64) (CandidateProfile, error) {
	row, unlock, err := s.openCVRow(ctx, p, id)
	if err != nil {
		return CandidateProfile{}, err
	}
	profile, err := profileOf(row)
	if err != nil {
		return CandidateProfile{}, err
	}
	profile.EmployerID, profile.Mode, profile.Unlock = p.EmployerID, p.Mode, unlock
	return profile, nil
}

// openCVRow reads a Visible person of the CV database and unlocks them, if need be.
func (s *Store) openCVRow(ctx context.Context, p account.Principal, id int64) (row cv.Person, unlock *cv.Unlock, err error) {
	outbox.TellsIn(ctx, s.db, id)
	if row, err = cv.ReadPerson(ctx, s.db.Reader(ctx), p.Mode, id); err != nil {
		return row, nil, err
	}
	own, err := s.Pipeline.HasCandidate(ctx, p.Tenant, row.Email)
	if err != nil {
		return row, nil, err
	}
	if own {
		return row, nil, nil
	}
	if unlock, err = cv.RunningUnlock(ctx, s.db.Reader(ctx), p.Tenant, id, s.db.Now()); err != nil || unlock != nil {
		return row, unlock, err
	}
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		unlock, err = cv.UnlockPerson(ctx, tx, p, id)
		return err
	})
	return row, unlock, err
}

// OpenCandidateCV opens the newest CV of a candidate of the employer's pipeline, or that of a profile of the CV database,
// at the same price as the profile. Errors: not_found, also when there is no CV; no_credits.
func (s *Store) OpenCandidateCV(ctx context.Context, p account.Principal, id int64) (board.File, io.ReadSeeker, error) {
	_, err := s.Pipeline.Candidate(ctx, p.Tenant, id)
	if err == nil {
		file, err := s.Pipeline.CandidateCV(ctx, p.Tenant, id)
		if err != nil {
			return board.File{}, nil, err
		}
		if file == nil {
			return board.File{}, nil, errNoCV
		}
		return *file, s.Pipeline.OpenFile(ctx, *file), nil
	}
	if !errors.Is(err, board.ErrNoCandidate) {
		return board.File{}, nil, err
	}
	// Nobody pays for a CV that is not there.
	row, err := cv.ReadPerson(ctx, s.db.Reader(ctx), p.Mode, id)
	if err != nil {
		return board.File{}, nil, err
	}
	if row.CVText == "" {
		return board.File{}, nil, errNoCV
	}
	if row, _, err = s.openCVRow(ctx, p, id); err != nil {
		return board.File{}, nil, err
	}
	hash := sha256.Sum256([]byte(row.CVText))
	f := board.File{Name: fmt.Sprintf("cv-%d.txt", id), MediaType: board.KindTXT.MediaType(), Size: int64(len(row.CVText)), SHA256: hash[:]}
	return f, bytes.NewReader([]byte(row.CVText)), nil
}

var errNoCV = board.Errorf(board.CodeNotFound, "The candidate has no CV.")

func profileOf(r cv.Person) (CandidateProfile, error) {
	p := CandidateProfile{
		Candidate: pipeline.Candidate{
			ID: r.ID, Version: r.Version, FirstName: r.FirstName, LastName: r.LastName, Email: r.Email, Phone: r.Phone,
			CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
			Profile: board.Profile{
				Title: r.Title, Seniority: r.Seniority, Skills: r.Skills, City: r.City, Country: r.Country,
				Latitude: r.Latitude, Longitude: r.Longitude, YearsExperience: r.YearsExperience,
			},
		},
		Population: board.PopulationCVDatabase, Summary: r.Summary, Languages: r.Languages, RemoteType: r.RemoteType,
		Availability: r.Availability, SalaryExpectation: r.Salary(), HasCV: r.CVText != "",
	}
	if err := json.Unmarshal(r.Experience, &p.Experience); err != nil {
		return CandidateProfile{}, fmt.Errorf("decode experience: %w", err)
	}
	return p, nil
}
