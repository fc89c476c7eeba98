package board

import (
	"bytes"
	"fmt"
	"mime"
	"path"
	"slices"
	"strings"

	"itmanagerjobs/store/board/charset"
)

// UnreadFile is a file of an application that was left out, or whose text could not be read.
type UnreadFile struct {
	// Name is as the sender wrote it, without what has a meaning in headers.
	Name string `json:"name"`
	// Reason is a sentence.
	Reason string `json:"reason"`
}

// The sentences for files that are left out.
const (
	ReasonNotACV  = "It is not of a type that is taken; those are PDF, DOCX, ODT, RTF and TXT."
	ReasonDamaged = "It is damaged, or not of the type that its name says; PDF, DOCX, ODT, RTF and TXT are taken."
	ReasonEmpty   = "It is an empty file."
	ReasonAnother = "One file is taken as the CV, and another one was more likely it."
	ReasonSealed  = "It is encrypted, and only its recipient could open it."
	ReasonLocked  = "It is protected by a password."
	// ReasonUnpacked and ReasonArchive are about archives, ReasonOutlook and ReasonRichText about what Outlook writes.
	ReasonUnpacked = "It is in an archive that is damaged, or unpacks to more than is read."
	ReasonArchive  = "It is an archive. Files are taken one by one."
	ReasonOutlook  = "It is a message that Outlook has saved (.msg), and it could not be read. The file in it is taken by itself."
	ReasonRichText = "It is in a format of Outlook's own (winmail.dat), and it is damaged. Plain text and HTML are read."
	// ReasonPiece is about messages of several pieces (message/partial).
	ReasonPiece = "The mail program sent the message in several pieces. It is read when it is sent in one."
)

// reasonTooLarge and reasonLongLetter name the limits.
var (
	reasonTooLarge   = fmt.Sprintf("It is larger than %d MiB.", MaxCV>>20)
	reasonLongLetter = fmt.Sprintf("The letter has more than %d characters.", MaxCoverLetter)
)

// LargeFile is a file that is larger than a CV may be, and was not read.
func LargeFile(name string) UnreadFile {
	if name != "" {
		name = fileName(name)
	}
	return UnreadFile{Name: name, Reason: reasonTooLarge}
}

// TakeCV takes a file that came by email or from a job board, where a refusal would cost the application: a file is known by
// its content, and by its media type or name where the content does not say enough. The extension of its name is mended. A
// file that cannot be a CV is left out, with the reason; one of an old format is kept without its text.
func TakeCV(u Upload, mediaType string) (cv CV, leftOut *UnreadFile) {
	name := fileName(u.Name)
	if u.Name == "" {
		name = ""
	}
	ext := strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))
	media, _, err := mime.ParseMediaType(mediaType)
	if err != nil {
		media, _, _ = strings.Cut(strings.ToLower(mediaType), ";")
		media = strings.TrimSpace(media)
	}
	out := func(reason string) (CV, *UnreadFile) {
		if name == "" {
			name = "a file without a name"
		}
		return CV{}, &UnreadFile{Name: name, Reason: reason}
	}
	switch {
	case len(u.Bytes) == 0:
		return out(ReasonEmpty)
	case len(u.Bytes) > MaxCV:
		return out(reasonTooLarge)
	}
	kind := sniff(u.Bytes)
	claimed := []FileKind{FileKind(ext), kindOfMedia(media)}
	switch {
	case kind == KindTXT && slices.Contains(claimed, KindDOC) && isPage(u.Bytes):
		kind = KindDOC
	case kind == KindTXT && !isTextFile(ext, media):
		return out(ReasonNotACV) // such as a calendar entry or a business card
	case kind == "" && (slices.Contains(claimed, KindDOC) || slices.Contains(claimed, KindPages)):
		kind = KindDOC
		if !slices.Contains(claimed, KindDOC) {
			kind = KindPages
		}
	case kind == "" && IsOutlookItem(u.Bytes):
		return out(ReasonOutlook)
	case kind == "" && bytes.HasPrefix(u.Bytes, []byte("PK\x03\x04")) && isArchive(u.Bytes):
		return out(ReasonArchive)
	case kind == "" && slices.Contains(AllFileKinds(), FileKind(ext)):
		return out(ReasonDamaged)
	case kind == "":
		return out(ReasonNotACV)
	}
	return CV{Name: named(name, kind), Kind: kind, Bytes: u.Bytes}, nil
}

func kindOfMedia(media string) FileKind {
	switch media {
	case "application/msword", "application/vnd.ms-word", "application/x-msword":
		return KindDOC
	case "application/vnd.apple.pages", "application/x-iwork-pages-sffpages":
		return KindPages
	}
	return ""
}

// isTextFile tells whether a file of plain text was sent as one.
func isTextFile(ext, media string) bool {
	switch ext {
	case "txt", "text", "md":
		return true
	}
	untold := media == "" || media == "application/octet-stream"
	known := mime.TypeByExtension("."+ext) != "" || slices.Contains([]string{"ics", "vcf", "csv", "html", "xml", "json"}, ext)
	return media == "text/plain" && !known || media == "text/markdown" || untold && ext == ""
}

// alsoNamed are other extensions of files that are taken by their content, with the kind that they name. Word does not open a document
// with macros, or a template, under the name of a plain document.
var alsoNamed = map[FileKind]FileKind{"docm": KindDOCX, "dotx": KindDOCX, "dotm": KindDOCX, "dot": KindDOC, "ott": KindODT, "fodt": KindODT, "text": KindTXT}

// isPage tells whether a file is a page of the web, which sites export under the name of a document.
func isPage(b []byte) bool {
	if text, ok := charset.Wide(b); ok {
		b = []byte(text)
	}
	head := bytes.TrimLeft(b, "\xef\xbb\xbf \t\r\n")
	return bytes.HasPrefix(head, []byte("<")) || BeginsMIME(head)
}

// named gives a file the extension of its content.
func named(name string, kind FileKind) string {
	ext := path.Ext(name)
	switch own := FileKind(strings.ToLower(strings.TrimPrefix(ext, "."))); {
	case name == "":
		return "cv." + string(kind)
	case own == kind, alsoNamed[own] == kind:
		return name
	case slices.Contains(append(AllFileKinds(), KindDOC, KindPages), own), alsoNamed[own] != "":
		return strings.TrimSuffix(name, ext) + "." + string(kind)
	}
	return name + "." + string(kind)
}
