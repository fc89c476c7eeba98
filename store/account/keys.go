package account

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/letter"
	"itmanagerjobs/store/pg"
)

// Key is an API key as its owner sees it: never the key itself.
type Key struct {
	board.Tenant

	ID       int64
	KeyID    string
	Name     string
	Prefix   string
	LastFour string
	Scopes   []apikey.Scope
	ReadOnly bool
	// ProposeOnly says that what spends credits waits for a person, see board.Proposal.
	ProposeOnly bool
	Status      apikey.Status
	ExpiresAt   *time.Time
	CreatedAt   time.Time
	LastUsedAt  *time.Time
	// Refusal is why the platform has refused the key; empty for one that it has not.
	Refusal string
	// ApprovedAt and RevokedAt are nil until then.
	ApprovedAt, RevokedAt *time.Time
	// Allowed are the networks that it may be used from; empty for everywhere.
	Allowed []string
	// ReplacedBy is the key that was rolled out of this one, 0 for none.
	ReplacedBy int64
}

type keyRow struct {
	ID          int64          `db:"id"`
	EmployerID  int64          `db:"employer_id"`
	Mode        board.Mode     `db:"mode"`
	KeyID       string         `db:"key_id"`
	Name        string         `db:"name"`
	Prefix      string         `db:"prefix"`
	LastFour    string         `db:"last_four"`
	Scopes      pq.StringArray `db:"scopes"`
	ReadOnly    bool           `db:"read_only"`
	ProposeOnly bool           `db:"propose_only"`
	Status      apikey.Status  `db:"status"`
	ExpiresAt   *time.Time     `db:"expires_at"`
	CreatedAt   time.Time      `db:"created_at"`
	LastUsedAt  *time.Time     `db:"last_used_at"`
	Refusal     string         `db:"refusal"`
	ApprovedAt  *time.Time     `db:"approved_at"`
	RevokedAt   *time.Time     `db:"revoked_at"`
	Allowed     pq.StringArray `db:"allowed"`
	ReplacedBy  int64          `db:"replaced_by"`
}

// keyColumns read the last use from where it is fresh; see FlushKeyUsage.
const keyColumns = `k.id, k.employer_id, k.mode, k.key_id, k.name, k.prefix, k.last_four, k.scopes, k.read_only, k.propose_only, k.status,
       k.expires_at, k.created_at, k.refusal, k.approved_at, k.revoked_at, k.allowed::text[] AS allowed, coalesce(k.replaced_by, 0) AS replaced_by,
       greatest(k.last_used_at, (SELECT max(u.last_used_at) FROM key_usage u WHERE u.key_id = k.id)) AS last_used_at`

func (r keyRow) key() Key {
	return Key{
		Tenant: board.Tenant{EmployerID: r.EmployerID, Mode: r.Mode},
		ID:     r.ID, KeyID: r.KeyID, Name: r.Name, Prefix: r.Prefix, LastFour: r.LastFour,
		Scopes: scopesOf(r.Scopes), ReadOnly: r.ReadOnly, ProposeOnly: r.ProposeOnly, Status: r.Status,
		ExpiresAt: pg.UTC(r.ExpiresAt), CreatedAt: r.CreatedAt.UTC(), LastUsedAt: pg.UTC(r.LastUsedAt), Refusal: r.Refusal,
		ApprovedAt: pg.UTC(r.ApprovedAt), RevokedAt: pg.UTC(r.RevokedAt), Allowed: r.Allowed, ReplacedBy: r.ReplacedBy,
	}
}

// NewKey is what a key is minted from.
type NewKey struct {
	board.Tenant

	Name        string
	Scopes      []apikey.Scope
	ReadOnly    bool
	ProposeOnly bool
	ExpiresAt   *time.Time
	// Allowed are the networks that it may be used from, as apikey.ReadNetworks gives them; empty for everywhere.
	Allowed []string
	// Approve gives the platform's approval at once.
	Approve bool
}

