package letter

import (
	"fmt"
	"html"
	"strings"
	"unicode/utf8"
)

// button is the one link of an email: what it leads to, in words, and where.
type button struct{ Label, URL string }

// mailOf is mailWith for an email without a button.
func mailOf(to, replyTo, subject, why string, paragraphs []string) Mail {
	return mailWith(to, replyTo, subject, why, button{}, paragraphs)
}

// mailWith makes an email from paragraphs in the one layout of all emails, as text and as HTML. why says for what reason the reader
// gets it. Only the paragraph that equals the URL of the button becomes a link: text of an applicant must not become one.
func mailWith(to, replyTo, subject, why string, b button, paragraphs []string) Mail {
	var body strings.Builder
	texts := make([]string, 0, len(paragraphs))
	for _, p := range paragraphs {
		texts = append(texts, wrap(p))
		if b.URL != "" && p == b.URL {
			url := html.EscapeString(p)
			fmt.Fprintf(&body, buttonHTML, url, html.EscapeString(b.Label), url, url)
			continue
		}
		fmt.Fprintf(&body, paragraphHTML, strings.ReplaceAll(html.EscapeString(p), "\n", "<br>\n"))
	}
	return Mail{
		To: to, ReplyTo: replyTo, Subject: subject,
		Text: strings.Join(texts, "\n\n") + "\n\n-- \n" + signature + "\n" + wrap(why) + "\n",
		HTML: fmt.Sprintf(frameHTML, html.EscapeString(subject), styleHTML, body.String(), signature, html.EscapeString(why)),
	}
}

// lineWidth is how many characters a line of a text has at most: RFC 5322, section 2.1.1, asks for 78, and an answer puts a few
// characters before it.
const lineWidth = 72

// wrap breaks the lines of a text between words. A word that is longer, such as an address, stays whole.
func wrap(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if utf8.RuneCountInString(line) > lineWidth {
			lines[i] = wrapLine(line)
		}
	}
	return strings.Join(lines, "\n")
}

func wrapLine(line string) string {
	var b strings.Builder
	length := 0
	for word := range strings.FieldsSeq(line) {
		n := utf8.RuneCountInString(word)
		switch {
		case length == 0:
		case length+1+n > lineWidth:
			b.WriteByte('\n')
			length = 0
		default:
			b.WriteByte(' ')
			length++
		}
		b.WriteString(word)
		length += n
	}
	return b.String()
}

const signature = "ITManagerJobs, the job board for IT managers"

// The layout. Many mail programs know inline styles alone, and nothing is loaded from anywhere. The style sheet is for those that know
// one: it has the colours of a dark screen.
const (
	frameHTML = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark"><title>%s</title>
%s</head>
<body class="ground" style="margin:0;padding:24px 12px;background:#f4f6f5;color:#14171f;font:16px/1.5 system-ui,-apple-system,'Segoe UI',Arial,sans-serif">
<div class="sheet" style="max-width:560px;margin:0 auto;padding:24px;background:#ffffff;border:1px solid #e6e7ea;border-radius:10px;overflow-wrap:anywhere">
<p class="brand" style="margin:0 0 20px;font-weight:700;color:#0f5f57">ITManagerJobs</p>
%s</div>
<p class="quiet" style="max-width:560px;margin:16px auto 0;font-size:13px;color:#59616e;text-align:center;overflow-wrap:anywhere">%s<br>
%s</p>
</body></html>
`
	styleHTML = `<style>
:root{color-scheme:light dark}
@media (prefers-color-scheme:dark){
.ground{background:#0e1113!important;color:#e8eaed!important}
.sheet{background:#15191c!important;border-color:#2a3036!important}
.brand,.address{color:#63c8b9!important}
.quiet{color:#a3acb8!important}
.button{background:#63c8b9!important;color:#05211d!important}
}
</style>
`
	paragraphHTML = `<p style="margin:0 0 16px">%s</p>
`
	buttonHTML = `<p style="margin:0 0 8px"><a class="button" href="%s" style="display:inline-block;padding:10px 18px;background:#0f5f57;color:#ffffff;border-radius:7px;font-weight:600;text-decoration:none">%s</a></p>
<p class="quiet" style="margin:0 0 16px;font-size:13px;color:#59616e">Or open this address: <a class="address" href="%s" style="color:#0f5f57">%s</a></p>
`
)

// Why somebody gets an email, as its last line says.
const (
	whyAddress = "You get this email because this address was entered at ITManagerJobs."
	whyAccount = "You get this email because you have an account at ITManagerJobs. Emails about its safety can't be turned off."
	whyApplied = "You get this email because this address was given with an application."
)

// whyAdmin is for the admins of an employer.
func whyAdmin(employer string) string {
	return "You get this email because you are an admin of " + employer + " at ITManagerJobs."
}

func greeting(name string) string {
	if strings.TrimSpace(name) == "" {
		return "Hello,"
	}
	return "Hello " + name + ","
}
