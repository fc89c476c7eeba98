package inbound

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"itmanagerjobs/store/board"
)

// letter is text that the author wrote.
type letter struct {
	text string
	// html says that it was HTML before.
	html bool
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
}

// maxUnread bounds how many files are named that were left out.
const maxUnread = 20

func (c *collector) leaveOut(f board.UnreadFile) {
	if len(c.unread) < maxUnread && !slices.Contains(c.unread, f) {
		c.unread = append(c.unread, f)
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
		if parts := splitParts(body, params["boundary"], maxParts+1); len(parts) > 0 {
			return c.multipart(media, parts, depth)
		}
		return c.leaf(h, "text/plain", params, decoded())
	case media == "message/rfc822" || media == "message/global":
		inner, innerBody := splitHeader(decoded())
		text := c.walk(inner, innerBody, depth+1)
		if c.inner == nil {
			c.inner = &innerMessage{inner, text}
		}
		return letter{}
	}
	return c.leaf(h, media, params, decoded())
}

// looksMultipart tells whether a part without a readable type has parts all the same.
func looksMultipart(h header, body []byte) bool {
	if h.get("content-type") != "" {
		if media, _ := h.contentType(); media != "application/octet-stream" || h.filename() != "" {
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
		h, body := splitHeader(part)
		if l := c.walk(h, body, depth+1); strings.TrimSpace(l.text) != "" {
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
	return letter{strings.Join(texts, "\n\n"), html}
}

// remainder matches the names that Exchange gives to the text after an attachment.
var remainder = regexp.MustCompile(`(?i)^att\d+\.(?:txt|html?)$`)

func (c *collector) leaf(h header, media string, params map[string]string, b []byte) letter {
	disposition, _ := parameters(h.get("content-disposition"))
	name := h.filename()
	attached := disposition == "attachment" || name != ""
	if remainder.MatchString(name) {
		attached = false
	}
	switch {
	case media == "text/plain" && !attached:
		text := decodeText(b, params["charset"], false)
		if strings.EqualFold(params["format"], "flowed") {
			text = unflow(text, strings.EqualFold(params["delsp"], "yes"))
		}
		return letter{text: text}
	case media == "text/html" && (!attached || disposition == "inline"):
		return letter{board.PlainText(decodeText(b, params["charset"], true)), true}
	case strings.HasPrefix(media, "text/") && !attached:
		return letter{} // another form of what the text says
	}
	c.file(h, media, name, disposition, b)
	return letter{}
}

// unspoken are parts that are no files of the author's: nobody misses them.
var unspoken = []string{
	"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature", "application/pgp-keys",
	"application/pgp-encrypted", "message/delivery-status", "message/disposition-notification", "text/rfc822-headers",
}

func (c *collector) file(h header, media, name, disposition string, b []byte) {
	switch {
	case slices.Contains(unspoken, media):
		return
	case strings.HasPrefix(media, "image/") && (h.get("content-id") != "" || disposition == "inline"):
		return // a picture in the text
	case media == "application/pkcs7-mime" || media == "application/x-pkcs7-mime":
		if name == "" {
			name = "smime.p7m"
		}
		c.leaveOut(board.UnreadFile{Name: name, Reason: board.ReasonSealed})
		return
	}
	if files, _, ok := readTNEF(b); ok {
		for _, f := range files {
			c.take(f, "")
		}
		return
	}
	c.take(board.Upload{Name: name, Bytes: unwrapped(b)}, media)
}

func (c *collector) take(u board.Upload, media string) {
	cv, leftOut := board.TakeCV(u, media)
	if leftOut != nil {
		c.leaveOut(*leftOut)
		return
	}
	c.candidates = append(c.candidates, candidate{cv, rank(cv)})
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
