package portal_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"itmanagerjobs/server/portal/portaltest"
)

var keptField = regexp.MustCompile(`name="kept" value="([^"]*)"`)

// TestWhatWasTypedComesBackToItsForm sends forms of different pages after the session has ended, and signs in again: each finds its
// values, also where a page has several forms and where the address of the form is below that of the page.
func TestWhatWasTypedComesBackToItsForm(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	ada, _ := s.Hire("Grace")
	ada.Post("/employer/applications/1/notes", url.Values{"text": {"The first note"}}).Wants(t, http.StatusOK)
	ada.Post("/employer/mail-templates", url.Values{"form": {"x"}, "name": {"Kind"}, "subject": {"x"}, "body": {"x"}}).Wants(t, http.StatusOK)
	page := ada.Get("/employer/interviews/new?application=1")
	ada.Post("/employer/interviews", url.Values{
		"form": {portaltest.HiddenForm.FindStringSubmatch(page.Body)[1]}, "application": {"1"}, "startsAt": {"2026-07-01T10:00"}, "durationMinutes": {"45"}, "timeZone": {"UTC"},
	}).Wants(t, http.StatusOK)
	for _, tt := range []struct{ page, sentTo, field, shows string }{
		{"/employer/applications/1", "/employer/applications/1/notes", "text", "\n%s</textarea>"},
		{"/employer/applications/1", "/employer/applications/1/move", "reason", "\n%s</textarea>"},
		{"/employer/applications/1/notes/1", "/employer/applications/1/notes/1", "text", "\n%s</textarea>"},
		{"/employer/mail-templates/new", "/employer/mail-templates", "subject", `value="%s"`},
		{"/employer/mail-templates/1", "/employer/mail-templates/1", "body", "\n%s</textarea>"},
		{"/employer/interviews/1", "/employer/interviews/1", "location", `value="%s"`},
		{"/employer/jobs/1/edit", "/employer/jobs/1", "title", `value="%s"`},
		{"/employer/jobs/new", "/employer/jobs", "title", `value="%s"`},
		{"/employer/company", "/employer/company", "name", `value="%s"`},
		{"/employer/account", "/employer/account", "name", `value="%s"`},
		{"/employer/webhooks/new", "/employer/webhooks", "url", `value="%s"`},
	} {
		const typed = "What I typed <& more>"
		ada.Get(tt.page).Wants(t, http.StatusOK)
		form := url.Values{tt.field: {typed}, "employer": {ada.Employer}, "opened": {ada.Mode}}
		ada.Post("/employer/sign-out", nil)
		a := ada.Post(tt.sentTo, form)
		m := keptField.FindStringSubmatch(a.Body)
		next := regexp.MustCompile(`name="next" value="([^"]*)"`).FindStringSubmatch(a.Body)
		if m == nil || next == nil || !strings.Contains(a.Body, "You were signed out meanwhile") {
			t.Fatalf("%s keeps %q for %q", tt.sentTo, m, next)
		}
		back := ada.Post("/employer/sign-in", url.Values{"email": {"ada@northwind.example"}, "password": {portaltest.Password}, "next": {next[1]}, "kept": {html.UnescapeString(m[1])}})
		if back.Path != tt.page {
			t.Errorf("from %s the sign-in leads to %s, want %s", tt.sentTo, back.Path, tt.page)
		}
		if !strings.Contains(back.Body, strings.Replace(tt.shows, "%s", html.EscapeString(typed), 1)) || !strings.Contains(back.Body, "Here is what you typed") {
			t.Errorf("%s has lost what was typed into %s", tt.page, tt.field)
		}
		if again := ada.Get(tt.page); strings.Contains(again.Body, html.EscapeString(typed)) {
			t.Errorf("%s shows it twice", tt.page)
		}
	}
}

