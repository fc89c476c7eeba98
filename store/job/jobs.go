package job

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/match"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
)

// Result is the outcome for one job of a batch: Job, or Err when the job was not created.
type Result struct {
	Job board.Job
	Err error
}

// CreateJobs creates many drafts in one transaction. A patch that is refused does not affect the others. The results are in
// the order of the patches; each error is the one that CreateJob returns for the patch. problems is as long as patches and
// has, for each patch that the caller has refused already, the error; such a patch is not tried.
func (s *Store) CreateJobs(ctx context.Context, t board.Tenant, patches []board.JobPatch, problems []error) ([]Result, error) {
	var (
		results = make([]Result, len(patches))
		drafts  []board.Job
		at      []int
		first   = map[string]int{}
	)
	for i, p := range patches {
		if results[i].Err = problems[i]; results[i].Err != nil {
			continue
		}
		draft, err := board.NewJob(t.EmployerID, t.Mode, p, s.db.Now())
		if err != nil {
			results[i].Err = err
			continue
		}
		if draft.Reference != nil {
			if earlier, ok := first[*draft.Reference]; ok {
				results[i].Err = board.ReferenceRepeated(*draft.Reference, earlier)
				continue
			}
			first[*draft.Reference] = i
		}
		drafts, at = append(drafts, draft), append(at, i)
	}
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		made, err := created(ctx, tx, t, drafts)
		if err != nil {
			return err
		}
		for n, i := range at {
			if results[i] = made[n]; results[i].Err == nil {
				tx.Make("jobs", results[i].Job.ID)
			}
		}
		return nil
	})
	return results, err
}

// Job reads one job, together with others that are asked for at the same time. Errors: not_found.
func (s *Store) Job(ctx context.Context, t board.Tenant, id int64) (board.Job, error) {
	if tx := s.db.Joined(ctx); tx != nil {
		got, err := readOne(ctx, tx, asked{t, id})
		return jobOf(got, err)
	}
	got, err := s.reads.Do(ctx, asked{t, id})
	j, err := jobOf(got, err)
	if err == nil {
		s.kept.keep(j, got.Seen)
	}
	return j, err
}

func jobOf(got *found, err error) (board.Job, error) {
	switch {
	case err != nil:
		return board.Job{}, fmt.Errorf("read job: %w", err)
	case got == nil:
		return board.Job{}, ErrNoJob
	}
	return got.job(), nil
}

// JobSeen is Job for a caller whose own statement has looked at the job: it is not read again while it is as it was when it was read
// last. The caller changes nothing in it. Errors: not_found.
func (s *Store) JobSeen(ctx context.Context, t board.Tenant, id int64, seen pg.Seen) (board.Job, error) {
	if seen.Looked {
		if seen.Row == 0 {
			return board.Job{}, ErrNoJob
		}
		if j, ok := s.kept.find(t, id, seen.Row); ok {
			return j, nil
		}
	}
	return s.Job(ctx, t, id)
}

// referenced selects the job of a reference: the one that is not closed, or else the one that was created last.
const referenced = `SELECT ` + columns + ` FROM jobs WHERE employer_id = $1 AND mode = $2 AND reference = $3 ORDER BY status = 'Deactivated', id DESC LIMIT 1`

// tidyReference is a reference as it is stored.
func tidyReference(reference string) string { return board.NFC(strings.TrimSpace(reference)) }

// JobByReference reads the job that has a reference, or had it last before it was closed. Errors: not_found.
func (s *Store) JobByReference(ctx context.Context, t board.Tenant, reference string) (board.Job, error) {
	return one(ctx, s.db.Reader(ctx), referenced, t.EmployerID, t.Mode, tidyReference(reference))
}

// lock reads one job and locks it against changes until the transaction ends. Errors: not_found.
func lock(ctx context.Context, tx *pg.Tx, t board.Tenant, id int64) (board.Job, error) {
	return one(ctx, tx, `SELECT `+columns+` FROM jobs WHERE id = $1 AND employer_id = $2 AND mode = $3 FOR UPDATE`, id, t.EmployerID, t.Mode)
}

// ErrNoJob answers a job that does not exist and a job of another employer, with the same bytes.
var ErrNoJob = board.Errorf(board.CodeNotFound, "There is no such job.")

