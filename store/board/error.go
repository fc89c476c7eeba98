package board

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Code is the kind of an error. Codes are part of the published contract: new ones may be added, none is renamed.
type Code string

// The codes, with the HTTP status with which the server answers.
const (
	CodeInvalidRequest       Code = "invalid_request"        // 400: a body or header is wrong
	CodeInvalidQuery         Code = "invalid_query"          // 400: a query parameter is wrong
	CodeInvalidState         Code = "invalid_state"          // 400: the state of the object itself forbids it
	CodeNoCredits            Code = "no_credits"             // 402: nothing was consumed
	CodeUnlockRequired       Code = "unlock_required"        // 402: a CV that is not open
	CodeInsufficientScope    Code = "insufficient_scope"     // 403
	CodeAddressNotAllowed    Code = "address_not_allowed"    // 403: the key is bound to other networks
	CodeTestModeOnly         Code = "test_mode_only"         // 403: the operation is for test keys
	CodeNotFound             Code = "not_found"              // 404: does not exist, or belongs to another employer
	CodeMethodNotAllowed     Code = "method_not_allowed"     // 405
	CodeConflict             Code = "conflict"               // 409: another object has what must be unique, or another request was faster
	CodeGone                 Code = "gone"                   // 410: it existed, and does not come back
	CodePreconditionFailed   Code = "precondition_failed"    // 412: If-Match names an older version
	CodePayloadTooLarge      Code = "payload_too_large"      // 413
	CodeUnsupportedMediaType Code = "unsupported_media_type" // 415
	CodeRangeNotSatisfiable  Code = "range_not_satisfiable"  // 416: the file has no such bytes
	CodeIdempotencyKeyReused Code = "idempotency_key_reused" // 422
	CodeRateLimited          Code = "rate_limited"           // 429: no credit was consumed
	CodeInternal             Code = "internal"               // 500: the message does not contain the cause
	CodeUnavailable          Code = "unavailable"            // 503: not our fault and not the caller's; it passes
)

// AllCodes lists every Code, for exhaustive mappings and their tests.
func AllCodes() []Code {
	return []Code{
		CodeInvalidRequest, CodeInvalidQuery, CodeInvalidState, CodeNoCredits, CodeUnlockRequired, CodeInsufficientScope, CodeAddressNotAllowed, CodeTestModeOnly, CodeNotFound,
		CodeMethodNotAllowed, CodeConflict, CodeGone, CodePreconditionFailed, CodePayloadTooLarge, CodeUnsupportedMediaType,
		CodeRangeNotSatisfiable, CodeIdempotencyKeyReused, CodeRateLimited, CodeInternal, CodeUnavailable,
	}
}

// The codes of a FieldError. Published like Code.
const (
	FieldRequired      = "required"       // absent or null, but required
	FieldUnknown       = "unknown_field"  // not a field of this object
	FieldInvalidType   = "invalid_type"   // a string instead of a number, and the like
	FieldInvalidFormat = "invalid_format" // the right type, but not an email address, a URL, a date …
	FieldNotAllowed    = "not_allowed"    // not one of the values that the message lists
	FieldTooShort      = "too_short"
	FieldTooLong       = "too_long"
	FieldOutOfRange    = "out_of_range"
	FieldDuplicate     = "duplicate" // the same value twice in a list
	FieldConflict      = "conflict"  // contradicts another field, or the path
	FieldImmutable     = "immutable" // cannot be changed any more
	FieldInvalid       = "invalid"   // none of the above
)

// FieldError says what is wrong with one field. Field is a JSON path ("salary.min", "requiredSkills[0]"), a query
// parameter or a header name. Message is a sentence about the field, and names the allowed values where there are any.
type FieldError struct {
	Field   string
	Code    string
	Message string
}

// Error is an error whose message is for the caller of the API. Errors of every other type are internal and must not be
// shown. Use errors.As to find one in a chain.
type Error struct {
	Code    Code
	Message string
	Fields  []FieldError
	// Wait is how long to wait before trying again; 0 where that is not known, or does not help.
	Wait time.Duration
}

// Error returns the code, the message and the fields on one line, for logs.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(string(e.Code))
	b.WriteString(": ")
	b.WriteString(e.Message)
	for _, f := range e.Fields {
		fmt.Fprintf(&b, " [%s %s: %s]", f.Field, f.Code, f.Message)
	}
	return b.String()
}

// Errorf makes an Error without field details.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// ErrorAfter makes an Error of what may be tried again after a while.
func ErrorAfter(wait time.Duration, code Code, format string, args ...any) *Error {
	e := Errorf(code, format, args...)
	e.Wait = wait
	return e
}

// comesBack is how long to wait while something that we stand on is away: a database that is restarted is back by then.
const comesBack = 5 * time.Second

// Waits is how long to wait before trying again, also where the error itself does not know; 0 where that does not help.
func (e *Error) Waits() time.Duration {
	if e.Wait == 0 && (e.Code == CodeUnavailable || e.Code == CodeRateLimited) {
		return comesBack
	}
	return e.Wait
}

// Minutes is a time to wait in minutes, rounded up, at least one.
func Minutes(wait time.Duration) int { return max(1, int((wait+time.Minute-1)/time.Minute)) }

// maxFieldsInMessage keeps the summary readable; the whole list is in Error.Fields.
const maxFieldsInMessage = 10

// Invalid makes an invalid_request Error whose message names the bad fields.
func Invalid(fields ...FieldError) *Error {
	return &Error{Code: CodeInvalidRequest, Message: summary(fields), Fields: fields}
}

// InvalidOrNil returns an invalid_request Error, or a nil error without problems; it never returns a typed nil.
func InvalidOrNil(fields []FieldError) error {
	if len(fields) == 0 {
		return nil
	}
	return Invalid(fields...)
}

func summary(fields []FieldError) string {
	var names []string
	seen := make(map[string]bool, len(fields))
	for _, f := range fields {
		if !seen[f.Field] {
			seen[f.Field] = true
			names = append(names, f.Field)
		}
	}
	switch n := len(names); {
	case n == 0:
		return "The request is invalid."
	case n == 1:
		return fmt.Sprintf("The request has 1 invalid field: %s.", names[0])
	case n > maxFieldsInMessage:
		return fmt.Sprintf("The request has %d invalid fields: %s and %d more.",
			n, strings.Join(names[:maxFieldsInMessage], ", "), n-maxFieldsInMessage)
	default:
		return fmt.Sprintf("The request has %d invalid fields: %s.", n, strings.Join(names, ", "))
	}
}

// Names joins the values of an enumeration for a message.
func Names[T ~string](values []T) string {
	s := make([]string, len(values))
	for i, v := range values {
		s[i] = string(v)
	}
	return strings.Join(s, ", ")
}

// Precondition is an If-Match (RFC 9110, section 13.1.1). The zero value is always met. Otherwise the object must exist (Any)
// or have one of Versions.
type Precondition struct {
	Set      bool
	Any      bool
	Versions []int64
}

// Check compares the precondition with the version of an object. what names the object in the error.
// Error: precondition_failed.
func (p Precondition) Check(what string, version int64) error {
	if !p.Set || p.Any || slices.Contains(p.Versions, version) {
		return nil
	}
	return Errorf(CodePreconditionFailed, "The %s has changed since you read it. Read it again, apply your change to that and send its ETag as If-Match.", what)
}

// ErrUnavailable answers while the database is away, does not write, has no room or takes too long.
var ErrUnavailable = Errorf(CodeUnavailable, "This service can't reach its data at the moment. Try again in a few seconds.")
