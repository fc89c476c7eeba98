package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"time"
	"unicode/utf8"

	"itmanagerjobs/server/doctor"
	"itmanagerjobs/server/session"
	"itmanagerjobs/store"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/embedded"
	"itmanagerjobs/store/erase"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/pipeline"
	"itmanagerjobs/webhooks/mail"
)

// The length of a password, in characters, as NIST SP 800-63B has it: no rules about kinds of characters, and the
// maximum only bounds the work of hashing. Operators may go below what the portal asks of people, for accounts that
// only scripts use.
const (
	minPassword = 8
	maxPassword = 128
)

func hashPassword(password string) (string, error) {
	if n := utf8.RuneCountInString(password); n < minPassword || n > maxPassword {
		return "", fmt.Errorf("--password has %d characters, but must have %d to %d", n, minPassword, maxPassword)
	}
	return session.Cost{}.Hash(password)
}

// administer runs one admin command and prints its answer.
func (a *app) administer(ctx context.Context, name string, do func(*store.Store) (any, error)) error {
	return a.withStore(ctx, func(s *store.Store, _ database) error {
		answer, err := do(s)
		if err != nil {
			return err
		}
		a.log.DebugContext(ctx, "admin command", "command", name)
		return a.print(answer)
	})
}

type grantCreditsCmd struct {
	Employer   int64  `help:"Number of the employer."     placeholder:"ID" required:""`
	JobPosting *int64 `help:"Job posting credits to add." placeholder:"N"`
	CVSearch   *int64 `help:"CV search credits to add."   placeholder:"N"`
	Mode       string `default:"live"                     enum:"live,test" help:"Balance to add to: live or test."`
}

// Run adds to the balance.
func (c grantCreditsCmd) Run(ctx context.Context, a *app) error {
	if c.JobPosting == nil && c.CVSearch == nil {
		return errors.New("nothing to grant: give --job-posting N, --cv-search N or both")
	}
	var grant account.Credits
	if c.JobPosting != nil {
		grant.JobPosting = *c.JobPosting
	}
	if c.CVSearch != nil {
		grant.CVSearch = *c.CVSearch
	}
	return a.administer(ctx, "grant-credits", func(s *store.Store) (any, error) {
		balance, err := s.Accounts.GrantCredits(ctx, board.Tenant{EmployerID: c.Employer, Mode: board.Mode(c.Mode)}, grant)
		return struct {
			JobPosting int64 `json:"jobPosting"`
			CVSearch   int64 `json:"cvSearch"`
		}{balance.JobPosting, balance.CVSearch}, err
	})
}

type setContractCmd struct {
	Employer int64  `help:"Number of the employer."                                placeholder:"ID"      required:""`
	Until    moment `help:"End of the contract, for example 2027-01-31T00:00:00Z." placeholder:"RFC3339" required:""`
}

// Run sets the contract.
func (c setContractCmd) Run(ctx context.Context, a *app) error {
	return a.administer(ctx, "set-contract", func(s *store.Store) (any, error) {
		e, err := s.Accounts.SetContract(ctx, c.Employer, board.Moment(c.Until.Time))
		return struct {
			EmployerID    int64      `json:"employerId"`
			ContractUntil *time.Time `json:"contractUntil"`
		}{e.ID, e.ContractUntil}, err
	})
}

type mintKeyCmd struct {
	Employer    int64    `help:"Number of the employer."                                                                   placeholder:"ID"      required:""`
	Name        string   `help:"Name of the key, up to 100 characters."                                                    required:""`
	Scopes      []string `help:"What the key may do: JobPosting, CvSearch, Webhooks."                                      placeholder:"A,B"     required:""`
	Mode        string   `default:"live"                                                                                   enum:"live,test"      help:"Data that the key sees: live or test."`
	ReadOnly    bool     `help:"Make a key that only reads, rk_…."`
	ProposeOnly bool     `help:"Make a key that only proposes what spends credits: a person says yes or no in the portal."`
	Expires     *moment  `help:"End of the key, for example 2027-01-31T00:00:00Z. Without it the key never expires."       placeholder:"RFC3339"`
	Approve     bool     `help:"Approve the key at once, whatever the rules say."`
}

