package cv

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"

	"itmanagerjobs/store/board"
)

// stopPath is the page that ends the emails about a saved search; a token follows.
const stopPath = "/employer/search/stop/"

// The parts of a token, in bytes: the id of the saved search, and a keyed hash of it. Only the reader of the emails has it; nothing is
// stored, and it works as long as the search is kept.
const (
	stopBody = 8
	stopMAC  = 16
)

func (s *Store) stopToken(id int64) string {
	b := binary.BigEndian.AppendUint64(nil, uint64(id)) //nolint:gosec // ids are positive
	return base64.RawURLEncoding.EncodeToString(append(b, s.stopSum(b)...))
}

func (s *Store) stopSum(b []byte) []byte {
	mac := hmac.New(sha256.New, s.stops)
	_, _ = mac.Write(b)
	return mac.Sum(nil)[:stopMAC]
}

// StoppedSearch is the saved search that a link in an email is for, and whose it is.
type StoppedSearch struct {
	ID         int64  `db:"id"`
	EmployerID int64  `db:"employer_id"`
	UserID     int64  `db:"user_id"`
	Name       string `db:"name"`
}

// SearchOfStopLink reads the saved search of the token of a link in an email. Errors: not_found when the link is none of ours; gone when
// the search is no longer kept, so that there are no emails about it.
func (s *Store) SearchOfStopLink(ctx context.Context, token string) (StoppedSearch, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(b) != stopBody+stopMAC || !hmac.Equal(b[stopBody:], s.stopSum(b[:stopBody])) {
		return StoppedSearch{}, board.Errorf(board.CodeNotFound, "This link is not valid. Copy it from the email as a whole.")
	}
	var found StoppedSearch
	err = s.db.Reader(ctx).Get(ctx, &found, `SELECT id, employer_id, user_id, name FROM cv_saved_searches WHERE id = $1`, int64(binary.BigEndian.Uint64(b))) //nolint:gosec // it was signed here
	if errors.Is(err, sql.ErrNoRows) {
		return StoppedSearch{}, board.Errorf(board.CodeGone, "There are no more emails about this search: it is deleted.")
	}
	if err != nil {
		return StoppedSearch{}, fmt.Errorf("read the saved search of a link: %w", err)
	}
	return found, nil
}
