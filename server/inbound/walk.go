package inbound

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"itmanagerjobs/store/board"
)

// letter is text that the author wrote.
type letter struct {
	text string
	// html says that it was HTML before, or another form of what plain text says; plain is its text without the targets of links.
	html  bool
	plain string
}

// repeats tells whether a letter says in HTML what another one says.
func (l letter) repeats(other letter) bool {
	return l.html && !other.html && slices.Equal(strings.Fields(l.plain), strings.Fields(other.text))
}

// innerMessage is a message within the message.
type innerMessage struct {
	header header
	letter letter
}

// candidate is a file that may be the CV.
type candidate struct {
	cv   board.CV
	rank int
}

// collector goes through the parts of a message.
type collector struct {
	parts      int
	candidates []candidate
	unread     []board.UnreadFile
	inner      *innerMessage
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
	return letter{text: text, html: html, plain: text}
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
			return letter{text: board.LetterText(text), html: true, plain: board.PlainText(text)}
		}
		if strings.EqualFold(params["format"], "flowed") {
			text = unflow(text, strings.EqualFold(params["delsp"], "yes"))
		}
		return letter{text: text}
	case media == "text/html" && (!attached || disposition == "inline"):
		page := decodeText(b, params["charset"], true)
		return letter{text: board.LetterText(page), html: true, plain: board.PlainText(page)}
	case (media == "text/enriched" || media == "text/richtext") && !attached:
		text := strings.ReplaceAll(tagOfEnriched.ReplaceAllString(decodeText(b, params["charset"], false), ""), "<<", "<")
		return letter{text: text, html: true, plain: text}
	case (media == "text/markdown" || media == "text/x-markdown" || media == "text/x-web-markdown") && !attached:
		text := decodeText(b, params["charset"], false)
		return letter{text: text, html: true, plain: text}
	case strings.HasPrefix(media, "text/") && !attached:
		return letter{} // another form of what the text says
	}
	c.file(h, media, name, disposition, b)
	return letter{}
}

// pageHead matches the beginning of a page of the web.
var pageHead = regexp.MustCompile(`(?i)\A\s*(?:<\?xml[^>]*>\s*)?(?:<!doctype\s+html[^>]*>|<html[\s>])`)

// tagOfEnriched matches a command of enriched text (RFC 1896), with what stands in a parameter.
var tagOfEnriched = regexp.MustCompile(`(?i)<param>.*?</param>|</?[a-z][\w-]*>`)

// unspoken are parts that are no files of the author's: nobody misses them.
var unspoken = []string{
	"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature", "application/pgp-keys",
	"application/pgp-encrypted", "application/applefile", "message/delivery-status", "message/disposition-notification", "text/rfc822-headers",
}

func (c *collector) file(h header, media, name, disposition string, b []byte) {
	switch {
	case media == "application/applefile" && len(dataFork(b)) > 0:
		c.take(board.Upload{Name: name, Bytes: dataFork(b)}, "")
		return
	case slices.Contains(unspoken, media):
		return
	case isDecoration(h, media, name, disposition) && !isCV(name, b):
		return
	case bytes.HasPrefix(b, appleDouble): // what a Mac keeps beside a file
		return
	case bytes.HasPrefix(b, []byte(pgpMessage)):
		c.leaveOut(board.UnreadFile{Name: first(name, "encrypted.asc"), Reason: board.ReasonSealed})
		return
	}
	if !c.wrapper(b) {
		c.take(board.Upload{Name: name, Bytes: unwrapped(b)}, media)
	}
}

// appleDouble begins the second half of a file of a Mac: icons and dates (RFC 1740, appendix B).
var appleDouble = []byte{0x00, 0x05, 0x16, 0x07, 0x00, 0x02, 0x00, 0x00}

