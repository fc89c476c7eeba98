package inbound

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"itmanagerjobs/server/company"
	"itmanagerjobs/store/board"
)

// Limits of a message.
const (
	// MaxMessage is the size of a whole message in bytes. A CV of 10 MiB is 13.7 MiB in base64.
	MaxMessage = 25 << 20
	// maxHeader is the size of the header of the message, in bytes; those of its parts count as its body.
	maxHeader = 256 << 10
	maxDepth  = 8    // parts within parts
	maxParts  = 1000 // in all
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

// AutomaticError says that a program wrote the message. The message is dropped without an answer, unless it is Doubtful: then its sender
// may be a person, who must hear of it.
type AutomaticError struct {
	Reason   string
	Doubtful bool
}

func (e *AutomaticError) Error() string { return "not from a person: " + e.Reason }

// UnreadableError says that the message is broken, or exceeds a limit. It has nothing of the content.
type UnreadableError struct {
	Reason   string
	TooLarge bool
}

func (e *UnreadableError) Error() string { return e.Reason }

// Parse reads a message. It writes nothing to a file. What of it cannot be read is named in the Message, and does not keep
// the rest from being taken. Errors: *AutomaticError; *UnreadableError; those of r.
func Parse(r io.Reader, e Envelope) (Message, error) {
	raw, err := readMessage(r, 0)
	if err != nil {
		return Message{}, err
	}
	return parse(raw, e)
}

func parse(raw []byte, e Envelope) (Message, error) {
	raw = tidied(raw)
	h, body := splitHeader(raw)
	if len(raw)-len(body) > maxHeader {
		return Message{}, &UnreadableError{Reason: fmt.Sprintf("the header of the message is larger than %d KiB", maxHeader>>10)}
	}
	reason, doubtful := automatic(h, e.From, e.Domain)
	if reason != "" && !doubtful {
		return Message{}, &AutomaticError{Reason: reason}
	}
	// Old programs that answer by themselves write no other sign.
	dropped := &AutomaticError{Reason: reason, Doubtful: !h.has("in-reply-to")}
	name, address, err := author(h)
	switch {
	case err != nil && reason != "" && !dropped.Doubtful:
		return Message{}, dropped
	case err != nil:
		return Message{}, err
	}
	if program(address) || ours(address, e.Domain) {
		return Message{}, &AutomaticError{Reason: "the author is a program"}
	}
	c := collector{left: maxUnpacked}
	letter := c.walk(h, body, 0)
	if letter.text == "" {
		letter.text = c.wrapped
	}
	name, address, letter = c.applicant(h, e.Domain, name, address, letter)
	if address, err = reachable(h, address); err != nil {
		return Message{}, err
	}
	m := Message{Reference: e.Reference, Subject: h.text("subject"), ID: messageID(h.get("message-id"))}
	m.Applicant.FirstName, m.Applicant.LastName = splitName(name, address)
	m.Applicant.Email, m.Applicant.CoverLetter = address, letter.text
	fit, leftOut := board.FitApplicant(m.Applicant)
	if m.Applicant = fit; leftOut != nil {
		c.leaveOut(*leftOut)
	}
	if c.rich && m.Applicant.CoverLetter == "" {
		c.leaveOut(board.UnreadFile{Name: "the text of the message", Reason: board.ReasonRichText})
	}
	if m.CV, m.Unread = c.choose(); m.CV == nil && reason != "" {
		return Message{}, dropped
	}
	return m, nil
}

// tidied is a message without what gateways put in front of it, and with ends of lines as they should be.
func tidied(raw []byte) []byte {
	raw = bytes.TrimSuffix(bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf")), []byte(ending))
	if begin := bytes.IndexFunc(raw, func(c rune) bool { return c > ' ' }); begin >= 0 {
		raw = raw[begin:]
	}
	line, _, ended := bytes.Cut(raw, []byte{'\n'})
	switch {
	case bytes.HasSuffix(line, []byte("\r\r")):
		return bytes.ReplaceAll(raw, []byte("\r\r\n"), []byte("\r\n"))
	case !ended || bytes.Contains(bytes.TrimSuffix(line, []byte("\r")), []byte("\r")):
		return bytes.ReplaceAll(bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
	}
	return raw
}

// readMessage reads a message to its end: one that breaks off has not arrived. It says that it has so many bytes, 0 for unknown. There is memory
// for them at once, or it would take several times as much while it grows; but not before there is room for it, see company.Room.
func readMessage(r io.Reader, size int) ([]byte, error) {
	r = io.LimitReader(r, MaxMessage+1)
	raw := make([]byte, 0, 4<<10)
	for {
		n, err := r.Read(raw[len(raw):cap(raw)])
		raw = raw[:len(raw)+n]
		switch {
		case errors.Is(err, io.EOF) && len(raw) > MaxMessage:
			return nil, &UnreadableError{Reason: fmt.Sprintf("the message is larger than %d MiB", MaxMessage>>20), TooLarge: true}
		case errors.Is(err, io.EOF):
			return raw, nil
		case err != nil:
			return nil, err //nolint:wrapcheck // it tells the connection's fault from ours
		case len(raw) > company.LargeBody && size > len(raw):
			if cap(raw) <= size {
				// append would clear it in one piece, which nothing interrupts. One byte more is for a read that finds the end.
				raw = append(make([]byte, 0, size+1), raw...)
			}
		case len(raw) == cap(raw):
			raw = slices.Grow(raw, 1)
		}
	}
}

// noReply tells whether an address is one that no person reads.
func noReply(address string) bool {
	local, _, _ := strings.Cut(strings.ToLower(address), "@")
	return program(address) || strings.Contains(strings.NewReplacer("-", "", "_", "", ".", "").Replace(local), "noreply")
}

func messageID(value string) string {
	id := strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(value), "<"), ">")
	if len(id) > 998 || strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return ""
	}
	return id
}
