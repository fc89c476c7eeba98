// Package cvtext reads the text of CVs: PDF with PDFium, which is compiled from WebAssembly (github.com/klippa-app/go-pdfium)
// and so cannot reach beyond its own memory; DOCX and ODT as zipped XML; RTF and plain text by its own readers.
//
// CVs come from strangers. A file that is broken, protected or malicious gives no text but a sentence that says why; it never
// fails its application. A Reader bounds its input and its output, and stops when its context ends. A Sandbox has one in a
// process of its own, because those bounds do not hold every fault of a parser: one may use up the time, the stack or the
// memory. The process that serves has a Sandbox and never a Reader.
//
// It must not decide which files are taken: that is board.CheckCV, which every file has passed before.
package cvtext

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"itmanagerjobs/store/board"
)

const (
	// MaxText is where a longer text is cut, in bytes. A CV of twenty pages has a tenth of it.
	MaxText = 1 << 20
	// maxUnpacked bounds what is unpacked from one file, in bytes.
	maxUnpacked = 16 << 20
)

// The sentences for a reader of the application when there is no text.
const (
	ProblemProtected = "The file is protected by a password."
	ProblemNoText    = "The file has no text in it; it may be a scan."
	ProblemBroken    = "The file is damaged and could not be read."
	ProblemTooLarge  = "The file unpacks to more than can be read."
	ProblemTimeout   = "The file took too long to read."
	ProblemDOC       = "The file is in the old format of Word (.doc), whose text cannot be read here."
	ProblemPages     = "The file is in the format of Pages, whose text cannot be read here."
	// ProblemUnread is a fault of ours, not of the file.
	ProblemUnread = board.ProblemUnread
)

// errors of the formats, each with its sentence.
var (
	errProtected = errors.New("protected")
	errTooLarge  = errors.New("too large")
)

// Reader reads CVs in this process. It is safe for concurrent use.
type Reader struct {
	pdf func() (*pdfReader, error)
}

// NewReader makes a Reader, which keeps the compiled PDFium in the first of the directories that can be written. It compiles
// or loads it when it reads its first PDF file.
func NewReader(cacheDirs ...string) *Reader {
	return &Reader{pdf: sync.OnceValues(func() (*pdfReader, error) { return openPDF(cacheDirs) })}
}

// Load makes the reader ready for PDF files.
func (r *Reader) Load() error {
	_, err := r.pdf()
	return err
}

// Read reads the text of a CV. Either text or problem is empty. A text that is too long is cut.
func (r *Reader) Read(ctx context.Context, cv board.CV) (text, problem string) {
	switch cv.Kind { //nolint:exhaustive // the others are read
	case board.KindDOC:
		if page, ok := fromWeb(cv.Bytes); ok { // sites name the pages that they export so
			if page = clean(norm.NFC.String(page)); page != "" {
				return page, ""
			}
		}
		return "", ProblemDOC
	case board.KindPages:
		return "", ProblemPages
	}
	text, err := r.extract(ctx, cv)
	text = clean(norm.NFC.String(text))
	switch {
	case text != "":
		return text, "" // as far as it could be read
	case ctx.Err() != nil:
		return "", ProblemTimeout
	case errors.Is(err, errProtected):
		return "", ProblemProtected
	case errors.Is(err, errTooLarge):
		return "", ProblemTooLarge
	case errors.Is(err, errNoReader):
		return "", ProblemUnread
	case err != nil:
		return "", ProblemBroken
	}
	return "", ProblemNoText
}

// ReadWithin is Read for those who want to know how it ended. The limit does not count: this process can't stop what it does.
func (r *Reader) ReadWithin(ctx context.Context, cv board.CV, _ time.Duration) board.CVReading {
	text, problem := r.Read(ctx, cv)
	reading := board.CVReading{Text: text, Problem: problem}
	if problem == ProblemTimeout {
		reading.End = board.ReadingSlow
	}
	return reading
}

func (r *Reader) extract(ctx context.Context, cv board.CV) (text string, err error) {
	// A parser may panic on what it does not expect.
	defer func() {
		if p := recover(); p != nil {
			text, err = "", fmt.Errorf("read %s: %v", cv.Kind, p)
		}
	}()
	switch cv.Kind {
	case board.KindPDF:
		pdf, err := r.pdf()
		if err != nil {
			return "", err
		}
		return pdf.text(ctx, cv.Bytes)
	case board.KindDOCX:
		return fromDOCX(ctx, cv.Bytes)
	case board.KindODT:
		return fromODT(ctx, cv.Bytes)
	case board.KindRTF:
		return fromRTF(ctx, bytes.TrimLeft(cv.Bytes, "\xef\xbb\xbf \t\r\n"))
	case board.KindTXT:
		return fromTXT(cv.Bytes), nil
	case board.KindDOC, board.KindPages: // kept as files; nothing here reads them
	}
	return "", fmt.Errorf("no such kind of file: %q", cv.Kind)
}

// clean removes what nobody reads: control and unprintable characters, all but one of several blanks or empty lines, and what
// is beyond MaxText bytes.
func clean(s string) string {
	var b strings.Builder
	b.Grow(min(len(s), MaxText))
	blank, lines := false, 0
	for _, c := range s {
		switch {
		case c == '\n' || c == '\f' || c == '\v' || c == '\u2028' || c == '\u2029':
			lines++
			continue
		case unicode.IsSpace(c):
			blank = true
			continue
		case c == '\u2011': // a hyphen at which no line breaks
			c = '-'
		case c == utf8.RuneError || unicode.Is(unicode.C, c): // control, format, private use, surrogates
			continue
		}
		lead := ""
		switch {
		case b.Len() == 0:
		case lines > 0:
			lead = strings.Repeat("\n", min(lines, 2))
		case blank:
			lead = " "
		}
		if b.Len()+len(lead)+utf8.RuneLen(c) > MaxText {
			return b.String()
		}
		b.WriteString(lead)
		b.WriteRune(c)
		blank, lines = false, 0
	}
	return b.String()
}
