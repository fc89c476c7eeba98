package account

import (
	"context"
	"crypto/subtle"
	"database/sql"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/lib/pq"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/letter"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
)

// The codes of an app are those of RFC 6238 with its defaults, which every app knows: six digits, SHA-1, 30 seconds. A code of
// one step before or after counts, for clocks differ.
const (
	totpPeriod = 30 * time.Second
	totpSkew   = 1
	// recoveryCodes is how many there are; recoveryBytes how many random bytes each has.
	recoveryCodes = 10
	recoveryBytes = 10
)

var totpOptions = totp.ValidateOpts{Period: uint(totpPeriod / time.Second), Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}

// sealedAs is what the secret of a user is sealed for. It is negative, where webhooks have numbers.
func sealedAs(userID int64) int64 { return -userID }

// BeginSecondFactor makes a secret for an app of the user, which is not asked for before ConfirmSecondFactor. A former one that
// was not confirmed is forgotten. Errors: not_found; invalid_state for a user who has an app.
func (s *Store) BeginSecondFactor(ctx context.Context, employerID, userID int64) error {
	return s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		u, err := lockUser(ctx, tx, employerID, userID)
		if err != nil {
			return err
		}
		if u.App {
			return board.Errorf(board.CodeInvalidState, "Your account has an app already. Turn it off before you set up another one.")
		}
		key, err := totp.Generate(totp.GenerateOpts{Issuer: "ITManagerJobs", AccountName: u.Email, Rand: s.rand})
		if err != nil {
			return fmt.Errorf("make a secret: %w", err)
		}
		sealed, err := s.secrets.Seal(key.Secret(), employerID, sealedAs(userID))
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE users SET totp_sealed = $2, totp_step = 0 WHERE id = $1`, userID, sealed); err != nil {
			return fmt.Errorf("keep the secret: %w", err)
		}
		return nil
	})
}

// SecondFactorKey is what the app of a user reads from a picture, as long as the second factor is not confirmed.
// Errors: not_found.
func (s *Store) SecondFactorKey(ctx context.Context, u User) (*otp.Key, error) {
	none := board.Errorf(board.CodeNotFound, "There is nothing to be set up. Begin on the page of your account.")
	var sealed []byte
	err := s.db.Reader(ctx).Get(ctx, &sealed, `
SELECT totp_sealed FROM users WHERE id = $1 AND employer_id IS NOT DISTINCT FROM $2 AND totp_sealed IS NOT NULL AND totp_at IS NULL AND removed_at IS NULL`, u.ID, pg.NonZero(u.EmployerID))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, none
	}
	if err != nil {
		return nil, fmt.Errorf("read the secret: %w", err)
	}
	secret, err := s.secrets.Open(sealed, u.EmployerID, sealedAs(u.ID))
	if err != nil {
		return nil, fmt.Errorf("open the secret: %w", err)
	}
	bytes, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil {
		return nil, fmt.Errorf("decode the secret: %w", err)
	}
	key, err := totp.Generate(totp.GenerateOpts{Issuer: "ITManagerJobs", AccountName: u.Email, Secret: bytes})
	if err != nil {
		return nil, fmt.Errorf("make the key of the app: %w", err)
	}
	return key, nil
}

// ConfirmSecondFactor puts the second factor in use when the code is one of the app, and returns the recovery codes, which are not
// kept and can't be shown again; there are none for a wrong code. All sessions end, and the user is returned as it is then. Errors:
// not_found; conflict when the session in which the user asks has ended.
func (s *Store) ConfirmSecondFactor(ctx context.Context, u User, code string) (after User, codes []string, err error) {
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		if _, err := lockUser(ctx, tx, u.EmployerID, u.ID); err != nil {
			return err
		}
		ok, err := s.useAppCode(ctx, tx, u, code, false)
		if err != nil {
			return err
		}
		if !ok {
			return errWrongCode
		}
		if _, err := tx.Exec(ctx, `UPDATE users SET totp_at = $2 WHERE id = $1`, u.ID, tx.Now); err != nil {
			return fmt.Errorf("put the second factor in use: %w", err)
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
	if errors.Is(err, errWrongCode) {
		return User{}, nil, nil
	}
	return after, codes, err
}

// errWrongCode undoes a transaction.
var errWrongCode = errors.New("wrong code")

// NewRecoveryCodes replaces the recovery codes of a user. Errors: not_found; invalid_state without a second factor.
func (s *Store) NewRecoveryCodes(ctx context.Context, employerID, userID int64) (codes []string, err error) {
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		u, err := lockUser(ctx, tx, employerID, userID)
		if err != nil {
			return err
		}
		if !u.SecondFactor {
			return board.Errorf(board.CodeInvalidState, "Your account has no second factor. Set one up first.")
		}
		codes, err = s.insertRecoveryCodes(ctx, tx, userID)
		return err
	})
	return codes, err
}

func (s *Store) insertRecoveryCodes(ctx context.Context, tx *pg.Tx, userID int64) ([]string, error) {
	if _, err := tx.Exec(ctx, `DELETE FROM recovery_codes WHERE user_id = $1`, userID); err != nil {
		return nil, fmt.Errorf("drop recovery codes: %w", err)
	}
	codes := make([]string, recoveryCodes)
	for i := range codes {
		random := make([]byte, recoveryBytes)
		if _, err := io.ReadFull(s.rand, random); err != nil {
			return nil, fmt.Errorf("make a recovery code: %w", err)
		}
		text := strings.ToLower(base32.StdEncoding.EncodeToString(random))
		codes[i] = text[:4] + "-" + text[4:8] + "-" + text[8:12] + "-" + text[12:]
	}
	_, err := tx.Exec(ctx, `INSERT INTO recovery_codes (user_id, code_hash) SELECT $1, unnest($2::bytea[])`,
		userID, pg.Column[pq.ByteaArray](codes, recoveryHash))
	if err != nil {
		return nil, fmt.Errorf("insert recovery codes: %w", err)
	}
	return codes, nil
}

// recoveryHash is of a code in the form in which people type it.
func recoveryHash(code string) []byte {
	return hashToken(strings.ToLower(strings.NewReplacer("-", "", " ", "").Replace(code)))
}

// UseCode checks a code of the user's app, or a recovery code, and uses it up: none works twice, on no copy of the program.
func (s *Store) UseCode(ctx context.Context, u User, code string) (ok bool, err error) {
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		// Two requests with one code are taken one after the other.
		if _, err := tx.Exec(ctx, `SELECT FROM users WHERE id = $1 FOR UPDATE`, u.ID); err != nil {
			return fmt.Errorf("lock user: %w", err)
		}
		if ok, err = s.useAppCode(ctx, tx, u, code, true); err != nil || ok {
			return err
		}
		n, err := tx.Exec(ctx, `DELETE FROM recovery_codes WHERE user_id = $1 AND code_hash = $2`, u.ID, recoveryHash(code))
		if err != nil {
			return fmt.Errorf("use a recovery code: %w", err)
		}
		if ok = n == 1; ok {
			acted(ctx, tx, u, "useRecoveryCode")
			return outbox.SendToUser(ctx, tx, u.EmployerID, letter.RecoveryCodeUsed(u.Email, u.Name, s.ownPage(u)))
		}
		return errWrongCode
	})
	if errors.Is(err, errWrongCode) {
		return false, nil
	}
	return ok, err
}

// useAppCode checks a code of the app whose secret is in use, or is not in use yet.
func (s *Store) useAppCode(ctx context.Context, tx *pg.Tx, u User, code string, inUse bool) (ok bool, err error) {
	var row struct {
		Sealed []byte `db:"totp_sealed"`
		Step   int64  `db:"totp_step"`
	}
	err = tx.Get(ctx, &row, `
SELECT totp_sealed, totp_step FROM users WHERE id = $1 AND totp_sealed IS NOT NULL AND (totp_at IS NOT NULL) = $2 AND removed_at IS NULL`, u.ID, inUse)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read the secret: %w", err)
	}
	secret, err := s.secrets.Open(row.Sealed, u.EmployerID, sealedAs(u.ID))
	if err != nil {
		return false, fmt.Errorf("open the secret: %w", err)
	}
	code = strings.ReplaceAll(code, " ", "")
	now := tx.Now.Unix() / int64(totpPeriod/time.Second)
	for step := now - totpSkew; step <= now+totpSkew; step++ {
		want, err := totp.GenerateCodeCustom(secret, time.Unix(step*int64(totpPeriod/time.Second), 0), totpOptions)
		if err != nil {
			return false, fmt.Errorf("compute a code: %w", err)
		}
		if step <= row.Step || subtle.ConstantTimeCompare([]byte(want), []byte(code)) != 1 {
			continue
		}
		if _, err := tx.Exec(ctx, `UPDATE users SET totp_step = $2 WHERE id = $1`, u.ID, step); err != nil {
			return false, fmt.Errorf("use a code: %w", err)
		}
		return true, nil
	}
	return false, nil
}

// DropSecondFactor turns off the app of a user. Without a passkey the password alone signs in then, and the recovery codes are gone.
// Errors: not_found.
func (s *Store) DropSecondFactor(ctx context.Context, employerID, userID int64) error {
	return s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		u, err := lockUser(ctx, tx, employerID, userID)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE users SET totp_sealed = NULL, totp_at = NULL, means = means + 1 WHERE id = $1`, u.ID); err != nil {
			return fmt.Errorf("drop the app: %w", err)
		}
		switch {
		case !u.App:
			return nil
		case u.Passkeys > 0:
			return outbox.SendToUser(ctx, tx, u.EmployerID, letter.AppOff(u.Email, u.Name, s.ownPage(u)))
		}
		return s.secondFactorOff(ctx, tx, u)
	})
}

