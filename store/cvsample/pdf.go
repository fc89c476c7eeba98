package cvsample

import (
	"bytes"
	"fmt"
	"strings"
)

// A page of A4 in points, and what is left free around its text.
const (
	pageWidth, pageHeight = 595, 842
	margin                = 56
	// lettersOfLine are those of a line in size 10. Helvetica's are half as wide as they are high, in the mean.
	lettersOfLine = 92
)

// pdf writes a PDF in Helvetica, which every reader has. ok is false when the text has letters that it has not.
func pdf(lines []textLine) (b []byte, ok bool) {
	pages := []*bytes.Buffer{{}}
	y := pageHeight - margin
	for _, l := range lines {
		text, ok := windows1252(l.text)
		if !ok {
			return nil, false
		}
		font := "F1"
		if l.bold {
			font = "F2"
		}
		y -= l.before
		for _, part := range wrap(text, lettersOfLine*10/l.size) {
			if y -= l.size + l.size/4; y < margin {
				pages, y = append(pages, &bytes.Buffer{}), pageHeight-margin-l.size
			}
			fmt.Fprintf(pages[len(pages)-1], "BT /%s %d Tf %d %d Td (%s) Tj ET\n", font, l.size, margin, y, escapePDF.Replace(part))
		}
	}
	return assemblePDF(pages), true
}

// escapePDF protects what ends a string.
var escapePDF = strings.NewReplacer(`\`, `\\`, "(", `\(`, ")", `\)`)

// wrap breaks a text into lines.
func wrap(text string, letters int) []string {
	var lines []string
	var line strings.Builder
	for word := range strings.FieldsSeq(text) {
		if line.Len() > 0 && line.Len()+1+len(word) > letters {
			lines = append(lines, line.String())
			line.Reset()
		}
		if line.Len() > 0 {
			line.WriteByte(' ')
		}
		line.WriteString(word)
	}
	return append(lines, line.String())
}

// assemblePDF writes the objects of a file (ISO 32000-1, 7.5): catalogue, pages, two fonts, and each page with its content.
func assemblePDF(pages []*bytes.Buffer) []byte {
	const firstPage = 5
	var kids strings.Builder
	for i := range pages {
		fmt.Fprintf(&kids, "%d 0 R ", firstPage+2*i)
	}
	objects := append(make([]string, 0, 4+2*len(pages)),
		"<< /Type /Catalog /Pages 2 0 R >>",
		fmt.Sprintf("<< /Type /Pages /Kids [%s] /Count %d >>", strings.TrimSpace(kids.String()), len(pages)),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
	)
	for i, p := range pages {
		objects = append(objects,
			fmt.Sprintf("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> /Contents %d 0 R >>", pageWidth, pageHeight, firstPage+2*i+1),
			fmt.Sprintf("<< /Length %d >>\nstream\n%sendstream", p.Len(), p.String()))
	}
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n")
	offsets := make([]int, len(objects))
	for i, o := range objects {
		offsets[i] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	table := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, at := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, table)
	return b.Bytes()
}
