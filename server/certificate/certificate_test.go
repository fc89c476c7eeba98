package certificate

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// pair is a certificate that signs itself, and its key, in PEM.
func pair(t *testing.T, name string) (cert, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{"jobs.example.com"},
		NotBefore: time.Unix(0, 0), NotAfter: time.Date(2040, 1, 2, 3, 4, 5, 0, time.UTC),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})
}

func write(t *testing.T, name string, content []byte) {
	t.Helper()
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// shown is the name in the certificate that a client is shown.
func shown(t *testing.T, addr string) string {
	t.Helper()
	conn, err := tls.Dial("tcp", addr, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if p := conn.ConnectionState().NegotiatedProtocol; p != "h2" {
		t.Errorf("the protocol is %q, want h2", p)
	}
	return conn.ConnectionState().PeerCertificates[0].Subject.CommonName
}

func TestARenewedCertificateIsShown(t *testing.T) {
	t.Parallel()
	certFile, keyFile := filepath.Join(t.TempDir(), "tls.crt"), filepath.Join(t.TempDir(), "tls.key")
	cert, key := pair(t, "first")
	write(t, certFile, cert)
	write(t, keyFile, key)
	files, err := OpenFiles(certFile, keyFile)
	if err != nil {
		t.Fatal(err)
	}
	if end := files.Expiry(); !end.Equal(time.Date(2040, 1, 2, 3, 4, 5, 0, time.UTC)) {
		t.Errorf("it ends %s", end)
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", files.TLS())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_ = conn.(*tls.Conn).Handshake()
			conn.Close()
		}
	}()
	addr := l.Addr().String()
	if got := shown(t, addr); got != "first" {
		t.Fatalf("%q is shown", got)
	}
	if renewed, err := files.Renew(); renewed || err != nil {
		t.Errorf("without a change: %t, %v", renewed, err)
	}
	cert, key = pair(t, "second")
	write(t, certFile, cert) // its key comes later
	if renewed, err := files.Renew(); renewed || err == nil || !strings.Contains(err.Error(), "of no use with the key") {
		t.Errorf("with another's key: %t, %v", renewed, err)
	}
	if renewed, err := files.Renew(); renewed || err != nil {
		t.Errorf("the same files again: %t, %v", renewed, err)
	}
	if got := shown(t, addr); got != "first" {
		t.Errorf("between the two files %q is shown", got)
	}
	write(t, keyFile, key)
	if renewed, err := files.Renew(); !renewed || err != nil {
		t.Errorf("with both files: %t, %v", renewed, err)
	}
	if got := shown(t, addr); got != "second" {
		t.Errorf("after the renewal %q is shown", got)
	}
	if err := os.Remove(certFile); err != nil {
		t.Fatal(err)
	}
	if _, err := files.Renew(); err == nil {
		t.Error("a file that went is no error")
	}
	if got := shown(t, addr); got != "second" {
		t.Errorf("after the file went %q is shown", got)
	}
}

func TestFilesOfNoUseAreRefused(t *testing.T) {
	t.Parallel()
	cert, key := pair(t, "x")
	_, other := pair(t, "y")
	dir := t.TempDir()
	for name, content := range map[string][]byte{"cert": cert, "key": key, "other": other, "text": []byte("no PEM")} {
		write(t, filepath.Join(dir, name), content)
	}
	for _, tc := range []struct{ cert, key, want string }{
		{"absent", "key", "cannot be read (no such file or directory)"},
		{"cert", "absent", "cannot be read (no such file or directory)"},
		{"cert", "other", "of no use with the key"},
		{"text", "key", "of no use with the key"},
	} {
		if _, err := OpenFiles(filepath.Join(dir, tc.cert), filepath.Join(dir, tc.key)); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s and %s: %v, want %q", tc.cert, tc.key, err, tc.want)
		}
	}
}

func TestReadersOfPlainHTTPAreSentToHTTPS(t *testing.T) {
	t.Parallel()
	h := Redirect("https://jobs.example.com")
	for _, tc := range []struct {
		method, target, key string
		status              int
		location            string
	}{
		{http.MethodGet, "/jobs?q=a%20b", "", http.StatusPermanentRedirect, "https://jobs.example.com/jobs?q=a%20b"},
		{http.MethodHead, "/", "", http.StatusPermanentRedirect, "https://jobs.example.com/"},
		{http.MethodGet, "//evil.example/x", "", http.StatusPermanentRedirect, "https://jobs.example.com/evil.example/x"},
		{http.MethodPost, "/jobs/1/apply", "", http.StatusBadRequest, ""},
		{http.MethodGet, "/api/v1/jobs", "Bearer pk_live_x", http.StatusBadRequest, ""},
	} {
		w, r := httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), tc.method, "http://"+net.JoinHostPort("other.example", "80")+tc.target, nil)
		if tc.key != "" {
			r.Header.Set("Authorization", tc.key)
		}
		h.ServeHTTP(w, r)
		if w.Code != tc.status || w.Header().Get("Location") != tc.location {
			t.Errorf("%s %s: %d to %q, want %d to %q", tc.method, tc.target, w.Code, w.Header().Get("Location"), tc.status, tc.location)
		}
	}
}
