package cvtext_test

import (
	"testing"

	"itmanagerjobs/store/board"
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
