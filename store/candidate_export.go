package store

import (
	"context"
	"fmt"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
)

// CandidateExport is everything that is kept about a candidate of an employer's pipeline, but for the bytes of files and
// the texts of emails.
type CandidateExport struct {
	ExportedAt   time.Time
	Candidate    Candidate
	History      []CandidateHistoryEntry
	Applications []ExportedApplication
	Files        []ExportedFile
	Interviews   []Interview
	AICalls      []AICall
	Matches      []Match
	Messages     []ExportedMessage
	Events       []ExportedEvent
}

// ExportedApplication is an application with what became of it. Trace is empty when its time is over.
type ExportedApplication struct {
	Application

	History []HistoryEntry
	Trace   board.Trace
}

// ExportedFile is the CV of an application.
type ExportedFile struct {
	File

	ApplicationID int64
	CreatedAt     time.Time
}

// ExportedMessage is an email about the candidate, to whomever.
type ExportedMessage struct {
	ID        int64     `db:"id"`
	To        string    `db:"recipient"`
	Subject   string    `db:"subject"`
	CreatedAt time.Time `db:"created_at"`
}

// ExportedEvent is an entry of the log of events that tells of the candidate.
type ExportedEvent struct {
	ID        int64           `db:"id"`
	Type      board.EventType `db:"type"`
	CreatedAt time.Time       `db:"created_at"`
}

// ExportCandidate reads everything that is kept about a candidate of the employer's pipeline, in one transaction that
// keeps changes away. Errors: not_found.
func (s *Store) ExportCandidate(ctx context.Context, t Tenant, id int64) (CandidateExport, error) {
	var x CandidateExport
	err := s.WithTx(ctx, func(ctx context.Context, tx *Tx) error {
		c, err := tx.lockCandidate(ctx, t, id)
		if err != nil {
			return err
		}
		x = CandidateExport{ExportedAt: tx.Now, Candidate: c}
		if x.History, err = s.CandidateHistory(ctx, t, id); err != nil {
			return err
		}
		if err := tx.exportApplications(ctx, &x); err != nil {
			return err
		}
		if err := tx.exportDates(ctx, &x); err != nil {
			return err
		}
		if x.Matches, err = s.TopMatchesOfCandidate(ctx, t, id, exportedMatches); err != nil {
			return err
		}
		return tx.exportLetters(ctx, &x)
	})
	if err != nil {
		return CandidateExport{}, err
	}
	return x, nil
}

// exportedMatches is more jobs than an employer has.
const exportedMatches = 100_000

func (tx *Tx) exportApplications(ctx context.Context, x *CandidateExport) error {
	var rows []applicationRow
	if err := tx.list(ctx, &rows, applicationSQL(`applications`)+` WHERE a.candidate_id = $1 ORDER BY a.id`, x.Candidate.ID); err != nil {
		return fmt.Errorf("read the applications of a candidate: %w", err)
	}
	// In the same order: the candidate is locked, and so nobody applies.
	var rest []struct {
		IP        string     `db:"trace_ip"`
		UserAgent string     `db:"trace_user_agent"`
		FileAt    *time.Time `db:"file_at"`
	}
	err := tx.list(ctx, &rest, `
SELECT coalesce(a.trace_ip, '') AS trace_ip, coalesce(a.trace_user_agent, '') AS trace_user_agent, f.created_at AS file_at
  FROM applications a LEFT JOIN files f ON f.id = a.cv_file_id WHERE a.candidate_id = $1 ORDER BY a.id`, x.Candidate.ID)
	if err != nil {
		return fmt.Errorf("read the traces of a candidate: %w", err)
	}
	x.Applications, x.Files = make([]ExportedApplication, len(rows)), []ExportedFile{}
	for i, r := range rows {
		a := ExportedApplication{Application: r.application(), Trace: board.Trace{IP: rest[i].IP, UserAgent: rest[i].UserAgent}}
		if a.History, err = tx.store.ApplicationHistory(ctx, a.Tenant, a.ID); err != nil {
			return err
		}
		if a.CV != nil {
			x.Files = append(x.Files, ExportedFile{File: *a.CV, ApplicationID: a.ID, CreatedAt: rest[i].FileAt.UTC()})
		}
		x.Applications[i] = a
	}
	return nil
}

// exportDates reads interviews and calls.
func (tx *Tx) exportDates(ctx context.Context, x *CandidateExport) error {
	var interviews []interviewRow
	if err := tx.list(ctx, &interviews, interviewSQL(`interviews`)+` WHERE i.candidate_id = $1 ORDER BY i.id`, x.Candidate.ID); err != nil {
		return fmt.Errorf("read the interviews of a candidate: %w", err)
	}
	x.Interviews = make([]Interview, len(interviews))
	for i, r := range interviews {
		var err error
		if x.Interviews[i], err = r.interview(); err != nil {
			return err
		}
	}
	var calls []aiCallRow
	if err := tx.list(ctx, &calls, aiCallSQL(`ai_calls`, `l.transcript`)+` WHERE l.candidate_id = $1 ORDER BY l.id`, x.Candidate.ID); err != nil {
		return fmt.Errorf("read the calls of a candidate: %w", err)
	}
	x.AICalls = column[[]AICall](calls, aiCallRow.aiCall)
	return nil
}

// exportLetters reads emails and events.
func (tx *Tx) exportLetters(ctx context.Context, x *CandidateExport) error {
	x.Messages, x.Events = []ExportedMessage{}, []ExportedEvent{}
	if err := tx.list(ctx, &x.Messages, `SELECT id, recipient, subject, created_at FROM messages WHERE candidate_id = $1 ORDER BY id`, x.Candidate.ID); err != nil {
		return fmt.Errorf("read the emails about a candidate: %w", err)
	}
	for i := range x.Messages {
		x.Messages[i].CreatedAt = x.Messages[i].CreatedAt.UTC()
	}
	ids := column[pq.Int64Array](x.Applications, func(a ExportedApplication) int64 { return a.ID })
	err := tx.list(ctx, &x.Events, `SELECT id, type, created_at FROM events WHERE `+eventsAbout+` ORDER BY seq`,
		x.Candidate.EmployerID, x.Candidate.Mode, x.Candidate.ID, ids)
	if err != nil {
		return fmt.Errorf("read the events about a candidate: %w", err)
	}
	for i := range x.Events {
		x.Events[i].CreatedAt = x.Events[i].CreatedAt.UTC()
	}
	return nil
}
