package cvtext

import (
	"strings"
	"unicode/utf16"

	"github.com/klippa-app/go-pdfium/requests"
	"golang.org/x/text/unicode/norm"
)

// TeX prints a letter with an accent as two glyphs, one over the other, unless its font has the letter. Nothing but their places
// says that they belong together.

// accents are the accents that stand alone, and marks what each is when it is combined with a letter, in the same order.
const (
	accents = "`´ˆ˜¨˙˚¸˛ˇ˘˝¯¯^~\u00b4"
	marks   = "\u0300\u0301\u0302\u0303\u0308\u0307\u030a\u0327\u0328\u030c\u0306\u030b\u0304\u0304\u0302\u0303\u0301"
)

// glyph is a character of a page and the box that it fills, in points from the lower left corner.
type glyph struct {
	c                        rune
	left, right, bottom, top float64
	gone                     bool
}

// maxGlyphs is how many characters of a page are looked at; a page that is full of small print has a tenth of it.
const maxGlyphs = 50_000

// composed reads the text of a page, puts accents on their letters, text from right to left in its order, and blanks where words
// end. ok is false for a page that cannot be read so.
func (d *pdfDocument) composed(page textPage) (text string, ok bool) {
	if page.count > maxGlyphs {
		return "", false
	}
	glyphs, right := make([]glyph, 0, page.count), false
	for i := range page.count {
		c, err := d.in.FPDFText_GetUnicode(&requests.FPDFText_GetUnicode{TextPage: page.ref, Index: i})
		if err != nil {
			return "", false
		}
		if c.Unicode == 0 || page.blanks.surplus[i] {
			continue
		}
		g := glyph{c: rune(c.Unicode)} //nolint:gosec // a character
		right = right || isRightToLeft(g.c)
		if page.blanks.missing[i] {
			glyphs = append(glyphs, glyph{c: ' '})
		}
		if box, err := d.in.FPDFText_GetCharBox(&requests.FPDFText_GetCharBox{TextPage: page.ref, Index: i}); err == nil {
			g.left, g.right, g.bottom, g.top = box.Left, box.Right, box.Bottom, box.Top
		}
		if n := len(glyphs); n > 0 && utf16.IsSurrogate(g.c) && utf16.IsSurrogate(glyphs[n-1].c) {
			glyphs[n-1].c = utf16.DecodeRune(glyphs[n-1].c, g.c) // the second half of a character
			continue
		}
		glyphs = append(glyphs, g)
	}
	if right {
		logical(glyphs)
	}
	return compose(glyphs), true
}

// compose puts each accent on the letter that it stands over or under.
func compose(glyphs []glyph) string {
	accentRunes, markRunes := []rune(accents), []rune(marks)
	mark := make(map[rune]rune, len(accentRunes))
	for i, c := range accentRunes {
		mark[c] = markRunes[i]
	}
	for i := range glyphs {
		if m, ok := mark[glyphs[i].c]; ok {
			putOn(glyphs, i, m)
		}
	}
	var b strings.Builder
	for _, g := range glyphs {
		if !g.gone {
			b.WriteRune(g.c)
		}
	}
	return b.String()
}

// near is how many characters before and after an accent its letter may be: PDFium may have put it at the end of the line.
const near = 200

func putOn(glyphs []glyph, i int, mark rune) {
	accent := &glyphs[i]
	middle := (accent.left + accent.right) / 2
	best, bestC, distance := -1, rune(0), 0.0
	for j := max(i-near, 0); j < min(i+near, len(glyphs)); j++ {
		letter := &glyphs[j]
		if j == i || letter.gone || letter.top <= letter.bottom || middle < letter.left || middle > letter.right ||
			!accent.fits(letter, mark) {
			continue
		}
		c, ok := combined(letter.c, mark)
		if !ok {
			continue
		}
		off := (letter.left+letter.right)/2 - middle
		if best < 0 || off*off < distance {
			best, bestC, distance = j, c, off*off
		}
	}
	if best < 0 {
		return
	}
	glyphs[best].c = bestC
	accent.gone = true
	// A blank before the accent may stand where its letter goes on with a word.
	if best == i+1 && i >= 2 && glyphs[i-1].c == ' ' {
		before, letter := &glyphs[i-2], &glyphs[best]
		if gap := letter.left - before.right; before.right > before.left && gap < (letter.right-letter.left)/4 && gap > -(letter.right-letter.left) {
			glyphs[i-1].gone = true
		}
	}
}

// fits tells whether an accent stands at the height of a letter: over it or, as a cedilla, under it, but not in the line below.
func (g *glyph) fits(letter *glyph, mark rune) bool {
	height := letter.top - letter.bottom
	if mark == '\u0327' || mark == '\u0328' {
		return g.top > letter.bottom-height/2 && g.bottom < letter.bottom+height/2
	}
	return g.top > letter.bottom+height/2 && g.bottom < letter.top+height
}

// combined gives the letter with a mark, if there is such a character.
func combined(letter, mark rune) (rune, bool) {
	switch letter {
	case 'ı':
		letter = 'i'
	case 'ȷ':
		letter = 'j'
	}
	composed := []rune(norm.NFC.String(string([]rune{letter, mark})))
	if len(composed) != 1 {
		return 0, false
	}
	return composed[0], true
}
