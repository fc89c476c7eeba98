package pipeline

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/job"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
)

// ApplyParams is an application that comes in.
type ApplyParams struct {
	Mode board.Mode
	// JobID names the job; when it is 0, EmployerID and Reference do.
	JobID      int64
	EmployerID int64
	Reference  string

	Applicant board.Applicant
	// CV is a file as a form has sent it, which is refused when it cannot be one. Taken is one that board.TakeCV has taken;
	// then Unread are the files that were left out.
	CV     *board.Upload
	Taken  *board.CV
	Unread []board.UnreadFile
	Source board.ApplicationSource
	// UUID is how the source identifies the application; empty for none. The same UUID with the same content is the same
	// application, which is stored once.
	UUID  string
	Trace board.Trace
	// Country is where the applicant is, as a code of ISO 3166-1. It is empty when it is not known; then no job refuses it.
	Country string
	// Network is the address that sent the application, whose network has a share of the readers of CVs. It is empty for what the
	// employer's own services hand on; then the employer has the share.
	Network string
	// KeptToken is the token of KeepCV that the form had, whose file is not needed any more once the application is stored; empty for
	// none.
	KeptToken string
	// PublicURL is the address of the public pages, for the link that withdraws the application; empty for no link.
	PublicURL string
}

// incoming is ApplyParams after the checks.
type incoming struct {
	ApplyParams

	cv           *newFile
	sourceDigest []byte
	// network is a digest of the network, or of the employer, among which the readers of CVs are shared.
	network []byte
}

// Apply stores an application with its candidate, CV, history, event, emails and push in one transaction, together with others that come
// in for the job at the same time; each of them is taken or refused for itself. An application is stored whatever the apply method of the
// job is; the method decides what else happens. The text of a CV that can't be read within Config.CVPatience is read later, see
// ReadWaitingCVs.
//
// In test mode nobody is emailed. Errors: invalid_request naming every bad field; payload_too_large; not_found when there
// is no such job; board.ErrJobClosed; board.ErrJobExpired; board.ErrRegionNotAccepted; board.ErrAlreadyApplied;
// board.ErrSourceReused; those of board.CheckWaitingCVs.
func (s *Store) Apply(ctx context.Context, p ApplyParams) (Application, error) {
	in, cv, err := s.openFor(ctx, p)
	if err != nil {
		return Application{}, err
	}
	if cv != nil {
		if err := s.readCV(ctx, &in, *cv); err != nil {
			return Application{}, err
		}
	}
	if !s.together(ctx, in) {
		return s.applyAlone(ctx, in)
	}
	came, err := s.arrivals.Do(ctx, in.target(), in)
	switch {
	case err != nil:
		return Application{}, err
	case came.alone:
		return s.applyAlone(ctx, in)
	}
	return came.Application, came.err
}

// applyAlone stores an application in a transaction of its own.
func (s *Store) applyAlone(ctx context.Context, in incoming) (Application, error) {
	var a Application
	again := false
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		var err error
		a, err = s.apply(ctx, tx, in)
		if again = errors.Is(err, board.ErrAlreadyApplied); again {
			err = s.tellAgain(ctx, tx, in)
		}
		if err != nil {
			return err
		}
		return forgetKeptCVs(ctx, tx, in.KeptToken)
	})
	switch {
	case err != nil:
		return Application{}, err
	case again:
		return Application{}, board.ErrAlreadyApplied
	}
	return a, nil
}

// UnusedApplicationID is an id that no application has or will have. It looks like that of a new one.
func (s *Store) UnusedApplicationID(ctx context.Context) (id int64, err error) {
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		return tx.Get(ctx, &id, `SELECT nextval(pg_get_serial_sequence('applications', 'id'))`)
	})
	if err != nil {
		return 0, fmt.Errorf("draw an application id: %w", err)
	}
	return id, nil
}

// openFor checks the parameters and, if there is a CV to be read, that the job takes applications.
func (s *Store) openFor(ctx context.Context, p ApplyParams) (incoming, *board.CV, error) {
	in, cv, err := p.check()
	if err != nil {
		return in, nil, err
	}
	if cv == nil {
		return in, nil, nil
	}
	// Checked before the text of the CV is read, which takes long, and again under the lock of the job.
	j, err := job.ToApplyFor(ctx, s.db.Reader(ctx), in.target())
	if err != nil {
		return in, nil, err
	}
	if in.UUID == "" {
		if err := j.OpenFor(s.db.Now()); err != nil {
			return in, nil, err
		}
	}
	in.network = s.sourceOf(in.Network, j.EmployerID)
	return in, cv, nil
}

