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
// no employer can take over the address of another by its choice of references. A closed job is found, too: an application
// for it must not reach the job of another employer.
// Errors: not_found; ErrAmbiguousReference.
func (s *Store) JobOfAddress(ctx context.Context, written string) (employerID int64, reference string, err error) {
	if employerID, reference, ok := qualified(written); ok {
		_, err := job.ToApplyFor(ctx, s.db.Reader(ctx), job.Target{EmployerID: employerID, Mode: board.ModeLive, Reference: reference})
		if !errors.Is(err, job.ErrNoJob) {
			return employerID, reference, err
		}
	}
	employers, err := job.EmployersOf(ctx, s.db.Reader(ctx), pg.Storable(written), 2)
	switch {
	case err != nil:
		return 0, "", err
	case len(employers) == 0:
		return 0, "", job.ErrNoJob
	case len(employers) > 1:
		return 0, "", ErrAmbiguousReference
	}
	return employers[0], pg.Storable(written), nil
}

// qualified splits EMPLOYER.REFERENCE; ok is false for anything else.
func qualified(written string) (employerID int64, reference string, ok bool) {
	number, reference, _ := strings.Cut(pg.Storable(written), ".")
	employerID, err := strconv.ParseInt(number, 10, 64)
	return employerID, reference, err == nil && employerID > 0 && reference != "" && strconv.FormatInt(employerID, 10) == number
}
