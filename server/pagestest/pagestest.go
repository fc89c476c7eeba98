// Package pagestest looks at pages as a person does: in a real browser, by keyboard, on a phone and on a desk, in light
// and in dark. It is for tests alone.
package pagestest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// chromium finds a browser: CHROMIUM names one, else it is looked for on the PATH. The headless shell comes first: it has the same
// engine without the windows, menus and services around it, which take as long as the pages do.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{os.Getenv("CHROMIUM"), "chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if name == "" {
			continue
		}
		if file, err := exec.LookPath(name); err == nil {
			return file
		}
	}
	t.Fatal("this test needs a Chromium; install one (Debian: apt-get install chromium-headless-shell), or name one in CHROMIUM")
	return ""
}

// Tab is what a person looks at.
type Tab struct {
	t *testing.T
	// Ctx is the browser's.
	Ctx context.Context //nolint:containedctx // it is the tab

	axe string // its source, once it is needed
}

// Void is the answer of an action that has none.
type Void = chromedp.Void

// Do does the steps, or fails the test.
func (b *Tab) Do(what string, steps ...chromedp.Action[Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.Ctx, steps...); err != nil {
		b.t.Fatalf("%s: %v", what, err)
	}
}

// Ask reads something from the page.
func Ask[T any](b *Tab, what string, a chromedp.Action[T]) T {
	b.t.Helper()
	v, err := chromedp.Run(b.Ctx, a)
	if err != nil {
		b.t.Fatalf("%s: %v", what, err)
	}
	return v
}

// Enter presses Enter as a keyboard does: the character that it types belongs to what had the focus when it went down.
func Enter() chromedp.Action[Void] {
	key := input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyDown, Key: "Enter", Code: "Enter", WindowsVirtualKeyCode: 13, NativeVirtualKeyCode: 13, Text: "\r", UnmodifiedText: "\r"}
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		if _, err := cdp.Call(ctx, t, input.DispatchKeyEvent, key); err != nil {
			return err
		}
		key.Type, key.Text, key.UnmodifiedText = input.DispatchKeyEventTypeKeyUp, "", ""
		_, err := cdp.Call(ctx, t, input.DispatchKeyEvent, key)
		return err
	})
}

// TabTo presses Tab until the element has the focus, as somebody without a mouse does.
func (b *Tab) TabTo(selector string) {
	b.t.Helper()
	for range 80 {
		b.Do("tab", chromedp.KeyEvent(kb.Tab))
		if Ask(b, "focus", chromedp.Evaluate[bool]("document.activeElement?.matches(`"+selector+"`) ?? false")) {
			return
		}
	}
	b.t.Fatalf("the keyboard does not reach %s", selector)
}

// overflows tells whether a table whose rows are blocks on a phone is wider than the page all the same.
const overflows = `[...document.querySelectorAll('.scroll:has(> .table.stacks)')].some(e => e.scrollWidth > e.clientWidth)`

// screen is one that people look at.
type screen struct {
	name          string
	width, height int64
	scheme        string
}

// Screens checks that nothing is wider than the screen, and that axe finds nothing: on the smallest screen in light, and, as far as
// colours go, on a desk in dark. With the directory SCREENSHOTS it takes pictures, too, and looks at a phone and a desk, each in both.
func (b *Tab) Screens(name string) {
	b.t.Helper()
	screens := []screen{{"small", 320, 640, "light"}, {"desk-dark", 1280, 900, "dark"}}
	if os.Getenv("SCREENSHOTS") != "" {
		screens = append(screens, screen{"phone", 390, 844, "light"}, screen{"desk", 1280, 900, "light"}, screen{"phone-dark", 390, 844, "dark"})
	}
	for _, s := range screens {
		b.Do("resize", chromedp.EmulateViewport(s.width, s.height), scheme(s.scheme))
		if wide := Ask(b, "width", chromedp.Evaluate[int64](`document.documentElement.scrollWidth`)); wide > s.width {
			b.t.Errorf("%s is %d px wide on a screen of %d", name, wide, s.width)
		}
		if s.name == "small" && Ask(b, "width of tables", chromedp.Evaluate[bool](overflows)) {
			b.t.Errorf("%s has a table that is cut off on a phone", name)
		}
		rules := ColourRules
		if s.name == "small" {
			rules = AllRules
		}
		b.runAxe(name+" on a "+s.name, rules)
		if dir := os.Getenv("SCREENSHOTS"); dir != "" && s.name != "small" {
			picture := Ask(b, "screenshot", chromedp.FullScreenshot(100))
			if err := os.WriteFile(filepath.Join(dir, name+"-"+s.name+".png"), picture, 0o600); err != nil { //nolint:gosec // the developer names the directory, the test the file
				b.t.Fatal(err)
			}
		}
	}
	b.Do("back to the desk", chromedp.EmulateViewport(1280, 900), scheme("light"))
}

// Scheme has the system prefer "light" or "dark".
func (b *Tab) Scheme(name string) {
	b.t.Helper()
	b.Do("scheme", scheme(name))
}

func scheme(name string) chromedp.Action[Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}},
		})
		return err
	})
}
