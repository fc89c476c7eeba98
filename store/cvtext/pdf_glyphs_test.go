package cvtext_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// fontOf is a font of TrueType with empty glyphs, and its table of characters in the format 4 or 12: each character has the glyph with its
// number less shift.
func fontOf(format uint16, shift uint16) []byte {
	order := binary.BigEndian
	var sub []byte
	words := func(values ...uint16) {
		for _, v := range values {
			sub = order.AppendUint16(sub, v)
		}
	}
	if format == 4 {
		words(4, 32, 0, 4, 4, 1, 0, 0x500, 0xffff, 0, ' ', 0xffff, -shift, 1, 0, 0)
	} else {
		words(12, 0, 0, 28, 0, 0, 0, 1, 0, ' ', 0, 0x500, 0, ' '-shift)
	}
	const glyphs = 0x500
	head := make([]byte, 54)
	copy(head, "\x00\x01\x00\x00")
	order.PutUint32(head[12:], 0x5f0f3cf5) // the sign of the table
	order.PutUint16(head[18:], 1000)       // units of a square
	across := make([]byte, 36)
	copy(across, "\x00\x01\x00\x00")
	order.PutUint16(across[34:], 1) // one width for all
	most := make([]byte, 32)
	copy(most, "\x00\x01\x00\x00")
	order.PutUint16(most[4:], glyphs)
	return fontOfTables(map[string][]byte{
		"cmap": append([]byte{0, 0, 0, 1, 0, 3, 0, 1, 0, 0, 0, 12}, sub...), "glyf": make([]byte, 4), "head": head, "hhea": across,
		"hmtx": {2, 88, 0, 0}, "loca": make([]byte, 2*(glyphs+1)), "maxp": most,
	})
}

func fontOfTables(tables map[string][]byte) []byte {
	order := binary.BigEndian
	font := append([]byte{0, 1, 0, 0, 0, byte(len(tables))}, make([]byte, 6)...)
	var data []byte
	for _, name := range slices.Sorted(maps.Keys(tables)) {
		font = append(append(font, name...), 0, 0, 0, 0)
		font = order.AppendUint32(font, uint32(12+16*len(tables)+len(data)))
		font = order.AppendUint32(font, uint32(len(tables[name])))
		data = append(data, tables[name]...)
		data = append(data, make([]byte, -len(data)&3)...)
	}
	return append(font, data...)
}

const glyphText = "Grace Hopper, Größe"

// glyphPDF is a page whose text has the numbers of glyphs, of a font that does not say in the file which characters they are.
func glyphPDF(font []byte, glyph func(c rune) rune) []byte { return glyphPDFOf(glyphText, font, glyph) }

func glyphPDFOf(text string, font []byte, glyph func(c rune) rune) []byte {
	var code strings.Builder
	for _, c := range text {
		fmt.Fprintf(&code, "%04x", glyph(c))
	}
	descriptor := "<< /Type /FontDescriptor /FontName /ABCDEF+X /Flags 4 /FontBBox [0 -200 1000 900] /ItalicAngle 0 /Ascent 800 /Descent -200 /CapHeight 700 /StemV 80 "
	others := []string{"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /ABCDEF+X /CIDToGIDMap /Identity /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /DW 600 /FontDescriptor 7 0 R >>"}
	if font == nil {
		others = append(others, descriptor+">>")
	} else {
		others = append(others, descriptor+"/FontFile2 8 0 R >>", fmt.Sprintf("<< /Length %d /Length1 %d >>\nstream\n%s\nendstream", len(font), len(font), font))
	}
	return pdfPage("", "BT /F1 12 Tf 72 700 Td <"+code.String()+"> Tj ET", "<< /Type /Font /Subtype /Type0 /BaseFont /ABCDEF+X /Encoding /Identity-H /DescendantFonts [6 0 R] >>", others...)
}

// Some programs number the characters of a font as Unicode does, and say in another table which glyphs these are.
func TestFontsWhoseCharactersAreThoseOfUnicode(t *testing.T) {
	t.Parallel()
	for name, font := range map[string][]byte{"no font in the file": nil, "a font with other glyphs": fontOf(4, 29), "a font that shifts them": fontOf(12, 17)} {
		for _, text := range []string{"ADA LOVELACE", "Ada Lovelace", "Invoice 2019-2023: Go, SQL, Terraform", "JUSTIN"} {
			if got, problem := readPDF(t, glyphPDFOf(text, font, func(c rune) rune { return c })); got != text {
				t.Errorf("%s: %q, want %q, %q", name, got, text, problem)
			}
		}
	}
}

// The fonts of Windows have one glyph fewer than the usual order from the second blank on, and so other quotes and dashes.
func TestSignsOfFontsOfWindows(t *testing.T) {
	t.Parallel()
	const signs = "\u201cAda\u201d \u2018x\u2019 2019\u20132023"
	glyph := map[rune]rune{'\u2013': 177, '\u201c': 179, '\u201d': 180, '\u2018': 181, '\u2019': 182}
	usual := func(c rune) rune {
		if g, ok := glyph[c]; ok {
			return g
		}
		return c - ' ' + 3
	}
	if got, problem := readPDF(t, glyphPDFOf(signs, nil, usual)); got != signs {
		t.Errorf("%q, %q", got, problem)
	}
}

// The font tells what its glyphs mean when the file does not, or its glyphs are in the usual order.
func TestFontsWithoutAMapOfCharacters(t *testing.T) {
	t.Parallel()
	less := func(shift rune) func(rune) rune { return func(c rune) rune { return c - shift } }
	usual := func(c rune) rune {
		switch c {
		case 'ö':
			return 0x9a - ' ' + 2
		case 'ß':
			return 0xa7 - ' ' + 2
		}
		return c - ' ' + 3
	}
	for name, b := range map[string][]byte{
		"format 4":            glyphPDF(fontOf(4, 29), less(29)),
		"format 12":           glyphPDF(fontOf(12, 17), less(17)),
		"a font without it":   glyphPDF(bytes.Replace(fontOf(4, 29), []byte("cmap"), []byte("cmaq"), 1), usual),
		"no font in the file": glyphPDF(nil, usual),
	} {
		if got, problem := readPDF(t, b); got != glyphText {
			t.Errorf("%s: %q, %q", name, got, problem)
		}
	}
}
