package board

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// The length of a password, in characters. There is no rule about kinds of characters (NIST SP 800-63B, section 5.1.1.2).
// The maximum bounds the work of hashing.
const (
	MinPassword = 12
	MaxPassword = 128
)

// ValidatePassword checks a password for the account of an email address.
func ValidatePassword(password, email string) []FieldError {
	const field = "password"
	n := utf8.RuneCountInString(password)
	switch {
	case !utf8.ValidString(password):
		return []FieldError{{field, FieldInvalidFormat, "must be valid UTF-8"}}
	case n < MinPassword:
		return []FieldError{{field, FieldTooShort, fmt.Sprintf("must have at least %d characters", MinPassword)}}
	case n > MaxPassword:
		return []FieldError{tooLong(field, n, MaxPassword)}
	case strings.EqualFold(password, strings.TrimSpace(email)):
		return []FieldError{{field, FieldConflict, "must not be the email address"}}
	case strings.Trim(password, password[:1]) == "":
		return []FieldError{{field, FieldInvalid, "must not be one character repeated"}}
	}
	return nil
}

// ValidateInvitation checks the email address and the role of a person whom an EmployerAdmin invites.
func ValidateInvitation(email string, role Role) []FieldError {
	var problems []FieldError
	if _, p, bad := checkEmail("email", email); bad {
		problems = append(problems, p)
	}
	if !role.Valid() || role == RolePlatformReviewer {
		problems = append(problems, notAllowed("role", EmployerRoles()))
	}
	return problems
}
