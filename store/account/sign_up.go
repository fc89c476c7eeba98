package account

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/letter"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
)

// SignUp is what somebody signs up with.
type SignUp struct {
	Company, Email, Name string
	// PasswordHash is encoded.
	PasswordHash string
	// PublicURL is what links begin with.
	PublicURL string
}

// SignedUp is a new account: its first user and a test key with all scopes. Plain is the key itself, which is not kept.
type SignedUp struct {
	User  User
	Key   Key
	Plain string
}

// firstKeyName is that of the key that every account begins with.
const firstKeyName = "First test key"

// SignUp makes an account, a test key, and its first user, an EmployerAdmin whose address waits for confirmation. The answer is the same
// when the address has an account already: then the email says so and has no link, so that the new account is never confirmed.
// Errors: invalid_request.
func (s *Store) SignUp(ctx context.Context, n SignUp) (SignedUp, error) {
	if fields := board.ValidateSignUp(n.Company, n.Name, n.Email); len(fields) > 0 {
		return SignedUp{}, board.Invalid(fields...)
	}
	var made SignedUp
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		employerID, err := insertEmployer(ctx, tx, n.Company, false)
		if err != nil {
			return err
		}
		id, err := insertUser(ctx, tx, newUser{EmployerID: employerID, Email: n.Email, Name: n.Name, Role: board.RoleEmployerAdmin, PasswordHash: n.PasswordHash})
		if err != nil {
			return fmt.Errorf("sign up: %w", err)
		}
		u := User{
			ID: id, EmployerID: employerID, Email: strings.TrimSpace(n.Email), Name: strings.TrimSpace(n.Name), Role: board.RoleEmployerAdmin,
			Joined: true, CreatedAt: tx.Now,
		}
		registered(tx, employerID, strings.TrimSpace(n.Company))
		acted(ctx, tx, u, "signUp")
		made.User = u
		made.Key, made.Plain, err = s.MintKey(ctx, NewKey{
			Tenant: board.Tenant{EmployerID: employerID, Mode: board.ModeTest}, Name: firstKeyName, Scopes: apikey.AllScopes(),
		})
		if err != nil {
			return err
		}
		return s.askToConfirm(ctx, tx, u, n.PublicURL)
	})
	if err != nil {
		return SignedUp{}, err
	}
	return made, nil
}

// AskToConfirm sends a user another email with the link that confirms the address. Errors: not_found; invalid_state when the
// address is confirmed.
func (s *Store) AskToConfirm(ctx context.Context, employerID, userID int64, publicURL string) error {
	return s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		u, err := lockUser(ctx, tx, employerID, userID)
		if err != nil {
			return err
		}
		if u.Confirmed {
			return board.Errorf(board.CodeInvalidState, "Your email address is confirmed already.")
		}
		return s.askToConfirm(ctx, tx, u, publicURL)
	})
}

// askToConfirm does the same work whether somebody has the address already or not.
func (s *Store) askToConfirm(ctx context.Context, tx *pg.Tx, u User, publicURL string) error {
	token, err := s.insertLink(ctx, tx, u.ID, purposeConfirm, "", confirmLasts)
	if err != nil {
		return err
	}
	known, err := addressKnown(ctx, tx, u.Email)
	if err != nil {
		return err
	}
	mail := letter.ConfirmAddress(u.Email, publicURL+purposeConfirm.path(token))
	if known {
		mail = letter.SignUpTried(u.Email, publicURL+"/employer/sign-in")
	}
	return s.write(ctx, tx, u.EmployerID, mail)
}

// write queues an email to an address that somebody typed.
func (s *Store) write(ctx context.Context, tx *pg.Tx, employerID int64, mail letter.Mail) error {
	may, err := s.mayWrite(ctx, tx, mail.To)
	if err != nil || !may {
		return err
	}
	return outbox.SendToUser(ctx, tx, employerID, mail)
}

// addressKnown tells whether an address is that of a user who has confirmed it.
func addressKnown(ctx context.Context, tx *pg.Tx, email string) (known bool, err error) {
	err = tx.Get(ctx, &known, `
SELECT EXISTS (SELECT FROM users WHERE lower(email) = lower($1) AND confirmed_at IS NOT NULL AND removed_at IS NULL)`, strings.TrimSpace(email))
	if err != nil {
		return false, fmt.Errorf("look for the address: %w", err)
	}
	return known, nil
}

// Unconfirmed tells whose address a link confirms. Errors: not_found.
func (s *Store) Unconfirmed(ctx context.Context, token string) (User, error) {
	row, err := s.readLink(ctx, token, purposeConfirm)
	return row.user(), err
}

// Confirm confirms the address of a user and uses the link up. It is for the user alone, who is signed in or has given the
// password: else somebody could sign up with the address of another person, who then opens the link. Errors: not_found;
// conflict when somebody else has confirmed the address meanwhile.
func (s *Store) Confirm(ctx context.Context, token string) (User, error) {
	var u User
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		row, err := useLink(ctx, tx, token, purposeConfirm)
		if err != nil {
			return err
		}
		if u, err = setAddress(ctx, tx, row.ID, row.Email); err != nil {
			return err
		}
		acted(ctx, tx, u, "confirmAddress")
		return nil
	})
	return u, err
}

// setAddress gives a user a confirmed address. Errors: conflict when somebody else has it.
func setAddress(ctx context.Context, tx *pg.Tx, userID int64, email string) (User, error) {
	var row userRow
	// Of two users who confirm one address at once the second waits here.
	if err := tx.LockOf(ctx, pg.LockAddress, addressLock(email)); err != nil {
		return User{}, err
	}
	err := tx.Get(ctx, &row, `
UPDATE users AS u SET email = $2, confirmed_at = $3
 WHERE u.id = $1 AND NOT EXISTS (
       SELECT FROM users o WHERE lower(o.email) = lower($2) AND o.id <> $1 AND o.removed_at IS NULL
          AND (o.confirmed_at IS NOT NULL OR o.employer_id = u.employer_id))
RETURNING `+userColumns, userID, email, tx.Now)
	if errors.Is(err, sql.ErrNoRows) {
		return User{}, board.Errorf(board.CodeConflict, "Another account has this email address. Sign in to that one, or use another address.")
	}
	if err != nil {
		return User{}, fmt.Errorf("confirm the address: %w", err)
	}
	return row.user(), nil
}
