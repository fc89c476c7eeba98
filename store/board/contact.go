package board

import (
	"fmt"
	"net/mail"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// maxLocalPart is how long the part of an address before the @ may be, in bytes (RFC 5321, 4.5.3.1.1).
const maxLocalPart = 64

// CheckEmail accepts a bare ASCII address such as jobs@example.com: no display name, no quoted local part, no address
// literal, and a domain of at least two labels. Every mail server accepts such an address.
func CheckEmail(field, s string) (string, FieldError, bool) {
	s = strings.TrimSpace(s)
	if len(s) > MaxEmail {
		return "", TooLong(field, len(s), MaxEmail), true
	}
	bad := FieldError{field, FieldInvalidFormat, "must be an email address such as jobs@example.com"}
	local, domain, _ := strings.Cut(s, "@")
	if !isASCIIPrintable(s) || strings.ContainsAny(s, "\"<>()\\ ") || len(local) > maxLocalPart {
		return "", bad, true
	}
	// Operators of telephones give out addresses with dots beside each other, or at the end, which RFC 5321 does not have.
	common := strings.Join(strings.FieldsFunc(local, func(r rune) bool { return r == '.' }), ".") + "@" + domain
	if a, err := mail.ParseAddress(common); err != nil || a.Address != common {
		return "", bad, true
	}
	if !strings.Contains(domain, ".") || !isHostname(domain) {
		return "", bad, true
	}
	return s, FieldError{}, false
}

// checkApplicantEmail accepts what CheckEmail does, and the addresses of people who cannot choose another one: a domain with letters
// beyond ASCII becomes the form of RFC 5890 that every mail server takes, full-width signs of East Asian keyboards the usual ones, and
// a local part in quotation marks (RFC 5321, 4.1.2) keeps those that it needs.
func checkApplicantEmail(field, s string) (string, FieldError, bool) {
	s = strings.ReplaceAll(strings.TrimSpace(s), "＠", "@")
	at := strings.LastIndexByte(s, '@')
	if at < 0 || len(s) > MaxEmail {
		return CheckEmail(field, s)
	}
	local, domain := s[:at], strings.TrimSuffix(s[at+1:], ".")
	if ascii, err := idna.Lookup.ToASCII(domain); err == nil && !isASCIIPrintable(domain) {
		domain = ascii
	}
	if narrow := norm.NFKC.String(local); isASCIIPrintable(narrow) {
		local = narrow
	}
	quoted := len(local) > 2 && local[0] == '"' && local[len(local)-1] == '"'
	if quoted {
		// Marks that are not needed are left out, so that one person is not two.
		if plain, problem, bad := CheckEmail(field, local[1:len(local)-1]+"@"+domain); !bad {
			return plain, problem, false
		}
		a, err := mail.ParseAddress(local + "@" + domain)
		if err == nil && isASCIIPrintable(local) && len(local) <= maxLocalPart && a.Address[strings.LastIndexByte(a.Address, '@')+1:] == domain &&
			strings.Contains(domain, ".") && isHostname(domain) {
			return local + "@" + domain, FieldError{}, false
		}
	}
	return CheckEmail(field, local+"@"+domain)
}

// IsApplicantEmail tells whether an address is one that an applicant can have here: most mail servers can send to it.
func IsApplicantEmail(s string) bool {
	_, _, bad := checkApplicantEmail("email", s)
	return !bad
}

// ApplicantEmail is an address in the one form that applications have it in, however it was typed; what is no address stays as it is.
func ApplicantEmail(typed string) string {
	if email, _, bad := checkApplicantEmail("email", typed); !bad {
		return email
	}
	return typed
}

// CheckURL accepts an absolute URL of one of the schemes, as a URI (RFC 3986): characters beyond ASCII are percent-encoded.
// A user name or password before the host is refused, because it would end up in pages and logs. Whether the host may be
// called is decided when the connection is made.
func CheckURL(field, s string, schemes ...string) (string, FieldError, bool) {
	s = strings.TrimSpace(s)
	if len(s) > MaxURL {
		return "", TooLong(field, len(s), MaxURL), true
	}
	example := schemes[0] + "://example.com/jobs/1"
	fail := func(format string, args ...any) (string, FieldError, bool) {
		return "", FieldError{field, FieldInvalidFormat, fmt.Sprintf(format, args...)}, true
	}
	if u, err := url.Parse(s); err == nil && !isASCIIPrintable(u.Hostname()) {
		if ascii, err := idna.Lookup.ToASCII(u.Hostname()); err == nil {
			return fail("must have its host as the DNS has it: write %s", ascii)
		}
	}
	if !isASCIIPrintable(s) || strings.ContainsAny(s, " \"<>\\^`{|}") {
		return fail("must be an absolute URL such as %s, with other characters percent-encoded", example)
	}
	u, err := url.Parse(s)
	switch {
	case err != nil || !u.IsAbs() || u.Opaque != "":
		return fail("must be an absolute URL such as %s", example)
	case !slices.Contains(schemes, u.Scheme):
		return fail("must begin with %s://", strings.Join(schemes, ":// or "))
	case u.User != nil:
		return fail("must not contain a user name or password")
	case !isHost(u.Hostname()) || !isPort(u):
		return fail("must name a host, as in %s", example)
	}
	return s, FieldError{}, false
}

func isPort(u *url.URL) bool {
	if u.Port() == "" {
		return !strings.HasSuffix(u.Host, ":")
	}
	n, err := strconv.ParseUint(u.Port(), 10, 16)
	return err == nil && n > 0
}

func isHost(h string) bool {
	if _, err := netip.ParseAddr(h); err == nil {
		return true
	}
	return isHostname(h)
}

// isHostname follows RFC 1123, section 2.1, and accepts underscores, which some host names have.
func isHostname(h string) bool {
	if h == "" || len(h) > 253 {
		return false
	}
	for label := range strings.SplitSeq(h, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for i := range len(label) {
			if !isLetterOrDigit(label[i]) && label[i] != '-' && label[i] != '_' {
				return false
			}
		}
	}
	return true
}

func isLetterOrDigit(c byte) bool {
	return '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
}

func isASCIIPrintable(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7e {
			return false
		}
	}
	return true
}
