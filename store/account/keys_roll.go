package account

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/pg"
)

// RollKey makes a key that takes the place of another: with its name, scopes and networks, for as long as that one was to live. The
// other one works on for the overlap and then expires by itself, or at its own expiry if that comes first. The new key needs no
// approval, because it may do nothing that the other one may not. It returns the new key and its plaintext, which is not kept.
// Errors: not_found; invalid_state unless the key is Active, and of one that was rolled before, or for an employer
// who has too many; rate_limited for one that makes too many.
func (s *Store) RollKey(ctx context.Context, id, employerID int64, overlap time.Duration) (Key, string, error) {
	var (
		key   Key
		plain string
	)
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		if err := keepOpen(ctx, tx, employerID); err != nil {
			return err
		}
		old, err := lockKey(ctx, tx, id, employerID)
		if err != nil {
			return err
		}
		if err := apikey.CheckRoll(old.Status.At(old.ExpiresAt, tx.Now), old.ReplacedBy != 0); err != nil {
			return err
		}
		if err := s.roomForKey(ctx, tx, employerID, old.ID); err != nil {
			return err
		}
		if plain, err = apikey.New(s.rand, old.Mode, old.ReadOnly); err != nil {
			return fmt.Errorf("make a key: %w", err)
		}
		publicID, err := apikey.NewID(s.rand)
		if err != nil {
			return fmt.Errorf("make a key id: %w", err)
		}
		key, err = s.insertKey(ctx, tx, NewKey{
			Tenant: old.Tenant, Name: old.Name, Scopes: old.Scopes, ReadOnly: old.ReadOnly, ProposeOnly: old.ProposeOnly, ExpiresAt: apikey.RolledExpiry(old.CreatedAt, old.ExpiresAt, tx.Now), Allowed: old.Allowed,
		}, plain, publicID, apikey.Active)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE api_keys SET replaced_by = $2, expires_at = least(expires_at, $3) WHERE id = $1`, old.ID, key.ID, tx.Now.Add(overlap))
		if err != nil {
			return fmt.Errorf("let a rolled key expire: %w", err)
		}
		return nil
	})
	if err != nil {
		return Key{}, "", err
	}
	return key, plain, nil
}

// lockKey reads a key of an employer, and keeps others from changing it.
func lockKey(ctx context.Context, tx *pg.Tx, id, employerID int64) (Key, error) {
	var row keyRow
	//house:tenant an employer manages the keys of both modes
	err := tx.Get(ctx, &row, `SELECT `+keyColumns+` FROM api_keys k WHERE k.id = $1 AND k.employer_id = $2 FOR UPDATE OF k`, id, employerID)
	if errors.Is(err, sql.ErrNoRows) {
		return Key{}, board.Errorf(board.CodeNotFound, "There is no key %d.", id)
	}
	if err != nil {
		return Key{}, fmt.Errorf("lock key: %w", err)
	}
	return row.key(), nil
}
