package inbound

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// localPrefix begins the local part of every address for applications.
const localPrefix = "apply+"

// maxLocal is how long a local part may be (RFC 5321, 4.5.3.1.1).
const maxLocal = 64

// Address is the address for applications to the employer's job with the reference. It has the employer's number,
// because two employers may choose the same reference. ok is false when the address would be longer than mail servers
// take. A character that may not stand in an address is written as = and two hexadecimal digits.
func Address(employerID int64, reference, domain string) (address string, ok bool) {
	var b strings.Builder
	b.WriteString(localPrefix + strconv.FormatInt(employerID, 10) + ".")
	for i := range len(reference) {
		c := reference[i]
		// A dot may stand neither at the end nor beside another.
		dot := c == '.' && i > 0 && i < len(reference)-1 && reference[i-1] != '.'
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || dot {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "=%02X", c)
		}
	}
	if reference == "" || b.Len() > maxLocal {
		return "", false
	}
	return b.String() + "@" + domain, true
}

// ReferenceOf reads the job, EMPLOYER.REFERENCE or REFERENCE, from a recipient's address; ok is false for an address that
// is not for applications. Domain and prefix are compared without regard to case; the job is kept as it is written.
func ReferenceOf(address, domain string) (ref string, ok bool) {
	at := strings.LastIndexByte(address, '@')
	if at < 0 || !strings.EqualFold(address[at+1:], domain) {
		return "", false
	}
	local := address[:at]
	if len(local) <= len(localPrefix) || len(local) > maxLocal || !strings.EqualFold(local[:len(localPrefix)], localPrefix) {
		return "", false
	}
	return unescape(local[len(localPrefix):])
}

func unescape(s string) (string, bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '=' {
			b.WriteByte(s[i])
			continue
		}
		code, err := hex.DecodeString(s[i+1 : min(i+3, len(s))])
		if err != nil || len(code) != 1 {
			return "", false
		}
		b.Write(code)
		i += 2
	}
	return b.String(), true
}
