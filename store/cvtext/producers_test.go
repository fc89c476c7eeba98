package cvtext_test

import (
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"itmanagerjobs/store/board"
)

// expectCV is expectText of a file that is known as a CV by its content, too.
func expectCV(t *testing.T, name string, kind board.FileKind, b []byte, want string) {
	t.Helper()
	if cv, leftOut := board.TakeCV(board.Upload{Name: "cv." + string(kind), Bytes: b}, ""); leftOut != nil || cv.Kind != kind {
		t.Errorf("%s: taken as %q, %v", name, cv.Kind, leftOut)
	}
	expectText(t, name, kind, b, want)
}

func encodedIn(t *testing.T, set encoding.Encoding, s string) string {
	t.Helper()
	out, err := set.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// RTF as other programs than Word write it.
func TestRTFOfPrograms(t *testing.T) {
	t.Parallel()
	fonts := `{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset204 Cyr;}{\f2\fcharset128 Gothic;}}`
	for _, tc := range []struct{ name, content, want string }{
		{"text for old readers and for others", fonts + `{\upr{??}{\*\ud{\u1076?\u1072?}}} x}`, "да x"},
		{"letters beyond 16 bits", fonts + `\u-10179?\u-8704? x}`, "😀 x"},
		{"no replacements", fonts + `\uc0\u8226 R\u233 sum\u233 }`, "•Résumé"},
		{"replacements that end with the group", fonts + `{\u1076}{x}}`, "дx"},
		{"TextEdit", `{\rtf1\ansi\ansicpg1252\cocoartf2709` + "\n" + `{\fonttbl\f0\fswiss\fcharset0 Helvetica;}{\*\expandedcolortbl;;}\pard {\listtext	\uc0\u8226 	}R\'e9sum\'e9\` + "\n" + `Go}`, "• Résumé\nGo"},
		{"fonts without groups", `{\rtf1\ansi{\fonttbl\f0\fcharset204 Cyr;\f1\fcharset0 Arial;}\f0\'e0\'e4\f1\'e4}`, "адä"},
		{"a Mac", `{\rtf1\mac\deff0{\fonttbl\f0 Geneva;}R\'8esum\'8e}`, "Résumé"},
		{"DOS", `{\rtf1\pc R\'82sum\'82}`, "Résumé"},
		{"UTF-8 that is announced", `{\rtf1\ansi\ansicpg65001 Größe}`, "Größe"},
		{"UTF-8 that is not", `{\rtf1\ansi\ansicpg1252 Größe \'e9}`, "Größe é"},
		{"a link whose text is its target", fonts + `{\field{\*\fldinst{HYPERLINK "https://example.com/ada"}}{\fldrslt https://example.com/ada}} x}`, "https://example.com/ada x"},
		{"a link without quotes", fonts + `{\field{\*\fldinst HYPERLINK https://example.com/ada }{\fldrslt me}} x}`, "me https://example.com/ada x"},
		{"a table within an object", fonts + `{\object\objemb{\*\objdata 00}{\result Skills }}x}`, "Skills x"},
		{"a line end within an escape", fonts + "R\\'e9s\r\num\\'E9}", "Résumé"},
		{"bytes of a picture", fonts + `{\pict\bin5 }}}}}x}y}`, "y"},
		{"a byte order mark", "\ufeff" + fonts + `Ada}`, "Ada"},
		{"an empty line in front", "\r\n" + fonts + `Ada}`, "Ada"},
		{"cut off", fonts + `Kubernetes {\b Terr`, "Kubernetes Terr"},
		{"Arabic", `{\rtf1\fbidis\ansi\ansicpg1256{\fonttbl{\f0\fcharset178 Arial;}}\ltrpar\rtlch\f0\'e3\'e5\'e4\'cf\'d3}`, "مهندس"},
		{"a mark of a style within a group", fonts + `{\loch\*\cs7\f0 Kubernetes} x}`, "Kubernetes x"},
		{"a table within a table", fonts + `\itap2 Go\nestcell SQL\nestcell{\*\nesttableprops\trowd\nestrow}{\nonesttables for old readers\par}Java\nestcell{\*\nesttableprops\trowd\nestrow}{\nonesttables\par}}`, "Go SQL\nJava"},
		{"second bytes that are signs", fonts + `\f2 \'83\\ \'94\'5c}`, "ソ 能"},
	} {
		expectCV(t, tc.name, board.KindRTF, []byte(tc.content), tc.want)
	}
}

// DOCX whose archive or XML is not as Word writes it.
func TestDOCXOfOtherPrograms(t *testing.T) {
	t.Parallel()
	document := func(text string) string {
		return `<w:document xmlns:w="w"><w:body><w:p><w:r><w:t>` + text + `</w:t></w:r></w:p></w:body></w:document>`
	}
	const types = `<Types><Override PartName="/doc/main.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`
	const relation = `<Relationships><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="/doc/main.xml"/></Relationships>`
	const chunks = `<Relationships><Relationship Id="c1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/aFChunk" Target="/word/afchunk.htm"/>` +
		`<Relationship Id="c2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/aFChunk" Target="b.rtf"/>` +
		`<Relationship Id="c3" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/aFChunk" Target="c.docx"/></Relationships>`
	inner := string(zipped(t, "word/document.xml", document("Python")))
	wide := encodedIn(t, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), `<?xml version="1.0" encoding="UTF-16"?>`+document("Größe"))
	for _, tc := range []struct {
		name  string
		parts []string
		want  string
	}{
		{"UTF-16", []string{"word/document.xml", wide}, "Größe"},
		{"ISO-8859-1", []string{"word/document.xml", encodedIn(t, charmap.ISO8859_1, `<?xml version="1.0" encoding="ISO-8859-1"?>`+document("Größe"))}, "Größe"},
		{"a byte order mark", []string{"word/document.xml", "\ufeff" + document("Größe")}, "Größe"},
		{"backslashes", []string{"[Content_Types].xml", types, `word\document.xml`, document("Ada")}, "Ada"},
		{"a slash in front", []string{"[Content_Types].xml", types, "/word/document.xml", document("Ada")}, "Ada"},
		{"capitals", []string{"[Content_Types].xml", types, "Word/Document.xml", document("Ada")}, "Ada"},
		{"another name", []string{"[Content_Types].xml", types, "_rels/.rels", relation, "doc/main.xml", document("Ada"), "doc/header1.xml", document("page")}, "Ada\npage"},
		{"SmartArt", []string{"word/document.xml", document("Ada"), "word/diagrams/data1.xml", `<dgm:dataModel><a:p><a:r><a:t>Kubernetes</a:t></a:r></a:p></dgm:dataModel>`}, "Ada\nKubernetes"},
		{"a web page within", []string{"word/document.xml", `<w:document xmlns:w="w" xmlns:r="r"><w:body><w:p><w:r><w:t>Ada</w:t></w:r></w:p><w:altChunk r:id="c1"/></w:body></w:document>`,
			"word/_rels/document.xml.rels", chunks, "word/afchunk.htm", "<html><head><title>x</title></head><body><p>Kubernetes &amp; Go</p><p>Größe</p></body></html>",
			"word/b.rtf", `{\rtf1\ansi Terraform}`, "word/c.docx", inner}, "Ada\n\nKubernetes & Go\nGröße\nTerraform\nPython"},
		{"a fallback without an alternative", []string{"word/document.xml", `<w:document xmlns:w="w" xmlns:mc="mc"><w:body><mc:AlternateContent><mc:Choice><w:drawing/></mc:Choice><mc:Fallback><w:p><w:r><w:t>Ada</w:t></w:r></w:p></mc:Fallback></mc:AlternateContent>` +
			`<mc:AlternateContent><mc:Choice><w:p><w:r><w:t>Go</w:t></w:r></w:p></mc:Choice><mc:Fallback><w:p><w:r><w:t>Go</w:t></w:r></w:p></mc:Fallback></mc:AlternateContent></w:body></w:document>`}, "Ada\nGo"},
		{"WordArt", []string{"word/document.xml", `<w:document xmlns:w="w" xmlns:v="v"><w:body><w:p><w:r><w:pict><v:shape><v:textpath string="Ada Sample"/></v:shape></w:pict></w:r></w:p></w:body></w:document>`}, "Ada Sample"},
		{"prompts of a template", []string{"word/document.xml", document("Ada"), "word/glossary/document.xml", document("Click here")}, "Ada"},
		{"names of HTML", []string{"word/document.xml", document("R&amp;D&nbsp;&ndash; 2020")}, "R&D – 2020"},
		{"control characters", []string{"word/document.xml", document("Kuber\x0bnetes")}, "Kubernetes"},
	} {
		expectCV(t, tc.name, board.KindDOCX, zipped(t, tc.parts...), tc.want)
	}
}

func TestODTOfPrograms(t *testing.T) {
	t.Parallel()
	content := func(body string) string {
		return `<office:document-content><office:body><office:text>` + body + `</office:text></office:body></office:document-content>`
	}
	const media = "application/vnd.oasis.opendocument.text"
	for _, tc := range []struct {
		name  string
		parts []string
		want  string
	}{
		{"a shape with text", []string{"mimetype", media, "content.xml", content(`<text:p>Site <draw:custom-shape><text:p>boxed</text:p></draw:custom-shape>Engineer</text:p><text:p>next</text:p>`)}, "Site Engineer\nboxed\nnext"},
		{"a hidden section", []string{"mimetype", media, "content.xml", content(`<text:section text:display="none"><text:section><text:p>ninja</text:p></text:section></text:section><text:section><text:p>Ada</text:p></text:section>`)}, "Ada"},
		{"a template", []string{"mimetype", media + "-template", "content.xml", content(`<text:p>Ada</text:p>`)}, "Ada"},
		{"a line end after the type", []string{"mimetype", media + "\n", "content.xml", content(`<text:p>Ada</text:p>`)}, "Ada"},
		{"a type in the manifest alone", []string{"content.xml", content(`<text:p>Ada</text:p>`), "META-INF/manifest.xml", `<manifest:manifest><manifest:file-entry manifest:media-type="` + media + `" manifest:full-path="/"/></manifest:manifest>`}, "Ada"},
	} {
		expectCV(t, tc.name, board.KindODT, zipped(t, tc.parts...), tc.want)
	}
}

func TestTextOfOldMachines(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, content, want string }{
		{"a dash of Windows in UTF-8", "Größe, Müller, für — Jörg \x96 Go", "Größe, Müller, für — Jörg – Go"},
		{"UTF-8 that is cut off", "Größe, Müller \xc3", "Größe, Müller"},
		{"UTF-16 that is cut off", "\xff\xfeA\x00d\x00a\x00\n", "Ada"},
		{"a Mac", encodedIn(t, charmap.Macintosh, "Jörg Müller, Projektleiter für Größeres, résumé"), "Jörg Müller, Projektleiter für Größeres, résumé"},
		{"DOS", encodedIn(t, charmap.CodePage850, "Ingénieur système à Genève"), "Ingénieur système à Genève"},
		{"Turkish", encodedIn(t, charmap.Windows1254, "Yazılım mühendisi, İstanbul"), "Yazılım mühendisi, İstanbul"},
		{"Czech", encodedIn(t, charmap.Windows1250, "Správce systémů, příklad žluťoučký kůň"), "Správce systémů, příklad žluťoučký kůň"},
		{"Polish", encodedIn(t, charmap.Windows1250, "Łódź, inżynier, doświadczenie"), "Łódź, inżynier, doświadczenie"},
		{"Icelandic", encodedIn(t, charmap.Windows1252, "Hugbúnaðarverkfræðingur í Reykjavík, það"), "Hugbúnaðarverkfræðingur í Reykjavík, það"},
		{"Danish", encodedIn(t, charmap.Windows1252, "Rødgrød på København, ærlig"), "Rødgrød på København, ærlig"},
		{"French", encodedIn(t, charmap.Windows1252, "Chef d’équipe – œuvre « où » 2019–2023 à Genève"), "Chef d’équipe – œuvre « où » 2019–2023 à Genève"},
		{"Spanish", encodedIn(t, charmap.Windows1252, "AÑOS de experiencia en España"), "AÑOS de experiencia en España"},
		{"capitals", encodedIn(t, charmap.Windows1252, "JÖRG MÜLLER, GRÖßE"), "JÖRG MÜLLER, GRÖßE"},
	} {
		expectCV(t, tc.name, board.KindTXT, []byte(tc.content), tc.want)
	}
}
