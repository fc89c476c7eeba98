// Package markup makes what people have written as HTML safe to be shown, and plain text of it. It imports nothing of ours, and must not
// know where a text comes from.
package markup

import (
	"math"
	"strings"
	"sync"

	"github.com/microcosm-cc/bluemonday"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// descriptionPolicy allows what a job advertisement needs: paragraphs, headings, lists, simple tables, emphasis and links.
// It removes scripts, styles, classes, images, frames and forms. Links may have the schemes of web pages, mail and telephone;
// they get noopener and nofollow. A Policy is safe for concurrent use after it was built.
var descriptionPolicy = sync.OnceValue(func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements(
		"p", "br", "hr", "div", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl", "dt", "dd", "blockquote",
		"strong", "b", "em", "i", "u", "s", "small", "sub", "sup", "code", "pre",
		"table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td",
	)
	p.AllowAttrs("href").OnElements("a")
	p.AllowURLSchemes("http", "https", "mailto", "tel")
	p.RequireParseableURLs(true)
	p.RequireNoFollowOnLinks(true)
	p.AddTargetBlankToFullyQualifiedLinks(true) // adds noopener
	return p
})

// maxDepth is how deep elements may nest; deeper ones are removed. HTML parsers fail at some hundreds.
const maxDepth = 64

// Sanitize returns a description as it is stored, returned and shown: trimmed, safe HTML with all elements closed. A
// plain text of several lines keeps its paragraphs and lists.
// To sanitize it again changes nothing.
func Sanitize(s string) string {
	return strings.TrimSpace(balance(descriptionPolicy().Sanitize(paragraphs(s))))
}

