package programtest

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"itmanagerjobs/store/storetest"
)

// writeCertificate makes files of the certificate that httptest has for this machine, and returns who trusts it.
func writeCertificate(t *testing.T, certFile, keyFile string) *x509.CertPool {
	t.Helper()
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	pkcs8, err := x509.MarshalPKCS8PrivateKey(server.TLS.Certificates[0].PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: server.Certificate().Raw}, keyFile: {Type: "PRIVATE KEY", Bytes: pkcs8}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())
	return pool
}

func TestTheProgramSpeaksTLS(t *testing.T) {
	t.Parallel()
	certFile, keyFile := filepath.Join(t.TempDir(), "tls.crt"), filepath.Join(t.TempDir(), "tls.key")
	trusted := writeCertificate(t, certFile, keyFile)
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
	if got := res.Header.Get("Strict-Transport-Security"); got != "max-age=31536000" {
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
