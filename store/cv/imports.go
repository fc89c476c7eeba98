package cv

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

// ImportStatus is where an import stands.
type ImportStatus string

// The statuses.
const (
	ImportRunning ImportStatus = "Running"
	ImportDone    ImportStatus = "Done"
	ImportFailed  ImportStatus = "Failed" // what was imported before stays
)

const (
	// maxProblems is how many bad lines of an import are told.
	maxProblems = 50
	// importSilence is after how long without an update an import has ended with its copy of the program.
	importSilence = 10 * time.Minute
	// progressEvery is how often the row of an import is updated.
	progressEvery = time.Second
)

// ImportRun is an import that was begun at the platform's desk.
type ImportRun struct {
	ID        int64          `db:"id"`
	Mode      board.Mode     `db:"mode"`
	File      string         `db:"file"` // its name
	Status    ImportStatus   `db:"status"`
	Imported  int            `db:"imported"`
	New       int            `db:"fresh"`
	Changed   int            `db:"changed"`
	Skipped   int            `db:"skipped"`
	Problems  pq.StringArray `db:"problems"`
	CreatedAt time.Time      `db:"created_at"`
	UpdatedAt time.Time      `db:"updated_at"`
}

const importColumns = `id, mode, file, status, imported, fresh, changed, skipped, problems, created_at, updated_at`

// at is the run as seen at a time: one that has been silent for long has failed.
func (r ImportRun) at(now time.Time) ImportRun {
	r.CreatedAt, r.UpdatedAt = r.CreatedAt.UTC(), r.UpdatedAt.UTC()
	if r.Status == ImportRunning && now.Sub(r.UpdatedAt) > importSilence {
		r.Status = ImportFailed
	}
	return r
}

// BeginImport notes that an import begins, of a file with this name. Errors: invalid_request.
func (s *Store) BeginImport(ctx context.Context, mode board.Mode, file string, userID int64) (ImportRun, error) {
	file, problem, bad := board.CheckText("file", file, board.TextRule{Min: 1, Max: 200})
	if bad {
		return ImportRun{}, board.Invalid(problem)
	}
	var r ImportRun
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		err := tx.Get(ctx, &r, `
INSERT INTO cv_imports (mode, file, status, started_by, created_at, updated_at) VALUES ($1, $2, 'Running', $3, $4, $4) RETURNING `+importColumns,
			mode, file, userID, tx.Now)
		if err != nil {
			return fmt.Errorf("begin import: %w", err)
		}
		return nil
	})
	return r.at(s.db.Now()), err
}

// RunImport imports a file as ImportNDJSON does, and keeps the row of the import up to date while it goes on. tick makes the
// ticks at which that is done.
func (s *Store) RunImport(ctx context.Context, r ImportRun, in io.Reader, tick func(time.Duration) (<-chan time.Time, func())) (ImportRun, error) {
	var (
		problems pq.StringArray
		failed   error
	)
	ticks, stop := tick(progressEvery)
	defer stop()
	done, err := s.ImportNDJSON(ctx, in, NDJSONOptions{
		Mode: r.Mode, Now: s.db.Now(), ProgressLines: ImportBatch,
		Skipped: func(line int, why error) {
			if len(problems) < maxProblems {
				problems = append(problems, fmt.Sprintf("Line %d: %s", line, why))
			}
		},
		Progress: func(p NDJSONResult) {
			select {
			case <-ticks:
				failed = errors.Join(failed, s.saveImport(ctx, r.ID, ImportRunning, p, problems))
			default:
			}
		},
	})
	status := ImportDone
	if err != nil {
		status = ImportFailed
		problems = append(problems, "The import ended early. What is counted here is in the database; import the file again for the rest.")
	}
	// Also when ctx has ended, which is why the import did.
	err = errors.Join(err, failed, s.saveImport(context.WithoutCancel(ctx), r.ID, status, done, problems))
	if err != nil {
		return r, err
	}
	return s.ImportRun(ctx, r.ID)
}

func (s *Store) saveImport(ctx context.Context, id int64, status ImportStatus, done NDJSONResult, problems pq.StringArray) error {
	return s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		_, err := tx.Exec(ctx, `
UPDATE cv_imports SET status = $2, imported = $3, fresh = $4, changed = $5, skipped = $6, problems = coalesce($7::text[], '{}'), updated_at = $8 WHERE id = $1`,
			id, status, done.Imported, done.New, done.Changed, done.Skipped, problems, tx.Now)
		if err != nil {
			return fmt.Errorf("note progress: %w", err)
		}
		return nil
	})
}

// ImportRun reads one import. Errors: not_found.
func (s *Store) ImportRun(ctx context.Context, id int64) (ImportRun, error) {
	var r ImportRun
	err := s.db.Reader(ctx).Get(ctx, &r, `SELECT `+importColumns+` FROM cv_imports WHERE id = $1`, id)
	if errors.Is(err, sql.ErrNoRows) {
		return ImportRun{}, board.Errorf(board.CodeNotFound, "There is no such import.")
	}
	if err != nil {
		return ImportRun{}, fmt.Errorf("read import: %w", err)
	}
	return r.at(s.db.Now()), nil
}

// ImportRuns lists the newest imports.
func (s *Store) ImportRuns(ctx context.Context, limit int) ([]ImportRun, error) {
	var runs []ImportRun
	if err := s.db.Reader(ctx).List(ctx, &runs, `SELECT `+importColumns+` FROM cv_imports ORDER BY id DESC LIMIT $1`, limit); err != nil {
		return nil, fmt.Errorf("list imports: %w", err)
	}
	for i := range runs {
		runs[i] = runs[i].at(s.db.Now())
	}
	return runs, nil
}

// Counts are how many people the CV database has.
type Counts struct {
	Visible int64 `db:"visible"`
	Hidden  int64 `db:"hidden"`
}

// Counts counts the people of a mode.
func (s *Store) Counts(ctx context.Context, mode board.Mode) (Counts, error) {
	var c Counts
	err := s.db.Reader(ctx).Get(ctx, &c, `
SELECT count(*) FILTER (WHERE visibility = 'Visible') AS visible, count(*) FILTER (WHERE visibility = 'Hidden') AS hidden FROM cv_candidates WHERE mode = $1`, mode)
	if err != nil {
		return Counts{}, fmt.Errorf("count people: %w", err)
	}
	return c, nil
}

// PersonID finds the person with an email address. Errors: not_found.
func (s *Store) PersonID(ctx context.Context, mode board.Mode, email string) (int64, error) {
	var id int64
	err := s.db.Reader(ctx).Get(ctx, &id, `SELECT id FROM cv_candidates WHERE mode = $1 AND lower(email) = lower($2)`, mode, email)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, errNoPerson
	}
	if err != nil {
		return 0, fmt.Errorf("find person: %w", err)
	}
	return id, nil
}
