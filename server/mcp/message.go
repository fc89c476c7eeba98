package mcp

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
)

// notHandled is how the library begins what it says of a method that the protocol does not have.
const notHandled = "JSON RPC not handled"

// inMessages answers as JSON-RPC has it what the library refuses as plain text: that a body is no JSON, no message, or calls a method that there
// is not. A call of such a method is a message, which is answered by a message; everything else is an error of HTTP, too, as the protocol has it.
func inMessages(next http.Handler, body []byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		held := &refusal{ResponseWriter: w}
		next.ServeHTTP(held, r)
		said := strings.TrimSuffix(strings.TrimSpace(held.said.String()), ".")
		switch {
		case held.status == 0:
		case held.status != http.StatusBadRequest:
			http.Error(w, said, held.status)
		case !json.Valid(body):
			answerError(w, http.StatusBadRequest, jsonrpc.ID{}, jsonrpc.CodeParseError, "The body is not JSON. Send one message of the Model Context Protocol.")
		case strings.HasPrefix(said, notHandled):
			id, status := idOf(body), http.StatusBadRequest
			if id.IsValid() {
				status = http.StatusOK
			}
			answerError(w, status, id, jsonrpc.CodeMethodNotFound, "There is no such method in the Model Context Protocol"+strings.TrimPrefix(said, notHandled)+". Tools are called by tools/call.")
		default:
			answerError(w, http.StatusBadRequest, idOf(body), jsonrpc.CodeInvalidRequest, "The request is not as the Model Context Protocol has it: "+said+".")
		}
	})
}

// idOf is the id of the one call that a body is, an invalid one when it is something else.
func idOf(body []byte) jsonrpc.ID {
	message, err := jsonrpc.DecodeMessage(body)
	if err != nil {
		return jsonrpc.ID{}
	}
	if call, ok := message.(*jsonrpc.Request); ok {
		return call.ID
	}
	return jsonrpc.ID{}
}

// answerError answers with an error of JSON-RPC. Its id is null when it is about no call.
func answerError(w http.ResponseWriter, status int, id jsonrpc.ID, code int64, message string) {
	content, _ := json.Marshal(map[string]any{ //nolint:errchkjson // texts and numbers alone
		"jsonrpc": "2.0", "id": id.Raw(), "error": jsonrpc.Error{Code: code, Message: message},
	})
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(content, '\n')) // who has gone reads nothing
}

// originOf is what browsers send as the Origin of pages at an address.
func originOf(address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", fmt.Errorf("public URL: %w", err)
	}
	host := u.Host
	if usual := map[string]string{"http": ":80", "https": ":443"}[u.Scheme]; usual != "" {
		host = strings.TrimSuffix(host, usual)
	}
	return u.Scheme + "://" + host, nil
}
