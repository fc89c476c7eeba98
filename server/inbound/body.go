package inbound

import (
	"bytes"
	"encoding/base64"
	"strings"
)

// splitParts splits the body of a multipart at the lines of its boundary. A boundary that no line has is looked for: the
// first line that begins a part. What follows the last boundary is left out, and a missing last boundary is none too few. All parts
// together may be encoded, which the standard forbids (RFC 2045, 6.4).
func splitParts(body []byte, boundary, encoding string, limit int) [][]byte {
	if parts := splitAt(body, boundary, limit); len(parts) > 0 {
		return parts
	}
	if bytes.ContainsRune(body, '\r') && !bytes.Contains(body, []byte("\r\n")) { // lines that end as they did on a Mac
		body = bytes.ReplaceAll(body, []byte("\r"), []byte("\n"))
		if parts := splitAt(body, boundary, limit); len(parts) > 0 {
			return parts
		}
	}
	if whole := decodeBody(body, encoding); !bytes.Equal(whole, body) {
		if parts := splitAt(whole, boundary, limit); len(parts) > 0 {
			return parts
		}
	}
	for rest := body; len(rest) > 0; {
		var line []byte
		line, rest = cutLine(rest)
		if next, _ := cutLine(rest); bytes.HasPrefix(line, []byte("--")) && len(line) > 2 &&
			bytes.HasPrefix(bytes.ToLower(next), []byte("content-")) {
			return splitAt(body, string(bytes.TrimSpace(line[2:])), limit)
		}
	}
	return nil
}

func splitAt(body []byte, boundary string, limit int) [][]byte {
	if boundary == "" {
		return nil
	}
	var parts [][]byte
	delimiter := []byte("--" + strings.TrimRight(boundary, " \t"))
	begin := -1
	end := func(at int) {
		if begin >= 0 {
			// The line end before a boundary belongs to it.
			part := body[begin:max(at, begin)]
			parts = append(parts, bytes.TrimSuffix(bytes.TrimSuffix(part, []byte("\n")), []byte("\r")))
		}
	}
	for at := 0; at < len(body); {
		line, rest := cutLine(body[at:])
		next := len(body) - len(rest)
		if after, ok := bytes.CutPrefix(line, delimiter); ok {
			after = bytes.TrimRight(after, " \t")
			if len(after) == 0 || bytes.Equal(after, []byte("--")) {
				end(at)
				begin = next
				if len(after) > 0 {
					begin = -1 // others follow when parts within one have the same boundary
				}
				if len(parts) >= limit {
					return parts
				}
			}
		}
		at = next
	}
	if begin >= 0 {
		end(len(body))
	}
	return parts
}

// decodeBody undoes the transfer encoding.
func decodeBody(body []byte, encoding string) []byte {
	switch encodingName(encoding) {
	case "base64":
		if isProse(body) {
			return body
		}
		return decodeBase64(body)
	case "quotedprintable":
		return decodeQuoted(body)
	case "xuuencode", "uuencode", "xuue":
		return decodeUU(body)
	case "xyenc", "yenc":
		if _, content, _, _, ok := cutYEnc(body); ok {
			return content
		}
	}
	return body
}

// isProse tells whether a body is text that was never encoded, whatever its header says: most of it stands in lines of words.
func isProse(body []byte) bool {
	if headless(body) != nil {
		return false
	}
	first, _ := cutLine(bytes.TrimSpace(body))
	if len(first) >= 8 && len(first)%4 == 0 && isBase64(first) {
		return false // and words below it, which a gateway has added
	}
	words, all := 0, 0
	for rest := body; len(rest) > 0; {
		var line []byte
		line, rest = cutLine(rest)
		line = bytes.TrimSpace(line)
		all += len(line)
		blanks := bytes.Count(line, []byte(" "))
		if blanks > 0 && !isBase64(bytes.ReplaceAll(line, []byte(" "), nil)) || blanks > 2 && blanks > len(line)/12 {
			words += len(line)
		}
	}
	return words*2 > all
}

// encodingName is the name of a transfer encoding in small letters and digits: programs write its signs in various ways.
func encodingName(value string) string {
	value, _, _ = strings.Cut(value, ";")
	value, _, _ = strings.Cut(value, "(")
	return strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			return c
		}
		return -1
	}, strings.ToLower(value))
}

// decodeBase64 decodes what programs have left of base64: stray characters are left out, and so are lines that are none,
// such as what a gateway has written below.
func decodeBase64(body []byte) []byte {
	if bytes.Contains(body, []byte("=0D")) || bytes.Contains(body, []byte("=3D")) {
		body = decodeQuoted(body) // it was encoded once more
	}
	if escaped := []byte(`\r\n`); bytes.Contains(body, escaped) {
		body = bytes.ReplaceAll(body, escaped, nil)
	}
	if found := headless(body); found != nil {
		body = found
	}
	d := decoding{out: make([]byte, 0, base64.RawStdEncoding.DecodedLen(len(body)))}
	padded := false
	for rest := body; len(rest) > 0; {
		var line []byte
		line, rest = cutLine(rest)
		line = bytes.Trim(line, "> \t\r") // a gateway may have quoted it
		switch {
		case len(line) == 0:
			if padded {
				rest = nil // all that belongs to it
			}
			continue
		case isPlainBase64(line): // nearly all lines
			d.add(line...)
			continue
		case padded && !isBase64(line):
			rest = nil // words that follow
			continue
		case bytes.ContainsAny(line, " \t") && !isBase64(bytes.ReplaceAll(line, []byte(" "), nil)):
			continue // words
		}
		for _, c := range line {
			switch {
			case c == '=':
				padded = d.end() || padded
			case base64Byte[c]:
				d.add(c)
			case c == '-':
				d.add('+') // the alphabet of URLs
			case c == '_':
				d.add('/')
			}
		}
	}
	d.end()
	return d.out
}

