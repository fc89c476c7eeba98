package pipeline

import (
	"context"
	"fmt"
	"time"

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
}

// Notes lists the notes on an application, the oldest first. An application of another employer has none.
func (s *Store) Notes(ctx context.Context, t board.Tenant, applicationID int64) ([]Note, error) {
	notes := []Note{}
	err := s.db.Reader(ctx).List(ctx, &notes, `
SELECT n.id, n.application_id, n.user_id, n.text, n.created_at
  FROM application_notes n JOIN applications a ON a.id = n.application_id
 WHERE n.application_id = $1 AND a.employer_id = $2 AND a.mode = $3 ORDER BY n.id`, applicationID, t.EmployerID, t.Mode)
	if err != nil {
		return nil, fmt.Errorf("read notes: %w", err)
	}
	for i := range notes {
		notes[i].At = notes[i].At.UTC()
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
		if err := change(ctx, tx); err != nil {
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