// secondFactorOff is for a user whose password alone signs in from now on.
func (s *Store) secondFactorOff(ctx context.Context, tx *pg.Tx, u User) error {
	if _, err := tx.Exec(ctx, `DELETE FROM recovery_codes WHERE user_id = $1`, u.ID); err != nil {
		return fmt.Errorf("drop recovery codes: %w", err)
	}
	return outbox.SendToUser(ctx, tx, u.EmployerID, letter.SecondFactorOff(u.Email, u.Name, s.ownPage(u)))
}

// dropMeans takes from a user everything that signs in, but for the password.
func dropMeans(ctx context.Context, tx *pg.Tx, userID int64) error {
	for _, statement := range []string{
		`UPDATE users SET totp_sealed = NULL, totp_at = NULL, means = means + 1 WHERE id = $1`,
		`DELETE FROM recovery_codes WHERE user_id = $1`,
		`DELETE FROM passkeys WHERE user_id = $1`,
		`DELETE FROM identities WHERE user_id = $1`,
	} {
		if _, err := tx.Exec(ctx, statement, userID); err != nil {
			return fmt.Errorf("drop what signs in: %w", err)
		}
	}
	return nil
}

// DropSecondFactorOf turns off, for an operator, the second factor of the user whose confirmed address it is and who has lost it: the
// app, and all passkeys. Errors: not_found.
func (s *Store) DropSecondFactorOf(ctx context.Context, email string) (User, error) {
	var u User
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		id, err := userWithAddress(ctx, tx, email)
		if err != nil {
			return err
		}
		if u, err = s.User(ctx, id); err != nil {
			return err
		}
		if u.EmployerID != 0 {
			Operated(ctx, tx, u.EmployerID, fmt.Sprintf("users/%d", id))
		}
		if err := dropMeans(ctx, tx, u.ID); err != nil || !u.SecondFactor {
			return err
		}
		return outbox.SendToUser(ctx, tx, u.EmployerID, letter.SecondFactorOff(u.Email, u.Name, s.ownPage(u)))
	})
	return u, err
}
