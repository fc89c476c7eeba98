// Package simulate makes things happen to test data that otherwise others do, or time: somebody applies, an application is moved, a job
// expires. What follows is what always follows, for it calls the same packages as everybody else. It must not touch live data,
// and holds no SQL.
package simulate

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/cvsample"
	"itmanagerjobs/store/job"
	"itmanagerjobs/store/pipeline"
)

// Config is what a Store is made of. All fields are required.
type Config struct {
	Jobs     *job.Store
	Pipeline *pipeline.Store
	// Rand draws who applies.
	Rand io.Reader
	Now  func() time.Time
}

// Store simulates. It is safe for concurrent use.
type Store struct{ c Config }

// New makes a Store.
func New(c Config) *Store { return &Store{c} }

// drawn is an application that is about to be made in a transaction.
type drawn struct {
	jobID  int64
	params pipeline.ApplyParams
}

type drawnKey struct{}

// ReadAhead draws the applicant of Apply, and reads the CV, before the transaction of the caller begins: to read a file takes long. It
// hands both on in the context. Errors: those of Apply.
func (s *Store) ReadAhead(ctx context.Context, t board.Tenant, jobID int64) (context.Context, error) {
	p, err := s.draw(ctx, t, jobID)
	if err != nil {
		return ctx, err
	}
	if ctx, err = s.c.Pipeline.ReadAhead(ctx, p); err != nil {
		return ctx, err
	}
	return context.WithValue(ctx, drawnKey{}, drawn{jobID, p}), nil
}

// Apply has somebody apply for a test job: another person with each call, whose abilities fit the job and who brings a CV.
// Errors: invalid_request, naming jobId, when the tenant has no such job or nobody can apply for it; board.ErrTestModeOnly.
func (s *Store) Apply(ctx context.Context, t board.Tenant, jobID int64) (pipeline.Application, error) {
	var p pipeline.ApplyParams
	if d, ok := ctx.Value(drawnKey{}).(drawn); ok && d.jobID == jobID {
		p = d.params
	} else {
		var err error
		if p, err = s.draw(ctx, t, jobID); err != nil {
			return pipeline.Application{}, err
		}
	}
	return s.c.Pipeline.Apply(ctx, p)
}

func (s *Store) draw(ctx context.Context, t board.Tenant, jobID int64) (pipeline.ApplyParams, error) {
	if t.Mode != board.ModeTest {
		return pipeline.ApplyParams{}, board.ErrTestModeOnly
	}
	j, err := s.c.Jobs.Job(ctx, t, jobID)
	if err != nil {
		return pipeline.ApplyParams{}, board.OfSimulatedJob(err)
	}
	if err := j.SimulationOpen(s.c.Now()); err != nil {
		return pipeline.ApplyParams{}, err
	}
	var seed [12]byte
	if _, err := io.ReadFull(s.c.Rand, seed[:]); err != nil {
		return pipeline.ApplyParams{}, fmt.Errorf("draw an applicant: %w", err)
	}
	person := cvsample.Applicant(binary.BigEndian.Uint64(seed[:8]), int(binary.BigEndian.Uint32(seed[8:])%1_000_000), cvsample.Wanted{
		Title: j.Title, Skills: slices.Concat(j.RequiredSkills, j.OptionalSkills), At: s.c.Now(),
	})
	name, content := cvsample.CV(person)
	return pipeline.ApplyParams{
		Mode: t.Mode, JobID: jobID, EmployerID: t.EmployerID, Source: board.SourceForm,
		Applicant: board.Applicant{
			FirstName: person.FirstName, LastName: person.LastName, Email: person.Email, Phone: person.Phone, CoverLetter: letterFor(person, j.Title),
		},
		CV: &board.Upload{Name: name, Bytes: content},
	}, nil
}

func letterFor(p cvsample.Person, title string) string {
	return fmt.Sprintf("Dear team,\n\nI would like to join you as %s. %s My CV is attached.\n\nKind regards\n%s %s", title, p.Summary, p.FirstName, p.LastName)
}

// Move moves a test application as somebody else does: the applicant, who withdraws it, or a colleague. It follows the rules of
// pipeline.MoveApplication. Errors: those of it, board.ErrTestModeOnly.
func (s *Store) Move(ctx context.Context, t board.Tenant, id int64, to board.ApplicationStatus, reason string) (pipeline.Application, error) {
	if t.Mode != board.ModeTest {
		return pipeline.Application{}, board.ErrTestModeOnly
	}
	actor := board.ActorSystem
	if to == board.ApplicationWithdrawn {
		actor = board.ActorCandidate
	}
	moved, err := s.c.Pipeline.MoveApplication(ctx, t, id, pipeline.Move{To: to, Reason: reason, Actor: pipeline.Actor{Kind: actor}})
	return moved.Application, err
}

// Expire ends the run of an active test job now. Errors: not_found; invalid_state; board.ErrTestModeOnly.
func (s *Store) Expire(ctx context.Context, t board.Tenant, id int64) (board.Job, error) {
	if t.Mode != board.ModeTest {
		return board.Job{}, board.ErrTestModeOnly
	}
	return s.c.Jobs.ExpireNow(ctx, t, id)
}
