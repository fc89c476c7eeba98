package markup_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/board/markup"
)

func TestSanitizeDescription(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, in, want string }{
		{"plain", "A & B", "A &amp; B"},
		{"structure", "<h2>We</h2><p>a <strong>b</strong></p><ul><li>c</li></ul>", "<h2>We</h2><p>a <strong>b</strong></p><ul><li>c</li></ul>"},
		{"script", "a<script>alert(1)</script>b", "ab"},
		{"style", `<style>p{}</style><p style="color:red" class="x" id="y">a</p>`, "<p>a</p>"},
		{"handler", `<p onclick="x()">a</p>`, "<p>a</p>"},
		{"image", `a<img src=x onerror=alert(1)>b`, "ab"},
		{"frame and form", `<iframe src="https://example.com"></iframe><form><input></form>`, ""},
		{"svg", `<svg><script>x</script></svg><math><mi>y</mi></math>`, "y"},
		{"link", `<a href="https://example.com/?a=1&amp;b=2" target="_top" rel="opener">x</a>`, `<a href="https://example.com/?a=1&amp;b=2" rel="nofollow noopener" target="_blank">x</a>`},
		{"mail", `<a href="mailto:a@example.com">x</a>`, `<a href="mailto:a@example.com" rel="nofollow">x</a>`},
		{"script link", `<a href="java&#10;script:alert(1)">x</a>`, "x"},
		{"data link", `<a href="data:text/html,x">x</a>`, "x"},
		{"relative link", `<a href="/x">x</a>`, "x"},
		{"comment", "a<!-- b -->c", "ac"},
		{"nested trick", "<scr<script>ipt>alert(1)</script>", "ipt&gt;alert(1)"},
		{"stray end tags", "</div></p>a</li>", "a"},
		{"left open", "<ul><li>a<li><b>b", "<ul><li>a</li><li><b>b</b></li></ul>"},
		{"crossed", "<b><i>a</b>b</i>", "<b><i>a</i></b>b"},
		{"void", "a<br>b<hr/>c</br>", "a<br>b<hr/>c"},
		{"too deep", strings.Repeat("<div>", 70) + "a", strings.Repeat("<div>", 64) + "a" + strings.Repeat("</div>", 64)},
		{"trimmed", " \n<p>a</p>\n ", "<p>a</p>"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, markup.Sanitize(tc.in)); diff != "" {
				t.Errorf("sanitised (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPlainText(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, in, want string }{
		{"empty", "", ""},
		{"no markup", "a  b\n c", "a b c"},
		{"entities", "A &amp; B &lt;c&gt;&nbsp;d", "A & B <c> d"},
		{"blocks", "<h2>We</h2>\n<p>build <b>it</b>.</p><p>Now</p>", "We\nbuild it.\nNow"},
		{"list", "<p>You:</p><ul><li>Go</li><li> SQL </li></ul>end", "You:\n- Go\n- SQL\nend"},
		{"break", "a<br>b<br/>c", "a\nb\nc"},
		{"table", "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"},
		{"inline", "a<b>b</b>c", "abc"},
		{"title", "<html><head><title>Mail</title></head><body>a</body>", "a"},
		{"a title that is not closed", "<title>a<p>b", "a<p>b"},
		{"script", "a<script>x</script><style>y</style>b", "ab"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, markup.PlainText(tc.in)); diff != "" {
				t.Errorf("text (-want +got):\n%s", diff)
			}
		})
	}
}

func FuzzSanitizeDescription(f *testing.F) {
	for _, seed := range []string{
		"", "a & b", "<p>a</p>", "<scr<script>ipt>", `<a href="java&#x0A;script:x">y</a>`, "<a href='https://a.b/\"onclick=x'>", "<<a>", "</p><p",
		"<plaintext>x", "<textarea><p>", "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">", "<table><a href=http://x>y", "&lt;script&gt;", "<!--><script>x",
		"<b\x00>", "\xff<p>", "<a href=' https://x.y '>z", "<xmp><b>", "<a href=\"https://a.b/%zz\">c</a>", "<a href=\"//a.b\">c</a>",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		clean := markup.Sanitize(s)
		if again := markup.Sanitize(clean); again != clean {
			t.Errorf("not stable:\n in    %q\n once  %q\n twice %q", s, clean, again)
		}
		for _, bad := range []string{"<script", "<img", "<style", "<iframe", " onclick=", "<svg", "<form"} {
			if strings.Contains(strings.ToLower(clean), bad) && !strings.Contains(clean, "href") {
				t.Errorf("%q survived in %q", bad, clean)
			}
		}
		if utf8.ValidString(s) && !utf8.ValidString(markup.PlainText(clean)) {
			t.Errorf("PlainText of %q is not UTF-8", clean)
		}
	})
}

func TestAPlainTextKeepsItsLines(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"Run it.":        "Run it.",
		"Run it.\nWell.": "<p>Run it.<br>Well.</p>",
		"Run it.\r\n\r\nYou have:\r\n- Go\r\n• R&D\r\nApply": "<p>Run it.</p><p>You have:</p><ul><li>Go</li><li>R&amp;D</li></ul><p>Apply</p>",
		"1. Call\n2) Meet\n\n5 < 6 &amp; so on":              "<ol><li>Call</li><li>Meet</li></ol><p>5 &lt; 6 &amp; so on</p>",
		"<p>Run it.\nWell.</p>":                              "<p>Run it.\nWell.</p>",
		"a -b\n-c":                                           "<p>a -b<br>-c</p>",
	} {
		got := markup.Sanitize(given)
		if got != want {
			t.Errorf("%q: %s, want %s", given, got, want)
		}
		if again := markup.Sanitize(got); again != got {
			t.Errorf("%q: %s, then %s", given, got, again)
		}
	}
}

// TestTheBeginOfALetterHasABound: of a letter that nobody would write no more is kept than can be one.
func TestTheBeginOfALetterHasABound(t *testing.T) {
	t.Parallel()
	for _, page := range []string{strings.Repeat("<p>Zoë</p>", 400_000), strings.Repeat("Zoë ", 500_000)} {
		got, whole := markup.LetterBegin(page)
		if whole || len(got) < markup.LongestLetter-1 || len(got) > markup.LongestLetter+utf8.UTFMax || !utf8.ValidString(got) || !strings.HasPrefix(got, "Zoë") {
			t.Errorf("the text has %d bytes, and begins with %.20q", len(got), got)
		}
	}
	if got, whole := markup.LetterBegin("<p>Hello</p>"); got != "Hello" || !whole {
		t.Errorf("%q, whole %t", got, whole)
	}
}