// signedOut sends a form whose session has ended, and signs in again from the page that it is answered with.
func signedOut(t *testing.T, b *portaltest.Browser, sentTo string, form url.Values) portaltest.Answer {
	t.Helper()
	form.Set("employer", b.Employer)
	form.Set("opened", b.Mode)
	b.Post("/employer/sign-out", nil)
	a := b.Post(sentTo, form)
	kept, next := keptField.FindStringSubmatch(a.Body), regexp.MustCompile(`name="next" value="([^"]*)"`).FindStringSubmatch(a.Body)
	if kept == nil || next == nil {
		t.Fatalf("%s keeps %q for %q", sentTo, kept, next)
	}
	return b.Post("/employer/sign-in", url.Values{
		"email": {"ada@northwind.example"}, "password": {portaltest.Password}, "next": {html.UnescapeString(next[1])}, "kept": {html.UnescapeString(kept[1])},
	})
}

// formSentTo is where the form of a page is sent to whose address begins like that.
func formSentTo(t *testing.T, a portaltest.Answer, address string) string {
	t.Helper()
	m := regexp.MustCompile(`method="post" action="(` + regexp.QuoteMeta(address) + `[^"]*)"`).FindStringSubmatch(a.Body)
	if m == nil {
		t.Fatalf("%s has no form to %s", a.Path, address)
	}
	return html.UnescapeString(m[1])
}

// TestWhatWasTypedComesBackToWhatItWasAbout sends forms of pages whose address says what they are about: they come back there, and
// never into the form about something else.
func TestWhatWasTypedComesBackToWhatItWasAbout(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	ada, _ := s.Hire("Grace", "Linus")

	interview := url.Values{"application": {"1"}, "startsAt": {"2026-07-01T10:00"}, "location": {"Room of Grace"}}
	sentTo := formSentTo(t, ada.Get("/employer/interviews/new?application=1"), "/employer/interviews")
	signedOut(t, ada, sentTo, interview).Wants(t, http.StatusOK, "Here is what you typed", "Plan an interview with Grace", `value="Room of Grace"`, `name="application" value="1"`)

	// Somebody who goes elsewhere first plans with somebody else.
	ada.Client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	signedOut(t, ada, sentTo, interview)
	ada.Client.CheckRedirect = nil
	other := ada.Get("/employer/interviews/new?application=2")
	other.Wants(t, http.StatusOK, "Plan an interview with Linus", `name="application" value="2"`)
	if strings.Contains(other.Body, "Room of Grace") {
		t.Error("what was typed about one person is in the form about another")
	}

	sentTo = formSentTo(t, ada.Get("/employer/webhooks/new?profile=cloudevents"), "/employer/webhooks")
	signedOut(t, ada, sentTo, url.Values{"profile": {"cloudevents"}, "url": {"https://mine.example/hook"}}).Wants(t, http.StatusOK,
		"Here is what you typed", `value="https://mine.example/hook"`, `aria-current="page">CloudEvents`, `name="profile" value="cloudevents"`)

	sentTo = formSentTo(t, ada.Get("/employer/applications/reject?id=1:New&id=2:New"), "/employer/applications/reject")
	signedOut(t, ada, sentTo, url.Values{"id": {"1:New", "2:New"}, "subject": {"Long words"}, "body": {"A long letter"}}).Wants(t, http.StatusOK,
		"Here is what you typed", "Reject 2 applications", `value="Long words"`, "A long letter")

	sentTo = formSentTo(t, ada.Get("/employer/search?q=ITIL"), "/employer/search/saved")
	signedOut(t, ada, sentTo, url.Values{"search": {"q=ITIL"}, "name": {"My search"}}).Wants(t, http.StatusOK, "Here is what you typed", `value="My search"`, `value="ITIL"`)
}

func TestALinkKeepsWhatItAsksForThroughTheSignIn(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	ada, _ := s.Hire("Grace")
	ada.Post("/employer/sign-out", nil)
	page := ada.Get("/employer/search?q=ITIL&location=Leeds") // as the email about a saved search has it
	next := regexp.MustCompile(`name="next" value="([^"]*)"`).FindStringSubmatch(page.Body)
	if next == nil {
		t.Fatalf("the page to sign in leads nowhere:\n%s", page.Body)
	}
	ada.Post("/employer/sign-in", url.Values{"email": {"ada@northwind.example"}, "password": {portaltest.Password}, "next": {html.UnescapeString(next[1])}}).Wants(t, http.StatusOK, `value="ITIL"`, `value="Leeds"`)
}
