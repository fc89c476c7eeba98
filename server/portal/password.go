package portal

import (
	"context"
	"fmt"

	"github.com/alexedwards/argon2id"

	"itmanagerjobs/store/board"
)

// passwordCost is argon2id as OWASP advises for servers: 19 MiB, two passes, one thread.
var passwordCost = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// HashPassword gives the encoded hash of a password, with a salt of its own, as store.NewEmployer takes it. Whether
// the password may be chosen at all is board.ValidatePassword's to say.
func HashPassword(password string) (string, error) {
	hash, err := argon2id.CreateHash(password, passwordCost)
	if err != nil {
		return "", fmt.Errorf("hash the password: %w", err)
	}
	return hash, nil
}

// hashPassword is HashPassword, when its turn has come.
func (p *Portal) hashPassword(ctx context.Context, password string) (string, error) {
	if err := p.takeTurn(ctx); err != nil {
		return "", err
	}
	defer func() { <-p.hashing }()
	return HashPassword(password)
}

// passwordMatches takes equally long whether there is a hash or none, in which case nothing matches.
func (p *Portal) passwordMatches(ctx context.Context, password, hash string) (bool, error) {
	if len(password) > 4*board.MaxPassword { // in bytes; an endless password would only cost time to hash
		return false, nil
	}
	if err := p.takeTurn(ctx); err != nil {
		return false, err
	}
	defer func() { <-p.hashing }()
	against := hash
	if against == "" {
		against = p.nobodysHash
	}
	match, err := argon2id.ComparePasswordAndHash(password, against)
	if err != nil {
		return false, fmt.Errorf("compare the password: %w", err)
	}
	return match && hash != "", nil
}

func (p *Portal) takeTurn(ctx context.Context) error {
	select {
	case p.hashing <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait to hash a password: %w", ctx.Err())
	}
}
