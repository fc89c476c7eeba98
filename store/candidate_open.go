package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"time"

	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/fit"
	"itmanagerjobs/store/cv"
	"itmanagerjobs/store/match"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/pipeline"
)

// maxProfileMatches is how many matches a profile lists.
const maxProfileMatches = 10

// CandidateProfile is all that an employer sees of a candidate, be they in the employer's pipeline or in the CV database.
// While it is not open, names and contact data are empty. Of the CV database Status, Source and the applications are empty.
type CandidateProfile struct {
	pipeline.Candidate

	Population        fit.Population
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

// Candidate reads a candidate of the employer's pipeline, or of the CV database. It costs nothing: somebody in the CV database
// whose profile is not open is shown without names, contact data and CV, unless they are in the employer's pipeline
// under the same address. Errors: not_found, also for a person who is Hidden or erased.
func (s *Store) Candidate(ctx context.Context, t board.Tenant, id int64) (CandidateProfile, error) {
	return s.candidate(ctx, t, id, s.db.Now())
}

func (s *Store) candidate(ctx context.Context, t board.Tenant, id int64, now time.Time) (CandidateProfile, error) {
	c, err := s.Pipeline.Candidate(ctx, t, id)
	var profile CandidateProfile
	switch {
	case err == nil:
		profile, err = s.readPipeline(ctx, c)
	case errors.Is(err, board.ErrNoCandidate):
		profile, err = s.readCV(ctx, t, id, now)
	}
	if err != nil {
		return CandidateProfile{}, err
	}
	if profile.Matches, err = s.Matches.TopOfCandidate(ctx, t, id, maxProfileMatches); err != nil {
		return CandidateProfile{}, err
	}
	return profile, nil
}

// UnlockCandidate opens names, contact data and CV of a person in the CV database to the employer for board.UnlockTerm, and
// returns the profile. It costs a CV search credit, unless the profile is open already; so is everybody in the
// employer's pipeline. Errors: not_found, also for a person who is Hidden or erased; no_credits.
func (s *Store) UnlockCandidate(ctx context.Context, p account.Principal, id int64) (profile CandidateProfile, err error) {
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		// The locks make an erasure that comes meanwhile wait, and find the answer that is recorded.
		_, err := pipeline.LockCandidate(ctx, tx, p.Tenant, id)
		if errors.Is(err, board.ErrNoCandidate) {
			err = s.unlock(ctx, tx, p, id)
		}
		if err != nil {
			return err
		}
		profile, err = s.candidate(ctx, p.Tenant, id, tx.Now)
		return err
	})
	if err != nil {
		return CandidateProfile{}, err
	}
	return profile, nil
}

func (s *Store) unlock(ctx context.Context, tx *pg.Tx, p account.Principal, id int64) error {
	person, err := cv.HoldPerson(ctx, tx, p.Mode, id)
	if err != nil {
		return err
	}
	own, err := s.Pipeline.HasCandidate(ctx, p.Tenant, person.Email)
	if err != nil || own {
		return err
	}
	return s.CV.UnlockPerson(ctx, tx, p, id)
}

func (s *Store) readPipeline(ctx context.Context, c pipeline.Candidate) (CandidateProfile, error) {
	applications, err := s.Pipeline.CandidateApplications(ctx, c.Tenant, c.ID)
	if err != nil {
		return CandidateProfile{}, err
	}
	file, err := s.Pipeline.CandidateCV(ctx, c.Tenant, c.ID)
	if err != nil {
		return CandidateProfile{}, err
	}
	return CandidateProfile{Candidate: c, Population: fit.PopulationPipeline, ApplicationList: applications, HasCV: file != nil}, nil
}

func (s *Store) readCV(ctx context.Context, t board.Tenant, id int64, now time.Time) (CandidateProfile, error) {
	person, unlock, err := s.readPerson(ctx, t, id, now)
	if err != nil {
		return CandidateProfile{}, err
	}
	hasCV := person.CVText != ""
	if unlock != nil && unlock.Required {
		if person, err = person.Closed(); err != nil {
			return CandidateProfile{}, err
		}
	}
	profile, err := profileOf(person)
	if err != nil {
		return CandidateProfile{}, err
	}
	profile.EmployerID, profile.Mode, profile.Unlock, profile.HasCV = t.EmployerID, t.Mode, unlock, hasCV
	return profile, nil
}

// readPerson reads a Visible person of the CV database, and whether they are open for the employer: nil when they are in the
// employer's pipeline.
func (s *Store) readPerson(ctx context.Context, t board.Tenant, id int64, now time.Time) (person cv.Person, unlock *cv.Unlock, err error) {
	outbox.TellsIn(ctx, s.db, id)
	if person, err = cv.ReadPerson(ctx, s.db.Reader(ctx), t.Mode, id); err != nil {
		return person, nil, err
	}
	own, err := s.Pipeline.HasCandidate(ctx, t, person.Email)
	if err != nil || own {
		return person, nil, err
	}
	found, err := cv.ReadUnlock(ctx, s.db.Reader(ctx), t, id, now)
	return person, &found, err
}

// OpenCandidateCV opens the newest CV of a candidate of the employer's pipeline, or that of a profile of the CV database
// which is open for the employer. Errors: not_found, also when there is no CV; unlock_required.
func (s *Store) OpenCandidateCV(ctx context.Context, t board.Tenant, id int64) (board.File, io.ReadSeeker, error) {
	_, err := s.Pipeline.Candidate(ctx, t, id)
	if err == nil {
		file, err := s.Pipeline.CandidateCV(ctx, t, id)
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
	person, unlock, err := s.readPerson(ctx, t, id, s.db.Now())
	switch {
	case err != nil:
		return board.File{}, nil, err
	case person.CVText == "":
		return board.File{}, nil, errNoCV // nobody pays for a CV that is not there
	case unlock != nil && unlock.Required:
		return board.File{}, nil, board.UnlockRequired(id)
	}
	hash := sha256.Sum256([]byte(person.CVText))
	f := board.File{Name: fmt.Sprintf("cv-%d.txt", id), MediaType: board.KindTXT.MediaType(), Size: int64(len(person.CVText)), SHA256: hash[:]}
	return f, bytes.NewReader([]byte(person.CVText)), nil
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
		Population: fit.PopulationCVDatabase, Summary: r.Summary, Languages: r.Languages, RemoteType: r.RemoteType,
		Availability: r.Availability, SalaryExpectation: r.Salary(),
	}
	var err error
	p.Experience, err = r.Positions()
	return p, err
}
