package cvtext

import (
	"fmt"
	"math"
	"regexp"
	"strings"
	"unicode"

	"github.com/klippa-app/go-pdfium/enums"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
)

// page reads the text of a page, with what was typed into its form and its text boxes.
func (d *pdfDocument) page(index int) (string, error) {
	ref, err := d.load(index)
	if err != nil {
		return "", err
	}
	defer func() { _, _ = d.in.FPDF_ClosePage(&requests.FPDF_ClosePage{Page: ref}) }()
	w := d.writtenOn(ref)
	if !w.any {
		text, err := d.textOf(byReference(ref))
		return joined(text) + "\n", err
	}
	plain, plainErr := d.textOf(byReference(ref))
	// What was written on the page becomes part of it, and is read after the page is loaded again.
	_, err = d.in.FPDFPage_Flatten(&requests.FPDFPage_Flatten{Page: byReference(ref), Usage: requests.FPDFPage_FlattenUsageNormalDisplay})
	if err == nil {
		if again, err := d.load(index); err == nil {
			_, _ = d.in.FPDF_ClosePage(&requests.FPDF_ClosePage{Page: ref})
			ref = again
		}
	}
	text, err := d.textOf(byReference(ref))
	if plainErr == nil && (err != nil || lacks(text, plain)) {
		return joined(plain) + "\n" + w.values, nil
	}
	return joined(text) + "\n" + w.typed, err
}

// lacks tells whether many letters of a page are not in it any more. PDFium hides the fonts of a page that it has from the node above it in
// the tree of pages, when it makes what was written on it a part of it.
func lacks(text, plain string) bool {
	left := map[rune]int{}
	for _, c := range text {
		left[c]++
	}
	letters, missing := 0, 0
	for _, c := range plain {
		if !unicode.IsLetter(c) {
			continue
		}
		letters++
		if left[c]--; left[c] < 0 {
			missing++
		}
	}
	const few = 4
	return missing > letters/few
}

// textOf reads the text of a page, in the order of its lines: PDFium puts lines that run from top to bottom in the opposite order, so that
// such a page is turned.
func (d *pdfDocument) textOf(page requests.Page) (string, error) {
	loaded, err := d.in.FPDFText_LoadPage(&requests.FPDFText_LoadPage{Page: page})
	if err != nil {
		return "", fmt.Errorf("read: %w", err)
	}
	defer func() { _, _ = d.in.FPDFText_ClosePage(&requests.FPDFText_ClosePage{TextPage: loaded.TextPage}) }()
	count, err := d.in.FPDFText_CountChars(&requests.FPDFText_CountChars{TextPage: loaded.TextPage})
	if err != nil {
		return "", fmt.Errorf("count characters: %w", err)
	}
	if count.Count <= 0 {
		return "", nil
	}
	if upright, turned := d.turned(page, loaded.TextPage, count.Count); turned {
		if _, err := d.in.FPDFPage_SetRotation(&requests.FPDFPage_SetRotation{Page: page, Rotate: upright}); err == nil {
			return d.textOf(page)
		}
	}
	read, err := d.in.FPDFText_GetText(&requests.FPDFText_GetText{TextPage: loaded.TextPage, Count: count.Count})
	if err != nil {
		return "", fmt.Errorf("read: %w", err)
	}
	t := textPage{loaded.TextPage, count.Count, d.blanksOf(loaded.TextPage, count.Count)}
	if hasUnnamed(read.Text) || d.samplesUnnamed(loaded.TextPage, count.Count) {
		if named, ok := d.named(t); ok {
			return named, nil
		}
	}
	if strings.ContainsAny(read.Text, accents) || hasRightToLeft(read.Text) || !t.blanks.none() {
		if composed, ok := d.composed(t); ok {
			return composed, nil
		}
	}
	return read.Text, nil
}

// textPage is the text of a page, with what of its blanks is wrong.
type textPage struct {
	ref    references.FPDF_TEXTPAGE
	count  int
	blanks blanks
}

// hasUnnamed tells whether a text has the number of the glyph that most fonts have for a blank.
func hasUnnamed(text string) bool { return strings.Contains(text, "\x03") }

// samplesUnnamed tells whether some of the characters of a page have no meaning.
func (d *pdfDocument) samplesUnnamed(page references.FPDF_TEXTPAGE, count int) bool {
	for i := 0; i < count; i += max(count/maxSampled, 1) {
		if d.isUnnamed(page, i) {
			return true
		}
	}
	return false
}

// maxSampled is how many characters of a page are asked for their direction, and for their meaning.
const maxSampled = 40

// turned tells whether the lines of a page, as it is shown, run from top to bottom, and how it is turned so that they run from left to
// right.
func (d *pdfDocument) turned(page requests.Page, text references.FPDF_TEXTPAGE, count int) (upright enums.FPDF_PAGE_ROTATION, turned bool) {
	rotation, err := d.in.FPDFPage_GetRotation(&requests.FPDFPage_GetRotation{Page: page})
	if err != nil {
		return 0, false
	}
	var directions [quarters]int
	for i := 0; i < count; i += max(count/maxSampled, 1) {
		angle, err := d.in.FPDFText_GetCharAngle(&requests.FPDFText_GetCharAngle{TextPage: text, Index: i})
		if err != nil {
			continue // a blank that is not in the file
		}
		quarter := int(math.Round(float64(angle.CharAngle)/(math.Pi/2))) % quarters
		directions[(quarter+quarters)%quarters]++
	}
	return uprightOf(directions, rotation.PageRotation)
}

// quarters are the directions that a line can have, from left to right first, and the turns of a page.
const quarters = 4

