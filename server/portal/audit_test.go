package portal_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"itmanagerjobs/server/portal"
	"itmanagerjobs/server/portal/portaltest"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/account/passkeytest"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// audit is the log of the first employer.
func auditOf(s *portaltest.Site) []account.AuditEntry {
	s.T.Helper()
	entries, _, err := s.Store.Accounts.Audit(s.T.Context(), account.AuditQuery{EmployerID: 1, Limit: 1000})
	if err != nil {
		s.T.Fatal(err)
	}
	return entries
}

// TestEveryFormLeavesAnEntry sends a form to every route of the portal that takes one. A route that is not here fails the test.
func TestEveryFormLeavesAnEntry(t *testing.T) {
	t.Parallel()
	payments := func(c *portal.Config) { c.Payments = newCheckouts(c.Now) }
	s := portaltest.New(t, payments)
	ada := s.Browser().SignUp("Northwind", "ada@northwind.example")
	bo, secret := ada, ""
	var key *passkeytest.Authenticator
	tenant := board.Tenant{EmployerID: 1, Mode: board.ModeLive}
	if _, err := s.Store.Accounts.GrantCredits(t.Context(), tenant, account.Credits{JobPosting: 5, CVSearch: 5}); err != nil {
		t.Fatal(err)
	}
	j := fixture.Active(t, s.Store, tenant, nil)
	for _, name := range []string{"Grace", "Bob", "Carol"} {
		s.Apply(j, name)
	}
	person := fmt.Sprintf("candidates/%d", fixture.ImportAll(t, s.Store, fixture.People(t, 1, 1))[0])
	entry := func(pattern string, do func() portaltest.Answer, action string, actor int64, objects ...string) {
		t.Helper()
		before := len(auditOf(s))
		a := do()
		entries := auditOf(s)
		if len(entries) != before+1 {
			t.Errorf("%s leaves %d entries, want 1: %d at %s\n%s", pattern, len(entries)-before, a.Status, a.Path, a.Body)
			return
		}
		e := entries[before]
		if e.Action != action || e.Actor != board.AuditUser || e.ActorID != actor || fmt.Sprint(e.Objects) != fmt.Sprint(objects) || e.Address != "127.0.0.1" {
			t.Errorf("%s leaves %+v, want %s of user %d on %v", pattern, e, action, actor, objects)
		}
	}
	post := func(b func() *portaltest.Browser, path string, form url.Values) func() portaltest.Answer {
		return func() portaltest.Answer { return b().Post(path, form) }
	}
	as := func(b **portaltest.Browser) func() *portaltest.Browser {
		return func() *portaltest.Browser { return *b }
	}
	steps := []auditStep{
		{"POST /employer/keys", func() portaltest.Answer { return ada.Post("/employer/keys", ada.KeyForm("Bullhorn")) }, "createKey", 1, []string{"keys/1"}},
		{"POST /employer/keys/{id}/revoke", post(as(&ada), "/employer/keys/1/revoke", nil), "revokeKey", 1, []string{"keys/1"}},
		{"POST /employer/applications/{id}/move", post(as(&ada), "/employer/applications/1/move", url.Values{"status": {"Screened"}, "fromStatus": {"New"}}), "moveApplication", 1, []string{"applications/1"}},
		{"POST /employer/applications/{id}/rating", post(as(&ada), "/employer/applications/1/rating", url.Values{"rating": {"3"}}), "rateApplication", 1, []string{"applications/1"}},
		{"POST /employer/applications/{id}/notes", post(as(&ada), "/employer/applications/1/notes", url.Values{"text": {"Good"}}), "createNote", 1, []string{"applications/1"}},
		{"POST /employer/applications/{id}/notes/{note}", post(as(&ada), "/employer/applications/1/notes/1", url.Values{"text": {"Better"}}), "editNote", 1, []string{"applications/1"}},
		{"POST /employer/applications/{id}/notes/{note}/delete", post(as(&ada), "/employer/applications/1/notes/1/delete", nil), "deleteNote", 1, []string{"applications/1"}},
		{"POST /employer/applications/move", post(as(&ada), "/employer/applications/move", url.Values{"status": {"Screened"}, "id": {"2:New", "3:New"}}), "moveApplications", 1, []string{"applications/2", "applications/3"}},
		{"POST /employer/applications/reject", post(as(&ada), "/employer/applications/reject", url.Values{"form": {"reject-1"}, "id": {"2:Screened", "3:New"}, "subject": {"x"}, "body": {"x"}}), "rejectApplications", 1, []string{"applications/2"}},
		{"POST /employer/interviews", post(as(&ada), "/employer/interviews", url.Values{"form": {"plan-1"}, "application": {"1"}, "startsAt": {"2026-07-01T10:00"}, "durationMinutes": {"30"}, "timeZone": {"UTC"}}), "createInterview", 1, []string{"interviews/1"}},
		{"POST /employer/interviews/{id}", post(as(&ada), "/employer/interviews/1", url.Values{"version": {"1"}, "startsAt": {"2026-07-02T10:00"}, "durationMinutes": {"30"}, "timeZone": {"UTC"}}), "patchInterview", 1, []string{"interviews/1"}},
		{"POST /employer/interviews/{id}/state", post(as(&ada), "/employer/interviews/1/state", url.Values{"status": {"Cancelled"}}), "patchInterview", 1, []string{"interviews/1"}},
		{"POST /employer/search/saved", post(as(&ada), "/employer/search/saved", url.Values{"name": {"x"}, "search": {"q=x"}}), "saveSearch", 1, []string{"searches/1"}},
		{"POST /employer/search/saved/{id}/delete", post(as(&ada), "/employer/search/saved/1/delete", nil), "deleteSavedSearch", 1, []string{"searches/1"}},
		{"POST /employer/search/stop/{token}", func() portaltest.Answer {
			ada.Post("/employer/search/saved", url.Values{"name": {"Everybody"}, "search": {"q="}})
			fixture.ImportAll(t, s.Store, fixture.People(t, 2, 1))
			s.Clock.Advance(time.Hour)
			if _, err := s.Store.CV.LookForSaved(t.Context(), 10); err != nil {
				t.Fatal(err)
			}
			before := len(auditOf(s))
			a := s.Browser().Post(strings.TrimPrefix(s.Mails("ada@northwind.example")[0].Unsubscribe, storetest.PublicURL), nil)
			if entries := auditOf(s); len(entries) != before+1 || entries[before].Action != "deleteSavedSearch" || entries[before].ActorID != 1 || fmt.Sprint(entries[before].Objects) != "[searches/2]" {
				t.Errorf("the link that ends emails leaves %+v", entries[before:])
			}
			return a
		}, "", 0, nil},
		{"POST /employer/candidates/{id}/unlock", post(as(&ada), "/employer/"+person+"/unlock", nil), "unlockCandidate", 1, []string{person}},
		{"POST /employer/candidates/{id}/erase", post(as(&ada), "/employer/candidates/1/erase", url.Values{"confirm": {"erase"}}), "eraseCandidate", 1, []string{"candidates/1"}},
		{"POST /employer/company", post(as(&ada), "/employer/company", url.Values{"name": {"Northwind Ltd"}}), "updateEmployer", 1, []string{"employers/1"}},
		{"POST /employer/account", post(as(&ada), "/employer/account", url.Values{"name": {"Ada Lovelace"}}), "renameUser", 1, []string{"users/1"}},
		{"POST /employer/team", post(as(&ada), "/employer/team", url.Values{"email": {"bo@northwind.example"}, "role": {"Viewer"}}), "inviteUser", 1, []string{"users/2"}},
		{"POST /employer/team/{id}/link", post(as(&ada), "/employer/team/2/link", nil), "renewInvitation", 1, []string{"users/2"}},
		{"POST /employer/invitation/{token}", func() portaltest.Answer {
			bo = s.Browser()
			link := invite(t, ada, "/employer/team", url.Values{"email": {"cy@northwind.example"}, "role": {"Recruiter"}})
			before := len(auditOf(s))
			a := bo.Post(link, url.Values{"name": {"Cy"}, "password": {portaltest.Password}})
			if n := len(auditOf(s)); n != before+1 {
				t.Errorf("accepting an invitation leaves %d entries", n-before)
			}
			bo.Get("/employer/account")
			return a
		}, "", 0, nil},
		{"POST /employer/account/confirm", post(as(&bo), "/employer/account/confirm", nil), "askToConfirm", 3, []string{"users/3"}},
		{"POST /employer/confirm/{token}", func() portaltest.Answer { return bo.Post(s.Mailed("cy@northwind.example", "confirm"), nil) }, "confirmAddress", 3, []string{"users/3"}},
		{"POST /employer/team/{id}/role", post(as(&ada), "/employer/team/3/role", url.Values{"role": {"Viewer"}}), "changeRole", 1, []string{"users/3"}},
		{"POST /employer/account/email", post(as(&bo), "/employer/account/email", url.Values{"email": {"cyd@northwind.example"}, "presentPassword": {portaltest.Password}}), "askForAddress", 3, []string{"users/3"}},
		{"POST /employer/address/{token}", func() portaltest.Answer { return s.Browser().Post(s.Mailed("cyd@northwind.example", "address"), nil) }, "changeAddress", 3, []string{"users/3"}},
		{"POST /employer/account/password", post(as(&bo), "/employer/account/password", url.Values{"password": {"another horse battery"}, "presentPassword": {portaltest.Password}}), "changePassword", 3, []string{"users/3"}},
		{"POST /employer/sign-in", func() portaltest.Answer {
			bo = s.Browser()
			return bo.Post("/employer/sign-in", url.Values{"email": {"cyd@northwind.example"}, "password": {"another horse battery"}})
		}, "signIn", 3, []string{"users/3"}},
		{"POST /employer/account/sessions/{id}/end", func() portaltest.Answer {
			bo.Get("/employer/account")
			sessions, err := s.Store.Accounts.Sessions(t.Context(), 3, "")
			if err != nil || len(sessions) != 2 {
				t.Fatalf("sessions %+v, %v", sessions, err)
			}
			id := min(sessions[0].ID, sessions[1].ID)
			if before := len(auditOf(s)); before == 0 {
				t.Fatal("no entries")
			}
			return bo.Post(fmt.Sprintf("/employer/account/sessions/%d/end", id), nil)
		}, "endSession", 3, nil},
		{"POST /employer/account/second-factor", post(as(&bo), "/employer/account/second-factor", url.Values{"presentPassword": {"another horse battery"}}), "beginSecondFactor", 3, []string{"users/3"}},
		{"POST /employer/account/second-factor/app", func() portaltest.Answer {
			secret = secretOf(bo)
			return bo.Post("/employer/account/second-factor/app", url.Values{"code": {codeOf(s, secret)}})
		}, "confirmSecondFactor", 3, []string{"users/3"}},
		{"POST /employer/account/second-factor/codes", post(as(&bo), "/employer/account/second-factor/codes", nil), "newRecoveryCodes", 3, []string{"users/3"}},
		{"POST /employer/sign-in/code", func() portaltest.Answer {
			s.Clock.Advance(time.Minute)
			bo = s.Browser()
			bo.Post("/employer/sign-in", url.Values{"email": {"cyd@northwind.example"}, "password": {"another horse battery"}})
			return bo.Post("/employer/sign-in/code", url.Values{"code": {codeOf(s, secret)}})
		}, "signIn", 3, []string{"users/3"}},
		{"POST /employer/account/prove", func() portaltest.Answer {
			s.Clock.Advance(time.Minute)
			bo.Get("/employer/account")
			return bo.Post("/employer/account/prove", url.Values{"code": {codeOf(s, secret)}})
		}, "proveSecondFactor", 3, []string{"users/3"}},
		{"POST /employer/account/passkeys", func() (a portaltest.Answer) {
			key, a = bo.AddPasskey("Phone")
			return a
		}, "createPasskey", 3, []string{"users/3"}},
		{"POST /employer/account/passkeys/{id}", post(as(&bo), "/employer/account/passkeys/1", url.Values{"name": {"My phone"}}), "renamePasskey", 3, []string{"users/3"}},
		{"POST /employer/sign-in/passkey", func() portaltest.Answer {
			return s.Browser().UsePasskey("/employer/sign-in/passkey", key)
		}, "signIn", 3, []string{"users/3"}},
		{"POST /employer/account/passkeys/{id}/remove", post(as(&bo), "/employer/account/passkeys/1/remove", nil), "removePasskey", 3, []string{"users/3"}},
		{"POST /employer/account/second-factor/off", post(as(&bo), "/employer/account/second-factor/off", nil), "dropSecondFactor", 3, []string{"users/3"}},
		{"POST /employer/account/sessions/end", post(as(&bo), "/employer/account/sessions/end", nil), "endSessions", 3, []string{"users/3"}},
		{"POST /employer/reset/{token}", func() portaltest.Answer {
			bo.Post("/employer/forgot", url.Values{"email": {"cyd@northwind.example"}})
			return bo.Post(s.Mailed("cyd@northwind.example", "reset"), url.Values{"password": {portaltest.Password}})
		}, "resetPassword", 3, []string{"users/3"}},
		{"POST /employer/team/{id}/remove", post(as(&ada), "/employer/team/3/remove", nil), "removeUser", 1, []string{"users/3"}},
		{"POST /employer/billing/buy/{package}", func() portaltest.Answer {
			form := url.Values{"form": {portaltest.HiddenForm.FindStringSubmatch(ada.Get("/employer/billing/buy/team").Body)[1]}}
			for name, value := range map[string]string{"company": "Northwind", "address": "Leeds", "country": "GB"} {
				form.Set(name, value)
			}
			return ada.Post("/employer/billing/buy/team", form)
		}, "buyPackage", 1, []string{"orders/1"}},
		{"POST /employer/billing/orders/{id}/pay", post(as(&ada), "/employer/billing/orders/1/pay", nil), "payOrder", 1, []string{"orders/1"}},
		{"POST /employer/sign-out", post(as(&ada), "/employer/sign-out", nil), "signOut", 1, []string{"users/1"}},
	}
	last := len(steps) - 1
	steps = slices.Concat(steps[:last], workSteps(ada, s), steps[last:]) // signing out comes last
	done := map[string]bool{
		"POST /employer/sign-up": true, // by its first entry, below
		"POST /employer/forgot":  true, // anybody can send it, and it changes nothing
		"POST /employer/theme":   true, // colours, in a cookie
		"POST /employer/mode":    true, // what a session looks at
	}
	for _, step := range steps {
		done[step.pattern] = true
		switch {
		case step.action == "":
			step.do()
		case step.objects == nil:
			before := len(auditOf(s))
			step.do()
			if entries := auditOf(s); len(entries) != before+1 || entries[before].Action != step.action || entries[before].ActorID != step.actor {
				t.Errorf("%s leaves %+v", step.pattern, entries[before:])
			}
		default:
			entry(step.pattern, step.do, step.action, step.actor, step.objects...)
		}
	}
	if first := auditOf(s)[0]; first.Action != "signUp" || first.ActorID != 1 {
		t.Errorf("signing up leaves %+v", first)
	}
	for _, pattern := range portaltest.NewPortal(t, s.Store, s.Clock, &portaltest.LogBuffer{}, s.URL, payments).Patterns() {
		if strings.HasPrefix(pattern, "POST ") && !done[pattern] {
			t.Errorf("%s is not tried: add it", pattern)
		}
	}
	if _, faults, err := s.Store.Accounts.VerifyAudit(t.Context()); len(faults) != 0 || err != nil {
		t.Errorf("the log is not a chain: %v, %v", faults, err)
	}
}

