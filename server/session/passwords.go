package session

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"runtime"

	"github.com/alexedwards/argon2id"

	"itmanagerjobs/store"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

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

// Passwords hashes and compares passwords, a few at a time, because of the memory that each takes.
type Passwords struct {
	cost  Cost
	turns chan struct{}
	// nobodys is compared with when there is no such account, so that the answer takes as long as for one.
	nobodys string
}

// NewPasswords makes one that hashes at a cost. It compares with any hash, whose cost is encoded in it.
func NewPasswords(c Cost) *Passwords {
	return &Passwords{cost: c, turns: make(chan struct{}, runtime.GOMAXPROCS(0)), nobodys: c.nobodys()}
}

// Hash is Cost.Hash, when its turn has come.
func (p *Passwords) Hash(ctx context.Context, password string) (string, error) {
	if err := p.takeTurn(ctx); err != nil {
		return "", err
	}
	defer func() { <-p.turns }()
	return p.cost.Hash(password)
}

// Match takes equally long whether there is a hash or none, in which case nothing matches.
func (p *Passwords) Match(ctx context.Context, password, hash string) (bool, error) {
	if len(password) > 4*board.MaxPassword { // in bytes; an endless password would only cost time to hash
		return false, nil
	}
	if err := p.takeTurn(ctx); err != nil {
		return false, err
	}
	defer func() { <-p.turns }()
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

func (p *Passwords) takeTurn(ctx context.Context) error {
	select {
	case p.turns <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait to hash a password: %w", ctx.Err())
	}
}
