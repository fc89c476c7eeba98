package inbound

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
)

// charsetOf gives the character set of a name; nil when it is not known.
func charsetOf(name string) encoding.Encoding {
	name = strings.ToLower(strings.Trim(strings.TrimSpace(name), `"'`))
	if strings.HasPrefix(name, "utf8") || strings.HasPrefix(name, "utf-8") || name == "unicode-1-1-utf-8" {
		name = "utf-8" // utf8mb4 and the like
	}
	if strings.HasPrefix(name, "cp-") || strings.HasPrefix(name, "cp") && len(name) == 6 {
		name = "windows-" + strings.TrimLeft(name, "cp-")
	}
	if set, err := htmlindex.Get(name); err == nil {
		return set
	}
	if set, err := ianaindex.MIME.Encoding(name); err == nil {
		return set
	}
	return nil
}

func charsetReader(name string, in io.Reader) (io.Reader, error) {
	set := charsetOf(name)
	if set == nil {
		return nil, fmt.Errorf("unknown character set %.20q", name)
	}
	return set.NewDecoder().Reader(in), nil
}

func windows1252(b []byte) string {
	out, err := charmap.Windows1252.NewDecoder().Bytes(b)
	if err != nil {
		return strings.ToValidUTF8(string(b), "\ufffd")
	}
	return string(out)
}

// metaCharset finds what HTML says of its own character set.
var metaCharset = regexp.MustCompile(`(?i)<meta[^>]+charset\s*=\s*["']?([a-z0-9_:-]+)`)

// decodeText reads the text of a part. What is UTF-8 is read as that, unless the character set is one whose text could look
// so: many programs name another one. 8-bit text without a character set that fits is read as Windows-1252.
func decodeText(b []byte, charset string, html bool) string {
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	if charset == "" && html {
		if m := metaCharset.FindSubmatch(b[:min(len(b), 4096)]); m != nil {
			charset = string(m[1])
		}
	}
	set := charsetOf(charset)
	switch name := strings.ToLower(charset); {
	case set == nil, isASCII(b) && !strings.HasPrefix(name, "iso-2022") && !strings.HasPrefix(name, "utf-16") && name != "hz-gb-2312",
		strings.HasPrefix(name, "utf"), strings.HasPrefix(name, "us-ascii"), strings.HasPrefix(name, "iso-8859"), strings.HasPrefix(name, "windows-125"):
		if utf8.Valid(b) {
			return string(b)
		}
	}
	if set == nil || set == encoding.Nop || strings.HasPrefix(strings.ToLower(charset), "utf8") || strings.HasPrefix(strings.ToLower(charset), "utf-8") {
		return windows1252(b)
	}
	out, err := set.NewDecoder().Bytes(b)
	if err != nil {
		return windows1252(b)
	}
	return strings.ToValidUTF8(string(out), "\ufffd")
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// unflow joins the lines of a text that its writer's program has broken (RFC 3676).
func unflow(text string, deleteSpace bool) string {
	var b strings.Builder
	open := false // the line before goes on
	for line := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		quoted := strings.HasPrefix(line, ">")
		if !quoted {
			line = strings.TrimPrefix(line, " ") // stuffed
		}
		if !open || quoted {
			if b.Len() > 0 {
				b.WriteByte('\n')
			}
		}
		open = strings.HasSuffix(line, " ") && line != "-- " && !quoted
		if open && deleteSpace {
			line = strings.TrimSuffix(line, " ")
		}
		b.WriteString(line)
	}
	return b.String()
}
