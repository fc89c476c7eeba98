package certificate

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/letsencrypt/pebble/v2/ca"
	"github.com/letsencrypt/pebble/v2/db"
	"github.com/letsencrypt/pebble/v2/va"
	"github.com/letsencrypt/pebble/v2/wfe"
	"github.com/miekg/dns"
)

// authority is Pebble, the authority that Let's Encrypt tests clients with. It visits hosts on the given ports, and believes that all
// hosts are this machine.
func authority(t *testing.T, httpPort, tlsPort int) (directory string, client *http.Client, roots *x509.CertPool) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	names := &dns.Server{Listener: l, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, question *dns.Msg) {
		answer := new(dns.Msg).SetReply(question)
		if q := question.Question[0]; q.Qtype == dns.TypeA {
			answer.Answer = []dns.RR{&dns.A{Hdr: dns.RR_Header{Name: q.Name, Rrtype: dns.TypeA, Class: dns.ClassINET}, A: net.IPv4(127, 0, 0, 1)}}
		}
		_ = w.WriteMsg(answer)
	})}
	go func() { _ = names.ActivateAndServe() }()
	t.Cleanup(func() { _ = names.Shutdown() })

	quiet := log.New(io.Discard, "", 0)
	memory := db.NewMemoryStore()
	issuer := ca.New(quiet, memory, "", "ecdsa", 0, 1, map[string]ca.Profile{"default": {}})
	visitor := va.New(quiet, httpPort, tlsPort, false, l.Addr().String(), memory)
	front := wfe.New(quiet, memory, visitor, issuer, []string{"authority.example"}, false, false, 1, 1)
	srv := httptest.NewUnstartedServer(front.Handler())
	srv.Config.ErrorLog = quiet
	srv.StartTLS()
	t.Cleanup(srv.Close)
	roots = x509.NewCertPool()
	roots.AddCert(issuer.GetRootCert(0).Cert)
	return srv.URL + wfe.DirectoryPath, srv.Client(), roots
}

func port(l net.Listener) int { return l.Addr().(*net.TCPAddr).Port }

func TestCertificatesOfAnAuthority(t *testing.T) {
	t.Setenv("PEBBLE_VA_NOSLEEP", "1")
	for _, tc := range []struct {
		name string
		// open says which of the two ports the authority reaches.
		overTLS, overHTTP bool
	}{
		{"shown on the port of TLS", true, false},
		{"shown by HTTP", false, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			secure, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer secure.Close()
			plain, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			closed, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			closed.Close()
			tlsPort, httpPort := port(closed), port(closed)
			if tc.overTLS {
				tlsPort = port(secure)
			}
			if tc.overHTTP {
				httpPort = port(plain)
			}
			directory, client, roots := authority(t, httpPort, tlsPort)
			cache := t.TempDir()
			c := ACMEConfig{Hosts: []string{"jobs.example.com"}, Email: "operator@example.com", DirectoryURL: directory, CacheDir: cache, HTTPClient: client}
			a := NewACME(c)
			web := &http.Server{Handler: http.NotFoundHandler(), TLSConfig: a.TLS(), ReadHeaderTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0)}
			go func() { _ = web.ServeTLS(secure, "", "") }()
			defer web.Close()
			plainHandler := http.NotFoundHandler()
			if tc.overHTTP {
				onPort80 := a.Plain(Redirect("https://jobs.example.com"))
				plainHandler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					r.Host = "jobs.example.com" // as it is without the port of the test
					onPort80.ServeHTTP(w, r)
				})
			}
			redirect := &http.Server{Handler: plainHandler, ReadHeaderTimeout: time.Minute}
			go func() { _ = redirect.Serve(plain) }()
			defer redirect.Close()

			if err := a.Obtain(t.Context()); err != nil {
				t.Fatal(err)
			}
			end := a.Expiry()
			if time.Until(end) < 24*time.Hour {
				t.Errorf("the certificate ends %s", end)
			}
			for _, host := range []string{"jobs.example.com", ""} { // probes name no host
				conn, err := tls.Dial("tcp", secure.Addr().String(), &tls.Config{
					ServerName: host, InsecureSkipVerify: host == "", RootCAs: roots, MinVersion: tls.VersionTLS12,
				})
				if err != nil {
					t.Fatalf("host %q: %v", host, err)
				}
				if err := conn.ConnectionState().PeerCertificates[0].VerifyHostname("jobs.example.com"); err != nil {
					t.Error(err)
				}
				conn.Close()
			}
			if conn, err := tls.Dial("tcp", secure.Addr().String(), &tls.Config{ServerName: "other.example.com", InsecureSkipVerify: true}); err == nil {
				conn.Close()
				t.Error("a host that is not ours gets a certificate")
			}

			// A client writes the name as it likes; that makes no other certificate, whose end would stay when this one is renewed.
			if conn, err := tls.Dial("tcp", secure.Addr().String(), &tls.Config{ServerName: "JOBS.example.com", InsecureSkipVerify: true}); err != nil {
				t.Error(err)
			} else {
				conn.Close()
			}
			a.mu.Lock()
			if len(a.expiry) != 1 {
				t.Errorf("one certificate is noted as %v", a.expiry)
			}
			a.mu.Unlock()

			// Another copy finds the certificate, and asks no authority.
			c.DirectoryURL = "https://127.0.0.1:1"
			other := NewACME(c)
			if err := other.Obtain(t.Context()); err != nil || !other.Expiry().Equal(end) {
				t.Errorf("another copy with the same cache: %v, ends %s, want %s", err, other.Expiry(), end)
			}
		})
	}
}
