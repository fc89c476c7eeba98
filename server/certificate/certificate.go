// Package certificate has the certificates that the server speaks TLS with: from files that may be renewed while it runs, or from
// an authority by ACME (RFC 8555). It must know nothing of what is served.
package certificate

import (
	"crypto/tls"
	"time"
)

// config speaks TLS 1.2 and newer, and HTTP/2 with clients that know it. Suites and curves are those that Go prefers.
func config(get func(*tls.ClientHelloInfo) (*tls.Certificate, error), protocols ...string) *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: get, NextProtos: append([]string{"h2", "http/1.1"}, protocols...)}
}

// expiry is the end of a certificate, zero when it is unknown.
func expiry(c *tls.Certificate) time.Time {
	if c == nil || c.Leaf == nil {
		return time.Time{}
	}
	return c.Leaf.NotAfter
}
