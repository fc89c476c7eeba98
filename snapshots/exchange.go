package snapshots

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"itmanagerjobs/openapi"
)

// Exchange is one request and its answer.
type Exchange struct {
	// Shows says what the exchange is an example of.
	Shows    string   `json:"shows"`
	Request  Request  `json:"request"`
	Response Response `json:"response"`
}

// Request is what was sent. A word in braces stands for what the client took from an earlier answer.
type Request struct {
	Method string `json:"method"`
	Path   string `json:"path"`
	// Key says what kind of key the request carried; empty for none.
	Key     string            `json:"key,omitempty"`
	Headers map[string]string `json:"headers,omitempty"`
	// Body is a JSON value, or a text that is none.
	Body any `json:"body,omitempty"`
}

// Response is what came back.
type Response struct {
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
	// Body is a JSON value, a text that is none, or nil when there was none.
	Body any `json:"body,omitempty"`
}

// Headers that belong to the connection (RFC 9110 section 7.6.1), and two that follow from the moment and the body.
var notRecorded = []string{
	"Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
	"Date", "Content-Length",
}

// NewResponse is an answer as it is recorded: with every header but those above, and nothing masked.
func NewResponse(status int, header http.Header, body []byte) Response {
	r := Response{Status: status, Headers: map[string]string{}, Body: Body(body)}
	for name, values := range header {
		if !slices.Contains(notRecorded, name) {
			r.Headers[name] = strings.Join(values, ", ")
		}
	}
	return r
}

// Body is a body as it is recorded.
func Body(body []byte) any {
	if len(body) == 0 {
		return nil
	}
	for _, c := range openapi.All() {
		for _, file := range c.Files() {
			if bytes.Equal(body, file.Content) {
				// The gates A1 and A2 guard what is in it; in another form, it says the same.
				return "{openapi" + strings.TrimPrefix(file.Path, "/swagger") + "}"
			}
		}
	}
	if v, err := decode(body); err == nil {
		return v
	}
	return string(body)
}

// Encode is the exchange as it is kept in a file.
func (e Exchange) Encode() []byte { return encode(e) }

// DecodeExchange reads what Encode wrote.
func DecodeExchange(data []byte) (Exchange, error) {
	var e Exchange
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	d.DisallowUnknownFields()
	if err := d.Decode(&e); err != nil {
		return Exchange{}, fmt.Errorf("decode exchange: %w", err)
	}
	return e, nil
}
