package desk_test

import (
	"fmt"
	"html"
	"math"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"itmanagerjobs/server/pagestest"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/billing"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/letter"
	"itmanagerjobs/store/storetest/fixture"
)

// furnished is a desk with something on every page whose route has an id, which is 1.
func furnished(t *testing.T) *site {
	t.Helper()
	s := newSite(t, true)
	s.pendingKey("Bullhorn")
	s.stock()
	fixture.ImportAll(t, s.store, fixture.People(t, 1, 1))
	return s
}

// routed splits a route, whose id is 1.
func routed(pattern string) (method, path string) {
	method, path, _ = strings.Cut(pattern, " ")
	return method, strings.ReplaceAll(path, "{id}", "1")
}

// member is a browser in which a member of the employer is signed in.
func (s *site) member(role board.Role) *browser {
	s.t.Helper()
	email := strings.ToLower(string(role)) + "@northwind.example"
	_, token, err := s.store.Accounts.CreateInvitation(s.t.Context(), account.NewInvitation{EmployerID: s.employer.EmployerID, Email: email, Role: role})
	if err != nil {
		s.t.Fatal(err)
	}
	b := s.browser()
	if a := b.post("/employer/invitation/"+token, url.Values{"name": {"Bo Member"}, "password": {password}}); a.path != "/employer" {
		s.t.Fatalf("%s joins: %d at %s", role, a.status, a.path)
	}
	return b
}

// TestRolesTimesRoutesOfTheDesk asks for every page and sends every form of the route table as a stranger, in every role of an employer,
// with the session of such a member in the cookie of the desk, and as a reviewer. Nobody but the reviewer gets anywhere.
func TestRolesTimesRoutesOfTheDesk(t *testing.T) {
	t.Parallel()
	s := furnished(t)
	at, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	strangers, thieves := map[string]*browser{"a stranger": s.browser()}, map[board.Role]*browser{}
	for _, role := range board.EmployerRoles() {
		member, thief := s.member(role), s.browser()
		for _, c := range member.client.Jar.Cookies(at) {
			thief.client.Jar.SetCookies(at, []*http.Cookie{{Name: strings.Replace(c.Name, "employer", "platform", 1), Value: c.Value, Path: "/"}})
		}
		strangers["a member, "+string(role)], thieves[role] = member, thief
		if a := member.post("/platform/sign-in", url.Values{"email": {strings.ToLower(string(role)) + "@northwind.example"}, "password": {password}}); a.status != http.StatusUnprocessableEntity {
			t.Errorf("%s signs in at the desk: %d at %s", role, a.status, a.path)
		}
	}
	before := s.actions()
	for _, pattern := range s.desk.Reviewers() {
		method, path := routed(pattern)
		ask := func(b *browser) answer {
			if method == http.MethodGet {
				return b.get(path)
			}
			return b.post(path, nil)
		}
		for name, b := range strangers {
			a := ask(b)
			if method == http.MethodGet && a.path != "/platform/sign-in" || method == http.MethodPost && (a.status != http.StatusOK || !strings.Contains(a.body, "You were signed out meanwhile, and nothing was changed")) {
				t.Errorf("%s reaches %s: %d at %s", name, pattern, a.status, a.path)
			}
		}
		for role, b := range thieves {
			if a := ask(b); a.status != http.StatusForbidden || !strings.Contains(a.body, "These pages are for the people who run the platform") {
				t.Errorf("the session of a member, %s, reaches %s: %d at %s", role, pattern, a.status, a.path)
			}
		}
	}
	if after := s.actions(); after != before {
		t.Errorf("the audit log has %s, before: %s", after, before)
	}
	if k, err := s.store.Accounts.PlatformKey(t.Context(), 1); err != nil || k.Status != apikey.Pending {
		t.Errorf("the key is %+v, %v", k, err)
	}
	rita := s.signedIn("/platform", reviewer)
	missing := []string{"GET /platform/cv/imports/{id}", "GET /platform/account/passkeys/{id}", "GET /platform/account/second-factor/app", "GET /platform/account/second-factor/app.png"} // they follow a form
	for _, pattern := range s.desk.Reviewers() {
		if method, path := routed(pattern); method == http.MethodGet {
			if a := rita.get(path); a.status != http.StatusOK && !slices.Contains(missing, pattern) || a.header.Get("Cache-Control") != "no-store" {
				t.Errorf("a reviewer opens %s: %d at %s, %q", path, a.status, a.path, a.header.Get("Cache-Control"))
			}
		}
	}
	if a := rita.get("/employer"); a.path != "/employer/sign-in" {
		t.Errorf("a reviewer opens the portal: %d at %s", a.status, a.path)
	}
	if a := rita.get("/platform/sign-in?next=//evil.example"); !strings.Contains(a.body, `name="next" value="/platform"`) {
		t.Error("the page to sign in leads to another site")
	}
}

