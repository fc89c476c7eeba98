package cvtext

import (
	"bytes"
	"context"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"strings"

	"golang.org/x/text/encoding/htmlindex"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/charset"
	"itmanagerjobs/store/board/markup"
)

// fromWeb reads a page of the web, or one that was saved with its pictures in one file (MHTML, RFC 2557), as Word and other programs
// put them into a DOCX or name them .doc; ok is false for something else.
func fromWeb(b []byte) (text string, ok bool) {
	if wide, ok := charset.Wide(b); ok {
		b = []byte(wide)
	}
	head := bytes.TrimLeft(b, "\xef\xbb\xbf \t\r\n")
	switch {
	case isWordXML(head):
		d := document{text: new(strings.Builder)}
		err := readXML(context.Background(), &d, io.LimitReader(bytes.NewReader(head), maxUnpacked), docxElement)
		text = d.rest()
		return text, err == nil || strings.TrimSpace(text) != ""
	case bytes.HasPrefix(head, []byte("<")):
		return markup.PlainText(fromTXT(b)), true
	case !board.BeginsMIME(head):
		return "", false
	}
	m, err := mail.ReadMessage(bytes.NewReader(head))
	if err != nil {
		return "", false
	}
	text = pageOf(textproto.MIMEHeader(m.Header), m.Body, 0)
	return text, text != ""
}

// isWordXML tells whether a file is a document that Word has saved as a single file of XML: that of 2003, or the parts of a DOCX in one.
func isWordXML(head []byte) bool {
	const rootWithin = 4096
	head = head[:min(len(head), rootWithin)]
	return bytes.HasPrefix(head, []byte("<")) && (bytes.Contains(head, []byte("<w:wordDocument")) || bytes.Contains(head, []byte("<pkg:package")))
}

// pageOf finds the first text in a part: the page, which its pictures follow.
func pageOf(h textproto.MIMEHeader, body io.Reader, depth int) string {
	const deepest = 4
	media, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	switch {
	case err != nil || depth > deepest:
		return ""
	case strings.HasPrefix(media, "multipart/"):
		for parts := multipart.NewReader(body, params["boundary"]); ; {
			part, err := parts.NextRawPart()
			if err != nil {
				return ""
			}
			if text := pageOf(part.Header, part, depth+1); strings.TrimSpace(text) != "" {
				return text
			}
		}
	case media != "text/html" && media != "text/plain":
		return ""
	}
	switch strings.ToLower(strings.TrimSpace(h.Get("Content-Transfer-Encoding"))) {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	}
	// What breaks off is read as far as it goes.
	b, _ := io.ReadAll(io.LimitReader(body, maxUnpacked))
	text := ""
	if set, err := htmlindex.Get(params["charset"]); err == nil {
		if decoded, err := set.NewDecoder().Bytes(b); err == nil {
			text = string(decoded)
		}
	}
	if text == "" {
		text = fromTXT(b)
	}
	if media == "text/html" {
		return markup.PlainText(text)
	}
	return text
}
