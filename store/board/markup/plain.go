package markup

import (
	"html"
	"regexp"
	"strings"
)

// tag begins an element of HTML.
var tag = regexp.MustCompile(`<[a-zA-Z/!]`)

// listItem is a line that begins as people write lists in plain text.
var listItem = regexp.MustCompile(`^\s*(?:[-*•·‣▪–—]|\d{1,2}[.)])\s+(.*)$`)

// paragraphs makes HTML of a plain text of several lines: an empty line ends a paragraph, lines that begin with a dash, a dot or a
// number are a list, other ends of lines stay. A text of one line, or with elements, stays as it is.
func paragraphs(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n\n").Replace(strings.TrimSpace(s))
	if tag.MatchString(s) || !strings.Contains(s, "\n") {
		return s
	}
	var b strings.Builder
	open := "" // the element that is being written
	turn := func(to string) {
		if open != "" && open != to {
			b.WriteString("</" + open + ">")
		}
		if to != "" && open != to {
			b.WriteString("<" + to + ">")
		}
		open = to
	}
	for line := range strings.SplitSeq(s, "\n") {
		text := html.EscapeString(html.UnescapeString(strings.TrimSpace(line)))
		m := listItem.FindStringSubmatch(line)
		switch {
		case text == "":
			turn("")
		case m != nil:
			list := "ul"
			if c := strings.TrimSpace(line)[0]; c >= '0' && c <= '9' {
				list = "ol"
			}
			turn(list)
			b.WriteString("<li>" + html.EscapeString(html.UnescapeString(strings.TrimSpace(m[1]))) + "</li>")
		case open == "p":
			b.WriteString("<br>" + text)
		default:
			turn("p")
			b.WriteString(text)
		}
	}
	turn("")
	return b.String()
}
