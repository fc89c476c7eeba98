package account

import (
	"context"
	"fmt"
	"strings"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/letter"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
)

// AskForAddress sends an email with a link to an address that a user wants to have from now on. When it is somebody else's,
// that person is told and there is no link; the answer is the same. Errors: invalid_request; not_found.
func (s *Store) AskForAddress(ctx context.Context, employerID, userID int64, email, publicURL string) error {
	email, problem, bad := board.CheckEmail("email", email)
	if bad {
		return board.Invalid(problem)
	}
	return s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		u, err := lockUser(ctx, tx, employerID, userID)
		if err != nil {
			return err
		}
		if strings.EqualFold(u.Email, email) {
			return board.Invalid(board.FieldError{Field: "email", Code: board.FieldInvalid, Message: "is your address already"})
		}
		token, err := s.insertLink(ctx, tx, u.ID, purposeAddress, email, addressLasts)
		if err != nil {
			return err
		}
		known, err := addressKnown(ctx, tx, email)
		if err != nil {
			return err
		}
		mail := letter.NewAddress(email, publicURL+purposeAddress.path(token))
		if known {
			mail = letter.SignUpTried(email, publicURL+"/employer/sign-in")
		}
		return s.write(ctx, tx, u.EmployerID, mail)
	})
}

// AddressChange tells whose address a link changes, and to which. Errors: not_found.
func (s *Store) AddressChange(ctx context.Context, token string) (u User, email string, err error) {
	row, err := s.readLink(ctx, token, purposeAddress)
	return row.user(), row.NewEmail, err
}

// ChangeAddress gives a user the address that the link was sent to, and tells the old one. Errors: not_found; conflict when
// somebody else has the address.
func (s *Store) ChangeAddress(ctx context.Context, token string) (User, error) {
	var u User
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		row, err := useLink(ctx, tx, token, purposeAddress)
		if err != nil {
			return err
		}
		if u, err = setAddress(ctx, tx, row.ID, row.NewEmail); err != nil {
			return err
		}
		if err := dropLinks(ctx, tx, row.ID, purposeConfirm, purposeReset); err != nil {
			return err
		}
		acted(ctx, tx, u, "changeAddress")
		return outbox.SendToUser(ctx, tx, u.EmployerID, letter.AddressChanged(row.Email, u.Name, u.Email))
	})
	return u, err
}

// RenameUser changes the name of a user. Errors: invalid_request; not_found.
func (s *Store) RenameUser(ctx context.Context, employerID, userID int64, name string) error {
	name, problem, bad := board.CheckPersonName("name", name)
	if bad {
		return board.Invalid(problem)
	}
	return s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE users SET name = $3 WHERE id = $1 AND employer_id IS NOT DISTINCT FROM $2 AND removed_at IS NULL`, userID, pg.NonZero(employerID), name)
		if err != nil {
			return fmt.Errorf("rename user: %w", err)
		}
		if n == 0 {
			return errNoUser
		}
		return nil
	})
}