// TestWhatIsRefusedLeavesNoEntry: an entry says that something was done.
func TestWhatIsRefusedLeavesNoEntry(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	ada := s.Browser().SignUp("Northwind", "ada@northwind.example")
	bo := s.Join(board.RoleViewer, ada, "bo@northwind.example")
	form := ada.KeyForm("Bullhorn")
	ada.Post("/employer/keys", form)
	before := len(auditOf(s))
	ada.Post("/employer/keys", form) // sent twice
	ada.Post("/employer/team/1/remove", nil)
	ada.Post("/employer/account/password", url.Values{"presentPassword": {"a wrong password"}, "password": {portaltest.Password}})
	ada.Post("/employer/company", url.Values{"name": {""}})
	tenant := board.Tenant{EmployerID: 1, Mode: board.ModeLive}
	if _, err := s.Store.Accounts.GrantCredits(t.Context(), tenant, account.Credits{JobPosting: 1}); err != nil {
		t.Fatal(err)
	}
	s.Apply(fixture.Active(t, s.Store, tenant, nil), "Grace")
	ada.Post("/employer/applications/1/move", url.Values{"status": {"Offered"}, "fromStatus": {"Screened"}})
	ada.Post("/employer/applications/move", url.Values{"status": {"Offered"}, "id": {"1:Screened"}})
	ada.Post("/employer/applications/reject", url.Values{"form": {"f"}, "id": {"1:Screened"}, "subject": {"x"}, "body": {"x"}})
	ada.Post("/employer/applications/reject", url.Values{"form": {"f"}, "id": {"1:New"}, "subject": {"x"}, "body": {"x"}, "do": {"preview"}})
	ada.Post("/employer/candidates/1/erase", url.Values{"confirm": {"no"}})
	bo.Post("/employer/keys", form)
	s.Browser().SignIn("ada@northwind.example", "a wrong password")
	if entries := auditOf(s); len(entries) != before {
		t.Errorf("entries of what was refused: %+v", entries[before:])
	}
}

