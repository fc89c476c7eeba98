package board

import (
	"bytes"
	"strings"
	"testing"
)

func TestTakeCV(t *testing.T) {
	t.Parallel()
	pdf, doc := []byte("%PDF-1.7 text"), append([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), make([]byte, 100)...)
	for _, tc := range []struct {
		name, media string
		b           []byte
		want        string // the name that is kept
		reason      string // why it is left out
	}{
		{"Nora Noext CV", "application/pdf", pdf, "Nora Noext CV.pdf", ""},
		{"cv.pdf", "application/octet-stream", pdf, "cv.pdf", ""},
		{"cv.docx", "", pdf, "cv.pdf", ""},
		{"cv.v2", "", pdf, "cv.v2.pdf", ""},
		{"CV.PDF", "", pdf, "CV.pdf", ""},
		{"", "", pdf, "cv.pdf", ""},
		{"J. Smith CV", "", pdf, "J. Smith CV.pdf", ""},
		{"../../etc/my cv.pdf", "", pdf, "my cv.pdf", ""},
		{"Nora CV.doc", "application/msword", doc, "Nora CV.doc", ""},
		{"Nora CV", "application/msword", doc, "Nora CV.doc", ""},
		{"Nora.pages", "application/octet-stream", []byte("PK\x03\x04"), "Nora.pages", ""},
		{"cv.txt", "text/plain", []byte("Ada"), "cv.txt", ""},
		{"cv", "text/plain", []byte("Ada"), "cv.txt", ""},
		{"invite.ics", "text/calendar", []byte("BEGIN:VCALENDAR"), "", ReasonNotACV},
		{"invite.ics", "text/plain", []byte("BEGIN:VCALENDAR"), "", ReasonNotACV},
		{"photo.jpg", "image/jpeg", []byte("\xff\xd8\xff\x00"), "", ReasonNotACV},
		{"CV.PDF", "application/pdf", []byte("\xff\xd8\xff\x00"), "", ReasonDamaged},
		{"cv.pdf", "application/pdf", nil, "", ReasonEmpty},
		{"cv.pdf", "application/pdf", bytes.Repeat([]byte("%PDF-"), MaxCV/5+1), "", "It is larger than 10 MiB."},
	} {
		cv, out := TakeCV(Upload{Name: tc.name, Bytes: tc.b}, tc.media)
		reason := ""
		if out != nil {
			reason = out.Reason
		}
		if cv.Name != tc.want || reason != tc.reason {
			t.Errorf("%q %q: %q, %q; want %q, %q", tc.name, tc.media, cv.Name, reason, tc.want, tc.reason)
		}
	}
}

func TestAFormSaysHowToSaveWhatItDoesNotTake(t *testing.T) {
	t.Parallel()
	doc := append([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), wordDocument...)
	for _, u := range []Upload{{"cv.doc", doc}, {"cv.docx", doc}, {"cv.pages", []byte("PK\x03\x04")}} {
		_, err := CheckCV(u)
		if err == nil || !strings.Contains(err.(*Error).Fields[0].Message, "send that file") { //nolint:errorlint // it always is one
			t.Errorf("%s: %v", u.Name, err)
		}
	}
}
