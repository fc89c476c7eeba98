package drain

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// serveTLS serves with the certificate of httptest, and returns a client's settings that trust it.
func serveTLS(t *testing.T, handler http.HandlerFunc) (s served, trusting *tls.Config) {
	t.Helper()
	issuer := httptest.NewUnstartedServer(nil)
	issuer.StartTLS()
	t.Cleanup(issuer.Close)
	l, err := Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	s = served{addr: l.Addr().String(), stop: cancel, ended: make(chan error, 1)}
	listening := make(chan struct{})
	go func() {
		s.ended <- Serve(ctx, l, Service{
			Handler: handler, Drain: func() {}, Log: slog.New(slog.DiscardHandler),
			TLS: &tls.Config{
				MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"},
				GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &issuer.TLS.Certificates[0], nil },
			},
			Ambiguous: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadRequest) }),
			Listening: func() error { close(listening); return nil },
		})
	}()
	<-listening
	trusting = issuer.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	trusting.ServerName = "example.com"
	return s, trusting
}

func TestTLSSpeaksBothVersionsOfHTTP(t *testing.T) {
	t.Parallel()
	s, trusting := serveTLS(t, func(w http.ResponseWriter, r *http.Request) {
		if r.TLS == nil || !r.TLS.HandshakeComplete {
			t.Errorf("%s: the handler is not told of TLS", r.Proto)
		}
		_, _ = io.WriteString(w, r.Proto)
	})
	for _, protocol := range []string{"HTTP/1.1", "HTTP/2.0"} {
		transport := &http.Transport{TLSClientConfig: trusting.Clone(), ForceAttemptHTTP2: protocol == "HTTP/2.0"}
		res, err := (&http.Client{Transport: transport}).Get("https://" + s.addr)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		if err != nil || string(body) != protocol || res.TLS == nil {
			t.Errorf("%s: %q, %v", protocol, body, err)
		}
		res.Body.Close()
		transport.CloseIdleConnections()
	}
	s.stop()
	if err := <-s.ended; err != nil {
		t.Error(err)
	}
}

func TestOldTLSIsRefused(t *testing.T) {
	t.Parallel()
	s, trusting := serveTLS(t, func(http.ResponseWriter, *http.Request) {})
	trusting.MinVersion, trusting.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	conn, err := tls.Dial("tcp", s.addr, trusting)
	if err == nil {
		conn.Close()
		t.Error("a client with TLS 1.1 is served")
	}
}

func TestPlainHTTPOnAPortOfTLSIsToldSo(t *testing.T) {
	t.Parallel()
	s, _ := serveTLS(t, func(http.ResponseWriter, *http.Request) { t.Error("it is handled") })
	c := dial(t, s.addr)
	c.send(t)
	res, err := http.ReadResponse(c.in, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusBadRequest || !strings.Contains(string(body), "https://") {
		t.Errorf("%s %q, %v", res.Status, body, err)
	}
}

func TestRequestsOfTwoLengthsAreRefusedWithinTLS(t *testing.T) {
	t.Parallel()
	s, trusting := serveTLS(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	for header, want := range map[string]int{
		"Transfer-Encoding: chunked\r\n":                      http.StatusOK,
		"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n": http.StatusBadRequest,
	} {
		conn, err := tls.Dial("tcp", s.addr, trusting)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\n"+header+"\r\n4\r\nbody\r\n0\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("%q: %d, want %d", header, res.StatusCode, want)
		}
	}
}

func TestAClientThatShakesNoHandsHoldsNothingUp(t *testing.T) {
	t.Parallel()
	s, trusting := serveTLS(t, func(http.ResponseWriter, *http.Request) {})
	silent, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	transport := &http.Transport{TLSClientConfig: trusting, ForceAttemptHTTP2: true}
	defer transport.CloseIdleConnections()
	res, err := (&http.Client{Transport: transport}).Get("https://" + s.addr)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	s.stop()
	select {
	case err := <-s.ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(ReadHeaderTimeout):
		t.Error("the stop waits for a client that says nothing")
	}
}

func TestAStopAnswersRequestsUnderWayOverHTTP2(t *testing.T) {
	t.Parallel()
	began, finish := make(chan struct{}), make(chan struct{})
	s, trusting := serveTLS(t, func(w http.ResponseWriter, r *http.Request) {
		close(began)
		<-finish
		_, _ = io.WriteString(w, r.Proto)
	})
	transport := &http.Transport{TLSClientConfig: trusting, ForceAttemptHTTP2: true}
	defer transport.CloseIdleConnections()
	answered := make(chan string, 1)
	go func() {
		res, err := (&http.Client{Transport: transport}).Get("https://" + s.addr)
		if err != nil {
			answered <- err.Error()
			return
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			answered <- err.Error()
			return
		}
		answered <- string(body)
	}()
	<-began
	s.stop()
	close(finish)
	if got := <-answered; got != "HTTP/2.0" {
		t.Errorf("the request under way: %s", got)
	}
	if err := <-s.ended; err != nil {
		t.Error(err)
	}
}
