package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"itmanagerjobs/store"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/outbox"
)

type createEmployerCmd struct {
	Name     string  `help:"Name of the employer, up to 200 characters."                                                        required:""`
	Email    string  `help:"Address that the first user signs in with."                                                         required:""`
	Password *string `help:"Password of the first user, 8 to 128 characters. Without one a link to set it is printed and sent." placeholder:"PW"`
	Trusted  bool    `help:"Make the employer a trusted partner: every key is approved at once."`
}

// Run makes the account.
func (c createEmployerCmd) Run(ctx context.Context, a *app) error {
	n := account.NewEmployer{Name: c.Name, Email: c.Email, Trusted: c.Trusted}
	if c.Password != nil {
		var err error
		if n.PasswordHash, err = hashPassword(*c.Password); err != nil {
			return err
		}
	}
	return a.administer(ctx, "create-employer", func(s *store.Store) (any, error) {
		answer := struct {
			ID     int64  `json:"id"`
			UserID int64  `json:"userId"`
			Name   string `json:"name"`
			Email  string `json:"email"`
			// Link is where the first user sets a password, when none was given.
			Link string `json:"link,omitempty"`
		}{Name: c.Name, Email: c.Email}
		err := s.WithTx(ctx, func(ctx context.Context) (err error) {
			if answer.ID, answer.UserID, err = s.Accounts.CreateEmployer(ctx, n); err != nil || c.Password != nil {
				return err
			}
			_, answer.Link, err = s.Accounts.LinkToSetPassword(ctx, c.Email, a.linkBase())
			return err
		})
		return answer, err
	})
}

type setPasswordCmd struct {
	Email    string  `help:"Address that the user signs in with."                                                     required:""`
	Password *string `help:"The new password, 8 to 128 characters. Without one a link to set it is printed and sent." placeholder:"PW"`
}

// Run sets the password, or makes the link.
func (c setPasswordCmd) Run(ctx context.Context, a *app) error {
	hash := ""
	if c.Password != nil {
		var err error
		if hash, err = hashPassword(*c.Password); err != nil {
			return err
		}
	}
	return a.administer(ctx, "set-password", func(s *store.Store) (any, error) {
		var (
			u    account.User
			link string
			err  error
		)
		if c.Password != nil {
			u, err = s.Accounts.SetPassword(ctx, c.Email, hash)
		} else {
			u, link, err = s.Accounts.LinkToSetPassword(ctx, c.Email, a.linkBase())
		}
		return struct {
			UserID int64  `json:"userId"`
			Email  string `json:"email"`
			Link   string `json:"link,omitempty"` // where the user sets a password, when none was given
		}{u.ID, u.Email, link}, err
	})
}

type dropSecondFactorCmd struct {
	Email string `help:"Address that the user signs in with." required:""`
}

// Run turns the second factor off.
func (c dropSecondFactorCmd) Run(ctx context.Context, a *app) error {
	return a.administer(ctx, "drop-second-factor", func(s *store.Store) (any, error) {
		u, err := s.Accounts.DropSecondFactorOf(ctx, c.Email)
		return struct {
			UserID int64  `json:"userId"`
			Email  string `json:"email"`
			Had    bool   `json:"had"` // whether there was one
		}{u.ID, u.Email, u.SecondFactor}, err
	})
}

// linkBase is what links begin with that a command makes: a command listens on no address, so it takes the one of the settings.
func (a *app) linkBase() string {
	if a.cfg.PublicURL != "" {
		return a.cfg.PublicURL
	}
	return a.cfg.scheme() + a.cfg.ListenAddr
}

// maxListed is how many rows a command lists.
const maxListed = 1000

type createReviewerCmd struct {
	Email    string  `help:"Address that the reviewer signs in with."                                                         required:""`
	Password *string `help:"Password of the reviewer, 8 to 128 characters. Without one a link to set it is printed and sent." placeholder:"PW"`
}

