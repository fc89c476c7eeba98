package cvtext_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/cvtext"
	"itmanagerjobs/store/cvtext/cvtexttest"
)

func expectText(t *testing.T, name string, kind board.FileKind, b []byte, want string) {
	t.Helper()
	if text, problem := cvtexttest.Reader().Read(t.Context(), board.CV{Kind: kind, Bytes: b}); text != want {
		t.Errorf("%s: %q, %q; want %q", name, text, problem, want)
	}
}

func TestDOCXOfPrograms(t *testing.T) {
	t.Parallel()
	expectText(t, "hyphens", board.KindDOCX, readFile(t, "cv-hyphen.docx"), "Front-end lead, e-commerce, 2019-2023 \u2022 Ansible")
	expectText(t, "text box", board.KindDOCX, readFile(t, "cv-textbox.docx"), "Kubernetes in a box\nBody text")
}

func TestDOCX(t *testing.T) {
	t.Parallel()
	const ns = `xmlns:w="w" xmlns:mc="mc" xmlns:r="r"`
	for _, tc := range []struct{ name, body, want string }{
		{"a box within a paragraph", `<w:p><w:r><w:t>Site </w:t><w:txbxContent><w:p><w:r><w:t>boxed</w:t></w:r></w:p></w:txbxContent></w:r><w:r><w:t>Engineer</w:t></w:r></w:p><w:p><w:r><w:t>next</w:t></w:r></w:p>`, "Site Engineer\nboxed\nnext"},
		{"a box in an old form alone", `<w:p><w:r><w:pict><w:txbxContent><w:p><w:r><w:t>boxed</w:t></w:r></w:p></w:txbxContent></w:pict></w:r></w:p>`, "boxed"},
		{"table", `<w:tbl><w:tr><w:tc><w:p><w:r><w:t>2019</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>Contoso</w:t></w:r></w:p></w:tc></w:tr></w:tbl>`, "2019\nContoso"},
		{"content control", `<w:sdt><w:sdtPr><w:alias w:val="x"/></w:sdtPr><w:sdtContent><w:p><w:r><w:t>Ada</w:t></w:r></w:p></w:sdtContent></w:sdt>`, "Ada"},
		{"content control that is not filled in", `<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent><w:p><w:r><w:t>Click here to enter text.</w:t></w:r></w:p></w:sdtContent></w:sdt><w:p><w:r><w:t>Ada</w:t></w:r></w:p>`, "Ada"},
		{"tracked changes", `<w:p><w:ins><w:r><w:t>Kubernetes</w:t></w:r></w:ins><w:del><w:r><w:delText> Docker</w:delText></w:r></w:del><w:moveFrom><w:r><w:t> Swarm</w:t></w:r></w:moveFrom><w:moveTo><w:r><w:t> and Go</w:t></w:r></w:moveTo></w:p>`, "Kubernetes and Go"},
		{"deleted mark of a paragraph", `<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr><w:r><w:t>Kuber</w:t></w:r></w:p><w:p><w:r><w:t>netes</w:t></w:r></w:p>`, "Kubernetes"},
		{"link", `<w:p><w:hyperlink r:id="rId7"><w:r><w:t>My profile</w:t></w:r></w:hyperlink><w:r><w:t> is here</w:t></w:r></w:p>`, "My profile https://example.com/ada is here"},
		{"link as a field", `<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> HYPERLINK "mailto:ada@example.com" </w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>write</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>`, "write ada@example.com"},
		{"signs", `<w:p><w:r><w:t>re</w:t><w:softHyphen/><w:t>build</w:t><w:ptab w:alignment="right"/><w:t>2020</w:t><w:cr/><w:t>C#</w:t></w:r></w:p>`, "rebuild 2020\nC#"},
		{"places of tabs", `<w:p><w:pPr><w:tabs><w:tab w:val="left" w:pos="1"/></w:tabs></w:pPr><w:r><w:t>Ada</w:t></w:r></w:p>`, "Ada"},
		{"hidden", `<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>ninja</w:t></w:r><w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>Ada</w:t></w:r></w:p>`, "Ada"},
		{"how it looked before a change", `<w:p><w:pPr><w:pPrChange><w:pPr><w:rPr><w:vanish/></w:rPr></w:pPr></w:pPrChange></w:pPr><w:r><w:rPr><w:rPrChange><w:rPr><w:vanish/></w:rPr></w:rPrChange></w:rPr><w:t>Ada</w:t></w:r></w:p>`, "Ada"},
		{"a field in the instruction of another", `<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>IF </w:instrText></w:r><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>MERGEFIELD x</w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>f</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>` +
			`<w:r><w:instrText> = "f" "Ms" "Mr" </w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>Ms</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r><w:r><w:t> Ada</w:t></w:r></w:p>`, "Ms Ada"},
		{"signs of the font Symbol", `<w:p><w:r><w:t>2019</w:t><w:sym w:font="Symbol" w:char="F02D"/><w:t>2023</w:t><w:sym w:font="Symbol" w:char="F0B7"/><w:t>Go</w:t></w:r></w:p>`, "2019-2023 \u2022 Go"},
		{"a large first letter", `<w:p><w:pPr><w:framePr w:dropCap="drop" w:lines="3"/></w:pPr><w:r><w:t>K</w:t></w:r></w:p><w:p><w:r><w:t>ubernetes</w:t></w:r></w:p>`, "Kubernetes"},
		{"a frame", `<w:p><w:pPr><w:framePr w:hSpace="180"/></w:pPr><w:r><w:t>Ada</w:t></w:r></w:p><w:p><w:r><w:t>Go</w:t></w:r></w:p>`, "Ada\nGo"},
		{"lines within a text", "<w:p><w:r><w:t>Site\n  Reliability</w:t></w:r></w:p>", "Site Reliability"},
	} {
		rels := `<Relationships><Relationship Id="rId7" Target="https://example.com/ada" TargetMode="External"/></Relationships>`
		b := zipped(t, "word/document.xml", "<w:document "+ns+"><w:body>"+tc.body+"</w:body></w:document>", "word/_rels/document.xml.rels", rels)
		expectText(t, tc.name, board.KindDOCX, b, tc.want)
	}
	expectText(t, "parts", board.KindDOCX, zipped(t,
		"word/footer2.xml", "<w:ftr><w:p><w:r><w:t>page</w:t></w:r></w:p></w:ftr>", "word/header1.xml", "<w:hdr><w:p><w:r><w:t>Ada</w:t></w:r></w:p></w:hdr>",
		"word/endnotes.xml", "<w:endnotes><w:p><w:r><w:t>note</w:t></w:r></w:p></w:endnotes>",
		"word/comments.xml", "<w:comments><w:p><w:r><w:t>comment</w:t></w:r></w:p></w:comments>",
		"word/document2.xml", "<w:document><w:p><w:r><w:t>body</w:t></w:r></w:p></w:document>"), "body\nnote\npage\nAda")
}

