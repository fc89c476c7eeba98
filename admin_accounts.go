package main

import (
	"context"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"itmanagerjobs/server/session"
	"itmanagerjobs/store"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
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

type mintKeyCmd struct {
	Employer    int64    `help:"Number of the employer."                                                                   placeholder:"ID"      required:""`
	Name        string   `help:"Name of the key, up to 100 characters."                                                    required:""`
	Scopes      []string `help:"What the key may do: JobPosting, CvSearch, Webhooks."                                      placeholder:"A,B"     required:""`
	Mode        string   `default:"live"                                                                                   enum:"live,test"      help:"Data that the key sees: live or test."`
	ReadOnly    bool     `help:"Make a key that only reads, rk_…."`
	ProposeOnly bool     `help:"Make a key that only proposes what spends credits: a person says yes or no in the portal."`
	Expires     *moment  `help:"End of the key, for example 2027-01-31T00:00:00Z. Without it the key never expires."       placeholder:"RFC3339"`
	Approve     bool     `help:"Approve the key at once, whatever the rules say, beyond the 100 keys of an employer too."`
}

// keyAnswer is a key as the admin commands print it.
type keyAnswer struct {
	ID          int64          `json:"id"`
	KeyID       string         `json:"keyId"`
	Key         string         `json:"key,omitempty"` // the plain text, in the answer to mint-key alone
	Status      apikey.Status  `json:"status"`
	EmployerID  int64          `json:"employerId"`
	Name        string         `json:"name"`
	Scopes      []apikey.Scope `json:"scopes"`
	Mode        board.Mode     `json:"mode"`
	ReadOnly    bool           `json:"readOnly"`
	ProposeOnly bool           `json:"proposeOnly"`
	ExpiresAt   *time.Time     `json:"expiresAt"`
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
		n.Scopes = append(n.Scopes, apikey.Scope(scope))
	}
	if c.Expires != nil {
		t := board.Moment(c.Expires.Time)
		n.ExpiresAt = &t
	}
	return a.administer(ctx, "mint-key", func(s *store.Store) (any, error) {
		key, plain, err := s.Accounts.MintKey(ctx, n)
		return answerKey(key, plain), operatorMay(err)
	})
}

// operatorMay says of a refusal for too many keys, which is worded for the employer, what an operator can do.
func operatorMay(err error) error {
	if e, ok := errors.AsType[*board.Error](err); ok && (e.Code == board.CodeInvalidState || e.Code == board.CodeRateLimited) {
		return board.Errorf(e.Code, "%s This limit is for what an employer makes: with --approve the key is made all the same.", e.Message)
	}
	return err
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