// TestAnotherSiteSendsTheDeskNothing sends every form of the route table from pages of other sites, in the browser of a reviewer.
func TestAnotherSiteSendsTheDeskNothing(t *testing.T) {
	t.Parallel()
	s := furnished(t)
	rita := s.signedIn("/platform", reviewer)
	before := s.actions()
	forms := 0
	for _, pattern := range slices.Concat(s.desk.Public(), s.desk.Reviewers()) {
		method, path := routed(pattern)
		if method != http.MethodPost {
			continue
		}
		forms++
		for _, from := range []http.Header{{"Sec-Fetch-Site": {"cross-site"}}, {"Sec-Fetch-Site": {"same-site"}}, {"Origin": {"https://evil.example"}}, {"Origin": {"null"}}} {
			if a := rita.postWith(from, path, url.Values{"confirm": {"erase"}, "reason": {"x"}, "trusted": {"yes"}}); a.status != http.StatusForbidden || !strings.Contains(a.body, "another website") {
				t.Errorf("%s from %v: %d at %s", pattern, from, a.status, a.path)
			}
		}
	}
	if forms < 20 {
		t.Errorf("only %d forms were sent", forms)
	}
	if after := s.actions(); after != before {
		t.Errorf("the audit log has %s, before: %s", after, before)
	}
	if a := rita.get("/platform"); a.path != "/platform" {
		t.Errorf("the reviewer was signed out: at %s", a.path)
	}
}

// TestWhatAReviewerTypedComesBack sends a form after the session has ended, and signs in again.
func TestWhatAReviewerTypedComesBack(t *testing.T) {
	t.Parallel()
	s := furnished(t)
	rita := s.signedIn("/platform", reviewer)
	for _, tt := range []struct{ page, sentTo, field string }{
		{"/platform/keys/1", "/platform/keys/1/refuse", "reason"}, {fmt.Sprintf("/platform/employers/%d", s.employer.EmployerID), fmt.Sprintf("/platform/employers/%d/credits", s.employer.EmployerID), "note"},
		{"/platform/account", "/platform/account", "name"},
	} {
		rita.get(tt.page)
		rita.post("/platform/sign-out", nil)
		a := rita.post(tt.sentTo, url.Values{tt.field: {"Typed & kept"}})
		a.wants(t, http.StatusOK, "You were signed out meanwhile, and nothing was changed", `name="next" value="`+tt.page+`"`)
		kept := regexp.MustCompile(`name="kept" value="([^"]*)"`).FindStringSubmatch(a.body)
		if kept == nil {
			t.Fatalf("%s: nothing is kept", tt.sentTo)
		}
		back := rita.post("/platform/sign-in", url.Values{"email": {reviewer}, "password": {password}, "next": {tt.page}, "kept": {html.UnescapeString(kept[1])}})
		back.wants(t, http.StatusOK, "Here is what you typed", "Typed & kept")
		if back.path != tt.page {
			t.Errorf("the sign-in leads to %s, want %s", back.path, tt.page)
		}
	}
}

// TestPagesOfTheDeskTakeAFixedNumberOfStatements compares every page of the route table with one row and with many.
func TestPagesOfTheDeskTakeAFixedNumberOfStatements(t *testing.T) {
	t.Parallel()
	s := furnished(t)
	rita := s.signedIn("/platform", reviewer)
	var paths []string
	for _, pattern := range s.desk.Reviewers() {
		if method, path := routed(pattern); method == http.MethodGet && rita.get(path).status == http.StatusOK {
			paths = append(paths, path)
		}
	}
	few := map[string]int64{}
	for _, path := range paths {
		few[path] = rita.statements(path)
	}
	s.fill(20)
	for _, path := range paths {
		if many := rita.statements(path); many != few[path] {
			t.Errorf("%s takes %d statements with many rows, and %d with few", path, many, few[path])
		}
	}
}

// statements counts what a page asks the database: the least of some readings, for what runs in the background only adds some.
func (b *browser) statements(path string) int64 {
	b.t.Helper()
	least := int64(math.MaxInt64)
	for range 3 {
		before := b.store.RoundTrips()
		b.get(path).wants(b.t, http.StatusOK)
		least = min(least, b.store.RoundTrips()-before)
	}
	return least
}