func TestODT(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, body, want string }{
		{"box", `<text:p>Site <draw:frame><draw:text-box><text:p>boxed</text:p></draw:text-box><svg:title>picture</svg:title></draw:frame>Engineer</text:p><text:p>next</text:p>`, "Site Engineer\nboxed\nnext"},
		{"table", `<table:table><table:table-row><table:table-cell><text:p>2019</text:p></table:table-cell><table:table-cell><text:p>Contoso</text:p></table:table-cell></table:table-row></table:table>`, "2019\nContoso"},
		{"tracked changes", `<text:tracked-changes><text:changed-region><text:deletion><text:p>Docker</text:p></text:deletion></text:changed-region></text:tracked-changes><text:p>Kubernetes <text:change-start/>and Go<text:change-end/></text:p>`, "Kubernetes and Go"},
		{"link", `<text:p><text:a xlink:href="https://example.com/ada">My profile</text:a> is here</text:p>`, "My profile https://example.com/ada is here"},
		{"note", `<text:p>Contoso<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>sold 2020</text:p></text:note-body></text:note> and more</text:p>`, "Contoso and more\nsold 2020"},
		{"hyphens", "<text:p>Front\u2011end, re\u00adbuild</text:p>", "Front-end, rebuild"},
		{"lines of the file", "<text:p>Site\n      Reliability</text:p>", "Site Reliability"},
	} {
		b := zipped(t, "content.xml", "<office:document-content><office:body><office:text>"+tc.body+"</office:text></office:body></office:document-content>")
		expectText(t, tc.name, board.KindODT, b, tc.want)
	}
}

