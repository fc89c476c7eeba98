package portaltest

import (
	"database/sql"
	"testing"
	"time"

	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// Large is a portal whose first employer, with the admin ada@northwind.example, has so many live jobs and ten times as many
// applications, and what belongs to them: events with their deliveries, requests, interviews, a ledger and an audit log. Rows are
// written beside the store: through it, they would take an hour.
func Large(t testing.TB, jobs int) (*Browser, *sql.DB) {
	t.Helper()
	url, clock := storetest.URL(t), storetest.NewClock()
	s := storetest.Open(t, url, storetest.Options(clock))
	site := NewOver(t, s, clock)
	b := site.Browser().SignUp("Northwind", "ada@northwind.example")
	b.AddWebhook("https://ats.example/hook", "application.submitted", "job.published")
	b.Post("/employer/keys", b.KeyForm("Bullhorn"))
	db := fixture.Raw(t, url)
	fixture.PastPartitions(t, url, clock)
	fixture.FillAccounts(t, db, firstAccount(jobs, clock.Now()))
	fixture.ImportAll(t, s, fixture.People(t, 1, max(10, jobs/10)))
	fixture.MustExec(t, db, `VACUUM ANALYZE`)
	return b, db
}

// Fill adds so many live jobs to the first employer, with all that belongs to them, as Large does. The employer has a webhook and a key.
func (s *Site) Fill(jobs int) {
	s.T.Helper()
	fixture.FillAccounts(s.T, s.db, firstAccount(jobs, s.Clock.Now()))
}

// firstAccount is the first employer, with its first webhook and key.
func firstAccount(jobs int, now time.Time) fixture.AccountRows {
	return fixture.AccountRows{Accounts: []fixture.Filled{{EmployerID: 1, SubscriptionID: 1, KeyID: 1}}, Jobs: jobs, Now: now, EventEvery: 20 * time.Second}
}
