package pagestest

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

const (
	// HostileMarkup is how a Hostile name would stand on a page that takes it for markup.
	HostileMarkup = `<script>document.title`
	// HostileText is in every Hostile name, and in nothing else.
	HostileText = "gnp.evil"
)

// Hostile is a name of so many characters, 70 at least, that is markup twice over, is written from right to left in its middle (marks that turn the direction are refused everywhere), has
// quotes, pictures and marks that pile up in it, and goes on without a blank.
func Hostile(characters int) string {
	name := []rune(`<script>document.title="taken"</script>` + HostileText + `"'` + "\u0639\u0644\u064a🚀👩🏽‍💻e" + strings.Repeat("\u0301", 8) + `><img src=x onerror=document.title='taken'>`)
	for len(name) < characters {
		name = append(name, 'W')
	}
	return string(name[:characters])
}

// Phone makes the window as narrow as the narrowest phone.
func (b *Tab) Phone() {
	b.t.Helper()
	b.Do("a phone", chromedp.EmulateViewport(320, 640))
}

// Harmless opens a page on a Phone that has a Hostile name: nothing has run, nothing is a picture, and nothing is wider than the screen,
// nor than that of a desk.
func (b *Tab) Harmless(t *testing.T, address string) {
	t.Helper()
	b.Do(address, chromedp.Navigate(address), chromedp.WaitReady(chromedp.CSS("body")))
	if wide := Ask(b, "width", chromedp.Evaluate[int64](`document.documentElement.scrollWidth`)); wide > 320 {
		t.Errorf("%s is %d px wide: %s", address, wide, Ask(b, "what is wide", chromedp.Evaluate[string](
			`[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > 321 && !e.closest('.scroll')).slice(0, 3).map(e => e.outerHTML.slice(0, 120)).join(' ')`)))
	}
	if Ask(b, "width of tables", chromedp.Evaluate[bool](overflows)) {
		t.Errorf("%s has a table that is cut off on a phone", address)
	}
	b.Do("a desk", chromedp.EmulateViewport(1280, 900))
	if wide := Ask(b, "width on a desk", chromedp.Evaluate[int64](`document.documentElement.scrollWidth`)); wide > 1280 {
		t.Errorf("%s is %d px wide on a desk", address, wide)
	}
	b.Phone()
	if Ask(b, "title", chromedp.Evaluate[bool](`document.title === 'taken' || !!document.querySelector('img[src="x"]')`)) {
		t.Errorf("a name is markup on %s", address)
	}
}
