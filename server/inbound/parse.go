package inbound

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset" // the character sets other than UTF-8

	"itmanagerjobs/store/board"
)

// Limits of a message.
const (
	// MaxMessage is the size of a whole message in bytes. A CV of 10 MiB is 13.7 MiB in base64.
	MaxMessage = 25 << 20
	// maxHeader is the size of the header of the message, in bytes; those of its parts count as its body.
	maxHeader = 256 << 10
	maxDepth  = 8   // parts within parts
	maxParts  = 200 // in all
	maxText   = 1 << 20
)

// Envelope is what the mail servers on its way say of a message.
type Envelope struct {
	// From is the return path, "" for none.
	From string
	// Reference is the job's, from the recipient's address; see ReferenceOf.
	Reference string
	// Domain is that of our addresses.
	Domain string
}

// AutomaticError says that a program wrote the message. The message is dropped without an answer.
type AutomaticError struct{ Reason string }

func (e *AutomaticError) Error() string { return "not from a person: " + e.Reason }

// UnreadableError says that the message is broken, or exceeds a limit. It has nothing of the content.
type UnreadableError struct {
	Reason   string
	TooLarge bool
}

func (e *UnreadableError) Error() string { return e.Reason }

// Parse reads a message. It writes nothing to a file, and keeps nothing besides the Message.
// Errors: *AutomaticError; *UnreadableError; those of r.
func Parse(r io.Reader, e Envelope) (Message, error) {
	in := &capped{r: r, left: MaxMessage}
	entity, err := message.ReadWithOptions(in, &message.ReadOptions{MaxHeaderBytes: maxHeader})
	if err != nil && !readable(err) {
		return Message{}, in.fault("the header of the message cannot be read")
	}
	if reason := automatic(&entity.Header, e.From, e.Domain); reason != "" {
		return Message{}, &AutomaticError{reason}
	}
	name, address, err := author(&entity.Header)
	if err != nil {
		return Message{}, err
	}
	if program(address) || ours(address, e.Domain) {
		return Message{}, &AutomaticError{"the author is a program"}
	}
	c := collector{in: in}
	if err := c.walk(entity, 0); err != nil {
		return Message{}, err
	}
	// The size counts what follows the last part too, and a message that breaks off there has not arrived.
	if _, err := io.Copy(io.Discard, in); err != nil {
		return Message{}, in.fault("the message cannot be read to its end")
	}
	subject, err := entity.Header.Text("Subject")
	if err != nil {
		subject = entity.Header.Get("Subject")
	}
	m := Message{Reference: e.Reference, Subject: strings.ToValidUTF8(subject, "\uFFFD"), ID: messageID(entity.Header.Get("Message-Id"))}
	m.Applicant.FirstName, m.Applicant.LastName = splitName(name, address)
	m.Applicant.Email, m.Applicant.CoverLetter = address, c.letter()
	m.CV = c.cv
	return m, nil
}

// readable tells whether a message can be read in spite of an error. The library leaves the bytes of an unknown encoding
// or character set as they are.
func readable(err error) bool { return message.IsUnknownCharset(err) || message.IsUnknownEncoding(err) }

// collector goes through the parts of a message.
type collector struct {
	in          *capped
	parts       int
	plain, html string
	// cv is the attachment of the highest rank so far; the others are not kept.
	cv *board.Upload
}

func (c *collector) walk(e *message.Entity, depth int) error {
	if c.parts++; c.parts > maxParts || depth > maxDepth {
		return &UnreadableError{Reason: fmt.Sprintf("the message has more than %d parts, or %d within each other", maxParts, maxDepth)}
	}
	parts := e.MultipartReader()
	if parts == nil {
		return c.leaf(e)
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil && !readable(err) {
			// The library says in words alone that the last boundary is missing; see read.
			if strings.HasSuffix(err.Error(), "EOF") && c.in.err == nil {
				return nil
			}
			return c.in.fault("the parts of the message cannot be read")
		}
		if err := c.walk(part, depth+1); err != nil {
			return err
		}
	}
}

