package cvtext_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	textunicode "golang.org/x/text/encoding/unicode"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/cvtext"
	"itmanagerjobs/store/cvtext/cvtexttest"
)

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Traits of PDF files that people send, each with what poppler reads.
func TestPDF(t *testing.T) {
	t.Parallel()
	const ada = "Ada Sample, Site Reliability Engineer"
	latex := "Priya Testing\nSite Reliability Engineer\nKubernetes and Terraform at Contoso\nIncident management"
	for name, want := range map[string]string{
		"cv-plain.pdf": ada, "cv-linear.pdf": ada, "cv-objstm.pdf": ada,
		"cv-latex.pdf": latex, "cv-latex-asplain.pdf": latex,
		"cv-xobject.pdf":      "Page header\nSenior Platform Engineer with Kubernetes",
		"cv-xobject-only.pdf": "Senior Platform Engineer with Kubernetes",
		"cv-ligature.pdf":     "Certified office workflow",
		"cv-unigb.pdf":        "项目经理",
		// Encrypted, and opened without a password by every program.
		"cv-rc4-128-owner.pdf": ada, "cv-aes128-owner.pdf": ada, "cv-aes256-qpdf.pdf": ada,
		"cv-aes256-owner.pdf": "Senior Platform Engineer, Kubernetes",
	} {
		text, problem := cvtexttest.Reader().Read(t.Context(), board.CV{Kind: board.KindPDF, Bytes: readFile(t, name)})
		if text != want {
			t.Errorf("%s: %q, %q; want %q", name, text, problem, want)
		}
	}
	text, problem := cvtexttest.Reader().Read(t.Context(), board.CV{Kind: board.KindPDF, Bytes: readFile(t, "cv-aes128-user.pdf")})
	if text != "" || problem != cvtext.ProblemProtected {
		t.Errorf("with a password: %q, %q", text, problem)
	}
}

func readPDF(t *testing.T, b []byte) (text, problem string) {
	t.Helper()
	return cvtexttest.Reader().Read(t.Context(), board.CV{Kind: board.KindPDF, Bytes: b})
}

// pdfOfContent makes a PDF of one page with the content.
func pdfOfContent(content string) []byte {
	return pdfOf("", ") Tj ET "+content+" BT (")
}

func TestHowTextIsPlacedOnAPage(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, content, want string }{
		{"glyph by glyph", "BT /F1 12 Tf 1 0 0 1 72 700 Tm (A) Tj 1 0 0 1 80 700 Tm (d) Tj 1 0 0 1 86.7 700 Tm (a) Tj 1 0 0 1 97 700 Tm (L) Tj 1 0 0 1 103.7 700 Tm (.) Tj ET", "Ada L."},
		{"Td and TD", "BT /F1 12 Tf 72 700 Td (Ada) Tj 0 -14 Td (Kubernetes) Tj 0 -14 TD (Terraform) Tj T* (Go) Tj ET", "Ada\nKubernetes\nTerraform\nGo"},
		{"quotes", `BT /F1 12 Tf 14 TL 72 700 Td (Ada) Tj (Kubernetes) ' 0 0 (Terraform) " ET`, "Ada\nKubernetes\nTerraform"},
		{"kerning", "BT /F1 12 Tf 72 700 Td [(Site)-333(Reliability)-333(Engineer)] TJ ET", "Site Reliability Engineer"},
		{"letters moved together", "BT /F1 12 Tf 72 700 Td [(K)20(uber)-10(netes)] TJ ET", "Kubernetes"},
	} {
		if text, problem := readPDF(t, pdfOfContent(tc.content)); text != tc.want {
			t.Errorf("%s: %q, %q; want %q", tc.name, text, problem, tc.want)
		}
	}
}

func TestABrokenPageCostsItself(t *testing.T) {
	t.Parallel()
	b := pdfOf("", "Page one", "Page two", "Page three")
	// The second page is no page any more. The object has as many bytes as before.
	broken := bytes.Replace(b, []byte("6 0 obj\n<< /Type /Page /Parent"), []byte("6 0 obj\n(( /Type /Page /Parent"), 1)
	if bytes.Equal(b, broken) {
		t.Fatal("nothing was broken")
	}
	if text, problem := readPDF(t, broken); !strings.Contains(text, "Page one") || !strings.Contains(text, "Page three") {
		t.Errorf("%q, %q", text, problem)
	}
	// A stream whose filter does not fit its bytes.
	broken = bytes.Replace(b, []byte("7 0 obj\n<< /Length "), []byte("7 0 obj\n<< /Filter /FlateDecode /Length "), 1)
	if text, problem := readPDF(t, broken); !strings.Contains(text, "Page one") || !strings.Contains(text, "Page three") {
		t.Errorf("%q, %q", text, problem)
	}
}

