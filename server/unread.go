package server

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"

	"github.com/labstack/echo/v4"

	"itmanagerjobs/store/board"
)

// Ambiguous answers a request whose body has two lengths, which no handler gets, in the envelope. newID makes the id of a request.
func Ambiguous(newID func() string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		header, body := unread(newID(), board.CodeInvalidRequest, "The request has both Content-Length and Transfer-Encoding. Send one of them.")
		maps.Copy(w.Header(), header)
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write(body) // a caller who is gone misses nothing
	})
}

// Unreadable returns what answers a request that is not HTTP, by the status that net/http gives it: header fields and a body, which is the
// envelope. newID makes the id of a request; maxHeader is how many bytes a header may have.
func Unreadable(newID func() string, maxHeader int) func(status int) (http.Header, []byte) {
	return func(status int) (http.Header, []byte) {
		code, message := board.CodeInvalidRequest, "This is no request of HTTP. In an address, write a percent sign as %25; send one Host, and no control characters in a header."
		switch status {
		case http.StatusRequestHeaderFieldsTooLarge:
			code, message = board.CodePayloadTooLarge, fmt.Sprintf("The header of the request is too large; at most %d bytes are taken.", maxHeader)
		case http.StatusNotImplemented:
			message = "The body has a Transfer-Encoding that is not taken. Send it with a Content-Length, or in chunks."
		case http.StatusHTTPVersionNotSupported:
			message = "This version of HTTP is not spoken. Use HTTP/1.1."
		}
		return unread(newID(), code, message)
	}
}

// unread is the answer to a request that reaches no handler.
func unread(requestID string, code board.Code, message string) (http.Header, []byte) {
	body, err := json.Marshal(toAPIError(&board.Error{Code: code, Message: message}, requestID))
	if err != nil {
		panic(fmt.Sprintf("an envelope of texts is not JSON: %v", err))
	}
	header := http.Header{}
	header.Set(echo.HeaderContentType, echo.MIMEApplicationJSON)
	header.Set(echo.HeaderXRequestID, requestID)
	return header, append(body, '\n')
}