// decoding is base64 that is decoded piece by piece: attachments have tens of megabytes of it.
type decoding struct {
	out []byte
	// pending is what was added and is not decoded, since the beginning or the last end; begun says that something was added since then.
	pending []byte
	begun   bool
}

// decodedAtOnce is how many bytes of base64 are gathered before they are decoded.
const decodedAtOnce = 4 << 10

func (d *decoding) add(b ...byte) {
	d.begun = true
	if d.pending = append(d.pending, b...); len(d.pending) >= decodedAtOnce {
		whole := len(d.pending) / 4 * 4
		d.decode(d.pending[:whole])
		d.pending = append(d.pending[:0], d.pending[whole:]...)
	}
}

// end decodes the rest, and tells whether anything was added. What breaks off loses its last byte, not all.
func (d *decoding) end() (something bool) {
	if len(d.pending)%4 == 1 {
		d.pending = d.pending[:len(d.pending)-1]
	}
	d.decode(d.pending)
	something, d.begun, d.pending = d.begun, false, d.pending[:0]
	return something
}

// decode decodes bytes of the alphabet, which cannot fail.
func (d *decoding) decode(text []byte) {
	d.out, _ = base64.RawStdEncoding.AppendDecode(d.out, text)
}

// base64Byte has the bytes of the alphabet.
var base64Byte = func() (is [256]bool) {
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") {
		is[c] = true
	}
	return is
}()

// isPlainBase64 tells whether a line has bytes of the alphabet alone, and no padding.
func isPlainBase64(line []byte) bool {
	for _, c := range line {
		if !base64Byte[c] {
			return false
		}
	}
	return true
}

func isBase64(line []byte) bool {
	for _, c := range line {
		if !base64Byte[c] && c != '=' {
			return false
		}
	}
	return true
}

// decodeQuoted decodes quoted-printable (RFC 2045, 6.7); what is none stays as it is.
func decodeQuoted(body []byte) []byte {
	out := make([]byte, 0, len(body))
	for rest := body; len(rest) > 0; {
		ended := bytes.IndexByte(rest, '\n') >= 0
		var line []byte
		line, rest = cutLine(rest)
		line = bytes.TrimRight(line, " \t")
		soft := bytes.HasSuffix(line, []byte("="))
		line = bytes.TrimSuffix(line, []byte("="))
		for i := 0; i < len(line); i++ {
			if line[i] == '=' && i+2 < len(line) && isHex(line[i+1]) && isHex(line[i+2]) {
				out = append(out, unhex(line[i+1])<<4|unhex(line[i+2]))
				i += 2
				continue
			}
			out = append(out, line[i])
		}
		if !soft && ended {
			out = append(out, '\r', '\n')
		}
	}
	return out
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'F' || c >= 'a' && c <= 'f'
}

func unhex(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c <= 'F':
		return c - 'A' + 10
	}
	return c - 'a' + 10
}

// decodeUU decodes what the program uuencode writes.
func decodeUU(body []byte) []byte {
	var out []byte
	begun := false
	for rest := body; len(rest) > 0; {
		var line []byte
		line, rest = cutLine(rest)
		switch {
		case bytes.HasPrefix(line, []byte("begin ")):
			begun = true
			continue
		case !begun || len(line) == 0:
			continue
		case bytes.Equal(line, []byte("end")):
			return out
		}
		end := len(out) + int(line[0]-' ')&63
		at := func(i int) byte {
			if i < len(line) {
				return (line[i] - ' ') & 63
			}
			return 0 // a program has cut the blanks at the end off
		}
		for i := 1; len(out) < end; i += 4 {
			a, b, c, d := at(i), at(i+1), at(i+2), at(i+3)
			out = append(out, a<<2|b>>4, b<<4|c>>2, c<<6|d)
		}
		if out = out[:end]; end > MaxMessage {
			return out // a stranger's, of lines without their blanks: no message has so much to decode
		}
	}
	return out
}

// base64Heads begin the base64 of the files that CVs are: PDF, ZIP, RTF, and the old files of Office.
var base64Heads = []string{"JVBERi0", "UEsDB", "e1xydG", "0M8R4"}

// headless is the base64 of a file without the words that a gateway has put in front of it; nil when no line begins such a file.
func headless(body []byte) []byte {
	const lines, encodedLine = 40, 40
	for rest, n := body, 0; len(rest) > 0 && n < lines; n++ {
		at := rest
		var line []byte
		line, rest = cutLine(rest)
		line = bytes.ReplaceAll(bytes.Trim(line[:min(len(line), 100)], "> \t"), []byte(" "), nil)
		for _, h := range base64Heads {
			if bytes.HasPrefix(line, []byte(h)) {
				return at
			}
		}
		if len(line) >= encodedLine && isBase64(line) {
			return nil // it began before, as another file
		}
	}
	return nil
}

// unwrapped decodes a file that is encoded still: twice, or without a header that says so.
func unwrapped(b []byte) []byte {
	switch {
	case bytes.HasPrefix(b, []byte("begin ")) && uuencodedFile.Match(b):
		return decodeUU(b)
	case bytes.HasPrefix(b, []byte("=ybegin ")):
		if _, content, _, _, ok := cutYEnc(b); ok {
			return content
		}
	}
	head := bytes.TrimLeft(b[:min(len(b), 64)], "\r\n\t ")
	for _, h := range base64Heads {
		if bytes.HasPrefix(head, []byte(h)) {
			return decodeBase64(b)
		}
	}
	return b
}