func (c *collector) leaf(e *message.Entity) error {
	mediaType, typeParams, err := e.Header.ContentType()
	if err != nil {
		mediaType = "text/plain" // RFC 2045, 5.2
	}
	disposition, params, err := e.Header.ContentDisposition()
	if err != nil {
		disposition, params = "", nil
	}
	name := params["filename"]
	if name == "" {
		name = typeParams["name"]
	}
	name = decodedName(name)
	var target *string
	switch {
	case name != "":
		return c.file(e, name)
	case disposition == "attachment": // without a name it is of no known type
	case mediaType == "text/plain" && c.plain == "":
		target = &c.plain
	case mediaType == "text/html" && c.html == "":
		target = &c.html
	}
	if target == nil {
		return nil
	}
	*target, err = c.text(e)
	return err
}

// decodedName reads a name that is encoded like the text of a header (RFC 2047), as many programs write it.
func decodedName(name string) string {
	d := mime.WordDecoder{CharsetReader: message.CharsetReader}
	if decoded, err := d.DecodeHeader(name); err == nil {
		return decoded
	}
	return name
}

// read reads the content of a part up to a limit. The end of the message ends its last part: many messages lack the
// last boundary.
func (c *collector) read(e *message.Entity, limit int64, what string) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(e.Body, limit))
	if err != nil && (c.in.err != nil || !errors.Is(err, io.ErrUnexpectedEOF)) {
		return nil, c.in.fault(what + " cannot be read")
	}
	return b, nil
}

func (c *collector) text(e *message.Entity) (string, error) {
	b, err := c.read(e, maxText, "the text of the message")
	return strings.ToValidUTF8(string(b), "\uFFFD"), err
}

func (c *collector) file(e *message.Entity, name string) error {
	if !slices.Contains(board.AllFileKinds(), board.FileKind(extension(name))) {
		return nil
	}
	// One byte more than a CV may have shows that it has too many.
	b, err := c.read(e, board.MaxCV+1, "an attachment")
	if err != nil {
		return err
	}
	if len(b) > 0 && (c.cv == nil || rank(name) > rank(c.cv.Name)) {
		c.cv = &board.Upload{Name: name, Bytes: b}
	}
	return nil
}

// rank is higher for an attachment that is more likely the CV: one that its name calls a CV, then one that is no plain
// text, which could be the letter or a signature. Of equals the first is taken.
func rank(name string) int {
	n := 0
	if cvWord.MatchString(name) {
		n = 2
	}
	if extension(name) != string(board.KindTXT) {
		n++
	}
	return n
}

// cvWord matches the names that people give to CVs. "cv" must be a whole word: "cvs-receipt.pdf" is not a CV.
var cvWord = regexp.MustCompile(`(?i)(^|[^a-z])cv([^a-z]|$)|r[eé]sum[eé]|lebenslauf|curriculum|vitae`)

func extension(name string) string { return strings.ToLower(strings.TrimPrefix(path.Ext(name), ".")) }

// letter is the text that the applicant wrote, cut to the length that a cover letter may have.
func (c *collector) letter() string {
	text := c.plain
	if strings.TrimSpace(text) == "" {
		text = board.PlainText(c.html)
	}
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	if runes := []rune(text); len(runes) > board.MaxCoverLetter {
		text = string(runes[:board.MaxCoverLetter])
	}
	return text
}

func messageID(value string) string {
	id := strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(value), "<"), ">")
	if len(id) > 998 || strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return ""
	}
	return id
}

var errTooLarge = errors.New("the message is too large")

// capped reads up to left bytes, and remembers the first error of r.
type capped struct {
	r    io.Reader
	left int64
	err  error
}

func (c *capped) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if c.left -= int64(n); c.left < 0 {
		c.err = errTooLarge
		return 0, errTooLarge
	}
	if err != nil && !errors.Is(err, io.EOF) {
		c.err = err
	}
	return n, err //nolint:wrapcheck // io.EOF must stay itself
}

// fault replaces an error of the parser: by the error of the connection if there is one, else by an UnreadableError with
// the reason. The parser's own words are dropped, because they quote the message.
func (c *capped) fault(reason string) error {
	switch {
	case errors.Is(c.err, errTooLarge):
		return &UnreadableError{Reason: fmt.Sprintf("the message is larger than %d MiB", MaxMessage>>20), TooLarge: true}
	case c.err != nil:
		return c.err
	}
	return &UnreadableError{Reason: reason}
}