// keyAnswer is a key as the admin commands print it.
type keyAnswer struct {
	ID          int64           `json:"id"`
	KeyID       string          `json:"keyId"`
	Key         string          `json:"key,omitempty"` // the plain text, in the answer to mint-key alone
	Status      board.KeyStatus `json:"status"`
	EmployerID  int64           `json:"employerId"`
	Name        string          `json:"name"`
	Scopes      []board.Scope   `json:"scopes"`
	Mode        board.Mode      `json:"mode"`
	ReadOnly    bool            `json:"readOnly"`
	ProposeOnly bool            `json:"proposeOnly"`
	ExpiresAt   *time.Time      `json:"expiresAt"`
}

func answerKey(k account.Key, plain string) keyAnswer {
	return keyAnswer{
		ID: k.ID, KeyID: k.KeyID, Key: plain, Status: k.Status, EmployerID: k.EmployerID, Name: k.Name,
		Scopes: k.Scopes, Mode: k.Mode, ReadOnly: k.ReadOnly, ProposeOnly: k.ProposeOnly, ExpiresAt: k.ExpiresAt,
	}
}

// Run makes the key.
func (c mintKeyCmd) Run(ctx context.Context, a *app) error {
	n := account.NewKey{
		Tenant: board.Tenant{EmployerID: c.Employer, Mode: board.Mode(c.Mode)},
		Name:   c.Name, ReadOnly: c.ReadOnly, ProposeOnly: c.ProposeOnly, Approve: c.Approve,
	}
	for _, scope := range c.Scopes {
		n.Scopes = append(n.Scopes, board.Scope(scope))
	}
	if c.Expires != nil {
		t := board.Moment(c.Expires.Time)
		n.ExpiresAt = &t
	}
	return a.administer(ctx, "mint-key", func(s *store.Store) (any, error) {
		key, plain, err := s.Accounts.MintKey(ctx, n)
		return answerKey(key, plain), err
	})
}

type approveKeyCmd struct {
	ID int64 `help:"Number of the key: id, not keyId." placeholder:"ID" required:""`
}

// Run approves the key.
func (c approveKeyCmd) Run(ctx context.Context, a *app) error {
	return a.administer(ctx, "approve-key", func(s *store.Store) (any, error) {
		key, err := s.Accounts.ApproveKey(ctx, c.ID)
		return answerKey(key, ""), err
	})
}

type refuseKeyCmd struct {
	ID     int64  `help:"Number of the key: id, not keyId."              placeholder:"ID"   required:""`
	Reason string `help:"What the employer reads, up to 300 characters." placeholder:"TEXT" required:""`
}

// Run refuses the key.
func (c refuseKeyCmd) Run(ctx context.Context, a *app) error {
	return a.administer(ctx, "refuse-key", func(s *store.Store) (any, error) {
		key, err := s.Accounts.RefuseKey(ctx, c.ID, c.Reason)
		return answerKey(key, ""), err
	})
}

type revokeKeyCmd struct {
	ID int64 `help:"Number of the key: id, not keyId." placeholder:"ID" required:""`
}

// Run revokes the key, which may be any employer's.
func (c revokeKeyCmd) Run(ctx context.Context, a *app) error {
	return a.administer(ctx, "revoke-key", func(s *store.Store) (any, error) {
		key, err := s.Accounts.RevokeKey(ctx, c.ID, 0)
		return answerKey(key, ""), err
	})
}

type setLimitCmd struct {
	Employer  int64  `help:"Number of the employer."                                                                              placeholder:"ID" required:""`
	Family    string `help:"Operations that the limit is for: jobs, search, candidate, or readonly for all that an rk_ key does." required:""`
	PerMinute int    `help:"Requests that each key may make in any 60 seconds."                                                   placeholder:"N"  required:""`
}

// Run sets the limit.
func (c setLimitCmd) Run(ctx context.Context, a *app) error {
	return a.administer(ctx, "set-limit", func(s *store.Store) (any, error) {
		err := s.Accounts.SetLimit(ctx, c.Employer, board.LimitFamily(c.Family), c.PerMinute)
		return struct {
			EmployerID int64  `json:"employerId"`
			Family     string `json:"family"`
			PerMinute  int    `json:"perMinute"`
		}{c.Employer, c.Family, c.PerMinute}, err
	})
}

