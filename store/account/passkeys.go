package account

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/letter"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
)

// maxPasskeys is how many a user may have.
const maxPasskeys = 20

// roomForPasskey allows a user, who is locked, one passkey more. Error: invalid_state.
func roomForPasskey(u User) error {
	if u.Passkeys >= maxPasskeys {
		return board.Errorf(board.CodeInvalidState, "You have %d passkeys, which is the most. Remove one before you add another.", u.Passkeys)
	}
	return nil
}

// Passkey is a key of an authenticator that signs its user in.
type Passkey struct {
	ID   int64
	Name string
	// Synced tells that the authenticator keeps the key on several devices.
	Synced    bool
	CreatedAt time.Time
	// UsedAt is nil for one that was not used yet.
	UsedAt *time.Time
}

type passkeyRow struct {
	ID             int64          `db:"id"`
	CredentialID   []byte         `db:"credential_id"`
	PublicKey      []byte         `db:"public_key"`
	SignCount      int64          `db:"sign_count"`
	BackupEligible bool           `db:"backup_eligible"`
	Transports     pq.StringArray `db:"transports"`
	Name           string         `db:"name"`
	CreatedAt      time.Time      `db:"created_at"`
	UsedAt         *time.Time     `db:"used_at"`
}

const passkeyColumns = `k.id, k.credential_id, k.public_key, k.sign_count, k.backup_eligible, k.transports, k.name, k.created_at, k.used_at` //nolint:gosec // names of columns

func (r passkeyRow) passkey() Passkey {
	return Passkey{ID: r.ID, Name: r.Name, Synced: r.BackupEligible, CreatedAt: r.CreatedAt.UTC(), UsedAt: pg.UTC(r.UsedAt)}
}

func (r passkeyRow) credential() webauthn.Credential {
	c := webauthn.Credential{
		ID: r.CredentialID, PublicKey: r.PublicKey, Flags: webauthn.CredentialFlags{BackupEligible: r.BackupEligible},
		Authenticator: webauthn.Authenticator{SignCount: uint32(r.SignCount)}, //nolint:gosec // it was one
	}
	for _, t := range r.Transports {
		c.Transport = append(c.Transport, protocol.AuthenticatorTransport(t))
	}
	return c
}

// Passkeys lists those of a user, the oldest first.
func (s *Store) Passkeys(ctx context.Context, userID int64) ([]Passkey, error) {
	rows, err := passkeyRows(ctx, s.db.Reader(ctx), userID)
	if err != nil {
		return nil, err
	}
	passkeys := make([]Passkey, len(rows))
	for i, r := range rows {
		passkeys[i] = r.passkey()
	}
	return passkeys, nil
}

func passkeyRows(ctx context.Context, q pg.Reader, userID int64) ([]passkeyRow, error) {
	var rows []passkeyRow
	if err := q.List(ctx, &rows, `SELECT `+passkeyColumns+` FROM passkeys k WHERE k.user_id = $1 ORDER BY k.id`, userID); err != nil {
		return nil, fmt.Errorf("list passkeys: %w", err)
	}
	return rows, nil
}

// holder reads the passkeys of a user who is locked, and makes a handle for one who has none.
func (s *Store) holder(ctx context.Context, tx *pg.Tx, u User) (keyHolder, []passkeyRow, error) {
	fresh, err := s.random()
	if err != nil {
		return keyHolder{}, nil, err
	}
	h := keyHolder{User: u}
	err = tx.Get(ctx, &h.handle, `UPDATE users SET passkey_handle = coalesce(passkey_handle, $2) WHERE id = $1 RETURNING passkey_handle`, u.ID, fresh)
	if err != nil {
		return keyHolder{}, nil, fmt.Errorf("read the handle of a user: %w", err)
	}
	rows, err := passkeyRows(ctx, tx, u.ID)
	if err != nil {
		return keyHolder{}, nil, err
	}
	for _, r := range rows {
		h.passkeys = append(h.passkeys, r.credential())
	}
	return h, rows, nil
}

