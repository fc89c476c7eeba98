package pipeline

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"itmanagerjobs/store/board"
)

// withdrawTokens makes and checks the tokens of links that withdraw an application. A token is the id of the application,
// its time of expiry in Unix seconds, and a keyed hash of both. Only the recipient of the email has it; nothing is stored.
type withdrawTokens struct{ key []byte }

// The parts of a token, in bytes.
const (
	withdrawBody = 16
	withdrawMAC  = 16
)

func (w withdrawTokens) make(applicationID int64, expires time.Time) string {
	b := binary.BigEndian.AppendUint64(nil, uint64(applicationID)) //nolint:gosec // ids are positive
	b = binary.BigEndian.AppendUint64(b, uint64(expires.Unix()))   //nolint:gosec // after 1970
	return base64.RawURLEncoding.EncodeToString(append(b, w.sum(b)...))
}

func (w withdrawTokens) sum(b []byte) []byte {
	mac := hmac.New(sha256.New, w.key)
	_, _ = mac.Write(b)
	return mac.Sum(nil)[:withdrawMAC]
}

var errBadWithdrawLink = board.Errorf(board.CodeNotFound, "This link is not valid. Copy it from the email as a whole.")

// open returns the id of the application that a token is for. Errors: not_found; gone after its expiry.
func (w withdrawTokens) open(token string, now time.Time) (applicationID int64, err error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(b) != withdrawBody+withdrawMAC || !hmac.Equal(b[withdrawBody:], w.sum(b[:withdrawBody])) {
		return 0, errBadWithdrawLink
	}
	expires := time.Unix(int64(binary.BigEndian.Uint64(b[8:])), 0) //nolint:gosec // it was signed here
	if !expires.After(now) {
		return 0, board.Errorf(board.CodeGone, "This link has expired. Write to the employer to withdraw your application.")
	}
	return int64(binary.BigEndian.Uint64(b)), nil //nolint:gosec // it was signed here
}

// ApplicationByWithdrawToken reads the application that the token of a withdrawal link is for. Errors: not_found; gone after
// the expiry of the token.
//
//house:told it is read for a page of the candidate, whose answers are not recorded
func (s *Store) ApplicationByWithdrawToken(ctx context.Context, token string) (Application, error) {
	t, id, err := s.openWithdrawal(ctx, token)
	if err != nil {
		return Application{}, err
	}
	a, err := oneApplication(ctx, s.db.Reader(ctx), t, id)
	if err == nil && a.Erased {
		return Application{}, errBadWithdrawLink
	}
	return a, err
}

// openWithdrawal returns the application that a token is for. Errors: not_found; gone after the expiry of the token.
func (s *Store) openWithdrawal(ctx context.Context, token string) (board.Tenant, int64, error) {
	id, err := s.withdraw.open(token, s.db.Now())
	if err != nil {
		return board.Tenant{}, 0, err
	}
	var row struct {
		EmployerID int64      `db:"employer_id"`
		Mode       board.Mode `db:"mode"`
	}
	//house:tenant the token is signed, and says whose application it is
	err = s.db.Reader(ctx).Get(ctx, &row, `SELECT employer_id, mode FROM applications WHERE id = $1`, id)
	if errors.Is(err, sql.ErrNoRows) {
		return board.Tenant{}, 0, errNoApplication
	}
	if err != nil {
		return board.Tenant{}, 0, fmt.Errorf("find the application of a withdrawal link: %w", err)
	}
	return board.Tenant{EmployerID: row.EmployerID, Mode: row.Mode}, id, nil
}

// withdrawnByCandidate is the reason in the history: a move away from Hired or Rejected needs one.
const withdrawnByCandidate = "The candidate has withdrawn the application."

// WithdrawApplication withdraws an application for the candidate, who has followed the withdrawal link. To withdraw it again
// changes nothing.
// Errors: not_found; gone.
func (s *Store) WithdrawApplication(ctx context.Context, token string) (Application, error) {
	t, id, err := s.openWithdrawal(ctx, token)
	if err != nil {
		return Application{}, err
	}
	m := Move{To: board.ApplicationWithdrawn, Reason: withdrawnByCandidate, Actor: Actor{Kind: board.ActorCandidate}}
	moved, err := s.moveApplication(ctx, t, moving{id: id, Move: m, allowed: func(a Application) error {
		if a.Erased {
			return errBadWithdrawLink
		}
		return nil
	}})
	return moved.Application, err
}