// MintKey makes a key and returns it together with the plaintext, which is not kept and can't be shown again.
// Whether it may be used at once or waits for review follows apikey.ApprovalFor.
// Errors: invalid_request; not_found for an unknown employer; rate_limited and invalid_state for one that makes or has too many, but for
// those that the platform approves at once.
func (s *Store) MintKey(ctx context.Context, n NewKey) (Key, string, error) {
	var (
		key   Key
		plain string
	)
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		fields := append(apikey.ValidateNew(n.Name, n.Scopes, n.ExpiresAt, tx.Now), apikey.CheckAccess(n.ReadOnly, n.ProposeOnly)...)
		if len(fields) > 0 {
			return board.Invalid(fields...)
		}
		if err := keepOpen(ctx, tx, n.EmployerID); err != nil {
			return err
		}
		employer, err := EmployerOf(ctx, tx, n.EmployerID)
		if err != nil {
			return err
		}
		credits, err := CreditsOf(ctx, tx, board.Tenant{EmployerID: n.EmployerID, Mode: board.ModeLive})
		if err != nil {
			return err
		}
		status := apikey.ApprovalFor(employer.Trusted, board.ContractRuns(employer.ContractUntil, tx.Now), credits.JobPosting, n.Mode, n.Scopes, n.Approve)
		if !n.Approve { // an operator makes as many as are needed
			if err := s.roomForKey(ctx, tx, n.EmployerID, 0); err != nil {
				return err
			}
		}
		if plain, err = apikey.New(s.rand, n.Mode, n.ReadOnly); err != nil {
			return fmt.Errorf("make a key: %w", err)
		}
		publicID, err := apikey.NewID(s.rand)
		if err != nil {
			return fmt.Errorf("make a key id: %w", err)
		}
		Operated(ctx, tx, n.EmployerID)
		if key, err = s.insertKey(ctx, tx, n, plain, publicID, status); err != nil || status != apikey.Pending {
			return err
		}
		return s.tellReviewers(ctx, tx, key, employer.Name)
	})
	if err != nil {
		return Key{}, "", err
	}
	return key, plain, nil
}

// roomForKey counts a key that an employer makes, and refuses it when there are too many: the limits of requests are those of a key. instead
// is the key whose place it takes, 0 for none. The lock on the count makes two that come at once count one after the other.
func (s *Store) roomForKey(ctx context.Context, tx *pg.Tx, employerID, instead int64) error {
	rule := attemptRule{s.attemptSubject("keys", strconv.FormatInt(employerID, 10)), keysPerEmployer, keysWindow}
	if wait, err := rule.count(ctx, tx); err != nil {
		return err
	} else if wait > 0 {
		return board.ErrorAfter(wait, board.CodeRateLimited, "Your company has made %d keys within a day, which is the most. Make the next one in %d min.", keysPerEmployer, board.Minutes(wait))
	}
	var has int
	//house:tenant an employer manages the keys of both modes
	err := tx.Get(ctx, &has, `
SELECT count(*) FROM api_keys WHERE employer_id = $1 AND id <> $2 AND status <> 'Revoked' AND (expires_at IS NULL OR expires_at > $3)`, employerID, instead, tx.Now)
	if err != nil {
		return fmt.Errorf("count keys: %w", err)
	}
	if has >= apikey.Max {
		return board.Errorf(board.CodeInvalidState, "Your company has %d keys already. It makes another when it has fewer than %d: revoke some that nobody uses first.", has, apikey.Max)
	}
	return nil
}

func (s *Store) insertKey(ctx context.Context, tx *pg.Tx, n NewKey, plain, publicID string, status apikey.Status) (Key, error) {
	prefix, lastFour := apikey.Display(plain)
	var approvedAt *time.Time
	if status == apikey.Active {
		approvedAt = &tx.Now
	}
	var row keyRow
	err := tx.Get(ctx, &row, `
INSERT INTO api_keys AS k (employer_id, mode, key_id, name, prefix, last_four, hash, scopes, read_only, status, expires_at, created_at, approved_at, allowed, propose_only,
                           expiry_notice_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, coalesce($14::text[], '{}')::cidr[], $15, $16)
RETURNING `+keyColumns,
		n.EmployerID, n.Mode, publicID, n.Name, prefix, lastFour, apikey.Hash(s.pepper, plain),
		scopeArray(n.Scopes), n.ReadOnly, status, n.ExpiresAt, tx.Now, approvedAt, pq.StringArray(n.Allowed), n.ProposeOnly, apikey.Notice(tx.Now, n.ExpiresAt))
	if err != nil {
		return Key{}, fmt.Errorf("insert key: %w", err)
	}
	tx.Make("keys", row.ID)
	return row.key(), nil
}

// Keys lists an employer's keys of both modes, newest first.
func (s *Store) Keys(ctx context.Context, employerID int64) ([]Key, error) {
	//house:tenant an employer manages the keys of both modes
	return s.selectKeys(ctx, `SELECT `+keyColumns+` FROM api_keys k WHERE k.employer_id = $1 ORDER BY k.id DESC`, employerID)
}

func (s *Store) selectKeys(ctx context.Context, query string, args ...any) ([]Key, error) {
	var rows []keyRow
	if err := s.db.Reader(ctx).List(ctx, &rows, query, args...); err != nil {
		return nil, fmt.Errorf("list keys: %w", err)
	}
	keys := make([]Key, len(rows))
	for i, r := range rows {
		keys[i] = r.key()
	}
	return keys, nil
}

