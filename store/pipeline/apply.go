package pipeline

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"itmanagerjobs/store/board"
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

// Apply stores an application with its candidate, CV, history, event, emails and push, in one transaction, with others that come in for the
// job at the same time; each of them is taken or refused for itself. An application
// is stored whatever the apply method of the job is; the method decides what else happens. The text of a CV that can't be read
// within Config.CVPatience is read later, see ReadWaitingCVs.
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
	outbox.Emit(tx, t, board.ApplicationSubmittedEvent(a.ID, j, candidateID, a.AppliedAt, a.Type))
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

// applicationOfSource finds the application that a source has sent with the same identifier before.
// Error: board.ErrSourceReused when its content was different.
func applicationOfSource(ctx context.Context, tx *pg.Tx, t board.Tenant, digest, hash []byte) (Application, bool, error) {
	if digest == nil {
		return Application{}, false, nil
	}
	var row struct {
		ID   int64 `db:"id"`
		Same bool  `db:"same"`
	}
	err := tx.Get(ctx, &row, `
SELECT id, coalesce(content_hash = $4, false) AS same FROM applications WHERE employer_id = $1 AND mode = $2 AND source_digest = $3`,
		t.EmployerID, t.Mode, digest, hash)
	if errors.Is(err, sql.ErrNoRows) {
		return Application{}, false, nil
	}
	if err != nil {
		return Application{}, false, fmt.Errorf("find the application of a source: %w", err)
	}
	if !row.Same {
		return Application{}, false, board.ErrSourceReused
	}
	a, err := oneApplication(ctx, tx, t, row.ID)
	a.Repeated = true
	outbox.Tells(tx, a.CandidateID)
	return a, true, err
}

// applying is who applies, and whether the application is what has made the candidate.
type applying struct {
	candidateID int64
	made        bool
}

// insertApplication writes an application with its CV, the first entry of its history and that of a new candidate. The caller has locked
// the candidate. Errors: board.ErrAlreadyApplied; board.ErrSourceReused; those of board.CheckWaitingCVs.
func (s *Store) insertApplication(ctx context.Context, tx *pg.Tx, in incoming, job board.Job, hash []byte, by applying) (Application, error) {
	if !by.made {
		var applied bool
		err := tx.Get(ctx, &applied, `SELECT EXISTS (SELECT FROM applications WHERE job_id = $1 AND candidate_id = $2 AND status <> 'Withdrawn')`, job.ID, by.candidateID)
		if err != nil {
			return Application{}, fmt.Errorf("look for an earlier application: %w", err)
		}
		if applied {
			return Application{}, board.ErrAlreadyApplied
		}
	}
	t := board.Tenant{EmployerID: job.EmployerID, Mode: job.Mode}
	var fileID *int64
	if in.cv != nil {
		id, err := insertFile(ctx, tx, t, *in.cv)
		if err != nil {
			return Application{}, err
		}
		fileID = &id
	}
	var method board.ApplyMethod
	if job.ApplyMethod != nil {
		method = *job.ApplyMethod
	}
	var pushUUID *string
	if method == board.ApplyByHTTPPush {
		id, err := uuid.NewRandomFromReader(s.rand)
		if err != nil {
			return Application{}, fmt.Errorf("draw a uuid: %w", err)
		}
		text := id.String()
		pushUUID = &text
	}
	unread, err := in.unread()
	if err != nil {
		return Application{}, err
	}
	var row ApplicationRow
	err = tx.Get(ctx, &row, `
WITH made AS (
INSERT INTO applications (employer_id, mode, job_id, candidate_id, application_type, status, version, first_name, last_name, email, phone,
       cover_letter, unread_files, cv_file_id, source_digest, content_hash, trace_ip, trace_user_agent, push_uuid, push_status, push_reason, push_at, applied_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $8, $9, nullif($10, ''), nullif($11, ''), $19::jsonb, $12, $13, $14, nullif($15, ''), nullif($16, ''),
       $17::text, CASE WHEN $17::text IS NOT NULL THEN 'Pending' END, CASE WHEN $17::text IS NOT NULL THEN '' END,
       CASE WHEN $17::text IS NOT NULL THEN $18::timestamptz END, $18, $18)
ON CONFLICT (employer_id, mode, source_digest) WHERE source_digest IS NOT NULL DO NOTHING
RETURNING `+applicationColumns+`
), noted AS (
INSERT INTO application_history (application_id, from_status, to_status, reason, actor_kind, actor_id, created_at)
SELECT id, NULL, status, '', 'candidate', NULL, $18 FROM made
), candidate_noted AS (
INSERT INTO candidate_history (candidate_id, from_status, to_status, reason, automatic, actor_kind, actor_id, created_at)
SELECT candidate_id, NULL, status, '', true, 'candidate', NULL, $18 FROM made WHERE $20
)`+ApplicationSQL(`made`),
		t.EmployerID, t.Mode, job.ID, by.candidateID, board.TypeOf(in.Source, method), board.ApplicationNew,
		in.Applicant.FirstName, in.Applicant.LastName, in.Applicant.Email, in.Applicant.Phone, in.Applicant.CoverLetter,
		fileID, in.sourceDigest, hash, in.Trace.IP, in.Trace.UserAgent, pushUUID, tx.Now, unread, by.made)
	if errors.Is(err, sql.ErrNoRows) {
		return Application{}, board.ErrSourceReused // another candidate's application took it at this moment
	}
	if err != nil {
		return Application{}, fmt.Errorf("insert application: %w", err)
	}
	tx.Make("applications", row.ID)
	if in.cv != nil && in.cv.pending() {
		if err := queueCV(ctx, tx, in, t, *fileID, row.ID); err != nil {
			return Application{}, err
		}
	}
	return row.Application(), nil
}

// unread are the files that were left out, as JSON; nil for none.
func (in incoming) unread() (*string, error) {
	if len(in.Unread) == 0 {
		return nil, nil //nolint:nilnil // a column that is null
	}
	b, err := json.Marshal(pg.Column[[]board.UnreadFile](in.Unread, func(f board.UnreadFile) board.UnreadFile {
		return board.UnreadFile{Name: pg.Storable(f.Name), Reason: pg.Storable(f.Reason)}
	}))
	if err != nil {
		return nil, fmt.Errorf("write the unread files: %w", err)
	}
	text := string(b)
	return &text, nil
}
