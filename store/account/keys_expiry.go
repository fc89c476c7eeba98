package account

import (
	"context"
	"fmt"

	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/letter"
	"itmanagerjobs/store/pg"
)

// TellOfExpiringKeys tells the admins of up to limit keys that these expire soon, each once however many copies run. Keys that were
// revoked or replaced meanwhile are passed over. It returns how many keys were looked at.
func (s *Store) TellOfExpiringKeys(ctx context.Context, limit int) (int, error) {
	var n int
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		var rows []keyRow
		//house:tenant a chore over the keys of all employers
		err := tx.List(ctx, &rows, `
UPDATE api_keys AS k SET expiry_notice_at = NULL
 WHERE k.id IN (SELECT id FROM api_keys WHERE expiry_notice_at <= $1 ORDER BY expiry_notice_at LIMIT $2 FOR UPDATE SKIP LOCKED)
RETURNING `+keyColumns, tx.Now, limit)
		if err != nil {
			return fmt.Errorf("look for keys that expire soon: %w", err)
		}
		n = len(rows)
		for _, row := range rows {
			key := row.key()
			if !apikey.ExpiresSoon(key.Status, key.ReplacedBy != 0, key.CreatedAt, key.ExpiresAt, tx.Now) {
				continue
			}
			about := letter.ExpiringKey{Name: key.Name, Shown: key.Prefix + "…" + key.LastFour, Mode: key.Mode, ExpiresAt: *key.ExpiresAt, LastUsedAt: key.LastUsedAt}
			err := s.MailAdmins(ctx, tx, key.EmployerID, func(to, employer string) letter.Mail {
				return letter.KeyExpires(to, employer, about, s.publicURL+"/employer/keys", tx.Now)
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}
