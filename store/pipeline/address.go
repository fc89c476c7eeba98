package pipeline

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/job"
	"itmanagerjobs/store/pg"
)

// ErrAmbiguousReference answers a reference that jobs of several employers have.
var ErrAmbiguousReference = board.Errorf(board.CodeConflict,
	"Several employers have a job with this reference. Use the address that names the employer, as in apply+EMPLOYER.REFERENCE.")

// JobOfAddress finds the live job that an email address for applications names, given what is written after the +. That is
// EMPLOYER.REFERENCE, with the id of the employer, or a REFERENCE that no other employer uses. The first form wins, so that
// no employer can take over the address of another by its choice of references. Letters of another case name a job that no
// address names exactly. A closed job is found, too: an application for it must not reach the job of another employer.
// Errors: not_found; ErrAmbiguousReference.
func (s *Store) JobOfAddress(ctx context.Context, written string) (employerID int64, reference string, err error) {
	written = pg.Storable(written)
	q := s.db.Reader(ctx)
	if employerID, reference, ok := qualified(written); ok {
		_, err := job.ToApplyFor(ctx, q, job.Target{EmployerID: employerID, Mode: board.ModeLive, Reference: reference})
		if !errors.Is(err, job.ErrNoJob) {
			return employerID, reference, err
		}
		if found, err := onlyOne(job.LikeReference(ctx, q, employerID, reference)); !errors.Is(err, job.ErrNoJob) {
			return found.EmployerID, found.Reference, err
		}
	}
	employers, err := job.EmployersOf(ctx, q, written, 2)
	switch {
	case err != nil:
		return 0, "", err
	case len(employers) > 1:
		return 0, "", ErrAmbiguousReference
	case len(employers) == 1:
		return employers[0], written, nil
	}
	found, err := onlyOne(job.LikeReference(ctx, q, 0, written))
	return found.EmployerID, found.Reference, err
}

// ReferenceOfAddress is JobOfAddress for the jobs of one employer, in live mode. What names no job is given back as it is.
func (s *Store) ReferenceOfAddress(ctx context.Context, employerID int64, written string) (string, error) {
	found, err := onlyOne(job.LikeReference(ctx, s.db.Reader(ctx), employerID, pg.Storable(written)))
	if errors.Is(err, job.ErrNoJob) {
		return written, nil
	}
	return found.Reference, err
}

func onlyOne(found []job.Named, err error) (job.Named, error) {
	switch {
	case err != nil:
		return job.Named{}, err
	case len(found) == 0:
		return job.Named{}, job.ErrNoJob
	case len(found) > 1:
		return job.Named{}, ErrAmbiguousReference
	}
	return found[0], nil
}

// qualified splits EMPLOYER.REFERENCE; ok is false for anything else.
func qualified(written string) (employerID int64, reference string, ok bool) {
	number, reference, _ := strings.Cut(written, ".")
	employerID, err := strconv.ParseInt(number, 10, 64)
	return employerID, reference, err == nil && employerID > 0 && reference != "" && strconv.FormatInt(employerID, 10) == number
}
