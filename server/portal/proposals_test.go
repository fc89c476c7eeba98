package portal_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"itmanagerjobs/server/pagestest"
	"itmanagerjobs/server/portal/portaltest"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// proposed is an account with a proposal to publish job 1.
func proposed(t *testing.T) (*portaltest.Site, *portaltest.Browser, board.Proposal) {
	t.Helper()
	s := portaltest.New(t)
	ada := s.Browser().SignUp("Northwind", "ada@northwind.example")
	form := ada.KeyForm("Agent")
	form.Add("access", "propose")
	ada.Post("/employer/keys", form).Wants(t, http.StatusCreated)
	tenant := board.Tenant{EmployerID: 1, Mode: board.ModeLive}
	job := fixture.Create(t, s.Store, tenant, fixture.Complete("Platform Lead"))
	return s, ada, s.Propose(tenant, job.ID)
}

func TestAPersonSaysYes(t *testing.T) {
	t.Parallel()
	s, ada, made := proposed(t)
	page := board.ProposalPath(made.ID)
	ada.Get("/employer/keys").Wants(t, http.StatusOK, "Only proposes")
	ada.Get("/employer").Wants(t, http.StatusOK, "Waiting for your yes", "Publish “Platform Lead”", page, "1 waiting")
	ada.Get("/employer/proposals").Wants(t, http.StatusOK, "Publish “Platform Lead” for 30 days from the approval", "Key “Agent”", "Waits for approval")
	ada.Get(page).Wants(t, http.StatusOK, "Platform Lead", "none is left", "<h2>Approve</h2>", "<h2>Refuse</h2>", "in 1 day")
	if told := slices.ContainsFunc(s.Mails("ada@northwind.example"), func(m outbox.Message) bool {
		return strings.Contains(m.Text, storetest.PublicURL+page) && strings.Contains(m.Text, "“Platform Lead”")
	}); !told {
		t.Error("no email names the job and leads to the proposal")
	}
	version := func() url.Values {
		return url.Values{"version": {portaltest.TextBetween(ada.Get(page).Body, `name="version" value="`, `"`)}}
	}
	ada.Post(page+"/approve", version()).Wants(t, http.StatusConflict, "Nothing was done", "Buy credits")
	if _, err := s.Store.Accounts.GrantCredits(t.Context(), made.Tenant, account.Credits{JobPosting: 2}); err != nil {
		t.Fatal(err)
	}
	seen := version()
	if _, err := s.Store.Jobs.UpdateJob(t.Context(), made.Tenant, made.JobID, board.JobPatch{Title: board.Set("Chief")}, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	ada.Post(page+"/approve", seen).Wants(t, http.StatusConflict, "the job was changed while you looked", "Chief")
	ada.Post(page+"/approve", version()).Wants(t, http.StatusOK, "Approved, and done", "Decided", "ada@northwind.example")
	ada.Post(page+"/approve", seen).Wants(t, http.StatusConflict, "approved already")
	ada.Post(page+"/refuse", url.Values{"reason": {"Too late"}}).Wants(t, http.StatusConflict, "approved already")
	ada.Get("/employer/jobs/1").Wants(t, http.StatusOK, "Extend the job")
	if body := ada.Get("/employer").Body; strings.Contains(body, "Waiting for your yes") {
		t.Error("the home page still waits")
	}
}

func TestAPersonSaysNo(t *testing.T) {
	t.Parallel()
	s, ada, made := proposed(t)
	page := board.ProposalPath(made.ID)
	bo := s.Join(board.RoleViewer, ada, "bo@northwind.example")
	bo.Get(page).Wants(t, http.StatusForbidden)
	bo.Post(page+"/approve", url.Values{"version": {"1"}}).Wants(t, http.StatusForbidden)
	cy := s.Join(board.RoleRecruiter, ada, "cy@northwind.example")
	cy.Post(page+"/refuse", url.Values{"reason": {" "}}).Wants(t, http.StatusUnprocessableEntity, "There is a problem")
	cy.Post(page+"/refuse", url.Values{"reason": {"The salary is missing"}}).Wants(t, http.StatusOK, "Refused. Nothing was done", "The salary is missing")
	again := s.Propose(made.Tenant, made.JobID)
	s.Clock.Advance(24 * time.Hour)
	ada = s.Browser()
	ada.SignIn("ada@northwind.example", portaltest.Password)
	late := ada.Get(board.ProposalPath(again.ID))
	late.Wants(t, http.StatusOK, "Expired")
	if strings.Contains(late.Body, "<h2>Approve</h2>") {
		t.Error("what has expired can be approved")
	}
	ada.Post(board.ProposalPath(again.ID)+"/approve", url.Values{"version": {"1"}}).Wants(t, http.StatusConflict, "has expired")
	ada.Post("/employer/mode", url.Values{"mode": {"test"}, "next": {"/employer"}})
	ada.Get(page).Wants(t, http.StatusNotFound, "This proposal is about live data", "Switch to live")
}

func TestAProposalInABrowser(t *testing.T) {
	t.Parallel()
	b := pagestest.NewTab(t)
	s, _, made := proposed(t)
	b.Do("sign in", chromedp.Navigate(s.URL+"/employer/sign-in"), chromedp.WaitVisible("#email"))
	b.TabTo("#email")
	b.Do("email", chromedp.KeyEvent("ada@northwind.example"))
	b.TabTo("#password")
	b.Do("password", chromedp.KeyEvent(portaltest.Password), pagestest.Enter(), chromedp.WaitVisible(".stats"))
	for name, path := range map[string]string{"proposals": "/employer/proposals", "proposal": board.ProposalPath(made.ID)} {
		b.Do(name, chromedp.Navigate(s.URL+path), chromedp.WaitVisible(chromedp.CSS("main")))
		b.Screens(name)
	}
}
