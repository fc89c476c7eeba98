package pipeline

import (
	"context"
	"fmt"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

// MailTemplate is an email that an employer keeps to reject people with. It is the same for live and test data.
type MailTemplate struct {
	ID        int64     `db:"id"`
	Name      string    `db:"name"`
	Subject   string    `db:"subject"`
	Text      string    `db:"text"`
	UpdatedAt time.Time `db:"updated_at"`
}

// Mail is what is filled in for each person.
func (t MailTemplate) Mail() board.MailTemplate {
	return board.MailTemplate{Subject: t.Subject, Text: t.Text}
}

var errNoTemplate = board.Errorf(board.CodeNotFound, "There is no such template. Somebody may have deleted it.")

// MailTemplates lists the templates of an employer by name; they are board.MaxMailTemplates at most.
func (s *Store) MailTemplates(ctx context.Context, employerID int64) ([]MailTemplate, error) {
	templates := []MailTemplate{}
	err := s.db.Reader(ctx).List(ctx, &templates, `
SELECT id, name, subject, text, updated_at FROM mail_templates WHERE employer_id = $1 ORDER BY lower(name), id`, employerID)
	if err != nil {
		return nil, fmt.Errorf("list mail templates: %w", err)
	}
	for i := range templates {
		templates[i].UpdatedAt = templates[i].UpdatedAt.UTC()
	}
	return templates, nil
}

// MailTemplate reads a template of an employer. Errors: not_found.
func (s *Store) MailTemplate(ctx context.Context, employerID, id int64) (MailTemplate, error) {
	templates, err := s.MailTemplates(ctx, employerID)
	if err != nil {
		return MailTemplate{}, err
	}
	for _, t := range templates {
		if t.ID == id {
			return t, nil
		}
	}
	return MailTemplate{}, errNoTemplate
}

// CreateMailTemplate keeps a template and returns its id. Errors: invalid_request, also for a name that is taken; invalid_state when
// the employer has too many.
func (s *Store) CreateMailTemplate(ctx context.Context, employerID int64, n board.KeptTemplate) (int64, error) {
	n, err := n.Normalize()
	if err != nil {
		return 0, err
	}
	var id int64
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		if err := lockTemplates(ctx, tx, employerID, 0, n.Name); err != nil {
			return err
		}
		var kept int
		if err := tx.Get(ctx, &kept, `SELECT count(*) FROM mail_templates WHERE employer_id = $1`, employerID); err != nil {
			return fmt.Errorf("count mail templates: %w", err)
		}
		if kept >= board.MaxMailTemplates {
			return board.Errorf(board.CodeInvalidState, "You keep %d templates already. Delete one first.", board.MaxMailTemplates)
		}
		err := tx.Get(ctx, &id, `
INSERT INTO mail_templates (employer_id, name, subject, text, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $5) RETURNING id`,
			employerID, n.Name, n.Subject, pg.Storable(n.Text), tx.Now)
		if err != nil {
			return fmt.Errorf("create mail template: %w", err)
		}
		tx.Make("mail-templates", id)
		return nil
	})
	return id, err
}

// UpdateMailTemplate changes a template. Errors: not_found; invalid_request, also for a name that is taken.
func (s *Store) UpdateMailTemplate(ctx context.Context, employerID, id int64, n board.KeptTemplate) error {
	n, err := n.Normalize()
	if err != nil {
		return err
	}
	return s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		if err := lockTemplates(ctx, tx, employerID, id, n.Name); err != nil {
			return err
		}
		changed, err := tx.Exec(ctx, `UPDATE mail_templates SET name = $3, subject = $4, text = $5, updated_at = $6 WHERE id = $1 AND employer_id = $2`,
			id, employerID, n.Name, n.Subject, pg.Storable(n.Text), tx.Now)
		if err != nil {
			return fmt.Errorf("change mail template %d: %w", id, err)
		}
		if changed == 0 {
			return errNoTemplate
		}
		return nil
	})
}

// lockTemplates makes changes of an employer's templates wait for each other, and refuses a name that another one has.
func lockTemplates(ctx context.Context, tx *pg.Tx, employerID, except int64, name string) error {
	if _, err := tx.Exec(ctx, `SELECT id FROM employers WHERE id = $1 FOR NO KEY UPDATE`, employerID); err != nil {
		return fmt.Errorf("lock employer: %w", err)
	}
	var taken bool
	err := tx.Get(ctx, &taken, `SELECT EXISTS (SELECT FROM mail_templates WHERE employer_id = $1 AND lower(name) = lower($2) AND id <> $3)`, employerID, name, except)
	if err != nil {
		return fmt.Errorf("look for the name of a mail template: %w", err)
	}
	if taken {
		return board.Invalid(board.FieldError{Field: "name", Code: board.FieldNotAllowed, Message: "is the name of another template already"})
	}
	return nil
}

// DeleteMailTemplate deletes a template. Emails that were sent with it stay. Errors: not_found.
func (s *Store) DeleteMailTemplate(ctx context.Context, employerID, id int64) error {
	return s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		n, err := tx.Exec(ctx, `DELETE FROM mail_templates WHERE id = $1 AND employer_id = $2`, id, employerID)
		if err != nil {
			return fmt.Errorf("delete mail template %d: %w", id, err)
		}
		if n == 0 {
			return errNoTemplate
		}
		return nil
	})
}
