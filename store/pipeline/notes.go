package pipeline

import (
	"context"
	"errors"
	"fmt"
	"time"

	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

// Note is what a member of the employer's team wrote about an application, for the rest of the team.
type Note struct {
	ID            int64     `db:"id"`
	ApplicationID int64     `db:"application_id"`
	UserID        int64     `db:"user_id"`
	Text          string    `db:"text"`
	At            time.Time `db:"created_at"`
	// EditedAt is when the text was changed last; nil for never.
	EditedAt *time.Time `db:"edited_at"`
}

// Notes lists the notes on an application, the oldest first. An application of another employer has none.
func (s *Store) Notes(ctx context.Context, t board.Tenant, applicationID int64) ([]Note, error) {
	notes := []Note{}
	err := s.db.Reader(ctx).List(ctx, &notes, `
SELECT n.id, n.application_id, n.user_id, n.text, n.created_at, n.edited_at
  FROM application_notes n JOIN applications a ON a.id = n.application_id
 WHERE n.application_id = $1 AND a.employer_id = $2 AND a.mode = $3 ORDER BY n.id`, applicationID, t.EmployerID, t.Mode)
	if err != nil {
		return nil, fmt.Errorf("read notes: %w", err)
	}
	for i := range notes {
		notes[i].At = notes[i].At.UTC()
		if edited := notes[i].EditedAt; edited != nil {
			notes[i].EditedAt = new(edited.UTC())
		}
	}
	return notes, nil
}

// CreateNote writes a note on an application, by a user of the employer. Errors: not_found; invalid_request; invalid_state after an
// erasure.
func (s *Store) CreateNote(ctx context.Context, t board.Tenant, applicationID, userID int64, text string) (Note, error) {
	text, err := board.NormalizeNote(text)
	if err != nil {
		return Note{}, err
	}
	n := Note{ApplicationID: applicationID, UserID: userID, Text: text}
	err = s.changeOpinion(ctx, t, applicationID, func(ctx context.Context, tx *pg.Tx) error {
		n.At = tx.Now
		return tx.Get(ctx, &n.ID, `
INSERT INTO application_notes (application_id, user_id, text, created_at) VALUES ($1, $2, $3, $4) RETURNING id`, applicationID, userID, pg.Storable(text), tx.Now)
	})
	return n, err
}

// Note reads one note on an application. Errors: not_found, also for a note on another application.
func (s *Store) Note(ctx context.Context, t board.Tenant, applicationID, noteID int64) (Note, error) {
	notes, err := s.Notes(ctx, t, applicationID)
	if err != nil {
		return Note{}, err
	}
	for _, n := range notes {
		if n.ID == noteID {
			return n, nil
		}
	}
	return Note{}, errNoNote
}

var errNoNote = board.Errorf(board.CodeNotFound, "There is no such note. Somebody may have deleted it.")

// EditNote changes the text of a note; only its author may. The same text again leaves it as it is. Errors: not_found;
// invalid_request; insufficient_scope for another's note; invalid_state after an erasure.
func (s *Store) EditNote(ctx context.Context, t board.Tenant, applicationID, noteID int64, by account.User, text string) error {
	text, err := board.NormalizeNote(text)
	if err != nil {
		return err
	}
	return s.changeOpinion(ctx, t, applicationID, func(ctx context.Context, tx *pg.Tx) error {
		if err := checkNote(ctx, tx, applicationID, noteID, func(author int64) error { return board.CheckNoteEditor(author, by.ID) }); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE application_notes SET text = $3, edited_at = greatest(created_at, $4) WHERE id = $1 AND application_id = $2 AND text <> $3`,
			noteID, applicationID, pg.Storable(text), tx.Now)
		return err
	})
}

// DeleteNote deletes a note; its author and an admin may. Errors: not_found; insufficient_scope; invalid_state after an erasure.
func (s *Store) DeleteNote(ctx context.Context, t board.Tenant, applicationID, noteID int64, by account.User) error {
	return s.changeOpinion(ctx, t, applicationID, func(ctx context.Context, tx *pg.Tx) error {
		if err := checkNote(ctx, tx, applicationID, noteID, func(author int64) error { return board.CheckNoteDeleter(author, by.ID, by.Role) }); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `DELETE FROM application_notes WHERE id = $1 AND application_id = $2`, noteID, applicationID)
		return err
	})
}

// checkNote asks may about the author of a note. The application is locked, and with it its notes.
func checkNote(ctx context.Context, tx *pg.Tx, applicationID, noteID int64, may func(author int64) error) error {
	var authors []int64
	if err := tx.List(ctx, &authors, `SELECT user_id FROM application_notes WHERE id = $1 AND application_id = $2`, noteID, applicationID); err != nil {
		return err
	}
	if len(authors) == 0 {
		return errNoNote
	}
	return may(authors[0])
}

// RateApplication says what the team thinks of an application, from 1 to 5; 0 takes the rating back. Partners don't see it, so the
// version stays. Errors: not_found; invalid_request; invalid_state after an erasure.
func (s *Store) RateApplication(ctx context.Context, t board.Tenant, applicationID int64, rating int) error {
	if err := board.CheckRating(rating); err != nil {
		return err
	}
	return s.changeOpinion(ctx, t, applicationID, func(ctx context.Context, tx *pg.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE applications SET rating = nullif($4, 0) WHERE id = $1 AND employer_id = $2 AND mode = $3`,
			applicationID, t.EmployerID, t.Mode, rating)
		return err
	})
}

// changeOpinion runs change with the application locked, unless its candidate was erased.
func (s *Store) changeOpinion(ctx context.Context, t board.Tenant, applicationID int64, change func(ctx context.Context, tx *pg.Tx) error) error {
	return s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		// The candidate is locked first, as in an erasure.
		if err := lockCandidateOf(ctx, tx, t, "applications", applicationID); err != nil {
			return err
		}
		a, err := lockApplication(ctx, tx, t, applicationID)
		if err != nil {
			return err
		}
		if a.Erased {
			return board.Errorf(board.CodeInvalidState, "The person who applied was erased; nothing can be noted about them any more.")
		}
		err = change(ctx, tx)
		if _, ok := errors.AsType[*board.Error](err); ok {
			return err
		}
		if err != nil {
			return fmt.Errorf("note on application %d: %w", applicationID, err)
		}
		return nil
	})
}

// CVText reads the text of the CV of an application, as far as it could be read; empty for none.
func (s *Store) CVText(ctx context.Context, t board.Tenant, applicationID int64) (string, error) {
	var texts []string
	err := s.db.Reader(ctx).List(ctx, &texts, `
SELECT f.text FROM applications a JOIN files f ON f.id = a.cv_file_id WHERE a.id = $1 AND a.employer_id = $2 AND a.mode = $3`,
		applicationID, t.EmployerID, t.Mode)
	if err != nil {
		return "", fmt.Errorf("read the text of a CV: %w", err)
	}
	if len(texts) == 0 {
		return "", nil
	}
	return texts[0], nil
}
