package erase_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/cv"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// TestNothingIsLeftOfAClosedAccount closes one of two accounts, both of which have people, jobs, webhooks and things of their own.
func TestNothingIsLeftOfAClosedAccount(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	s := storetest.Open(t, url, storetest.Options(storetest.NewClock()))
	db := fixture.Raw(t, url)
	ctx := t.Context()
	q := fixture.OpenQueue(t, s)
	tenants := map[string]board.Tenant{}
	for _, canary := range []string{erasedCanary, keptCanary} {
		tenant := fixture.Account(t, s, canary+"interviewer@northwind.example", 5)
		tenants[canary] = tenant
		fixture.SubscribeRich(t, s, tenant, event.ApplicationSubmitted)
		byEmail, byPush := fixture.Active(t, s, tenant, nil), fixture.Active(t, s, tenant, fixture.Pushed)
		fixture.Create(t, s, tenant, fixture.Complete("A draft"))
		test := board.Tenant{EmployerID: tenant.EmployerID, Mode: board.ModeTest}
		fixture.Create(t, s, test, fixture.Complete("A test"))
		for _, of := range []board.Tenant{tenant, test} {
			if _, _, err := s.Accounts.MintKey(ctx, account.NewKey{Tenant: of, Name: "A key", Scopes: apikey.AllScopes(), Approve: true}); err != nil {
				t.Fatal(err)
			}
		}
		plant(t, s, byEmail, byPush, canary)
		deliver(t, q, canary)
		// So that the deliveries of the next one are all that is due.
		fixture.MustExec(t, db, `UPDATE delivery_queue SET due_at = due_at + interval '1 year'`)
		if _, err := s.Pipeline.CreateMailTemplate(ctx, tenant.EmployerID, board.KeptTemplate{Name: canary + "purpose", MailTemplate: board.MailTemplate{Subject: "No", Text: "Sorry"}}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.CV.SaveSearch(ctx, tenant.EmployerID, int64(len(tenants)), cv.SavedSearch{Name: canary + "purpose", Query: cv.Query{Q: "go"}}); err != nil {
			t.Fatal(err)
		}
	}
	before := dumped(t, url, keptCanary)
	closed, kept := tenants[erasedCanary], tenants[keptCanary]

	if _, err := s.CloseEmployer(ctx, closed.EmployerID, "Southwind", func(store.Closure) {}); fixture.CodeOf(err) != board.CodeConflict || !strings.Contains(err.Error(), "Northwind") {
		t.Errorf("with another name: %v", err)
	}
	if _, err := s.CloseEmployer(ctx, 99, "Northwind", func(store.Closure) {}); fixture.CodeOf(err) != board.CodeNotFound {
		t.Errorf("an employer that is not there: %v", err)
	}
	var told store.Closure
	done, err := s.CloseEmployer(ctx, closed.EmployerID, "Northwind", func(c store.Closure) { told = c })
	if err != nil {
		t.Fatal(err)
	}
	want := store.Closure{EmployerID: closed.EmployerID, ClosedAt: storetest.Epoch, Webhooks: 1, Jobs: 3, Candidates: 1}
	if diff := cmp.Diff(want, done); diff != "" {
		t.Errorf("what was reached (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("the last that was told (-want +got):\n%s", diff)
	}

	// The emails that the account had sent to its own people go with all emails.
	fixture.MustExec(t, db, `DELETE FROM messages WHERE employer_id = $1 AND candidate_id IS NULL`, closed.EmployerID)
	if got := dumped(t, url, erasedCanary); len(got) > 0 {
		t.Errorf("the dump still has %v", got)
	}
	if diff := cmp.Diff(before, dumped(t, url, keptCanary)); diff != "" {
		t.Errorf("what the other account has (-want +got):\n%s", diff)
	}
	for what, query := range map[string]string{
		"keys that work":   `SELECT count(*) FROM api_keys WHERE employer_id = $1 AND status <> 'Revoked'`,
		"people":           `SELECT count(*) FROM users WHERE employer_id = $1 AND removed_at IS NULL`,
		"webhooks":         `SELECT count(*) FROM subscriptions WHERE employer_id = $1 AND deleted_at IS NULL`,
		"jobs that run":    `SELECT count(*) FROM jobs WHERE employer_id = $1 AND status <> 'Deactivated'`,
		"jobs to be found": `SELECT count(*) FROM job_index i JOIN jobs j ON j.id = i.job_id WHERE j.employer_id = $1`,
		"mail templates":   `SELECT count(*) FROM mail_templates WHERE employer_id = $1`,
		"saved searches":   `SELECT count(*) FROM cv_saved_searches WHERE employer_id = $1`,
	} {
		if n := fixture.Count(t, db, query, closed.EmployerID); n != 0 {
			t.Errorf("%s of the closed account: %d", what, n)
		}
		if n := fixture.Count(t, db, query, kept.EmployerID); n == 0 {
			t.Errorf("%s of the other account: none", what)
		}
	}
	again, err := s.CloseEmployer(ctx, closed.EmployerID, "whatever", func(store.Closure) {})
	if diff := cmp.Diff(store.Closure{EmployerID: closed.EmployerID, ClosedAt: storetest.Epoch}, again); diff != "" || err != nil {
		t.Errorf("closed again: %v (-want +got):\n%s", err, diff)
	}
}

// TestNobodyGetsIntoAnAccountWhileItIsClosed has what lets somebody in meet the end of the account: it comes before, and is ended too, or
// behind, and is refused.
func TestNobodyGetsIntoAnAccountWhileItIsClosed(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	s := storetest.Open(t, url, storetest.Options(storetest.NewClock()))
	db := fixture.Raw(t, url)
	for name, enter := range map[string]func(context.Context, account.Key) error{
		"a new key": func(ctx context.Context, old account.Key) error {
			_, _, err := s.Accounts.MintKey(ctx, account.NewKey{Tenant: old.Tenant, Name: "new", Scopes: apikey.AllScopes(), Approve: true})
			return err
		},
		"a rolled key": func(ctx context.Context, old account.Key) error {
			_, _, err := s.Accounts.RollKey(ctx, old.ID, old.EmployerID, 0)
			return err
		},
		"an invitation": func(ctx context.Context, old account.Key) error {
			_, _, err := s.Accounts.CreateInvitation(ctx, account.NewInvitation{EmployerID: old.EmployerID, Email: "bo@northwind.example", Role: board.RoleEmployerAdmin, PublicURL: "https://jobs.example"})
			return err
		},
	} {
		for _, first := range []bool{true, false} {
			tenant := fixture.Account(t, s, strings.ReplaceAll(name, " ", "-")+map[bool]string{true: "1", false: "2"}[first]+"@northwind.example", 0)
			old, _, err := s.Accounts.MintKey(t.Context(), account.NewKey{Tenant: tenant, Name: "old", Scopes: apikey.AllScopes(), Approve: true})
			if err != nil {
				t.Fatal(err)
			}
			entering := func(ctx context.Context) error {
				if err := enter(ctx, old); err != nil && (first || fixture.CodeOf(err) != board.CodeNotFound) {
					return err
				}
				return nil
			}
			closing := func(ctx context.Context) error {
				_, err := s.Accounts.CloseEmployer(ctx, tenant.EmployerID, "Northwind")
				return err
			}
			one, other := entering, closing
			if !first {
				one, other = closing, entering
			}
			fixture.Meet(t, db, `SELECT FROM employers WHERE id = $1 FOR UPDATE`, []any{tenant.EmployerID}, one, other)
			in := fixture.Count(t, db, `
SELECT (SELECT count(*) FROM api_keys WHERE employer_id = $1 AND status <> 'Revoked') + (SELECT count(*) FROM users WHERE employer_id = $1 AND removed_at IS NULL)`, tenant.EmployerID)
			if in != 0 {
				t.Errorf("%s, first in line: %t: %d are in", name, first, in)
			}
		}
	}
}