// JobToApplyFor reads a job that is open for applications. Errors: not_found; board.ErrJobClosed; board.ErrJobExpired.
func (s *Store) JobToApplyFor(ctx context.Context, mode board.Mode, jobID int64) (board.Job, error) {
	j, err := job.ToApplyFor(ctx, s.db.Reader(ctx), job.Target{Mode: mode, ID: jobID})
	if err != nil {
		return board.Job{}, err
	}
	if err := j.OpenFor(s.db.Now()); err != nil {
		return board.Job{}, err
	}
	return j, nil
}

func (p ApplyParams) target() job.Target {
	return job.Target{Mode: p.Mode, ID: p.JobID, EmployerID: p.EmployerID, Reference: p.Reference}
}

func (p ApplyParams) check() (incoming, *board.CV, error) {
	in := incoming{ApplyParams: p}
	if !p.Source.Valid() || !p.Mode.Valid() || p.JobID == 0 && (p.EmployerID == 0 || p.Reference == "") {
		return in, nil, fmt.Errorf("apply: incomplete parameters (source %q, mode %q, job %d, employer %d, reference %q)", p.Source, p.Mode, p.JobID, p.EmployerID, p.Reference)
	}
	var cv *board.CV
	var err error
	if in.Applicant, cv, err = board.CheckApplication(p.Applicant, p.CV); err != nil {
		return in, nil, err
	}
	if cv == nil {
		cv = p.Taken
	}
	in.Trace = p.Trace.Normalize()
	if p.UUID != "" {
		if in.UUID, err = board.CheckSourceUUID("uuid", p.UUID); err != nil {
			return in, nil, err
		}
		digest := sha256.Sum256([]byte(in.UUID))
		in.sourceDigest = digest[:]
	}
	return in, cv, nil
}

func (s *Store) apply(ctx context.Context, tx *pg.Tx, in incoming) (Application, error) {
	j, company, err := job.HoldToApplyFor(ctx, tx, in.target())
	if err != nil {
		return Application{}, err
	}
	t := board.Tenant{EmployerID: j.EmployerID, Mode: j.Mode}
	hash := in.Applicant.ContentHash(j.ID, in.cvSHA256())
	// Before the state of the job is checked: an application that was accepted is accepted when it is sent again, also after
	// the job was closed.
	if a, found, err := applicationOfSource(ctx, tx, t, in.sourceDigest, hash); err != nil || found {
		return a, err
	}
	if err := j.OpenFor(tx.Now); err != nil {
		return Application{}, err
	}
	if err := job.AcceptsRegion(ctx, tx, j.ID, in.Country); err != nil {
		return Application{}, err
	}
	candidateID, made, err := ensureCandidate(ctx, tx, t, in.Applicant, in.Source)
	if err != nil {
		return Application{}, err
	}
	// Again, under the lock of the candidate: the same application may come in twice at the same moment.
	if a, found, err := applicationOfSource(ctx, tx, t, in.sourceDigest, hash); err != nil || found {
		return a, err
	}
	a, err := s.insertApplication(ctx, tx, in, j, hash, applying{candidateID, made})
	if err != nil {
		return Application{}, err
	}
	if err := candidateApplied(ctx, tx, in, a, made); err != nil {
		return Application{}, err
	}
	outbox.Emit(tx, t, event.NewApplicationSubmitted(a.ID, j, candidateID, a.AppliedAt, a.Type))
	if a.Push != nil {
		// The push will be signed.
		if _, err := s.ensureFeed(ctx, tx, t.EmployerID); err != nil {
			return Application{}, err
		}
		if err := outbox.QueuePush(ctx, tx, a.Tenant, a.ID); err != nil {
			return Application{}, err
		}
	}
	if j.Mode != board.ModeLive {
		return a, nil
	}
	return a, outbox.QueueMails(ctx, tx, s.mailsOf(in, j, company, a)...)
}

func (in incoming) cvSHA256() []byte {
	if in.cv == nil {
		return nil
	}
	return in.cv.sha256[:]
}
