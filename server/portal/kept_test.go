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