func TestWhatIsTypedIntoAFormIsRead(t *testing.T) {
	t.Parallel()
	b := pdfOf("", "Name:")
	// A field of a form, whose appearance has the text, is an annotation of the page.
	field := `/Annots [<< /Type /Annot /Subtype /Widget /FT /Tx /T (name) /V (Ada Lovelace) /Rect [100 700 300 720] /F 4 /AP << /N 9 0 R >> >>] `
	appearance := "BT /F1 12 Tf 2 5 Td (Ada Lovelace) Tj ET"
	b = bytes.Replace(b, []byte("/Type /Page /Parent"), []byte(field+"/Type /Page /Parent"), 1)
	b = bytes.Replace(b, []byte("xref\n"), []byte("9 0 obj\n<< /Type /XObject /Subtype /Form /BBox [0 0 200 20] /Resources << /Font << /F1 3 0 R >> >> /Length 40 >>\nstream\n"+appearance+"\nendstream\nendobj\nxref\n"), 1)
	if text, problem := readPDF(t, b); !strings.Contains(text, "Ada Lovelace") {
		t.Errorf("%q, %q", text, problem)
	}
}

// The fonts of a page may be those of the node above it, which PDFium does not find any more when it puts fields into the page.
func TestAFormWhoseFontsAreThoseOfAllPages(t *testing.T) {
	t.Parallel()
	mapping := "/CIDInit /ProcSet findresource begin 12 dict begin begincmap 1 begincodespacerange <00> <FF> endcodespacerange 1 beginbfrange <21> <7e> <0061> endbfrange endcmap"
	content := "BT /F1 12 Tf 72 700 Td (!\"#$%&'*+,-./0123456789:) Tj ET"
	appearance := "BT /F1 12 Tf 2 5 Td (Ada) Tj ET"
	field := "<< /Type /Annot /Subtype /Widget /FT /Tx /T (n) /V %s /Rect [72 600 300 620] /F %d /AP << /N 8 0 R >> >>"
	b := pdfParts("", "<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 /Resources << /Font << /F1 5 0 R >> >> >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Annots [7 0 R 9 0 R 10 0 R] >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(content), content),
		"<< /Type /Font /Subtype /Type1 /BaseFont /ABCDEF+X /Encoding /WinAnsiEncoding /ToUnicode 6 0 R >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(mapping), mapping),
		fmt.Sprintf(field, "(Ada)", 4),
		fmt.Sprintf("<< /Type /XObject /Subtype /Form /BBox [0 0 200 20] /Length %d >>\nstream\n%s\nendstream", len(appearance), appearance),
		fmt.Sprintf(field, "(nobody sees this)", 2), fmt.Sprintf(field, "/Off", 4))
	if text, problem := readPDF(t, b); text != "abcdefgjklmnopqrstuvwxyz\nAda" {
		t.Errorf("%q, %q", text, problem)
	}
}

