package account

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/letter"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
)

// NewInvitation is whom to add to an employer's team.
type NewInvitation struct {
	EmployerID int64
	Email      string
	Role       board.Role
	// InvitedBy is how the person who invites is called; empty for an operator.
	InvitedBy string
	// PublicURL is what links begin with.
	PublicURL string
}

// CreateInvitation adds a user without a password to a team, sends an email with the link with which that person sets one, and
// returns the token of another link for the same, to be passed on when the email does not arrive. Each works for seven days,
// and the first that is used ends both. Neither is kept, and the token can't be shown again. An address with an account at
// another employer is told so instead; the answer is the same.
// Errors: invalid_request; conflict when the address is in the team already.
func (s *Store) CreateInvitation(ctx context.Context, n NewInvitation) (u User, token string, err error) {
	if fields := board.ValidateInvitation(n.Email, n.Role); len(fields) > 0 {
		return User{}, "", board.Invalid(fields...)
	}
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		if err := keepOpen(ctx, tx, n.EmployerID); err != nil {
			return err
		}
		id, err := insertUser(ctx, tx, newUser{EmployerID: n.EmployerID, Email: n.Email, Role: n.Role})
		if errors.Is(err, sql.ErrNoRows) {
			return &board.Error{
				Code: board.CodeConflict, Message: "This email address is in your team already.",
				Fields: []board.FieldError{{Field: "email", Code: board.FieldConflict, Message: "is in your team already"}},
			}
		}
		if err != nil {
			return err
		}
		if u, err = lockUser(ctx, tx, n.EmployerID, id); err != nil {
			return err
		}
		token, err = s.sendInvitation(ctx, tx, u, n.InvitedBy, n.PublicURL)
		return err
	})
	if err != nil {
		return User{}, "", err
	}
	return u, token, nil
}

// RenewInvitation sends a member of the team who has not joined yet a new link, and returns the token of one to pass on; the old
// ones stop working. Errors: not_found; invalid_state for somebody who has joined.
func (s *Store) RenewInvitation(ctx context.Context, employerID, userID int64, invitedBy, publicURL string) (u User, token string, err error) {
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		if u, err = lockUser(ctx, tx, employerID, userID); err != nil {
			return err
		}
		if u.Joined {
			return board.Errorf(board.CodeInvalidState, "%s has joined already and needs no invitation.", u.Email)
		}
		token, err = s.sendInvitation(ctx, tx, u, invitedBy, publicURL)
		return err
	})
	if err != nil {
		return User{}, "", err
	}
	return u, token, nil
}

func (s *Store) sendInvitation(ctx context.Context, tx *pg.Tx, u User, invitedBy, publicURL string) (shown string, err error) {
	rule := attemptRule{s.attemptSubject("invitations", strconv.FormatInt(u.EmployerID, 10)), invitationsPerEmployer, invitationsWindow}
	if wait, err := rule.count(ctx, tx); err != nil {
		return "", err
	} else if wait > 0 {
		return "", board.ErrorAfter(wait, board.CodeRateLimited, "Your team has sent %d invitations within a day, which is the most. Send the next one in %d min.", invitationsPerEmployer, board.Minutes(wait))
	}
	employer, err := EmployerOf(ctx, tx, u.EmployerID)
	if err != nil {
		return "", err
	}
	mailed, err := s.insertLink(ctx, tx, u.ID, purposeJoin, "", invitationLasts)
	if err != nil {
		return "", err
	}
	if shown, err = s.insertLink(ctx, tx, u.ID, purposeJoinShown, "", invitationLasts); err != nil {
		return "", err
	}
	known, err := addressKnown(ctx, tx, u.Email)
	if err != nil {
		return "", err
	}
	mail := letter.TeamInvitation(u.Email, employer.Name, invitedBy, publicURL+purposeJoin.path(mailed))
	if known {
		mail = letter.InvitedElsewhere(u.Email, employer.Name, invitedBy)
	}
	return shown, s.write(ctx, tx, u.EmployerID, mail)
}

// Invitation tells whom a token invites. Errors: not_found for one that is unknown, used, replaced or expired.
func (s *Store) Invitation(ctx context.Context, token string) (User, error) {
	row, err := s.readLink(ctx, token, purposeJoin, purposeJoinShown)
	return row.user(), err
}

// Acceptance is how somebody accepts an invitation.
type Acceptance struct {
	Token, Name string
	// PasswordHash is encoded.
	PasswordHash string
	// PublicURL is what links begin with.
	PublicURL string
}

