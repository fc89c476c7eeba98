package inbound

import (
	"regexp"
	"strings"

	"itmanagerjobs/store/board"
)

// forwardMark begins the subject of a message that was forwarded, in the languages of programs.
var forwardMark = regexp.MustCompile(`(?i)^\s*(?:fwd?|wg|tr|rv|enc|i|vs|vb|doorst|pd|továbbítás|转发|轉寄)\s*[:：]`)

func isForward(subject string) bool { return forwardMark.MatchString(subject) }

// applicant is the author of a message that was forwarded with nothing of the sender's own, and the text of that message; else what is
// given.
func (c *collector) applicant(h header, domain, name, address string, l letter) (string, string, letter) {
	isPerson := func(address string) bool {
		return !noReply(address) && !ours(address, domain) && board.IsApplicantEmail(address)
	}
	forwards := isForward(h.text("subject"))
	switch {
	case c.inner != nil && (forwards || strings.TrimSpace(l.text) == ""):
		if innerName, innerAddress, err := author(c.inner.header); err == nil && isPerson(innerAddress) {
			return innerName, innerAddress, c.inner.letter
		}
		if strings.TrimSpace(l.text) == "" {
			l = c.inner.letter // of who wrote it nothing else is known
		}
	case forwards:
		line, rest, ok := forwarded(l.text)
		if innerName, innerAddress, is := person(line); ok && is && isPerson(innerAddress) {
			return innerName, innerAddress, letter{text: rest}
		}
	}
	return name, address, l
}

// Lines at the head of a message that was forwarded within the text, as programs write them in many languages: one that says so, one
// that names its author, and others of its header.
var (
	forwardHead   = regexp.MustCompile(`^(?:[-_*=–— ]{3,}.{0,60}[-_*=–— ]{3,}|_{5,}|.{0,60}:)$`)
	forwardAuthor = regexp.MustCompile(`(?i)^\*?(?:from|von|de|da|van|od|fra|från|lähettäjä|от|від|feladó|kimden|από|发件人|寄件者|差出人|보낸 ?사람)\s*\*?\s*[:：]\s*\*?\s*(.*@.*)$`)
	forwardLine   = regexp.MustCompile(`^\*?[\pL -]{1,25}\*?\s?[:：]`)
)

// forwarded reads the author and the text of a message that a text consists of, with nothing of the sender's own before it; ok is false
// for any other text.
func forwarded(text string) (author, rest string, ok bool) {
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	at := 0
	next := func() string {
		for at < len(lines) && strings.Trim(lines[at], "> \t\u00a0") == "" {
			at++
		}
		if at == len(lines) {
			return ""
		}
		return strings.Trim(lines[at], "> \t\u00a0")
	}
	line := next()
	if !forwardAuthor.MatchString(line) && forwardHead.MatchString(line) {
		at++
		line = next()
	}
	for n := 0; n < 4 && !forwardAuthor.MatchString(line) && forwardLine.MatchString(line); n++ { // a date or subject before it
		at++
		line = next()
	}
	found := forwardAuthor.FindStringSubmatch(line)
	if found == nil {
		return "", "", false
	}
	quoted := strings.HasPrefix(lines[at], ">")
	for at < len(lines) && strings.Trim(lines[at], "> \t\u00a0") != "" {
		at++
	}
	if quoted { // as Apple's Mail writes all of it
		for i := at; i < len(lines); i++ {
			lines[i] = strings.TrimPrefix(strings.TrimPrefix(lines[i], ">"), " ")
		}
	}
	return found[1], strings.TrimSpace(strings.Join(lines[at:], "\n")), true
}
