package server_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"itmanagerjobs/server"
	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/storetest/fixture"
)

// largeBatch has two jobs of some 20 KiB each.
func largeBatch(key string) servertest.Request {
	items := make([]any, 2)
	for i := range items {
		items[i] = map[string]any{"title": fmt.Sprintf("CIO %d", i), "description": "<p>" + strings.Repeat("Lead the team. ", 1400) + "</p>"}
	}
	return servertest.Request{Method: http.MethodPost, Path: "/api/v1/jobs/batch", Key: key, Body: map[string]any{"jobs": items}}
}

// holdEvents holds up all that an employer changes, until release.
func holdEvents(t *testing.T, api *servertest.API, tenant board.Tenant) (release func()) {
	t.Helper()
	tx, err := fixture.Raw(t, api.DatabaseURL).BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(t.Context(), `SELECT FROM event_heads WHERE employer_id = $1 FOR UPDATE`, tenant.EmployerID); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := tx.Rollback(); err != nil {
			t.Error(err)
		}
	}
}

// TestLargeRequestsOfOneEmployerLeaveRoomToOthers holds up an employer's batches, of which half as many are worked on as there are
// processors.
func TestLargeRequestsOfOneEmployerLeaveRoomToOthers(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	busy, key := api.Employer(t, "Busy", 1, apikey.ScopeJobPosting)
	_, other := api.Employer(t, "Northwind", 1, apikey.ScopeJobPosting)
	api.Want(t, http.StatusMultiStatus, largeBatch(key))
	release := holdEvents(t, api, busy)
	each := max(1, runtime.GOMAXPROCS(0)/2)
	const waiting = 3
	var sending sync.WaitGroup
	for range each + waiting {
		sending.Go(func() { api.Want(t, http.StatusMultiStatus, largeBatch(key)) })
	}
	for late := time.Now().Add(time.Minute); api.Handler.LargeWaiting() != waiting; {
		if time.Now().After(late) {
			t.Fatalf("%d large requests wait, want %d", api.Handler.LargeWaiting(), waiting)
		}
	}
	api.Want(t, http.StatusMultiStatus, largeBatch(other))
	// Small ones of the same employer do not wait for large ones.
	api.Want(t, http.StatusOK, servertest.Request{Method: http.MethodGet, Path: "/api/v1/jobs?pageSize=1", Key: key})
	release()
	sending.Wait()
	if n := api.Handler.LargeWaiting(); n != 0 {
		t.Errorf("%d wait after all are answered", n)
	}
}

// TestLargeRequestsRestBesideOthers holds up an employer's batches for longer than a rest takes at most, while another employer is there.
func TestLargeRequestsRestBesideOthers(t *testing.T) {
	t.Parallel()
	const longestRest = 100 * time.Millisecond
	api := servertest.New(t)
	busy, key := api.Employer(t, "Busy", 1, apikey.ScopeJobPosting)
	_, other := api.Employer(t, "Northwind", 1, apikey.ScopeJobPosting)
	api.Want(t, http.StatusMultiStatus, largeBatch(key)) // what is held up are the events that come after the first
	visit := func() {
		api.Want(t, http.StatusOK, servertest.Request{Method: http.MethodGet, Path: "/api/v1/me", Key: other})
	}
	var visiting, sending sync.WaitGroup
	gone := make(chan struct{})
	visiting.Go(func() {
		for tick := time.Tick(50 * time.Millisecond); ; { // who has come within the last second is there
			select {
			case <-gone:
				return
			case <-tick:
				visit()
			}
		}
	})
	release := holdEvents(t, api, busy)
	for range max(1, runtime.GOMAXPROCS(0)/2) + 1 {
		sending.Go(func() { api.Want(t, http.StatusMultiStatus, largeBatch(key)) })
	}
	for late := time.Now().Add(time.Minute); api.Handler.LargeWaiting() != 1; {
		if time.Now().After(late) {
			t.Fatalf("%d large requests wait, want 1", api.Handler.LargeWaiting())
		}
	}
	for held := time.Now(); time.Since(held) < longestRest; {
		visit()
	}
	began := time.Now()
	release()
	sending.Wait()
	if took := time.Since(began); took < longestRest {
		t.Errorf("the last one came %v after those before it, want %v", took, longestRest)
	}
	close(gone)
	visiting.Wait()
}

// unread is a caller who does not read the answer until told to.
type unread struct {
	*httptest.ResponseRecorder

	writing chan<- struct{}
	read    <-chan struct{}
}