// AcceptInvitation sets name and password of the invited user and uses the links up. With the link of the email the address is
// confirmed; else an email asks for that. Errors: those of Invitation; invalid_request; conflict when somebody else has the address.
func (s *Store) AcceptInvitation(ctx context.Context, a Acceptance) (User, error) {
	name, problem, bad := board.CheckPersonName("name", a.Name)
	if bad {
		return User{}, board.Invalid(problem)
	}
	var u User
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		row, err := useLink(ctx, tx, a.Token, purposeJoin, purposeJoinShown)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE users SET name = $2 WHERE id = $1`, row.ID, name); err != nil {
			return fmt.Errorf("name user: %w", err)
		}
		if row.Purpose == purposeJoin {
			if _, err := setAddress(ctx, tx, row.ID, row.Email); err != nil {
				return err
			}
		}
		if u, err = s.setPassword(ctx, tx, row.userRow, a.PasswordHash); err != nil {
			return err
		}
		acted(ctx, tx, u, "acceptInvitation")
		if u.Confirmed {
			return nil
		}
		return s.askToConfirm(ctx, tx, u, a.PublicURL)
	})
	return u, err
}

// joined tells that an employer has registered when u is the first of its members to join. The lock makes one of two who
// join at once the first.
func joined(ctx context.Context, tx *pg.Tx, u User) error {
	if u.EmployerID == 0 {
		return nil
	}
	var name string
	if err := tx.Get(ctx, &name, `SELECT name FROM employers WHERE id = $1 FOR NO KEY UPDATE`, u.EmployerID); err != nil {
		return fmt.Errorf("lock employer: %w", err)
	}
	var others int
	err := tx.Get(ctx, &others, `SELECT count(*) FROM users WHERE employer_id = $1 AND id <> $2 AND password_hash <> ''`, u.EmployerID, u.ID)
	if err != nil {
		return fmt.Errorf("count who has joined: %w", err)
	}
	if others == 0 {
		registered(tx, u.EmployerID, name)
	}
	return nil
}

// ChangeRole gives a member of the team another role, which holds from the next request on. Errors: invalid_request; not_found;
// invalid_state for the last admin.
func (s *Store) ChangeRole(ctx context.Context, employerID, userID int64, role board.Role) (User, error) {
	if fields := board.ValidateRole(role); len(fields) > 0 {
		return User{}, board.Invalid(fields...)
	}
	var u User
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) (err error) {
		if u, err = lockMember(ctx, tx, employerID, userID, role); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE users SET role = $2 WHERE id = $1`, u.ID, role); err != nil {
			return fmt.Errorf("change role: %w", err)
		}
		u.Role = role
		return nil
	})
	if err != nil {
		return User{}, err
	}
	return u, nil
}

// RemoveUser takes somebody out of a team, or cancels the invitation: sessions end at once, on every copy, and links stop
// working. Of somebody who has never joined, and so has done nothing, not even the address is kept. The address may be invited again, or sign up. Errors: not_found; invalid_state for the last admin.
func (s *Store) RemoveUser(ctx context.Context, employerID, userID int64) (User, error) {
	var u User
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) (err error) {
		if u, err = lockMember(ctx, tx, employerID, userID, ""); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE users SET removed_at = $2, password_hash = '', totp_sealed = NULL, totp_at = NULL WHERE id = $1`, u.ID, tx.Now); err != nil {
			return fmt.Errorf("remove user: %w", err)
		}
		if err := dropMeans(ctx, tx, u.ID); err != nil {
			return err
		}
		if err := endSessions(ctx, tx, u.ID); err != nil {
			return err
		}
		if err := dropLinks(ctx, tx, u.ID); err != nil {
			return err
		}
		switch {
		case !u.Joined && !u.Confirmed:
			return forgetUser(ctx, tx, u.ID)
		case !u.Joined || !u.Confirmed:
			return nil
		}
		employer, err := EmployerOf(ctx, tx, employerID)
		if err != nil {
			return err
		}
		return outbox.SendToUser(ctx, tx, employerID, letter.Removed(u.Email, u.Name, employer.Name))
	})
	if err != nil {
		return User{}, err
	}
	return u, nil
}

// lockMember locks a member of a team who is to have a role, or none, from now on. Two admins who demote each other are taken
// one after the other, so that one stays.
func lockMember(ctx context.Context, tx *pg.Tx, employerID, userID int64, role board.Role) (User, error) {
	if err := LockEmployer(ctx, tx, employerID); err != nil {
		return User{}, err
	}
	u, err := lockUser(ctx, tx, employerID, userID)
	if err != nil {
		return User{}, err
	}
	var others int
	err = tx.Get(ctx, &others, `
SELECT count(*) FROM users WHERE employer_id = $1 AND id <> $2 AND role = $3 AND removed_at IS NULL AND password_hash <> ''`,
		employerID, userID, board.RoleEmployerAdmin)
	if err != nil {
		return User{}, fmt.Errorf("count admins: %w", err)
	}
	return u, board.CheckLastAdmin(u.Role, u.Joined, role, others)
}