// What is left of an archive that breaks off is read.
func TestArchivesThatBreakOff(t *testing.T) {
	t.Parallel()
	var body strings.Builder
	body.WriteString("<w:document><w:body><w:p><w:r><w:t>Ada Lovelace</w:t></w:r></w:p>")
	for i := range 3000 {
		fmt.Fprintf(&body, "<w:p><w:r><w:t>Line %d</w:t></w:r></w:p>", i*i)
	}
	body.WriteString("</w:body></w:document>")
	beforeList := func(b []byte) []byte {
		before, _, found := bytes.Cut(b, []byte("PK\x01\x02"))
		if !found {
			t.Fatal("the archive has no list of its entries")
		}
		return before
	}
	docx := zipped(t, "[Content_Types].xml", "<Types/>", "word/document.xml", body.String(), "word/media/image1.png", "png")
	odt := zipped(t, "mimetype", "application/vnd.oasis.opendocument.text", "content.xml", "<office:text><text:p>Ada Lovelace</text:p></office:text>", "META-INF/manifest.xml", "<manifest/>")
	for name, cv := range map[string]board.CV{
		"a DOCX without its list":          {Kind: board.KindDOCX, Bytes: beforeList(docx)},
		"a DOCX that ends within its text": {Kind: board.KindDOCX, Bytes: docx[:len(docx)/2]},
		"an ODT without its list":          {Kind: board.KindODT, Bytes: beforeList(odt)},
	} {
		if text, problem := cvtexttest.Reader().Read(t.Context(), cv); !strings.HasPrefix(text, "Ada Lovelace") {
			t.Errorf("%s: %.100q, %q", name, text, problem)
		}
	}
	for _, b := range [][]byte{docx[:40], []byte("PK\x03\x04"), []byte("PK\x03\x04" + strings.Repeat("\xff", 60))} {
		if text, problem := cvtexttest.Reader().Read(t.Context(), board.CV{Kind: board.KindDOCX, Bytes: b}); text != "" || problem != cvtext.ProblemBroken {
			t.Errorf("%d bytes: %q, %q", len(b), text, problem)
		}
	}
}

// Documents that Word has saved as web pages or as XML under the name of a .doc.
func TestDocumentsOfWordInOtherForms(t *testing.T) {
	t.Parallel()
	const paragraphs = "<w:body><w:p><w:r><w:t>Ada</w:t></w:r></w:p><w:p><w:r><w:t>Größe</w:t></w:r></w:p></w:body>"
	for name, content := range map[string]string{
		"XML of 2003":      `<?xml version="1.0"?><?mso-application progid="Word.Document"?><w:wordDocument xmlns:w="w">` + paragraphs + "</w:wordDocument>",
		"a DOCX in one":    `<?xml version="1.0"?><pkg:package xmlns:pkg="p"><pkg:part pkg:name="/word/document.xml"><pkg:xmlData><w:document xmlns:w="w">` + paragraphs + "</w:document></pkg:xmlData></pkg:part></pkg:package>",
		"a page in UTF-16": string(wide("\ufeff<html><body><p>Ada</p><p>Größe</p></body></html>", 2, binary.LittleEndian)),
	} {
		cv, leftOut := board.TakeCV(board.Upload{Name: "cv.doc", Bytes: []byte(content)}, "application/msword")
		if leftOut != nil {
			t.Errorf("%s: %v", name, leftOut)
			continue
		}
		expectText(t, name, cv.Kind, cv.Bytes, "Ada\nGröße")
	}
}
