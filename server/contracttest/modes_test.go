package contracttest

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/storetest/fixture"
)

// TestModesAreApart calls every operation with a key of each mode: what it reads has nothing of the other mode or of another
// employer, and what it writes leaves every row of theirs as it is, the balances of credits among them.
func TestModesAreApart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	live, test := w.employer("Northwind")
	others, othersTest := w.employer("Southwind")
	for _, p := range []*party{live, test, others, othersTest} {
		w.fill(p)
	}
	rows := newRows(t, fixture.Raw(t, w.DatabaseURL))
	for _, op := range operations() {
		r, ok := op.of(t)
		if !ok {
			continue
		}
		for _, by := range []*party{test, live} {
			if op.testMode && by.tenant.Mode == board.ModeLive {
				continue
			}
			w.fill(by)
			before := rows.ofOthers(t, by.tenant)
			credits := rows.charged(t)
			res := w.Do(t, op.call(r, by, by))
			if res.Status >= 500 || res.Status >= 400 && !mayRefuse[op.OperationID] {
				t.Errorf("%s with a %s key: %d %s", op.OperationID, by.tenant.Mode, res.Status, res.Body)
			}
			for _, p := range []*party{live, test, others, othersTest} {
				if p != by && strings.Contains(string(res.Body), p.mark) {
					t.Errorf("%s with a key of %s tells of %s: %s", op.OperationID, by.mark, p.mark, res.Body)
				}
			}
			if after := rows.ofOthers(t, by.tenant); after != before {
				t.Errorf("%s with a key of %s has changed rows of others:\n%s", op.OperationID, by.mark, difference(before, after))
			}
			if by.tenant.Mode == board.ModeTest && rows.charged(t) != credits {
				t.Errorf("%s with a test key has charged credits", op.OperationID)
			}
		}
	}
}

// mayRefuse are the operations that the objects of a party do not permit in the state in which they are.
var mayRefuse = map[string]bool{
	"publishJob":            true, // it is Active
	"enableWebhook":         true, // it is enabled
	"activateWebhookSecret": true, // there is no next one
	"resendDelivery":        true, // it waits
	"unlockCandidate":       true, // one's own candidates are open
	"createInbox":           true, // there are so many by now
}

// rows looks into the tables that have an employer and a mode.
type rows struct {
	db     *sql.DB
	tables []string
}

func newRows(t *testing.T, db *sql.DB) rows {
	t.Helper()
	found, err := db.QueryContext(t.Context(), `
SELECT c.table_name FROM information_schema.columns c JOIN pg_class r ON r.relname = c.table_name AND r.relkind IN ('r', 'p') AND NOT r.relispartition
 WHERE c.table_schema = 'public' AND c.column_name IN ('employer_id', 'mode') GROUP BY c.table_name HAVING count(*) = 2 ORDER BY c.table_name`)
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	r := rows{db: db}
	for found.Next() {
		var name string
		if err := found.Scan(&name); err != nil {
			t.Fatal(err)
		}
		r.tables = append(r.tables, name)
	}
	if err := found.Err(); err != nil || len(r.tables) < 15 {
		t.Fatalf("%d tables of tenants, %v", len(r.tables), err)
	}
	return r
}

// ofOthers is a line for each table, with a digest of all rows but the tenant's.
func (r rows) ofOthers(t *testing.T, but board.Tenant) string {
	t.Helper()
	parts := make([]string, len(r.tables))
	for i, table := range r.tables {
		parts[i] = fmt.Sprintf(`SELECT '%s ' || md5(coalesce(string_agg(x::text, E'\n' ORDER BY x::text), '')) FROM %s x WHERE NOT (x.employer_id = $1 AND x.mode = $2)`, table, table)
	}
	var digest string
	err := r.db.QueryRowContext(t.Context(), `SELECT string_agg(l, E'\n' ORDER BY l) FROM (`+strings.Join(parts, " UNION ALL ")+`) AS t (l)`, but.EmployerID, but.Mode).Scan(&digest)
	if err != nil {
		t.Fatal(err)
	}
	return digest
}

// charged is how many changes of balances there were.
func (r rows) charged(t *testing.T) (n int) {
	t.Helper()
	if err := r.db.QueryRowContext(t.Context(), `SELECT count(*) FROM credit_entries`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// difference are the lines that differ.
func difference(before, after string) string {
	var b strings.Builder
	old := strings.Split(before, "\n")
	for i, line := range strings.Split(after, "\n") {
		if i >= len(old) || old[i] != line {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}