// one reads the job that a query selects with columns. Errors: not_found.
func one(ctx context.Context, q pg.Reader, query string, args ...any) (board.Job, error) {
	var row row
	err := q.Get(ctx, &row, query, args...)
	if errors.Is(err, sql.ErrNoRows) {
		return board.Job{}, ErrNoJob
	}
	if err != nil {
		return board.Job{}, fmt.Errorf("read job: %w", err)
	}
	return row.job(), nil
}

// UpdateJob changes the fields that the patch names. A patch that changes nothing leaves the version as it is.
// Errors: not_found; precondition_failed; invalid_request; invalid_state; conflict.
func (s *Store) UpdateJob(ctx context.Context, t board.Tenant, id int64, p board.JobPatch, pre board.Precondition) (board.Job, error) {
	return s.changeJob(ctx, t, id, pre, event.NewJobUpdated, func(_ context.Context, tx *pg.Tx, job *board.Job) (bool, error) {
		return job.Apply(p, tx.Now)
	})
}

// Deactivate closes a job for good and keeps its applications. To close a closed job changes nothing.
// Errors: not_found; precondition_failed.
func (s *Store) Deactivate(ctx context.Context, t board.Tenant, id int64, pre board.Precondition) (board.Job, error) {
	return s.changeJob(ctx, t, id, pre, event.NewJobDeleted, func(_ context.Context, tx *pg.Tx, job *board.Job) (bool, error) {
		return job.Deactivate(tx.Now), nil
	})
}

// DeactivateReferenced is Deactivate for the job of JobByReference. Errors: not_found; precondition_failed.
func (s *Store) DeactivateReferenced(ctx context.Context, t board.Tenant, reference string, pre board.Precondition) (board.Job, error) {
	var job board.Job
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		var err error
		// The lock keeps another request from giving the reference away before the job is closed.
		if job, err = one(ctx, tx, referenced+` FOR UPDATE`, t.EmployerID, t.Mode, tidyReference(reference)); err != nil {
			return err
		}
		job, err = s.Deactivate(ctx, t, job.ID, pre)
		return err
	})
	return job, err
}

// ExpireNow ends the run of a job at this moment. A job that has expired stays as it is. It is for test mode: a live job has been
// paid for until its expiry date. Errors: not_found; invalid_state.
func (s *Store) ExpireNow(ctx context.Context, t board.Tenant, id int64) (board.Job, error) {
	return s.changeJob(ctx, t, id, board.Precondition{}, event.NewJobExpired, func(_ context.Context, tx *pg.Tx, job *board.Job) (bool, error) {
		return job.ExpireNow(tx.Now)
	})
}

// changeJob locks a job and calls change, which reports whether it has changed the job. If so, changeJob writes the job and
// its event.
func (s *Store) changeJob(ctx context.Context, t board.Tenant, id int64, pre board.Precondition, event func(board.Job) event.Event, change func(context.Context, *pg.Tx, *board.Job) (bool, error)) (board.Job, error) {
	var job board.Job
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		var err error
		if job, err = lock(ctx, tx, t, id); err != nil {
			return err
		}
		if err = pre.Check("job", job.Version); err != nil {
			return err
		}
		reference, status := job.Reference, job.Status
		changed, err := change(ctx, tx, &job)
		if err != nil || !changed {
			return err
		}
		if err := updateJob(ctx, tx, t, status, job, !board.Same(reference, job.Reference)); err != nil {
			return err
		}
		outbox.Emit(tx, t, event(job))
		return match.EnqueueJob(ctx, tx, status, job)
	})
	return job, err
}

// UpsertJob updates the job that has a reference, or creates it; created reports which. Concurrent upserts of a new
// reference create one job. Errors: invalid_request; precondition_failed; those of UpdateJob.
func (s *Store) UpsertJob(ctx context.Context, t board.Tenant, reference string, p board.JobPatch, pre board.Precondition) (job board.Job, created bool, err error) {
	reference = tidyReference(reference)
	p.Reference = board.Set(reference)
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		// After lockReference has found nothing, another request may create the job before this one does, and a third may
		// close it before the next lookup. Each turn of the loop means that another request was done, so the loop ends.
		for {
			id, err := lockReference(ctx, tx, t, reference)
			if err != nil {
				return err
			}
			if id != 0 {
				job, err = s.UpdateJob(ctx, t, id, p, pre)
				return err
			}
			if job, err = createReferenced(ctx, tx, t, p, pre); err != nil || job.ID != 0 {
				created = err == nil
				return err
			}
		}
	})
	return job, created, err
}

