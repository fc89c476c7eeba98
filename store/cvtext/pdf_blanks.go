package cvtext

import (
	"slices"
	"strings"
	"unicode"

	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
)

// Many programs write no blanks: they leave a gap between the words. PDFium takes a gap for a blank where it is wide beside the letters
// around it. So it misses those of lines that are set tightly, and sees one behind each letter of a heading that is spaced out. People
// see a gap that is wider than the others in its line.

// blanks are the characters of a page before which one is missing, and the blanks that are none, by their places.
type blanks struct{ missing, surplus map[int]bool }

func (b blanks) none() bool { return len(b.missing) == 0 && len(b.surplus) == 0 }

// placed is a character of a line with the room that its font gives it, in points. Its height is the size of the font.
type placed struct {
	c                        rune
	at                       int // in the page
	left, right, bottom, top float64
	// made says that the character is a blank that PDFium has made of a gap.
	made bool
}

func (p *placed) size() float64 { return p.top - p.bottom }

// Gaps are in sizes of the font, as its boxes have them: a little more than what its designer calls its size.
const (
	// gapOfWords is how much wider than the gaps within words a gap is at least that stands for a blank.
	gapOfWords = 0.085
	// beside is added to it in a line that has blanks of its own: there hardly a gap stands for one.
	beside = 0.065
	// tightest is the gap between letters that are set tightly. Where it seems less, another font stands in for one that is not in the file.
	tightest = -0.03
	// spacedOut is the gap between letters from which a line is spaced out, and apart that from which they are things by themselves.
	spacedOut = 0.05
	apart     = 0.5
	// column is a gap between things that are not of one line.
	column = 1.5
	// maxOverlap is how far letters may be drawn over each other, such as those of an italic font, in a line whose widths are believed.
	maxOverlap = -0.25
	// over is how far an accent stands over its letter at least.
	over = 0.1
)

// blanksOf finds out where the words of a page end.
func (d *pdfDocument) blanksOf(page references.FPDF_TEXTPAGE, count int) blanks {
	b := blanks{map[int]bool{}, map[int]bool{}}
	if count > maxGlyphs {
		return b
	}
	var line []placed
	for i := range count {
		c, err := d.in.FPDFText_GetUnicode(&requests.FPDFText_GetUnicode{TextPage: page, Index: i})
		if err != nil {
			return blanks{}
		}
		p := placed{c: rune(c.Unicode), at: i} //nolint:gosec // a character
		switch p.c {
		case 0:
			continue
		case '\r', '\n':
			b.ofLine(line)
			line = line[:0]
			continue
		case ' ':
			made, err := d.in.FPDFText_IsGenerated(&requests.FPDFText_IsGenerated{TextPage: page, Index: i})
			p.made = err == nil && made.IsGenerated
		default:
			if box, err := d.in.FPDFText_GetLooseCharBox(&requests.FPDFText_GetLooseCharBox{TextPage: page, Index: i}); err == nil {
				r := box.Rect
				p.left, p.right, p.bottom, p.top = float64(r.Left), float64(r.Right), float64(r.Bottom), float64(r.Top)
			}
		}
		line = append(line, p)
	}
	b.ofLine(line)
	return b
}

// gap is the room between two characters that follow each other.
type gap struct {
	before, after *placed
	blank         *placed // which PDFium has made of the gap, or nil
	width         float64
}

// ofLine looks at a line, with all that PDFium has put into it.
func (b blanks) ofLine(line []placed) {
	written := slices.ContainsFunc(line, func(p placed) bool { return p.c == ' ' && !p.made })
	var row []gap
	for _, g := range gapsOf(line) {
		if g.width > column {
			b.ofRow(row, written)
			row = row[:0]
			continue
		}
		row = append(row, g)
	}
	b.ofRow(row, written)
}

// ofRow looks at the gaps of a row, whose line has written blanks or none.
func (b blanks) ofRow(row []gap, written bool) {
	const few = 3 // gaps tell nothing of their row
	widths, numbers := make([]float64, 0, len(row)), 0
	for _, g := range row {
		if isWord(g.before.c) && isWord(g.after.c) { // and not the dots that lead to the number of a page
			widths = append(widths, g.width)
		}
		if unicode.IsDigit(g.before.c) && unicode.IsDigit(g.after.c) {
			numbers++
		}
	}
	if len(widths) < few || !areBelieved(row) {
		return
	}
	slices.Sort(widths)
	within := max(widths[len(widths)/4], tightest)
	const spread = 3 // the more the letters of a row are spaced out, the more its words are, too
	least := within + gapOfWords + max(within, 0)/spread
	// Numbers of one digit each, all with the same gap, are the marks of a table.
	marks := 2*numbers >= len(widths) && widths[len(widths)-1] < least
	var missing []gap
	for _, g := range row {
		switch {
		case g.blank != nil:
			if within >= spacedOut && within < apart && g.width < least && !marks {
				b.surplus[g.blank.at] = true
			}
		case written && g.width < least+beside:
		case g.width >= least && !strings.ContainsRune(closing, g.after.c):
			missing = append(missing, g)
		}
	}
	if 2*len(missing) > len(row) { // no language has such short words
		return
	}
	for _, g := range missing {
		b.missing[g.after.at] = true
	}
}

// areBelieved tells whether the boxes of a row are what the font says. Boxes without a common height are those of the ink, and letters
// over each other have other widths than the file says.
func areBelieved(row []gap) bool {
	alike, overlaps := 0, 0
	for _, g := range row {
		if min(g.before.size(), g.after.size()) > 0.95*max(g.before.size(), g.after.size()) {
			alike++
		}
		if g.width < maxOverlap {
			overlaps++
		}
	}
	return 5*alike > 3*len(row) && 5*overlaps < len(row)
}

// closing are signs that stand at the end of a word.
const closing = ".,;:!?)]}’”»…%"

// gapsOf measures the gaps of a line in which no blank is written.
func gapsOf(line []placed) (gaps []gap) {
	var before, blank *placed
	reach := 0.0
	for i := range line {
		p := &line[i]
		switch {
		case p.made:
			blank = p
			continue
		case p.c == ' ' || p.size() <= 0 || p.right <= p.left || !isSpaced(p.c):
			before, blank = nil, nil
			continue
		case unicode.IsMark(p.c), strings.ContainsRune(accents, p.c) && (p.left < reach-over*p.size() || i+1 < len(line) && line[i+1].left < p.right-over*p.size()):
			continue // over a letter
		case before != nil && p.isBeside(before):
			gaps = append(gaps, gap{before, p, blank, (p.left - reach) / max(p.size(), before.size())})
			reach = max(reach, p.right)
		default:
			reach = p.right
		}
		before, blank = p, nil
	}
	return gaps
}

// isBeside tells whether a character stands in the line of another one.
func (p *placed) isBeside(other *placed) bool {
	return min(p.top, other.top)-max(p.bottom, other.bottom) > min(p.size(), other.size())/2
}

// isSpaced tells whether a character is of a script that sets words apart by blanks, and is written from left to right.
func isSpaced(c rune) bool {
	return !isRightToLeft(c) && !unicode.In(c, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer,
		unicode.Myanmar, unicode.Devanagari)
}
