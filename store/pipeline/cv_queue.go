package pipeline

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/letter"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
)

const (
	// leaseOfCV is how long a copy of the program has a file that it reads, in seconds: readingWithin and time to write the text.
	leaseOfCV = 60
	// readingWithin bounds a reading with all that makes a reader ready.
	readingWithin = 30 * time.Second
	// againAfter is when a reading is tried again that failed through a fault of ours, in seconds.
	againAfter = 30
	// behindFor is how long a hard file stays behind the others, in minutes. Then it has its turn, however many come.
	behindFor = 10
	// settleWithin bounds the writing of a text also when the program stops.
	settleWithin = 5 * time.Second
)

// queueCV queues the CV of an application that was inserted, to be read by ReadWaitingCVs. Errors: those of board.CheckWaitingCVs.
func queueCV(ctx context.Context, tx *pg.Tx, in incoming, t board.Tenant, fileID, applicationID int64) error {
	if err := tx.Lock(ctx, pg.LockWaitingCVs); err != nil {
		return err
	}
	var waiting struct {
		OfSource int   `db:"of_source"`
		All      int   `db:"all"`
		Turn     int64 `db:"turn"`
	}
	// A source that has none waiting comes in the round that is on; else its files come one in each round.
	//house:tenant all tenants share the readers
	err := tx.Get(ctx, &waiting, `
SELECT count(*) FILTER (WHERE network = $1) AS of_source, count(*) AS "all",
       greatest(coalesce(min(turn) FILTER (WHERE NOT hard), 0), coalesce(max(turn) FILTER (WHERE network = $1) + 1, 0)) AS turn
  FROM waiting_cvs`, in.network)
	if err != nil {
		return fmt.Errorf("count the waiting CVs: %w", err)
	}
	if err := board.CheckWaitingCVs(waiting.OfSource, waiting.All, in.Network != ""); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
INSERT INTO waiting_cvs (file_id, employer_id, mode, application_id, network, turn, hard) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		fileID, t.EmployerID, t.Mode, applicationID, in.network, waiting.Turn, in.cv.reading.Hard())
	if err != nil {
		return fmt.Errorf("queue a CV: %w", err)
	}
	return nil
}

// waitingCV is a file that this copy reads.
type waitingCV struct {
	FileID        int64      `db:"file_id"`
	EmployerID    int64      `db:"employer_id"`
	Mode          board.Mode `db:"mode"`
	ApplicationID int64      `db:"application_id"`
	CandidateID   int64      `db:"candidate_id"`
	Network       []byte     `db:"network"`
	Hard          bool       `db:"hard"`
	Begun         int        `db:"begun"`
	MediaType     string     `db:"media_type"`
	Bytes         []byte     `db:"bytes"`
}

// ReadWaitingCVs reads CVs that wait, until none is due or every reader is taken. The sources take turns, whichever copies of the
// program read. hard says whether hard files are among them; some reader has to be without, so that others never wait for those.
func (s *Store) ReadWaitingCVs(ctx context.Context, hard bool) error {
	for {
		if read, err := s.readWaitingCV(ctx, hard); !read || err != nil {
			return err
		}
	}
}

// readWaitingCV reads one CV, and tells whether there was one.
func (s *Store) readWaitingCV(ctx context.Context, hard bool) (read bool, err error) {
	var due bool
	//house:tenant all tenants share the readers
	err = s.db.Reader(ctx).Get(ctx, &due, `SELECT EXISTS (SELECT FROM waiting_cvs WHERE `+cvIsDue+` AND ($1 OR NOT (hard OR reading)))`, hard, leaseOfCV)
	if err != nil || !due {
		return false, err
	}
	t, ok := s.readers.wait(ctx, queuePatience, "")
	if !ok {
		return false, nil
	}
	defer t.end()
	w, found, err := s.claimCV(ctx, hard)
	if err != nil || !found {
		return false, err
	}
	reading := board.CVReading{End: board.ReadingNotBegun}
	if t.hold(string(w.Network)) {
		reading = s.readClaimed(ctx, w)
	}
	// Also when the program stops: another copy would wait for the lease.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleWithin)
	defer cancel()
	if !reading.Settles(w.Hard, w.Begun) && w.Begun <= board.MaxCVReadings {
		return reading.End != board.ReadingNotBegun, s.returnCV(ctx, w, reading)
	}
	return true, s.settleCV(ctx, w, reading)
}

