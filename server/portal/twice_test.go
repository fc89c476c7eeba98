package portal_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"itmanagerjobs/server/portal/portaltest"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/storetest/fixture"
)

// makes are the actions of the audit log by which the portal makes something new, or spends something.
var makes = regexp.MustCompile(`^(create|invite|buy|publish|extend|duplicate|save|unlock|roll|reject|add|replay|resend|rotate|send|test)`)

// TestADoubleSubmitIsDoneOnce sends each form that makes something twice at once, twice at once to one copy of the program, as a double click does
// when the first answer is slow. One thing is made; the other answer says so or leads to it, and is no fault.
func TestADoubleSubmitIsDoneOnce(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	ada, _ := s.Hire("Grace", "Bob")
	if _, err := s.Store.Accounts.GrantCredits(t.Context(), board.Tenant{EmployerID: 1, Mode: board.ModeLive}, account.Credits{JobPosting: 50, CVSearch: 50}); err != nil {
		t.Fatal(err)
	}
	person := fixture.ImportAll(t, s.Store, fixture.People(t, 1, 1))[0]
	fixture.Create(t, s.Store, board.Tenant{EmployerID: 1, Mode: board.ModeLive}, fixture.Complete("A draft"))
	ada.AddWebhook("https://ats.example/hook", "job.created")
	ada.Post("/employer/keys", ada.KeyForm("Rolled")).Wants(t, http.StatusCreated)
	shown := func(page string, form url.Values) url.Values {
		t.Helper()
		form.Set("form", portaltest.HiddenForm.FindStringSubmatch(ada.Get(page).Body)[1])
		return form
	}
	formOf := func(page, sentTo string, form url.Values) url.Values {
		t.Helper()
		m := regexp.MustCompile(`(?s)action="` + sentTo + `(?:\?[^"]*)?".*?name="form" value="([^"]+)"`).FindStringSubmatch(ada.Get(page).Body)
		if m == nil {
			t.Fatalf("%s has no form for %s", page, sentTo)
		}
		form.Set("form", m[1])
		return form
	}
	tried := map[string]bool{}
	for _, tt := range []struct {
		pattern, path string
		form          url.Values
	}{
		{"POST /employer/jobs", "/employer/jobs", ada.JobValues("/employer/jobs/new", "title", "Once Only")},
		{"POST /employer/jobs/{id}/duplicate", "/employer/jobs/1/duplicate", formOf("/employer/jobs/1", "/employer/jobs/1/duplicate", url.Values{})},
		{"POST /employer/jobs/{id}/publish", "/employer/jobs/2/publish", url.Values{"expiryDate": {"2026-03-20"}}},
		{"POST /employer/jobs/{id}/extend", "/employer/jobs/2/extend", url.Values{"expiryDate": {"2026-04-20"}}},
		{"POST /employer/interviews", "/employer/interviews", shown("/employer/interviews/new?application=1", url.Values{"application": {"1"}, "startsAt": {"2026-07-01T10:00"}, "durationMinutes": {"45"}, "timeZone": {"UTC"}})},
		{"POST /employer/applications/{id}/notes", "/employer/applications/1/notes", formOf("/employer/applications/1", "/employer/applications/1/notes", url.Values{"text": {"Once"}})},
		{"POST /employer/applications/reject", "/employer/applications/reject", shown("/employer/applications/reject?id=2:New", url.Values{"id": {"2:New"}, "subject": {"x"}, "body": {"x"}})},
		{"POST /employer/mail-templates", "/employer/mail-templates", url.Values{"name": {"Once"}, "subject": {"x"}, "body": {"x"}}},
		{"POST /employer/search/saved", "/employer/search/saved", formOf("/employer/search?q=x", "/employer/search/saved", url.Values{"name": {"Once"}, "search": {"q=x"}})},
		{"POST /employer/candidates/{id}/unlock", "/employer/candidates/" + strconv.FormatInt(person, 10) + "/unlock", url.Values{}},
		{"POST /employer/webhooks", "/employer/webhooks", ada.WebhookForm("https://ats.example/once", "job.created")},
		{"POST /employer/webhooks/{id}/replays", "/employer/webhooks/1/replays", shown("/employer/webhooks/1/replays", url.Values{"since": {"24h"}})},
		{"POST /employer/contact", "/employer/contact", shown("/employer/contact", url.Values{"name": {"Ada"}, "message": {"Where is my invoice?"}})},
		{"POST /employer/keys", "/employer/keys", ada.KeyForm("Once")},
		{"POST /employer/keys/{id}/roll", "/employer/keys/1/roll", formOf("/employer/keys", "/employer/keys/1/roll", url.Values{"overlap": {"1h"}})},
		{"POST /employer/team", "/employer/team", url.Values{"email": {"bo@northwind.example"}, "role": {"Viewer"}}},
		{"POST /employer/billing/buy/{package}", "/employer/billing/buy/team", shown("/employer/billing/buy/team", url.Values{"company": {"Northwind"}, "address": {"Leeds"}, "country": {"GB"}})},
	} {
		tried[tt.pattern] = true
		tt.form.Set("employer", ada.Employer)
		tt.form.Set("opened", ada.Mode)
		before, had := auditOf(s), creditsOf(s)
		var both sync.WaitGroup
		answers := make([]portaltest.Answer, 2)
		for i := range answers {
			both.Go(func() { answers[i] = ada.Post(tt.path, tt.form) })
		}
		both.Wait()
		made := auditOf(s)[len(before):]
		now := creditsOf(s)
		if had.JobPosting-now.JobPosting > 1 || had.CVSearch-now.CVSearch > 1 {
			t.Errorf("%s, sent twice at once, has paid twice: %+v, then %+v", tt.path, had, now)
		}
		if len(made) != 1 && !sameAgain[tt.pattern] || len(made) == 0 {
			t.Errorf("%s, sent twice at once, was done %d times: %d, %d", tt.path, len(made), answers[0].Status, answers[1].Status)
		}
		for _, a := range answers {
			if a.Status >= http.StatusInternalServerError {
				t.Errorf("%s, sent twice at once: %d", tt.path, a.Status)
			}
		}
	}
	p := portaltest.NewPortal(t, s.Store, s.Clock, &portaltest.LogBuffer{}, s.URL)
	for pattern, action := range p.Actions() {
		if strings.HasPrefix(pattern, http.MethodPost) && makes.MatchString(action) && !tried[pattern] && notOnce[pattern] == "" {
			t.Errorf("%s, which is the action %s, is not sent twice", pattern, action)
		}
	}
}

// sameAgain are forms that leave everything as it is when they are sent again.
var sameAgain = map[string]bool{
	"POST /employer/candidates/{id}/unlock": true, // who is unlocked stays so, for the same price
	"POST /employer/jobs/{id}/extend":       true, // to a day
}

// notOnce are forms that may be sent again, and those that are sent twice elsewhere.
var notOnce = map[string]string{
	"POST /employer/account/passkeys":                           "a challenge is answered once",
	"POST /employer/test/inboxes":                               "an inbox costs nothing, and there may be but a few",
	"POST /employer/webhooks/{id}/deliveries/{delivery}/resend": "a delivery that waits is not resent",
	"POST /employer/webhooks/{id}/test":                         "each sends a test event",
}

func creditsOf(s *portaltest.Site) account.Credits {
	s.T.Helper()
	c, err := s.Store.Accounts.Credits(s.T.Context(), board.Tenant{EmployerID: 1, Mode: board.ModeLive})
	if err != nil {
		s.T.Fatal(err)
	}
	return c
}
