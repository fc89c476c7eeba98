package account

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/letter"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
)

// Identity is whom a provider of sign-ins knows as a user. Issuer and subject together name a person for ever.
type Identity struct {
	Issuer    string     `db:"issuer"`
	Subject   string     `db:"subject"`
	CreatedAt time.Time  `db:"created_at"`
	UsedAt    *time.Time `db:"used_at"`
}

// UseIdentity tells which user a provider lets in. There is none before LinkIdentity.
func (s *Store) UseIdentity(ctx context.Context, issuer, subject string) (u User, found bool, err error) {
	err = s.db.WithTx(pg.Detach(ctx), func(ctx context.Context, tx *pg.Tx) error {
		var row userRow
		err := tx.Get(ctx, &row, `
UPDATE identities i SET used_at = $3 FROM users u
 WHERE i.issuer = $1 AND i.subject = $2 AND u.id = i.user_id AND u.removed_at IS NULL
RETURNING `+userColumns, issuer, subject, tx.Now)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("find the user of an identity: %w", err)
		}
		u, found = row.user(), true
		return nil
	})
	return u, found, err
}

// LinkIdentity lets a provider sign a user in from now on, and tells the user by email. It is for somebody who has shown to be the
// user in another way: else a person who controls an account at the provider could take this one over. Errors: not_found;
// conflict when the provider signs somebody else in with it, or what signs the user in
// was changed after it was shown.
func (s *Store) LinkIdentity(ctx context.Context, u User, issuer, subject, provider string) error {
	return s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		now, err := lockUser(ctx, tx, u.EmployerID, u.ID)
		if err != nil {
			return err
		}
		if now.Means != u.Means {
			return errMeansChanged
		}
		n, err := tx.Exec(ctx, `
INSERT INTO identities AS i (issuer, subject, user_id, created_at, used_at) VALUES ($1, $2, $3, $4, $4)
ON CONFLICT (issuer, subject) DO NOTHING`, issuer, subject, u.ID, tx.Now)
		if err != nil {
			return fmt.Errorf("link identity: %w", err)
		}
		if n == 0 {
			return board.Errorf(board.CodeConflict, "Your account at %s is connected already.", provider)
		}
		acted(ctx, tx, u, "linkIdentity")
		return outbox.SendToUser(ctx, tx, u.EmployerID, letter.IdentityLinked(u.Email, u.Name, provider, s.ownPage(u)))
	})
}

// Identities lists those of a user.
func (s *Store) Identities(ctx context.Context, userID int64) ([]Identity, error) {
	var list []Identity
	err := s.db.Reader(ctx).List(ctx, &list, `SELECT issuer, subject, created_at, used_at FROM identities WHERE user_id = $1 ORDER BY created_at, subject`, userID)
	if err != nil {
		return nil, fmt.Errorf("list identities: %w", err)
	}
	for i := range list {
		list[i].CreatedAt, list[i].UsedAt = list[i].CreatedAt.UTC(), pg.UTC(list[i].UsedAt)
	}
	return list, nil
}

// UnlinkIdentities ends that a provider signs a user in. Errors: not_found.
func (s *Store) UnlinkIdentities(ctx context.Context, userID int64, issuer string) error {
	return s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		if err := changeMeans(ctx, tx, userID); err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `DELETE FROM identities WHERE user_id = $1 AND issuer = $2`, userID, issuer)
		if err != nil {
			return fmt.Errorf("unlink identities: %w", err)
		}
		if n == 0 {
			return board.Errorf(board.CodeNotFound, "Your account is not connected any more.")
		}
		return nil
	})
}
