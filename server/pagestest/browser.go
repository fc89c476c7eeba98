package pagestest

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// shared is the browser of this process. It runs while a test has a tab: starting one takes longer than many tests.
var shared struct {
	sync.Mutex
	ctx    context.Context //nolint:containedctx // it is the browser
	cancel context.CancelFunc
	tabs   int
}

// borrow starts the browser, unless another test has it open, and returns the context that tabs are made from. Background
// services are off: they would only call addresses of their maker. Nobody sees what is drawn, so nothing is put together for a graphics
// card, which one processor would have to play.
func borrow(t *testing.T) context.Context {
	t.Helper()
	path := chromium(t)
	shared.Lock()
	defer shared.Unlock()
	if shared.tabs == 0 {
		//nolint:fatcontext // not the test's context: the browser may outlive the test that happens to come first
		shared.ctx, shared.cancel = chromedp.NewContext(context.Background(), chromedp.WithAllocatorOptions(
			chromedp.ExecPath(path), chromedp.WindowSize(1280, 900), chromedp.Flag("disable-gpu", true),
			chromedp.Flag("disable-gpu-compositing", true), chromedp.Flag("in-process-gpu", true),
			chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true)))
		if err := chromedp.Do(shared.ctx); err != nil {
			shared.cancel()
			t.Fatalf("start the browser: %v", err)
		}
	}
	shared.tabs++
	t.Cleanup(func() { giveBack(t) })
	return shared.ctx
}

// giveBack closes the browser after its last tab.
func giveBack(t *testing.T) {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	if shared.tabs--; shared.tabs > 0 {
		return
	}
	if err := chromedp.Cancel(shared.ctx); err != nil { // waits for the browser to end
		t.Logf("close the browser: %v", err)
	}
	shared.cancel()
}

// NewTab opens a window in a profile of its own, which shares neither cookies nor anything else with other tests.
func NewTab(t *testing.T) *Tab {
	t.Helper()
	ctx, cancel := context.WithTimeout(borrow(t), 2*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx, chromedp.WithNewBrowserContext(), chromedp.WithNewWindow(true))
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil { // waits for the tab to close
			t.Logf("close the tab: %v", err)
		}
		cancel()
	})
	b := &Tab{t: t, Ctx: ctx}
	b.Do("open a window of the size of a desk", chromedp.EmulateViewport(1280, 900), chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		// One window at a time has the focus, but all of them take keys.
		_, err := cdp.Call(ctx, tab, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
		return err
	}))
	return b
}
