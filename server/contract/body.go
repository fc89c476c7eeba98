package contract

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"itmanagerjobs/store/board"
)

// byteOrderMark is what some editors and libraries put before a JSON text. A reader may ignore it (RFC 8259 section 8.1).
var byteOrderMark = []byte("\xef\xbb\xbf")

const (
	jsonMedia = "application/json"
	// mergePatch is the media type of RFC 7396. A body that changes something may be called so, where JSON is declared.
	mergePatch = "application/merge-patch+json"
)

// inMemory is a body that has been read already.
type inMemory interface{ Bytes() []byte }

// readyBody is one that can be read again.
type readyBody struct {
	*bytes.Reader

	data []byte
}

// Close does nothing.
func (readyBody) Close() error { return nil }

// Bytes is all of the body, however much of it was read.
func (b readyBody) Bytes() []byte { return b.data }

// validatedBody is a body together with its decoded value. The generated code binds that value instead of decoding the
// body again with encoding/json, which ignores the case of names: so a handler sees exactly what was checked.
type validatedBody struct {
	readyBody

	value any
}

// ValidatedValue returns the decoded body; its numbers are json.Number.
func (b validatedBody) ValidatedValue() any { return b.value }

// checkBody returns what is wrong with the fields of the body, or an error about the body as a whole.
func (v *Validator) checkBody(r *http.Request, rt *route) ([]board.FieldError, error) {
	if rt.body == nil {
		return nil, nil // the body of a GET or DELETE is ignored
	}
	media, mediaErr := mediaTypeOf(r, rt.body.Content)
	if mediaErr != nil && rt.body.Required {
		return nil, mediaErr
	}
	if media == "multipart/form-data" || media == "application/x-www-form-urlencoded" {
		return nil, nil // the handler reads it
	}
	data, err := readBody(r)
	switch {
	case err != nil:
		return nil, err
	case len(data) == 0 && rt.body.Required:
		return []board.FieldError{{Field: BodyField, Code: board.FieldRequired, Message: "is needed, but is empty"}}, nil
	case len(data) == 0:
		r.Body, r.ContentLength = http.NoBody, 0
		return nil, nil
	case mediaErr != nil:
		return nil, mediaErr
	}
	if media == "message/rfc822" {
		r.GetBody = func() (io.ReadCloser, error) { return readyBody{bytes.NewReader(data), data}, nil }
		r.Body, _ = r.GetBody()
		return nil, nil // the handler reads it
	}
	value, problem := DecodeJSON(bytes.TrimPrefix(data, byteOrderMark))
	if problem != nil {
		return []board.FieldError{*problem}, nil
	}
	if value == nil && !rt.body.Required {
		r.Body, r.ContentLength = http.NoBody, 0 // many clients write null for a body that they leave out
		return nil, nil
	}
	ref := rt.body.Content[media].Schema
	if fields := v.problemsOf(r.Context(), schemaName(ref), ref.Value, value, ""); len(fields) > 0 {
		return fields, nil
	}
	r.ContentLength = int64(len(data))
	r.GetBody = func() (io.ReadCloser, error) {
		return validatedBody{readyBody{bytes.NewReader(data), data}, value}, nil
	}
	r.Body, _ = r.GetBody()
	return nil, nil
}

// Body returns the body that Check has read, which nobody may change; empty when there is none. Errors are faults of the program.
func Body(r *http.Request) ([]byte, error) {
	if r.GetBody == nil {
		return nil, nil
	}
	body, err := r.GetBody()
	if err != nil {
		return nil, fmt.Errorf("read body again: %w", err)
	}
	if b, ok := body.(inMemory); ok {
		return b.Bytes(), nil
	}
	data, err := io.ReadAll(body)
	if err != nil {
		return nil, fmt.Errorf("read body again: %w", err)
	}
	return data, nil
}

func readBody(r *http.Request) ([]byte, error) {
	if r.Body == nil || r.ContentLength == 0 {
		return nil, nil
	}
	if b, ok := r.Body.(inMemory); ok {
		return b.Bytes(), nil
	}
	data, err := io.ReadAll(r.Body)
	if err == nil {
		return data, nil
	}
	if e, ok := errors.AsType[*board.Error](err); ok {
		return nil, e // what reads it has said why
	}
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, board.Errorf(board.CodePayloadTooLarge, "The request body is too large; at most %d bytes are taken.", tooLarge.Limit)
	}
	return nil, board.Errorf(board.CodeInvalidRequest, "The request body could not be read to its end.")
}

// mediaTypeOf returns the declared media type that the body has. Errors: unsupported_media_type, and invalid_request
// for a multipart body without a boundary.
func mediaTypeOf(r *http.Request, declared openapi3.Content) (string, error) {
	names := slices.Sorted(maps.Keys(declared))
	wanted := strings.Join(names, " or ")
	refuse := func(header, message string) (string, error) {
		return "", &board.Error{Code: board.CodeUnsupportedMediaType, Message: "Send the body as " + wanted + ".",
			Fields: []board.FieldError{{Field: header, Code: board.FieldNotAllowed, Message: message}}}
	}
	if coding := r.Header.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return refuse("Content-Encoding", "must be left out: bodies are taken uncompressed")
	}
	lines := r.Header["Content-Type"]
	if len(lines) != 1 {
		return refuse("Content-Type", "must be given once, as "+wanted)
	}
	media, params, err := mime.ParseMediaType(lines[0])
	if media == mergePatch && (r.Method == http.MethodPatch || r.Method == http.MethodPut) && slices.Contains(names, jsonMedia) {
		media = jsonMedia
	}
	if err != nil || !slices.Contains(names, media) {
		return refuse("Content-Type", "must be "+wanted)
	}
	if charset, ok := params["charset"]; ok && !strings.EqualFold(charset, "utf-8") && !strings.EqualFold(charset, "utf8") {
		return refuse("Content-Type", "must be "+wanted+" in UTF-8")
	}
	if media == "multipart/form-data" && params["boundary"] == "" {
		return "", board.Invalid(board.FieldError{Field: "Content-Type", Code: board.FieldRequired, Message: "must name the boundary between the parts"})
	}
	return media, nil
}
