// Package demo fills a platform with made-up data: an employer with jobs, applications and keys that can be shown at every
// start, other employers with theirs, and the people of the CV database. It writes through the store as everybody does, so
// it must hold no SQL, and it knows no HTTP.
package demo

import (
	"bytes"
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"itmanagerjobs/store"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/job"
)

// The demo employer. Its password is no secret: it opens nothing but demo data.
const (
	Name     = "Northwind Talent"
	Email    = "demo@itmanagerjobs.example"
	Password = "northwind-demo"

	// ReviewerEmail is of the demo reviewer of the platform, whose password is no secret either.
	ReviewerEmail    = "desk@itmanagerjobs.example"
	ReviewerPassword = "platform-demo"

	keyName = "Demo"
	day     = 24 * time.Hour
	// age is how long before the first start the account was opened: jobs of various ages follow from it.
	age = 60 * day
	// keyGenerations bounds how often a revoked demo key is replaced.
	keyGenerations = 8
	// keyStream is more random bytes than a key and its id can draw.
	keyStream = 4096
)

// Options says what Fill works with.
type Options struct {
	// Open opens the store of the platform once more, with a source of randomness and a clock of the demo's: keys are drawn
	// from the secret key, and data looks as if it had grown over weeks.
	Open func(random io.Reader, now func() time.Time) (*store.Store, error)
	// SecretKey is that of the platform, from which the demo keys derive.
	SecretKey []byte
	Now       time.Time
	Rand      io.Reader
	// HashPassword is how the portal hashes the password of a user.
	HashPassword func(password string) (string, error)
	// SendsEmail says that emails leave the machine. Then nobody applies, for each application writes some.
	SendsEmail bool
}

// Account is what a program needs to sign in as the demo employer; a person takes Email and Password.
type Account struct {
	// Keys has a key of each mode that works. It lacks those that were all revoked, or made under another secret key.
	Keys map[board.Mode]string
}

// Fill makes what is missing of the demo data, and finds the demo keys again. It may run at every start.
func Fill(ctx context.Context, o Options) (Account, error) {
	d := &demo{
		secret: o.SecretKey, started: board.Moment(o.Now), keys: map[board.Mode]string{}, chance: o.Rand, quiet: o.SendsEmail,
		hashPassword: o.HashPassword,
	}
	d.clock, d.random.Reader = d.started, d.chance
	own, err := o.Open(&d.random, func() time.Time { return d.clock })
	if err != nil {
		return Account{}, err
	}
	d.store = own
	err = errors.Join(d.prepare(ctx), own.Close())
	return Account{Keys: d.keys}, err
}

// demo makes the demo employer, once, and finds its keys again at every later start. A key is kept nowhere: it is drawn
// from the secret key instead of from chance, so that it can be told again with the secret key.
type demo struct {
	store        *store.Store
	hashPassword func(string) (string, error)
	secret       []byte
	random       switchReader
	chance       io.Reader // what random is but for the demo keys
	quiet        bool      // emails would leave the machine: nobody applies
	started      time.Time
	clock        time.Time // of store: demo data looks as if it had grown over weeks

	employerID int64
	keys       map[board.Mode]string
}

// switchReader is the source of randomness that Reader is at the moment.
type switchReader struct{ io.Reader }

// prepare fills keys. They stay empty when the employer exists, but all of its demo keys were revoked or made under
// another secret key: then nothing proves which employer it is.
func (d *demo) prepare(ctx context.Context) error {
	for _, mode := range board.AllModes() {
		if err := d.findKey(ctx, mode); err != nil {
			return err
		}
	}
	if d.employerID == 0 {
		err := d.create(ctx)
		if e, ok := errors.AsType[*board.Error](err); ok && e.Code == board.CodeConflict {
			return nil
		}
		if err != nil {
			return fmt.Errorf("make the demo employer: %w", err)
		}
	}
	for _, mode := range board.AllModes() {
		if d.keys[mode] != "" {
			continue
		}
		if err := d.mintKey(ctx, mode); err != nil {
			return fmt.Errorf("make a demo key: %w", err)
		}
	}
	if err := d.makeReviewer(ctx); err != nil {
		return fmt.Errorf("make the demo reviewer: %w", err)
	}
	fills := []func(context.Context) error{d.fillJobs, d.fillMarket, d.fillPeople}
	if !d.quiet {
		fills = append(fills, d.fillPipeline)
	}
	for _, fill := range fills {
		if err := fill(ctx); err != nil {
			return err
		}
	}
	return nil
}

// makeReviewer makes the demo reviewer, once.
func (d *demo) makeReviewer(ctx context.Context) error {
	hash, err := d.hashPassword(ReviewerPassword)
	if err != nil {
		return err
	}
	_, err = d.store.Accounts.CreateReviewer(ctx, account.NewReviewer{Email: ReviewerEmail, Name: "Demo Reviewer", PasswordHash: hash})
	if e, ok := errors.AsType[*board.Error](err); ok && e.Code == board.CodeConflict {
		return nil
	}
	return err
}

// stream is what the n-th demo key of a mode is drawn from.
func (d *demo) stream(mode board.Mode, n int) (io.Reader, error) {
	b, err := hkdf.Key(sha256.New, d.secret, nil, fmt.Sprintf("itmanagerjobs demo key %s %d", mode, n), keyStream)
	if err != nil {
		return nil, fmt.Errorf("derive a demo key: %w", err)
	}
	return bytes.NewReader(b), nil
}

// noScope is a scope that no key has: a request for it is told whose key it is, and counts for nothing.
const noScope apikey.Scope = "none"