// balance removes end tags without a start tag, and closes elements that are left open. The policy keeps both, and a stray
// </div> would end the element of the page that shows the description.
func balance(s string) string {
	var b strings.Builder
	var open []string
	count := map[string]int{} // of each name in open, so that a stray end tag costs no search
	closeLast := func() string {
		name := open[len(open)-1]
		open = open[:len(open)-1]
		count[name]--
		b.WriteString("</" + name + ">")
		return name
	}
	z := html.NewTokenizer(strings.NewReader(s))
	for {
		switch z.Next() {
		case html.ErrorToken: // the end of the text: a string reader has no other error
			for len(open) > 0 {
				closeLast()
			}
			return b.String()
		case html.StartTagToken, html.SelfClosingTagToken: // HTML ignores the slash of <p/>
			raw := string(z.Raw())
			name, _ := z.TagName()
			tag := string(name)
			if len(open) > 0 && open[len(open)-1] == tag && endsItsLike(tag) {
				closeLast()
			}
			if tag == "br" || tag == "hr" {
				b.WriteString(raw)
			} else if len(open) < maxDepth {
				b.WriteString(raw)
				open = append(open, tag)
				count[tag]++
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			tag := string(name)
			for closing := count[tag] > 0; closing; {
				closing = closeLast() != tag
			}
		default:
			b.Write(z.Raw())
		}
	}
}

// endsItsLike reports whether the end tag of an element may be left out before the next of its kind.
func endsItsLike(tag string) bool {
	switch tag {
	case "p", "li", "dt", "dd", "tr", "td", "th":
		return true
	}
	return false
}

// PlainText returns the text of HTML: one line per block, list items after "- ", runs of white space as one space. It is for
// emails, search and previews. The result is not HTML: it must be escaped to be shown in a page.
func PlainText(s string) string {
	text, _ := plainText(s, false, math.MaxInt)
	return text
}

// LetterText is PlainText with where links lead to: people link the CV that they keep elsewhere.
func LetterText(s string) string {
	text, _ := plainText(s, true, math.MaxInt)
	return text
}

// LongestLetter is how many bytes of text of a letter are worth reading: of an application some 20 KB are kept.
const LongestLetter = 1 << 20

// LetterBegin is LetterText for a letter that may be of any length: whole is false when it has more than LongestLetter bytes of text, which
// are all that is read.
func LetterBegin(s string) (text string, whole bool) { return plainText(s, true, LongestLetter) }

func plainText(s string, links bool, limit int) (text string, whole bool) {
	z := html.NewTokenizer(strings.NewReader(s))
	t := textWriter{limit: limit}
	skip := 0 // depth inside elements whose content is not text
	// A title that is never closed would take all that follows with it.
	closed := sync.OnceValue(func() bool { return strings.Contains(strings.ToLower(s), "</title") })
	hides := func(tag atom.Atom) bool {
		return tag == atom.Script || tag == atom.Style || tag == atom.Title && closed()
	}
	for !t.full() {
		switch z.Next() {
		case html.ErrorToken: // the end of the text: a string reader has no other error
			return t.text(), true
		case html.TextToken:
			if skip == 0 {
				t.words(string(z.Text()))
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			name, has := z.TagName()
			tag := atom.Lookup(name)
			if hides(tag) {
				skip++
			}
			if links && tag == atom.A {
				t.beginLink(z, has)
			}
			t.boundary(tag)
			if tag == atom.Li {
				t.words("- ")
			}
		case html.CommentToken, html.DoctypeToken:
		case html.EndTagToken:
			name, _ := z.TagName()
			tag := atom.Lookup(name)
			if hides(tag) && skip > 0 {
				skip--
			}
			if tag == atom.A {
				t.endLink()
			}
			t.boundary(tag)
		}
	}
	return t.text(), false
}

// textWriter joins words with single spaces, and blocks with single line breaks, until it has limit bytes.
type textWriter struct {
	limit int
	b     strings.Builder
	space bool // white space is due before the next word
	line  bool // a line break is due before the next word
	// link is where the link leads to that began at a place of the text; empty outside of one.
	link  string
	began int
}

// longestLink is how long the address of a link may be that is worth reading, in bytes.
const longestLink = 500

// beginLink begins a link to a page.
func (t *textWriter) beginLink(z *html.Tokenizer, more bool) {
	t.link, t.began = "", t.b.Len()
	for more {
		var key, value []byte
		key, value, more = z.TagAttr()
		target := strings.TrimSpace(string(value))
		if scheme, _, _ := strings.Cut(strings.ToLower(target), "://"); string(key) == "href" && (scheme == "https" || scheme == "http") && len(target) <= longestLink {
			t.link = target
		}
	}
}

// endLink writes where a link leads to, unless its text says so.
func (t *textWriter) endLink() {
	_, address, _ := strings.Cut(t.link, "://")
	if t.link != "" && !strings.Contains(t.b.String()[t.began:], strings.TrimSuffix(address, "/")) {
		t.words(" (" + t.link + ")")
	}
	t.link = ""
}

func (t *textWriter) full() bool { return t.b.Len() >= t.limit }

func (t *textWriter) text() string { return strings.TrimSpace(t.b.String()) }

func (t *textWriter) words(s string) {
	for _, c := range s {
		if t.full() {
			return
		}
		if c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' || c == '\u00a0' {
			t.space = true
			continue
		}
		switch {
		case t.b.Len() == 0:
		case t.line:
			t.b.WriteByte('\n')
		case t.space:
			t.b.WriteByte(' ')
		}
		t.space, t.line = false, false
		t.b.WriteRune(c)
	}
}

// boundary begins a new line at a block, and a new word at a cell.
func (t *textWriter) boundary(tag atom.Atom) {
	switch tag {
	case atom.P, atom.Br, atom.Hr, atom.Div, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Ul, atom.Ol, atom.Li,
		atom.Dl, atom.Dt, atom.Dd, atom.Blockquote, atom.Pre, atom.Table, atom.Caption, atom.Tr:
		t.line = true
	case atom.Th, atom.Td:
		t.space = true
	default: // an element within a line
	}
}