type careerjetFeedCmd struct {
	Employer      int64   `help:"Number of the employer."                                                                    placeholder:"ID"         required:""`
	Secret        *string `help:"Secret that Careerjet gave, at least 8 printable characters. Without it the secret stays."  placeholder:"SECRET"`
	AllowUnsigned *bool   `help:"Take applications without a signature; one with a wrong signature is refused all the same." placeholder:"true|false"`
}

// Run changes the feed where it is told to, makes one when there is none, and prints it.
func (c careerjetFeedCmd) Run(ctx context.Context, a *app) error {
	return a.administer(ctx, "careerjet-feed", func(s *store.Store) (any, error) {
		feed, err := s.Pipeline.UpdateCareerjetFeed(ctx, c.Employer, pipeline.CareerjetPatch{
			Secret:        board.Change[string]{Set: c.Secret != nil, Value: c.Secret},
			AllowUnsigned: board.Change[bool]{Set: c.AllowUnsigned != nil, Value: c.AllowUnsigned},
		})
		answer := struct {
			EmployerID    int64  `json:"employerId"`
			Secret        string `json:"secret"`
			AllowUnsigned bool   `json:"allowUnsigned"`
			URL           string `json:"url,omitempty"` // a command knows no address but the one that is set
		}{EmployerID: feed.EmployerID, Secret: feed.Secret, AllowUnsigned: feed.AllowUnsigned}
		if a.cfg.PublicURL != "" {
			answer.URL = a.cfg.PublicURL + "/apply/careerjet"
		}
		return answer, err
	})
}

type scrubCmd struct{}

// Run rewrites the tables.
func (scrubCmd) Run(ctx context.Context, a *app) error {
	return a.administer(ctx, "scrub", func(s *store.Store) (any, error) {
		done, err := s.Erasure.Vacuum(ctx)
		return struct {
			Tables        []string       `json:"tables"`
			WriteAheadLog erase.LogState `json:"writeAheadLog"`
			OldSegments   []string       `json:"oldSegments,omitempty"`
		}{done.Tables, done.WriteAheadLog, done.OldSegments}, err
	})
}

type listEmailsCmd struct {
	Limit int `default:"50" help:"How many, newest first, 1 to 1000."`
}

// Run prints them.
func (c listEmailsCmd) Run(ctx context.Context, a *app) error {
	if c.Limit < 1 || c.Limit > 1000 {
		return fmt.Errorf("--limit is %d, but must be 1 to 1000", c.Limit)
	}
	return a.administer(ctx, "list-emails", func(s *store.Store) (any, error) {
		messages, err := s.Outbox.Messages(ctx, c.Limit)
		if err != nil {
			return nil, err
		}
		type email struct {
			ID        int64                `json:"id"`
			To        string               `json:"to"`
			Subject   string               `json:"subject"`
			Text      string               `json:"text"`
			HTML      string               `json:"html"`
			Status    board.DeliveryStatus `json:"status"`
			CreatedAt time.Time            `json:"createdAt"`
		}
		emails := make([]email, len(messages))
		for i, m := range messages {
			emails[i] = email{m.ID, m.To, m.Subject, m.Text, m.HTML, m.Status, m.CreatedAt}
		}
		return emails, nil
	})
}

type doctorCmd struct{}

var errSick = errors.New("something is wrong; the answer says what to do")

