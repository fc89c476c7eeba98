package portal_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
)

// chromium finds a browser: CHROMIUM names one, else it is looked for on the PATH.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{os.Getenv("CHROMIUM"), "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if name == "" {
			continue
		}
		if file, err := exec.LookPath(name); err == nil {
			return file
		}
	}
	t.Fatal("this test needs a Chromium; install one (Debian: apt-get install chromium), or name one in CHROMIUM")
	return ""
}

// tab is what a person looks at.
type tab struct {
	t   *testing.T
	ctx context.Context //nolint:containedctx // it is the tab
}

// newTab opens a browser of its own. Its background services are off: they would only call addresses of their maker.
func newTab(t *testing.T) *tab {
	t.Helper()
	// Not the test's context, which ends before the browser is closed.
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx, chromedp.WithAllocatorOptions(
		chromedp.ExecPath(chromium(t)), chromedp.WindowSize(1280, 900), chromedp.Flag("disable-gpu", true),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true)))
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil { // waits for the browser to end
			t.Logf("close the browser: %v", err)
		}
		cancel()
	})
	return &tab{t: t, ctx: ctx}
}

type void = chromedp.Void

func (b *tab) do(what string, steps ...chromedp.Action[void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatalf("%s: %v", what, err)
	}
}

// ask reads something from the page.
func ask[T any](b *tab, what string, a chromedp.Action[T]) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, a)
	if err != nil {
		b.t.Fatalf("%s: %v", what, err)
	}
	return v
}

// enter presses Enter as a keyboard does: the character that it types belongs to what had the focus when it went down.
func enter() chromedp.Action[void] {
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

// tabTo presses Tab until the element has the focus, as somebody without a mouse does.
func (b *tab) tabTo(selector string) {
	b.t.Helper()
	for range 40 {
		b.do("tab", chromedp.KeyEvent(kb.Tab))
		if ask(b, "focus", chromedp.Evaluate[bool]("document.activeElement?.matches(`"+selector+"`) ?? false")) {
			return
		}
	}
	b.t.Fatalf("the keyboard does not reach %s", selector)
}

// screens takes pictures of the page on a phone and on a desk, light and dark, into the directory SCREENSHOTS if that
// is set, and checks that nothing is wider than the screen.
func (b *tab) screens(name string) {
	b.t.Helper()
	for _, s := range []struct {
		name   string
		width  int64
		height int64
		scheme string
	}{{"phone", 390, 844, "light"}, {"desk", 1280, 900, "light"}, {"phone-dark", 390, 844, "dark"}, {"desk-dark", 1280, 900, "dark"}} {
		b.do("resize", chromedp.EmulateViewport(s.width, s.height), scheme(s.scheme))
		if wide := ask(b, "width", chromedp.Evaluate[int64](`document.documentElement.scrollWidth`)); wide > s.width {
			b.t.Errorf("%s is %d px wide on a screen of %d", name, wide, s.width)
		}
		picture := ask(b, "screenshot", chromedp.FullScreenshot(100))
		if dir := os.Getenv("SCREENSHOTS"); dir != "" {
			if err := os.WriteFile(filepath.Join(dir, name+"-"+s.name+".png"), picture, 0o600); err != nil {
				b.t.Fatal(err)
			}
		}
	}
	b.do("back to the desk", chromedp.EmulateViewport(1280, 900), scheme("light"))
}

func scheme(name string) chromedp.Action[void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}},
		})
		return err
	})
}

// TestAPersonGetsAKeyByKeyboard signs up and makes a key in a real browser, without a mouse.
func TestAPersonGetsAKeyByKeyboard(t *testing.T) {
	t.Parallel()
	b := newTab(t)
	s := newSite(t)

	b.do("open", chromedp.Navigate(s.url+"/employer/sign-up"))
	b.tabTo("#company")
	b.do("send too little", enter(), chromedp.WaitVisible(".summary"))
	if focused := ask(b, "focus", chromedp.Evaluate[string](`document.activeElement.className`)); focused != "summary" {
		t.Errorf("after an error the focus is on %q, want the summary", focused)
	}
	b.screens("sign-up")
	b.tabTo(`a[href="#company"]`)
	b.do("to the field", enter(), chromedp.WaitReady("#company:focus"), chromedp.KeyEvent("Northwind Recruitment"))
	b.tabTo("#email")
	b.do("email", chromedp.KeyEvent("ada@northwind.example"))
	b.tabTo("#password")
	b.do("password", chromedp.KeyEvent(password), enter(), chromedp.WaitVisible(".figures"))
	b.screens("overview")

	b.tabTo(`a[href="/employer/keys"]`)
	b.do("keys", enter(), chromedp.WaitVisible(".empty"))
	b.tabTo(`a[href="/employer/keys/new"]`)
	b.do("new key", enter(), chromedp.WaitVisible("#name"))
	b.screens("new-key")
	b.tabTo("#name")
	b.do("name", chromedp.KeyEvent("Bullhorn production"))
	b.tabTo("#scopes-JobPosting")
	b.do("scope", chromedp.KeyEvent(" "))
	b.tabTo("#mode-live")
	b.do("mode", chromedp.KeyEvent(kb.ArrowDown))
	b.tabTo("main button.primary")
	b.do("create", enter(), chromedp.WaitVisible("#key"))
	plain := ask(b, "key", chromedp.Text("#key"))
	if _, _, ok := board.ParseKey(plain); !ok || !strings.HasPrefix(plain, "pk_test_") {
		t.Errorf("the page shows %q, want a test key", plain)
	}
	if a, err := s.store.Admit(b.ctx, plain, store.Need{Scope: board.ScopeJobPosting, Family: board.FamilyJobs}); err != nil || !a.Admitted {
		t.Errorf("the key does not work: %v", err)
	}
	b.tabTo("#key + button")
	b.do("copy", enter(), chromedp.Poll[void](`document.querySelector('#key + button').textContent !== 'Copy key'`))
	b.screens("created-key")

	b.do("reload", chromedp.Reload(), chromedp.WaitVisible(".card"))
	if strings.Contains(ask(b, "page", chromedp.OuterHTML("html")), plain) {
		t.Error("the key is shown again after a reload")
	}
	if _, _, err := s.store.MintKey(b.ctx, store.NewKey{
		Tenant: store.Tenant{EmployerID: 1, Mode: board.ModeLive}, Name: "A second key with a name that goes on for longer than a phone is wide",
		Scopes: board.AllScopes(), ReadOnly: true,
	}); err != nil {
		t.Fatal(err)
	}
	b.do("list", chromedp.Navigate(s.url+"/employer/keys"), chromedp.WaitVisible(".card"))
	b.tabTo("summary")
	b.do("ask to revoke", enter(), chromedp.WaitVisible("button.danger"))
	b.screens("keys")
	b.tabTo("button.danger")
	b.do("revoke", enter(), chromedp.WaitVisible(".notice"))
	if keys, _ := s.store.APIKeys(b.ctx, 1); len(keys) != 2 || keys[0].Status != board.KeyRevoked {
		t.Errorf("after revoking: %+v", keys)
	}

	b.do("team", chromedp.Navigate(s.url+"/employer/team"), chromedp.WaitVisible("#email"))
	b.tabTo("#email")
	b.do("invite", chromedp.KeyEvent("bo@northwind.example"), enter(), chromedp.WaitVisible(".once"))
	b.screens("invited")
	b.do("team", chromedp.Navigate(s.url+"/employer/team"), chromedp.WaitVisible("#email"))
	b.screens("team")
}
