// Package servertest serves the API over a test store with a clock that stands still, and checks every answer against
// the contract. It must not be imported outside tests.
package servertest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"itmanagerjobs/server"
	"itmanagerjobs/server/requestlog"
	"itmanagerjobs/server/site"
	"itmanagerjobs/store"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/storetest"
)

// PublicURL is the address that links in answers begin with.
const PublicURL = "https://itmanagerjobs.example"

// API is a server over a database of its own.
type API struct {
	Store *store.Store
	// Clock is the clock that New made; nil after Over.
	Clock *storetest.Clock
	// DatabaseURL is the database that New made; empty after Over.
	DatabaseURL string
	// Handler serves requests without a network, URL over one.
	Handler *server.Server
	URL     string
	// Log holds the server's log lines.
	Log *Lines
}

// New starts a server over an empty database.
func New(t testing.TB) *API {
	t.Helper()
	clock := storetest.NewClock()
	options := storetest.Options(clock)
	options.Rand, options.Salts = storetest.Predictable(), storetest.Predictable()
	url := storetest.URL(t)
	api := Over(t, storetest.Open(t, url, options), clock.Now)
	api.Clock, api.DatabaseURL = clock, url
	return api
}

// NewWithRequestLog is New with a log of requests, which is written when it is stopped.
func NewWithRequestLog(t testing.TB, change ...func(*server.Config)) (*API, *requestlog.Log) {
	t.Helper()
	clock := storetest.NewClock()
	s := storetest.Open(t, storetest.URL(t), storetest.Options(clock))
	requests := requestlog.Start(requestlog.Config{
		Write: s.Accounts.LogRequests, Log: slog.New(slog.DiscardHandler), Ticks: func(time.Duration) (<-chan time.Time, func()) { return nil, func() {} },
	})
	t.Cleanup(requests.Stop)
	api := OverWith(t, s, clock.Now, requests, change...)
	api.Clock = clock
	return api, requests
}

// Over starts a server over a store. Several servers over one database are several copies of the program.
func Over(t testing.TB, s *store.Store, now func() time.Time) *API {
	t.Helper()
	return OverWith(t, s, now, nil)
}

// OverWith is Over with a log of requests, nil for none, and with what is changed in the configuration.
func OverWith(t testing.TB, s *store.Store, now func() time.Time, requests *requestlog.Log, change ...func(*server.Config)) *API {
	t.Helper()
	var ids atomic.Int64
	api := &API{Store: s, Log: &Lines{}}
	newID := func() string { return fmt.Sprintf("req-%d", ids.Add(1)) }
	log := slog.New(slog.NewJSONHandler(api.Log, nil))
	public, err := site.New(site.Config{Jobs: s.Jobs, Platform: noPlatform{}, Log: log, Now: now, Wall: time.Now, NewID: newID, PublicURL: PublicURL})
	if err != nil {
		t.Fatalf("build site: %v", err)
	}
	config := server.Config{
		Store: s, CursorKey: s.CursorKey(), Log: log, Now: now, NewRequestID: newID, PublicURL: PublicURL, CheckURL: checkURL, CountryOf: countryOf, Pages: public, Requests: requests,
	}
	for _, c := range change {
		c(&config)
	}
	srv, err := server.New(config)
	if err != nil {
		t.Fatalf("build server: %v", err)
	}
	api.Handler = srv
	ts := httptest.NewServer(srv)
	t.Cleanup(ts.Close)
	api.URL = ts.URL
	return api
}

// AddressInFrance is the only network address whose country is known.
const AddressInFrance = "203.0.113.33"

func countryOf(address string) string {
	if address == AddressInFrance {
		return "FR"
	}
	return ""
}

// checkURL replaces the check of the delivery engine: it accepts https to any host, and of test data this machine.
func checkURL(m board.Mode, raw string) (code, message string) {
	if strings.HasPrefix(raw, "https://") || m == board.ModeTest && strings.HasPrefix(raw, "http://localhost:") {
		return "", ""
	}
	return "invalid_format", "The URL must begin with https://."
}

// Employer makes an account with credits and a live key of the scopes.
func (a *API) Employer(t testing.TB, name string, credits int64, scopes ...apikey.Scope) (board.Tenant, string) {
	t.Helper()
	ctx := context.Background()
	email := strings.ToLower(strings.ReplaceAll(name, " ", ".")) + "@employer.example"
	id, _, err := a.Store.Accounts.CreateEmployer(ctx, account.NewEmployer{Name: name, Email: email})
	if err != nil {
		t.Fatalf("create employer: %v", err)
	}
	tenant := board.Tenant{EmployerID: id, Mode: board.ModeLive}
	if credits > 0 {
		if _, err := a.Store.Accounts.GrantCredits(ctx, tenant, account.Credits{JobPosting: credits}); err != nil {
			t.Fatalf("grant credits: %v", err)
		}
	}
	return tenant, a.Key(t, account.NewKey{Tenant: tenant, Name: name + " key", Scopes: scopes, Approve: true})
}

