package inbound

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/markup"
)

// letter is text that the author wrote.
type letter struct {
	text string
	// html says that it was HTML before, or another form of what plain text says; page is the HTML, where there was some.
	html bool
	page string
}

// repeats tells whether a letter says in HTML what another one says.
func (l letter) repeats(other letter) bool {
	if !l.html || other.html {
		return false
	}
	plain := l.text
	if l.page != "" {
		plain = markup.PlainText(l.page) // without where links lead to
	}
	return slices.Equal(strings.Fields(plain), strings.Fields(other.text))
}

// innerMessage is a message within the message.
type innerMessage struct {
	header header
	letter letter
}

// collector goes through the parts of a message.
type collector struct {
	parts int
	// left is how many bytes may be unpacked still.
	left       int64
	candidates []candidate
	// best is the CV, or nil: of rank bestRank, and the candidate at bestAt.
	best             *board.CV
	bestRank, bestAt int
	unread           []board.UnreadFile
	inner            *innerMessage
	// wrapped is the text of the author in winmail.dat, and rich says that one has a text that is not read.
	wrapped string
	rich    bool
}

// maxUnread bounds how many files are named that were left out. The last name stands for all that follow.
const maxUnread = 200

func (c *collector) leaveOut(f board.UnreadFile) {
	switch n := len(c.unread); {
	case slices.Contains(c.unread, f):
	case n < maxUnread-1:
		c.unread = append(c.unread, f)
	case n == maxUnread-1:
		c.unread = append(c.unread, board.UnreadFile{Name: "other files", Reason: fmt.Sprintf("The message has more than %d files that were left out.", maxUnread)})
	}
}

// walk reads a part with all that is in it, and gives the text of the author in it.
func (c *collector) walk(h header, body []byte, depth int) letter {
	if c.parts++; c.parts > maxParts || depth > maxDepth {
		c.leaveOut(board.UnreadFile{Name: "a part of the message", Reason: fmt.Sprintf("The message has more than %d parts, or %d within each other.", maxParts, maxDepth)})
		return letter{}
	}
	media, params := h.contentType()
	decoded := func() []byte { return decodeBody(body, h.get("content-transfer-encoding")) }
	switch {
	case strings.HasPrefix(media, "multipart/"), looksMultipart(h, body):
		if parts := splitParts(body, params["boundary"], h.get("content-transfer-encoding"), maxParts+1); len(parts) > 0 {
			return c.multipart(media, parts, depth)
		}
		return c.leaf(h, "text/plain", params, decoded())
	case media == "application/pkcs7-mime" || media == "application/x-pkcs7-mime":
		content, ok := signedContent(decoded())
		if !ok {
			c.leaveOut(board.UnreadFile{Name: first(h.filename(), "smime.p7m"), Reason: board.ReasonSealed})
			return letter{}
		}
		inner, innerBody := splitHeader(content)
		return c.walk(inner, innerBody, depth+1)
	case media == "message/partial":
		// The first piece has the beginning of the message.
		c.leaveOut(board.UnreadFile{Name: "the rest of the message", Reason: board.ReasonPiece})
		inner, innerBody := splitHeader(body)
		if number := params["number"]; number != "1" || len(inner) == 0 {
			return letter{}
		}
		return c.walk(inner, innerBody, depth+1)
	case media == "message/rfc822" || media == "message/global" || isMessageFile(h, media):
		content := decoded()
		inner, innerBody := splitHeader(content)
		if len(inner) == 0 || beginsFile(content) { // a file under a false type
			return c.leaf(h, "application/octet-stream", params, content)
		}
		text := c.walk(inner, innerBody, depth+1)
		if c.inner == nil {
			c.inner = &innerMessage{inner, text}
		}
		return letter{}
	}
	return c.leaf(h, media, params, decoded())
}

// isMessageFile tells whether a part is a message that was attached as a file of any type.
func isMessageFile(h header, media string) bool {
	return (media == "application/octet-stream" || media == "text/plain") && strings.HasSuffix(strings.ToLower(h.filename()), ".eml")
}

