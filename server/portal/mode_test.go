package portal_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"itmanagerjobs/server/portal/portaltest"
	"itmanagerjobs/store/board"
)

// TestAStaleTabWritesIntoNoOtherMode opens a form in live, switches to test in another window, and sends it.
func TestAStaleTabWritesIntoNoOtherMode(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	ada := s.Browser().SignUp("Northwind", "ada@northwind.example")
	form := ada.JobValues("/employer/jobs/new", "title", "Opened in live & kept")
	form.Set("opened", "live")
	ada.Post("/employer/mode", url.Values{"mode": {"test"}, "next": {"/employer/jobs"}}).Wants(t, http.StatusOK, "You are looking at test data")
	ada.Get("/employer").Wants(t, http.StatusOK, "Free", "Test data costs nothing", "Nobody waits for you")
	entries := len(auditOf(s))
	a := ada.Post("/employer/jobs", form)
	a.Wants(t, http.StatusConflict, "This page was opened in live", "you have switched to test", "What you typed is kept", "Switch to live and go back")
	if n := len(auditOf(s)); n != entries {
		t.Errorf("what was refused leaves %d entries", n-entries)
	}
	back := ada.Post("/employer/mode", url.Values{"mode": {"live"}, "next": {"/employer/jobs/new"}})
	back.Wants(t, http.StatusOK, "Here is what you typed", `value="Opened in live & kept"`)
	if jobs := ada.Get("/employer/jobs"); strings.Contains(jobs.Body, "Opened in live") {
		t.Error("the job is there, though the form was refused")
	}
	form.Set("form", portaltest.HiddenForm.FindStringSubmatch(back.Body)[1])
	ada.Post("/employer/jobs", form).Wants(t, http.StatusOK, "Opened in live & kept")
}

// TestFormsOfTheOtherModeAreRefused sends, from a page of test data, a form to every route that changes data of a mode.
func TestFormsOfTheOtherModeAreRefused(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	ada := s.Browser().SignUp("Northwind", "ada@northwind.example")
	p := portaltest.NewPortal(t, s.Store, s.Clock, &portaltest.LogBuffer{}, s.URL)
	tried := 0
	for pattern, right := range p.Rights() {
		method, path, _ := strings.Cut(pattern, " ")
		if method != http.MethodPost {
			continue
		}
		account := []board.Right{board.RightOwnAccount, board.RightMintKeys, board.RightManageTeam, board.RightEditCompany, board.RightBuy}
		want := http.StatusConflict
		for _, r := range account {
			if right == r {
				want = 0
			}
		}
		if want == 0 {
			continue
		}
		tried++
		path = strings.NewReplacer("{id}", "1", "{event}", "1").Replace(path)
		if a := ada.Post(path, url.Values{"opened": {"test"}}); a.Status != want || !strings.Contains(a.Body, "This page was opened in test") {
			t.Errorf("%s: %d", pattern, a.Status)
		}
	}
	if tried < 20 {
		t.Errorf("only %d routes were tried", tried)
	}
}
