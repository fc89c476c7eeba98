package inbound

import (
	"bytes"
	"encoding/binary"
	"regexp"
	"slices"
	"strings"

	"itmanagerjobs/store/board"
)

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

// isText tells whether what has a type of text is text, and no file of another type.
func isText(b []byte) bool { return !isCV("", b) && bytes.IndexByte(b, 0) < 0 }

// uuencodedFile matches a file that stands in a text, as programs sent files before there was MIME.
var uuencodedFile = regexp.MustCompile(`(?m)^begin(?:-base64)? [0-7]{3,4} ([^\r\n]+)\r?\n(?s:.*?)(?:\n(?:end|====)[ \t]*(?:\r?\n|\z)|\z)`)

// uuencoded takes the files that stand in a text, and gives the text without them. Its time grows with the length of the text alone, however
// many files there are.
func (c *collector) uuencoded(text []byte) []byte {
	if name, content, words, rest, ok := cutYEnc(text); ok {
		words = bytes.Clone(words)
		for ok {
			c.take(board.Upload{Name: decodedWords(name), Bytes: content}, "")
			var before, after []byte
			if name, content, before, after, ok = cutYEnc(rest); ok {
				words, rest = append(words, before...), after
			}
		}
		words = append(words, rest...)
		text = words
	}
	if !bytes.Contains(text, []byte("begin")) { // which takes a hundredth of the time
		return text
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
	c.consider(cv)
}

// unpacked takes the files in a file; ok is false when it has none.
func (c *collector) unpacked(u board.Upload, reason string, depth int) (ok bool) {
	if reason == board.ReasonArchive || board.IsOutlookItem(u.Bytes) {
		c.parts++
	}
	if c.parts > maxParts {
		return false
	}
	if files, unread, ok := readArchive(u.Bytes, &c.left); ok && reason == board.ReasonArchive {
		for _, f := range files {
			c.takeWithin(f, "", depth+1)
		}
		for _, f := range unread {
			c.leaveOut(f)
		}
		return true
	}
	item, ok := readOutlook(u.Bytes, &c.left)
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
