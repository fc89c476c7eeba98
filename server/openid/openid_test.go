package openid_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"itmanagerjobs/server/openid"
)

// slow is a provider that answers when it is let, and counts how often it was asked for its configuration.
type slow struct {
	*openid.Provider

	asked atomic.Int64
	// away makes it answer as no provider does.
	away atomic.Bool
	// came is told of each request, which answer lets go on.
	came, answer chan struct{}
	// later is how far the clock is ahead, in nanoseconds.
	later atomic.Int64
}

func newSlow(t *testing.T) *slow {
	t.Helper()
	p := &slow{came: make(chan struct{}, 100), answer: make(chan struct{}, 100)}
	srv := httptest.NewUnstartedServer(nil)
	srv.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		p.asked.Add(1)
		p.came <- struct{}{}
		<-p.answer
		if p.away.Load() {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"issuer":%[1]q,"authorization_endpoint":"%[1]s/authorize","token_endpoint":"%[1]s/token","jwks_uri":"%[1]s/keys"}`, srv.URL)
	})
	srv.Start()
	t.Cleanup(srv.Close)
	t.Cleanup(func() { close(p.answer) })
	p.Provider = openid.New(openid.Config{
		Issuer: srv.URL, ClientID: "portal", ClientSecret: "secret", Name: "Login",
		Now: func() time.Time { return time.Unix(0, p.later.Load()) },
	})
	return p
}

func (p *slow) begins(t *testing.T, want error) {
	t.Helper()
	address, _, err := p.Begin(t.Context(), "https://jobs.example/callback")
	if !errors.Is(err, want) || err == nil && !strings.Contains(address, "/authorize?") {
		t.Errorf("leads to %q: %v, want %v", address, err, want)
	}
}

// TestAProviderIsAskedOnceForAll who come while it hangs, and is left alone for some seconds when it does not answer as one.
func TestAProviderIsAskedOnceForAll(t *testing.T) {
	t.Parallel()
	p := newSlow(t)
	p.away.Store(true)
	var callers sync.WaitGroup
	for range 20 {
		callers.Go(func() { p.begins(t, openid.ErrAway) })
	}
	<-p.came
	p.answer <- struct{}{}
	callers.Wait()
	p.away.Store(false)
	p.later.Add(int64(5*time.Second) - 1)
	p.begins(t, openid.ErrAway)
	if n := p.asked.Load(); n != 1 {
		t.Fatalf("asked %d times, want once", n)
	}
	p.later.Add(1)
	p.answer <- struct{}{}
	for range 3 {
		p.begins(t, nil)
	}
	if n := p.asked.Load(); n != 2 {
		t.Errorf("asked %d times, want once more", n)
	}
}

// TestWhoLeavesDoesNotWaitForAProvider, and takes the answer from nobody else.
func TestWhoLeavesDoesNotWaitForAProvider(t *testing.T) {
	t.Parallel()
	p := newSlow(t)
	leaving, leave := context.WithCancel(t.Context())
	left := make(chan error)
	go func() {
		_, _, err := p.Begin(leaving, "https://jobs.example/callback")
		left <- err
	}()
	<-p.came
	leave()
	if err := <-left; !errors.Is(err, openid.ErrAway) || !errors.Is(err, context.Canceled) {
		t.Errorf("who left was told %v", err)
	}
	p.answer <- struct{}{}
	p.begins(t, nil)
	if n := p.asked.Load(); n != 1 {
		t.Errorf("asked %d times", n)
	}
}
