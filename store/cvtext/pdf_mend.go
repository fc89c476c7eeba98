package cvtext

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
)

// mend changes a file that PDFium reads no text of, in one of the ways that are known to help; err is what PDFium says. ok is false for a
// file that none of them is for.
func mend(b []byte, err error) (mended []byte, ok bool) {
	switch {
	case errors.Is(err, errProtected):
		// Only strings and files that are attached are encrypted, and PDFium wants all of it to be so, or nothing.
		if !plainStreams.Match(b) {
			return nil, false
		}
		return bytes.ReplaceAll(b, []byte("/Encrypt "), []byte("/Encrypx ")), true
	case err != nil:
		return withTrailer(b)
	}
	// PDFium leaves letters of vertical lines out when their font is not in the file.
	if !verticalEncoding.Match(b) {
		return nil, false
	}
	return verticalEncoding.ReplaceAll(b, []byte("${1}H")), true
}

var (
	plainStreams     = regexp.MustCompile(`/StmF\s*/Identity\b`)
	verticalEncoding = regexp.MustCompile(`(/Encoding\s*/[\w-]+-)V\b`)
	catalog          = regexp.MustCompile(`/Type\s*/Catalog\b`)
	objectHead       = regexp.MustCompile(`(\d+)\s+(\d+)\s+obj\b`)
)

// catalogWithin is how far from the head of its object the type of a catalog stands at most, in bytes.
const catalogWithin = 2000

// withTrailer is a file that breaks off, with the end that says in which object its pages begin: the newest catalog, in a file that is not
// compressed as a whole.
func withTrailer(b []byte) (mended []byte, ok bool) {
	found := catalog.FindAllIndex(b, -1)
	if len(found) == 0 {
		return nil, false
	}
	at := found[len(found)-1][0]
	heads := objectHead.FindAllSubmatch(b[max(at-catalogWithin, 0):at], -1)
	if len(heads) == 0 {
		return nil, false
	}
	last := heads[len(heads)-1]
	return fmt.Appendf(bytes.Clone(b), "\nendstream\nendobj\ntrailer\n<< /Root %s %s R >>\nstartxref\n0\n%%%%EOF\n", last[1], last[2]), true
}

// ligatures are the names that programs give to ligatures beside those that PDFium knows.
var (
	differences = regexp.MustCompile(`/Differences\s*\[[^\]]*\]`)
	ligature    = regexp.MustCompile(`/f_(?:f_)?[fil]\b`)
)

// withCommonLigatures gives the names of ligatures in the form that PDFium knows: ffi instead of f_f_i. The file keeps its length.
func withCommonLigatures(b []byte) []byte {
	return differences.ReplaceAllFunc(b, func(names []byte) []byte {
		return ligature.ReplaceAllFunc(names, func(name []byte) []byte {
			plain := bytes.ReplaceAll(name, []byte("_"), nil)
			return append(plain, bytes.Repeat([]byte(" "), len(name)-len(plain))...)
		})
	})
}

// drawn matches what says that the glyphs of a font are drawn by the file itself, as printers want them, and widths their widths.
var (
	drawn  = regexp.MustCompile(`/Subtype\s*/Type3\b`)
	widths = regexp.MustCompile(`/Widths\b`)
)

// drawnWithin is how far from that the object of a font begins and ends, in bytes, and maxDrawn is how many such fonts are looked at.
const (
	drawnWithin = 64 << 10
	maxDrawn    = 200
)

// withNamedGlyphs has PDFium read the names of the glyphs of fonts that are drawn, which it does for other fonts alone: the printers' drivers
// of Windows and Ghostscript have numbered the glyphs of a text as they came, and named them. The widths are of another measure. The file
// keeps its length.
func withNamedGlyphs(b []byte) (mended []byte, ok bool) {
	if !differences.Match(b) {
		return nil, false
	}
	mended = bytes.Clone(b)
	for _, at := range drawn.FindAllIndex(b, maxDrawn) {
		mended[at[1]-1] = '1'
		font := mended[max(at[0]-drawnWithin, 0):min(at[1]+drawnWithin, len(mended))]
		here := min(at[0], drawnWithin)
		begin := max(bytes.LastIndex(font[:here], []byte(" obj")), 0)
		end := bytes.Index(font[here:], []byte("endobj"))
		if end < 0 {
			end = len(font) - here
		}
		for _, w := range widths.FindAllIndex(font[begin:here+end], -1) {
			font[begin+w[1]-1] = 'z'
		}
		ok = true
	}
	return mended, ok
}

// isNumbered tells whether a text is that of numbers of glyphs: these begin with 1, and so are control characters.
func isNumbered(text string) bool {
	controls, others := 0, 0
	for _, c := range text {
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' && c != '\f' {
			controls++
		} else if c > ' ' {
			others++
		}
	}
	const share = 4
	return controls*share > others
}
