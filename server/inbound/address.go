package inbound

import (
	"encoding/hex"
	"strings"
)

// localPrefix begins the local part of every address for applications.
const localPrefix = "apply+"

// maxLocal is how long a local part may be (RFC 5321, 4.5.3.1.1).
const maxLocal = 64

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
