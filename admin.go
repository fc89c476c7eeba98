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

	"itmanagerjobs/server/doctor"
	"itmanagerjobs/store"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/embedded"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/pipeline"
	"itmanagerjobs/webhooks/mail"
)

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
			ID        int64           `json:"id"`
			To        string          `json:"to"`
			Subject   string          `json:"subject"`
			Text      string          `json:"text"`
			HTML      string          `json:"html"`
			Status    delivery.Status `json:"status"`
			CreatedAt time.Time       `json:"createdAt"`
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

type listWebhooksCmd struct {
	Employer int64 `help:"Number of the employer." placeholder:"ID" required:""`
}

// Run prints the webhooks of both modes.
func (c listWebhooksCmd) Run(ctx context.Context, a *app) error {
	return a.administer(ctx, "list-webhooks", func(s *store.Store) (any, error) {
		type webhook struct {
			ID             int64                       `json:"id"`
			Mode           board.Mode                  `json:"mode"`
			URL            string                      `json:"url"`
			Events         []event.Type                `json:"events"`
			Profile        string                      `json:"profile"`
			Description    *string                     `json:"description"`
			Status         delivery.SubscriptionStatus `json:"status"`
			DisabledReason *string                     `json:"disabledReason"`
			CreatedAt      time.Time                   `json:"createdAt"`
		}
		if _, err := s.Accounts.Employer(ctx, c.Employer); err != nil {
			return nil, err
		}
		answer := []webhook{}
		for _, mode := range board.AllModes() {
			found, err := s.Outbox.Subscriptions(ctx, board.Tenant{EmployerID: c.Employer, Mode: mode}, outbox.SubscriptionQuery{Limit: delivery.MaxSubscriptions})
			if err != nil {
				return nil, err
			}
			for _, w := range found.Items {
				answer = append(answer, webhook{w.ID, w.Mode, w.URL, w.Events, w.Profile, w.Description, w.Status, w.DisabledReason, w.CreatedAt})
			}
		}
		return answer, nil
	})
}

type auditCmd struct {
	Verify bool `help:"Check the chain of every employer's entries." required:""`
}

// Run checks the audit log, and prints where it is not what was written.
func (auditCmd) Run(ctx context.Context, a *app) error {
	type fault struct {
		EmployerID int64  `json:"employerId"`
		Number     int64  `json:"number"`
		Message    string `json:"message"`
	}
	answer := struct {
		Entries int64   `json:"entries"` // that are what was written
		Faults  []fault `json:"faults"`
	}{Faults: []fault{}}
	err := a.administer(ctx, "audit", func(s *store.Store) (any, error) {
		entries, faults, err := s.Accounts.VerifyAudit(ctx)
		answer.Entries = entries
		for _, f := range faults {
			answer.Faults = append(answer.Faults, fault(f))
		}
		return answer, err
	})
	if err == nil && len(answer.Faults) > 0 {
		return errors.New("the audit log is not what was written: somebody has changed the database, or it was restored in part")
	}
	return err
}
