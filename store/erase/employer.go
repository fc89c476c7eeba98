package erase

import (
	"context"
	"fmt"

	"itmanagerjobs/store/pg"
)

// ForgetEmployer deletes what an employer whose account is closed has kept for itself: templates of emails, saved searches, inboxes of test
// mode, what it had unlocked and proposed, the secret that it shared with Careerjet, the details for its next invoice, and who has invited
// to interviews. The ledger of credits, orders, invoices and the audit log stay: they must be kept, and name no applicant.
func (s *Store) ForgetEmployer(ctx context.Context, employerID int64) error {
	return s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		for _, query := range []string{
			`DELETE FROM mail_templates WHERE employer_id = $1`,
			`DELETE FROM cv_saved_searches WHERE employer_id = $1`,
			//house:tenant of both modes
			`DELETE FROM cv_unlocks WHERE employer_id = $1`,
			//house:tenant of both modes
			`DELETE FROM proposals WHERE employer_id = $1`,
			//house:tenant of both modes
			`DELETE FROM inboxes WHERE employer_id = $1`,
			`DELETE FROM careerjet_feeds WHERE employer_id = $1`,
			`DELETE FROM billing_details WHERE employer_id = $1`,
			//house:tenant of both modes
			`UPDATE interviews SET organizer = '' WHERE employer_id = $1 AND organizer <> ''`,
		} {
			//house:tenant as above
			if _, err := tx.Exec(ctx, query, employerID); err != nil {
				return fmt.Errorf("forget an employer: %w", err)
			}
		}
		return nil
	})
}
