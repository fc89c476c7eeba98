package answer

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/cespare/xxhash/v2"
	"github.com/labstack/echo/v4"

	"itmanagerjobs/server/document"
	"itmanagerjobs/store/board"
)

// The headers of entity tags.
const (
	HeaderETag        = "ETag"
	HeaderIfMatch     = "If-Match"
	headerIfNoneMatch = "If-None-Match"

	// weak begins the tag of what may differ in its bytes while it says the same.
	weak = "W/"
)

// Conditional gives every answer to a GET an entity tag, and answers 304 to a caller that has the tag already (RFC 9110
// section 13). The handler of a single object sets the tag; the tag of a list is the hash of its body.
func Conditional(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		rec := takeRecorder()
		if err := rec.record(c, func() error { return next(c) }); err != nil {
			return err
		}
		err := sendConditional(c, rec)
		rec.giveBack()
		return err
	}
}

// sendConditional sends a recorded answer to a GET.
func sendConditional(c echo.Context, rec *Recorder) error {
	if rec.Status != http.StatusOK {
		return Send(c, rec.Status, rec.Header(), rec.Body.Bytes())
	}
	if rec.Header().Get(HeaderETag) == "" {
		rec.Header().Set(HeaderETag, `"`+strconv.FormatUint(xxhash.Sum64(rec.Body.Bytes()), 36)+`"`)
	}
	if document.Matches(c.Request().Header.Values(headerIfNoneMatch), rec.Header().Get(HeaderETag)) {
		rec.Header().Del(echo.HeaderContentType)
		rec.Header().Del("Link")
		return Send(c, http.StatusNotModified, rec.Header(), nil)
	}
	return Send(c, rec.Status, rec.Header(), rec.Body.Bytes())
}

// JoinIfMatch makes one line of an If-Match that came in several. They are one list (RFC 9110 section 5.3), and the generated
// wrapper of an operation takes one line.
func JoinIfMatch(h http.Header) {
	if lines := h.Values(HeaderIfMatch); len(lines) > 1 {
		h.Set(HeaderIfMatch, strings.Join(lines, ", "))
	}
}

// VersionTag is the entity tag of an object at a version. It is strong, as If-Match needs it: the same version has the
// same bytes.
func VersionTag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

// CompositeTag is VersionTag for an object that is shown together with others, which change when its version does not.
// If-Match compares only the version.
func CompositeTag(version int64, others any) (string, error) {
	encoded, err := json.Marshal(others)
	if err != nil {
		return "", fmt.Errorf("encode for an entity tag: %w", err)
	}
	return `"` + strconv.FormatInt(version, 10) + "-" + strconv.FormatUint(xxhash.Sum64(encoded), 36) + `"`, nil
}

// WeakTag is the entity tag of an answer by what it says, for one that is not the same to the byte each time.
func WeakTag(said any) (string, error) {
	encoded, err := json.Marshal(said)
	if err != nil {
		return "", fmt.Errorf("encode for an entity tag: %w", err)
	}
	return weak + `"` + strconv.FormatUint(xxhash.Sum64(encoded), 36) + `"`, nil
}

// Precondition reads If-Match. A tag that the server has never sent does not match. A weak tag counts as the strong one that it
// was made of, against RFC 9110 section 13.1.1: the version in it is the same. Errors: invalid_request.
func Precondition(header *string) (board.Precondition, error) {
	if header == nil {
		return board.Precondition{}, nil
	}
	p := board.Precondition{Set: true}
	tags := document.Tags([]string{*header})
	for _, tag := range tags {
		if tag == "*" {
			p.Any = true
			continue
		}
		opaque := document.Unproxied(tag)
		if len(opaque) < 2 || opaque[0] != '"' || opaque[len(opaque)-1] != '"' {
			tags = nil
			break
		}
		number, _, _ := strings.Cut(opaque[1:len(opaque)-1], "-")
		if version, err := strconv.ParseInt(number, 10, 64); err == nil {
			p.Versions = append(p.Versions, version)
		}
	}
	if len(tags) == 0 {
		return p, board.Invalid(board.FieldError{Field: HeaderIfMatch, Code: board.FieldInvalidFormat, Message: `must be an ETag as we sent it, such as "3" with its quotes, or *`})
	}
	return p, nil
}
