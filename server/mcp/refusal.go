package mcp

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"

	apiv1 "itmanagerjobs/gen/v1"
	"itmanagerjobs/store/board"
)

// unauthenticated is the code of a refusal without a key, or with one that does not work. The API has none: its 401 has no body.
const unauthenticated board.Code = "unauthenticated"

// inWords writes the plain errors of a handler in the envelope of the API, in words that say what to do. They are those of HTTP; what the
// protocol itself refuses is JSON already, and passes.
func inWords(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		held := &refusal{ResponseWriter: w}
		next.ServeHTTP(held, r)
		if held.status == 0 {
			return
		}
		h := w.Header()
		code, message := worded(held.status, strings.TrimSpace(held.said.String()))
		h.Set("Content-Type", "application/json")
		h.Del("Content-Length")
		w.WriteHeader(held.status)
		_, _ = w.Write(envelope(code, message, h.Get("X-Request-ID"))) // who has gone reads nothing
	})
}

// refusal holds a plain error back.
type refusal struct {
	http.ResponseWriter

	status int // 0 as long as nothing is held
	said   bytes.Buffer
}

// WriteHeader begins to hold an error that is plain text.
func (w *refusal) WriteHeader(status int) {
	if status >= http.StatusBadRequest && strings.HasPrefix(w.Header().Get("Content-Type"), "text/plain") {
		w.status = status
		return
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write keeps what a plain error says.
func (w *refusal) Write(p []byte) (int, error) {
	if w.status != 0 {
		return w.said.Write(p)
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap is for http.ResponseController.
func (w *refusal) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// envelope is an error as the API answers it.
func envelope(code board.Code, message, requestID string) []byte {
	e := apiv1.ErrorEnvelope{Code: string(code), Message: message, Errors: []apiv1.FieldError{}}
	if requestID != "" {
		e.RequestID = &requestID
	}
	content, _ := json.Marshal(e) //nolint:errchkjson // texts alone
	return append(content, '\n')
}

// worded gives the code of a status, and what it asks of the caller. said is what was said of it so far, which names what was wrong.
func worded(status int, said string) (code board.Code, message string) {
	switch status {
	case http.StatusUnauthorized:
		return unauthenticated, said
	case http.StatusNotFound:
		return board.CodeNotFound, "There is nothing at this address. The tools are at " + Path + ", the skills are listed at " + SkillsPath + "index.json."
	case http.StatusMethodNotAllowed:
		return board.CodeMethodNotAllowed, "This address does not take this method. Send a message of the protocol as JSON, with POST."
	case http.StatusRequestEntityTooLarge:
		return board.CodePayloadTooLarge, "The request's body is too large. Send at most 2 MiB in one call."
	case http.StatusUnsupportedMediaType:
		return board.CodeUnsupportedMediaType, "Send the body as application/json."
	case http.StatusServiceUnavailable:
		return board.CodeUnavailable, said
	}
	if status >= http.StatusInternalServerError {
		return board.CodeInternal, "Something went wrong on our side. Try again in a moment; if it stays, write to support with the requestId."
	}
	return board.CodeInvalidRequest, said
}
