package cvtext

import (
	"encoding/binary"
	"strings"
	"unicode"
	"unicode/utf16"

	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
	"golang.org/x/text/encoding/charmap"
)

// Some programs do not say which characters the glyphs of a font are (they write no ToUnicode map). PDFium gives the numbers of the glyphs then, as if
// these were characters: "*UDFH" for "Grace". The font itself, when it is in the file, says which characters have which glyph.

// glyphNames gives the characters of glyphs by their numbers; sure says that the font itself has said it.
type glyphNames struct {
	characters map[rune]rune
	sure       bool
}

// maxNamedFonts is how many fonts of a page are asked what their glyphs are.
const maxNamedFonts = 30

// named reads the text of a page of which some characters have no meaning, with those that the fonts give them. ok is false for a page
// that has none, and when they are no better than the numbers.
func (d *pdfDocument) named(t textPage) (text string, ok bool) {
	page, count := t.ref, t.count
	if count > maxGlyphs {
		return "", false
	}
	fonts := map[string]glyphNames{}
	type unnamed struct {
		at   int
		font string
	}
	var all []unnamed
	runes := make([]rune, 0, count)
	for i := range count {
		c, err := d.in.FPDFText_GetUnicode(&requests.FPDFText_GetUnicode{TextPage: page, Index: i})
		if err != nil {
			return "", false
		}
		runes = append(runes, rune(c.Unicode)) //nolint:gosec // a character
		if !d.isUnnamed(page, i) {
			continue
		}
		info, err := d.in.FPDFText_GetFontInfo(&requests.FPDFText_GetFontInfo{TextPage: page, Index: i})
		if err != nil || info.FontName == "" { // such as a font of small dots, whose codes TeX has chosen
			continue
		}
		if _, known := fonts[info.FontName]; !known && len(fonts) == maxNamedFonts {
			continue
		} else if !known {
			fonts[info.FontName] = d.glyphNames(page, i)
		}
		all = append(all, unnamed{i, info.FontName})
	}
	for font, names := range fonts {
		var before, after []rune
		last := -1
		for _, u := range all {
			c, found := names.characters[runes[u.at]]
			if u.font != font || !found {
				continue
			}
			if u.at != last+1 {
				before, after = append(before, '\n'), append(after, '\n')
			}
			before, after, last = append(before, runes[u.at]), append(after, c), u.at
		}
		if gain := likeness(after) - likeness(before); gain < 0 || gain == 0 && !names.sure || len(after) == 0 {
			continue
		}
		ok = true
		for _, u := range all {
			if c, found := names.characters[runes[u.at]]; u.font == font && found {
				runes[u.at] = c
			}
		}
	}
	var b strings.Builder
	for i, c := range runes {
		if t.blanks.missing[i] {
			b.WriteByte(' ')
		}
		switch {
		case c == 0, t.blanks.surplus[i], i > 0 && utf16.IsSurrogate(c) && utf16.IsSurrogate(runes[i-1]):
		case utf16.IsSurrogate(c) && i+1 < len(runes):
			b.WriteRune(utf16.DecodeRune(c, runes[i+1]))
		default:
			b.WriteRune(c)
		}
	}
	return b.String(), ok
}

func (d *pdfDocument) isUnnamed(page references.FPDF_TEXTPAGE, index int) bool {
	e, err := d.in.FPDFText_HasUnicodeMapError(&requests.FPDFText_HasUnicodeMapError{TextPage: page, Index: index})
	return err == nil && e.HasUnicodeMapError
}

// likeness tells how much characters look like a text. Programs that write no map give a font's own characters the numbers of its glyphs, or
// those of Unicode: what is read rightly has blanks, and words of small letters or of large ones, and no digits in them.
func likeness(text []rune) (n int) {
	before := ' '
	for _, c := range text {
		switch {
		case c == '\n':
		case c == ' ':
			n += 6
		case strings.ContainsRune("etaoinsrhldcum", c):
			n += 6
		case strings.ContainsRune("ETAOINSRHLDCUM", c):
			n += 5
		case c < unicode.MaxASCII && unicode.IsLower(c):
			n += 4
		case unicode.IsDigit(c):
			n += 4
		case unicode.IsUpper(c), unicode.IsLower(c) && c >= 0x100:
			n += 3
		case unicode.IsLetter(c):
			n += 2
		case unicode.IsControl(c), strings.ContainsRune("^`=~{}<>|\\", c), unicode.IsSymbol(c):
			n -= 4
		}
		if unicode.IsUpper(c) && unicode.IsLower(before) || unicode.IsDigit(c) && unicode.IsLetter(before) || unicode.IsLetter(c) && unicode.IsDigit(before) {
			n -= 4
		}
		before = c
	}
	return n
}

