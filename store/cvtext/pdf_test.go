package cvtext_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

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

// Nothing of one file is left when the next one is read, in the same process.
func TestFilesAreReadApart(t *testing.T) {
	t.Parallel()
	for _, want := range []string{"Ada Lovelace", "Grace Hopper"} {
		if text, problem := readPDF(t, pdfOf("", want)); text != want {
			t.Errorf("%q, %q; want %q", text, problem, want)
		}
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
	} {
		if text, problem := readPDF(t, pdfOfContent(tc.content)); text != tc.want {
			t.Errorf("%s: %q, %q; want %q", tc.name, text, problem, tc.want)
		}
	}
}
