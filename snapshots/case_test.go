package snapshots_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"itmanagerjobs/openapi"
	"itmanagerjobs/server/servertest"
	"itmanagerjobs/snapshots"
)

// exchangeCase is one exchange to record. Its name is part of the promise: a case is added, never changed or renamed.
type exchangeCase struct {
	// operation is an operationId, or "none" for what is at no operation's address.
	operation string
	// name begins with the status that is expected.
	name  string
	shows string
	given []step
	key   string
	// call is a method and a path.
	call   string
	header map[string]string
	body   string
	// sends stands for the body in the recording when the body is too long, or would be another one after decoding.
	sends string
}

func (c exchangeCase) id() string { return c.operation + "/" + c.name }

func (c exchangeCase) status() int {
	status, _, _ := strings.Cut(c.name, "-")
	n, err := strconv.Atoi(status)
	if err != nil {
		panic(fmt.Sprintf("the case %s does not begin with a status", c.id()))
	}
	return n
}

// prepare makes the world that the exchange begins in, and its request.
func (c exchangeCase) prepare(t *testing.T) (*world, servertest.Request) {
	t.Helper()
	method, path, _ := strings.Cut(c.call, " ")
	if got := servertest.Operation(method, path); got != strings.TrimPrefix(c.operation, "none") {
		t.Fatalf("%s calls the operation %q", c.call, got)
	}
	w := newWorld(t)
	for _, s := range c.given {
		s(w)
	}
	q := servertest.Request{Method: method, Path: w.expand(path), Key: w.key(c.key), Header: map[string]string{}}
	for name, value := range c.header {
		q.Header[name] = w.expand(value)
	}
	if c.body != "" {
		q.Body = w.expand(c.body)
	}
	return w, q
}

func (c exchangeCase) record(t *testing.T) snapshots.Exchange {
	t.Helper()
	w, q := c.prepare(t)
	method, path, _ := strings.Cut(c.call, " ")
	recorded := snapshots.Request{Method: method, Path: path, Key: c.key, Headers: c.header}
	if c.body != "" {
		recorded.Body = snapshots.Body([]byte(c.body))
	}
	if c.sends != "" {
		recorded.Body = c.sends
	}
	res := w.Want(t, c.status(), q)
	response := snapshots.NewResponse(res.Status, res.Header, res.Body)
	if isContract(path) && response.Headers["Etag"] != "" {
		// It follows from the content, which a word stands for as well.
		response.Headers["Etag"] = "{etag}"
	}
	return snapshots.Exchange{Shows: c.shows, Request: recorded, Response: response}
}

func isContract(path string) bool {
	return slices.ContainsFunc(openapi.All(), func(c openapi.Contract) bool {
		return slices.ContainsFunc(c.Files(), func(f openapi.File) bool { return f.Path == path })
	})
}

// expand replaces the words in braces.
func (w *world) expand(s string) string {
	for _, kind := range []string{liveKey, testKey} {
		if word := "{" + kind + "}"; strings.Contains(s, word) {
			s = strings.ReplaceAll(s, word, w.key(kind))
		}
	}
	for word, value := range w.words {
		s = strings.ReplaceAll(s, word, value)
	}
	return s
}