func (s *Store) readClaimed(ctx context.Context, w waitingCV) board.CVReading {
	if w.Begun > board.MaxCVReadings {
		return board.CVReading{End: board.ReadingFailed, Problem: board.ProblemUnread} // every copy that read it was killed
	}
	ctx, cancel := context.WithTimeout(ctx, readingWithin)
	defer cancel()
	return s.readers.read(ctx, board.CV{Kind: board.KindOfMediaType(w.MediaType), Bytes: w.Bytes}, board.CVReadingLimit(w.Hard))
}

// cvIsDue finds files that nobody has. $2 is leaseOfCV: a time that lies twice as far ahead as any lease is from before the clock of
// the database was set back, and counts no more.
const cvIsDue = `(due_at <= clock_timestamp() OR due_at > clock_timestamp() + 2 * make_interval(secs => $2))`

// claimCV takes the file whose turn it is. A file whose lease is over killed its copy, or was there when that was killed: it is hard.
func (s *Store) claimCV(ctx context.Context, hard bool) (w waitingCV, found bool, err error) {
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		//house:tenant all tenants share the readers
		return tx.Get(ctx, &w, `
UPDATE waiting_cvs w SET begun = begun + 1, hard = hard OR reading, reading = true, due_at = clock_timestamp() + make_interval(secs => $2)
  FROM applications a, files f, file_bytes b
 WHERE w.file_id = (
       SELECT file_id FROM waiting_cvs
        WHERE `+cvIsDue+` AND ($1 OR NOT (hard OR reading)) AND NOT (network = ANY ($3))
        ORDER BY (hard OR reading) AND queued_at > clock_timestamp() - make_interval(mins => $4), turn, file_id
        LIMIT 1 FOR UPDATE SKIP LOCKED)
   AND a.id = w.application_id AND f.id = w.file_id AND b.file_id = w.file_id
RETURNING w.file_id, w.employer_id, w.mode, w.application_id, a.candidate_id, w.network, w.hard, w.begun, f.media_type, b.bytes`,
			hard, leaseOfCV, pq.ByteaArray(s.readers.networks()), behindFor)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return w, false, nil
	}
	if err != nil {
		return w, false, fmt.Errorf("take a waiting CV: %w", err)
	}
	return w, true, nil
}

// returnCV gives a file back that has to be read again.
func (s *Store) returnCV(ctx context.Context, w waitingCV, r board.CVReading) error {
	uncounted, later := 0, 0
	switch r.End { //nolint:exhaustive // the others count, and can be read again now
	case board.ReadingNotBegun:
		uncounted = 1
	case board.ReadingFailed:
		later = againAfter
	}
	return s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		_, err := tx.Exec(ctx, `
UPDATE waiting_cvs SET reading = false, hard = hard OR $5, begun = begun - $6, due_at = clock_timestamp() + make_interval(secs => $7)
 WHERE file_id = $1 AND employer_id = $2 AND mode = $3 AND begun = $4 AND reading`,
			w.FileID, w.EmployerID, w.Mode, w.Begun, r.Hard(), uncounted, later)
		if err != nil {
			return fmt.Errorf("give a waiting CV back: %w", err)
		}
		return nil
	})
}

