package cvtext

import (
	"slices"
	"strings"
	"unicode"
)

// Text from right to left is printed in the order of reading by some programs, and in the order of the glyphs on the paper by others.
// PDFium turns what it takes for the second round, and not always rightly: the places of the glyphs tell.

func isRightToLeft(c rune) bool {
	return c >= 0x0590 && unicode.In(c, unicode.Hebrew, unicode.Arabic, unicode.Syriac, unicode.Thaana)
}

func hasRightToLeft(text string) bool { return strings.ContainsFunc(text, isRightToLeft) }

// logical puts the glyphs of words from right to left, and such words that follow each other in a line, in the order of reading.
func logical(glyphs []glyph) {
	type span struct{ from, end int }
	var row []span // words that follow each other with nothing but blanks between them
	finish := func() {
		// The words were printed from left to right: the last one is read first.
		if len(row) > 1 && glyphs[row[0].from].left < glyphs[row[len(row)-1].from].left {
			all := glyphs[row[0].from:row[len(row)-1].end]
			slices.Reverse(all)
			for from := 0; from < len(all); {
				end := from + 1
				for end < len(all) && isRightToLeft(all[from].c) == isRightToLeft(all[end].c) {
					end++
				}
				slices.Reverse(all[from:end])
				from = end
			}
		}
		row = row[:0]
	}
	for i := 0; i < len(glyphs); i++ {
		switch c := glyphs[i].c; {
		case isRightToLeft(c):
			end := i + 1
			for end < len(glyphs) && (isRightToLeft(glyphs[end].c) || unicode.IsMark(glyphs[end].c)) {
				end++
			}
			if word := glyphs[i:end]; word[0].left < word[len(word)-1].left {
				slices.Reverse(word)
			}
			numbers(glyphs[i:end])
			row = append(row, span{i, end})
			i = end - 1
		case c == ' ' || c == '\u00a0':
		default:
			finish()
		}
	}
	finish()
}

// numbers puts the digits of each number in a word from right to left in their order, which is that from left to right in all scripts.
func numbers(word []glyph) {
	for from := 0; from < len(word); from++ {
		end := from
		for end < len(word) && unicode.IsDigit(word[end].c) {
			end++
		}
		if number := word[from:end]; len(number) > 1 && number[0].left > number[len(number)-1].left {
			slices.Reverse(number)
		}
		from = max(from, end)
	}
}
