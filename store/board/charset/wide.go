// Package charset reads text whose character set nobody has told: UTF-16 and UTF-32, and UTF-8 with a few other bytes in it. It imports
// nothing of ours, and must not know whose text it is.
package charset

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// wideForm is a way to write a text in units of two or four bytes, with the mark that may stand in front.
type wideForm struct {
	mark  string
	width int
	order binary.ByteOrder
}

// wideForms has UTF-32 first: its mark begins with that of UTF-16.
var wideForms = []wideForm{
	{"\xff\xfe\x00\x00", 4, binary.LittleEndian},
	{"\x00\x00\xfe\xff", 4, binary.BigEndian},
	{"\xff\xfe", 2, binary.LittleEndian},
	{"\xfe\xff", 2, binary.BigEndian},
}

// Wide reads text in UTF-16 or UTF-32, in either order of bytes. Without a mark in front, bytes are such a text when they have zeros
// or other signs that no text of single bytes has, and nearly every unit is a character that people write. ok is false for other bytes.
func Wide(b []byte) (text string, ok bool) {
	for _, f := range wideForms {
		if rest, marked := bytes.CutPrefix(b, []byte(f.mark)); marked {
			if _, ok := f.plausible(rest); ok || f.width == 2 {
				return f.decode(rest), true
			}
		}
	}
	if len(b) < 2 || !hasControls(b) {
		return "", false
	}
	var best *wideForm
	fewest := 0
	for i := range wideForms {
		f := &wideForms[i]
		if n, ok := f.plausible(b); ok && (best == nil || n < fewest) {
			best, fewest = f, n
		}
		if best != nil && f.width == 4 {
			break // nothing else looks like that
		}
	}
	if best == nil {
		return "", false
	}
	return best.decode(b), true
}

func hasControls(b []byte) bool {
	return bytes.ContainsFunc(b, func(c rune) bool {
		return unicode.IsControl(c) && c < utf8.RuneSelf && !strings.ContainsRune("\t\n\r\f\v\x1a", c)
	})
}

// runes gives the characters of a text. Bytes at the end that make no whole unit are left out.
func (f wideForm) runes(b []byte) []rune {
	if f.width == 4 {
		out := make([]rune, 0, len(b)/4)
		for ; len(b) >= 4; b = b[4:] {
			c := f.order.Uint32(b)
			if c > unicode.MaxRune || utf16.IsSurrogate(rune(c)) {
				c = utf8.RuneError
			}
			out = append(out, rune(c))
		}
		return out
	}
	units := make([]uint16, 0, len(b)/2)
	for ; len(b) >= 2; b = b[2:] {
		units = append(units, f.order.Uint16(b))
	}
	return utf16.Decode(units)
}

func (f wideForm) decode(b []byte) string {
	return strings.TrimPrefix(string(f.runes(b)), "\ufeff")
}

// plausibleWithin is how much of a file is looked at, in bytes.
const plausibleWithin = 4096

// plausible tells whether bytes are text of this form: no character is a control one or none at all, and nine of ten are of alphabets
// and signs that people write, with a blank between them unless they are a word. blocks is how many blocks of 256 characters it uses:
// fewer in the right order than in the wrong one.
func (f wideForm) plausible(b []byte) (blocks int, ok bool) {
	n, written, apart := 0, 0, false
	seen := map[rune]bool{}
	for _, c := range f.runes(b[:min(len(b), plausibleWithin)]) {
		switch {
		case c == utf8.RuneError, unicode.IsControl(c) && !unicode.IsSpace(c), !unicode.In(c, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Z, unicode.Cc, unicode.Cf, unicode.Co):
			return 0, false
		case unicode.In(c, writtenScripts...) || c < 0x100 || c >= 0x2000 && c < 0x2300 || c >= 0x3000 && c < 0x3040 || c >= 0xff00:
			written++
		}
		n++
		seen[c>>8] = true
		apart = apart || unicode.IsSpace(c)
	}
	return len(seen), n > 0 && written*10 >= n*9 && (apart || n > 1 && len(seen) == 1)
}

// writtenScripts are those in which people write CVs.
var writtenScripts = []*unicode.RangeTable{
	unicode.Latin, unicode.Cyrillic, unicode.Greek, unicode.Hebrew, unicode.Arabic, unicode.Armenian, unicode.Georgian, unicode.Devanagari,
	unicode.Bengali, unicode.Tamil, unicode.Thai, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul,
}
