package erase

import (
	"context"
	"fmt"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/match"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/pipeline"
)

// Export is everything that is kept about a candidate of an employer's pipeline, except the bytes of files and the texts of
// emails.
type Export struct {
	ExportedAt   time.Time
	Candidate    pipeline.Candidate
	History      []pipeline.CandidateHistoryEntry
	Applications []Application
	Files        []File
	Interviews   []pipeline.Interview
	AICalls      []pipeline.AICall
	Matches      []match.Match
	Messages     []Message
	Events       []Event
}

// Application is an application with what became of it, and what the employer's team thinks of it. Trace is empty when its
// time is over.
type Application struct {
	pipeline.Application

	History []pipeline.HistoryEntry
	Notes   []pipeline.Note
	Trace   board.Trace
}

// File is the CV of an application.
type File struct {
	board.File

	ApplicationID int64
	CreatedAt     time.Time
}

// Message is an email about the candidate, to the candidate or to other people.
type Message struct {
	ID        int64     `db:"id"`
	To        string    `db:"recipient"`
	Subject   string    `db:"subject"`
	CreatedAt time.Time `db:"created_at"`
}

// Event is an entry of the log of events that tells of the candidate.
type Event struct {
	ID        int64      `db:"id"`
	Type      event.Type `db:"type"`
	CreatedAt time.Time  `db:"created_at"`
}

// ExportCandidate reads everything that is kept about a candidate of the employer's pipeline, in one transaction that
// keeps changes away. Errors: not_found.
func (s *Store) ExportCandidate(ctx context.Context, t board.Tenant, id int64) (Export, error) {
	var x Export
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		c, err := pipeline.LockCandidate(ctx, tx, t, id)
		if err != nil {
			return err
		}
		x = Export{ExportedAt: tx.Now, Candidate: c}
		if x.History, err = s.pipeline.CandidateHistory(ctx, t, id); err != nil {
			return err
		}
		if err := s.exportApplications(ctx, tx, &x); err != nil {
			return err
		}
		if err := exportDates(ctx, tx, &x); err != nil {
			return err
		}
		if x.Matches, err = s.matches.TopOfCandidate(ctx, t, id, exportedMatches); err != nil {
			return err
		}
		return exportLetters(ctx, tx, &x)
	})
	if err != nil {
		return Export{}, err
	}
	return x, nil
}

// exportedMatches is more jobs than an employer has.
const exportedMatches = 100_000

func (s *Store) exportApplications(ctx context.Context, tx *pg.Tx, x *Export) error {
	var rows []pipeline.ApplicationRow
	if err := tx.List(ctx, &rows, pipeline.ApplicationSQL(`applications`)+` WHERE a.candidate_id = $1 ORDER BY a.id`, x.Candidate.ID); err != nil {
		return fmt.Errorf("read the applications of a candidate: %w", err)
	}
	// In the same order: the candidate is locked, and so nobody applies.
	var rest []struct {
		IP        string     `db:"trace_ip"`
		UserAgent string     `db:"trace_user_agent"`
		FileAt    *time.Time `db:"file_at"`
	}
	err := tx.List(ctx, &rest, `
SELECT coalesce(a.trace_ip, '') AS trace_ip, coalesce(a.trace_user_agent, '') AS trace_user_agent, f.created_at AS file_at
  FROM applications a LEFT JOIN files f ON f.id = a.cv_file_id WHERE a.candidate_id = $1 ORDER BY a.id`, x.Candidate.ID)
	if err != nil {
		return fmt.Errorf("read the traces of a candidate: %w", err)
	}
	x.Applications, x.Files = make([]Application, len(rows)), []File{}
	for i, r := range rows {
		a := Application{Application: r.Application(), Trace: board.Trace{IP: rest[i].IP, UserAgent: rest[i].UserAgent}}
		if a.History, err = s.pipeline.ApplicationHistory(ctx, a.Tenant, a.ID); err != nil {
			return err
		}
		if a.Notes, err = s.pipeline.Notes(ctx, a.Tenant, a.ID); err != nil {
			return err
		}
		if a.CV != nil {
			x.Files = append(x.Files, File{File: *a.CV, ApplicationID: a.ID, CreatedAt: rest[i].FileAt.UTC()})
		}
		x.Applications[i] = a
	}
	return nil
}

// exportDates reads interviews and calls.
func exportDates(ctx context.Context, tx *pg.Tx, x *Export) error {
	var interviews []pipeline.InterviewRow
	if err := tx.List(ctx, &interviews, pipeline.InterviewSQL(`interviews`)+` WHERE i.candidate_id = $1 ORDER BY i.id`, x.Candidate.ID); err != nil {
		return fmt.Errorf("read the interviews of a candidate: %w", err)
	}
	x.Interviews = make([]pipeline.Interview, len(interviews))
	for i, r := range interviews {
		var err error
		if x.Interviews[i], err = r.Interview(); err != nil {
			return err
		}
	}
	var calls []pipeline.AICallRow
	if err := tx.List(ctx, &calls, pipeline.AICallSQL(`ai_calls`, `l.transcript`)+` WHERE l.candidate_id = $1 ORDER BY l.id`, x.Candidate.ID); err != nil {
		return fmt.Errorf("read the calls of a candidate: %w", err)
	}
	x.AICalls = pg.Column[[]pipeline.AICall](calls, pipeline.AICallRow.AICall)
	return nil
}

// exportLetters reads emails and events.
func exportLetters(ctx context.Context, tx *pg.Tx, x *Export) error {
	x.Messages, x.Events = []Message{}, []Event{}
	if err := tx.List(ctx, &x.Messages, `SELECT id, recipient, subject, created_at FROM messages WHERE candidate_id = $1 ORDER BY id`, x.Candidate.ID); err != nil {
		return fmt.Errorf("read the emails about a candidate: %w", err)
	}
	for i := range x.Messages {
		x.Messages[i].CreatedAt = x.Messages[i].CreatedAt.UTC()
	}
	ids := pg.Column[[]int64](x.Applications, func(a Application) int64 { return a.ID })
	err := tx.List(ctx, &x.Events, `SELECT v.id, v.type, v.created_at FROM events v WHERE `+eventsAbout+` ORDER BY v.seq`,
		x.Candidate.EmployerID, x.Candidate.Mode, personKeys(x.Candidate.ID, ids))
	if err != nil {
		return fmt.Errorf("read the events about a candidate: %w", err)
	}
	for i := range x.Events {
		x.Events[i].CreatedAt = x.Events[i].CreatedAt.UTC()
	}
	return nil
}
