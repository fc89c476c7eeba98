package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// overdue is a body whose time is over when what has come of it is read.
type overdue struct {
	io.ReadCloser

	controller *http.ResponseController
}

func (b overdue) Read(p []byte) (int, error) {
	if err := b.controller.SetReadDeadline(time.Unix(1, 0)); err != nil {
		return 0, err
	}
	return b.ReadCloser.Read(p)
}

// TestWhoseBodyStopsIsToldSo sends bodies that end before the length that they told: small ones, and ones that need room in memory.
func TestWhoseBodyStopsIsToldSo(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	routes := routesOf(t, s, &app{now: clock.Now})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = overdue{r.Body, http.NewResponseController(w)}
		routes.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	tenant := fixture.Account(t, s, "ada@northwind.example", 1)
	tenant.Mode = board.ModeTest
	_, key, err := s.Accounts.MintKey(t.Context(), account.NewKey{Tenant: tenant, Name: "Bullhorn", Scopes: []apikey.Scope{apikey.ScopeJobPosting}, Approve: true})
	if err != nil {
		t.Fatal(err)
	}
	const form = "Content-Type: application/x-www-form-urlencoded"
	for path, tc := range map[string]struct{ header, mediaType string }{
		"/employer/sign-in":      {form, "text/html"},
		"/platform/sign-in":      {form, "text/html"},
		"/contact":               {form, "text/html"},
		"/applications/withdraw": {form + "\r\nAccept: text/html", "text/html"},
		"/api/v1/jobs/batch":     {"Authorization: Bearer " + key + "\r\nContent-Type: application/json", "application/json"},
		"/mcp":                   {"Authorization: Bearer " + key + "\r\nContent-Type: application/json", "application/json"},
	} {
		for _, size := range []int{1000, 1_000_000} {
			t.Run(fmt.Sprintf("%s/%d", path, size), func(t *testing.T) {
				t.Parallel()
				var dialer net.Dialer
				conn, err := dialer.DialContext(t.Context(), "tcp", srv.Listener.Addr().String())
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				if _, err := fmt.Fprintf(conn, "POST %s HTTP/1.1\r\n%s\r\nHost: x\r\nContent-Length: %d\r\n\r\n-", path, tc.header, size); err != nil {
					t.Fatal(err)
				}
				res, err := http.ReadResponse(bufio.NewReader(conn), nil)
				if err != nil {
					t.Fatal(err)
				}
				defer res.Body.Close()
				body, err := io.ReadAll(res.Body)
				if err != nil || res.StatusCode != http.StatusServiceUnavailable || !res.Close || res.Header.Get("Retry-After") == "" ||
					!strings.HasPrefix(res.Header.Get("Content-Type"), tc.mediaType) || !strings.Contains(string(body), "did not come in time") {
					t.Errorf("%s %v close %t %v\n%s", res.Status, res.Header, res.Close, err, body)
				}
			})
		}
	}
}
