package cvsample

import (
	"archive/zip"
	"bytes"
	"fmt"
	"html"
	"strings"
)

// The parts of a document of Word (ECMA-376) that are the same in each.
const (
	docxTypes = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`
	docxRelations = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`
	docxBegin = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>`
	docxEnd = `</w:body></w:document>`
)

// docx writes a document of Word.
func docx(lines []textLine) []byte {
	var body strings.Builder
	body.WriteString(docxBegin)
	for _, l := range lines {
		bold := ""
		if l.bold {
			bold = "<w:b/>"
		}
		// Distances are in twentieths of a point, sizes in halves.
		fmt.Fprintf(&body, `<w:p><w:pPr><w:spacing w:before="%d" w:after="0"/></w:pPr><w:r><w:rPr>%s<w:sz w:val="%d"/></w:rPr><w:t xml:space="preserve">%s</w:t></w:r></w:p>`,
			20*l.before, bold, 2*l.size, html.EscapeString(l.text))
	}
	body.WriteString(docxEnd)
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, part := range [][2]string{{"[Content_Types].xml", docxTypes}, {"_rels/.rels", docxRelations}, {"word/document.xml", body.String()}} {
		// A buffer takes all that is written.
		if w, err := z.Create(part[0]); err == nil {
			_, _ = w.Write([]byte(part[1]))
		}
	}
	_ = z.Close()
	return b.Bytes()
}
