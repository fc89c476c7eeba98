package board_test

import (
	"testing"

	"itmanagerjobs/store/board"
)

// Files whose names say less, or something else, than their content, by the form and by mail.
func TestFilesOfRelatedFormats(t *testing.T) {
	t.Parallel()
	docx := zipped(t, "[Content_Types].xml", "<Types/>", "word/document.xml", "<w/>")
	template := zipped(t, "mimetype", "application/vnd.oasis.opendocument.text-template")
	flat := []byte(`<?xml version="1.0"?><office:document xmlns:office="x" office:mimetype="application/vnd.oasis.opendocument.text"><office:body/></office:document>`)
	sheet := []byte(`<?xml version="1.0"?><office:document office:mimetype="application/vnd.oasis.opendocument.spreadsheet"/>`)
	outlook := []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1_\x00_\x00p\x00r\x00o\x00p\x00e\x00r\x00t\x00i\x00e\x00s\x00_\x00v\x00e\x00r\x00s\x00i\x00o\x00n\x001\x00")
	page, saved := []byte("<html><p>CV"), []byte("MIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n<p>CV")
	for _, tc := range []struct {
		name    string
		content []byte
		taken   string // by mail, or the reason
		form    string // "" for a refusal
	}{
		{"cv.docm", docx, "cv.docm", "cv.docm"},
		{"cv.dotx", docx, "cv.dotx", "cv.dotx"},
		{"cv.doc", docx, "cv.docx", "cv.docx"},
		{"cv.doc", []byte(`{\rtf1 CV}`), "cv.rtf", "cv.rtf"},
		{"cv.doc", []byte("%PDF-1.7"), "cv.pdf", "cv.pdf"},
		{"cv.ott", template, "cv.ott", "cv.ott"},
		{"cv.odt", zipped(t, "mimetype", "application/vnd.oasis.opendocument.text-web"), "cv.odt", "cv.odt"},
		{"cv.fodt", flat, "cv.fodt", "cv.fodt"},
		{"cv.fodt", sheet, board.ReasonNotACV, ""},
		{"cv.text", []byte("CV"), "cv.text", "cv.text"},
		{"cv.doc", page, "cv.doc", ""},
		{"cv.doc", saved, "cv.doc", ""},
		{"cv.html", page, board.ReasonNotACV, ""},
		{"cv.doc", []byte("CV"), board.ReasonNotACV, ""},
		{"cv.msg", outlook, board.ReasonOutlook, ""},
		{"cv.zip", zipped(t, "cv.pdf", "%PDF-1.7"), board.ReasonArchive, ""},
		{"cv.xlsx", zipped(t, "[Content_Types].xml", "<Types/>", "xl/workbook.xml", "<w/>"), board.ReasonNotACV, ""},
	} {
		cv, out := board.TakeCV(board.Upload{tc.name, tc.content}, "application/octet-stream")
		got := cv.Name
		if out != nil {
			got = out.Reason
		}
		form, err := board.CheckCV(board.Upload{tc.name, tc.content})
		if got != tc.taken || form.Name != tc.form || (err == nil) != (tc.form != "") {
			t.Errorf("%s %.20q: %s; by the form %q, %v", tc.name, tc.content, got, form.Name, err)
		}
	}
}
