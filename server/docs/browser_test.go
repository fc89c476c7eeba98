package docs

import (
	"net/http/httptest"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"itmanagerjobs/server/pagestest"
)

// TestAPersonReadsAndSearches looks at pages on a phone and a desk, and searches by keyboard as it is typed.
func TestAPersonReadsAndSearches(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(newDocs(t))
	t.Cleanup(srv.Close)
	b := pagestest.NewTab(t)
	for _, page := range []struct{ name, address string }{
		{"docs", "/docs"}, {"docs-webhooks", "/docs/webhooks"}, {"docs-event", "/docs/events/job.published"}, {"docs-search", "/docs/search?q=signature"},
	} {
		b.Do("open "+page.address, chromedp.Navigate(srv.URL+page.address), chromedp.WaitVisible("#main > *"))
		b.Screens(page.name)
	}
	b.Do("open", chromedp.Navigate(srv.URL+"/docs"), chromedp.WaitVisible("#main > *"))
	b.TabTo("#q")
	b.Do("type", chromedp.KeyEvent("retry-af"), chromedp.WaitVisible(".docs-found a"))
	b.Do("choose", chromedp.KeyEvent(kb.ArrowDown), pagestest.Enter(), chromedp.WaitVisible(`.docs-nav [aria-current="page"]`))
	if at := pagestest.Ask(b, "address", chromedp.Evaluate[string]("location.pathname")); at == "/docs" || at == "/docs/search" {
		t.Errorf("the search led to %s", at)
	}
	// A phone has the list of pages behind a button, which needs no script.
	b.Do("phone", chromedp.EmulateViewport(390, 844), chromedp.Click(".docs-menu button"), chromedp.WaitVisible(`.docs-nav a[href="/docs/errors"]`))
	b.Axe("the list of pages on a phone")
	b.Do("go on", chromedp.Click(`.docs-nav a[href="/docs/errors"]`), chromedp.WaitVisible("#all-codes"))
}
