package main

import (
	"context"

	"itmanagerjobs/store"
	"itmanagerjobs/store/account"
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
	return "http://" + a.cfg.ListenAddr
}
