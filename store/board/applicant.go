package board

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"net/netip"
	"strings"
	"time"
	"unicode/utf8"
)

// The bounds of what an applicant enters, in characters.
const (
	MaxPersonName  = 100
	MaxPhone       = 50
	MaxCoverLetter = 20_000
	// MaxUserAgent is where a longer user agent is cut off.
	MaxUserAgent = 500
	// MaxSourceUUID bounds a source's identifier of an application.
	MaxSourceUUID = 100
)

// At most DefaultApplyLimit applications are accepted through the public form from one network in any ApplyWindow. It is not
// lower because an office or a university may share one address.
const (
	ApplyWindow = time.Hour
	// KeptCVLife is how long the CV of a form is kept in which something else is wrong.
	KeptCVLife        = time.Hour
	DefaultApplyLimit = 30
)

// TraceRetention is how long the network address and the user agent of an applicant are kept.
const TraceRetention = 30 * 24 * time.Hour

// Applicant is what an applicant enters. Phone and CoverLetter may be empty.
type Applicant struct {
	FirstName   string
	LastName    string
	Email       string
	Phone       string
	CoverLetter string
}

// Normalize trims and checks the applicant's fields.
// Error: invalid_request naming every bad field: firstName, lastName, email, phone, coverLetter.
func (a Applicant) Normalize() (Applicant, error) {
	n, problems := a.normalize()
	return n, InvalidOrNil(problems)
}

func (a Applicant) normalize() (Applicant, []FieldError) {
	var problems []FieldError
	text := func(field string, value *string, shortest, longest int) {
		trimmed, problem, bad := CheckText(field, *value, TextRule{Min: shortest, Max: longest})
		switch {
		case shortest > 0 && strings.TrimSpace(*value) == "":
			problems = append(problems, FieldError{field, FieldRequired, "is needed"})
		case bad:
			problems = append(problems, problem)
		}
		*value = trimmed
	}
	text("firstName", &a.FirstName, 1, MaxPersonName)
	text("lastName", &a.LastName, 1, MaxPersonName)
	if strings.TrimSpace(a.Email) == "" {
		problems = append(problems, FieldError{"email", FieldRequired, "is needed"})
	} else if email, problem, bad := checkApplicantEmail("email", a.Email); bad {
		problems = append(problems, problem)
	} else {
		a.Email = email
	}
	text("phone", &a.Phone, 0, MaxPhone)
	a.CoverLetter = CleanText(a.CoverLetter)
	if n := utf8.RuneCountInString(a.CoverLetter); n > MaxCoverLetter {
		problems = append(problems, TooLong("coverLetter", n, MaxCoverLetter))
	}
	return a, problems
}

// CleanText removes invisible characters from a text of several lines. They come along when text is pasted from documents
// and emails, so they are no error. It composes letters: see NFC.
func CleanText(s string) string {
	if isClean(s) {
		return NFC(strings.TrimSpace(s))
	}
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n")
	s = strings.Map(func(c rune) rune {
		switch {
		case c == '\n' || c == '\t':
			return c
		case c == '\r', c == '\u2028', c == '\u2029':
			return '\n'
		case isControl(c):
			return -1
		}
		return c
	}, s)
	return NFC(strings.TrimSpace(s))
}

// isClean reports whether CleanText would change nothing inside s.
func isClean(s string) bool {
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c >= ' ' && c < 0x7F, c == '\n', c == '\t':
			i++
		case c < utf8.RuneSelf:
			return false
		default:
			wide, size := utf8.DecodeRuneInString(s[i:])
			if size == 1 || isControl(wide) {
				return false
			}
			i += size
		}
	}
	return true
}

// ContentHash returns a hash of the content of an application for a job, by which a repeated application is recognised.
// cvSHA256 is empty without a CV. The trace is not content: it differs when the same push is sent again.
func (a Applicant) ContentHash(jobID int64, cvSHA256 []byte) []byte {
	h := sha256.New()
	part := func(b []byte) {
		_, _ = h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(b))))
		_, _ = h.Write(b)
	}
	part(binary.BigEndian.AppendUint64(nil, uint64(jobID))) //nolint:gosec // ids are positive
	for _, s := range []string{a.FirstName, a.LastName, strings.ToLower(a.Email), a.Phone, a.CoverLetter} {
		part([]byte(s))
	}
	part(cvSHA256)
	return h.Sum(nil)
}

