package inbound

import (
	"encoding/base64"
	"strings"
	"testing"
)

// Headers that programs have folded, or ended, in ways that the standard does not have.
func TestHeadersOfUnusualForm(t *testing.T) {
	t.Parallel()
	const from, text = "From: Zoe Mail <zoe@example.com>\r\n", "\r\nDear all"
	part := func(header string) string {
		return from + "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" + header + "\r\n--b\r\nContent-Type: application/pdf; name=cv.pdf\r\n\r\n%PDF-1.7\r\n--b--\r\n"
	}
	for _, tc := range []struct{ name, raw, subject, letter string }{
		{"blanks in front", " \t \r\n\r\n" + from + "Subject: CV\r\n" + text, "CV", "Dear all"},
		{"a blank before the first line", " " + from + "Subject: CV\r\n" + text, "CV", "Dear all"},
		{"a line of blanks between fields", "Subject: CV\r\n \r\n" + from + text, "CV", "Dear all"},
		{"lines of blanks within a value", "Subject: My\r\n \r\n\t\r\n CV\r\n" + from + text, "My CV", "Dear all"},
		{"a piece of a value below a line of blanks", "To: a@example.com,\r\n\t\r\nb@example.com\r\nSubject: CV\r\n" + from + text, "CV", "Dear all"},
		{"a line of blanks that ends the header", from + "Subject: CV\r\n \r\nDear all,\r\nFrom: 1 March I am free.", "CV", "Dear all,\nFrom: 1 March I am free."},
		{"a line of blanks before indented text", from + "Subject: CV\r\n \r\n  Dear all\r\n\r\nSubject: to change", "CV", "Dear all\n\nSubject: to change"},
		{"text below the header", from + "Subject: CV\r\nPlease find my CV.\r\nZoe\r\n\r\nSent from my phone", "CV", "Please find my CV.\nZoe\n\nSent from my phone"},
		{"words between fields", from + "folded without a blank\r\nSubject: CV\r\n" + text, "CV", "Dear all"},
		{"words between unknown fields", "Subject: CV\r\n" + from + "folded without a blank\r\nList-Help: none\r\n" + text, "CV", "Dear all"},
		{"a piece of a value at the end", from + "Subject: CV\r\nX-Id: 1;\r\nx=y z\r\n" + text, "CV", "Dear all"},
		{"words above base64", from + "Content-Transfer-Encoding: base64\r\nSubject: CV\r\nfolded without a blank\r\n\r\n" + base64.StdEncoding.EncodeToString([]byte("Dear all")), "CV", "Dear all"},
		{"text below the header of a part", part("Content-Type: text/plain\r\nPlease find my CV.\r\n\r\nZoe"), "", "Please find my CV.\n\nZoe"},
		{"a line of blanks in the header of a part", part("Content-Type: text/plain;\r\n \r\n charset=utf-8\r\nContent-Language: de\r\n\r\nGrüße"), "", "Grüße"},
	} {
		m, err := Parse([]byte(tc.raw), envelope())
		if letter := strings.ReplaceAll(m.Applicant.CoverLetter, "\r\n", "\n"); err != nil || m.Applicant.Email != "zoe@example.com" || m.Subject != tc.subject || strings.TrimSpace(letter) != tc.letter {
			t.Errorf("%s: %q, %q, %q, %v", tc.name, m.Applicant.Email, m.Subject, letter, err)
		}
	}
}

// TestAHeaderOfManyLines: strangers write headers, too. A line must not have all that is before it copied.
//
//nolint:paralleltest // Allocations are counted.
func TestAHeaderOfManyLines(t *testing.T) {
	const lines = 20_000
	for name, raw := range map[string]string{
		"folded":          "X-A: a\r\n" + strings.Repeat(" a\r\n", lines),
		"lines of blanks": "X-A: a\r\n" + strings.Repeat(" \r\n", lines),
		"words":           "X-A: a\r\n" + strings.Repeat("a b c\r\nX-A: a\r\n", lines/2),
	} {
		content := []byte(raw)
		if n := testing.AllocsPerRun(1, func() { splitHeader(content) }); n > lines {
			t.Errorf("%s: %.0f allocations for %d lines", name, n, lines)
		}
	}
}
