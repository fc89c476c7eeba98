package account

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/pg"
)

// Principal is who is calling: one key of one employer in one mode.
type Principal struct {
	board.Tenant

	KeyID       int64  // the number in the database
	PublicKeyID string // the id that the API shows
	Name        string
	Scopes      []apikey.Scope
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
	// Job is what there was of Need.Job when the request was counted.
	Job pg.Seen
}

// Need is what an operation demands of a key.
type Need struct {
	// Scope is empty when any key will do.
	Scope  apikey.Scope
	Family board.LimitFamily
	Write  bool
	// Address is where the request comes from, without a port. A key that is bound to networks is admitted from no address
	// that can't be read.
	Address string
	// Job is the id of the job that the request reads, 0 for none. The admission looks at it in its own statement, so that a job which
	// has not changed since it was last read is not read again.
	Job int64
}

// ErrUnauthenticated answers a key that is unknown, malformed, pending, revoked or expired.
var ErrUnauthenticated = errors.New("no usable API key")

// Shown is a key as a request shows it, which may be none of ours.
type Shown struct {
	// EmployerID is whose key it is as far as this copy of the program has read it, 0 when it has not. Nothing is decided by it but whose
	// turn it is: the key may have been revoked since.
	EmployerID int64

	hash keyHash
}

// Show takes a key as a request shows it. Errors: ErrUnauthenticated, of what is no key at all.
func (s *Store) Show(key string) (Shown, error) {
	if _, _, ok := apikey.Parse(key); !ok {
		return Shown{}, ErrUnauthenticated
	}
	shown := Shown{hash: keyHash(apikey.Hash(s.pepper, key))}
	if k := s.usable.find(shown.hash); k != nil {
		shown.EmployerID = k.EmployerID
	}
	return shown, nil
}

// Admit is AdmitShown of a key.
func (s *Store) Admit(ctx context.Context, key string, need Need) (Admission, error) {
	shown, err := s.Show(key)
	if err != nil {
		return Admission{}, err
	}
	return s.AdmitShown(ctx, shown, need)
}

// AdmitShown authenticates a key, counts the request against the key's limit and notes the use, together with other requests that come at
// the same time. A key expires by the clock of the program, like everything that has a date. The limit is exact over all copies of the
// program: of the requests in any board.LimitWindow never more than the limit are admitted. It goes by the clock of the database,
// which all copies share and which is read under the lock; a difference between the two clocks does not show in it, because it only
// compares times of its own. Errors: ErrUnauthenticated; *pg.UnavailableError.
func (s *Store) AdmitShown(ctx context.Context, shown Shown, need Need) (Admission, error) {
	admissions := s.admissions
	if need.Job != 0 {
		admissions = s.lookingAdmissions
	}
	o, err := admissions.Do(ctx, asked{shown.hash, need})
	if err = cmp.Or(err, o.err); err != nil {
		return Admission{}, fmt.Errorf("admit key: %w", err)
	}
	if o.admission == nil {
		return Admission{}, ErrUnauthenticated
	}
	return *o.admission, nil
}
