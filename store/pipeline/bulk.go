package pipeline

import (
	"context"
	"errors"

	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/letter"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
)

// Moving is one application of a BulkMove, and the status that the caller expects it to have.
type Moving struct {
	ID   int64
	From board.ApplicationStatus
}

// BulkMove moves several applications to one status.
type BulkMove struct {
	Moving []Moving
	To     board.ApplicationStatus
	Reason string
	// UserID is the user of the employer who moves them, to whom replies to the emails go.
	UserID int64
	// Mail is what the person of each application that moves is written; nil for nothing. In test mode nobody is written to.
	Mail *board.MailTemplate
}

// BulkMoved is what became of a BulkMove. Refused are those that were not moved, each with the reason.
type BulkMoved struct {
	Moved   []Application
	Mails   int
	Refused []RefusedMove
}

// RefusedMove is an application that was not moved. Its Err is what MoveApplication answers.
type RefusedMove struct {
	ID  int64
	Err *board.Error
}

// errNothingMoved undoes a bulk move that has moved nothing, so that nothing is noted of it.
var errNothingMoved = errors.New("nothing was moved")

// MoveApplications moves applications in one transaction, with the emails about it. One that can't be moved, because somebody else
// has moved it or because it does not exist, is left out and holds up no other. Errors: invalid_request.
func (s *Store) MoveApplications(ctx context.Context, t board.Tenant, b BulkMove) (BulkMoved, error) {
	if err := board.CheckBulk(len(b.Moving)); err != nil {
		return BulkMoved{}, err
	}
	if b.Mail != nil {
		if err := b.Mail.Check(); err != nil {
			return BulkMoved{}, err
		}
	}
	reason, err := board.NormalizeReason(b.Reason)
	if err != nil {
		return BulkMoved{}, err
	}
	all := pg.Column[[]moving](b.Moving, func(m Moving) moving {
		return moving{id: m.ID, Move: Move{To: b.To, From: &m.From, Reason: reason, Actor: Actor{board.ActorUser, b.UserID}}}
	})
	var done BulkMoved
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		done = BulkMoved{}
		results, err := move(ctx, tx, t, all)
		if err != nil {
			return err
		}
		for i, r := range results {
			refused, ok := errors.AsType[*board.Error](r.err)
			switch {
			case ok:
				done.Refused = append(done.Refused, RefusedMove{all[i].id, refused})
			case r.err != nil:
				return r.err
			case r.Status != b.Moving[i].From: // else it was there already
				done.Moved = append(done.Moved, r.Application)
				tx.Make("applications", r.ID)
			}
		}
		if len(done.Moved) == 0 {
			return errNothingMoved
		}
		done.Mails, err = mailMoved(ctx, tx, t, b, done.Moved)
		return err
	})
	if err != nil && !errors.Is(err, errNothingMoved) {
		return BulkMoved{}, err
	}
	return done, nil
}

// mailMoved queues one email to the person of each application that was moved, and returns how many.
func mailMoved(ctx context.Context, tx *pg.Tx, t board.Tenant, b BulkMove, moved []Application) (int, error) {
	if b.Mail == nil || t.Mode != board.ModeLive {
		return 0, nil
	}
	employer, err := account.EmployerOf(ctx, tx, t.EmployerID)
	if err != nil {
		return 0, err
	}
	replyTo, err := account.AddressForReplies(ctx, tx, t.EmployerID, b.UserID)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, a := range moved {
		if a.Erased || a.Applicant.Email == "" {
			continue
		}
		subject, text := b.Mail.For(a.Applicant, a.JobTitle, employer.Name)
		about := outbox.Mailing{EmployerID: a.EmployerID, CandidateID: a.CandidateID}
		if err := outbox.QueueMail(ctx, tx, about, letter.ToApplicant(a.Applicant.Email, replyTo, subject, text)); err != nil {
			return 0, err
		}
		n++
	}
	return n, nil
}
