package cvtext_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

const (
	courier      = "<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>"
	courierWidth = 0.6 // of every character, in sizes of the font
)

// placedPDF is a page whose lines have no blanks: each letter, or each word, is put to its place. within is the gap behind each letter and
// between that between words, in sizes of the font.
func placedPDF(lines []string, within, between float64, letters bool) []byte {
	const size = 10.0
	var content strings.Builder
	put := func(x, y float64, s string) {
		fmt.Fprintf(&content, "BT /F1 %g Tf %.2f %.2f Td (%s) Tj ET\n", size, x, y, strings.NewReplacer("(", `\(`, ")", `\)`).Replace(s))
	}
	for n, line := range lines {
		x, y := 20.0, 800-float64(n)*size*1.5
		for word := range strings.FieldsSeq(line) {
			if !letters {
				put(x, y, word)
				x += float64(utf8.RuneCountInString(word)) * courierWidth * size
			}
			for _, c := range word {
				if letters {
					put(x, y, string(c))
					x += (courierWidth + within) * size
				}
			}
			x += (between - within) * size
		}
	}
	return pdfPage("", content.String(), courier)
}

// Programs leave gaps in place of blanks, small ones in lines that are set tightly and large ones in those that are spaced out.
func TestGapsBetweenWords(t *testing.T) {
	t.Parallel()
	lines := []string{"Ada Lovelace, London", "I led a move of 40 services (AWS) to the cloud.", "Phone: +44 20 7946 0018", "SKILLS AND TOOLS", "Go, SQL, C and R"}
	for _, tc := range []struct{ within, between float64 }{
		{0, 0.12}, {0, 0.16}, {0, 0.25}, {0, 0.6}, {-0.03, 0.12}, {0.1, 0.35}, {0.2, 0.5}, {0.4, 0.8},
	} {
		for _, letters := range []bool{true, false} {
			if !letters && tc.within != 0 {
				continue
			}
			got, problem := readPDF(t, placedPDF(lines, tc.within, tc.between, letters))
			if want := strings.Join(lines, "\n"); got != want {
				t.Errorf("%+v, letter by letter %t: %q, %q", tc, letters, got, problem)
			}
		}
	}
}

// What stands apart is not put together, and no word is torn.
func TestGapsThatAreLeftAsTheyAre(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ content, want string }{
		"a row of marks":        {"BT /F1 10 Tf 20 700 Td [(5) -300 (4) -300 (3) -300 (5) -300 (1)] TJ ET", "5 4 3 5 1"},
		"dots to a page number": {"BT /F1 10 Tf 20 700 Td [(Basic) -600 (setup) -300 (.) -300 (.) -300 (.) -300 (.) -300 (.) -300 (.) -300 (.) -300 (.) -300 (.) -300 (.) -300 (7)] TJ ET", "Basic setup . . . . . . . . . . 7"},
		"pairs of letters":      {"BT /F1 10 Tf 20 700 Td [(To) 90 (ols) -60 (, A) 80 (W) -90 (A) 80 (RE and more)] TJ ET", "Tools, AWARE and more"},
	} {
		if got, problem := readPDF(t, pdfPage("", tc.content, courier)); got != tc.want {
			t.Errorf("%s: %q, %q; want %q", name, got, problem, tc.want)
		}
	}
}

// A character beyond the first 65,536, which PDFium gives in two halves, stays one in a page whose text is put together from its glyphs.
func TestPicturesBetweenLetters(t *testing.T) {
	t.Parallel()
	const pictures = `/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> <ff> endcodespacerange
2 beginbfchar <40> <d83ddcde> <60> <00b4> endbfchar 1 beginbfrange <41> <5a> <0041> endbfrange 1 beginbfrange <61> <7a> <0061> endbfrange endcmap end`
	font := strings.Replace(courier, " >>", " /ToUnicode 6 0 R >>", 1)
	for name, content := range map[string]string{
		"set tightly": "BT /F1 10 Tf 20 700 Td [(@) -120 (Ada) -120 (Lovelace)] TJ ET", "with an accent": "BT /F1 10 Tf 20 700 Td [(@) -300 (Ada) -300 (Lovelace)] TJ 200 0 Td (`) Tj ET",
	} {
		got, problem := readPDF(t, pdfPage("", content, font, fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(pictures), pictures)))
		if !strings.HasPrefix(got, "\U0001F4DE Ada Lovelace") {
			t.Errorf("%s: %q, %q", name, got, problem)
		}
	}
}
