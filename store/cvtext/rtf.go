package cvtext

import (
	"bytes"
	"context"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxGroups is how deep groups of RTF may be nested.
const maxGroups = 10_000

// rtfGroup is the state that ends with its group.
type rtfGroup struct {
	// aside says that the text of the group does not count; hidden and deleted say it of the text that follows.
	aside, hidden, deleted bool
	// uc is how many characters replace one of Unicode.
	uc int
	// font is the number of the font, and fonts those of single scripts; 0 for none, else the number plus 1.
	font    int
	fonts   [scripts]int
	complex int
	script  rtfScript
	// rightToLeft says that the font is the one in complex.
	rightToLeft bool
	// direction is which of the two \af speaks of.
	direction bool
	// fontTable, field and instruction say what the group is.
	fontTable, field, instruction bool
	// twice says that the group has its text twice: first for old readers, then in Unicode.
	twice bool
}

type rtf struct {
	b     []byte
	at    int
	text  strings.Builder
	group rtfGroup
	outer []rtfGroup
	// opened is where the group that was opened last begins; below 0 when its kind is known.
	opened int
	fonts  map[int]rtfFont
	// codePage is that of the document, and defaultFont its \deff.
	codePage, defaultFont int
	// bytes are characters of the code page pendingPage that are not decoded yet.
	bytes       []byte
	raw         bool // some of them beyond ASCII, and not escaped
	pendingPage int
	// skip counts the replacement characters that are still to be left out; high is the first half of a surrogate pair.
	skip int
	high rune
	// instruction is the text of the field that is read, and link where it leads to.
	instruction strings.Builder
	link        string
}

// RTF is the text of a letter in RTF, read in the process of the caller. The caller bounds its size. An error says that its groups are
// nested too deep.
func RTF(b []byte) (string, error) { return fromRTF(context.Background(), b) }

func fromRTF(ctx context.Context, b []byte) (string, error) {
	r := rtf{b: b, codePage: 1252, fonts: map[int]rtfFont{}, group: rtfGroup{uc: 1}}
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
			r.flush()
			r.opened = r.at
			r.outer = append(r.outer, r.group)
			r.group.field = false
			if r.group.twice {
				r.group.twice, r.group.aside = false, true
			}
			r.skip = 0
		case '}':
			r.flush()
			if len(r.outer) <= 1 {
				return r.text.String(), nil // the end, whatever follows
			}
			r.endGroup()
		case '\\':
			r.control()
		case '\r', '\n':
		default:
			r.raw = r.raw || c >= utf8.RuneSelf
			r.byte(c)
		}
	}
	r.flush()
	return r.text.String(), nil
}

func (r *rtf) endGroup() {
	ended := r.group
	r.group, r.outer = r.outer[len(r.outer)-1], r.outer[:len(r.outer)-1]
	r.skip = 0
	switch {
	case ended.instruction && !r.group.instruction:
		r.link = hyperlinkOf(r.instruction.String())
		r.instruction.Reset()
	case ended.field && r.link != "":
		if !ended.aside && !strings.HasSuffix(strings.TrimSpace(r.text.String()), r.link) {
			r.text.WriteString(" " + r.link + " ")
		}
		r.link = ""
	}
}

// silent tells whether text does not count here.
func (r *rtf) silent() bool {
	g := &r.group
	return g.aside || g.hidden || g.deleted || g.fontTable
}

// byte reads one byte of a character, which may be a replacement.
func (r *rtf) byte(c byte) {
	if r.skip > 0 {
		r.skip--
		return
	}
	if r.silent() {
		return
	}
	page := r.page()
	if page != r.pendingPage {
		r.flush()
		r.pendingPage = page
	}
	r.bytes = append(r.bytes, c)
}

// flush decodes the bytes that wait: a character may have two.
func (r *rtf) flush() {
	if len(r.bytes) == 0 {
		return
	}
	var text string
	switch {
	case r.pendingPage == symbolPage:
		var b strings.Builder
		for _, c := range r.bytes {
			b.WriteString(symbol(rune(c)))
		}
		text = b.String()
	case r.raw && !isEastAsian(r.pendingPage) && utf8.Valid(r.bytes):
		text = string(r.bytes) // of a program that escapes nothing
	default:
		text = decodePage(r.pendingPage, r.bytes)
	}
	r.bytes, r.raw = r.bytes[:0], false
	r.emit(text)
}

// emit writes text that counts.
func (r *rtf) emit(text string) {
	switch {
	case r.silent():
	case r.group.instruction:
		if r.instruction.Len() < 1<<12 {
			r.instruction.WriteString(text)
		}
	default:
		r.text.WriteString(text)
	}
}

func (r *rtf) control() {
	if r.at >= len(r.b) {
		return
	}
	c := r.b[r.at]
	if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
		r.at++
		switch c {
		case '\'':
			if r.raw {
				r.flush()
			}
			if r.at+2 <= len(r.b) {
				if n, err := strconv.ParseUint(string(r.b[r.at:r.at+2]), 16, 8); err == nil {
					r.byte(byte(n))
				}
				r.at += 2
			}
		case '*':
			r.star()
		case '~':
			r.sign(" ")
		case '_':
			r.sign("-")
		case '\r', '\n':
			r.sign("\n")
		case '\\', '{', '}':
			r.byte(c)
		}
		return
	}
	word, n, has := r.word()
	r.flush()
	r.apply(word, n, has)
}

// sign writes what a control symbol stands for, which may be a replacement.
func (r *rtf) sign(text string) {
	if r.skip > 0 {
		r.skip--
		return
	}
	r.flush()
	r.emit(text)
}

// star reads the word after \*, which says what the group is when it begins it. OpenOffice 1 wrote one within a group, before the style of
// its characters.
func (r *rtf) star() {
	if r.opened < 0 || len(bytes.TrimLeft(r.b[r.opened:r.at], " \r\n")) != len(`\*`) {
		return
	}
	r.opened = -1
	if r.at < len(r.b) && r.b[r.at] == '\\' {
		end := r.at + 1
		for end < len(r.b) && r.b[end] >= 'a' && r.b[end] <= 'z' {
			end++
		}
		if rtfStarred[string(r.b[r.at+1:min(end, r.at+32)])] {
			return
		}
	}
	r.group.aside = true
}

func (r *rtf) unicode(c rune) {
	r.skip = 0
	switch {
	case utf16.IsSurrogate(c) && r.high == 0:
		r.high = c
	case r.high != 0:
		r.emit(string(utf16.DecodeRune(r.high, c)))
		r.high = 0
	case c >= 0xf020 && c <= 0xf0ff:
		r.emit(symbol(c)) // a font of symbols
	default:
		r.emit(string(c))
	}
	r.skip = r.group.uc
}