// settleCV writes the text of a file, or why there is none, and all that follows, as Apply does with a text that is read at once.
// It writes nothing when the file was erased meanwhile, or when another copy has it.
func (s *Store) settleCV(ctx context.Context, w waitingCV, r board.CVReading) error {
	t := board.Tenant{EmployerID: w.EmployerID, Mode: w.Mode}
	profile := readProfile(r.Text)
	return s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		if err := lockCandidateRow(ctx, tx, w.CandidateID); err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `DELETE FROM waiting_cvs WHERE file_id = $1 AND employer_id = $2 AND mode = $3 AND begun = $4 AND reading`,
			w.FileID, t.EmployerID, t.Mode, w.Begun)
		if err != nil {
			return fmt.Errorf("take a CV from the queue: %w", err)
		}
		if n == 0 {
			return nil
		}
		text := pg.Storable(r.Text)
		_, err = tx.Exec(ctx, `UPDATE files SET text = $4, text_problem = $5, text_pending = false WHERE id = $1 AND employer_id = $2 AND mode = $3`,
			w.FileID, t.EmployerID, t.Mode, text, pg.Storable(r.Problem))
		if err != nil {
			return fmt.Errorf("write the text of a CV: %w", err)
		}
		a, err := touchApplication(ctx, tx, t, w.ApplicationID)
		if err != nil {
			return err
		}
		if text == "" {
			return mailUnread(ctx, tx, a)
		}
		return textArrived(ctx, tx, a, text, profile)
	})
}

// touchApplication marks an application as updated, and reads it.
func touchApplication(ctx context.Context, tx *pg.Tx, t board.Tenant, id int64) (Application, error) {
	_, err := tx.Exec(ctx, `UPDATE applications SET version = version + 1, updated_at = greatest(updated_at, $4) WHERE id = $1 AND employer_id = $2 AND mode = $3`,
		id, t.EmployerID, t.Mode, tx.Now)
	if err != nil {
		return Application{}, fmt.Errorf("update application: %w", err)
	}
	a, err := oneApplication(ctx, tx, t, id)
	outbox.Tells(tx, a.CandidateID)
	return a, err
}

// textArrived updates the profile of a candidate when the text of a CV says something new. The caller has locked the candidate.
func textArrived(ctx context.Context, tx *pg.Tx, a Application, text string, profile board.Profile) error {
	newText, _, err := news(ctx, tx, a, text)
	if err != nil || !newText {
		return err
	}
	if err := writeProfile(ctx, tx, a.CandidateID, profile); err != nil {
		return err
	}
	candidateProfileChanged(tx, a)
	return touchCandidate(ctx, tx, a.CandidateID)
}

// mailUnread tells an applicant that the CV has no text. The confirmation went before that was known.
func mailUnread(ctx context.Context, tx *pg.Tx, a Application) error {
	if a.Mode != board.ModeLive || a.Status == board.ApplicationWithdrawn || a.CV == nil {
		return nil
	}
	employer, err := account.EmployerOf(ctx, tx, a.EmployerID)
	if err != nil {
		return err
	}
	about := outbox.Mailing{EmployerID: a.EmployerID, CandidateID: a.CandidateID}
	return outbox.QueueMail(ctx, tx, about, letter.UnreadCV(a.Applicant, a.JobTitle, employer.Name, board.UnreadFile{Name: a.CV.Name, Reason: a.CV.TextProblem}))
}

// WaitingCVs is the state of the queue of CVs, over all copies of the program.
type WaitingCVs struct {
	Count int
	// Oldest is how long the one has waited that came first, 0 without any.
	Oldest time.Duration
}

// WaitingCVs counts the CVs that wait to be read.
func (s *Store) WaitingCVs(ctx context.Context) (WaitingCVs, error) {
	var row struct {
		Count   int     `db:"count"`
		Seconds float64 `db:"seconds"`
	}
	//house:tenant a figure about all tenants
	err := s.db.Reader(ctx).Get(ctx, &row, `
SELECT count(*) AS count, coalesce(extract(epoch FROM clock_timestamp() - min(queued_at)), 0)::float8 AS seconds FROM waiting_cvs`)
	if err != nil {
		return WaitingCVs{}, fmt.Errorf("count the waiting CVs: %w", err)
	}
	return WaitingCVs{Count: row.Count, Oldest: time.Duration(row.Seconds * float64(time.Second))}, nil
}
