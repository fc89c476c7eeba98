package hiring_test

import (
	"context"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"itmanagerjobs/server/pagestest"
	"itmanagerjobs/server/portal/portaltest"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/job"
)

// TestAPersonPublishesAJobByKeyboard takes a job from nothing to closed without a mouse, with and without the script.
func TestAPersonPublishesAJobByKeyboard(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]bool{"with script": true, "without script": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			publishByKeyboard(t, script)
		})
	}
}

func publishByKeyboard(t *testing.T, script bool) {
	t.Helper()
	b := pagestest.NewTab(t)
	s := portaltest.New(t)
	screens := func(name string) {
		if script {
			b.Screens(name)
		}
	}
	b.Do("script", chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !script})
		return err
	}))
	b.Do("open", chromedp.Navigate(s.URL+"/employer/sign-up"), chromedp.WaitVisible("#company"))
	for _, entered := range [][2]string{{"#company", "Northwind Recruitment"}, {"#name", "Ada Lovelace"}, {"#email", "ada@northwind.example"}, {"#password", portaltest.Password}} {
		b.TabTo(entered[0])
		b.Do(entered[0], chromedp.KeyEvent(entered[1]))
	}
	b.Do("sign up", pagestest.Enter(), chromedp.WaitVisible("#key"))
	b.Do("confirm the address", chromedp.Navigate(s.URL+s.Mailed("ada@northwind.example", "confirm")), chromedp.WaitVisible("main button.primary"))
	b.TabTo("main button.primary")
	b.Do("confirm", pagestest.Enter(), chromedp.WaitVisible(".notice"))
	tenant := board.Tenant{EmployerID: 1, Mode: board.ModeLive}
	if _, err := s.Store.Accounts.GrantCredits(b.Ctx, tenant, account.Credits{JobPosting: 1}); err != nil {
		t.Fatal(err)
	}

	b.Do("jobs", chromedp.Navigate(s.URL+"/employer/jobs"), chromedp.WaitVisible(".empty"))
	screens("jobs-none")
	b.TabTo(`a[href="/employer/jobs/new"]`)
	b.Do("new job", pagestest.Enter(), chromedp.WaitVisible("#title"))
	screens("job-new")
	b.TabTo("main button.primary")
	b.Do("save nothing", pagestest.Enter(), chromedp.WaitVisible(".summary"))
	screens("job-new-error")
	b.TabTo("#title")
	b.Do("title", chromedp.KeyEvent("Head of IT"))
	b.TabTo("main button.primary")
	b.Do("save", pagestest.Enter(), chromedp.WaitVisible(".advert"))
	screens("job-draft")

	b.TabTo(`.notice a[href$="#description"]`)
	b.Do("to what is missing", pagestest.Enter(), chromedp.WaitVisible("#description"))
	b.TabTo("#description")
	b.Do("describe", chromedp.KeyEvent("## What you will do\r\r- Write the **strategy** for three years\r- Merge four tenants"))
	b.TabTo("#employmentType")
	b.Do("contract", chromedp.KeyEvent("Full"))
	b.TabTo("#remoteType")
	b.Do("pattern", chromedp.KeyEvent("Hyb"))
	for _, entered := range [][2]string{{"#city", "London"}, {"#country", "United Kingdom"}, {`#salary\\.min`, "95,000"}, {`#salary\\.max`, "115k"}, {"#requiredSkills", "IT strategy, Budgeting, ISO 27001"}} {
		b.TabTo(entered[0])
		b.Do(entered[0], chromedp.KeyEvent(entered[1]))
	}
	b.TabTo("main button.primary")
	b.Do("save", pagestest.Enter(), chromedp.WaitVisible(`.titled button[popovertarget="publish-job"]`))
	screens("job-ready")
	b.TabTo(`.titled button[popovertarget="publish-job"]`)
	b.Do("ask to publish", pagestest.Enter(), chromedp.WaitVisible("#publish-job:popover-open"))
	screens("job-publish")
	b.TabTo("#publish-job button.primary")
	b.Do("publish", pagestest.Enter(), chromedp.WaitVisible(`.titled button[popovertarget="extend-job"]`))
	screens("job-published")
	if j := onlyJob(b, s, tenant); j.Status != board.JobActive || j.Description == nil || j.Salary == nil {
		t.Errorf("after publishing: %+v", j)
	}

	b.TabTo(`.titled button[popovertarget="close-job"]`)
	b.Do("ask to close", pagestest.Enter(), chromedp.WaitVisible("#close-job:popover-open"))
	b.Do("think again", chromedp.KeyEvent(kb.Escape), chromedp.WaitNotVisible("#close-job"))
	b.TabTo(`.titled button[popovertarget="close-job"]`)
	b.Do("ask to close", pagestest.Enter(), chromedp.WaitVisible("#close-job:popover-open"))
	b.TabTo("#close-job button.danger")
	b.Do("close", pagestest.Enter(), chromedp.WaitNotPresent("#close-job"))
	if j := onlyJob(b, s, tenant); j.Status != board.JobDeactivated {
		t.Errorf("after closing: %s", j.Status)
	}
	b.Do("jobs", chromedp.Navigate(s.URL+"/employer/jobs"), chromedp.WaitVisible(".table"))
	screens("jobs-table")
}

func onlyJob(b *pagestest.Tab, s *portaltest.Site, tenant board.Tenant) board.Job {
	s.T.Helper()
	page, err := s.Store.Jobs.Jobs(b.Ctx, tenant, job.Query{Limit: 2})
	if err != nil || page.Total != 1 {
		s.T.Fatalf("%d jobs, %v; want one", page.Total, err)
	}
	j, err := s.Store.Jobs.Job(b.Ctx, tenant, page.Items[0].ID)
	if err != nil {
		s.T.Fatal(err)
	}
	return j
}
