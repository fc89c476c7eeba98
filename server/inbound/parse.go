package inbound

import (
	"bytes"
	"fmt"
	"strings"

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

// Parse reads a message, of which nothing is changed. It writes nothing to a file. What of it cannot be read is named in the Message, and does
// not keep the rest from being taken. Errors: *AutomaticError; *UnreadableError.
func Parse(raw []byte, e Envelope) (Message, error) {
	if len(raw) > MaxMessage {
		return Message{}, &UnreadableError{Reason: fmt.Sprintf("the message is larger than %d MiB", MaxMessage>>20), TooLarge: true}
	}
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