// looksMultipart tells whether a part without a readable type has parts all the same.
func looksMultipart(h header, body []byte) bool {
	if h.get("content-type") != "" {
		media, params := h.contentType()
		if media == "text/plain" && params["boundary"] != "" {
			return len(splitAt(body, params["boundary"], 1)) > 0
		}
		if media != "application/octet-stream" || h.filename() != "" {
			return false
		}
	}
	line, rest := cutLine(bytes.TrimLeft(body[:min(len(body), 4096)], "\r\n"))
	next, _ := cutLine(rest)
	return bytes.HasPrefix(line, []byte("--")) && bytes.HasPrefix(bytes.ToLower(next), []byte("content-"))
}

// multipart reads parts: of alternatives the first plain text counts, else all texts do, such as what Apple's Mail writes
// before an attachment and after it.
func (c *collector) multipart(media string, parts [][]byte, depth int) letter {
	var letters []letter
	for _, part := range parts {
		if media == "multipart/digest" {
			part = append([]byte("Content-Type: message/rfc822\r\n\r\n"), bytes.TrimLeft(part, "\r\n")...) // what a part is there without a type
		}
		h, body := splitHeader(part)
		if line, _ := cutLine(part); len(h) == 0 && len(bytes.TrimSpace(line)) > 0 {
			body = part // without the blank line that ends no header
		}
		if l := c.walk(h, body, depth+1); strings.TrimSpace(l.text) != "" && !slices.ContainsFunc(letters, l.repeats) {
			letters = append(letters, l)
		}
	}
	if len(letters) == 0 {
		return letter{}
	}
	if media == "multipart/alternative" {
		if i := slices.IndexFunc(letters, func(l letter) bool { return !l.html }); i >= 0 {
			return letters[i]
		}
		return letters[len(letters)-1]
	}
	texts := make([]string, len(letters))
	html := true
	for i, l := range letters {
		texts[i] = strings.TrimSpace(strings.ReplaceAll(l.text, "\r\n", "\n"))
		html = html && l.html
	}
	text := strings.Join(texts, "\n\n")
	return letter{text: text, html: html}
}

// remainder matches the names that Exchange gives to the text after an attachment.
var remainder = regexp.MustCompile(`(?i)^att\d+\.(?:txt|html?)$`)

func (c *collector) leaf(h header, media string, params map[string]string, b []byte) letter {
	disposition, _ := parameters(h.get("content-disposition"))
	name := h.filename()
	attached := name != "" || disposition == "attachment" && (!strings.HasPrefix(media, "text/") || !isText(b)) || beginsFile(b)
	if remainder.MatchString(name) {
		attached = false
	}
	switch {
	case media == "text/plain" && !attached:
		text := c.armoured(decodeText(c.uuencoded(b), params["charset"], false))
		if pageHead.MatchString(text) { // of a program that calls everything plain text
			return c.page(text)
		}
		if strings.EqualFold(params["format"], "flowed") {
			text = unflow(text, strings.EqualFold(params["delsp"], "yes"))
		}
		return letter{text: text}
	case media == "text/html" && (!attached || disposition == "inline"):
		page := decodeText(b, params["charset"], true)
		return c.page(page)
	case (media == "text/enriched" || media == "text/richtext") && !attached:
		text := strings.ReplaceAll(tagOfEnriched.ReplaceAllString(decodeText(b, params["charset"], false), ""), "<<", "<")
		return letter{text: text, html: true}
	case (media == "text/markdown" || media == "text/x-markdown" || media == "text/x-web-markdown") && !attached:
		text := decodeText(b, params["charset"], false)
		return letter{text: text, html: true}
	case strings.HasPrefix(media, "text/") && !attached:
		return letter{} // another form of what the text says
	}
	c.file(h, media, name, disposition, b)
	return letter{}
}

// page is a letter in HTML. When its end is not read, that is told: quotations may leave little of what was.
func (c *collector) page(page string) letter {
	text, whole := markup.LetterBegin(page)
	if !whole {
		c.leaveOut(board.UnreadFile{Name: "the end of the letter", Reason: fmt.Sprintf("The letter has more than %d MiB of text.", markup.LongestLetter>>20)})
	}
	return letter{text: text, html: true, page: page}
}

// pageHead matches the beginning of a page of the web.
var pageHead = regexp.MustCompile(`(?i)\A\s*(?:<\?xml[^>]*>\s*)?(?:<!doctype\s+html[^>]*>|<html[\s>])`)

// tagOfEnriched matches a command of enriched text (RFC 1896), with what stands in a parameter.
var tagOfEnriched = regexp.MustCompile(`(?i)<param>.*?</param>|</?[a-z][\w-]*>`)
