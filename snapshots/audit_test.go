package snapshots_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

// writesNothing are the operations that are no GET and change nothing.
var writesNothing = []string{"previewJob", "previewEventReplay"}

// write is a request of an operation that writes, with keys that it is refused to, and what it is about.
type write struct {
	exchangeCase

	without, readOnly, about string
}

// writes are the requests of the templates that are no GET, and what has no template.
func writes() []write {
	list := []write{{
		exchangeCase: mailed("202-received", "An email with a CV.", email, anActiveJob), without: cvKey, readOnly: readOnlyKey, about: "applications",
	}}
	for _, p := range templates {
		method, path, _ := strings.Cut(p.call, " ")
		if method != "GET" {
			about, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(path, "/api"), "/v1/"), "test/"), "/")
			if p.operation == "clearTestData" {
				about = "employers"
			}
			list = append(list, write{exchangeCase: p.with("", ""), without: p.without(), readOnly: p.readOnly(), about: about})
		}
	}
	return list
}

// TestEveryWriteOfTheContractsLeavesAnEntry sends the request of each operation that writes: refused, as it is, and again under
// its Idempotency-Key, and looks into the audit log.
func TestEveryWriteOfTheContractsLeavesAnEntry(t *testing.T) {
	t.Parallel()
	tried := map[string]bool{}
	for _, c := range writes() {
		tried[c.operation] = true
		t.Run(c.operation, func(t *testing.T) {
			t.Parallel()
			c.leavesAnEntry(t)
		})
	}
	for _, doc := range servertest.Documents() {
		for path, item := range doc.Paths.Map() {
			for method, op := range item.Operations() {
				if method != "GET" && op.Security != nil && len(*op.Security) > 0 && !tried[op.OperationID] {
					t.Errorf("%s %s is not tried: add a template", method, path)
				}
			}
		}
	}
}

func (c write) leavesAnEntry(t *testing.T) {
	w := newWorld(t)
	for _, given := range c.given {
		given(w)
	}
	method, path, _ := strings.Cut(c.call, " ")
	header := map[string]string{}
	maps.Copy(header, c.header)
	send := func(kind string) int {
		q := servertest.Request{Method: method, Path: path, Key: w.key(kind), Header: header}
		if c.body != "" {
			q.Body = c.body
		}
		return w.Do(t, q).Status
	}
	before := len(entriesOf(w))
	send(c.without)
	send(c.readOnly)
	if n := len(entriesOf(w)); n != before {
		t.Errorf("what was refused leaves %d entries", n-before)
	}
	if method == "POST" {
		header["Idempotency-Key"] = idempotencyKey
	}
	if status := send(c.key); status >= 300 {
		t.Fatalf("status %d", status)
	}
	entries, want := entriesOf(w)[before:], 1
	if slices.Contains(writesNothing, c.operation) {
		want = 0
	}
	if len(entries) != want {
		t.Fatalf("%d entries, want %d: %+v", len(entries), want, entries)
	}
	if method == "POST" {
		send(c.key)
		if n := len(entriesOf(w)); n != before+want {
			t.Errorf("the repetition leaves %d entries", n-before-want)
		}
	}
	for _, e := range entries {
		by := w.principals[c.key]
		if e.Action != c.operation || e.Actor != board.AuditKey || e.ActorID != by.KeyID || e.Mode != by.Mode || e.Address != "127.0.0.1" || len(e.Objects) != 1 {
			t.Errorf("the entry is %+v", e)
		}
		if !strings.HasPrefix(e.Objects[0], c.about+"/") {
			t.Errorf("%s is about %s", c.call, e.Objects[0])
		}
	}
}

func entriesOf(w *world) []account.AuditEntry {
	w.t.Helper()
	entries, _, err := w.Store.Accounts.Audit(w.t.Context(), account.AuditQuery{EmployerID: w.tenant.EmployerID, Limit: 100})
	w.must(err, "read the audit log")
	return entries
}