// Run makes the reviewer.
func (c createReviewerCmd) Run(ctx context.Context, a *app) error {
	n := account.NewReviewer{Email: c.Email}
	if c.Password != nil {
		var err error
		if n.PasswordHash, err = hashPassword(*c.Password); err != nil {
			return err
		}
	}
	return a.administer(ctx, "create-reviewer", func(s *store.Store) (any, error) {
		answer := struct {
			UserID int64  `json:"userId"`
			Email  string `json:"email"`
			// Link is where the reviewer sets a password, when none was given.
			Link string `json:"link,omitempty"`
		}{Email: c.Email}
		err := s.WithTx(ctx, func(ctx context.Context) (err error) {
			if answer.UserID, err = s.Accounts.CreateReviewer(ctx, n); err != nil || c.Password != nil {
				return err
			}
			_, answer.Link, err = s.Accounts.LinkToSetPassword(ctx, c.Email, a.linkBase())
			return err
		})
		return answer, err
	})
}

type listKeysCmd struct {
	Pending bool `help:"Only keys that wait for review; those of an employer are in its portal." required:""`
}

// Run prints the keys.
func (c listKeysCmd) Run(ctx context.Context, a *app) error {
	if !c.Pending {
		return errors.New("only --pending is there to be listed")
	}
	return a.administer(ctx, "list-keys", func(s *store.Store) (any, error) {
		reviews, err := s.Accounts.PendingKeys(ctx, maxListed)
		type review struct {
			keyAnswer

			Employer string `json:"employer"`
			// Credits are the balances of the employer.
			JobPosting int64     `json:"jobPosting"`
			CVSearch   int64     `json:"cvSearch"`
			CreatedAt  time.Time `json:"createdAt"`
		}
		answer := make([]review, len(reviews))
		for i, r := range reviews {
			answer[i] = review{answerKey(r.Key, ""), r.Employer.Name, r.Employer.JobPosting, r.Employer.CVSearch, r.CreatedAt}
		}
		return answer, err
	})
}

type listEmployersCmd struct {
	Search string `help:"Part of a name, or the email address of a member." placeholder:"TEXT"`
	Limit  int    `default:"50"                                             help:"How many, newest first, 1 to 1000."`
}

// Run prints the employers.
func (c listEmployersCmd) Run(ctx context.Context, a *app) error {
	if c.Limit < 1 || c.Limit > maxListed {
		return fmt.Errorf("--limit is %d, but must be 1 to %d", c.Limit, maxListed)
	}
	return a.administer(ctx, "list-employers", func(s *store.Store) (any, error) {
		found, err := s.Accounts.Employers(ctx, account.EmployerQuery{Text: c.Search, Limit: c.Limit})
		type employer struct {
			ID            int64      `json:"id"`
			Name          string     `json:"name"`
			Admins        []string   `json:"admins"`
			Trusted       bool       `json:"trusted"`
			ContractUntil *time.Time `json:"contractUntil"`
			JobPosting    int64      `json:"jobPosting"`
			CVSearch      int64      `json:"cvSearch"`
			PendingKeys   int        `json:"pendingKeys"`
			OpenJobs      int        `json:"openJobs"`
			CreatedAt     time.Time  `json:"createdAt"`
		}
		answer := make([]employer, len(found.Items))
		for i, o := range found.Items {
			answer[i] = employer{o.ID, o.Name, o.Admins, o.Trusted, o.ContractUntil, o.JobPosting, o.CVSearch, o.Pending, o.Active, o.CreatedAt}
		}
		return answer, err
	})
}

type listWebhooksCmd struct {
	Employer int64 `help:"Number of the employer." placeholder:"ID" required:""`
}

// Run prints the webhooks of both modes.
func (c listWebhooksCmd) Run(ctx context.Context, a *app) error {
	return a.administer(ctx, "list-webhooks", func(s *store.Store) (any, error) {
		type webhook struct {
			ID             int64                    `json:"id"`
			Mode           board.Mode               `json:"mode"`
			URL            string                   `json:"url"`
			Events         []board.EventType        `json:"events"`
			Profile        string                   `json:"profile"`
			Description    *string                  `json:"description"`
			Status         board.SubscriptionStatus `json:"status"`
			DisabledReason *string                  `json:"disabledReason"`
			CreatedAt      time.Time                `json:"createdAt"`
		}
		answer := []webhook{}
		for _, mode := range board.AllModes() {
			found, err := s.Outbox.Subscriptions(ctx, board.Tenant{EmployerID: c.Employer, Mode: mode}, outbox.SubscriptionQuery{Limit: board.MaxSubscriptions})
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
