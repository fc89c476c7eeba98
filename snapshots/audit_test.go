package snapshots_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

// writesNothing are the operations that are no GET and change nothing.
var writesNothing = []string{"previewJob", "previewEventReplay"}

// TestEveryWriteOfTheContractsLeavesAnEntry sends the request of each operation that writes, once refused, once as it is, and
// again under an Idempotency-Key, and looks into the audit log.
func TestEveryWriteOfTheContractsLeavesAnEntry(t *testing.T) {
	t.Parallel()
	tried := map[string]bool{}
	for _, p := range templates {
		method, path, _ := strings.Cut(p.call, " ")
		if method == "GET" {
			continue
		}
		tried[p.operation] = true
		t.Run(p.operation, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			for _, given := range p.given {
				given(w)
			}
			send := func(kind string, header map[string]string) int {
				q := servertest.Request{Method: method, Path: path, Key: w.key(kind), Header: header}
				if p.body != "" {
					q.Body = p.body
				}
				return w.Do(t, q).Status
			}
			before := len(entriesOf(w))
			send(p.without(), nil)
			send(p.readOnly(), nil)
			if n := len(entriesOf(w)); n != before {
				t.Errorf("what was refused leaves %d entries", n-before)
			}
			header := map[string]string{}
			if method == "POST" {
				header["Idempotency-Key"] = idempotencyKey
			}
			if status := send(p.key(), header); status >= 300 {
				t.Fatalf("status %d", status)
			}
			entries := entriesOf(w)[before:]
			want := 1
			if slices.Contains(writesNothing, p.operation) {
				want = 0
			}
			if len(entries) != want {
				t.Fatalf("%d entries, want %d: %+v", len(entries), want, entries)
			}
			if method == "POST" {
				send(p.key(), header)
				if n := len(entriesOf(w)); n != before+want {
					t.Errorf("the repetition leaves %d entries", n-before-want)
				}
			}
			for _, e := range entries {
				by := w.principals[p.key()]
				if e.Action != p.operation || e.Actor != board.AuditKey || e.ActorID != by.KeyID || e.Mode != by.Mode || e.Address != "127.0.0.1" || len(e.Objects) != 1 {
					t.Errorf("the entry is %+v", e)
				}
				if collection, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(path, "/api"), "/v1/"), "/"); !strings.HasPrefix(e.Objects[0], collection+"/") {
					t.Errorf("%s is about %s", p.call, e.Objects[0])
				}
			}
		})
	}
	for _, doc := range servertest.Documents() {
		for path, item := range doc.Paths.Map() {
			for method, op := range item.Operations() {
				if method != "GET" && byKey(op) && !tried[op.OperationID] {
					t.Errorf("%s %s is not tried: add a template", method, path)
				}
			}
		}
	}
}

func entriesOf(w *world) []account.AuditEntry {
	w.t.Helper()
	entries, _, err := w.Store.Accounts.Audit(w.t.Context(), account.AuditQuery{EmployerID: w.tenant.EmployerID, Limit: 100})
	w.must(err, "read the audit log")
	return entries
}

// byKey tells whether an operation is called with an API key: its requests are counted then.
func byKey(op *openapi3.Operation) bool {
	_, counted := op.Extensions["x-rate-limit-family"]
	return counted
}
