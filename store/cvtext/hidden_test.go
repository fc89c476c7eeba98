package cvtext_test

import (
	"strings"
	"testing"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/cvtext"
	"itmanagerjobs/store/cvtext/cvtexttest"
)

// flatODT is a flat file as LibreOffice writes it, with styles, a header and a picture.
const flatODT = `<?xml version="1.0" encoding="UTF-8"?>
<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" office:version="1.3" office:mimetype="application/vnd.oasis.opendocument.text">
<office:meta><meta:generator>LibreOffice</meta:generator></office:meta><office:automatic-styles><style:style style:name="T1" style:family="text"><style:text-properties text:display="none"/></style:style></office:automatic-styles>
<office:master-styles><style:master-page><style:header><text:p>Ada</text:p></style:header></style:master-page></office:master-styles>
<office:body><office:text><text:p>Kubernetes <text:span text:style-name="T1">ninja</text:span><draw:image><office:binary-data>iVBORw0KGgo=</office:binary-data></draw:image></text:p></office:text></office:body></office:document>`

// What a person does not see on the page is not read.
func TestHiddenText(t *testing.T) {
	t.Parallel()
	const hide = `<style:text-properties text:display="none"/>`
	odt := func(body string) []byte {
		return zipped(t, "content.xml", `<office:document-content><office:automatic-styles><style:style style:name="T1">`+hide+`</style:style>
			<style:style style:name="T2" style:parent-style-name="Hidden"/><style:style style:name="T3" style:parent-style-name="Hidden"><style:text-properties text:display="true"/></style:style>
			</office:automatic-styles><office:body><office:text>`+body+`</office:text></office:body></office:document-content>`,
			"styles.xml", `<office:document-styles><office:styles><style:style style:name="Hidden">`+hide+`</style:style></office:styles></office:document-styles>`)
	}
	docx := func(body string) []byte {
		return zipped(t, "word/document.xml", `<w:document><w:body>`+body+`</w:body></w:document>`, "word/styles.xml", `<w:styles>
			<w:style w:type="character" w:styleId="Hid"><w:rPr><w:vanish/></w:rPr></w:style><w:style w:type="character" w:styleId="Sub"><w:basedOn w:val="Hid"/></w:style>
			<w:style w:type="character" w:styleId="Shown"><w:basedOn w:val="Hid"/><w:rPr><w:vanish w:val="0"/></w:rPr></w:style>
			<w:style w:type="character" w:styleId="Round"><w:basedOn w:val="Round"/></w:style></w:styles>`)
	}
	run := func(properties, text string) string {
		return "<w:r><w:rPr>" + properties + "</w:rPr><w:t>" + text + "</w:t></w:r>"
	}
	for _, tc := range []struct {
		name string
		kind board.FileKind
		b    []byte
		want string
	}{
		{"hidden paragraph", board.KindODT, odt(`<text:p>Ada</text:p><text:p>nin<text:hidden-paragraph text:is-hidden="true"/>ja</text:p><text:p><text:hidden-paragraph text:is-hidden="false"/>Leeds</text:p>`), "Ada\nLeeds"},
		{"many hidden paragraphs", board.KindODT, odt(`<text:p>Ada</text:p>` + strings.Repeat(`<text:p><text:hidden-paragraph text:is-hidden="true"/>ninja</text:p>`, 2000)), "Ada"},
		{"hidden text", board.KindODT, odt(`<text:p>Ada <text:hidden-text text:is-hidden="true">ninja</text:hidden-text><text:hidden-text text:is-hidden="false">Leeds</text:hidden-text></text:p>`), "Ada Leeds"},
		{"conditional text", board.KindODT, odt(`<text:p>Ada <text:conditional-text text:string-value-if-true="Leeds" text:string-value-if-false="ninja">Leeds</text:conditional-text></text:p>`), "Ada Leeds"},
		{"hidden sections", board.KindODT, odt(`<text:section text:display="none"><text:p>ninja</text:p></text:section><text:section text:display="condition" text:is-hidden="true"><text:p>ninja</text:p></text:section><text:section text:display="true"><text:p>Ada</text:p></text:section>`), "Ada"},
		{"hidden by style", board.KindODT, odt(`<text:p>Ada <text:span text:style-name="T1">ninja <text:span text:style-name="T3">ninja</text:span></text:span><text:span text:style-name="T2">ninja</text:span><text:span text:style-name="T3">Leeds</text:span></text:p><text:p text:style-name="Hidden">ninja</text:p>`), "Ada Leeds"},
		{"a flat file", board.KindODT, []byte(flatODT), "Ada\nKubernetes"},
		{"runs", board.KindDOCX, docx(`<w:p>` + run(`<w:vanish/>`, "ninja") + `<w:r><w:rPr><w:vanish/></w:rPr><w:tab/><w:sym w:char="F0B7"/><w:noBreakHyphen/></w:r>` + run("", "Ada") + `</w:p>`), "Ada"},
		{"styles of runs", board.KindDOCX, docx(`<w:p>` + run(`<w:rStyle w:val="Hid"/>`, "ninja") + run(`<w:rStyle w:val="Sub"/>`, "ninja") + run(`<w:rStyle w:val="Hid"/><w:vanish w:val="false"/>`, "Ada ") + run(`<w:rStyle w:val="Shown"/>`, "Leeds") + run(`<w:rStyle w:val="Round"/>`, ", Go") + `</w:p>`), "Ada Leeds, Go"},
		{"styles of paragraphs", board.KindDOCX, docx(`<w:p><w:pPr><w:pStyle w:val="Sub"/></w:pPr>` + run("", "ninja") + run(`<w:vanish w:val="0"/>`, "Ada") + `</w:p><w:p>` + run("", "Leeds") + `</w:p>`), "Ada\nLeeds"},
		{"not in the web", board.KindDOCX, docx(`<w:p>` + run(`<w:webHidden/>`, "Ada") + `</w:p>`), "Ada"},
	} {
		expectText(t, tc.name, tc.kind, tc.b, tc.want)
	}
}

