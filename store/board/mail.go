package board

import (
	"html"
	"strings"
)

// Mail is an email to one person.
type Mail struct {
	To string
	// ReplyTo is the address for replies; empty for the sender.
	ReplyTo string
	Subject string
	Text    string
	HTML    string
	// Calendar is the attached calendar entry; empty for none.
	Calendar Calendar
}

// mailOf makes an email from paragraphs, as text and as HTML. Only the paragraph that equals link becomes a link: text of an
// applicant must not become one.
func mailOf(to, replyTo, subject, link string, paragraphs []string) Mail {
	var b strings.Builder
	b.WriteString("<!doctype html><html><body style=\"font-family:sans-serif\">\n")
	for _, p := range paragraphs {
		escaped := strings.ReplaceAll(html.EscapeString(p), "\n", "<br>\n")
		if link != "" && p == link {
			escaped = `<a href="` + escaped + `">` + escaped + `</a>`
		}
		b.WriteString("<p>" + escaped + "</p>\n")
	}
	b.WriteString("</body></html>\n")
	return Mail{To: to, ReplyTo: replyTo, Subject: subject, Text: strings.Join(paragraphs, "\n\n") + "\n", HTML: b.String()}
}