// Vowels and tones of Thai belong to the letter before them, whatever their places say.
func TestThaiIsNotTornApart(t *testing.T) {
	t.Parallel()
	mapping := "/CIDInit /ProcSet findresource begin 12 dict begin begincmap 1 begincodespacerange <00> <FF> endcodespacerange 5 beginbfchar <61> <0E04> <62> <0E33> <63> <0E41> <64> <0E1B> <65> <0E25> endbfchar endcmap"
	b := pdfPage("", "BT /F1 12 Tf 72 700 Td [(a)-400(bcdeb)] TJ ET", "<< /Type /Font /Subtype /Type1 /BaseFont /ABCDEF+X /Encoding /WinAnsiEncoding /ToUnicode 6 0 R >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(mapping), mapping))
	if text, problem := readPDF(t, b); text != "คำแปลำ" {
		t.Errorf("%q, %q", text, problem)
	}
}

// Arabic has its numbers from left to right, whatever digits they are written in.
func TestNumbersInArabic(t *testing.T) {
	t.Parallel()
	mapping := "/CIDInit /ProcSet findresource begin 12 dict begin begincmap 1 begincodespacerange <00> <FF> endcodespacerange 2 beginbfrange <30> <39> <0660> <61> <7a> <0627> endbfrange endcmap"
	b := pdfPage("", "BT /F1 12 Tf 72 700 Td (2019 cba) Tj 0 -20 Td (1434) Tj ET", "<< /Type /Font /Subtype /Type1 /BaseFont /ABCDEF+X /Encoding /WinAnsiEncoding /ToUnicode 6 0 R >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(mapping), mapping))
	if text, problem := readPDF(t, b); text != "ابة ٢٠١٩\n١٤٣٤" && text != "ابة ٢٠١٩ \n١٤٣٤" {
		t.Errorf("%q, %q", text, problem)
	}
}

// Nothing of one file is left when the next one is read, in the same process.
func TestFilesAreReadApart(t *testing.T) {
	t.Parallel()
	for _, want := range []string{"Ada Lovelace", "Grace Hopper"} {
		if text, problem := readPDF(t, pdfOf("", want)); text != want {
			t.Errorf("%q, %q; want %q", text, problem, want)
		}
	}
}

func TestAHyphenBeforeALargeLetterStays(t *testing.T) {
	t.Parallel()
	b := pdfOfContent("BT /F1 12 Tf 14 TL 72 700 Td (I work as a Front-) Tj T* (End developer) Tj ET")
	if text, problem := readPDF(t, b); text != "I work as a Front-End developer" {
		t.Errorf("%q, %q", text, problem)
	}
}

func TestAWordThatIsBrokenAtTheEndOfALineIsOne(t *testing.T) {
	t.Parallel()
	b := pdfOfContent("BT /F1 12 Tf 14 TL 72 700 Td (We run plat-) Tj T* (forms at Contoso since 2019-) Tj T* (2023) Tj ET")
	if text, problem := readPDF(t, b); text != "We run platforms at Contoso since 2019-\n2023" {
		t.Errorf("%q, %q", text, problem)
	}
}

// TeX sets an accent over its letter as a glyph of its own, before it or after it.
func TestAccentsAreOnTheirLetters(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, content, want string }{
		{"before the letter", `BT /F1 12 Tf 72 700 Td [(Gr)-161(\250)494(o\337er)] TJ ET`, "Größer"},
		{"alone", `BT /F1 12 Tf 72 700 Td (a ` + "`" + ` b) Tj ET`, "a ` b"},
		{"after the letter, below another line", `BT /F1 12 Tf 1 0 0 1 60 714 Tm (Ada is) Tj 1 0 0 1 100.9 714 Tm (n) Tj 1 0 0 1 60 700 Tm (Rene ) Tj 1 0 0 1 100 700 Tm (e) Tj 1 0 0 1 102.2 700 Tm (\264) Tj ET`, "Ada is n\nRene é"},
		{"a cedilla, above another line", `BT /F1 12 Tf 1 0 0 1 60 714 Tm (Ada is) Tj 1 0 0 1 100 714 Tm (c) Tj 1 0 0 1 100.9 714 Tm (\270) Tj 1 0 0 1 60 700 Tm (Rene ) Tj 1 0 0 1 101.7 700 Tm (c) Tj ET`, "Ada is ç\nRene c"},
	} {
		if text, problem := readPDF(t, pdfOfContent(tc.content)); text != tc.want {
			t.Errorf("%s: %q, %q; want %q", tc.name, text, problem, tc.want)
		}
	}
}

// pdfParts makes a PDF of objects, which are numbered from 1. trailer follows /Root 1 0 R.
func pdfParts(trailer string, objects ...string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.6\n")
	offsets := make([]int, len(objects))
	for i, o := range objects {
		offsets[i] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, o := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, trailer, start)
	return b.Bytes()
}

// pdfPage makes a PDF of one page with more entries, the content and the font F1; other objects are numbered from 6.
func pdfPage(page, content, font string, others ...string) []byte {
	return pdfParts("", append([]string{
		"<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 5 0 R >> >> /Contents 4 0 R " + page + " >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(content), content), font,
	}, others...)...)
}

const helvetica = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"

func TestLinesThatRunInOtherDirections(t *testing.T) {
	t.Parallel()
	const want = "Ada Lovelace\nMathematician, Go\nLondon, 1833-1852"
	for name, matrix := range map[string]string{"right": "1 0 0 1 72 760", "up": "0 1 -1 0 100 100", "left": "-1 0 0 -1 400 700", "down": "0 -1 1 0 400 700"} {
		for _, turn := range []int{0, 90, 180, 270} {
			content := "BT /F1 12 Tf " + matrix + " Tm 16 TL (Ada Lovelace) Tj T* (Mathematician, Go) Tj T* (London, 1833-1852) Tj ET"
			if text, problem := readPDF(t, pdfPage(fmt.Sprintf("/Rotate %d", turn), content, helvetica)); text != want {
				t.Errorf("lines that run %s on a page that is turned by %d: %q, %q", name, turn, text, problem)
			}
		}
	}
}

// Predefined character maps of East Asia, with a font that is not in the file, in lines from left to right and from top to bottom.
func TestEastAsianMaps(t *testing.T) {
	t.Parallel()
	const descriptor = "<< /Type /FontDescriptor /FontName /X /Flags 4 /FontBBox [0 -200 1000 900] /ItalicAngle 0 /Ascent 800 /Descent -200 /CapHeight 700 /StemV 80 >>"
	for _, tc := range []struct {
		name, ordering, text string
		set                  encoding.Encoding
	}{
		{"UniGB-UCS2", "GB1", "项目经理", utf16BE}, {"UniGB-UTF16", "GB1", "项目经理", utf16BE}, {"GBK-EUC", "GB1", "项目经理", simplifiedchinese.GBK},
		{"UniCNS-UTF16", "CNS1", "專案經理", utf16BE}, {"ETen-B5", "CNS1", "專案經理", traditionalchinese.Big5},
		{"UniJIS-UCS2", "Japan1", "職務経歴書", utf16BE}, {"UniJIS-UTF16", "Japan1", "職務経歴書", utf16BE}, {"90ms-RKSJ", "Japan1", "職務経歴書", japanese.ShiftJIS},
		{"EUC", "Japan1", "職務経歴書", japanese.EUCJP}, {"UniKS-UCS2", "Korea1", "서버개발자", utf16BE}, {"KSCms-UHC", "Korea1", "서버개발자", korean.EUCKR},
	} {
		for _, direction := range []string{"-H", "-V"} {
			b := pdfPage("", fmt.Sprintf("BT /F1 12 Tf 72 700 Td <%x> Tj ET", encodedIn(t, tc.set, tc.text)),
				"<< /Type /Font /Subtype /Type0 /BaseFont /X /Encoding /"+tc.name+direction+" /DescendantFonts [6 0 R] >>",
				"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /X /CIDSystemInfo << /Registry (Adobe) /Ordering ("+tc.ordering+") /Supplement 2 >> /FontDescriptor 7 0 R >>", descriptor)
			if text, problem := readPDF(t, b); text != tc.text {
				t.Errorf("%s%s: %q, %q", tc.name, direction, text, problem)
			}
		}
	}
}

var utf16BE = textunicode.UTF16(textunicode.BigEndian, textunicode.IgnoreBOM)

// Files of which PDFium reads nothing as they are.
func TestFilesThatAreMended(t *testing.T) {
	t.Parallel()
	const want = "Ada Lovelace"
	content := "BT /F1 12 Tf 72 700 Td (Ada Lovelace) Tj ET"
	whole := pdfPage("", content, helvetica)
	beforeTable, _, _ := bytes.Cut(whole, []byte("xref\n"))
	beforeTrailer, _, _ := bytes.Cut(whole, []byte("trailer"))
	encrypted := bytes.Replace(whole, []byte("/Root 1 0 R "), []byte("/Root 1 0 R /ID [<00> <00>] /Encrypt << /Filter /Standard /V 4 /R 4 /Length 128 /P -4 /O <"+
		strings.Repeat("00", 32)+"> /U <"+strings.Repeat("00", 32)+"> /CF << /StdCF << /CFM /AESV2 /Length 16 >> >> /StmF /Identity /StrF /StdCF >> "), 1)
	for name, b := range map[string][]byte{
		"it breaks off before its table of objects": beforeTable,
		"it breaks off in an object":                beforeTable[:len(beforeTable)-len("endobj")-10],
		"a table without a trailer":                 beforeTrailer,
		"streams that are not encrypted":            encrypted,
	} {
		if text, problem := readPDF(t, b); text != want {
			t.Errorf("%s: %q, %q", name, text, problem)
		}
	}
	if text, problem := readPDF(t, []byte("%PDF-1.4\n1 0 obj\n<< /Type /Catalog")); text != "" || problem != cvtext.ProblemBroken {
		t.Errorf("only a beginning: %q, %q", text, problem)
	}
}

// Drivers of printers draw the letters of a font themselves, number them as they come, and name them.
func TestFontsThatAreDrawn(t *testing.T) {
	t.Parallel()
	const text = "Grace Hopper, Ägypten"
	names := map[rune]string{' ': "space", ',': "comma", 'Ä': "Adieresis"}
	codes := map[rune]int{}
	var differences, procs, numbers strings.Builder
	for _, c := range text {
		if codes[c] == 0 {
			codes[c] = len(codes) + 1
			name := names[c]
			if name == "" {
				name = string(c)
			}
			fmt.Fprintf(&differences, " /%s", name)
			fmt.Fprintf(&procs, " /%s 6 0 R", name)
		}
		fmt.Fprintf(&numbers, "%02x", codes[c])
	}
	const glyph = "600 0 0 0 500 700 d1 0 0 500 700 re f"
	font := fmt.Sprintf("<< /Type /Font /Subtype /Type3 /FontBBox [0 0 600 700] /FontMatrix [0.001 0 0 0.001 0 0] /CharProcs <<%s >> /Encoding << /Type /Encoding /Differences [1%s] >> "+
		"/FirstChar 1 /LastChar %d /Widths [%s] /Resources << >> >>", &procs, &differences, len(codes), strings.Repeat("600 ", len(codes)))
	b := pdfPage("", "BT /F1 12 Tf 72 700 Td <"+numbers.String()+"> Tj ET", font, fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(glyph), glyph))
	if got, problem := readPDF(t, b); got != text {
		t.Errorf("%q, %q", got, problem)
	}
}

