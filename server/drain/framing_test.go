package drain

import (
	"bufio"
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestRequestsOfTwoLengthsAreRefused(t *testing.T) {
	t.Parallel()
	var handled []string
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		handled = append(handled, r.URL.Path)
		_, _ = io.Copy(w, r.Body)
	}, func() {})
	const chunks = "4\r\nbody\r\n0\r\n\r\n"
	for _, tc := range []struct {
		name, request string
		want          int
	}{
		{"in chunks", "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks, http.StatusOK},
		{"with a length", "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody", http.StatusOK},
		{"with both", "POST /c HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks, http.StatusBadRequest},
		{"with both the other way round, in other letters", "POST /d HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\nX: y\r\ncontent-LENGTH: 4\r\n\r\n" + chunks, http.StatusBadRequest},
		{"with both behind a long field", "POST /e HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("y", 20_000) + "\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks, http.StatusBadRequest},
		{"with the fields' names in a value", "POST /f HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nX: Content-Length: 4\r\n\r\n" + chunks, http.StatusOK},
		{"with both fields, but in the body", "POST /g HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n13\r\nContent-Length: 4\r\n\r\n0\r\n\r\n", http.StatusOK},
	} {
		c := dial(t, s.addr)
		if _, err := io.WriteString(c.conn, tc.request); err != nil {
			t.Fatal(err)
		}
		resp, err := http.ReadResponse(c.in, nil)
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if resp.StatusCode != tc.want {
			t.Errorf("%s: answered with %d, want %d", tc.name, resp.StatusCode, tc.want)
		}
		if tc.want != http.StatusBadRequest {
			continue
		}
		if _, err := bufio.NewReader(c.conn).ReadByte(); err == nil || !resp.Close {
			t.Errorf("%s: the connection stays open", tc.name)
		}
	}
	s.stop()
	if err := <-s.ended; err != nil {
		t.Error(err)
	}
	if got := strings.Join(handled, " "); got != "/a /b /f /g" {
		t.Errorf("the handler got %s", got)
	}
}

// A second request that comes with the first in one packet is looked at as well.
func TestThePipelinedRequestIsLookedAtAsWell(t *testing.T) {
	t.Parallel()
	s := serve(t, func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }, func() {})
	c := dial(t, s.addr)
	_, err := io.WriteString(c.conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\nPOST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{http.StatusOK, http.StatusBadRequest} {
		resp, err := http.ReadResponse(c.in, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("answered with %d, want %d", resp.StatusCode, want)
		}
	}
	s.stop()
	if err := <-s.ended; err != nil {
		t.Error(err)
	}
}

// What net/http refuses before any handler is answered in our words, too; an answer of a handler that looks alike is left alone.
func TestWhatIsNoHTTPIsAnsweredInOurWords(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Connection", "close")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, "400 Bad Request")
	}, func() {})
	for name, tc := range map[string]struct {
		request, body string
		status        int
	}{
		"a bad escape":      {"GET /100% HTTP/1.1\r\nHost: x\r\n\r\n", "refused with 400", 400},
		"no host":           {"GET / HTTP/1.1\r\n\r\n", "refused with 400", 400},
		"a control sign":    {"GET / HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n", "refused with 400", 400},
		"another version":   {"GET / HTTP/9.9\r\nHost: x\r\n\r\n", "refused with 505", 505},
		"another coding":    {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", "refused with 501", 501},
		"a header too long": {"GET / HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("y", MaxHeaderBytes+8<<10) + "\r\n\r\n", "refused with 431", 431},
		"a handler's own":   {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "400 Bad Request", 400},
	} {
		c := dial(t, s.addr)
		if _, err := io.WriteString(c.conn, tc.request); err != nil {
			t.Fatal(err)
		}
		resp, err := http.ReadResponse(c.in, nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || string(body) != tc.body || resp.StatusCode != tc.status || !resp.Close || (resp.Header.Get("X-Answer") == "ours") == (name == "a handler's own") {
			t.Errorf("%s: answered with %d %q and %v, %v; want %d %q", name, resp.StatusCode, body, resp.Header, err, tc.status, tc.body)
		}
	}
	s.stop()
	if err := <-s.ended; err != nil {
		t.Error(err)
	}
}
