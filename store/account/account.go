// Package account is who uses the platform: employers, their users and sessions, API keys with their admission and
// limits, and credits.
//
// It must not know what the credits are spent on, nor anything of HTTP.
package account

import (
	"context"
	"io"

	"itmanagerjobs/store/batch"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/seal"
)

// Config is what a Store needs.
type Config struct {
	DB *pg.DB
	// Rand is the source of keys and invitations.
	Rand io.Reader
	// Salts is the source of the salts of network addresses in the audit log.
	Salts io.Reader
	// Pepper goes into the hashes of API keys and of the addresses whose sign-ins are counted.
	Pepper []byte
	// Secrets encrypts the secrets of second factors.
	Secrets *seal.Secrets
	// LimitsByNow makes rate limits use the clock of the DB instead of the database's own. Only for tests with one copy
	// of the program: several copies share only the database's clock.
	LimitsByNow bool
	// PublicURL is the address of the platform, without a slash at its end. Emails that no request asks for lead there.
	PublicURL string
	// Spent is told, after the commit, of credits of live data that were spent. It must not wait; nil is for nobody.
	Spent func(ctx context.Context, kind board.CreditKind, n int64)
}

// Store reads and writes accounts. It is safe for concurrent use.
type Store struct {
	db          *pg.DB
	rand, salts io.Reader
	pepper      []byte
	secrets     *seal.Secrets
	limitsByNow bool
	publicURL   string
	// lookingAdmissions are those that look at a job, see Need.Job.
	admissions, lookingAdmissions *batch.Group[asked, outcome]
	usable                        usableKeys
	spent                         func(ctx context.Context, kind board.CreditKind, n int64)
	renamed                       func(ctx context.Context, tx *pg.Tx, employerID int64, name string) error
}

// OnRename sets what is done in the transaction in which an employer gets another name. It is called once, before anything else.
func (s *Store) OnRename(do func(ctx context.Context, tx *pg.Tx, employerID int64, name string) error) {
	s.renamed = do
}

// New makes a Store.
func New(c Config) *Store {
	s := &Store{db: c.DB, rand: c.Rand, salts: c.Salts, pepper: c.Pepper, secrets: c.Secrets, limitsByNow: c.LimitsByNow, publicURL: c.PublicURL, spent: c.Spent}
	s.admissions, s.lookingAdmissions = batch.New(admissions, s.admitAll), batch.New(admissions, s.admitAll)
	s.OnRename(func(context.Context, *pg.Tx, int64, string) error { return nil })
	acts.Write(c.DB, s.writeActs)
	platformActs.Write(c.DB, writePlatformActs)
	return s
}