// uprightOf is turned for a page with so many characters in each direction. A page of which no character tells its direction is left as
// it is.
func uprightOf(directions [quarters]int, rotation enums.FPDF_PAGE_ROTATION) (upright enums.FPDF_PAGE_ROTATION, turned bool) {
	asked := 0
	for _, n := range directions {
		asked += n
	}
	for quarter, n := range directions {
		if n > 0 && n*5 >= asked*4 && (quarter+int(rotation))%quarters == 1 {
			return enums.FPDF_PAGE_ROTATION((quarters - quarter) % quarters), true
		}
	}
	return 0, false
}

func (d *pdfDocument) load(index int) (references.FPDF_PAGE, error) {
	page, err := d.in.FPDF_LoadPage(&requests.FPDF_LoadPage{Document: d.ref, Index: index})
	if err != nil {
		return "", fmt.Errorf("load: %w", err)
	}
	return page.Page, nil
}

func byReference(page references.FPDF_PAGE) requests.Page { return requests.Page{ByReference: &page} }

// written is what was written on a page after it was made.
type written struct {
	// any says that the page has fields of a form, or text that was written on it.
	any bool
	// values is the text of all of them, and typed of those that have no appearance: a program that shows the page makes one of it.
	values, typed string
}

func (d *pdfDocument) writtenOn(page references.FPDF_PAGE) (w written) {
	count, err := d.in.FPDFPage_GetAnnotCount(&requests.FPDFPage_GetAnnotCount{Page: byReference(page)})
	if err != nil {
		return w
	}
	var values, typed strings.Builder
	for i := range min(count.Count, maxAnnotations) {
		annotation, err := d.in.FPDFPage_GetAnnot(&requests.FPDFPage_GetAnnot{Page: byReference(page), Index: i})
		if err != nil {
			continue
		}
		if key, ok := d.keyOfText(annotation.Annotation); ok {
			w.any = true
			value, shown := d.valueOf(annotation.Annotation, key)
			if values.Len()+len(value) < MaxText {
				values.WriteString(value)
				if !shown {
					typed.WriteString(value)
				}
			}
		}
		_, _ = d.in.FPDFPage_CloseAnnot(&requests.FPDFPage_CloseAnnot{Annotation: annotation.Annotation})
	}
	w.values, w.typed = values.String(), typed.String()
	return w
}

// keyOfText is where an annotation has its text; ok is false for one that is no text of the document.
func (d *pdfDocument) keyOfText(annotation references.FPDF_ANNOTATION) (key string, ok bool) {
	kind, err := d.in.FPDFAnnot_GetSubtype(&requests.FPDFAnnot_GetSubtype{Annotation: annotation})
	if err != nil {
		return "", false
	}
	switch kind.Subtype { //nolint:exhaustive // the others have no text of the document
	case enums.FPDF_ANNOT_SUBTYPE_WIDGET:
		return "V", true
	case enums.FPDF_ANNOT_SUBTYPE_FREETEXT:
		return "Contents", true
	case enums.FPDF_ANNOT_SUBTYPE_STAMP:
		return "", true
	}
	return "", false
}

// valueOf is the line with the text of an annotation, and whether it has an appearance, which shows it.
func (d *pdfDocument) valueOf(annotation references.FPDF_ANNOTATION, key string) (line string, shown bool) {
	appearance, err := d.in.FPDFAnnot_HasKey(&requests.FPDFAnnot_HasKey{Annotation: annotation, Key: "AP"})
	if key == "" || err != nil || d.isUnseen(annotation) {
		return "", true
	}
	value, err := d.in.FPDFAnnot_GetStringValue(&requests.FPDFAnnot_GetStringValue{Annotation: annotation, Key: key})
	if err != nil || value.Value == "" || value.Value == "Off" { // which is a box without a tick
		return "", appearance.HasKey
	}
	return value.Value + "\n", appearance.HasKey
}

// isUnseen tells whether an annotation is not shown on the screen.
func (d *pdfDocument) isUnseen(annotation references.FPDF_ANNOTATION) bool {
	flags, err := d.in.FPDFAnnot_GetFlags(&requests.FPDFAnnot_GetFlags{Annotation: annotation})
	return err == nil && flags.Flags&(enums.FPDF_ANNOT_FLAG_HIDDEN|enums.FPDF_ANNOT_FLAG_NOVIEW) != 0
}

// hyphenated matches where a browser has broken a word at the end of a line, and compound where the word goes on with a large letter.
var (
	hyphenated = regexp.MustCompile(`(\pL)\x{2010}\s*\n(\p{Ll})`)
	compound   = regexp.MustCompile(`[\x{02}\x{fffe}](?:\r\n)?(\p{Lu})`)
)

// thaiAlone matches vowels and tones of Thai, which PDFium may put into a line of their own, and thaiApart those before which it has put a
// blank: they stand over, under or after the letter that they belong to, and never begin a word.
var (
	thaiAlone = regexp.MustCompile(`\s*\n([\x{0E31}\x{0E33}-\x{0E3A}\x{0E47}-\x{0E4E}]+)\s*\n`)
	thaiApart = regexp.MustCompile(` +([\x{0E31}\x{0E33}-\x{0E3A}\x{0E47}-\x{0E4E}])`)
)

// joined puts a word together that was hyphenated at the end of a line, which PDFium marks.
func joined(text string) string {
	text = hyphenated.ReplaceAllString(strings.ReplaceAll(text, "\u00ad", ""), "$1$2")
	text = compound.ReplaceAllString(text, "-$1")
	text = thaiApart.ReplaceAllString(thaiAlone.ReplaceAllString(text, "$1"), "$1")
	for _, mark := range []string{"\u0002", "\ufffe"} {
		text = strings.ReplaceAll(text, mark+"\r\n", "")
		text = strings.ReplaceAll(text, mark, "")
	}
	return text
}
