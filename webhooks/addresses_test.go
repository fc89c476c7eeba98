package webhooks

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/outbox"
)

func TestAddresses(t *testing.T) {
	t.Parallel()
	const inbox = "https://jobs.example/inbox/TOKEN"
	public := Addresses{InboxPrefix: "https://jobs.example/inbox/"}
	own := Addresses{Test: Guard{AllowLoopback: true}, InboxPrefix: "https://jobs.example/inbox/"}
	for _, tc := range []struct {
		name      string
		addresses Addresses
		mode      board.Mode
		url, code string
		waysOut   bool
	}{
		{"https", public, board.ModeLive, "https://ats.example/hook", "", false},
		{"an inbox, test", public, board.ModeTest, inbox, "", false},
		{"an inbox, live", public, board.ModeLive, inbox, "not_allowed", false},
		{"loopback, live", public, board.ModeLive, "http://localhost:3000/hook", "invalid_format", false},
		{"loopback, test", public, board.ModeTest, "http://localhost:3000/hook", "invalid_format", true},
		{"a private address, test", public, board.ModeTest, "https://192.168.1.7/hook", "not_allowed", true},
		{"a bad address, test", public, board.ModeTest, "ftp://ats.example/hook", "invalid_format", false},
		{"on one's own machine, test", own, board.ModeTest, "http://localhost:3000/hook", "", false},
		{"by number", own, board.ModeTest, "http://127.0.0.1:3000/hook", "", false},
		{"in IPv6", own, board.ModeTest, "http://[::1]:3000/hook", "", false},
		{"another machine of the network", own, board.ModeTest, "http://192.168.1.7:3000/hook", "not_allowed", true},
		{"on one's own machine, live", own, board.ModeLive, "http://localhost:3000/hook", "invalid_format", false},
	} {
		code, message := tc.addresses.CheckURL(tc.mode, tc.url)
		if code != tc.code || strings.Contains(message, "itmanagerjobs listen") != tc.waysOut {
			t.Errorf("%s: %q %q, want %q, and the three ways out: %t", tc.name, code, message, tc.code, tc.waysOut)
		}
	}
}

// TestTestDataAloneGoesToThisMachine: a connection that test data may use is none for live data.
func TestTestDataAloneGoesToThisMachine(t *testing.T) {
	t.Parallel()
	arrived := 0
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		arrived++
		_, _ = io.Copy(io.Discard, r.Body)
	}))
	t.Cleanup(server.Close)
	client := NewClient(ClientOptions{TestGuard: &Guard{AllowLoopback: true}, Now: time.Now})
	t.Cleanup(client.CloseIdle)
	send := func(m board.Mode) Result {
		return client.Send(t.Context(), Request{URL: server.URL, Tenant: board.Tenant{EmployerID: 1, Mode: m}, Body: []byte(`{}`)})
	}
	if r := send(board.ModeTest); r.Status != http.StatusOK {
		t.Fatalf("test data: %+v", r.Err)
	}
	if r := send(board.ModeLive); r.Err == nil || r.Err.Stage != StageBlocked || arrived != 1 {
		t.Errorf("live data: %+v, %d have arrived", r, arrived)
	}
}

func TestInboxTakesDeliveries(t *testing.T) {
	t.Parallel()
	var kept []outbox.Arrival
	broken := errors.New("the database is away")
	client := NewClient(ClientOptions{
		Now: time.Now, UserAgent: "us/1", InboxPrefix: "http://127.0.0.1:8080/inbox/",
		Receive: func(_ context.Context, a outbox.Arrival) (bool, error) {
			if a.Token == "BROKEN" {
				return false, broken
			}
			kept = append(kept, a)
			return a.Token == "TOKEN", nil
		},
	})
	tenant := board.Tenant{EmployerID: 7, Mode: board.ModeTest}
	send := func(method, token string) Result {
		return client.Send(t.Context(), Request{
			Method: method, URL: "http://127.0.0.1:8080/inbox/" + token, Header: http.Header{"X-Webhook-Signature": {"sha256=1"}}, Body: []byte(`{"jobId":1}`),
			Tenant: tenant, SubscriptionID: 3, DeliveryID: 4,
		})
	}
	if r := send("", "TOKEN"); r.Status != http.StatusOK || r.Err != nil {
		t.Errorf("%+v", r)
	}
	if r := send("", "ANOTHER"); r.Status != http.StatusNotFound {
		t.Errorf("no such inbox: %+v", r)
	}
	if r := send("", "BROKEN"); r.Err == nil || !errors.Is(r.Err.cause, broken) {
		t.Errorf("without a database: %+v", r)
	}
	if r := send(http.MethodOptions, "TOKEN"); r.Status/100 != 2 || len(kept) != 2 {
		t.Errorf("a handshake: %+v, %d kept", r, len(kept))
	}
	a := kept[0]
	if a.Tenant != tenant || a.SubscriptionID != 3 || a.DeliveryID != 4 || string(a.Body) != `{"jobId":1}` || a.Header.Get("X-Webhook-Signature") != "sha256=1" || a.Header.Get("User-Agent") != "us/1" {
		t.Errorf("kept is %+v", a)
	}
}
