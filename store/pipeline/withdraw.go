package pipeline

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"time"

	"itmanagerjobs/store/board"
)

// A withdraw token is the number of an application, when the token ends in Unix seconds, and a keyed hash of both: only
// who got the email has it, and nothing is kept for it.
const (
	withdrawBody = 16
	withdrawMAC  = 16
)

func (s *Store) withdrawToken(applicationID int64, expires time.Time) string {
	b := binary.BigEndian.AppendUint64(nil, uint64(applicationID)) //nolint:gosec // ids are positive
	b = binary.BigEndian.AppendUint64(b, uint64(expires.Unix()))   //nolint:gosec // after 1970
	return base64.RawURLEncoding.EncodeToString(append(b, s.withdrawSum(b)...))
}

func (s *Store) withdrawSum(b []byte) []byte {
	mac := hmac.New(sha256.New, s.withdraw)
	_, _ = mac.Write(b)
	return mac.Sum(nil)[:withdrawMAC]
}

var errBadWithdrawLink = board.Errorf(board.CodeNotFound, "This link is not valid. Copy it from the email as a whole.")

// openWithdrawToken gives the application that a token is for. Errors: not_found; gone when its time is over.
func (s *Store) openWithdrawToken(token string) (applicationID int64, err error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(b) != withdrawBody+withdrawMAC || !hmac.Equal(b[withdrawBody:], s.withdrawSum(b[:withdrawBody])) {
		return 0, errBadWithdrawLink
	}
	expires := time.Unix(int64(binary.BigEndian.Uint64(b[8:])), 0) //nolint:gosec // it was signed here
	if !expires.After(s.db.Now()) {
		return 0, board.Errorf(board.CodeGone, "This link has expired. Write to the employer to withdraw your application.")
	}
	return int64(binary.BigEndian.Uint64(b)), nil //nolint:gosec // it was signed here
}

// ApplicationByWithdrawToken reads the application of a link that withdraws. Errors: not_found; gone.
func (s *Store) ApplicationByWithdrawToken(ctx context.Context, token string) (Application, error) {
	id, err := s.openWithdrawToken(token)
	if err != nil {
		return Application{}, err
	}
	a, err := oneApplication(ctx, s.db.Reader(ctx), id)
	if err == nil && a.Erased {
		return Application{}, errBadWithdrawLink
	}
	return a, err
}

// withdrawnByCandidate stands in the history, since leaving Hired or Rejected needs a reason.
const withdrawnByCandidate = "The candidate has withdrawn the application."

// WithdrawApplication withdraws the application of a link, on the candidate's word. Once is as good as twice.
// Errors: not_found; gone.
func (s *Store) WithdrawApplication(ctx context.Context, token string) (Application, error) {
	id, err := s.openWithdrawToken(token)
	if err != nil {
		return Application{}, err
	}
	m := Move{To: board.ApplicationWithdrawn, Reason: withdrawnByCandidate, Actor: Actor{Kind: board.ActorCandidate}}
	return s.moveApplication(ctx, id, m, func(a Application) error {
		if a.Erased {
			return errBadWithdrawLink
		}
		return nil
	})
}
