package account

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

// Principal is who is calling: one key of one employer in one mode.
type Principal struct {
	board.Tenant

	KeyID       int64  // the number in the database
	PublicKeyID string // the id that the API shows
	Name        string
	Scopes      []board.Scope
	ReadOnly    bool
	// ProposeOnly says that what spends credits waits for a person.
	ProposeOnly bool
	ExpiresAt   *time.Time // nil: never
}

// Admission is the answer to one request's key.
type Admission struct {
	Principal

	// Permitted is false when the key lacks the scope, or is read-only and the request writes. Nothing is counted then.
	Permitted bool
	// Elsewhere tells that the key is bound to networks, and the request comes from none of them. It is not Permitted then.
	Elsewhere bool
	// Admitted is false when the limit is reached. Nothing is counted then either.
	Admitted bool
	// Family and PerMinute name the limit; Remaining is what is left of it now.
	Family    board.LimitFamily
	PerMinute int
	Remaining int
	// ResetAfter is the time until the oldest admission leaves the window; RetryAfter, of a request that was not
	// admitted, until there is room again.
	ResetAfter time.Duration
	RetryAfter time.Duration
}

// Need is what an operation demands of a key.
type Need struct {
	// Scope is empty when any key will do.
	Scope  board.Scope
	Family board.LimitFamily
	Write  bool
	// Address is where the request comes from, without a port. A key that is bound to networks is admitted from no address
	// that can't be read.
	Address string
}

type admissionRow struct {
	ID          int64          `db:"id"`
	EmployerID  int64          `db:"employer_id"`
	Mode        board.Mode     `db:"mode"`
	KeyID       string         `db:"key_id"`
	Name        string         `db:"name"`
	Scopes      pq.StringArray `db:"scopes"`
	ReadOnly    bool           `db:"read_only"`
	ProposeOnly bool           `db:"propose_only"`
	ExpiresAt   *time.Time     `db:"expires_at"`
	Permitted   bool           `db:"permitted"`
	Elsewhere   bool           `db:"elsewhere"`
	PerMinute   int            `db:"per_minute"`
	// Verdict is what the function admit answers.
	Verdict pq.Int64Array `db:"verdict"`
}

// admitSQL finds the key, checks that it is usable now, and counts the request by the rule of the function admit (see
// the migrations), in one statement. It answers no row for a key that is unknown, pending, revoked or expired. OFFSET 0
// keeps PostgreSQL from evaluating what it selects more than once. A key expires by the clock of the program, like everything
// that has a date. The limit goes by that of the database, which all copies share and which is read under the lock; a difference
// between the two does not show in it, because it only compares times of its own.
const admitSQL = `
SELECT id, employer_id, mode, key_id, name, scopes, read_only, propose_only, expires_at, per_minute, permitted AND NOT elsewhere AS permitted, elsewhere,
       admit(id, family, per_minute, permitted AND NOT elsewhere, $7) AS verdict
  FROM (SELECT k.id, k.employer_id, k.mode, k.key_id, k.name, k.scopes, k.read_only, k.propose_only, k.expires_at,
               ($2 = '' OR $2 = ANY (k.scopes)) AND NOT (k.read_only AND $6) AS permitted,
               k.allowed <> '{}' AND NOT coalesce($9::inet <<= ANY (k.allowed), false) AS elsewhere,
               CASE WHEN k.read_only THEN 'readonly' ELSE $3 END AS family,
               coalesce(l.per_minute, CASE WHEN k.read_only THEN $5::integer ELSE $4::integer END) AS per_minute
          FROM api_keys k
          LEFT JOIN rate_limits l ON l.employer_id = k.employer_id AND l.family = CASE WHEN k.read_only THEN 'readonly' ELSE $3 END
         WHERE k.hash = $1 AND k.status = 'Active' AND (k.expires_at IS NULL OR k.expires_at > $8)
        OFFSET 0) k`

// ErrUnauthenticated answers a key that is unknown, malformed, pending, revoked or expired.
var ErrUnauthenticated = errors.New("no usable API key")

// Admit authenticates a key, counts the request against the key's limit and notes the use, in one statement.
// The limit is exact over all copies of the program: of the requests in any board.LimitWindow never more than the limit are
// admitted. Errors: ErrUnauthenticated.
func (s *Store) Admit(ctx context.Context, key string, need Need) (Admission, error) {
	if _, _, ok := board.ParseKey(key); !ok {
		return Admission{}, ErrUnauthenticated
	}
	row, err := s.admit(ctx, board.HashKey(s.pepper, key), need)
	if errors.Is(err, sql.ErrNoRows) {
		return Admission{}, ErrUnauthenticated
	}
	if err != nil {
		return Admission{}, fmt.Errorf("admit key: %w", err)
	}
	if len(row.Verdict) != 4 {
		return Admission{}, fmt.Errorf("admit key: a verdict of %d numbers", len(row.Verdict))
	}
	a := Admission{
		Principal: Principal{
			Tenant: board.Tenant{EmployerID: row.EmployerID, Mode: row.Mode},
			KeyID:  row.ID, PublicKeyID: row.KeyID, Name: row.Name,
			Scopes: scopesOf(row.Scopes), ReadOnly: row.ReadOnly, ProposeOnly: row.ProposeOnly, ExpiresAt: pg.UTC(row.ExpiresAt),
		},
		Permitted: row.Permitted, Elsewhere: row.Elsewhere, Admitted: row.Verdict[0] == 1,
		Family: need.Family.ForKey(row.ReadOnly), PerMinute: row.PerMinute, Remaining: int(row.Verdict[1]),
		ResetAfter: time.Duration(row.Verdict[2]) * time.Microsecond,
		RetryAfter: time.Duration(row.Verdict[3]) * time.Microsecond,
	}
	return a, nil
}

// addressOf is an address as the database compares it with networks, nil for one that can't be read.
func addressOf(written string) *string {
	address, err := netip.ParseAddr(written)
	if err != nil {
		return nil
	}
	return new(address.Unmap().WithZone("").String())
}

// admit is a write outside an explicit transaction. It is a single statement, and were it to run twice after a broken
// connection, one request too many would be counted: nothing that anyone is charged for.
func (s *Store) admit(ctx context.Context, hash []byte, need Need) (row admissionRow, err error) {
	var now *time.Time
	if s.limitsByNow {
		t := s.db.Now()
		now = &t
	}
	//house:tenant a key is found by its secret, and says whose it is
	//house:write a single statement on the hot path; were it to run twice, one request too many would be counted
	err = s.db.Kept().Get(ctx, &row, admitSQL, hash, string(need.Scope), string(need.Family),
		board.DefaultLimit(need.Family), board.DefaultLimit(board.FamilyReadOnly), need.Write, now, s.db.Now(), addressOf(need.Address))
	return row, err
}
