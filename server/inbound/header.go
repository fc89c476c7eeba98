package inbound

import (
	"bytes"
	"encoding/base64"
	"mime"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/jhillyerd/enmime/v2/mediatype"
)

// header is the header of a message or a part, as it was sent. A line that is none is left out.
type header []field

type field struct {
	name  string // in lower case
	value string // unfolded
}

// maxFields is how many lines of a header are looked at.
const maxFields = 2000

// splitHeader splits a message or a part. An mbox line in front is left out. A header ends at an empty line, where a part of the message
// begins without one, and before the first words of a text whose program has forgotten it. Its time grows with the length of the header
// alone: strangers write headers, too.
func splitHeader(raw []byte) (h header, body []byte) {
	var value []byte // of the last field
	keep := func() {
		if len(h) > 0 {
			h[len(h)-1].value = string(bytes.TrimSpace(value))
		}
	}
	defer keep()
	looks := maxLooks
	for first := true; len(raw) > 0; first = false {
		line, rest := cutLine(raw)
		text := bytes.TrimSpace(line)
		switch {
		case len(line) > 0 && len(text) == 0 && goesOn(rest, &looks):
			// Blanks alone are no empty line.
		case len(text) == 0:
			return h, rest
		case bytes.HasPrefix(line, []byte("--")) && len(h) > 0:
			return h, raw
		case len(h) > 0 && (isBlank(line[0]) || line[0] == ';'): // folded, the second without the blank
			value = append(append(value, ' '), text...)
		case first && (bytes.HasPrefix(line, []byte("From ")) || bytes.HasPrefix(line, []byte(">From "))):
		default:
			name, content, ok := bytes.Cut(text, []byte{':'})
			name = bytes.TrimSpace(name)
			switch {
			case ok && len(name) > 0 && !bytes.ContainsAny(name, " \t"):
				if len(h) < maxFields {
					keep()
					h, value = append(h, field{name: strings.ToLower(string(name))}), bytes.Clone(bytes.TrimSpace(content))
				}
			case len(h) > 0 && isWords(line) && !headerFollows(rest, &looks):
				if keep(); encodingName(h.get("content-transfer-encoding")) != "base64" {
					return h, raw
				}
			}
		}
		raw = rest
	}
	return h, nil
}

// maxLooks is how often splitHeader looks ahead to tell whether a header goes on, and maxAhead for how many lines.
const (
	maxLooks = 20
	maxAhead = 50
)

// headerGoesOn matches a line that stands in headers alone.
var headerGoesOn = regexp.MustCompile(`(?i)\A(?:content-[a-z-]+|mime-version|message-id|received|return-path|reply-to|x-[a-z0-9-]+|from|to|cc|date|subject)[ \t]*:`)