func (u unread) Write(b []byte) (int, error) {
	u.writing <- struct{}{}
	<-u.read
	return u.ResponseRecorder.Write(b)
}

// TestACallerWhoDoesNotReadHasNoTurn has callers leave the answers to large requests unread, as many as may be worked on at once.
func TestACallerWhoDoesNotReadHasNoTurn(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	_, key := api.Employer(t, "Northwind", 1, apikey.ScopeJobPosting)
	body := `{"jobs":[{"title":"CIO"}]}` + strings.Repeat(" ", 100_000)
	each := max(1, runtime.GOMAXPROCS(0)/2)
	writing, read := make(chan struct{}, 100), make(chan struct{})
	var serving sync.WaitGroup
	for range each {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/v1/jobs/batch", strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+key)
		r.Header.Set("Content-Type", "application/json")
		serving.Go(func() { api.Handler.ServeHTTP(unread{httptest.NewRecorder(), writing, read}, r) })
	}
	for range each {
		<-writing
	}
	api.Want(t, http.StatusMultiStatus, largeBatch(key)) // within the 10 s that it waits for a turn
	close(read)
	serving.Wait()
}

// TestALargeBodyIsReadAsASmallOne sends what is too large, broken off and of unknown size.
func TestALargeBodyIsReadAsASmallOne(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	_, key := api.Employer(t, "Northwind", 1, apikey.ScopeJobPosting)
	send := func(size int64, body io.Reader) int {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, api.URL+"/api/v1/jobs/batch", body)
		if err != nil {
			t.Fatal(err)
		}
		r.ContentLength = size
		r.Header.Set("Authorization", "Bearer "+key)
		r.Header.Set("Content-Type", "application/json")
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		return res.StatusCode
	}
	small := `{"jobs":[{"title":"CIO"}]}`
	if got := send(-1, strings.NewReader(small)); got != http.StatusMultiStatus {
		t.Errorf("a small body of unknown size: %d", got)
	}
	padded := small + strings.Repeat(" ", 100_000)
	for _, size := range []int64{-1, int64(len(padded))} {
		if got := send(size, strings.NewReader(padded)); got != http.StatusMultiStatus {
			t.Errorf("a large body with the size %d: %d", size, got)
		}
	}
	huge := bytes.Repeat([]byte(" "), 32<<20)
	for _, size := range []int64{-1, int64(len(huge))} {
		if got := send(size, bytes.NewReader(huge)); got != http.StatusRequestEntityTooLarge {
			t.Errorf("a body that is too large with the size %d: %d", size, got)
		}
	}
}

// lateBody is a body for which there was no room, and whose end does not come in time.
type lateBody struct {
	io.ReadCloser

	giveUp func() error
}

func (b lateBody) Read([]byte) (int, error) {
	if err := b.giveUp(); err != nil {
		return 0, err
	}
	if n, err := io.Copy(io.Discard, b.ReadCloser); err == nil {
		return 0, fmt.Errorf("all of the body has come after %d bytes", n)
	}
	return 0, server.ErrManyLarge
}

// TestWhoSendsALargeBodySlowlyIsTold: net/http ends the context of a request whose body does not come in time, as if the caller were gone.
func TestWhoSendsALargeBodySlowlyIsTold(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, key := api.Employer(t, "Northwind", 1, apikey.ScopeJobPosting)
	form := fmt.Sprintf("POST /jobs/%d/apply HTTP/1.1\r\nAccept: text/html\r\nContent-Type: multipart/form-data; boundary=x", api.OpenJob(t, tenant).ID)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		past := func() error { return http.NewResponseController(w).SetReadDeadline(time.Unix(1, 0)) }
		r.Body = lateBody{r.Body, past}
		api.Handler.ServeHTTP(w, r)
	}))
	defer srv.Close()
	for _, tc := range []struct{ head, mediaType, told string }{
		{"POST /api/v1/jobs/batch HTTP/1.1\r\nX-Api-Key: " + key + "\r\nContent-Type: application/json", "application/json", `"code":"unavailable"`},
		{form, "text/html", "Try again in a moment"},
	} {
		var dialer net.Dialer
		conn, err := dialer.DialContext(t.Context(), "tcp", srv.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := fmt.Fprintf(conn, "%s\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n-", tc.head); err != nil {
			t.Fatal(err)
		}
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" ||
			!strings.HasPrefix(res.Header.Get("Content-Type"), tc.mediaType) || !strings.Contains(string(body), tc.told) {
			t.Errorf("%s: %s %v %s %v", tc.head, res.Status, res.Header, body, err)
		}
	}
}