// TestTheAuditLogIsInWordsThatPeopleSay: operations of the API have names that programmers say.
func TestTheAuditLogIsInWordsThatPeopleSay(t *testing.T) {
	t.Parallel()
	for action, want := range map[string]string{
		"createKey": "create key", "upsertJobByReference": "save job by reference", "patchAiCall": "change AI call", "mintKey": "issue key",
	} {
		if got := portal.AuditWords(action); got != want {
			t.Errorf("%s is %q, want %q", action, got, want)
		}
	}
}

func TestTheAuditLogIsShownAndDownloaded(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	ada := s.Browser().SignUp("Northwind", "ada@northwind.example")
	eve := s.Browser().SignUp("Southwind", "eve@southwind.example")
	ada.Post("/employer/account", url.Values{"name": {`=HYPERLINK("x")<script>`}}).Wants(t, http.StatusOK)
	ada.Post("/employer/keys", ada.KeyForm("Bullhorn")).Wants(t, http.StatusCreated)
	list := ada.Get("/employer/audit")
	list.Wants(t, http.StatusOK, "Sign up", "Confirm address", "Rename user", "Create key", "API key 1", "127.0.0.1", `=HYPERLINK("x")<script>`)
	if strings.Contains(list.Body, "<script>`") || strings.Contains(list.Body, `")<script`) {
		t.Error("a name is markup")
	}
	one := ada.Get("/employer/audit?who=User/1&action=createKey&since=2026-03-02&until=2026-03-02")
	one.Wants(t, http.StatusOK, "API key 1")
	if strings.Contains(one.Body, "Team member 1") {
		t.Error("the filter lets others through")
	}
	ada.Get("/employer/audit?until=2026-03-01").Wants(t, http.StatusOK, "There is no entry like that")
	ada.Get("/employer/audit?who=User/2").Wants(t, http.StatusOK, "There is no entry like that")
	for _, bad := range []string{"since=yesterday", "who=Robot/1", "who=User/x", "before=0"} {
		ada.Get("/employer/audit?"+bad).Wants(t, http.StatusUnprocessableEntity, "There is a problem")
	}
	file := ada.Get("/employer/audit.csv?action=renameUser")
	if got := file.Header.Get("Content-Type"); got != "text/csv; charset=utf-8" {
		t.Errorf("Content-Type %q", got)
	}
	rows, err := csv.NewReader(strings.NewReader(file.Body)).ReadAll()
	if err != nil || len(rows) != 2 || rows[1][4] != `'=HYPERLINK("x")<script>` || rows[1][5] != "renameUser" {
		t.Errorf("the file: %q, %v", rows, err)
	}
	if other := eve.Get("/employer/audit"); strings.Contains(other.Body, "Create key") {
		t.Error("another employer sees the log")
	}
	for range 120 {
		ada.Post("/employer/account", url.Values{"name": {"Ada"}})
	}
	newest := ada.Get("/employer/audit?action=renameUser")
	newest.Wants(t, http.StatusOK, "before=")
	if n := strings.Count(newest.Body, "<strong>Rename user</strong>"); n != 100 {
		t.Errorf("%d entries on a page, want 100", n)
	}
}
