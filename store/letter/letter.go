// Package letter words the emails of the job board, and the calendar entries that come with them: what is written to applicants,
// interviewers and employers, and about what.
//
// It must stay pure: it reads no row and no clock, and sends nothing. The store queues what is written here, and webhooks/mail
// sends it.
package letter

import (
	"fmt"
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

// button is the one link of an email: what it leads to, in words, and where.
type button struct{ Label, URL string }

// mailOf is mailWith for an email without a button.
func mailOf(to, replyTo, subject string, paragraphs []string) Mail {
	return mailWith(to, replyTo, subject, button{}, paragraphs)
}

// mailWith makes an email from paragraphs in the one layout of all emails, as text and as HTML. Only the paragraph that equals the
// URL of the button becomes a link: text of an applicant must not become one.
func mailWith(to, replyTo, subject string, b button, paragraphs []string) Mail {
	var body strings.Builder
	for _, p := range paragraphs {
		if b.URL != "" && p == b.URL {
			url := html.EscapeString(p)
			fmt.Fprintf(&body, buttonHTML, url, html.EscapeString(b.Label), url, url)
			continue
		}
		fmt.Fprintf(&body, paragraphHTML, strings.ReplaceAll(html.EscapeString(p), "\n", "<br>\n"))
	}
	return Mail{
		To: to, ReplyTo: replyTo, Subject: subject,
		Text: strings.Join(paragraphs, "\n\n") + "\n\n-- \n" + signature + "\n",
		HTML: fmt.Sprintf(frameHTML, html.EscapeString(subject), body.String(), signature),
	}
}

const signature = "ITManagerJobs, the job board for IT managers"

// The layout. Mail programs know inline styles alone, and nothing is loaded from anywhere.
const (
	frameHTML = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>%s</title></head>
<body style="margin:0;padding:24px 12px;background:#f4f6f5;color:#14171f;font:16px/1.5 system-ui,-apple-system,'Segoe UI',Arial,sans-serif">
<div style="max-width:560px;margin:0 auto;padding:28px;background:#ffffff;border:1px solid #e6e7ea;border-radius:10px;overflow-wrap:anywhere">
<p style="margin:0 0 20px;font-weight:700;color:#0f5f57">ITManagerJobs</p>
%s</div>
<p style="max-width:560px;margin:16px auto 0;font-size:13px;color:#59616e;text-align:center">%s</p>
</body></html>
`
	paragraphHTML = `<p style="margin:0 0 16px">%s</p>
`
	buttonHTML = `<p style="margin:0 0 8px"><a href="%s" style="display:inline-block;padding:10px 18px;background:#0f5f57;color:#ffffff;border-radius:7px;font-weight:600;text-decoration:none">%s</a></p>
<p style="margin:0 0 16px;font-size:13px;color:#59616e">Or open this address: <a href="%s" style="color:#0f5f57">%s</a></p>
`
)

func greeting(name string) string {
	if name == "" {
		return "Hello,"
	}
	return "Hello " + name + ","
}