func TestNamesOfLigatures(t *testing.T) {
	t.Parallel()
	for _, names := range []string{"/ff /ffi /fl", "/f_f /f_f_i /f_l"} {
		b := pdfPage("", `BT /F1 12 Tf 72 700 Td (sta\001, o\002ce, work\003ow) Tj ET`, "<< /Type /Font /Subtype /Type1 /BaseFont /X /Encoding << /Type /Encoding /Differences [1 "+names+"] >> >>")
		if text, problem := readPDF(t, b); text != "staff, office, workflow" {
			t.Errorf("%s: %q, %q", names, text, problem)
		}
	}
}

// A program that fills a form in may leave it to others to draw what it has filled in.
func TestWhatIsTypedWithoutAnAppearanceIsRead(t *testing.T) {
	t.Parallel()
	content := "BT /F1 12 Tf 72 700 Td (Name:) Tj ET"
	for name, annotation := range map[string]string{
		"a field":    "<< /Type /Annot /Subtype /Widget /FT /Tx /T (n) /V (Ada Lovelace) /Rect [72 600 300 620] /F 4 /DA (/Helv 12 Tf 0 g) >>",
		"a choice":   "<< /Type /Annot /Subtype /Widget /FT /Ch /T (n) /V (Ada Lovelace) /Rect [72 600 300 620] /F 4 /DA (/Helv 12 Tf 0 g) >>",
		"a text box": "<< /Type /Annot /Subtype /FreeText /Contents (Ada Lovelace) /Rect [72 600 300 620] /DA (/Helv 12 Tf 0 g) >>",
	} {
		if text, problem := readPDF(t, pdfPage("/Annots [6 0 R]", content, helvetica, annotation)); text != "Name:\nAda Lovelace" {
			t.Errorf("%s: %q, %q", name, text, problem)
		}
	}
}

func TestSignsOfTwoUnits(t *testing.T) {
	t.Parallel()
	mapping := "/CIDInit /ProcSet findresource begin 12 dict begin begincmap 1 begincodespacerange <00> <FF> endcodespacerange 2 beginbfchar <61> <D835DD38> <62> <006600660069> endbfchar endcmap"
	b := pdfPage("", "BT /F1 12 Tf 72 700 Td (ab) Tj ET", "<< /Type /Font /Subtype /Type1 /BaseFont /ABCDEF+X /Encoding /WinAnsiEncoding /ToUnicode 6 0 R >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(mapping), mapping))
	if text, problem := readPDF(t, b); text != "𝔸ffi" {
		t.Errorf("%q, %q", text, problem)
	}
}
