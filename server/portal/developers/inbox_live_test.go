package developers_test

import (
	"bufio"
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"itmanagerjobs/server/pagestest"
	"itmanagerjobs/server/portal/portaltest"
	"itmanagerjobs/store"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/storetest"
)

// followed is a portal with inbox 1, and the store of another copy of the program over the same database.
func followed(t *testing.T) (ada *portaltest.Browser, arrive func()) {
	t.Helper()
	address, clock := storetest.URL(t), storetest.NewClock()
	s := portaltest.NewOver(t, storetest.Open(t, address, storetest.Options(clock)), clock)
	other := storetest.Open(t, address, storetest.Options(clock))
	ada = s.Browser().SignUp("Northwind", "ada@northwind.example")
	ada.Post("/employer/mode", url.Values{"mode": {"test"}, "next": {"/employer/test"}}).Wants(t, http.StatusOK)
	ada.Post("/employer/test/inboxes", url.Values{"name": {"First try"}}).Wants(t, http.StatusOK, `data-stream="/employer/test/inboxes/1/live"`, "<noscript>")
	return ada, func() { arriveAt(t, other) }
}

func arriveAt(t *testing.T, s *store.Store) {
	t.Helper()
	all, err := s.Outbox.Inboxes(t.Context(), testTenant)
	if err != nil || len(all) != 1 {
		t.Fatalf("%d inboxes, %v", len(all), err)
	}
	if _, err := s.Outbox.Receive(t.Context(), outbox.Arrival{Tenant: testTenant, Token: all[0].Token, SubscriptionID: 1, DeliveryID: 7, Method: "POST", Header: http.Header{"X-Webhook-Event": {"job.created"}}, Body: []byte(`{}`)}); err != nil {
		t.Fatal(err)
	}
}

// stream opens the stream of an inbox.
func stream(t *testing.T, b *portaltest.Browser) (*http.Response, *bufio.Scanner) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.URL+"/employer/test/inboxes/1/live", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := b.Client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = res.Body.Close() })
	return res, bufio.NewScanner(res.Body)
}

// until reads lines up to one; false when the stream has ended before.
func until(lines *bufio.Scanner, line string) bool {
	for lines.Scan() {
		if lines.Text() == line {
			return true
		}
	}
	return false
}

// TestWhatArrivesThroughAnotherCopyIsStreamed: six viewers share what listens, the seventh is sent away, and all end when the program stops.
func TestWhatArrivesThroughAnotherCopyIsStreamed(t *testing.T) {
	t.Parallel()
	ada, arrive := followed(t)
	var open []*bufio.Scanner
	for range 6 {
		res, lines := stream(t, ada) //nolint:bodyclose // closed at the end of the test
		if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "text/event-stream" || !until(lines, "retry: 2000") {
			t.Fatalf("a stream: %d %v", res.StatusCode, res.Header)
		}
		open = append(open, lines)
	}
	if res, _ := stream(t, ada); res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" { //nolint:bodyclose // closed at the end of the test
		t.Errorf("the seventh stream of one user: %d %v", res.StatusCode, res.Header)
	}
	eve := ada.Site.Browser().SignUp("Southwind", "eve@southwind.example")
	eve.Post("/employer/mode", url.Values{"mode": {"test"}, "next": {"/employer/test"}})
	if res, _ := stream(t, eve); res.StatusCode != http.StatusNotFound { //nolint:bodyclose // closed at the end of the test
		t.Errorf("another employer's inbox: %d", res.StatusCode)
	}
	arrive()
	for i, lines := range open {
		if !until(lines, "data: arrived") {
			t.Errorf("stream %d is not told", i)
		}
	}
	ada.Portal.Drain()
	ada.Portal.Drain()
	for i, lines := range open {
		if until(lines, "never said") || lines.Err() != nil {
			t.Errorf("stream %d does not end: %v", i, lines.Err())
		}
	}
	if res, _ := stream(t, ada); res.StatusCode != http.StatusServiceUnavailable { //nolint:bodyclose // closed at the end of the test
		t.Errorf("a stream while the program stops: %d", res.StatusCode)
	}
	if strings.Contains(ada.Log.String(), "superfluous") || strings.Contains(ada.Log.String(), `"level":"ERROR"`) {
		t.Errorf("the log: %s", ada.Log)
	}
}

// TestAnInboxFollowsInABrowser takes the timers away from the page, so that the stream alone can bring what arrives, and the streams, so
// that the timers have to.
func TestAnInboxFollowsInABrowser(t *testing.T) {
	t.Parallel()
	for name, without := range map[string]string{"by the stream": "window.setInterval = () => 0", "without streams": "delete window.EventSource"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ada, arrive := followed(t)
			b := pagestest.NewTab(t)
			b.Do(name, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
				_, err := cdp.Call(ctx, target, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: without})
				return err
			}))
			b.Do("sign in", chromedp.Navigate(ada.URL+"/employer/sign-in"), chromedp.SendKeys("#email", "ada@northwind.example"), chromedp.SendKeys("#password", portaltest.Password), pagestest.Enter(), chromedp.WaitVisible(".stats"))
			b.Do("switch", chromedp.Navigate(ada.URL+"/employer/test"), chromedp.Click("main .empty button"), chromedp.WaitVisible(".table"))
			b.Do("inbox", chromedp.Navigate(ada.URL+"/employer/test/inboxes/1"), chromedp.WaitVisible("main .empty"))
			arrive()
			b.Do("what arrives", chromedp.WaitVisible(`//a[.="POST job.created"]`))
		})
	}
}
