// Package openid signs people in with a provider of OpenID Connect, by the authorization code flow with PKCE (OpenID Connect Core
// 1.0, section 3.1; RFC 7636). It tells whom the provider knows; which account that is, is not its business.
package openid

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"itmanagerjobs/store/turns"
)

// Config is what a Provider needs. Every field is required.
type Config struct {
	// Issuer is the address of the provider, below which its configuration is (OpenID Connect Discovery 1.0, section 4).
	Issuer, ClientID, ClientSecret string
	// Name is what people call the provider.
	Name string
	// Now is the clock that its tokens are held against, and that tells when a provider that was away is asked again.
	Now func() time.Time
}

const (
	// answerWithin is how long the provider may take for an answer.
	answerWithin = 10 * time.Second
	// awayLasts is how long a provider counts as away after it has not told its configuration. Requests that come meanwhile fail at once.
	awayLasts = 5 * time.Second
)

// Provider is a provider of sign-ins. It is asked for its configuration when it is first needed, so that it may be away when the
// program starts. It is safe for concurrent use.
type Provider struct {
	Config

	client *http.Client

	mu    sync.Mutex
	asked *asking // nil before the first need
}

// asking is a request for the provider's configuration, which all share who need it at the time, and those who come later.
type asking struct {
	// done is closed when all below is there.
	done  chan struct{}
	known *oidc.Provider
	err   error
	at    time.Time // of the end
}

// over tells whether it failed so long ago that the provider may be back.
func (a *asking) over(now time.Time) bool {
	select {
	case <-a.done:
		return a.err != nil && now.Sub(a.at) >= awayLasts
	default:
		return false
	}
}

// New makes one.
func New(c Config) *Provider {
	return &Provider{Config: c, client: &http.Client{Timeout: answerWithin}}
}

// ErrAway tells that the provider does not answer, or not as one.
var ErrAway = errors.New("the provider does not answer")

// ErrRefused tells that the provider has let nobody in, or that its answer is not one to the attempt.
var ErrRefused = errors.New("the provider has let nobody in")

// Attempt is what an answer of the provider is held against. It is to be kept in the session of the one who is sent there, for one
// answer.
type Attempt struct {
	State    string
	Nonce    string
	Verifier string
}

// Identity is whom the provider knows.
type Identity struct {
	// Issuer and Subject together name a person for ever; all else may change.
	Issuer, Subject string
	// Email is empty where the provider tells none. Verified tells that the provider vouches for it.
	Email    string
	Verified bool
	Name     string
}

// provider waits for the configuration of the provider no longer than its caller does, nor than a provider may take.
func (p *Provider) provider(ctx context.Context) (*oidc.Provider, error) {
	p.mu.Lock()
	if p.asked == nil || p.asked.over(p.Now()) {
		p.asked = &asking{done: make(chan struct{})}
		go p.ask(p.asked) //nolint:gosec // it outlives the first request for it
	}
	a := p.asked
	p.mu.Unlock()
	select {
	case <-a.done:
		return a.known, a.err
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w", ErrAway, ctx.Err())
	}
}

// ask asks for the configuration, on behalf of all who wait for it: that one of them leaves does not end it.
func (p *Provider) ask(a *asking) {
	defer close(a.done)
	// Its keys are read later, too, with this context.
	known, err := oidc.NewProvider(oidc.ClientContext(context.Background(), p.client), p.Issuer)
	if err != nil {
		err = fmt.Errorf("%w: %w", ErrAway, err)
	}
	a.known, a.err, a.at = known, err, p.Now()
}

func (p *Provider) config(of *oidc.Provider, redirect string) oauth2.Config {
	return oauth2.Config{
		ClientID: p.ClientID, ClientSecret: p.ClientSecret, Endpoint: of.Endpoint(), RedirectURL: redirect,
		Scopes: []string{oidc.ScopeOpenID, "email", "profile"},
	}
}

// Begin makes an attempt, and the address that the browser is sent to. redirect is where the provider sends it back to.
// Errors: ErrAway.
func (p *Provider) Begin(ctx context.Context, redirect string) (address string, a Attempt, err error) {
	defer turns.Away(ctx)()
	of, err := p.provider(ctx)
	if err != nil {
		return "", Attempt{}, err
	}
	a = Attempt{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier()}
	c := p.config(of, redirect)
	return c.AuthCodeURL(a.State, oidc.Nonce(a.Nonce), oauth2.S256ChallengeOption(a.Verifier)), a, nil
}

// Finish tells whom the provider has let in. answer is the query of the address that it has sent the browser back to.
// Errors: ErrAway; ErrRefused.
func (p *Provider) Finish(ctx context.Context, a Attempt, redirect string, answer url.Values) (Identity, error) {
	if a.State == "" || subtle.ConstantTimeCompare([]byte(answer.Get("state")), []byte(a.State)) != 1 {
		return Identity{}, fmt.Errorf("%w: the answer is not one to this attempt", ErrRefused)
	}
	if code := answer.Get("error"); code != "" || answer.Get("code") == "" {
		return Identity{}, fmt.Errorf("%w: %.100q", ErrRefused, code)
	}
	defer turns.Away(ctx)()
	of, err := p.provider(ctx)
	if err != nil {
		return Identity{}, err
	}
	ctx = oidc.ClientContext(ctx, p.client)
	c := p.config(of, redirect)
	token, err := c.Exchange(ctx, answer.Get("code"), oauth2.VerifierOption(a.Verifier))
	if err != nil {
		if refused, ok := errors.AsType[*oauth2.RetrieveError](err); ok && refused.Response.StatusCode < http.StatusInternalServerError {
			return Identity{}, fmt.Errorf("%w: %.100q", ErrRefused, refused.ErrorCode)
		}
		return Identity{}, fmt.Errorf("%w: exchange the code: %w", ErrAway, err)
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return Identity{}, fmt.Errorf("%w: there is no ID token", ErrRefused)
	}
	id, err := of.VerifierContext(ctx, &oidc.Config{ClientID: p.ClientID, Now: p.Now}).Verify(ctx, raw)
	if err != nil {
		return Identity{}, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(a.Nonce)) != 1 {
		return Identity{}, fmt.Errorf("%w: the ID token is not for this attempt", ErrRefused)
	}
	return p.identity(ctx, of, id, token)
}

// claims are what a provider tells of a person, in the ID token or when it is asked (OpenID Connect Core 1.0, section 5.1).
type claims struct {
	Email    string `json:"email"`
	Verified bool   `json:"email_verified"`
	Name     string `json:"name"`
}

func (p *Provider) identity(ctx context.Context, of *oidc.Provider, id *oidc.IDToken, token *oauth2.Token) (Identity, error) {
	var told claims
	if err := id.Claims(&told); err != nil {
		return Identity{}, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	if told.Email == "" && of.UserInfoEndpoint() != "" {
		info, err := of.UserInfo(ctx, oauth2.StaticTokenSource(token))
		if err != nil {
			return Identity{}, fmt.Errorf("%w: ask for the email address: %w", ErrAway, err)
		}
		if info.Subject != id.Subject { // OpenID Connect Core 1.0, section 5.3.2
			return Identity{}, fmt.Errorf("%w: it tells of somebody else", ErrRefused)
		}
		if err := info.Claims(&told); err != nil {
			return Identity{}, fmt.Errorf("%w: %w", ErrRefused, err)
		}
	}
	return Identity{Issuer: id.Issuer, Subject: id.Subject, Email: told.Email, Verified: told.Verified, Name: told.Name}, nil
}
