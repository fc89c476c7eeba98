package pagestest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"itmanagerjobs/openapi/consumer/nodetest"
)

// axeSource reads axe-core, which checks pages for what shuts people out. npm brings it, pinned by the lock file.
func axeSource(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(moduleRoot(t), "server", "pagestest")
	nodetest.Install(t, dir)
	source, err := os.ReadFile(filepath.Join(dir, "node_modules", "axe-core", "axe.min.js")) //nolint:gosec // a place of ours
	if err != nil {
		t.Fatal(err)
	}
	return string(source)
}

// moduleRoot is the directory of go.mod, above that of the test. The compiler does not tell where a file was: with -trimpath it leaves that out.
func moduleRoot(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("the test runs outside the module: no directory above it has a go.mod")
		}
		dir = parent
	}
}

// axeRun gives a line for each element that a rule finds something wrong with. A page is judged as it is shown: with what
// is hidden left out.
const axeRun = `axe.run(%s, {resultTypes: ['violations'], ...%s}).then(r => r.violations.flatMap(v => v.nodes.map(n => v.id + ': ' + v.help + ': ' + n.html.slice(0, 200) + ' ' + n.failureSummary.slice(0, 200))))`

// Axe fails the test when axe-core finds something wrong with the page as it is now.
func (b *Tab) Axe(what string) {
	b.t.Helper()
	b.runAxe(what, AllRules)
}

func (b *Tab) runAxe(what string, rules Rules) {
	b.t.Helper()
	if wrong := b.findings("document", rules); len(wrong) > 0 {
		b.t.Errorf("%s: axe finds %d faults:\n%s", what, len(wrong), strings.Join(wrong, "\n"))
	}
}

// Rules is what axe-core looks for.
type Rules string

// What axe looks for: everything, or what depends on the colours alone.
const (
	AllRules    Rules = `{}`
	ColourRules Rules = `{runOnly: {type: 'rule', values: ['color-contrast', 'link-in-text-block']}}`
)

// AxeAround fails the test when axe-core finds something wrong with the page outside an element of somebody else's making, and lists
// what it finds within: a line for each, which begins with the name of the rule and a colon.
func (b *Tab) AxeAround(what, element string, rules Rules) []string {
	b.t.Helper()
	if wrong := b.findings(fmt.Sprintf("{exclude: [%q]}", element), rules); len(wrong) > 0 {
		b.t.Errorf("%s: axe finds %d faults:\n%s", what, len(wrong), strings.Join(wrong, "\n"))
	}
	return b.findings(fmt.Sprintf("{include: [%q]}", element), rules)
}

// findings runs axe-core over a part of the page.
func (b *Tab) findings(part string, rules Rules) []string {
	b.t.Helper()
	if b.axe == "" {
		b.axe = axeSource(b.t)
	}
	if !Ask(b, "axe", chromedp.Evaluate[bool](`typeof axe !== 'undefined'`)) { // half a megabyte is sent once for a page
		b.Do("load axe", chromedp.Evaluate[Void](`(() => {`+b.axe+`; })(), undefined`))
	}
	return Ask(b, "axe", chromedp.Evaluate[[]string](fmt.Sprintf(axeRun, part, rules), chromedp.EvalAwaitPromise))
}
