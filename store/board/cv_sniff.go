package board

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"io"
	"regexp"
	"strings"

	"itmanagerjobs/store/board/charset"
)

// sniff returns the kind of a file by its content, empty when it is none of AllFileKinds.
func sniff(b []byte) FileKind {
	switch {
	case bytes.HasPrefix(b, []byte("PK\x03\x04")):
		return sniffZip(b) // before PDF: a file in an archive may be one
	case bytes.Contains(b[:min(len(b), pdfHeaderWithin)], []byte("%PDF-")):
		return KindPDF
	case bytes.HasPrefix(b, compoundFile) && bytes.Contains(b, encryptedPackage):
		return KindDOCX // with a password
	case bytes.HasPrefix(b, compoundFile) && bytes.Contains(b, wordDocument) && !beginsItem(b):
		return KindDOC
	case bytes.HasPrefix(b, compoundFile):
		return ""
	case bytes.HasPrefix(bytes.TrimLeft(b[:min(len(b), pdfHeaderWithin)], "\xef\xbb\xbf \t\r\n"), []byte(`{\rtf`)):
		return KindRTF
	case isFlatODT(b):
		return KindODT
	case isPlainText(b):
		return KindTXT
	}
	return ""
}

// compoundFile begins the files of Office before 2007, and what Office wraps around a document that has a password.
var compoundFile = []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")

// wordDocument is the name, in UTF-16, under which Word kept the text of a document.
var wordDocument = []byte("W\x00o\x00r\x00d\x00D\x00o\x00c\x00u\x00m\x00e\x00n\x00t\x00")

// isFlatODT tells whether a file is a text document of OpenDocument in a single file of XML (.fodt), or a template for one.
func isFlatODT(b []byte) bool {
	head := b[:min(len(b), flatHeaderWithin)]
	at := bytes.Index(head, []byte("<office:document"))
	if at < 0 {
		return false
	}
	root, _, _ := bytes.Cut(head[at:], []byte(">"))
	return bytes.Contains(root, []byte(KindODT.MediaType()+`"`)) || bytes.Contains(root, []byte(KindODT.MediaType()+`-template"`))
}

// flatHeaderWithin is where the root element of a flat file ends, in bytes: it declares many names.
const flatHeaderWithin = 16 << 10

// BeginsMIME tells whether a file begins as a message or a saved page of the web does (RFC 2557).
func BeginsMIME(b []byte) bool {
	head, _, _ := bytes.Cut(bytes.ReplaceAll(b[:min(len(b), flatHeaderWithin)], []byte("\r\n"), []byte("\n")), []byte("\n\n"))
	head = bytes.ToLower(head)
	first, _, _ := bytes.Cut(head, []byte(":"))
	return bytes.Contains(head, []byte("content-type:")) && (bytes.Contains(head, []byte("mime-version:")) || bytes.Equal(first, []byte("content-type"))) &&
		len(first) < 80 && !bytes.ContainsAny(first, " <\n")
}

// isArchive tells whether a file is a zip of other files, and no document.
func isArchive(b []byte) bool {
	r, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return bytes.HasPrefix(b, []byte("PK\x03\x04"))
	}
	for _, f := range r.File {
		if f.Name == "mimetype" || f.Name == "[Content_Types].xml" || f.Name == "META-INF/MANIFEST.MF" {
			return false
		}
	}
	return true
}

// outlookItem is the name, in UTF-16, under which Outlook keeps the properties of a message.
var outlookItem = []byte("_\x00_\x00p\x00r\x00o\x00p\x00e\x00r\x00t\x00i\x00e\x00s\x00_\x00v\x00e\x00r\x00s\x00i\x00o\x00n\x001\x00")

// IsOutlookItem tells whether a file is a message that Outlook has saved.
func IsOutlookItem(b []byte) bool {
	return bytes.HasPrefix(b, compoundFile) && bytes.Contains(b, outlookItem)
}

// beginsItem tells whether the first names of a compound file are those of a message of Outlook. A document of Word may stand in such a
// message, and the other way round.
func beginsItem(b []byte) bool {
	const header, sectorSize, directory, names = 512, 30, 48, 4 * 128
	if len(b) < header || !IsOutlookItem(b) {
		return false
	}
	at := (uint64(binary.LittleEndian.Uint32(b[directory:])) + 1) << min(binary.LittleEndian.Uint16(b[sectorSize:]), 16)
	if at+names > uint64(len(b)) {
		return false
	}
	first := b[at : at+names]
	return bytes.Contains(first, []byte("_\x00_\x00")) && !bytes.Contains(first, wordDocument)
}

