// Package apikey says what an API key is: how it is made and known again, what it may call, who must approve it, where and how long it
// works. It is pure, as package board is, and must not know which keys there are.
package apikey

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"strings"
	"time"

	"itmanagerjobs/store/board"
)

// Scope is a set of operations that a key may call. They are fixed when the key is created.
type Scope string

// The scopes, as stored and as published.
const (
	ScopeJobPosting Scope = "JobPosting" // jobs and their applications
	ScopeCVSearch   Scope = "CvSearch"   // candidates: personal data
	ScopeWebhooks   Scope = "Webhooks"   // webhook subscriptions, deliveries, events
)

// AllScopes lists every Scope.
func AllScopes() []Scope { return []Scope{ScopeJobPosting, ScopeCVSearch, ScopeWebhooks} }

// Valid reports whether s is one of AllScopes.
func (s Scope) Valid() bool { return slices.Contains(AllScopes(), s) }

// Status is the state of an API key.
type Status string

// The states. Expired is never stored: it follows from the clock, see Status.At.
const (
	Pending Status = "Pending" // waits for platform review; answers 401
	Active  Status = "Active"
	Revoked Status = "Revoked" // for good
	Expired Status = "Expired" // Active, but its expiry has passed
)

// AllStatuses lists every Status, the derived one last.
func AllStatuses() []Status { return []Status{Pending, Active, Revoked, Expired} }

// Valid reports whether s is one of AllStatuses.
func (s Status) Valid() bool { return slices.Contains(AllStatuses(), s) }

// At returns the state at now of a key whose stored state is s. A key that was not revoked is Expired from expiresAt on; nil
// means never. Only a key that is Active at now may be used.
func (s Status) At(expiresAt *time.Time, now time.Time) Status {
	if s != Revoked && expiresAt != nil && !now.Before(*expiresAt) {
		return Expired
	}
	return s
}

// ApprovalFor returns the first state of a new key. The key is Active at once when the platform says so (force), when the
// employer is a trusted partner, when the key is of test mode, and when it does not have the scope CVSearch and the account
// has a running contract or job posting credits. Every other key is Pending until a reviewer approves it.
func ApprovalFor(trusted, hasContract bool, jobPostingCredits int64, mode board.Mode, scopes []Scope, force bool) Status {
	switch {
	case force, trusted, mode == board.ModeTest:
		return Active
	case slices.Contains(scopes, ScopeCVSearch):
		return Pending
	case hasContract, jobPostingCredits > 0:
		return Active
	}
	return Pending
}

// maxName is the longest name of a key, in characters.
const maxName = 100

// Max is how many keys that may be used, or wait for approval, an employer has: each has limits of its own.
const Max = 100

// CheckAccess refuses a key that only reads and only proposes: it would have nothing to propose. It returns the bad field, nil when
// there is none.
func CheckAccess(readOnly, proposeOnly bool) []board.FieldError {
	if !readOnly || !proposeOnly {
		return nil
	}
	return []board.FieldError{{Field: "access", Code: board.FieldConflict, Message: "choose read-only or only proposes, not both: a key that only reads has nothing to propose"}}
}

// ValidateNew checks what a person has entered for a new key. It returns every bad field, nil when there is none.
func ValidateNew(name string, scopes []Scope, expiresAt *time.Time, now time.Time) []board.FieldError {
	var problems []board.FieldError
	if _, p, bad := board.CheckText("name", name, board.TextRule{Min: 1, Max: maxName}); bad {
		problems = append(problems, p)
	}
	if len(scopes) == 0 {
		problems = append(problems, board.FieldError{Field: "scopes", Code: board.FieldRequired,
			Message: "choose at least one of: " + board.Names(AllScopes())})
	}
	for i, s := range scopes {
		field := fmt.Sprintf("scopes[%d]", i)
		switch {
		case !s.Valid():
			problems = append(problems, board.NotAllowed(field, AllScopes()))
		case slices.Contains(scopes[:i], s):
			problems = append(problems, board.FieldError{Field: field, Code: board.FieldDuplicate, Message: fmt.Sprintf("%s is listed twice", s)})
		}
	}
	if expiresAt != nil && !expiresAt.After(now) {
		problems = append(problems, board.FieldError{Field: "expiresAt", Code: board.FieldOutOfRange, Message: "must be in the future; leave it out for a key that never expires"})
	}
	if expiresAt != nil && !board.IsWritable(*expiresAt) {
		problems = append(problems, board.FieldError{Field: "expiresAt", Code: board.FieldOutOfRange, Message: "must be before the year 10000; leave it out for a key that never expires"})
	}
	return problems
}

