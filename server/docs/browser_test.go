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

// ofTheRenderer are the rules of axe-core that Stoplight Elements 9.0.25 breaks by what it writes, which no style of ours mends: element
// by element in its package. The list of operations at /docs/operations has the same in HTML of ours.
var ofTheRenderer = map[string]string{
	"aria-command-name":           "the arrows that open a schema have no name",
	"aria-required-attr":          "headings of its panels have no level",
	"aria-valid-attr-value":       "a tab names a panel that is not there while it is closed",
	"button-name":                 "the button of the side bar and that of copying have an icon alone",
	"label":                       "the editor of a request has no label",
	"label-content-name-mismatch": "lists that open are called otherwise than what they show",
	"landmark-unique":             "its panels are regions of one name",
	"nested-interactive":          "the title of a panel is a button with buttons in it",
	"scrollable-region-focusable": "examples scroll by mouse alone",
}

// TestTheReferenceFollowsTheTheme looks at the reference in light and in dark. What axe-core finds is either mended, such as each
// contrast, or the renderer's own.
func TestTheReferenceFollowsTheTheme(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(newDocs(t))
	t.Cleanup(srv.Close)
	seen := map[string]bool{}
	for _, place := range []string{"", "#/operations/publishJob"} {
		b := pagestest.NewTab(t)
		b.Do("open", chromedp.Navigate(srv.URL+"/docs/reference"+place), chromedp.WaitVisible(`.reference.live h1`))
		grounds := map[string]string{}
		for _, scheme := range []string{"light", "dark"} {
			rules := pagestest.AllRules
			if scheme == "dark" {
				rules = pagestest.ColourRules // nothing else is different
			}
			b.Scheme(scheme)
			b.Do("theme", chromedp.WaitVisible(`body[data-theme="`+scheme+`"]`))
			grounds[scheme] = pagestest.Ask(b, "ground", chromedp.Evaluate[string](`getComputedStyle(document.querySelector('.reference')).backgroundColor`))
			for _, found := range b.AxeAround("the reference"+place+" in "+scheme, "elements-api", rules) {
				rule, _, _ := strings.Cut(found, ":")
				if seen[rule] = true; ofTheRenderer[rule] == "" {
					t.Errorf("%s in %s: %s", place, scheme, found)
				}
			}
		}
		if grounds["light"] != "rgb(255, 255, 255)" || grounds["dark"] == grounds["light"] {
			t.Errorf("the grounds of the reference are %v", grounds)
		}
	}
	for rule := range ofTheRenderer {
		if !seen[rule] {
			t.Errorf("the renderer does not break %s any more: take it off the list", rule)
		}
	}
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