// encryptedPackage is the name, in UTF-16, under which Office keeps a document that has a password.
var encryptedPackage = []byte("E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00")

func sniffZip(b []byte) FileKind {
	r, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return sniffCutZip(b)
	}
	if DOCXBody(r) != "" {
		return KindDOCX
	}
	for _, f := range r.File {
		switch f.Name {
		case "Index/Document.iwa", "Index.zip", "index.xml":
			return KindPages
		case "mimetype":
			if isODT(strings.TrimSpace(string(readEntry(f, 100)))) {
				return KindODT
			}
		case "META-INF/manifest.xml":
			if m := rootMedia.FindSubmatch(readEntry(f, 1<<16)); m != nil && isODT(string(m[1])+string(m[2])) {
				return KindODT // some programs leave the other file out
			}
		}
	}
	return ""
}

// isODT tells whether a media type is that of an ODT, or of a template for one or a page that was edited as one, which are read the same
// way.
func isODT(media string) bool {
	return strings.TrimSuffix(strings.TrimSuffix(media, "-template"), "-web") == KindODT.MediaType()
}

// rootMedia finds the media type of a whole OpenDocument in its manifest.
var rootMedia = regexp.MustCompile(`media-type="([^"]+)"[^>]*full-path="/"|full-path="/"[^>]*media-type="([^"]+)"`)

// readEntry reads the beginning of an entry; nothing of one that cannot be read.
func readEntry(f *zip.File, limit int64) []byte {
	c, err := f.Open()
	if err != nil {
		return nil
	}
	b, _ := io.ReadAll(io.LimitReader(c, limit))
	if c.Close() != nil && int64(len(b)) < limit {
		return nil
	}
	return b
}

// mainPart finds the part with the text in the relations of an OOXML file, whatever its name.
var mainPart = regexp.MustCompile(`<[^>]*/officeDocument"[^>]*Target="/?([^"]+)"|<[^>]*Target="/?([^"]+)"[^>]*/officeDocument"`)

// DOCXBody is the name of the part of an archive that has the text of a DOCX; empty for an archive that is none. Programs number it, and
// a few give it other names or write them with backslashes.
func DOCXBody(z *zip.Reader) string {
	parts := map[string]*zip.File{}
	body := ""
	for _, f := range z.File {
		name := strings.TrimLeft(strings.ReplaceAll(f.Name, `\`, "/"), "/")
		parts[name] = f
		if lower := strings.ToLower(name); strings.HasPrefix(lower, "word/document") && strings.HasSuffix(lower, ".xml") {
			body = name
		}
	}
	if body != "" || parts["_rels/.rels"] == nil || parts["[Content_Types].xml"] == nil {
		return body
	}
	if m := mainPart.FindSubmatch(readEntry(parts["_rels/.rels"], 1<<16)); m != nil && parts[string(m[1])+string(m[2])] != nil &&
		bytes.Contains(readEntry(parts["[Content_Types].xml"], 1<<18), []byte("wordprocessingml")) {
		body = string(m[1]) + string(m[2])
	}
	return body
}

// sniffCutZip returns the kind of a truncated zip file by its first entry, because the directory at its end is missing. Such
// a file is accepted: a damaged CV must not prevent an application.
func sniffCutZip(b []byte) FileKind {
	const header, nameLength = 30, 26
	if len(b) < header {
		return ""
	}
	n := int(b[nameLength]) | int(b[nameLength+1])<<8
	rest := b[header:]
	name := string(rest[:min(n, len(rest))])
	switch {
	case name == "[Content_Types].xml" || name == "_rels/.rels" || strings.HasPrefix(name, "word/"):
		return KindDOCX
	case name == "mimetype" && bytes.HasPrefix(rest[min(n, len(rest)):], []byte(KindODT.MediaType())):
		return KindODT
	}
	return ""
}

// isPlainText accepts UTF-8, UTF-16, UTF-32, and 8-bit character sets: text without control characters other than tabs, breaks of
// lines and pages, the mark of the end that DOS wrote, and the escapes of ISO-2022.
func isPlainText(b []byte) bool {
	if _, ok := charset.Wide(b); ok {
		return true
	}
	shifts := bytes.Contains(b, []byte("\x1b$)"))
	for i, c := range b {
		switch {
		case c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v' || c == 0x1a:
		case c == 0x1b && i+1 < len(b) && (b[i+1] == '$' || b[i+1] == '('):
		case shifts && (c == 0x0e || c == 0x0f):
		case c < ' ' || c == 0x7f:
			return false
		}
	}
	return true
}