// The parts of a key: "pk_live_", 32 random characters (190 bits), and 6 that carry the CRC-32 (IEEE) of all before
// them, so that a mistyped or truncated key is refused without asking the database. It guards against typing errors
// only; what makes a key genuine is its hash in the database.
const (
	base62       = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	keyPrefixLen = 8
	keyBodyLen   = keyPrefixLen + 32
	keyLen       = keyBodyLen + 6
	keyIDPrefix  = "key_"
	keyIDRandom  = 16
)

// keyPrefix names mode and rights: pk_ may write where its scopes allow, rk_ only reads.
func keyPrefix(mode board.Mode, readOnly bool) (string, error) {
	switch {
	case mode == board.ModeLive && readOnly:
		return "rk_live_", nil
	case mode == board.ModeLive:
		return "pk_live_", nil
	case mode == board.ModeTest && readOnly:
		return "rk_test_", nil
	case mode == board.ModeTest:
		return "pk_test_", nil
	}
	return "", fmt.Errorf("apikey: unknown mode %q", mode)
}

// New makes the plain text of a key from the random bytes of r. It is shown once and never stored. Errors: those of r.
func New(r io.Reader, mode board.Mode, readOnly bool) (plain string, err error) {
	prefix, err := keyPrefix(mode, readOnly)
	if err != nil {
		return "", err
	}
	random, err := randomBase62(r, keyBodyLen-keyPrefixLen)
	if err != nil {
		return "", err
	}
	body := prefix + random
	sum := keyChecksum(body)
	return body + string(sum[:]), nil
}

// Parse reads mode and rights from a key and reports whether it has the shape and checksum of one. It runs for
// every request before the database is asked, so it allocates nothing.
func Parse(s string) (mode board.Mode, readOnly, ok bool) {
	if len(s) != keyLen {
		return "", false, false
	}
	switch s[:keyPrefixLen] {
	case "pk_live_":
		mode = board.ModeLive
	case "pk_test_":
		mode = board.ModeTest
	case "rk_live_":
		mode, readOnly = board.ModeLive, true
	case "rk_test_":
		mode, readOnly = board.ModeTest, true
	default:
		return "", false, false
	}
	for i := keyPrefixLen; i < keyBodyLen; i++ {
		if !isBase62(s[i]) {
			return "", false, false
		}
	}
	sum := keyChecksum(s[:keyBodyLen])
	if s[keyBodyLen:] != string(sum[:]) {
		return "", false, false
	}
	return mode, readOnly, true
}

// Display returns the two ends of a key that may be stored and shown: "pk_live_" and the last four characters, which
// belong to the checksum. Both are empty for anything that is not a key.
func Display(plain string) (prefix, lastFour string) {
	if len(plain) != keyLen {
		return "", ""
	}
	return strings.Clone(plain[:keyPrefixLen]), strings.Clone(plain[keyLen-4:])
}

// Hash returns the 32 bytes under which a key is stored and found: HMAC-SHA256 with a pepper that is not in the database.
// A slow hash would add nothing, because a key has 190 random bits.
func Hash(pepper []byte, plain string) []byte {
	mac := hmac.New(sha256.New, pepper)
	mac.Write([]byte(plain))
	return mac.Sum(nil)
}

// NewID makes the public name of a key, "key_" and 16 characters. It is no secret.
func NewID(r io.Reader) (string, error) {
	random, err := randomBase62(r, keyIDRandom)
	if err != nil {
		return "", err
	}
	return keyIDPrefix + random, nil
}

func isBase62(c byte) bool {
	return '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
}

// keyChecksum writes the CRC-32 of body in base 62, most significant digit first.
func keyChecksum(body string) [keyLen - keyBodyLen]byte {
	// crc32.ChecksumIEEE takes a slice that escapes, one allocation per request; forty bytes need no fast path.
	n := ^uint32(0)
	for i := range len(body) {
		n = crc32.IEEETable[byte(n)^body[i]] ^ n>>8 //nolint:gosec // the low byte is what is wanted
	}
	n = ^n
	var sum [keyLen - keyBodyLen]byte
	for i := len(sum) - 1; i >= 0; i-- {
		sum[i] = base62[n%62]
		n /= 62
	}
	return sum
}

// randomBase62 draws n characters, each equally likely: a byte beyond the largest multiple of 62 is thrown away, for
// its remainder would favour the first characters.
func randomBase62(r io.Reader, n int) (string, error) {
	const fair = 256 - 256%62
	out := make([]byte, 0, n)
	buf := make([]byte, n)
	for len(out) < n {
		if _, err := io.ReadFull(r, buf); err != nil {
			return "", fmt.Errorf("apikey: random bytes: %w", err)
		}
		for _, b := range buf {
			if int(b) < fair && len(out) < n {
				out = append(out, base62[b%62])
			}
		}
	}
	return string(out), nil
}