// findKey looks for a demo key that works.
func (d *demo) findKey(ctx context.Context, mode board.Mode) error {
	for n := range keyGenerations {
		random, err := d.stream(mode, n)
		if err != nil {
			return err
		}
		plain, err := apikey.New(random, mode, false)
		if err != nil {
			return err
		}
		admission, err := d.store.Accounts.Admit(ctx, plain, account.Need{Scope: noScope, Family: board.FamilyJobs})
		if errors.Is(err, account.ErrUnauthenticated) {
			continue
		}
		if err != nil {
			return err
		}
		d.employerID, d.keys[mode] = admission.EmployerID, plain
		return nil
	}
	return nil
}

// create makes the employer with its credits. Errors: conflict when there is one.
func (d *demo) create(ctx context.Context) error {
	hash, err := d.hashPassword(Password)
	if err != nil {
		return err
	}
	d.clock = d.started.Add(-age)
	// The keys belong into the same transaction: without one the employer could not be found again.
	return d.store.WithTx(ctx, func(ctx context.Context) error {
		id, _, err := d.store.Accounts.CreateEmployer(ctx, account.NewEmployer{Name: Name, Email: Email, UserName: "Ada Admin", PasswordHash: hash})
		if err != nil {
			return err
		}
		d.employerID = id
		if _, err := d.store.Accounts.UpdateEmployer(ctx, id, profileOf(Name)); err != nil {
			return err
		}
		agency := board.DefaultPackages()[2]
		_, err = d.store.Accounts.GrantCredits(ctx, board.Tenant{EmployerID: id, Mode: board.ModeLive},
			account.Credits{JobPosting: agency.JobPosting, CVSearch: agency.CVSearch})
		if err != nil {
			return err
		}
		for _, mode := range board.AllModes() {
			if err := d.mintKey(ctx, mode); err != nil {
				return err
			}
		}
		return nil
	})
}

// mintKey makes the next demo key of a mode, one that can be found again.
func (d *demo) mintKey(ctx context.Context, mode board.Mode) error {
	keys, err := d.store.Accounts.Keys(ctx, d.employerID)
	if err != nil {
		return err
	}
	n := 0
	for _, k := range keys {
		if k.Mode == mode && k.Name == keyName {
			n++
		}
	}
	if n == keyGenerations {
		return nil
	}
	if d.random.Reader, err = d.stream(mode, n); err != nil {
		return err
	}
	defer func() { d.random.Reader = d.chance }()
	_, d.keys[mode], err = d.store.Accounts.MintKey(ctx, account.NewKey{
		Tenant: board.Tenant{EmployerID: d.employerID, Mode: mode},
		Name:   keyName, Scopes: apikey.AllScopes(), Approve: true,
	})
	return err
}

// fillJobs makes the demo jobs of both modes, unless the employer has any. Each is made at its own time.
func (d *demo) fillJobs(ctx context.Context) error {
	for _, mode := range board.AllModes() {
		t := board.Tenant{EmployerID: d.employerID, Mode: mode}
		page, err := d.store.Jobs.Jobs(ctx, t, job.Query{Limit: 1})
		if err != nil {
			return err
		}
		if page.Total > 0 {
			continue
		}
		for _, j := range postings() {
			if j.mode != mode {
				continue
			}
			if err := d.fillJob(ctx, t, j); err != nil {
				return fmt.Errorf("make the demo job %s: %w", j.reference, err)
			}
		}
	}
	return nil
}

func (d *demo) fillJob(ctx context.Context, t board.Tenant, j posting) error {
	d.clock = d.started.Add(-time.Duration(j.age)*day - time.Duration(j.age%7)*47*time.Minute)
	job, err := d.store.Jobs.CreateJob(ctx, t, j.patch())
	if err != nil || j.state == board.JobDraft {
		return err
	}
	d.clock = d.clock.Add(95 * time.Minute)
	job, err = d.store.Jobs.Publish(ctx, account.Principal{Tenant: t}, job.ID, nil, board.Precondition{})
	if err != nil || j.state != board.JobDeactivated {
		return err // one that is old enough expires by itself
	}
	d.clock = d.clock.Add(11 * day)
	_, err = d.store.Jobs.Deactivate(ctx, t, job.ID, board.Precondition{})
	return err
}

// Greeting is what the person who started the demo needs, ready to paste.
func (a Account) Greeting(publicURL string) string {
	live, test := a.Keys[board.ModeLive], a.Keys[board.ModeTest]
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	greetPeople := func() {
		line("")
		line("  Employer    %s", Name)
		line("  Portal      %s/employer/sign-in", publicURL)
		line("  Sign in     %s", Email)
		line("  Password    %s", Password)
		line("")
		line("  Desk        %s/platform/sign-in", publicURL)
		line("  Reviewer    %s, password %s", ReviewerEmail, ReviewerPassword)
		line("")
	}
	if live == "" || test == "" {
		greetPeople()
		line("  The demo keys of this database were revoked, or made under another SECRET_KEY, and cannot be shown again.")
		line("  Mint one with: itmanagerjobs admin mint-key --employer ID --name NAME --mode test --scopes JobPosting,Webhooks --approve")
		line("")
		return b.String()
	}
	line("")
	line("  Test key    %s", test)
	line("")
	line("  In a second terminal, from that key to a webhook that you have verified:")
	line("  bin/itmanagerjobs quickstart --key %s --server %s", test, publicURL)
	line("")
	line("  Live key    %s", live)
	greetPeople()
	line("  List the test jobs:")
	line("  curl -H 'Authorization: Bearer %s' %s/api/v1/jobs", test, publicURL)
	line("")
	return b.String()
}
