package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"itmanagerjobs/store/pg"
)

// ErrOtherSecretKey answers a SECRET_KEY that is not the one this database was first used with.
var ErrOtherSecretKey = errors.New("this database was first used with another secret key")

// CheckSecretKey compares the secret key with the one that the database was first used with, which it becomes when there
// was none. Under another key every API key would be unknown and no webhook secret could be read.
// Errors: ErrOtherSecretKey.
func (s *Store) CheckSecretKey(ctx context.Context) error {
	return s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO installation (id, secret_key_fingerprint) VALUES (1, $1) ON CONFLICT DO NOTHING`, s.keys.Fingerprint)
		if err != nil {
			return fmt.Errorf("note the secret key: %w", err)
		}
		var first []byte
		if err := tx.Get(ctx, &first, `SELECT secret_key_fingerprint FROM installation WHERE id = 1`); err != nil {
			return fmt.Errorf("read the secret key's fingerprint: %w", err)
		}
		if !bytes.Equal(first, s.keys.Fingerprint) {
			return ErrOtherSecretKey
		}
		return nil
	})
}

// LookAtSecretKey is CheckSecretKey that notes nothing: a database that has seen no key takes any.
// Errors: ErrOtherSecretKey.
func (s *Store) LookAtSecretKey(ctx context.Context) error {
	var first [][]byte
	if err := s.db.List(ctx, &first, `SELECT secret_key_fingerprint FROM installation WHERE id = 1`); err != nil {
		return fmt.Errorf("read the secret key's fingerprint: %w", err)
	}
	if len(first) > 0 && !bytes.Equal(first[0], s.keys.Fingerprint) {
		return ErrOtherSecretKey
	}
	return nil
}
