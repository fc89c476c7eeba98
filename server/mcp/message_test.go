package mcp_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"itmanagerjobs/server/servertest"
)

// TestMessagesAreAnsweredAsTheProtocolHasIt: errors of messages are those of JSON-RPC, and what is no call gets no message.
func TestMessagesAreAnsweredAsTheProtocolHasIt(t *testing.T) {
	t.Parallel()
	address := serve(t, servertest.New(t))
	const (
		ping   = `{"jsonrpc":"2.0","id":1,"method":"ping"}`
		begins = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"a","version":"1"}}}`
	)
	for name, c := range map[string]struct {
		header, body string
		status       int
		id           string
		code         int
		says         string
	}{
		"a ping":                      {"", ping, 200, "1", 0, ""},
		"a beginning":                 {"", begins, 200, "1", 0, `"protocolVersion":"2025-06-18"`},
		"a version to come":           {"", strings.Replace(begins, "2025-06-18", "2099-01-01", 1), 200, "1", 0, `"protocolVersion":"20`},
		"a version in the header":     {"Mcp-Protocol-Version: 2025-06-18", ping, 200, "1", 0, ""},
		"no such version":             {"Mcp-Protocol-Version: 2001-01-01", ping, 400, "1", -32600, "2025-06-18"},
		"no such method":              {"", `{"jsonrpc":"2.0","id":1,"method":"jobs/list"}`, 200, "1", -32601, "jobs/list"},
		"no such method, id in words": {"Mcp-Protocol-Version: 2025-06-18", `{"jsonrpc":"2.0","id":"one","method":"jobs/list"}`, 200, `"one"`, -32601, "tools/call"},
		"no such tool":                {"", `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"haveLunch"}}`, 200, "1", -32602, "haveLunch"},
		"no such notification":        {"", `{"jsonrpc":"2.0","method":"notifications/lunch"}`, 400, "null", -32601, "notifications/lunch"},
		"a notification":              {"", `{"jsonrpc":"2.0","method":"notifications/initialized"}`, 202, "", 0, ""},
		"an answer":                   {"", `{"jsonrpc":"2.0","id":1,"result":{}}`, 202, "", 0, ""},
		"no parameters":               {"", `{"jsonrpc":"2.0","id":7,"method":"tools/call"}`, 400, "7", -32600, "params"},
		"no JSON":                     {"", `{`, 400, "null", -32700, "not JSON"},
		"nothing":                     {"", "", 400, "null", -32700, "not JSON"},
		"no message":                  {"", `{"method":"ping"}`, 400, "null", -32600, "Model Context Protocol"},
		"a batch of long ago":         {"Mcp-Protocol-Version: 2025-03-26", "[" + ping + "]", 200, "1", 0, ""},
		"a batch":                     {"Mcp-Protocol-Version: 2025-06-18", "[" + ping + "]", 400, "null", -32600, "batching"},
		"an empty batch":              {"Mcp-Protocol-Version: 2025-03-26", "[]", 400, "null", -32600, "empty batch"},
		"no streams":                  {"Accept: application/json", ping, 400, "1", -32600, "text/event-stream"},
		"our own page":                {"Origin: " + servertest.PublicURL, ping, 200, "1", 0, ""},
		"a page of others":            {"Origin: https://evil.example", ping, 403, "null", -32600, "https://evil.example"},
		"a page from a file":          {"Origin: null", ping, 403, "null", -32600, "Origin"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, address, strings.NewReader(c.body))
			if err != nil {
				t.Fatal(err)
			}
			for name, value := range map[string]string{"Content-Type": "application/json", "Accept": "application/json, text/event-stream", "Authorization": "Bearer pk_test_x"} {
				r.Header.Set(name, value)
			}
			if name, value, ok := strings.Cut(c.header, ": "); ok {
				r.Header.Set(name, value)
			}
			res, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			body, err := io.ReadAll(res.Body)
			if err != nil {
				t.Fatal(err)
			}
			var answer struct {
				Version string `json:"jsonrpc"`
				ID      json.RawMessage
				Error   struct{ Code int }
			}
			if res.StatusCode == http.StatusAccepted && len(body) == 0 && c.status == http.StatusAccepted {
				return
			}
			if err := json.Unmarshal([]byte(strings.Trim(strings.TrimSpace(string(body)), "[]")), &answer); err != nil {
				t.Fatalf("%s: %v in %s", res.Status, err, body)
			}
			if res.StatusCode != c.status || answer.Version != "2.0" || string(answer.ID) != c.id || answer.Error.Code != c.code || !strings.Contains(string(body), c.says) {
				t.Errorf("%s: %s; want %d, id %s, code %d, %q", res.Status, body, c.status, c.id, c.code, c.says)
			}
			if media := res.Header.Get("Content-Type"); media != "application/json" {
				t.Errorf("the answer is %s, not JSON", media)
			}
		})
	}
}
