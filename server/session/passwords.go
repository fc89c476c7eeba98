package session

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/alexedwards/argon2id"

	"itmanagerjobs/store"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/turns"
)

// passwordsWait is how long a password waits for its turn. In that time a processor hashes some 400 others.
const passwordsWait = 10 * time.Second

// errManyPasswords answers one that waited too long.
var errManyPasswords = board.Errorf(board.CodeUnavailable, "Many people are signing in at the moment. Try again in a few seconds.")

// Cost is what one hash of a password takes. The zero value is what OWASP advises for argon2id on servers: 19 MiB and two passes,
// in one thread. Tests that are not about it take less.
type Cost struct {
	MemoryKiB, Passes uint32
}

// Hash gives the encoded hash of a password, with a salt of its own, as the store takes it. Whether the password may be chosen at
// all is board.ValidatePassword's to say.
func (c Cost) Hash(password string) (string, error) {
	hash, err := argon2id.CreateHash(password, c.params())
	if err != nil {
		return "", fmt.Errorf("hash the password: %w", err)
	}
	return hash, nil
}

func (c Cost) params() *argon2id.Params {
	if c == (Cost{}) {
		c = Cost{MemoryKiB: 19 * 1024, Passes: 2}
	}
	return &argon2id.Params{Memory: c.MemoryKiB, Iterations: c.Passes, Parallelism: 1, SaltLength: 16, KeyLength: 32}
}

// nobodys is the encoded hash of no password: random bytes, which take no memory to make and as long as any hash to compare.
func (c Cost) nobodys() string {
	p := c.params()
	random := func(n uint32) string {
		b := make([]byte, n)
		_, _ = rand.Read(b) // it never fails
		return base64.RawStdEncoding.EncodeToString(b)
	}
	const version = 0x13 // of the algorithm, RFC 9106
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", version, p.Memory, p.Iterations, p.Parallelism, random(p.SaltLength), random(p.KeyLength))
}

// Passwords hashes and compares passwords, half as many at a time as there are processors: each takes one of them for some 25 ms, and
// memory. Those that wait come by turns of their parties (turns.Party).
type Passwords struct {
	cost  Cost
	turns *turns.Gate
	// nobodys is compared with when there is no such account, so that the answer takes as long as for one.
	nobodys string
}

// NewPasswords makes one that hashes at a cost. It compares with any hash, whose cost is encoded in it.
func NewPasswords(c Cost) *Passwords {
	atOnce := max(1, runtime.GOMAXPROCS(0)/2)
	return &Passwords{cost: c, turns: turns.New(turns.Options{AtOnce: atOnce, Patience: passwordsWait}), nobodys: c.nobodys()}
}

// Hash is Cost.Hash, when its turn has come.
func (p *Passwords) Hash(ctx context.Context, password string) (string, error) {
	leave, err := p.takeTurn(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	return p.cost.Hash(password)
}

// Match takes equally long whether there is a hash or none, in which case nothing matches.
func (p *Passwords) Match(ctx context.Context, password, hash string) (bool, error) {
	if len(password) > 4*board.MaxPassword { // in bytes; an endless password would only cost time to hash
		return false, nil
	}
	leave, err := p.takeTurn(ctx)
	if err != nil {
		return false, err
	}
	defer leave()
	against := hash
	if against == "" {
		against = p.nobodys
	}
	match, err := argon2id.ComparePasswordAndHash(password, against)
	if err != nil {
		return false, fmt.Errorf("compare the password: %w", err)
	}
	return match && hash != "", nil
}

// Find finds the user with an address whose password it is. It compares as many hashes for an unknown address as for a known
// one.
func (p *Passwords) Find(ctx context.Context, s *store.Store, email, password string) (found account.User, match bool, err error) {
	credentials, err := s.Accounts.Credentials(ctx, email)
	if err != nil {
		return account.User{}, false, err
	}
	for len(credentials) < account.CredentialsFor {
		credentials = append(credentials, account.Credential{})
	}
	for _, c := range credentials {
		matches, err := p.Match(ctx, password, c.PasswordHash)
		if err != nil {
			return account.User{}, false, err
		}
		if matches && !match {
			found, match = c.User, true
		}
	}
	return found, match, nil
}

func (p *Passwords) takeTurn(ctx context.Context) (leave func(), err error) {
	party := turns.Party(ctx)
	if err := p.turns.Enter(ctx, party); errors.Is(err, turns.ErrLate) {
		return nil, errManyPasswords
	} else if err != nil {
		return nil, fmt.Errorf("wait to hash a password: %w", err)
	}
	return func() { p.turns.Leave(party) }, nil
}
