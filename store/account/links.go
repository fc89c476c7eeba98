package account

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/url"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

// purpose is what a link is for.
type purpose string

const (
	// purposeJoin is in the email to somebody who is invited, and shows that the address is that person's. The admin is
	// shown a link with purposeJoinShown, which does not show that.
	purposeJoin      purpose = "Join"
	purposeJoinShown purpose = "JoinShown"
	purposeConfirm   purpose = "Confirm" // the address of somebody who has signed up
	purposeReset     purpose = "Reset"   // a new password
	purposeAddress   purpose = "Address" // another address
)

// How long links work.
const (
	invitationLasts = 7 * 24 * time.Hour
	confirmLasts    = 2 * 24 * time.Hour
	resetLasts      = time.Hour
	addressLasts    = 24 * time.Hour
)

// path is where a token leads to, below the public URL.
func (p purpose) path(token string) string {
	page := ""
	switch p {
	case purposeJoin, purposeJoinShown:
		page = "invitation"
	case purposeConfirm:
		page = "confirm"
	case purposeReset:
		page = "reset"
	case purposeAddress:
		page = "address"
	}
	return "/employer/" + page + "/" + url.PathEscape(token)
}

// insertLink makes the link of a user for a purpose; a former one stops working. userID 0 makes one that leads nowhere.
func (s *Store) insertLink(ctx context.Context, tx *pg.Tx, userID int64, p purpose, email string, lasts time.Duration) (token string, err error) {
	random := make([]byte, sha256.Size)
	if _, err := io.ReadFull(s.rand, random); err != nil {
		return "", fmt.Errorf("make a token: %w", err)
	}
	token = base64.RawURLEncoding.EncodeToString(random)
	_, err = tx.Exec(ctx, `
INSERT INTO links (user_id, purpose, token_hash, email, expires_at, created_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (user_id, purpose) DO UPDATE
   SET token_hash = excluded.token_hash, email = excluded.email, expires_at = excluded.expires_at, created_at = excluded.created_at`,
		pg.NonZero(userID), p, hashToken(token), email, tx.Now.Add(lasts), tx.Now)
	if err != nil {
		return "", fmt.Errorf("insert link: %w", err)
	}
	return token, nil
}

// hashToken needs neither salt nor cost: a token has 256 random bits.
func hashToken(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// linkRow is a link with its user.
type linkRow struct {
	userRow

	Purpose purpose `db:"purpose"`
	// NewEmail is the address that a user with purposeAddress wants to have.
	NewEmail string `db:"new_email"`
}

const linkColumns = userColumns + `, l.purpose, l.email AS new_email`

func errNoLink(ps ...purpose) error {
	if ps[0] == purposeJoin {
		return board.Errorf(board.CodeNotFound, "This invitation was used already or has expired. Ask an admin of your account for a new link.")
	}
	return board.Errorf(board.CodeNotFound, "This link was used already, was replaced by a newer one, or has expired. Ask for a new one.")
}

// readLink tells whose link a token is. Errors: not_found for one that is unknown, used, replaced or expired, and for that of
// a user who was removed.
func (s *Store) readLink(ctx context.Context, token string, ps ...purpose) (linkRow, error) {
	var row linkRow
	err := s.db.Reader(ctx).Get(ctx, &row, `
SELECT `+linkColumns+` FROM links l JOIN users u ON u.id = l.user_id
 WHERE l.token_hash = $1 AND l.expires_at > $2 AND l.purpose = ANY ($3) AND u.removed_at IS NULL`, hashToken(token), s.db.Now(), purposes(ps))
	if errors.Is(err, sql.ErrNoRows) {
		return linkRow{}, errNoLink(ps...)
	}
	if err != nil {
		return linkRow{}, fmt.Errorf("read link: %w", err)
	}
	return row, nil
}

// useLink uses a link up and locks its user. Errors: those of readLink.
func useLink(ctx context.Context, tx *pg.Tx, token string, ps ...purpose) (linkRow, error) {
	// The employer of somebody who may join by it, see joined, then the user, then the link, as all do who lock several of them; the DELETE
	// decides who of two was first.
	_, err := tx.Exec(ctx, `
SELECT FROM links l JOIN users u ON u.id = l.user_id JOIN employers e ON e.id = u.employer_id
 WHERE l.token_hash = $1 AND u.password_hash = '' FOR NO KEY UPDATE OF e`, hashToken(token))
	if err != nil {
		return linkRow{}, fmt.Errorf("lock employer: %w", err)
	}
	var row linkRow
	err = tx.Get(ctx, &row, `
SELECT `+linkColumns+` FROM users u JOIN links l ON l.user_id = u.id
 WHERE l.token_hash = $1 AND l.purpose = ANY ($2) AND u.removed_at IS NULL FOR UPDATE OF u`, hashToken(token), purposes(ps))
	if errors.Is(err, sql.ErrNoRows) {
		return linkRow{}, errNoLink(ps...)
	}
	if err != nil {
		return linkRow{}, fmt.Errorf("lock user: %w", err)
	}
	n, err := tx.Exec(ctx, `DELETE FROM links WHERE token_hash = $1 AND expires_at > $2`, hashToken(token), tx.Now)
	if err != nil {
		return linkRow{}, fmt.Errorf("use up link: %w", err)
	}
	if n == 0 {
		return linkRow{}, errNoLink(ps...)
	}
	return row, nil
}

// dropLinks makes links of a user stop working, all of them without purposes.
func dropLinks(ctx context.Context, tx *pg.Tx, userID int64, ps ...purpose) error {
	_, err := tx.Exec(ctx, `DELETE FROM links WHERE user_id = $1 AND (cardinality($2::text[]) = 0 OR purpose = ANY ($2))`, userID, purposes(ps))
	if err != nil {
		return fmt.Errorf("drop links: %w", err)
	}
	return nil
}

func purposes(ps []purpose) pq.StringArray {
	return pg.Column[pq.StringArray](ps, func(p purpose) string { return string(p) })
}
