package certificate

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
)

// ACME has certificates made by an authority, and renewed a month before they end. The authority sees that the hosts are ours on
// the port that TLS is spoken on (tls-alpn-01, RFC 8737) or by HTTP.
type ACME struct {
	manager *autocert.Manager
	hosts   []string

	mu     sync.Mutex
	expiry map[string]time.Time
}

// ACMEConfig says for which hosts, and where.
type ACMEConfig struct {
	Hosts []string
	// Email is where the authority writes when something is wrong; it may be empty.
	Email string
	// DirectoryURL of the authority; empty means Let's Encrypt.
	DirectoryURL string
	// CacheDir keeps account, keys and certificates. Copies of the program that serve the same hosts share it.
	CacheDir string
	// HTTPClient talks to the authority; nil means http.DefaultClient.
	HTTPClient *http.Client
}

// NewACME makes no request yet. Who calls it has agreed to the terms of the authority.
func NewACME(c ACMEConfig) *ACME {
	if c.DirectoryURL == "" {
		c.DirectoryURL = autocert.DefaultACMEDirectory
	}
	return &ACME{
		hosts: c.Hosts, expiry: map[string]time.Time{},
		manager: &autocert.Manager{
			Prompt: autocert.AcceptTOS, Cache: autocert.DirCache(c.CacheDir), HostPolicy: autocert.HostWhitelist(c.Hosts...), Email: c.Email,
			Client: &acme.Client{DirectoryURL: c.DirectoryURL, HTTPClient: c.HTTPClient},
		},
	}
}

// TLS is what to listen with.
func (a *ACME) TLS() *tls.Config { return config(a.certificate, acme.ALPNProto) }

// certificate gives clients that name no host, or an address, such as probes of an orchestrator, the certificate of the first host.
func (a *ACME) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	if hello.ServerName == "" || net.ParseIP(hello.ServerName) != nil {
		named := *hello
		named.ServerName = a.hosts[0]
		hello = &named
	}
	c, err := a.manager.GetCertificate(hello)
	if err == nil {
		a.note(c)
	}
	return c, err
}

// note knows a certificate by the name that it has: what a client calls the host can be written in many ways.
func (a *ACME) note(c *tls.Certificate) {
	if end := expiry(c); !end.IsZero() && len(c.Leaf.DNSNames) > 0 {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.expiry[c.Leaf.DNSNames[0]] = end
	}
}

// Obtain has the certificates made that are missing, so that no client waits for them; the port must be listened on. What fails is
// tried again when a client asks for the host.
func (a *ACME) Obtain(ctx context.Context) error {
	for _, host := range a.hosts {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		hello := &tls.ClientHelloInfo{
			ServerName: host, SupportedProtos: []string{"h2"}, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256},
			SignatureSchemes: []tls.SignatureScheme{tls.ECDSAWithP256AndSHA256}, SupportedCurves: []tls.CurveID{tls.CurveP256},
		}
		if _, err := a.certificate(hello); err != nil {
			return fmt.Errorf("obtain a certificate for %s: %w", host, err)
		}
	}
	return nil
}

// Plain answers the authority by HTTP (http-01), and has everything else answered by h.
func (a *ACME) Plain(h http.Handler) http.Handler { return a.manager.HTTPHandler(h) }

// Expiry is the end of the certificate that ends first, of those in use; zero when there is none.
func (a *ACME) Expiry() time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	var first time.Time
	for _, end := range a.expiry {
		if first.IsZero() || end.Before(first) {
			first = end
		}
	}
	return first
}