// CreatePasskey keeps the passkey that a browser has made for a challenge of AskForNewPasskey. The first thing that is a second
// factor ends all sessions and brings recovery codes, which are not kept and can't be shown again, and the user as it is
// then; else there is neither. Errors: not_found; invalid_request for a name, or for an answer that is not one to the challenge; invalid_state
// when the user has as many passkeys as a user may have; conflict when the session in which the user asks has ended.
func (s *Store) CreatePasskey(ctx context.Context, rp RelyingParty, u User, challenge, name string, answer []byte) (after User, codes []string, err error) {
	name, problem, bad := board.CheckPasskeyName("name", name)
	if bad {
		return User{}, nil, board.Invalid(problem)
	}
	asked, err := s.useChallenge(ctx, rp, challenge, ceremonyCreate)
	if err != nil {
		return User{}, nil, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return User{}, nil, errPasskey
	}
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		u, err := lockUser(ctx, tx, u.EmployerID, u.ID)
		if err != nil {
			return err
		}
		h, _, err := s.holder(ctx, tx, u)
		if err != nil {
			return err
		}
		made, err := rp.w.CreateCredential(h, asked.session, parsed)
		if err != nil || asked.userID != u.ID {
			return errPasskey
		}
		if err := roomForPasskey(u); err != nil { // other challenges may have been answered since this one was made
			return err
		}
		if err := insertPasskey(ctx, tx, u.ID, name, made); err != nil {
			return err
		}
		if u.SecondFactor {
			return outbox.SendToUser(ctx, tx, u.EmployerID, letter.PasskeyAdded(u.Email, u.Name, name, s.ownPage(u)))
		}
		if err := endSessions(ctx, tx, u.ID); err != nil {
			return err
		}
		if codes, err = s.insertRecoveryCodes(ctx, tx, u.ID); err != nil {
			return err
		}
		if after, err = s.User(ctx, u.ID); err != nil {
			return err
		}
		return outbox.SendToUser(ctx, tx, u.EmployerID, letter.SecondFactorOn(u.Email, u.Name, s.ownPage(u)))
	})
	return after, codes, err
}

func insertPasskey(ctx context.Context, tx *pg.Tx, userID int64, name string, c *webauthn.Credential) error {
	transports := pg.Column[pq.StringArray](c.Transport, func(t protocol.AuthenticatorTransport) string { return string(t) })
	n, err := tx.Exec(ctx, `
INSERT INTO passkeys (user_id, credential_id, public_key, sign_count, backup_eligible, transports, name, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (credential_id) DO NOTHING`,
		userID, c.ID, c.PublicKey, int64(c.Authenticator.SignCount), c.Flags.BackupEligible, transports, name, tx.Now)
	if err != nil {
		return fmt.Errorf("insert passkey: %w", err)
	}
	if n == 0 { // an authenticator never makes the same one twice
		return errPasskey
	}
	return nil
}