// glyphNames reads which characters the glyphs of a character's font are. Of a font that does not say it, or is not in the file, they are
// supposed to be in the order that most fonts of TrueType have.
func (d *pdfDocument) glyphNames(page references.FPDF_TEXTPAGE, index int) glyphNames {
	object, err := d.in.FPDFText_GetTextObject(&requests.FPDFText_GetTextObject{TextPage: page, Index: index})
	if err != nil {
		return glyphNames{}
	}
	font, err := d.in.FPDFTextObj_GetFont(&requests.FPDFTextObj_GetFont{PageObject: object.TextObject})
	if err != nil {
		return glyphNames{}
	}
	embedded, err := d.in.FPDFFont_GetIsEmbedded(&requests.FPDFFont_GetIsEmbedded{Font: font.Font})
	if err != nil || !embedded.IsEmbedded {
		return glyphNames{characters: usualGlyphs()}
	}
	data, err := d.in.FPDFFont_GetFontData(&requests.FPDFFont_GetFontData{Font: font.Font})
	if err != nil {
		return glyphNames{}
	}
	if characters := glyphsOf(data.FontData); len(characters) > 0 {
		return glyphNames{characters, true}
	}
	return glyphNames{characters: usualGlyphs()}
}

// usualGlyphs are the characters of glyphs in the order of the Macintosh, which begins with three that are none (OpenType, "post", format 1).
// The fonts of Windows have this order but for the second blank, which is the first one to them.
func usualGlyphs() map[rune]rune {
	const space, gap, blank, last = 3, 98, 172, 208
	characters := map[rune]rune{}
	for glyph := rune(space); glyph <= last; glyph++ {
		code := glyph + ' ' - space
		if glyph >= gap {
			code++ // the code of "delete" has no glyph
		}
		if glyph >= blank {
			code++
		}
		characters[glyph] = charmap.Macintosh.DecodeByte(byte(code))
	}
	return characters
}

// maxNamedGlyphs bounds how many characters of a font are read, of each of maxSubtables at most: fonts have two to five, and a font can name
// one that is large thousands of times.
const (
	maxNamedGlyphs = 100_000
	maxSubtables   = 16
)

// glyphsOf reads the table of a TrueType or OpenType font that says which glyph a character has ("cmap"); nothing of another font.
func glyphsOf(font []byte) map[rune]rune {
	table := fontTable(font, "cmap")
	const head, entry = 4, 8
	if len(table) < head {
		return nil
	}
	characters := map[rune]rune{}
	add := func(c, glyph rune) {
		if c >= 0xf000 && c <= 0xf0ff {
			c -= 0xf000 // of a font of symbols
		}
		if old, ok := characters[glyph]; glyph > 0 && c >= ' ' && (!ok || c < old) && len(characters) < maxNamedGlyphs {
			characters[glyph] = c
		}
	}
	for n, at := min(int(binary.BigEndian.Uint16(table[2:])), maxSubtables), head; n > 0 && at+entry <= len(table); n, at = n-1, at+entry {
		platform := binary.BigEndian.Uint16(table[at:])
		if offset := binary.BigEndian.Uint32(table[at+4:]); (platform == 0 || platform == 3) && int64(offset) < int64(len(table)) {
			readGlyphs(table[offset:], add)
		}
	}
	return characters
}

// fontTable finds a table of a font.
func fontTable(font []byte, name string) []byte {
	const head, entry = 12, 16
	if len(font) < head {
		return nil
	}
	for n, at := int(binary.BigEndian.Uint16(font[4:])), head; n > 0 && at+entry <= len(font); n, at = n-1, at+entry {
		from, size := int64(binary.BigEndian.Uint32(font[at+8:])), int64(binary.BigEndian.Uint32(font[at+12:]))
		if string(font[at:at+4]) == name && from <= int64(len(font)) {
			return font[from:min(from+size, int64(len(font)))]
		}
	}
	return nil
}

// readGlyphs reads a subtable of the formats 4 and 12, which nearly all fonts have.
func readGlyphs(b []byte, add func(c, glyph rune)) {
	if len(b) < 16 {
		return
	}
	switch binary.BigEndian.Uint16(b) {
	case 4:
		readSegments(b, add)
	case 12:
		left := int64(maxNamedGlyphs)
		for n, at := binary.BigEndian.Uint32(b[12:]), 16; n > 0 && at+12 <= len(b); n, at = n-1, at+12 {
			first, last, glyph := binary.BigEndian.Uint32(b[at:]), binary.BigEndian.Uint32(b[at+4:]), binary.BigEndian.Uint32(b[at+8:])
			for i := int64(0); first <= last && i <= int64(last-first) && left > 0; i, left = i+1, left-1 {
				add(rune(int64(first)+i), rune(int64(glyph)+i)) //nolint:gosec // of no use when it is no character
			}
		}
	}
}

func readSegments(b []byte, add func(c, glyph rune)) {
	word := func(at int) rune {
		if at < 0 || at+2 > len(b) {
			return 0
		}
		return rune(binary.BigEndian.Uint16(b[at:]))
	}
	size := int(word(6)) &^ 1 // of one column, in bytes
	left := maxNamedGlyphs
	for i := 0; i < size; i += 2 {
		last, first, delta, offset := word(14+i), word(16+size+i), word(16+2*size+i), word(16+3*size+i)
		for c := first; c <= last && c < 0xffff && left > 0; c, left = c+1, left-1 {
			glyph := (c + delta) & 0xffff
			if offset != 0 {
				if glyph = word(16 + 3*size + i + int(offset) + 2*int(c-first)); glyph != 0 {
					glyph = (glyph + delta) & 0xffff
				}
			}
			add(c, glyph)
		}
	}
}