// Run looks at everything, also when the database is away, and changes nothing.
func (doctorCmd) Run(ctx context.Context, a *app) error {
	findings := doctor.LookAtSettings(doctor.Settings{
		ListenAddr: a.cfg.ListenAddr, PublicURL: a.cfg.PublicURL, Embedded: a.cfg.DatabaseURL == "", Mails: a.cfg.SMTPURL != nil,
		Proxies: len(a.cfg.TrustedProxies) > 0, Metrics: a.cfg.MetricsAddr != "", InsecureWebhooks: a.cfg.Webhook.AllowInsecure,
		SellerAddress: a.cfg.Seller.Address,
	})
	var err error
	if a.cfg.DatabaseURL == "" && !embedded.Exists(a.cfg.DataDir) {
		err = fmt.Errorf("there is no database under %s yet, and none in DATABASE_URL: start `itmanagerjobs serve`, which makes one", a.cfg.DataDir)
	} else {
		err = a.withDatabase(ctx, func(db database) error {
			found, err := a.examine(ctx, db)
			findings = append(findings, found...)
			return err
		})
	}
	if err != nil {
		findings = append(findings, doctor.Unreachable(inWords(err)))
	}
	var greet func(context.Context) error
	if a.cfg.SMTPURL != nil {
		sender, err := mail.NewSMTP(a.cfg.SMTPURL, senderAddress)
		if err != nil {
			return settingError("SMTP_URL", err)
		}
		greet = sender.Greet
	}
	findings = append(findings, doctor.LookAtMail(ctx, greet)...)
	var mailDomain string
	if a.cfg.InboundSMTPAddr != "" {
		if mailDomain = a.cfg.InboundDomain; mailDomain == "" {
			public, err := url.Parse(a.linkBase())
			if err != nil {
				return fmt.Errorf("PUBLIC_URL: %w", err)
			}
			mailDomain = public.Hostname()
		}
	}
	findings = append(findings, doctor.LookAtNames(ctx, net.DefaultResolver, a.cfg.PublicURL, mailDomain)...)
	if err := a.print(findings); err != nil {
		return err
	}
	if doctor.Sick(findings) {
		return errSick
	}
	return nil
}

// examinePatience is how long the database may take to do what a request does.
const examinePatience = 2 * time.Second

// unready is why a copy of the program would not be ready, empty when it would.
func unready(ctx context.Context, s *store.Store) string {
	ctx, cancel := context.WithTimeout(ctx, examinePatience)
	defer cancel()
	if e, ok := errors.AsType[*store.NotReadyError](s.LookReady(ctx)); ok {
		return e.Reason
	}
	return ""
}

// examine reads what there is to know of a database, and migrates nothing.
func (a *app) examine(ctx context.Context, db database) ([]doctor.Finding, error) {
	if a.cfg.DatabaseURL != "" && a.cfg.SecretKey == nil {
		return nil, settingError("SECRET_KEY", errSecretKeyNeeded)
	}
	if err := a.refusePooler(ctx, db.direct); err != nil {
		return nil, err
	}
	steps, err := pg.MigrationStatus(ctx, db.direct)
	if err != nil {
		return nil, a.databaseError(err)
	}
	findings := doctor.LookAtMigrations(steps)
	if doctor.Sick(findings) {
		return findings, nil // no table is what the rest would read
	}
	secret := a.cfg.SecretKey
	if secret == nil {
		if secret, err = readSecretKey(filepath.Join(a.cfg.DataDir, secretKeyFile)); err != nil {
			return findings, err
		}
	}
	s, err := a.openStore(db, secret, a.rand, a.now, 0)
	if err != nil {
		return findings, err
	}
	seen := doctor.Database{PoolSize: a.cfg.DBMaxConns, Now: s.Now()}
	var standby []doctor.Finding
	if err = s.LookAtSecretKey(ctx); errors.Is(err, store.ErrOtherSecretKey) {
		err = settingError("SECRET_KEY", errOtherSecretKey)
	}
	if err == nil {
		seen.NotReady = unready(ctx, s)
		seen.Vitals, err = s.DatabaseVitals(ctx)
	}
	if err == nil {
		seen.ClockAhead, err = s.ClockDifference(ctx)
	}
	if err == nil {
		seen.Queue, err = s.Outbox.Health(ctx)
	}
	if err == nil && a.cfg.ReadURL != "" {
		standby = doctor.LookAtStandby(s.LookAtStandby(ctx))
	}
	if err = errors.Join(err, s.Close()); err != nil {
		return findings, err
	}
	return slices.Concat(findings, doctor.LookAtDatabase(seen), standby), nil
}

type databaseURLCmd struct{}

// Run prints the address. It needs no secret key: nothing is hashed or encrypted.
func (databaseURLCmd) Run(ctx context.Context, a *app) error {
	return a.withDatabase(ctx, func(db database) error {
		if _, err := pg.MigrateUp(ctx, db.direct); err != nil {
			return a.databaseError(err)
		}
		return a.print(struct {
			URL string `json:"url"`
		}{db.url})
	})
}
