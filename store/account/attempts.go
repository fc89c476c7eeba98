package account

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"sort"
	"strings"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

// The limits of attempts to sign in with one email address, from one network and from all. The second one is large, because a
// stranger can use it to lock somebody out; it only has to make guessing from many networks hopeless.
const (
	attemptsPerNetwork = 10
	networkWindow      = 15 * time.Minute
	attemptsPerEmail   = 100
	emailWindow        = time.Hour
)

// The limits of what sends an email to an address that anybody can type: of one network, and of emails to one address.
const (
	signUpsPerNetwork = 10
	resetsPerNetwork  = 20
	emailsPerAddress  = 5
	emailsWindow      = time.Hour
	// challengesPerNetwork bounds what somebody who is not known makes us keep.
	challengesPerNetwork = 300
	// invitationsPerEmployer are within invitationsWindow: an account must not be a way to write to everybody.
	invitationsPerEmployer = 50
	invitationsWindow      = 24 * time.Hour
	// keysPerEmployer are within keysWindow, those that were revoked since included: their rows are kept.
	keysPerEmployer = 100
	keysWindow      = 24 * time.Hour
)

type attemptRule struct {
	subject []byte
	most    int
	window  time.Duration
}

// attemptRules are sorted, so that two sign-ins never deadlock.
func (s *Store) attemptRules(email, address string) []attemptRule {
	email = strings.ToLower(strings.TrimSpace(email))
	rules := []attemptRule{
		{s.attemptSubject("email", email), attemptsPerEmail, emailWindow},
		{s.attemptSubject("network", email, board.Network(address)), attemptsPerNetwork, networkWindow},
	}
	sort.Slice(rules, func(i, j int) bool { return string(rules[i].subject) < string(rules[j].subject) })
	return rules
}

func (s *Store) attemptSubject(parts ...string) []byte {
	mac := hmac.New(sha256.New, s.pepper)
	mac.Write([]byte("sign-in\x00" + strings.Join(parts, "\x00")))
	return mac.Sum(nil)
}

// count counts an attempt and tells how long the caller has to wait; 0 when the attempt is within the limit.
func (r attemptRule) count(ctx context.Context, tx *pg.Tx) (wait time.Duration, err error) {
	var row struct {
		Attempts   int       `db:"attempts"`
		WindowEnds time.Time `db:"window_ends"`
	}
	err = tx.Get(ctx, &row, `
INSERT INTO attempts AS a (subject, attempts, window_ends) VALUES ($1, 1, $3)
ON CONFLICT (subject) DO UPDATE SET
    attempts = CASE WHEN a.window_ends <= $2 THEN 1 ELSE a.attempts + 1 END,
    window_ends = CASE WHEN a.window_ends <= $2 THEN excluded.window_ends ELSE a.window_ends END
RETURNING attempts, window_ends`, r.subject, tx.Now, tx.Now.Add(r.window))
	if err != nil {
		return 0, fmt.Errorf("count attempt: %w", err)
	}
	if row.Attempts <= r.most {
		return 0, nil
	}
	return row.WindowEnds.Sub(tx.Now), nil
}

// CountSignIn counts an attempt to sign in, before the password is checked, so that many at once, on all copies of the
// program, are no more than the limit. address is the caller's IP address. Errors: rate_limited.
func (s *Store) CountSignIn(ctx context.Context, email, address string) error {
	return s.db.WithTx(pg.Detach(ctx), func(ctx context.Context, tx *pg.Tx) error {
		for _, rule := range s.attemptRules(email, address) {
			if wait, err := rule.count(ctx, tx); err != nil {
				return err
			} else if wait > 0 {
				return board.ErrorAfter(wait, board.CodeRateLimited, "Too many attempts to sign in with this email address. Try again in %d min.", board.Minutes(wait))
			}
		}
		return nil
	})
}

// SignedIn notes in the audit log that a user has signed in, and takes the attempt back, as ForgiveSignIn does.
func (s *Store) SignedIn(ctx context.Context, u User, email, address string) error {
	return s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		acted(ctx, tx, u, "signIn")
		return s.ForgiveSignIn(ctx, email, address)
	})
}

// SignedOut notes in the audit log that a user signs out, and ends the session.
func (s *Store) SignedOut(ctx context.Context, u User, token string) error {
	return s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		acted(ctx, tx, u, "signOut")
		return s.EndSession(ctx, token)
	})
}

// ForgiveSignIn takes back an attempt that succeeded, and the failures from the same network before it.
func (s *Store) ForgiveSignIn(ctx context.Context, email, address string) error {
	return s.db.WithTx(pg.Detach(ctx), func(ctx context.Context, tx *pg.Tx) error {
		for _, rule := range s.attemptRules(email, address) {
			forgive := `UPDATE attempts SET attempts = greatest(attempts - 1, 0) WHERE subject = $1`
			if rule.most == attemptsPerNetwork {
				forgive = `DELETE FROM attempts WHERE subject = $1`
			}
			if _, err := tx.Exec(ctx, forgive, rule.subject); err != nil {
				return fmt.Errorf("forgive sign-in: %w", err)
			}
		}
		return nil
	})
}

// CountSignUp counts a new account of a network, before its password is hashed. Errors: rate_limited.
func (s *Store) CountSignUp(ctx context.Context, address string) error {
	return s.countNetwork(ctx, attemptRule{s.attemptSubject("sign-up", board.Network(address)), signUpsPerNetwork, emailsWindow})
}

// CountReset counts a network's wish for a new password. Errors: rate_limited.
func (s *Store) CountReset(ctx context.Context, address string) error {
	return s.countNetwork(ctx, attemptRule{s.attemptSubject("reset", board.Network(address)), resetsPerNetwork, emailsWindow})
}

// CountChallenge counts that somebody who is not known is asked for a passkey. Errors: rate_limited.
func (s *Store) CountChallenge(ctx context.Context, address string) error {
	return s.countNetwork(ctx, attemptRule{s.attemptSubject("challenge", board.Network(address)), challengesPerNetwork, emailsWindow})
}

func (s *Store) countNetwork(ctx context.Context, rule attemptRule) error {
	return s.db.WithTx(pg.Detach(ctx), func(ctx context.Context, tx *pg.Tx) error {
		wait, err := rule.count(ctx, tx)
		if err == nil && wait > 0 {
			err = board.ErrorAfter(wait, board.CodeRateLimited, "Too many requests from your network. Try again in %d min.", board.Minutes(wait))
		}
		return err
	})
}

// mayWrite counts an email to an address that somebody typed. Beyond the limit it is not sent and nobody is told, for the
// answer must not depend on what others did with the address.
func (s *Store) mayWrite(ctx context.Context, tx *pg.Tx, email string) (bool, error) {
	rule := attemptRule{s.attemptSubject("letter", strings.ToLower(strings.TrimSpace(email))), emailsPerAddress, emailsWindow}
	wait, err := rule.count(ctx, tx)
	return wait == 0, err
}