// RenamePasskey gives a passkey of a user another name. Errors: invalid_request; not_found.
func (s *Store) RenamePasskey(ctx context.Context, userID, id int64, name string) error {
	name, problem, bad := board.CheckPasskeyName("name", name)
	if bad {
		return board.Invalid(problem)
	}
	return s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE passkeys SET name = $3 WHERE user_id = $1 AND id = $2`, userID, id, name)
		if err != nil {
			return fmt.Errorf("rename passkey: %w", err)
		}
		if n == 0 {
			return errNoPasskey
		}
		return nil
	})
}

var errNoPasskey = board.Errorf(board.CodeNotFound, "There is no such passkey. It was removed already.")

// RemovePasskey makes a passkey of a user worthless. Without another second factor the password alone signs in then.
// Errors: not_found.
func (s *Store) RemovePasskey(ctx context.Context, employerID, userID, id int64) error {
	return s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		u, err := lockUser(ctx, tx, employerID, userID)
		if err != nil {
			return err
		}
		var names []string
		if err := changeMeans(ctx, tx, userID); err != nil {
			return err
		}
		if err := tx.List(ctx, &names, `DELETE FROM passkeys WHERE user_id = $1 AND id = $2 RETURNING name`, userID, id); err != nil {
			return fmt.Errorf("remove passkey: %w", err)
		}
		switch {
		case len(names) == 0:
			return errNoPasskey
		case !u.App && u.Passkeys == 1:
			return s.secondFactorOff(ctx, tx, u)
		}
		return outbox.SendToUser(ctx, tx, u.EmployerID, letter.PasskeyRemoved(u.Email, u.Name, names[0], s.ownPage(u)))
	})
}

// UsePasskey tells whose passkey has answered a challenge of AskForPasskey, and uses the challenge up. A passkey that counts less
// uses than before may have been copied: it is refused, which the audit log and an email tell (W3C Web Authentication Level 3,
// section 7.2, step 22). Errors: invalid_request for an answer that is not one to the challenge.
func (s *Store) UsePasskey(ctx context.Context, rp RelyingParty, challenge string, answer []byte) (User, error) {
	asked, err := s.useChallenge(ctx, rp, challenge, ceremonyUse)
	if err != nil {
		return User{}, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return User{}, errPasskey
	}
	var u User
	var refused error
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		var row userRow
		err := tx.Get(ctx, &row, `
SELECT `+userColumns+` FROM users u JOIN passkeys k ON k.user_id = u.id
 WHERE k.credential_id = $1 AND ($2::bigint IS NULL OR u.id = $2) AND u.removed_at IS NULL FOR UPDATE OF u`, parsed.RawID, pg.NonZero(asked.userID))
		if errors.Is(err, sql.ErrNoRows) {
			return errPasskey
		}
		if err != nil {
			return fmt.Errorf("find the user of a passkey: %w", err)
		}
		u = row.user()
		refused, err = s.usePasskey(ctx, tx, rp, u, asked, parsed)
		return err
	})
	if err == nil {
		err = refused
	}
	if err != nil {
		return User{}, err
	}
	return u, nil
}

func (s *Store) usePasskey(ctx context.Context, tx *pg.Tx, rp RelyingParty, u User, asked askedFor, parsed *protocol.ParsedCredentialAssertionData) (refused, err error) {
	h, rows, err := s.holder(ctx, tx, u)
	if err != nil {
		return nil, err
	}
	var used *webauthn.Credential
	if asked.userID == 0 {
		_, used, err = rp.w.ValidatePasskeyLogin(func(_, _ []byte) (webauthn.User, error) { return h, nil }, asked.session, parsed)
	} else {
		used, err = rp.w.ValidateLogin(h, asked.session, parsed)
	}
	if err != nil {
		return nil, errPasskey
	}
	for _, r := range rows {
		if string(r.CredentialID) != string(used.ID) {
			continue
		}
		if used.Authenticator.CloneWarning {
			acted(ctx, tx, u, "refusePasskey")
			return errCopied, outbox.SendToUser(ctx, tx, u.EmployerID, letter.PasskeyRefused(u.Email, u.Name, r.Name, s.ownPage(u)))
		}
		_, err := tx.Exec(ctx, `UPDATE passkeys SET sign_count = $2, used_at = $3 WHERE id = $1`, r.ID, int64(used.Authenticator.SignCount), tx.Now)
		if err != nil {
			return nil, fmt.Errorf("use a passkey: %w", err)
		}
		return nil, nil
	}
	return nil, errPasskey
}

var (
	errPasskey = board.Errorf(board.CodeInvalidRequest, "The passkey was not accepted. Try again; if that does not help, choose another way to sign in.")
	errCopied  = board.Errorf(board.CodeInvalidRequest, "This passkey counts fewer uses than before, as a copy of it does, so it was refused. Sign in another way, remove the passkey and add a new one.")
)
