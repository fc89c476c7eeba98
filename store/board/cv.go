package board

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode"
)

// MaxCV is the largest size of a CV in bytes, 10 MiB.
const MaxCV = 10 << 20

// maxFileName is in characters, maxExtension in bytes with the dot.
const (
	maxFileName  = 150
	maxExtension = 12
)

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

// The formats that are kept where a refusal would cost the application, although their text is not read.
const (
	KindDOC   FileKind = "doc"
	KindPages FileKind = "pages"
)

// AllFileKinds lists the formats that a CV may have.
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
	case KindDOC:
		return "application/msword"
	case KindPages:
		return "application/vnd.apple.pages"
	}
	return "application/octet-stream"
}

// KindOfMediaType is the kind whose files are served with a media type; empty for another one.
func KindOfMediaType(mediaType string) FileKind {
	for _, k := range append(AllFileKinds(), KindDOC, KindPages) {
		if k.MediaType() == mediaType {
			return k
		}
	}
	return ""
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

// CVTooLarge is the error about a CV of more than MaxCV bytes: payload_too_large, with the field cv.
func CVTooLarge() *Error {
	e := Errorf(CodePayloadTooLarge, "The CV is larger than %d MiB.", MaxCV>>20)
	e.Fields = []FieldError{{"cv", FieldTooLong, fmt.Sprintf("must have at most %d bytes", MaxCV)}}
	return e
}

// CheckCV accepts a PDF, DOCX, ODT, RTF or TXT file of at most MaxCV bytes. Extension and content must agree;
// a file without a name gets one from its content.
// Errors: payload_too_large; invalid_request. Both name the field cv.
func CheckCV(u Upload) (CV, error) {
	if len(u.Bytes) > MaxCV {
		return CV{}, CVTooLarge()
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
	found := sniff(u.Bytes)
	if (alsoNamed[kind] != "" || kind == KindDOC) && slices.Contains(AllFileKinds(), found) && (found != KindTXT || kind == "text") {
		// A template, a document with macros, or one that Word has saved in another format under the old name.
		name, kind = named(name, found), found
	}
	for _, old := range []FileKind{KindDOC, KindPages} {
		if kind == old || found == old {
			return CV{}, Invalid(FieldError{"cv", FieldNotAllowed, howToSave(old)})
		}
	}
	if !slices.Contains(AllFileKinds(), kind) {
		return CV{}, Invalid(FieldError{"cv", FieldNotAllowed, "must be a file of one of the types: " + Names(AllFileKinds())})
	}
	if found != kind {
		message := fmt.Sprintf("is named .%s, but its content is not of this type; it must be one of: %s", kind, Names(AllFileKinds()))
		if found != "" {
			message = fmt.Sprintf("is named .%s, but its content is %s", kind, found)
		}
		return CV{}, Invalid(FieldError{"cv", FieldInvalidFormat, message})
	}
	return CV{Name: name, Kind: kind, Bytes: u.Bytes}, nil
}

// howToSave says how a file becomes one that can be read.
func howToSave(k FileKind) string {
	if k == KindPages {
		return "is a Pages document, whose text cannot be read; open it in Pages, choose File, Export To, PDF, and send that file"
	}
	return "is a Word document of the old kind (.doc), whose text cannot be read; open it in Word or LibreOffice, choose File, Save As, PDF or Word document (.docx), and send that file"
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
	if len(ext) > maxExtension || strings.ContainsFunc(ext[min(1, len(ext)):], func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		ext = "" // a dot within the name
	}
	stem := []rune(strings.Trim(strings.TrimSuffix(s, ext), ". "))
	stem = stem[:min(len(stem), maxFileName)]
	if len(stem) == 0 {
		stem = []rune("cv")
	}
	return string(stem) + strings.ToLower(ext)
}

// pdfHeaderWithin is in how many bytes from the start a PDF's header must begin: many programs write some bytes before it.
const pdfHeaderWithin = 1024

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
	// TextPending tells that the text is still to be read.
	TextPending bool
}