// ApproveKey is the platform's review: a pending key may be used from now on, and the admins of the employer are told. Approving
// an active key changes nothing. Errors: not_found; invalid_state for a revoked key.
func (s *Store) ApproveKey(ctx context.Context, id int64) (Key, error) {
	//house:tenant the platform reviews the keys of all employers
	return s.changeKey(ctx, id, 0, func(key Key) error {
		if key.Status == apikey.Revoked {
			return board.Errorf(board.CodeInvalidState, "Key %d is revoked and can't be approved. Mint a new key instead.", key.ID)
		}
		return nil
	}, func(ctx context.Context, tx *pg.Tx, key Key) error {
		if key.Status != apikey.Pending {
			return nil
		}
		return s.MailAdmins(ctx, tx, key.EmployerID, func(to, employer string) letter.Mail {
			return letter.KeyApproved(to, employer, key.Name, s.publicURL+"/employer/keys")
		})
	}, `UPDATE api_keys AS k SET status = 'Active', approved_at = coalesce(approved_at, $2) WHERE id = $1 RETURNING `+keyColumns)
}

// RefuseKey is the other end of the review: a pending key is revoked, and the admins of the employer are told why.
// Errors: invalid_request for a reason that is missing or too long; not_found; invalid_state for a key that is not pending.
func (s *Store) RefuseKey(ctx context.Context, id int64, reason string) (Key, error) {
	reason, err := board.CheckRefusal(reason)
	if err != nil {
		return Key{}, err
	}
	//house:tenant the platform reviews the keys of all employers
	return s.changeKey(ctx, id, 0, func(key Key) error {
		if key.Status != apikey.Pending {
			return board.Errorf(board.CodeInvalidState, "Key %d does not wait for review any more. To end a key that is in use, revoke it.", key.ID)
		}
		return nil
	}, func(ctx context.Context, tx *pg.Tx, key Key) error {
		return s.MailAdmins(ctx, tx, key.EmployerID, func(to, employer string) letter.Mail {
			return letter.KeyRefused(to, employer, key.Name, reason, s.publicURL+"/employer/keys")
		})
	}, `UPDATE api_keys AS k SET status = 'Revoked', revoked_at = coalesce(revoked_at, $2), refusal = $3 WHERE id = $1 RETURNING `+keyColumns, reason)
}

// RevokeKey ends a key for good, at once and on every copy of the program. employerID binds it to one employer; 0 is
// for the platform, which may revoke any. Revoking a revoked key changes nothing. Errors: not_found.
func (s *Store) RevokeKey(ctx context.Context, id, employerID int64) (Key, error) {
	//house:tenant changeKey has locked the key of the employer before
	return s.changeKey(ctx, id, employerID, func(Key) error { return nil }, func(context.Context, *pg.Tx, Key) error { return nil },
		`UPDATE api_keys AS k SET status = 'Revoked', revoked_at = coalesce(revoked_at, $2) WHERE id = $1 RETURNING `+keyColumns)
}

// changeKey locks a key, checks it, tells of the change and makes it. The first arguments of update are the key and the time.
func (s *Store) changeKey(ctx context.Context, id, employerID int64, check func(Key) error, tell func(context.Context, *pg.Tx, Key) error, update string, args ...any) (Key, error) {
	var key Key
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		var row keyRow
		//house:tenant an employer manages the keys of both modes, the platform those of all
		err := tx.Get(ctx, &row, `SELECT `+keyColumns+` FROM api_keys k WHERE k.id = $1 AND ($2 = 0 OR k.employer_id = $2) FOR UPDATE OF k`, id, employerID)
		if errors.Is(err, sql.ErrNoRows) {
			return board.Errorf(board.CodeNotFound, "There is no key %d.", id)
		}
		if err != nil {
			return fmt.Errorf("lock key: %w", err)
		}
		if err := check(row.key()); err != nil {
			return err
		}
		if err := tell(ctx, tx, row.key()); err != nil {
			return err
		}
		if err := tx.Get(ctx, &row, update, append([]any{id, tx.Now}, args...)...); err != nil {
			return fmt.Errorf("update key: %w", err)
		}
		key = row.key()
		Operated(ctx, tx, key.EmployerID, fmt.Sprintf("keys/%d", key.ID))
		return nil
	})
	return key, err
}

// FlushKeyUsage copies the last use of each key from the unlogged table, which a crash of the database empties, to
// the key itself. It returns how many keys were used since the last time.
func (s *Store) FlushKeyUsage(ctx context.Context) (int64, error) {
	var n int64
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		var err error
		//house:tenant a chore over the keys of all employers
		n, err = tx.Exec(ctx, `
UPDATE api_keys k SET last_used_at = u.last_used_at
  FROM (SELECT key_id, max(last_used_at) AS last_used_at FROM key_usage GROUP BY key_id ORDER BY key_id) u
 WHERE u.key_id = k.id
   AND (k.last_used_at IS NULL OR k.last_used_at < u.last_used_at)`)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("flush key usage: %w", err)
	}
	return n, nil
}

func scopesOf(names []string) []apikey.Scope {
	scopes := make([]apikey.Scope, len(names))
	for i, n := range names {
		scopes[i] = apikey.Scope(n)
	}
	return scopes
}

func scopeArray(scopes []apikey.Scope) pq.StringArray {
	names := make(pq.StringArray, len(scopes))
	for i, s := range scopes {
		names[i] = string(s)
	}
	return names
}
