package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"itmanagerjobs/server/certificate"
	"itmanagerjobs/store/storetest"
)

// writeCertificate makes files of a certificate for this machine that signs itself, and returns who trusts it.
func writeCertificate(t *testing.T, certFile, keyFile string, end time.Time) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(end.Unix()), NotBefore: time.Unix(0, 0), NotAfter: end, IsCA: true, BasicConstraintsValid: true,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	for file, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: pkcs8}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pool.AppendCertsFromPEM(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	return pool
}

func TestTheProgramSpeaksTLS(t *testing.T) {
	t.Parallel()
	certFile, keyFile := filepath.Join(t.TempDir(), "tls.crt"), filepath.Join(t.TempDir(), "tls.key")
	trusted := writeCertificate(t, certFile, keyFile, time.Now().AddDate(1, 0, 0))
	s := startServing(t, []string{
		"DATABASE_URL=" + storetest.URL(t), "SECRET_KEY=" + testSecretKey(), "TLS_CERT_FILE=" + certFile, "TLS_KEY_FILE=" + keyFile,
		"HTTP_REDIRECT_ADDR=127.0.0.1:0", "DATA_DIR=" + dataDir(t),
	}, "serve")
	if !strings.HasPrefix(s.url, "https://") {
		t.Errorf("it listens on %s", s.url)
	}
	var plain string
	for line := range s.logs {
		if _, rest, ok := strings.Cut(line, `"msg":"sending readers of plain HTTP to https","url":"`); ok {
			plain = strings.TrimSuffix(rest, `"}`)
			break
		}
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted, MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true}
	defer transport.CloseIdleConnections()
	// It follows from plain HTTP to https.
	res, err := (&http.Client{Transport: transport}).Get(plain + "/healthz/live")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK || res.Proto != "HTTP/2.0" || res.Request.URL.Scheme != "https" {
		t.Errorf("%s over %s from %s", res.Status, res.Proto, res.Request.URL)
	}
	if got := res.Header.Get("Strict-Transport-Security"); got != strictTransport {
		t.Errorf("Strict-Transport-Security is %q", got)
	}
	s.signal(syscall.SIGTERM)
	if code := s.wait(); code != 0 {
		t.Errorf("exit status %d", code)
	}
}

func TestSettingsOfTLSThatDoNotGoWithOthers(t *testing.T) {
	t.Parallel()
	for want, env := range map[string][]string{
		"PUBLIC_URL (--public-url) is \"http://jobs.example.com\"": {"ACME_HOSTS=jobs.example.com", "PUBLIC_URL=http://jobs.example.com"},
		"TLS_CERT_FILE (--tls-cert-file) is absent.crt":            {"TLS_CERT_FILE=absent.crt", "TLS_KEY_FILE=absent.key"},
		"ACME_HOSTS (--acme-hosts) is set, and TLS_CERT_FILE":      {"ACME_HOSTS=jobs.example.com", "TLS_CERT_FILE=absent.crt", "TLS_KEY_FILE=absent.key"},
		"ACME_DIRECTORY_URL (--acme-directory-url) is not":         {"ACME_HOSTS=jobs.example.com", "ACME_DIRECTORY_URL=http://acme.example.com"},
	} {
		o := runProgram(t, append(env, "LISTEN_ADDR=127.0.0.1:0"), "serve")
		if o.code != 1 || !strings.Contains(o.stderr, want) {
			t.Errorf("%v: exit status %d, %q, want %q", env, o.code, o.stderr, want)
		}
	}
}

func TestARenewedCertificateIsTakenAndItsEndMeasured(t *testing.T) {
	t.Parallel()
	certFile, keyFile := filepath.Join(t.TempDir(), "tls.crt"), filepath.Join(t.TempDir(), "tls.key")
	first, second := time.Unix(4_000_000_000, 0), time.Unix(4_100_000_000, 0)
	writeCertificate(t, certFile, keyFile, first)
	source, err := certificate.Open(certificate.Settings{CertFile: certFile, KeyFile: keyFile}, "")
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	a, registry := &app{log: slog.New(slog.NewJSONHandler(&log, nil))}, prometheus.NewRegistry()
	chores := a.certificateChores(source, registry)
	for _, want := range []time.Time{first, second} {
		writeCertificate(t, certFile, keyFile, want)
		if err := chores[0].Do(t.Context()); err != nil {
			t.Fatal(err)
		}
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		var metrics []*dto.Metric
		for _, f := range families {
			metrics = append(metrics, f.GetMetric()...)
		}
		if len(metrics) != 1 || metrics[0].GetGauge().GetValue() != float64(want.Unix()) {
			t.Errorf("%v, want %d", metrics, want.Unix())
		}
	}
	if got := strings.Count(log.String(), "the certificate is renewed"); got != 2 {
		t.Errorf("it is said %d times that the certificate is renewed:\n%s", got, &log)
	}
}
