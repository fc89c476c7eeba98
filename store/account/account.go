// Package account is who uses the platform: employers, their users and sessions, API keys with their admission and
// limits, and credits.
//
// It must not know what the credits are spent on, nor anything of HTTP.
package account

import (
	"io"

	"itmanagerjobs/store/pg"
)

// Config is what a Store needs.
type Config struct {
	DB *pg.DB
	// Rand is the source of keys and invitations.
	Rand io.Reader
	// Pepper goes into the hashes of API keys and of the addresses whose sign-ins are counted.
	Pepper []byte
	// LimitsByNow makes rate limits use the clock of the DB instead of the database's own. Only for tests with one copy
	// of the program: several copies share only the database's clock.
	LimitsByNow bool
	// PublicURL is the address of the platform, without a slash at its end. Emails that no request asks for lead there.
	PublicURL string
}

// Store reads and writes accounts. It is safe for concurrent use.
type Store struct {
	db          *pg.DB
	rand        io.Reader
	pepper      []byte
	limitsByNow bool
	publicURL   string
}

// New makes a Store.
func New(c Config) *Store {
	return &Store{db: c.DB, rand: c.Rand, pepper: c.Pepper, limitsByNow: c.LimitsByNow, publicURL: c.PublicURL}
}
