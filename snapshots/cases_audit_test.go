package snapshots_test

import (
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

// anAct is entry 1 of the audit log: a key has made job 1.
func anAct(w *world) { answered("POST", "/api/v1/jobs", `{"title":"Platform Lead"}`, nil)(w) }

// someActs are entries of a key, of a person, and of a test key.
func someActs(w *world) {
	anAct(w)
	w.Clock.Advance(1_000_000_000)
	ctx := account.Acting(w.t.Context(), board.Act{
		EmployerID: w.tenant.EmployerID, Actor: board.AuditUser, ActorID: 1, Action: "updateEmployer", Objects: []string{"employers/1"}, Address: "192.0.2.10",
	})
	_, err := w.Store.Accounts.UpdateEmployer(ctx, w.tenant.EmployerID, board.EmployerProfile{Name: "Example Hosting"})
	w.must(err, "change the employer")
	answeredWith(testKey, "POST", "/api/v1/jobs", `{"title":"Platform Lead"}`, nil)(w)
}

const audit = "GET /api/v1/audit"

var auditCases = []exchangeCase{
	{operation: "listAudit", name: "200-empty", shows: "Nothing was done yet.", key: hooksKey, call: audit},
	{operation: "listAudit", name: "200-all", shows: "What was done to live data and to the account.", given: []step{someActs}, key: hooksKey, call: audit},
	{operation: "listAudit", name: "200-test", shows: "A test key reads what was done to test data.", given: []step{someActs}, key: testHooksKey, call: audit},
	{operation: "listAudit", name: "200-page", shows: "A stretch with more behind it.", given: []step{someActs}, key: hooksKey, call: audit + "?pageSize=1"},
	{operation: "listAudit", name: "200-after", shows: "What was done since.", given: []step{someActs}, key: hooksKey, call: audit + "?after=1"},
	{operation: "listAudit", name: "200-action", shows: "Entries of one action.", given: []step{someActs}, key: hooksKey, call: audit + "?action=updateEmployer"},
	{operation: "listAudit", name: "400-after", shows: "A place before the first.", key: hooksKey, call: audit + "?after=-1"},
	{operation: "listAudit", name: "400-many", shows: "All faults are named at once.", key: hooksKey, call: audit + "?after=x&action=&pageSize=0"},
}
