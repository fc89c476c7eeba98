package hiring

import (
	"bytes"
	"strconv"
	"strings"
	"sync"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/renderer/html"
	nethtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"itmanagerjobs/store/board/markup"
)

// markdown lets HTML through, because a description that came by the API may have more than Markdown can say. Nothing is
// shown before markup.Sanitize has been over it.
var markdown = sync.OnceValue(func() goldmark.Markdown {
	return goldmark.New(goldmark.WithRendererOptions(html.WithUnsafe()))
})

// htmlOf makes the HTML of a description that was written as Markdown.
func htmlOf(text string) (string, error) {
	var out bytes.Buffer
	if err := markdown().Convert([]byte(strings.ReplaceAll(text, "\r\n", "\n")), &out); err != nil {
		return "", err
	}
	return markup.Sanitize(out.String()), nil
}

// markdownOf writes a description as Markdown for the editor. What Markdown cannot say, such as a table, makes it return the
// HTML itself, which htmlOf lets through.
func markdownOf(description string) string {
	w := &markdownWriter{}
	z := nethtml.NewTokenizer(strings.NewReader(description))
	for {
		switch z.Next() {
		case nethtml.ErrorToken: // the end of the text: a string reader has no other error
			return strings.TrimSpace(w.out.String())
		case nethtml.TextToken:
			w.text(string(z.Text()))
		case nethtml.StartTagToken, nethtml.SelfClosingTagToken:
			token := z.Token()
			if !w.open(token.DataAtom, hrefOf(token)) {
				return description
			}
		case nethtml.EndTagToken:
			name, _ := z.TagName()
			w.end(atom.Lookup(name))
		case nethtml.CommentToken, nethtml.DoctypeToken:
		}
	}
}

func hrefOf(t nethtml.Token) string {
	for _, a := range t.Attr {
		if a.Key == "href" {
			return a.Val
		}
	}
	return ""
}

// markdownWriter writes one element after the other.
type markdownWriter struct {
	out   strings.Builder
	lists []int // for each open list the number of its next item, -1 for bullets
	links []string
	// code is what stands in the code that is open, where no sign means anything; nil outside.
	code *strings.Builder
	// begun is false at the beginning of a line, where white space means nothing.
	begun bool
}

// escaped are the signs that mean something in the middle of a line.
var escaped = strings.NewReplacer(`\`, `\\`, "*", `\*`, "_", `\_`, "`", "\\`", "[", `\[`, "]", `\]`, "<", "&lt;", "&", "&amp;")

func (w *markdownWriter) text(s string) {
	if w.code != nil {
		w.code.WriteString(s)
		return
	}
	words := strings.Join(strings.Fields(s), " ")
	if words == "" {
		if w.begun && s != "" {
			w.out.WriteByte(' ')
		}
		return
	}
	if w.begun && strings.TrimLeft(s, " \n\t\r") != s {
		w.out.WriteByte(' ')
	}
	words = escaped.Replace(words)
	if !w.begun && strings.ContainsAny(words[:1], "#->+=~0123456789") {
		words = escapeStart(words)
	}
	w.out.WriteString(words)
	w.begun = true
	if strings.TrimRight(s, " \n\t\r") != s {
		w.out.WriteByte(' ')
	}
}

// escapeStart keeps the beginning of a line from being read as a heading, a list or a quotation.
func escapeStart(words string) string {
	digits := len(words) - len(strings.TrimLeft(words, "0123456789"))
	if digits == 0 {
		return `\` + words
	}
	if rest := words[digits:]; strings.HasPrefix(rest, ".") || strings.HasPrefix(rest, ")") {
		return words[:digits] + `\` + rest
	}
	return words
}

// open writes the beginning of an element. It is false for one that Markdown does not have.
func (w *markdownWriter) open(tag atom.Atom, href string) bool {
	if w.code != nil {
		return false
	}
	switch tag {
	case atom.P, atom.Div:
		if len(w.lists) == 0 {
			w.block()
		}
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		w.block()
		w.out.WriteString(strings.Repeat("#", int(tag.String()[1]-'0')) + " ")
	case atom.Ul:
		w.list(-1)
	case atom.Ol:
		w.list(1)
	case atom.Li:
		w.item()
	case atom.Strong, atom.B:
		w.sign("**")
	case atom.Em, atom.I:
		w.sign("*")
	case atom.Code:
		w.code = &strings.Builder{}
	case atom.A:
		w.links = append(w.links, href)
		w.sign("[")
	case atom.Br:
		w.out.WriteString("\\\n")
		w.begun = false
	case atom.Hr:
		w.block()
		w.out.WriteString("---")
		w.block()
	default:
		return false
	}
	return true
}

func (w *markdownWriter) end(tag atom.Atom) {
	switch tag {
	case atom.Strong, atom.B:
		w.out.WriteString("**")
	case atom.Em, atom.I:
		w.out.WriteString("*")
	case atom.Code:
		w.endCode()
	case atom.A:
		if n := len(w.links); n > 0 {
			w.out.WriteString("](" + w.links[n-1] + ")")
			w.links = w.links[:n-1]
		}
	case atom.Ul, atom.Ol:
		if n := len(w.lists); n > 0 {
			w.lists = w.lists[:n-1]
		}
		if len(w.lists) == 0 {
			w.block()
		}
	default:
	}
}

// endCode writes the code that was open as it is, between more backticks than there are in it.
func (w *markdownWriter) endCode() {
	if w.code == nil {
		return
	}
	code, fence := w.code.String(), "`"
	if w.code = nil; strings.TrimSpace(code) == "" {
		return
	}
	for strings.Contains(code, fence) {
		fence += "`"
	}
	if strings.HasPrefix(code, "`") || strings.HasSuffix(code, "`") {
		code = " " + code + " "
	}
	w.sign(fence + code + fence)
}

func (w *markdownWriter) sign(s string) {
	w.out.WriteString(s)
	w.begun = true
}

// block begins a new paragraph.
func (w *markdownWriter) block() {
	if w.out.Len() > 0 {
		w.out.WriteString("\n\n")
	}
	w.begun = false
}

func (w *markdownWriter) list(first int) {
	if len(w.lists) == 0 {
		w.block()
	}
	w.lists = append(w.lists, first)
}

func (w *markdownWriter) item() {
	depth := len(w.lists)
	if depth == 0 {
		w.block()
		return
	}
	w.out.WriteString("\n" + strings.Repeat("   ", depth-1))
	if next := &w.lists[depth-1]; *next < 0 {
		w.out.WriteString("- ")
	} else {
		w.out.WriteString(strconv.Itoa(*next) + ". ")
		*next++
	}
	w.begun = false
}
