package server_test

import (
	"fmt"
	"net/http"
	"strconv"
	"testing"

	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/embedded"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// ownServer is a migrated database on a PostgreSQL that does nothing else, so that what it writes can be measured.
func ownServer(t *testing.T) (url string) {
	t.Helper()
	s, err := embedded.Start(t.Context(), embedded.Options{Dir: t.TempDir(), ForTests: true, Settings: []string{"autovacuum=off", "wal_level=replica"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	if _, err := pg.MigrateUp(t.Context(), s.URL()); err != nil {
		t.Fatal(err)
	}
	return s.URL()
}

// TestWhatAWriteCosts holds each write to the statements that it sends, BEGIN and COMMIT not counted, and to the bytes that it adds to
// the write-ahead log. It is sent alone, with one webhook that asks for its event; the admission is among the statements. Who needs more has a
// reason, and changes the numbers here.
func TestWhatAWriteCosts(t *testing.T) {
	t.Parallel()
	url, clock := ownServer(t), storetest.NewClock()
	api := servertest.Over(t, storetest.Open(t, url, storetest.Options(clock)), clock.Now)
	raw := fixture.Raw(t, url)
	tenant, key := api.Employer(t, "Northwind", 1000, allScopes...)
	if err := api.Store.Accounts.SetLimit(t.Context(), tenant.EmployerID, board.FamilyJobs, 10_000); err != nil {
		t.Fatal(err)
	}
	createWebhook(t, api, key, "job.created", "job.updated", "job.published", "application.submitted", "application.status_changed")
	open := api.OpenJob(t, tenant)
	post := func(status int, path string, body any) {
		t.Helper()
		api.Want(t, status, servertest.Request{Method: http.MethodPost, Path: path, Key: key, Body: body})
	}
	const first, each = 10, 40
	for _, tt := range []struct {
		name               string
		statements, walKiB float64
		write              func(n int)
	}{
		{"create", 4, 2.7, func(n int) {
			body := example()
			body["reference"] = fmt.Sprintf("PL-%03d", n)
			post(http.StatusCreated, jobs, body)
		}},
		{"update", 5, 2.7, func(n int) {
			api.Want(t, http.StatusOK, servertest.Request{Method: http.MethodPatch, Path: path(int64(2+n), ""), Key: key, Body: map[string]any{"city": "York"}})
		}},
		{"publish", 7, 6.4, func(n int) { post(http.StatusOK, path(int64(2+n), "/publish"), nil) }},
		{"apply", 6, 7, func(n int) { applied(t, api, open, fmt.Sprintf("ada.%d@example.com", n), "") }},
		{"move", 7, 5, func(n int) {
			post(http.StatusOK, applications+"/"+strconv.Itoa(1+n)+"/status", map[string]any{"status": "Screened"})
		}},
	} {
		position := func() int { return fixture.Count(t, raw, `SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint`) }
		for n := range first { // statements are prepared, and pages filled
			tt.write(n)
		}
		statements, wal := api.Store.RoundTrips(), position()
		for n := range each {
			tt.write(first + n)
		}
		perStatement, perWAL := float64(api.Store.RoundTrips()-statements)/each, float64(position()-wal)/each/1024
		t.Logf("%s: %.2f statements, %.2f KiB", tt.name, perStatement, perWAL)
		if perStatement > tt.statements || perWAL > tt.walKiB {
			t.Errorf("%s takes %.2f statements and %.2f KiB of the write-ahead log, want no more than %v and %v", tt.name, perStatement, perWAL, tt.statements, tt.walKiB)
		}
	}
}
