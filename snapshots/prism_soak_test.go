//go:build soak

package snapshots_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"itmanagerjobs/openapi"
	"itmanagerjobs/openapi/consumer/nodetest"
	"itmanagerjobs/server/servertest"
)

// upstreamHeader names the server of an exchange, of which there is one for each, to the one that Prism forwards to.
const upstreamHeader = "X-Snapshots-Upstream"

// prismPatience is how long an answer may take. The slowest wait for 10 seconds until a lock times out, behind others.
const prismPatience = time.Minute

// notCarried is why Prism can't carry an exchange at all, "" for one that it carries. A reason that fits no exchange any more
// fails the test.
func notCarried(c exchangeCase, operations map[string]string) string {
	switch {
	case operations[c.operation] == "":
		return noOperation
	case c.status() == http.StatusSeeOther:
		return redirect
	case c.body != "" && c.sendsJSON() && !json.Valid([]byte(c.body)):
		return noJSON
	}
	return ""
}

const (
	noOperation = "it is at no operation's address, where no contract promises anything"
	redirect    = "Prism follows a redirect by itself, and shows what is behind it"
	noJSON      = "Prism never answers a body that is said to be JSON and is none"
	// rewritten is why the status of an exchange may be another one through Prism. Its answer is held against the contract all the same.
	rewritten = "Prism reads JSON and writes it anew: each key once, and a string without its quotes"
)

func (c exchangeCase) sendsJSON() bool {
	for name, value := range c.header {
		if strings.EqualFold(name, "Content-Type") {
			return strings.HasPrefix(value, "application/json") || strings.Contains(value, "+json")
		}
	}
	return true // as send has it
}

// isRewritten tells whether JSON is something else when Prism has read it and written it anew.
func (c exchangeCase) isRewritten() bool {
	var value any
	if c.body == "" || !c.sendsJSON() || json.Unmarshal([]byte(c.body), &value) != nil {
		return false
	}
	if _, text := value.(string); text {
		return true
	}
	again, err := json.Marshal(value)
	return err == nil && strings.Count(c.body, `":`) > strings.Count(string(again), `":`)
}

// carried counts what became of the exchanges.
type carried struct {
	mu      sync.Mutex
	total   int
	checked int
	// others are the exchanges that were not carried, or carried as others, by the reason.
	others map[string][]string
}

func (c *carried) add(reason, id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.others[reason] = append(c.others[reason], id)
}

// check counts an answer that was checked, and prints now and then how far the test is.
func (c *carried) check() {
	const often = 100
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.checked++; c.checked%often == 0 {
		fmt.Fprintf(os.Stderr, "%d of %d exchanges have gone through Prism\n", c.checked, c.total)
	}
}

// TestSoakPrism sends the request of every exchange through Prism, which holds the answer against the served contract, and
// fails for each violation that it reports. Exchanges that Prism can't carry are named with the reason, by rule.
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
	seen := &carried{others: map[string][]string{}}
	t.Run("exchanges", func(t *testing.T) {
		for _, c := range allCases() {
			if reason := notCarried(c, proxies); reason != "" {
				seen.add(reason, c.id())
				continue
			}
			seen.total++
			t.Run(c.id(), func(t *testing.T) {
				t.Parallel()
				w, q := c.prepare(t)
				q.Header[upstreamHeader] = w.URL
				res, answer := send(t, proxies[c.operation], q) //nolint:bodyclose // send has read and closed it
				if strings.HasPrefix(res.Header.Get("Content-Type"), "application/problem+json") {
					t.Fatalf("Prism refuses what is answered with %d: %s", c.status(), answer)
				}
				if res.StatusCode != c.status() {
					if !c.isRewritten() {
						t.Errorf("answered %d instead of %d: %s", res.StatusCode, c.status(), answer)
					}
					seen.add(rewritten, c.id())
				}
				for _, v := range violations(t, res.Header.Get("Sl-Violations")) {
					t.Errorf("Prism: %s %s", strings.Join(v.Location, "."), v.Message)
				}
				seen.check()
			})
		}
	})
	fmt.Fprintf(os.Stderr, "%d answers were checked\n", seen.checked)
	for _, reason := range []string{noOperation, redirect, noJSON, rewritten} {
		if len(seen.others[reason]) == 0 {
			t.Errorf("no exchange has the reason any more: %s", reason)
		}
		fmt.Fprintf(os.Stderr, "%d because %s: %s\n", len(seen.others[reason]), reason, strings.Join(seen.others[reason], " "))
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
	res, err := (&http.Client{Timeout: prismPatience}).Do(r)
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
