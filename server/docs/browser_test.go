package docs

import (
	"context"
	"github.com/chromedp/cdproto/cdp"
	cdppage "github.com/chromedp/cdproto/page"
	"net/http/httptest"
	"slices"
	"strings"
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

// TestTheReferenceShowsTheContract lets the renderer work under its policy, which it must not offend against, and looks for an
// operation and an event.
func TestTheReferenceShowsTheContract(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(newDocs(t))
	t.Cleanup(srv.Close)
	b := pagestest.NewTab(t)
	b.Do("watch", chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, cdppage.AddScriptToEvaluateOnNewDocument, cdppage.AddScriptToEvaluateOnNewDocumentParams{
			Source: `window.offences = []; document.addEventListener('securitypolicyviolation', (e) => offences.push(e.violatedDirective + ' ' + e.blockedURI))`,
		})
		return err
	}))
	b.Do("open", chromedp.Navigate(srv.URL+"/docs/reference"), chromedp.WaitVisible(`.reference.live h1`))
	for place, title := range map[string]string{"#/operations/publishJob": "Publish a job", "#/webhooks/jobPublishedEvent": "A job was published"} {
		b.Do("open "+place, chromedp.Navigate(srv.URL+"/docs/reference"+place), chromedp.WaitVisible(`//h1[text()="`+title+`"]`))
	}
	// The renderer writes one style for each of its editors, whose id is different each time; the style sheet has the same.
	if offences := pagestest.Ask(b, "offences", chromedp.Evaluate[[]string]("window.offences")); slices.ContainsFunc(offences, func(o string) bool { return o != "style-src-elem inline" }) {
		t.Errorf("the policy was offended against: %q", offences)
	}
	blocked := pagestest.Ask(b, "blocked styles", chromedp.Evaluate[[]string](`[...document.querySelectorAll('style')].filter((e) => !e.sheet).map((e) => e.textContent.trim())`))
	for _, style := range blocked {
		if !strings.HasPrefix(style, `.sl-code-editor[id="`) {
			t.Errorf("the policy keeps out a style: %.200s", style)
		}
	}
}