// dataFork is the file within one that a Mac has put together with its icons and dates (AppleSingle, RFC 1740, appendix A); empty for
// something else.
func dataFork(b []byte) []byte {
	const head, entry, data = 26, 12, 1
	if !bytes.HasPrefix(b, []byte{0x00, 0x05, 0x16, 0x00}) || len(b) < head {
		return nil
	}
	for n, at := int(binary.BigEndian.Uint16(b[head-2:])), head; n > 0 && at+entry <= len(b); n, at = n-1, at+entry {
		from, size := int64(binary.BigEndian.Uint32(b[at+4:])), int64(binary.BigEndian.Uint32(b[at+8:]))
		if binary.BigEndian.Uint32(b[at:]) == data && from <= int64(len(b)) {
			return b[from:min(from+size, int64(len(b)))]
		}
	}
	return nil
}

// Lines of PGP around a text (RFC 9580, 6.2 and 7.1).
const (
	pgpMessage   = "-----BEGIN PGP MESSAGE-----"
	pgpSigned    = "-----BEGIN PGP SIGNED MESSAGE-----"
	pgpSignature = "-----BEGIN PGP SIGNATURE-----"
)

// pgpEncrypted matches a text that is encrypted.
var pgpEncrypted = regexp.MustCompile(`(?m)^` + pgpMessage + `(?s:.*?)(?:^-----END PGP MESSAGE-----[ \t]*\r?$|\z)`)

// armoured is a text without what PGP writes around it. What is encrypted is named in its place.
func (c *collector) armoured(text string) string {
	if !strings.Contains(text, "-----BEGIN PGP ") {
		return text
	}
	if rest := pgpEncrypted.ReplaceAllString(text, ""); rest != text {
		c.leaveOut(board.UnreadFile{Name: "the text of the message", Reason: board.ReasonSealed})
		text = rest
	}
	before, signed, ok := strings.Cut(text, pgpSigned)
	if !ok {
		return text
	}
	signed, _, _ = strings.Cut(signed, pgpSignature)
	if head := pgpHeader.FindString(signed); head != "" {
		signed = signed[len(head):]
	}
	return before + pgpDashed.ReplaceAllString(signed, "$1")
}

// pgpHeader matches what stands before a signed text, pgpDashed a line of it that begins with a dash.
var (
	pgpHeader = regexp.MustCompile(`^[ \t]*\r?\n(?:[A-Za-z-]+: [^\r\n]*\r?\n)*[ \t]*\r?\n`)
	pgpDashed = regexp.MustCompile(`(?m)^- (-|From )`)
)

// wrapper takes what is in winmail.dat.
func (c *collector) wrapper(b []byte) bool { return c.wrapperWithin(b, 0) }

func (c *collector) wrapperWithin(b []byte, depth int) bool {
	wrapped, ok := readTNEF(b)
	if !ok || depth > maxWithin {
		return false
	}
	for _, f := range wrapped.files {
		if !c.wrapperWithin(f.Bytes, depth+1) { // a message that was attached
			c.take(f, "")
		}
	}
	if c.wrapped == "" {
		c.wrapped = strings.TrimSpace(wrapped.text)
	}
	c.rich = c.rich || wrapped.rich
	return true
}

// isDecoration tells whether a part is a picture within the text. One that the author calls a CV is none; nor is one that only stands
// in line, as Apple's Mail puts what was added by hand.
func isDecoration(h header, media, name, disposition string) bool {
	return strings.HasPrefix(media, "image/") && !cvWord.MatchString(name) && (h.get("content-id") != "" || disposition == "inline" && name == "")
}

// beginsFile tells whether what has a type of text begins as the file of a CV that is no plain text.
func beginsFile(b []byte) bool {
	head := bytes.TrimLeft(b[:min(len(b), 64)], "\r\n\t ")
	for _, magic := range append([]string{"%PDF-", "PK\x03\x04", "{\\rtf"}, base64Heads...) {
		if bytes.HasPrefix(head, []byte(magic)) {
			return isCV("", b)
		}
	}
	return false
}

// isCV tells by its content whether a file is one that is taken as a CV, whatever its type says; plain text is not.
func isCV(name string, b []byte) bool {
	cv, leftOut := board.TakeCV(board.Upload{Name: name, Bytes: unwrapped(b)}, "")
	return leftOut == nil && cv.Kind != board.KindTXT
}

// isText tells whether what has a type of text is text, and no file of another type.
func isText(b []byte) bool { return !isCV("", b) && bytes.IndexByte(b, 0) < 0 }

