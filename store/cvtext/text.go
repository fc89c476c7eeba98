package cvtext

import (
	"bytes"
	"context"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	textunicode "golang.org/x/text/encoding/unicode"
)

// fromTXT reads UTF-8, UTF-16 with a byte order mark, and all else as Windows-1252.
func fromTXT(b []byte) string {
	if bytes.HasPrefix(b, []byte("\xff\xfe")) || bytes.HasPrefix(b, []byte("\xfe\xff")) {
		if out, err := textunicode.UTF16(textunicode.BigEndian, textunicode.UseBOM).NewDecoder().Bytes(b); err == nil {
			return string(out)
		}
	}
	if utf8.Valid(b) {
		return strings.TrimPrefix(string(b), "\ufeff")
	}
	return decode(charmap.Windows1252, b)
}

func decode(set *charmap.Charmap, b []byte) string {
	var out strings.Builder
	out.Grow(len(b))
	for _, c := range b {
		out.WriteRune(set.DecodeByte(c))
	}
	return out.String()
}

// codePages are the code pages that RTF may name; others are read as Windows-1252.
var codePages = map[int]*charmap.Charmap{
	437: charmap.CodePage437, 850: charmap.CodePage850, 852: charmap.CodePage852,
	1250: charmap.Windows1250, 1251: charmap.Windows1251, 1252: charmap.Windows1252, 1253: charmap.Windows1253,
	1254: charmap.Windows1254, 1255: charmap.Windows1255, 1256: charmap.Windows1256, 1257: charmap.Windows1257, 1258: charmap.Windows1258,
}

// Groups of RTF that hold no text of the document. A group that begins with \* is skipped, too.
var rtfAside = map[string]bool{
	"fonttbl": true, "colortbl": true, "stylesheet": true, "info": true, "pict": true, "object": true, "themedata": true,
	"datastore": true, "listtable": true, "listoverridetable": true, "rsidtbl": true, "fldinst": true, "xmlnstbl": true,
	"latentstyles": true, "generator": true, "filetbl": true, "revtbl": true, "template": true,
}

var rtfSigns = map[string]string{
	"par": "\n", "line": "\n", "sect": "\n", "page": "\n", "row": "\n", "cell": "\t", "tab": "\t",
	"emdash": "\u2014", "endash": "\u2013", "lquote": "\u2018", "rquote": "\u2019", "ldblquote": "\u201c", "rdblquote": "\u201d", "bullet": "\u2022",
}

// maxGroups is how deep groups of RTF may be nested.
const maxGroups = 10_000

// rtfGroup is the state that ends with its group: whether its text counts, and how many characters replace one of Unicode.
type rtfGroup struct {
	aside bool
	uc    int
}

type rtf struct {
	b     []byte
	at    int
	text  strings.Builder
	set   *charmap.Charmap
	group rtfGroup
	outer []rtfGroup
	// skip counts the replacement characters that are still to be left out; high is the first half of a surrogate pair.
	skip int
	high rune
}

func fromRTF(ctx context.Context, b []byte) (string, error) {
	r := rtf{b: b, set: charmap.Windows1252, group: rtfGroup{uc: 1}}
	for n := 0; r.at < len(r.b) && r.text.Len() < MaxText; n++ {
		if n%4096 == 0 && ctx.Err() != nil {
			return r.text.String(), ctx.Err()
		}
		c := r.b[r.at]
		r.at++
		switch c {
		case '{':
			if len(r.outer) == maxGroups {
				return r.text.String(), errTooLarge
			}
			r.outer = append(r.outer, r.group)
			r.skip = 0
		case '}':
			if len(r.outer) <= 1 {
				return r.text.String(), nil // the end, whatever follows
			}
			r.group, r.outer = r.outer[len(r.outer)-1], r.outer[:len(r.outer)-1]
			r.skip = 0
		case '\\':
			r.control()
		case '\r', '\n':
		default:
			r.char(r.set.DecodeByte(c))
		}
	}
	return r.text.String(), nil
}

// char reads one literal character, which may be a replacement.
func (r *rtf) char(c rune) {
	if r.skip > 0 {
		r.skip--
		return
	}
	if !r.group.aside {
		r.text.WriteRune(c)
	}
}

func (r *rtf) control() {
	if r.at >= len(r.b) {
		return
	}
	c := r.b[r.at]
	if c < 'a' || c > 'z' {
		r.at++
		switch c {
		case '\'':
			if r.at+2 <= len(r.b) {
				if n, err := strconv.ParseUint(string(r.b[r.at:r.at+2]), 16, 8); err == nil {
					r.char(r.set.DecodeByte(byte(n)))
				}
				r.at += 2
			}
		case '*':
			r.group.aside = true
		case '~':
			r.char(' ')
		case '\r', '\n':
			r.char('\n')
		case '\\', '{', '}':
			r.char(rune(c))
		}
		return
	}
	word, n, has := r.word()
	r.apply(word, n, has)
}

// word reads a control word with its number and the blank that ends it.
func (r *rtf) word() (word string, n int, has bool) {
	start := r.at
	for r.at < len(r.b) && r.b[r.at] >= 'a' && r.b[r.at] <= 'z' || r.at < len(r.b) && r.b[r.at] >= 'A' && r.b[r.at] <= 'Z' {
		r.at++
	}
	word = string(r.b[start:min(r.at, start+32)])
	start = r.at
	if r.at < len(r.b) && r.b[r.at] == '-' {
		r.at++
	}
	for r.at < len(r.b) && r.b[r.at] >= '0' && r.b[r.at] <= '9' {
		r.at++
	}
	n, err := strconv.Atoi(string(r.b[start:min(r.at, start+12)]))
	if r.at < len(r.b) && r.b[r.at] == ' ' {
		r.at++
	}
	return word, n, err == nil
}

func (r *rtf) apply(word string, n int, has bool) {
	switch word {
	case "ansicpg":
		if set, ok := codePages[n]; ok {
			r.set = set
		}
	case "mac":
		r.set = charmap.Macintosh
	case "uc":
		r.group.uc = min(max(n, 0), 100)
	case "bin":
		r.at = min(r.at+max(n, 0), len(r.b))
	case "u":
		if has {
			r.unicode(rune(uint16(n))) //nolint:gosec // it is 16 bits, written with a sign
		}
	default:
		if rtfAside[word] {
			r.group.aside = true
		} else if sign, ok := rtfSigns[word]; ok && !r.group.aside {
			r.text.WriteString(sign)
		}
	}
}

func (r *rtf) unicode(c rune) {
	r.skip = 0
	switch {
	case utf16.IsSurrogate(c) && r.high == 0:
		r.high = c
	case r.high != 0:
		r.char(utf16.DecodeRune(r.high, c))
		r.high = 0
	default:
		r.char(c)
	}
	r.skip = r.group.uc
}