// Key mints a key.
func (a *API) Key(t testing.TB, n account.NewKey) string {
	t.Helper()
	_, plain, err := a.Store.Accounts.MintKey(context.Background(), n)
	if err != nil {
		t.Fatalf("mint key: %v", err)
	}
	return plain
}

// Attempt replaces the delivery engine: it records one attempt for every delivery that is due, all with the same result.
func (a *API) Attempt(t testing.TB, result outbox.Attempt) {
	t.Helper()
	ctx := context.Background()
	q, err := a.Store.OpenQueue(outbox.QueueOptions{})
	if err != nil {
		t.Fatalf("open queue: %v", err)
	}
	worker, err := q.Join(ctx, time.Hour)
	if err != nil {
		t.Fatalf("join: %v", err)
	}
	lanes, err := q.TakeLanes(ctx, worker, 1000)
	if err != nil {
		t.Fatalf("take lanes: %v", err)
	}
	owned, wants := map[int64]outbox.Lane{}, []outbox.LaneWant{}
	for _, l := range lanes {
		if l.Endpoint == nil {
			continue // emails have lanes, too
		}
		owned[l.ID] = l
		wants = append(wants, outbox.LaneWant{LaneID: l.ID, Limit: 1000})
	}
	due, err := q.Fetch(ctx, worker, wants)
	if err != nil {
		t.Fatalf("fetch: %v", err)
	}
	attempts := make([]outbox.Attempt, len(due))
	for i, d := range due {
		attempts[i] = result
		attempts[i].Queued, attempts[i].Epoch, attempts[i].StartedAt = d, owned[d.LaneID].Epoch, a.Store.Now()
		attempts[i].SubscriptionID = owned[d.LaneID].Endpoint.SubscriptionID
	}
	if n, err := q.Record(ctx, attempts); err != nil || n != len(attempts) {
		t.Fatalf("recorded %d of %d attempts: %v", n, len(attempts), err)
	}
	if err := errors.Join(q.Leave(ctx, worker), q.Close()); err != nil {
		t.Fatalf("leave the queue: %v", err)
	}
}

// Request is one call. A Body that is not a string or bytes is sent as JSON.
type Request struct {
	Method, Path string
	Key          string
	Header       map[string]string
	Body         any
	// From is the address of this machine that it is sent from, such as 127.0.0.2; empty for any.
	From string
}

// Response is its answer, read to the end.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// JSON decodes the body.
func (r Response) JSON(t testing.TB, into any) {
	t.Helper()
	if err := json.Unmarshal(r.Body, into); err != nil {
		t.Fatalf("decode answer: %v\n%s", err, r.Body)
	}
}

// client does not follow redirects: the address is part of the answer.
var client = http.Client{
	// Of its own: a test server that closes cuts the idle connections of the default one, also under a request of another test.
	Transport:     &http.Transport{MaxIdleConnsPerHost: 8},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// Do sends a request over the network and checks the answer against the contract.
func (a *API) Do(t testing.TB, q Request) Response {
	t.Helper()
	r, body := q.build(t, a.URL)
	c := client
	if q.From != "" {
		dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(q.From)}}
		c.Transport = &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true}
	}
	res, err := c.Do(r)
	if err != nil {
		t.Fatalf("%s %s: %v", q.Method, q.Path, err)
	}
	defer res.Body.Close()
	read, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("read answer: %v", err)
	}
	answer := Response{Status: res.StatusCode, Header: res.Header, Body: read}
	checkContract(t, q, body, answer)
	return answer
}

// Want is Do for an answer of one status.
func (a *API) Want(t testing.TB, status int, q Request) Response {
	t.Helper()
	res := a.Do(t, q)
	if res.Status != status {
		t.Fatalf("%s %s: status %d, want %d\n%s", q.Method, q.Path, res.Status, status, res.Body)
	}
	return res
}

func (q Request) build(t testing.TB, base string) (*http.Request, []byte) {
	t.Helper()
	var body []byte
	switch b := q.Body.(type) {
	case nil:
	case string:
		body = []byte(b)
	case []byte:
		body = b
	default:
		var err error
		if body, err = json.Marshal(b); err != nil {
			t.Fatalf("encode body: %v", err)
		}
	}
	r, err := http.NewRequest(q.Method, base+q.Path, bytes.NewReader(body)) //nolint:noctx // bounded by the test
	if err != nil {
		t.Fatalf("build request: %v", err)
	}
	if q.Key != "" {
		r.Header.Set("Authorization", "Bearer "+q.Key)
	}
	if q.Body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, value := range q.Header {
		r.Header.Set(name, value)
	}
	return r, body
}

// noPlatform has nothing for sale and takes no messages: tests of the API ask for neither.
type noPlatform struct{}

func (noPlatform) Packages(context.Context) ([]board.Package, error) { return nil, nil }

func (noPlatform) Contact(context.Context, board.ContactRequest, string) (string, error) {
	return "", board.Errorf(board.CodeUnavailable, "There is no platform.")
}
