package board

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// MaxCV is the largest size of a CV in bytes, 10 MiB.
const MaxCV = 10 << 20

// maxFileName is in characters.
const maxFileName = 150

// FileKind is the format of a CV, which is also its extension.
type FileKind string

// The formats that a CV may have.
const (
	KindPDF  FileKind = "pdf"
	KindDOCX FileKind = "docx"
	KindODT  FileKind = "odt"
	KindRTF  FileKind = "rtf"
	KindTXT  FileKind = "txt"
)

// AllFileKinds lists every FileKind.
func AllFileKinds() []FileKind { return []FileKind{KindPDF, KindDOCX, KindODT, KindRTF, KindTXT} }

// MediaType is the media type with which a file of the kind is served. What the sender has claimed does not count.
func (k FileKind) MediaType() string {
	switch k {
	case KindPDF:
		return "application/pdf"
	case KindDOCX:
		return "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	case KindODT:
		return "application/vnd.oasis.opendocument.text"
	case KindRTF:
		return "application/rtf"
	case KindTXT:
		return "text/plain; charset=utf-8"
	}
	return "application/octet-stream"
}

// Upload is a file as it was sent. The media type that the sender claims is not part of it: it does not count.
type Upload struct {
	Name  string
	Bytes []byte
}

// CV is an upload that was checked.
type CV struct {
	// Name has no directories, and ends in the extension of Kind.
	Name  string
	Kind  FileKind
	Bytes []byte
}

// CheckCV accepts a PDF, DOCX, ODT, RTF or TXT file of at most MaxCV bytes. Extension and content must agree;
// a file without a name gets one from its content.
// Errors: payload_too_large; invalid_request. Both name the field cv.
func CheckCV(u Upload) (CV, error) {
	if len(u.Bytes) > MaxCV {
		e := Errorf(CodePayloadTooLarge, "The CV is larger than %d MiB.", MaxCV>>20)
		e.Fields = []FieldError{{"cv", FieldTooLong, fmt.Sprintf("must have at most %d bytes", MaxCV)}}
		return CV{}, e
	}
	if len(u.Bytes) == 0 {
		return CV{}, Invalid(FieldError{"cv", FieldRequired, "is an empty file"})
	}
	if u.Name == "" {
		// The content says what it is, and a list of the types what it may be.
		u.Name = "cv." + string(sniff(u.Bytes))
	}
	name := fileName(u.Name)
	kind := FileKind(strings.ToLower(strings.TrimPrefix(path.Ext(name), ".")))
	if !slices.Contains(AllFileKinds(), kind) {
		return CV{}, Invalid(FieldError{"cv", FieldNotAllowed, "must be a file of one of the types: " + names(AllFileKinds())})
	}
	if found := sniff(u.Bytes); found != kind {
		message := fmt.Sprintf("is named .%s, but its content is not of this type; it must be one of: %s", kind, names(AllFileKinds()))
		if found != "" {
			message = fmt.Sprintf("is named .%s, but its content is %s", kind, found)
		}
		return CV{}, Invalid(FieldError{"cv", FieldInvalidFormat, message})
	}
	return CV{Name: name, Kind: kind, Bytes: u.Bytes}, nil
}

// fileName returns the last part of a path, of any operating system, without characters that have a meaning in headers or
// shells, or that change how the name is displayed.
func fileName(s string) string {
	s = strings.ToValidUTF8(s, "")
	if i := strings.LastIndexAny(s, `/\`); i >= 0 {
		s = s[i+1:]
	}
	s = strings.Map(func(c rune) rune {
		switch {
		case isControl(c), strings.ContainsRune(`"<>|:*?;`, c):
			return -1
		case c == '\n' || c == '\t':
			return ' '
		}
		return c
	}, s)
	s = strings.TrimSpace(s)
	ext := path.Ext(s)
	stem := []rune(strings.Trim(strings.TrimSuffix(s, ext), ". "))
	stem = stem[:min(len(stem), maxFileName)]
	if len(stem) == 0 {
		stem = []rune("cv")
	}
	return string(stem) + strings.ToLower(ext)
}

// pdfHeaderWithin is in how many bytes from the start a PDF's header must begin: many programs write some bytes before it.
const pdfHeaderWithin = 1024

// sniff returns the kind of a file by its content, empty when it is none of AllFileKinds.
func sniff(b []byte) FileKind {
	switch {
	case bytes.Contains(b[:min(len(b), pdfHeaderWithin)], []byte("%PDF-")):
		return KindPDF
	case bytes.HasPrefix(b, []byte("PK\x03\x04")):
		return sniffZip(b)
	case bytes.HasPrefix(b, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")) && bytes.Contains(b, encryptedPackage):
		return KindDOCX // with a password
	case bytes.HasPrefix(b, []byte(`{\rtf`)):
		return KindRTF
	case isPlainText(b):
		return KindTXT
	}
	return ""
}

// encryptedPackage is the name, in UTF-16, under which Office keeps a document that has a password.
var encryptedPackage = []byte("E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00")

func sniffZip(b []byte) FileKind {
	r, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return sniffCutZip(b)
	}
	for _, f := range r.File {
		switch f.Name {
		case "word/document.xml":
			return KindDOCX
		case "mimetype":
			if c, err := f.Open(); err == nil {
				media, _ := io.ReadAll(io.LimitReader(c, 100))
				if closeErr := c.Close(); closeErr == nil && string(media) == KindODT.MediaType() {
					return KindODT
				}
			}
		}
	}
	return ""
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

// isPlainText accepts UTF-8, UTF-16 with a byte order mark, and 8-bit character sets: text without control characters other
// than tabs, line breaks and form feeds.
func isPlainText(b []byte) bool {
	if bytes.HasPrefix(b, []byte("\xff\xfe")) || bytes.HasPrefix(b, []byte("\xfe\xff")) {
		return len(b)%2 == 0
	}
	if !utf8.Valid(b) && bytes.ContainsFunc(b, func(r rune) bool { return r == 0 }) {
		return false
	}
	for _, c := range b {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' && c != '\f' || c == 0x7f {
			return false
		}
	}
	return true
}

// File is a file without its bytes.
type File struct {
	ID int64
	// Name is safe as the name of a download. MediaType follows from the content, not from what the sender has claimed.
	Name      string
	MediaType string
	// Size is in bytes.
	Size   int64
	SHA256 []byte
	// TextProblem says why the file has no text; empty when it has one.
	TextProblem string
}