// uuencodedFile matches a file that stands in a text, as programs sent files before there was MIME.
var uuencodedFile = regexp.MustCompile(`(?m)^begin(?:-base64)? [0-7]{3,4} ([^\r\n]+)\r?\n(?s:.*?)(?:\n(?:end|====)[ \t]*(?:\r?\n|\z)|\z)`)

// uuencoded takes the files that stand in a text, and gives the text without them.
func (c *collector) uuencoded(text []byte) []byte {
	for {
		name, content, rest, ok := cutYEnc(text)
		if !ok {
			break
		}
		c.take(board.Upload{Name: decodedWords(name), Bytes: content}, "")
		text = rest
	}
	return uuencodedFile.ReplaceAllFunc(text, func(found []byte) []byte {
		m := uuencodedFile.FindSubmatch(found)
		content := decodeUU(found)
		if bytes.HasPrefix(found, []byte("begin-base64")) {
			_, rest := cutLine(found)
			content = decodeBase64(rest)
		}
		c.take(board.Upload{Name: decodedWords(string(m[1])), Bytes: content}, "")
		return nil
	})
}

// take takes a file that may be the CV, and of an archive or an item of Outlook what is in it.
func (c *collector) take(u board.Upload, media string) { c.takeWithin(u, media, 0) }

// maxWithin is how deep files may lie in one another.
const maxWithin = 2

func (c *collector) takeWithin(u board.Upload, media string, depth int) {
	cv, leftOut := board.TakeCV(u, media)
	if leftOut != nil {
		if depth < maxWithin && c.unpacked(u, leftOut.Reason, depth) {
			return
		}
		c.leaveOut(*leftOut)
		return
	}
	c.candidates = append(c.candidates, candidate{cv, rank(cv)})
}

// unpacked takes the files in a file; ok is false when it has none.
func (c *collector) unpacked(u board.Upload, reason string, depth int) (ok bool) {
	if reason == board.ReasonArchive || board.IsOutlookItem(u.Bytes) {
		c.parts++
	}
	if c.parts > maxParts {
		return false
	}
	if files, unread, ok := readArchive(u.Bytes); ok && reason == board.ReasonArchive {
		for _, f := range files {
			c.takeWithin(f, "", depth+1)
		}
		for _, f := range unread {
			c.leaveOut(f)
		}
		return true
	}
	item, ok := readOutlook(u.Bytes)
	if !ok || len(item.files) == 0 && item.text == "" {
		return false
	}
	for _, f := range item.files {
		c.takeWithin(f, "", depth+1)
	}
	// One that was written and not sent has no author. Its text counts where there is no other.
	if c.inner == nil || len(c.inner.header) == 0 && len(item.header) > 0 {
		c.inner = &innerMessage{item.header, letter{text: item.text}}
	}
	return true
}

// choose gives the file of the highest rank, of equals the first, and all that were left out.
func (c *collector) choose() (*board.CV, []board.UnreadFile) {
	var best *candidate
	for i := range c.candidates {
		if best == nil || c.candidates[i].rank > best.rank {
			best = &c.candidates[i]
		}
	}
	if best == nil {
		return nil, c.unread
	}
	for i := range c.candidates {
		if f := &c.candidates[i]; f != best && !bytes.Equal(f.cv.Bytes, best.cv.Bytes) {
			c.leaveOut(board.UnreadFile{Name: f.cv.Name, Reason: board.ReasonAnother})
		}
	}
	return &best.cv, c.unread
}

// rank is higher for a file that is more likely the CV: one that its name calls a CV, then one whose text is read, then one
// that is no plain text, which could be the letter or a signature.
func rank(cv board.CV) int {
	n := 0
	if cvWord.MatchString(cv.Name) {
		n = 4
	}
	if cv.Kind != board.KindDOC && cv.Kind != board.KindPages {
		n += 2
	}
	if cv.Kind != board.KindTXT {
		n++
	}
	return n
}

// cvWord matches the names that people give to CVs. "cv" must be a whole word: "cvs-receipt.pdf" is not a CV.
var cvWord = regexp.MustCompile(`(?i)(^|[^a-z])cv([^a-z]|$)|r[eé]sum[eé]|lebenslauf|curriculum|vitae`)
