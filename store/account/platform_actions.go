package account

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"

	"itmanagerjobs/store/pg"
)

// PlatformAction is what a reviewer of the platform has done.
type PlatformAction struct {
	ID     int64 `db:"id"`
	UserID int64 `db:"user_id"`
	// Email is that of the reviewer, set by PlatformActions.
	Email string `db:"email"`
	// Action is a verb and a noun: "approve key".
	Action string `db:"action"`
	// EmployerID is whom it concerns; 0 for nobody.
	EmployerID int64  `db:"employer_id"`
	Employer   string `db:"employer"` // its name, set by PlatformActions
	// Subject is what it was done to, Detail what else there is to know.
	Subject string `db:"subject"`
	Detail  string `db:"detail"`
	// Address is the network address that the request came from.
	Address   string    `db:"address"`
	CreatedAt time.Time `db:"created_at"`
}

// NotePlatformAction writes down what a reviewer does, in the transaction of the context if there is one.
func (s *Store) NotePlatformAction(ctx context.Context, a PlatformAction) error {
	return s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error { return notePlatformAction(ctx, tx, a) })
}

func notePlatformAction(ctx context.Context, tx *pg.Tx, a PlatformAction) error {
	_, err := tx.Exec(ctx, `
INSERT INTO platform_actions (user_id, action, employer_id, subject, detail, address, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		a.UserID, a.Action, pg.NonZero(a.EmployerID), a.Subject, a.Detail, a.Address, tx.Now)
	if err != nil {
		return fmt.Errorf("note action: %w", err)
	}
	return nil
}

// platformActs are what reviewers do to their own accounts, written as the last thing that a transaction does.
var platformActs = pg.NewBeforeCommit[PlatformAction]("actions of reviewers")

// ActingAtDesk returns a context whose transactions write, each once, that a reviewer changes their own account. action is named as
// in the audit log of an employer: "renameUser".
func ActingAtDesk(ctx context.Context, u User, action, address string) context.Context {
	return platformActs.Attach(ctx, PlatformAction{UserID: u.ID, Action: inWords(action), Subject: u.Email, Address: address})
}

func writePlatformActs(ctx context.Context, tx *pg.Tx, list []PlatformAction) error {
	for _, a := range list {
		if err := notePlatformAction(ctx, tx, a); err != nil {
			return err
		}
	}
	return nil
}

// inWords writes the name of an action as the log of the platform has it: "renamePasskey" is "rename passkey".
func inWords(action string) string {
	var words strings.Builder
	for _, r := range action {
		if unicode.IsUpper(r) {
			words.WriteByte(' ')
		}
		words.WriteRune(unicode.ToLower(r))
	}
	return words.String()
}

// PlatformActions lists what reviewers have done, the newest first: limit of them before an id, 0 for the first page.
func (s *Store) PlatformActions(ctx context.Context, before int64, limit int) ([]PlatformAction, error) {
	var actions []PlatformAction
	err := s.db.Reader(ctx).List(ctx, &actions, `
SELECT a.id, a.user_id, u.email, a.action, coalesce(a.employer_id, 0) AS employer_id, coalesce(e.name, '') AS employer,
       a.subject, a.detail, a.address, a.created_at
  FROM platform_actions a JOIN users u ON u.id = a.user_id LEFT JOIN employers e ON e.id = a.employer_id
 WHERE $1 = 0 OR a.id < $1 ORDER BY a.id DESC LIMIT $2`, before, limit)
	if err != nil {
		return nil, fmt.Errorf("list actions: %w", err)
	}
	for i := range actions {
		actions[i].CreatedAt = actions[i].CreatedAt.UTC()
	}
	return actions, nil
}
