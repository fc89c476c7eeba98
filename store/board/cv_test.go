package board_test

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"

	"itmanagerjobs/store/board"
)

// zipped makes a zip of names and contents, in their order.
func zipped(t testing.TB, parts ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(parts); i += 2 {
		w, err := z.CreateHeader(&zip.FileHeader{Name: parts[i], Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(parts[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestACVIsTakenByNameAndContent(t *testing.T) {
	t.Parallel()
	docx := zipped(t, "[Content_Types].xml", "<Types/>", "word/document.xml", "<w/>")
	odt := zipped(t, "mimetype", board.KindODT.MediaType(), "content.xml", "<o/>")
	protected := append([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00"...)
	for name, tc := range map[string]struct {
		file string
		b    []byte
		code board.Code
		want string
	}{
		"pdf":                   {"cv.pdf", []byte("%PDF-1.7\n"), "", "cv.pdf"},
		"pdf after a few bytes": {"CV.PDF", []byte("\xef\xbb\xbf%PDF-1.4"), "", "CV.pdf"},
		"docx":                  {`C:\Users\Ada\My "CV".docx`, docx, "", "My CV.docx"},
		"docx cut off":          {"cv.docx", docx[:60], "", "cv.docx"},
		"docx with a password":  {"cv.docx", protected, "", "cv.docx"},
		"odt":                   {"../../etc/cv.odt", odt, "", "cv.odt"},
		"odt cut off":           {"cv.odt", odt[:90], "", "cv.odt"},
		"rtf":                   {"cv.rtf", []byte(`{\rtf1 Hello}`), "", "cv.rtf"},
		"txt":                   {"Lebenslauf\u202e.txt", []byte("J\xf6rg\r\n"), "", "Lebenslauf.txt"},
		"txt in UTF-16":         {".txt", []byte("\xff\xfeA\x00"), "", "cv.txt"},
		"a PDF without a name":  {"", []byte("%PDF-1.7\n"), "", "cv.pdf"},
		"text without a name":   {"", []byte("Ada Lovelace"), "", "cv.txt"},
		"no name, no CV":        {"", []byte("MZ\x90\x00"), board.CodeInvalidRequest, ""},
		"empty":                 {"cv.pdf", nil, board.CodeInvalidRequest, ""},
		"no extension":          {"cv", []byte("%PDF-1.7"), board.CodeInvalidRequest, ""},
		"a program":             {"cv.pdf", []byte("MZ\x90\x00"), board.CodeInvalidRequest, ""},
		"a program as text":     {"cv.txt", []byte("MZ\x90\x00"), board.CodeInvalidRequest, ""},
		"a PDF as text":         {"cv.txt", []byte("%PDF-1.7"), board.CodeInvalidRequest, ""},
		"text as a PDF":         {"cv.pdf", []byte("hello"), board.CodeInvalidRequest, ""},
		"a spreadsheet":         {"cv.docx", zipped(t, "xl/workbook.xml", ""), board.CodeInvalidRequest, ""},
		"an ODT as DOCX":        {"cv.docx", odt, board.CodeInvalidRequest, ""},
		"an old Word file":      {"cv.docx", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1W\x00o\x00r\x00d\x00"), board.CodeInvalidRequest, ""},
		"a script":              {"cv.pdf.js", []byte("alert(1)"), board.CodeInvalidRequest, ""},
		"just not too large":    {"cv.pdf", append([]byte("%PDF-1.7"), make([]byte, board.MaxCV-8)...), "", "cv.pdf"},
		"too large":             {"cv.pdf", append([]byte("%PDF-1.7"), make([]byte, board.MaxCV-7)...), board.CodePayloadTooLarge, ""},
	} {
		cv, err := board.CheckCV(board.Upload{Name: tc.file, Bytes: tc.b})
		if code(err) != tc.code || cv.Name != tc.want {
			t.Errorf("%s: %q, %v; want %q, code %q", name, cv.Name, err, tc.want, tc.code)
		}
	}
}

func FuzzCheckCV(f *testing.F) {
	f.Add("cv.pdf", []byte("%PDF-1.7"))
	f.Add("cv.docx", zipped(f, "[Content_Types].xml", "", "word/document.xml", ""))
	f.Add(`a\b/c:d.odt`, zipped(f, "mimetype", board.KindODT.MediaType()))
	f.Add("cv.docx", []byte("PK\x03\x04"))
	f.Add(".", []byte{})
	f.Fuzz(func(t *testing.T, name string, b []byte) {
		cv, err := board.CheckCV(board.Upload{Name: name, Bytes: b})
		if err == nil && (!strings.HasSuffix(cv.Name, "."+string(cv.Kind)) || strings.ContainsAny(cv.Name, "/\\\"\n\r\x00")) {
			t.Errorf("%q became %q", name, cv.Name)
		}
		if err != nil && code(err) == "" {
			t.Errorf("%q: %v", name, err)
		}
	})
}