// fill makes n more of everything that is listed.
func (s *site) fill(n int) {
	s.t.Helper()
	ctx := s.t.Context()
	must := func(err error) {
		s.t.Helper()
		if err != nil {
			s.t.Fatal(err)
		}
	}
	db := fixture.Raw(s.t, s.database)
	for i := range n {
		tenant := fixture.Account(s.t, s.store, fmt.Sprintf("fill-%d@example.com", i), 0)
		for _, employer := range []board.Tenant{tenant, s.employer} {
			_, _, err := s.store.Accounts.MintKey(ctx, account.NewKey{Tenant: employer, Name: fmt.Sprintf("Key %d", i), Scopes: []apikey.Scope{apikey.ScopeCVSearch}})
			must(err)
			o, err := s.store.Billing.CreateOrder(ctx, billing.NewOrder{
				EmployerID: employer.EmployerID, UserID: 2, Package: "team", Seller: seller, Form: fmt.Sprintf("fill-%d-%d", i, employer.EmployerID),
				Details: board.BillingDetails{Company: "Northwind", Address: "Leeds", Country: "GB"},
			})
			must(err)
			must(s.store.Accounts.NotePlatformAction(ctx, account.PlatformAction{Action: "mark paid", UserID: 1, EmployerID: employer.EmployerID, Subject: fmt.Sprintf("order %d", o.ID), Address: "192.0.2.1"}))
		}
		_, err := s.store.Accounts.CreateContactRequest(ctx, board.ContactRequest{Name: "Bo", Email: "bo@example.com", Message: "How much?"}, fmt.Sprintf("192.0.2.%d", i))
		must(err)
		must(s.store.Outbox.SendMail(ctx, 0, letter.Mail{To: "zoe@example.com", Subject: "A letter", Text: "Hi"}))
		s.signedIn("/platform", reviewer)
	}
	fixture.ImportAll(s.t, s.store, fixture.People(s.t, 2, n))
	sub, _ := fixture.Subscribe(s.t, s.store, s.employer, event.JobCreated)
	for range n {
		fixture.Create(s.t, s.store, s.employer, board.JobPatch{Title: board.Set("IT Manager")})
	}
	fixture.MustExec(s.t, db, `DELETE FROM delivery_queue`)
	fixture.MustExec(s.t, db, `
INSERT INTO delivery_attempts (delivery_id, created_at, subscription_id, subject_id, started_at, number, status, dns_us, connect_us, tls_us, first_byte_us, total_us, outcome, stage, error, excerpt)
SELECT id, created_at, subscription_id, subject_id, created_at, 8, 500, 0, 0, 0, 0, 1, 'DeadLetter', '', '', '' FROM deliveries WHERE subscription_id = $1`, sub.ID)
	fixture.MustExec(s.t, db, `INSERT INTO cv_imports (mode, started_by, file, status, created_at, updated_at) SELECT 'live', 1, 'people.ndjson', 'Done', $2::timestamptz, $2 FROM generate_series(1, $1)`, n, s.clock.Now())
}

// TestHostileNamesFitOnThePhoneOfAReviewer opens every page of the route table in a real browser, with names that are hostile and as long as
// they may be.
func TestHostileNamesFitOnThePhoneOfAReviewer(t *testing.T) {
	t.Parallel()
	s := newSite(t, true)
	s.pendingKey(pagestest.Hostile(100))
	ada := s.signedIn("/employer", admin)
	ada.get("/employer/company")
	ada.post("/employer/company", url.Values{"name": {pagestest.Hostile(200)}}).wants(t, http.StatusOK)
	ada.get("/employer/billing/buy/team")
	ada.post("/employer/billing/buy/team", url.Values{"company": {pagestest.Hostile(200)}, "address": {pagestest.Hostile(200)}, "country": {"GB"}}).wants(t, http.StatusOK)
	if _, err := s.store.Accounts.CreateContactRequest(t.Context(), board.ContactRequest{Name: pagestest.Hostile(100), Email: "bo@example.com", Company: pagestest.Hostile(100), Message: pagestest.Hostile(2000)}, "192.0.2.1"); err != nil {
		t.Fatal(err)
	}
	person := fixture.People(t, 1, 1)
	person[0].FirstName, person[0].LastName, person[0].Title = pagestest.Hostile(100), pagestest.Hostile(100), pagestest.Hostile(200)
	fixture.ImportAll(t, s.store, person)
	if err := s.store.Outbox.SendMail(t.Context(), 0, letter.Mail{To: "zoe@example.com", Subject: pagestest.Hostile(200), Text: pagestest.Hostile(400), HTML: "<p>Hi</p>"}); err != nil {
		t.Fatal(err)
	}
	fixture.MustExec(t, fixture.Raw(t, s.database), `INSERT INTO cv_imports (mode, started_by, file, status, problems, created_at, updated_at) VALUES ('live', 1, $1, 'Done', ARRAY[$1], $2, $2)`, pagestest.Hostile(200), s.clock.Now())
	rita := s.signedIn("/platform", reviewer)
	rita.get("/platform/account")
	rita.post("/platform/account", url.Values{"name": {pagestest.Hostile(100)}}).wants(t, http.StatusOK)
	b := s.tab(t)
	b.Phone()
	for _, pattern := range s.desk.Reviewers() {
		method, path := routed(pattern)
		if method != http.MethodGet || strings.HasSuffix(path, ".png") {
			continue
		}
		if a := rita.get(path); strings.Contains(a.body, pagestest.HostileMarkup) {
			t.Errorf("%s has a name as markup", path)
		}
		b.Harmless(t, s.url+path)
	}
}