// webArchive is a page that Word has saved in one file.
const webArchive = "MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=\"b\"; type=\"text/html\"\r\n\r\nThis is one file.\r\n--b\r\nContent-Location: file:///C:/x.htm\r\n" +
	"Content-Transfer-Encoding: quoted-printable\r\nContent-Type: text/html; charset=\"utf-8\"\r\n\r\n<html><body><p>Kubernetes</p><p>Gr=C3=BC=\r\n=C3=9Fe</p></body></html>\r\n" +
	"--b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n--b--\r\n"

// Programs put pages of the web into a DOCX, and sites name them .doc.
func TestPagesInFiles(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, content, want string }{
		{"MHTML", webArchive, "Kubernetes\nGrüße"},
		{"MHTML of one part", "From: <Saved by Blink>\nMIME-Version: 1.0\nContent-Type: text/html; charset=windows-1251\nContent-Transfer-Encoding: base64\n\nPHA+yvPh5fDt5fLl8TwvcD4=\n", "Кубернетес"},
		{"MHTML that breaks off", strings.SplitN(webArchive, "</html>", 2)[0], "Kubernetes\nGrüße"},
		{"MHTML in MHTML", "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"o\"\r\n\r\n--o\r\n" + strings.TrimPrefix(webArchive, "MIME-Version: 1.0\r\n") + "--o--\r\n", "Kubernetes\nGrüße"},
		{"HTML", "<html><body><p>Kubernetes</p></body></html>", "Kubernetes"},
		{"HTML in Latin", "<p>Gr\xfc\xdfe aus K\xf6ln</p>", "Grüße aus Köln"},
	} {
		b := zipped(t, "word/document.xml", `<w:document><w:body><w:p><w:r><w:t>Ada</w:t></w:r></w:p><w:altChunk r:id="c"/></w:body></w:document>`,
			"word/_rels/document.xml.rels", `<Relationships><Relationship Id="c" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/aFChunk" Target="x.mht"/></Relationships>`, "word/x.mht", tc.content)
		expectText(t, tc.name+" in a DOCX", board.KindDOCX, b, "Ada\n\n"+tc.want)
		expectText(t, tc.name+" as .doc", board.KindDOC, []byte(tc.content), tc.want)
	}
	for _, content := range []string{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "<html></html>", "MIME-Version: 1.0\r\nContent-Type: image/png\r\n\r\nx", "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"} {
		if text, problem := cvtexttest.Reader().Read(t.Context(), board.CV{Kind: board.KindDOC, Bytes: []byte(content)}); text != "" || problem != cvtext.ProblemDOC {
			t.Errorf("%.30q: %q, %q", content, text, problem)
		}
	}
}
