package cvtext

import (
	"bytes"
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Groups of RTF that hold no text of the document. A group that begins with \* is skipped, too, unless rtfStarred has it.
var rtfAside = map[string]bool{
	"colortbl": true, "stylesheet": true, "info": true, "pict": true, "object": true, "themedata": true,
	"datastore": true, "listtable": true, "listoverridetable": true, "rsidtbl": true, "xmlnstbl": true,
	"latentstyles": true, "generator": true, "filetbl": true, "revtbl": true, "template": true, "sp": true,
	"nonshppict": true, "nonesttables": true, "annotation": true, "atnauthor": true, "atnid": true,
	"shprslt": true, // says again what the shape says
}

// rtfStarred are groups whose text counts although they begin with \*: text boxes, where links lead to, and the ends of rows of tables
// within tables.
var rtfStarred = map[string]bool{"shpinst": true, "shptxt": true, "do": true, "dptxbxtext": true, "nesttableprops": true, "fldinst": true, "shppict": true, "ud": true}

// rtfSigns are control words that stand for characters.
var rtfSigns = map[string]string{
	"par": "\n", "line": "\n", "sect": "\n", "page": "\n", "row": "\n", "nestrow": "\n", "softline": "\n", "column": "\n",
	"shptxt": "\n", "dptxbxtext": "\n", "footnote": "\n", "header": "\n", "footer": "\n",
	"headerl": "\n", "headerr": "\n", "headerf": "\n", "footerl": "\n", "footerr": "\n", "footerf": "\n",
	"cell": "\t", "nestcell": "\t", "tab": "\t", "emspace": " ", "enspace": " ", "qmspace": " ",
	"emdash": "\u2014", "endash": "\u2013", "lquote": "\u2018", "rquote": "\u2019", "ldblquote": "\u201c", "rdblquote": "\u201d", "bullet": "\u2022",
}

// maxGroups is how deep groups of RTF may be nested.
const maxGroups = 10_000

// rtfScript is the kind of characters that the next text has, as RTF announces it: each kind may have a font of its own.
type rtfScript int8

const (
	scriptNone rtfScript = iota
	scriptLow            // \loch
	scriptHigh           // \hich
	scriptEast           // \dbch
	scripts
)

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

// rtfFont is the character set of a font as its entry in the table of fonts says.
type rtfFont struct{ charset, codePage int }

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

// hyperlink matches the instruction of a field that is a link.
var hyperlink = regexp.MustCompile(`HYPERLINK\s+(?:\\[a-z]\s+)*(?:"([^"]+)"|([^"\s\\]+))`)

// hyperlinkOf gives where the instruction of a field leads to; empty for another field.
func hyperlinkOf(instruction string) string {
	if m := hyperlink.FindStringSubmatch(instruction); m != nil {
		return linkTarget(m[1] + m[2])
	}
	return ""
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

// page is the code page of the text that follows: that of its font, else that of the document.
func (r *rtf) page() int {
	g := &r.group
	font := g.font
	if g.rightToLeft && g.complex > 0 {
		font = g.complex
	} else if own := g.fonts[g.script]; own > 0 && (g.script != scriptEast || isEastAsian(r.pageOf(own-1))) {
		font = own
	}
	if font == 0 {
		return r.pageOf(r.defaultFont)
	}
	return r.pageOf(font - 1)
}

func (r *rtf) pageOf(number int) int {
	font, ok := r.fonts[number]
	switch {
	case !ok:
		return r.codePage
	case font.codePage != 0:
		return font.codePage
	case font.charset == 0 && isEastAsian(r.codePage):
		return r.codePage // a font of any text, in a document whose bytes come in pairs
	}
	if page, ok := charsetPages[font.charset]; ok {
		return page
	}
	return r.codePage
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

// word reads a control word with its number and the blank that ends it.
func (r *rtf) word() (word string, n int, has bool) {
	start := r.at
	for r.at < len(r.b) && (r.b[r.at] >= 'a' && r.b[r.at] <= 'z' || r.b[r.at] >= 'A' && r.b[r.at] <= 'Z') {
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
	g := &r.group
	on := !has || n != 0
	switch word {
	case "ansicpg":
		if knownPage(n) {
			r.codePage = n
		}
	case "mac":
		r.codePage = macPage
	case "pc":
		r.codePage = 437
	case "pca":
		r.codePage = 850
	case "deff":
		r.defaultFont = n
	case "uc":
		g.uc = min(max(n, 0), 100)
	case "bin":
		r.at = min(r.at+max(n, 0), len(r.b))
	case "u":
		if has {
			r.unicode(rune(uint16(n))) //nolint:gosec // it is 16 bits, written with a sign
		}
	case "v":
		g.hidden = on
	case "deleted":
		g.deleted = on
	case "plain":
		g.hidden, g.deleted, g.font, g.fonts, g.complex, g.script, g.rightToLeft = false, false, 0, [scripts]int{}, 0, scriptNone, false
	case "field":
		g.field = true
	case "fldinst":
		g.instruction = true
	case "upr":
		g.twice = true
	case "ud", "result":
		g.aside = false // in place of what stands aside
	default:
		if r.applyFont(word, n) {
			return
		}
		if rtfAside[word] {
			g.aside = true
		} else if sign, ok := rtfSigns[word]; ok {
			r.emit(sign)
		}
	}
}

// applyFont follows the words about fonts: which one is used for which script, and which character set it has.
func (r *rtf) applyFont(word string, n int) bool {
	g := &r.group
	switch word {
	case "fonttbl":
		g.fontTable = true
	case "f":
		g.font = n + 1
		if g.script != scriptNone && !g.direction {
			g.fonts[g.script] = n + 1
		}
		if g.fontTable && len(r.fonts) < 10_000 {
			r.fonts[n] = rtfFont{charset: 1}
		}
	case "fcharset":
		r.define(func(f *rtfFont) { f.charset = n })
	case "cpg":
		r.define(func(f *rtfFont) { f.codePage = n })
	case "af":
		if g.direction {
			g.complex = n + 1
		} else {
			g.fonts[g.script] = n + 1
		}
	case "ltrch", "rtlch":
		g.rightToLeft, g.direction = word == "rtlch", true
	case "loch":
		g.script, g.direction = scriptLow, false
	case "hich":
		g.script, g.direction = scriptHigh, false
	case "dbch":
		g.script, g.direction = scriptEast, false
	default:
		return false
	}
	return true
}

// define changes the entry of the table of fonts that is read.
func (r *rtf) define(change func(*rtfFont)) {
	if !r.group.fontTable || r.group.font == 0 {
		return
	}
	f := r.fonts[r.group.font-1]
	change(&f)
	if f.codePage != 0 && !knownPage(f.codePage) {
		f.codePage = 0
	}
	r.fonts[r.group.font-1] = f
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

// charsetPages are the code pages of the character sets that \fcharset numbers.
var charsetPages = map[int]int{
	0: 1252, 2: symbolPage, 77: macPage, 78: 932, 79: 949, 80: 936, 81: 950, 128: 932, 129: 949, 130: 949, 134: 936, 136: 950,
	161: 1253, 162: 1254, 163: 1258, 177: 1255, 178: 1256, 179: 1256, 180: 1256, 181: 1255, 186: 1257, 204: 1251, 222: 874, 238: 1250,
	254: 437, 255: 850,
}

func isEastAsian(page int) bool {
	return slices.Contains([]int{932, 936, 949, 950, 54936}, page)
}

func knownPage(page int) bool {
	_, ok := codePages[page]
	return ok
}