// createReferenced creates the job of a reference. The id is 0 when another job has taken the reference meanwhile.
func createReferenced(ctx context.Context, tx *pg.Tx, t board.Tenant, p board.JobPatch, pre board.Precondition) (board.Job, error) {
	if pre.Set {
		return board.Job{}, board.Errorf(board.CodePreconditionFailed, "No job has this reference, so no ETag can match. Leave out If-Match to create it.")
	}
	draft, err := board.NewJob(t.EmployerID, t.Mode, p, tx.Now)
	if err != nil {
		return board.Job{}, err
	}
	made, err := insertJobs(ctx, tx, []board.Job{draft})
	if err != nil {
		return board.Job{}, err
	}
	if made[0].ID != 0 {
		tx.Make("jobs", made[0].ID)
		outbox.Emit(tx, t, event.NewJobCreated(made[0]))
	}
	return made[0], nil
}

// lockReference finds the job that has a reference, and locks it so that nobody closes it. The id is 0 when there is none.
func lockReference(ctx context.Context, tx *pg.Tx, t board.Tenant, reference string) (int64, error) {
	return findReference(ctx, tx, `SELECT id FROM jobs WHERE employer_id = $1 AND mode = $2 AND reference = $3 AND status <> 'Deactivated' FOR UPDATE`, t, reference)
}

func jobByReference(ctx context.Context, tx *pg.Tx, t board.Tenant, reference string) (int64, error) {
	return findReference(ctx, tx, `SELECT id FROM jobs WHERE employer_id = $1 AND mode = $2 AND reference = $3 AND status <> 'Deactivated'`, t, reference)
}

func findReference(ctx context.Context, tx *pg.Tx, query string, t board.Tenant, reference string) (int64, error) {
	var id int64
	err := tx.Get(ctx, &id, query, t.EmployerID, t.Mode, reference)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("find reference: %w", err)
	}
	return id, nil
}

func referenceTaken(ctx context.Context, tx *pg.Tx, t board.Tenant, reference string) error {
	id, err := jobByReference(ctx, tx, t, reference)
	if err != nil {
		return err
	}
	if id == 0 {
		return board.Errorf(board.CodeConflict, "The reference \"%s\" belonged to a job that was closed at this moment. Send the request again.", reference)
	}
	return board.ReferenceTaken(reference, id)
}

// ExpireDue expires up to limit jobs whose expiry date has passed, and returns how many. Copies of the program share the
// work: each skips the rows that another has locked, so that a job expires exactly once.
func (s *Store) ExpireDue(ctx context.Context, limit int) (int, error) {
	var n int
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		var rows []row
		//house:tenant a chore over all tenants
		err := tx.List(ctx, &rows, `SELECT `+columns+` FROM jobs WHERE status = 'Active' AND expiry_date <= $1
 ORDER BY expiry_date LIMIT $2 FOR UPDATE SKIP LOCKED`, tx.Now, limit)
		if err != nil {
			return fmt.Errorf("find due jobs: %w", err)
		}
		ids := make(pq.Int64Array, 0, len(rows))
		for _, row := range rows {
			job := row.job()
			if job.Expire(tx.Now) {
				ids = append(ids, job.ID)
				outbox.Emit(tx, board.Tenant{EmployerID: job.EmployerID, Mode: job.Mode}, event.NewJobExpired(job))
			}
		}
		if len(ids) == 0 {
			return nil
		}
		n = len(ids)
		_, err = tx.Exec(ctx, `UPDATE jobs SET status = 'Expired', version = version + 1, updated_at = greatest(updated_at, $2) WHERE id = ANY ($1)`, ids, tx.Now)
		if err != nil {
			return err
		}
		if err := unindexJobs(ctx, tx, ids...); err != nil {
			return err
		}
		return match.Enqueue(ctx, tx, match.OfJob, ids...)
	})
	if err != nil {
		return 0, fmt.Errorf("expire jobs: %w", err)
	}
	return n, nil
}