// goesOn tells whether a header goes on after a line of blanks. What it was folded to may stand in between: further such lines, lines that
// begin with a blank, and one piece of a value.
func goesOn(rest []byte, looks *int) bool {
	if *looks--; *looks < 0 {
		return false
	}
	for n, pieces := 0, 0; n < maxAhead && len(rest) > 0; n++ {
		var line []byte
		line, rest = cutLine(rest)
		text := bytes.TrimSpace(line)
		switch {
		case len(line) == 0:
			return false
		case headerGoesOn.Match(line):
			return true
		case len(text) == 0 || isBlank(line[0]):
		case bytes.ContainsAny(text, " \t"), pieces > 0:
			return false
		default:
			pieces++
		}
	}
	return false
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// isWords tells whether a line that no header has is one of a text.
func isWords(line []byte) bool { return len(bytes.Fields(line[:min(len(line), maxParameters)])) > 2 }

// headerFollows tells whether a line of a header stands before the next empty line.
func headerFollows(rest []byte, looks *int) bool {
	if *looks--; *looks < 0 {
		return true
	}
	for n := 0; n < maxAhead && len(rest) > 0; n++ {
		var line []byte
		if line, rest = cutLine(rest); len(line) == 0 {
			return false
		}
		if headerGoesOn.Match(line) || otherHeader.Match(line) {
			return true
		}
	}
	return false
}

// otherHeader matches a line of a header whose name has several words.
var otherHeader = regexp.MustCompile(`\A[A-Za-z0-9]+(?:-[A-Za-z0-9]+)+[ \t]*:`)

// cutLine cuts the first line off, without its end.
func cutLine(b []byte) (line, rest []byte) {
	before, after, ok := bytes.Cut(b, []byte{'\n'})
	if !ok {
		return bytes.TrimSuffix(b, []byte("\r")), nil
	}
	return bytes.TrimSuffix(before, []byte("\r")), after
}

func (h header) has(name string) bool {
	for _, f := range h {
		if f.name == name {
			return true
		}
	}
	return false
}

// get gives the first value of a name, empty for none.
func (h header) get(name string) string {
	for _, f := range h {
		if f.name == name {
			return f.value
		}
	}
	return ""
}

// text is get for text that people read.
func (h header) text(name string) string { return decodedWords(h.get(name)) }

// contentType gives the media type in lower case, and its parameters. A part without one is plain text (RFC 2045, 5.2).
func (h header) contentType() (media string, params map[string]string) {
	value := h.get("content-type")
	for _, f := range h {
		// Of several types the one with parts is what tells where the files are.
		if f.name == "content-type" && strings.HasPrefix(strings.ToLower(f.value), "multipart/") {
			value = f.value
			break
		}
	}
	if strings.TrimSpace(value) == "" {
		return "text/plain", map[string]string{}
	}
	media, params = parameters(value)
	if !strings.Contains(media, "/") {
		switch media {
		case "text":
			media = "text/plain"
		case "multipart":
			media = "multipart/mixed"
		default:
			media = "application/octet-stream"
		}
	}
	return media, params
}

// maxParameters is how much of a value with parameters is read, in bytes: names of files are far shorter.
const maxParameters = 4096

// parameters reads a value with parameters, as far as it can be read. Values are decoded.
func parameters(value string) (first string, params map[string]string) {
	value = value[:min(len(value), maxParameters)]
	value = commented.ReplaceAllString(recoded(toUTF8(value)), "$1")
	first, params, _, err := mediatype.Parse(value)
	if err != nil || params == nil {
		params = map[string]string{}
	}
	if err != nil || first == "" || first == "application/octet-stream" {
		word, _, _ := strings.Cut(value, ";")
		if words := strings.Fields(word); len(words) > 0 {
			first = strings.ToLower(words[0])
		}
	}
	for name, v := range params {
		params[name] = decodedWords(v)
	}
	return strings.ToLower(first), params
}

// commented matches a value in quotation marks with a comment behind it.
var commented = regexp.MustCompile(`(=\s*"(?:[^"\\]|\\.)*")\s*\([^()]*\)`)

// decodedWords reads text of a header: encoded words (RFC 2047) of any character set, and 8-bit characters.
func decodedWords(value string) string {
	value = recoded(toUTF8(value))
	if decoded, err := new(mime.WordDecoder).DecodeHeader(value); err == nil {
		value = decoded
	}
	return strings.ToValidUTF8(value, "\ufffd")
}

// encodedWords matches encoded words that follow each other, encodedWord one of them.
var (
	encodedWords = regexp.MustCompile(`(?:=\?[^?\s]+\?[bBqQ]\?[^?"]*\?=\s*)+`)
	encodedWord  = regexp.MustCompile(`=\?([^?\s]+)\?([bBqQ])\?([^?"]*)\?=`)
)

// recoded writes encoded words of any character set in UTF-8, with their padding. Words that follow each other in one set are decoded
// together, because programs cut within a character; a set that is not known is guessed.
func recoded(value string) string {
	return encodedWords.ReplaceAllStringFunc(value, func(run string) string {
		var b strings.Builder
		var raw []byte
		set := ""
		flush := func() {
			if len(raw) > 0 {
				b.WriteString("=?utf-8?B?" + base64.StdEncoding.EncodeToString([]byte(decodeText(raw, set, false))) + "?= ")
			}
			raw = nil
		}
		for _, m := range encodedWord.FindAllStringSubmatch(run, -1) {
			charset, _, _ := strings.Cut(strings.ToLower(m[1]), "*") // RFC 2231 adds a language
			if charset != set {
				flush()
				set = charset
			}
			if strings.EqualFold(m[2], "b") {
				raw = append(raw, decodeBase64([]byte(m[3]))...)
			} else {
				raw = append(raw, decodeQuoted([]byte(strings.ReplaceAll(foldedCode.ReplaceAllString(m[3], "=$1"), "_", "=20")))...)
			}
		}
		flush()
		return strings.TrimSuffix(b.String(), " ") + run[len(strings.TrimRight(run, " \t\r\n")):]
	})
}

// foldedCode matches a coded character within which a line was folded.
var foldedCode = regexp.MustCompile(`=\s+([0-9A-Fa-f]{2})`)

// maxGuessed is how long the value of a header may be whose character set is guessed, in bytes. A message may have many of them.
const maxGuessed = 300

// toUTF8 reads text without a character set: UTF-8, or what its letters say.
func toUTF8(s string) string {
	switch {
	case utf8.ValidString(s):
		return s
	case len(s) > maxGuessed:
		return strings.ToValidUTF8(s, "\ufffd")
	}
	return guess([]byte(s))
}
