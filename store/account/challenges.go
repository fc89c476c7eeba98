package account

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

// challengeLasts is how long a browser may take for an answer.
const challengeLasts = 5 * time.Minute

// ceremony is what a challenge is for.
type ceremony string

const (
	ceremonyCreate ceremony = "Create"
	ceremonyUse    ceremony = "Use"
)

// Challenge is what a browser is asked with, once.
type Challenge struct {
	// ID is to be kept in the session of the one who is asked.
	ID string
	// Options are JSON for the browser's parseCreationOptionsFromJSON or parseRequestOptionsFromJSON.
	Options string
}

// askedFor is a challenge that was used up.
type askedFor struct {
	// userID is 0 for anybody.
	userID  int64
	session webauthn.SessionData
}

func (s *Store) random() ([]byte, error) {
	random := make([]byte, 32)
	if _, err := io.ReadFull(s.rand, random); err != nil {
		return nil, fmt.Errorf("make random bytes: %w", err)
	}
	return random, nil
}

// AskForNewPasskey makes a challenge with which the browser of a user makes a passkey. Errors: not_found; invalid_state for a user
// who has too many, or where there are no passkeys.
func (s *Store) AskForNewPasskey(ctx context.Context, rp RelyingParty, u User) (Challenge, error) {
	if !rp.Available() {
		return Challenge{}, errNoPasskeysHere
	}
	challenge, err := s.random()
	if err != nil {
		return Challenge{}, err
	}
	var c Challenge
	err = s.db.WithTx(pg.Detach(ctx), func(ctx context.Context, tx *pg.Tx) error {
		u, err := lockUser(ctx, tx, u.EmployerID, u.ID)
		if err != nil {
			return err
		}
		if err := roomForPasskey(u); err != nil {
			return err
		}
		h, _, err := s.holder(ctx, tx, u)
		if err != nil {
			return err
		}
		options, session, err := rp.createOptions(h, challenge)
		if err != nil {
			return err
		}
		c = Challenge{ID: session.Challenge, Options: string(options)}
		return insertChallenge(ctx, tx, ceremonyCreate, u.ID, session)
	})
	return c, err
}

// AskForPasskey makes a challenge for one of a user's passkeys, as a second factor. The zero User stands for anybody, whose passkey
// signs in alone, so that the authenticator must verify the person. Errors: not_found; invalid_state for a user who has
// none, or where there are no passkeys.
func (s *Store) AskForPasskey(ctx context.Context, rp RelyingParty, u User) (Challenge, error) {
	if !rp.Available() {
		return Challenge{}, errNoPasskeysHere
	}
	challenge, err := s.random()
	if err != nil {
		return Challenge{}, err
	}
	var c Challenge
	err = s.db.WithTx(pg.Detach(ctx), func(ctx context.Context, tx *pg.Tx) error {
		var h *keyHolder
		if u.ID != 0 {
			u, err := lockUser(ctx, tx, u.EmployerID, u.ID)
			if err != nil {
				return err
			}
			if u.Passkeys == 0 {
				return board.Errorf(board.CodeInvalidState, "Your account has no passkey.")
			}
			its, _, err := s.holder(ctx, tx, u)
			if err != nil {
				return err
			}
			h = &its
		}
		options, session, err := rp.useOptions(h, challenge)
		if err != nil {
			return err
		}
		c = Challenge{ID: session.Challenge, Options: string(options)}
		return insertChallenge(ctx, tx, ceremonyUse, u.ID, session)
	})
	return c, err
}

var errNoPasskeysHere = board.Errorf(board.CodeInvalidState, "There are no passkeys at this address. Browsers know them where a site has a name and https.")

func insertChallenge(ctx context.Context, tx *pg.Tx, c ceremony, userID int64, session *webauthn.SessionData) error {
	data, err := json.Marshal(session)
	if err != nil {
		return fmt.Errorf("encode a challenge: %w", err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO passkey_challenges (challenge, ceremony, user_id, data, expires_at) VALUES ($1, $2, $3, $4, $5)`,
		session.Challenge, c, pg.NonZero(userID), string(data), tx.Now.Add(challengeLasts))
	if err != nil {
		return fmt.Errorf("keep a challenge: %w", err)
	}
	return nil
}

// useChallenge uses a challenge up, also when the answer to it turns out to be none: of two answers the DELETE lets one through.
// Errors: invalid_request for one that is unknown, used or too old.
func (s *Store) useChallenge(ctx context.Context, rp RelyingParty, challenge string, c ceremony) (askedFor, error) {
	if !rp.Available() {
		return askedFor{}, errNoPasskeysHere
	}
	var row struct {
		UserID *int64 `db:"user_id"`
		Data   []byte `db:"data"`
	}
	err := s.db.WithTx(pg.Detach(ctx), func(ctx context.Context, tx *pg.Tx) error {
		err := tx.Get(ctx, &row, `
DELETE FROM passkey_challenges WHERE challenge = $1 AND ceremony = $2 AND expires_at > $3 RETURNING user_id, data`, challenge, c, tx.Now)
		if errors.Is(err, sql.ErrNoRows) {
			return board.Errorf(board.CodeInvalidRequest, "That took longer than 5 minutes, or was answered already. Try again.")
		}
		if err != nil {
			return fmt.Errorf("use a challenge: %w", err)
		}
		return nil
	})
	if err != nil {
		return askedFor{}, err
	}
	var asked askedFor
	if row.UserID != nil {
		asked.userID = *row.UserID
	}
	if err := json.Unmarshal(row.Data, &asked.session); err != nil {
		return askedFor{}, fmt.Errorf("decode a challenge: %w", err)
	}
	return asked, nil
}
