//go:build soak

package snapshots_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"itmanagerjobs/openapi"
	"itmanagerjobs/openapi/consumer/nodetest"
	"itmanagerjobs/server/servertest"
)

// upstreamHeader names the server of an exchange, of which there is one for each, to the one that Prism forwards to.
const upstreamHeader = "X-Snapshots-Upstream"

// TestSoakPrism sends the request of every exchange through Prism, which holds the answer against the served contract, and
// fails for each violation that it reports. What Prism itself refuses, because it can't read it, must be an exchange that
// shows a refusal.
func TestSoakPrism(t *testing.T) {
	t.Parallel()
	nodetest.Install(t, "../openapi/clients")
	forward := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		upstream, err := url.Parse(r.In.Header.Get(upstreamHeader))
		if err != nil {
			panic(err)
		}
		r.SetURL(upstream)
		r.Out.Header.Del(upstreamHeader)
	}})
	t.Cleanup(forward.Close)
	proxies := map[string]string{}
	for i, c := range openapi.All() {
		at := startPrism(t, c, forward.URL)
		for _, item := range servertest.Documents()[i].Paths.Map() {
			for _, op := range item.Operations() {
				proxies[op.OperationID] = at
			}
		}
	}
	var checked, changed, refused atomic.Int64
	t.Run("exchanges", func(t *testing.T) {
		for _, c := range allCases() {
			// At no operation's address no contract promises anything, and a redirect Prism follows by itself.
			if proxies[c.operation] == "" || c.status() == http.StatusSeeOther {
				continue
			}
			t.Run(c.id(), func(t *testing.T) {
				t.Parallel()
				w, q := c.prepare(t)
				q.Header[upstreamHeader] = w.URL
				res, answer := send(t, proxies[c.operation], q) //nolint:bodyclose // send has read and closed it
				if strings.HasPrefix(res.Header.Get("Content-Type"), "application/problem+json") {
					refused.Add(1)
					if c.status() < http.StatusBadRequest {
						t.Errorf("Prism refuses what is answered with %d: %s", c.status(), answer)
					}
					return
				}
				checked.Add(1)
				if res.StatusCode != c.status() {
					changed.Add(1)
					t.Logf("answered %d instead of %d, because Prism writes the request anew", res.StatusCode, c.status())
				}
				for _, v := range violations(t, res.Header.Get("Sl-Violations")) {
					t.Errorf("Prism: %s %s", strings.Join(v.Location, "."), v.Message)
				}
			})
		}
	})
	t.Logf("%d answers checked, of which %d to requests that Prism has changed; %d requests refused by Prism itself", checked.Load(), changed.Load(), refused.Load())
	const few, part = 800, 20
	if checked.Load() < few || changed.Load() > checked.Load()/part {
		t.Errorf("%d answers were checked, and %d requests changed", checked.Load(), changed.Load())
	}
}

// send sends a request to a proxy, without the checks of servertest: Prism has answers of its own, and reports the others.
func send(t *testing.T, proxy string, q servertest.Request) (*http.Response, []byte) {
	t.Helper()
	body, _ := q.Body.(string)
	r, err := http.NewRequestWithContext(t.Context(), q.Method, proxy+q.Path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if q.Key != "" {
		r.Header.Set("Authorization", "Bearer "+q.Key)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, value := range q.Header {
		r.Header.Set(name, value)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, answer
}

type violation struct {
	Location []string
	Message  string
}

// violations are those of the answer; a request of an exchange may be wrong on purpose.
func violations(t *testing.T, header string) []violation {
	t.Helper()
	if header == "" {
		return nil
	}
	var all, found []violation
	if err := json.Unmarshal([]byte(header), &all); err != nil {
		t.Fatalf("read the violations: %v\n%s", err, header)
	}
	for _, v := range all {
		if len(v.Location) > 0 && v.Location[0] == "response" {
			found = append(found, v)
		}
	}
	return found
}

// startPrism returns the address of a validating proxy for a contract.
func startPrism(t *testing.T, c openapi.Contract, upstream string) string {
	t.Helper()
	file := t.TempDir() + "/" + c.Name + ".json"
	if err := os.WriteFile(file, c.Document, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := nodetest.Command(t.Context(), ".", "../openapi/clients/node_modules/.bin/prism", "proxy", file, upstream, "--host", "127.0.0.1", "--port", "0")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it is a proxy: nothing is lost
		_ = cmd.Wait()
	})
	address := make(chan string, 1)
	go func() {
		for lines := bufio.NewScanner(stdout); lines.Scan(); { // to the end, for else Prism would wait for a reader
			if _, at, ok := strings.Cut(lines.Text(), "Prism is listening on "); ok {
				address <- strings.TrimSpace(at)
			}
		}
	}()
	select {
	case at := <-address:
		return at
	case <-time.After(2 * time.Minute):
		t.Fatal("Prism does not say its address")
		return ""
	}
}
