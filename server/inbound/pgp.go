package inbound

import (
	"regexp"
	"strings"

	"itmanagerjobs/store/board"
)

// Lines of PGP around a text (RFC 9580, 6.2 and 7.1).
const (
	pgpMessage   = "-----BEGIN PGP MESSAGE-----"
	pgpSigned    = "-----BEGIN PGP SIGNED MESSAGE-----"
	pgpSignature = "-----BEGIN PGP SIGNATURE-----"
)

// pgpEncrypted matches a text that is encrypted.
var pgpEncrypted = regexp.MustCompile(`(?m)^` + pgpMessage + `(?s:.*?)(?:^-----END PGP MESSAGE-----[ \t]*\r?$|\z)`)

// armoured is a text without what PGP writes around it. What is encrypted is named in its place.
func (c *collector) armoured(text string) string {
	if !strings.Contains(text, "-----BEGIN PGP ") {
		return text
	}
	if rest := pgpEncrypted.ReplaceAllString(text, ""); rest != text {
		c.leaveOut(board.UnreadFile{Name: "the text of the message", Reason: board.ReasonSealed})
		text = rest
	}
	before, signed, ok := strings.Cut(text, pgpSigned)
	if !ok {
		return text
	}
	signed, _, _ = strings.Cut(signed, pgpSignature)
	if head := pgpHeader.FindString(signed); head != "" {
		signed = signed[len(head):]
	}
	return before + pgpDashed.ReplaceAllString(signed, "$1")
}

// pgpHeader matches what stands before a signed text, pgpDashed a line of it that begins with a dash.
var (
	pgpHeader = regexp.MustCompile(`^[ \t]*\r?\n(?:[A-Za-z-]+: [^\r\n]*\r?\n)*[ \t]*\r?\n`)
	pgpDashed = regexp.MustCompile(`(?m)^- (-|From )`)
)
