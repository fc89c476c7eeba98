package account

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

// CloseEmployer closes the account of an employer, which is called name: nobody can sign in or use a key of it any more, on any copy of the
// program, and names and addresses of its people are gone but from emails that were sent to them. To close a closed account changes
// nothing, whatever name says. Errors: not_found; conflict when the employer has another name.
func (s *Store) CloseEmployer(ctx context.Context, id int64, name string) (closedAt time.Time, err error) {
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		var was struct {
			Name     string     `db:"name"`
			ClosedAt *time.Time `db:"closed_at"`
		}
		err := tx.Get(ctx, &was, `SELECT name, closed_at FROM employers WHERE id = $1 FOR UPDATE`, id)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return board.Errorf(board.CodeNotFound, "There is no employer %d.", id)
		case err != nil:
			return fmt.Errorf("lock employer: %w", err)
		case was.ClosedAt != nil:
			closedAt = was.ClosedAt.UTC()
			return nil
		case was.Name != name:
			return board.Errorf(board.CodeConflict, "Employer %d is called \"%s\", not \"%s\".", id, was.Name, name)
		}
		closedAt = tx.Now
		Operated(ctx, tx, id, fmt.Sprintf("employers/%d", id))
		return closeEmployer(ctx, tx, id)
	})
	return closedAt, err
}

func closeEmployer(ctx context.Context, tx *pg.Tx, id int64) error {
	_, err := tx.Exec(ctx, `
UPDATE employers SET closed_at = $2, name = 'Closed account', website = NULL, description = NULL, phone = NULL WHERE id = $1`, id, tx.Now)
	if err != nil {
		return fmt.Errorf("close an account: %w", err)
	}
	var users []int64
	if err := tx.List(ctx, &users, `SELECT id FROM users WHERE employer_id = $1 ORDER BY id FOR UPDATE`, id); err != nil {
		return fmt.Errorf("lock the users of a closed account: %w", err)
	}
	for _, userID := range users {
		if err := forgetUser(ctx, tx, userID); err != nil {
			return err
		}
	}
	//house:tenant the keys of both modes
	_, err = tx.Exec(ctx, `
UPDATE api_keys SET status = 'Revoked', revoked_at = coalesce(revoked_at, $2) WHERE employer_id = $1 AND status <> 'Revoked'`, id, tx.Now)
	if err != nil {
		return fmt.Errorf("revoke the keys of a closed account: %w", err)
	}
	return nil
}