// Trace is the network address and the user agent that an application came from.
type Trace struct{ IP, UserAgent string }

// Normalize removes an invalid address and cuts off a long user agent. It refuses nothing, because an applicant does not
// choose these values.
func (t Trace) Normalize() Trace {
	ip, err := netip.ParseAddr(strings.TrimSpace(t.IP))
	if err != nil {
		t.IP = ""
	} else {
		t.IP = ip.Unmap().WithZone("").String()
	}
	agent := []rune(strings.ReplaceAll(CleanText(t.UserAgent), "\n", " "))
	t.UserAgent = string(agent[:min(len(agent), MaxUserAgent)])
	return t
}

// CheckSourceUUID checks a source's identifier of an application. Error: invalid_request.
func CheckSourceUUID(field, uuid string) (string, error) {
	uuid, problem, bad := CheckText(field, uuid, TextRule{Min: 1, Max: MaxSourceUUID, Printable: true})
	if bad {
		return "", Invalid(problem)
	}
	return uuid, nil
}

// maxRegions is how many countries a job may list.
const maxRegions = 250

// NormalizeRegions checks the countries from which a job accepts applications, two-letter codes of ISO 3166-1.
// Error: invalid_request.
func NormalizeRegions(countries []string) ([]string, error) {
	if len(countries) > maxRegions {
		return nil, Invalid(FieldError{"countries", FieldTooLong, fmt.Sprintf("must have at most %d countries, but has %d", maxRegions, len(countries))})
	}
	var problems []FieldError
	out := make([]string, 0, len(countries))
	seen := map[string]bool{}
	for i, c := range countries {
		c = strings.ToUpper(strings.TrimSpace(c))
		if len(c) != 2 || strings.Trim(c, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
			problems = append(problems, FieldError{fmt.Sprintf("countries[%d]", i), FieldInvalidFormat, "must be a two-letter country code such as GB"})
		} else if _, ok := CountryOf(c); !ok {
			problems = append(problems, FieldError{fmt.Sprintf("countries[%d]", i), FieldNotAllowed, fmt.Sprintf("must be a country of ISO 3166-1, such as GB; %s is the code of none", c)})
		} else if !seen[c] {
			seen[c] = true
			out = append(out, c)
		}
	}
	return out, InvalidOrNil(problems)
}

// RegionsVersion is the version of a list of countries from which a job accepts applications: a digest of it, so that the same list
// is the same version.
func RegionsVersion(countries []string) int64 {
	h := fnv.New64a()
	for _, c := range countries {
		_, _ = h.Write([]byte(c))
	}
	return int64(h.Sum64() >> 1)
}

// CheckApplication checks an applicant and the CV, which may be nil, and returns the problems of both in one error.
// Errors: invalid_request; payload_too_large when the size of the CV is the only problem.
func CheckApplication(a Applicant, u *Upload) (Applicant, *CV, error) {
	a, problems := a.normalize()
	if u == nil {
		return a, nil, InvalidOrNil(problems)
	}
	cv, err := CheckCV(*u)
	var bad *Error
	switch {
	case len(problems) == 0 && err == nil:
		return a, &cv, nil
	case len(problems) == 0:
		return a, nil, err
	case errors.As(err, &bad):
		problems = append(problems, bad.Fields...)
	}
	return a, nil, Invalid(problems...)
}

// CheckFeedSecret checks the secret with which Careerjet signs an employer's applications. Error: invalid_request.
func CheckFeedSecret(field, secret string) (string, error) {
	const shortest, longest = 8, 200
	secret, problem, bad := CheckText(field, secret, TextRule{Min: 1, Max: longest, Printable: true})
	if !bad && utf8.RuneCountInString(secret) < shortest {
		problem, bad = FieldError{field, FieldTooShort, fmt.Sprintf("must have at least %d characters", shortest)}, true
	}
	if bad {
		return "", Invalid(problem)
	}
	return secret, nil
}
