package hiring_test

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"itmanagerjobs/server/pagestest"
	"itmanagerjobs/server/portal/portaltest"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pipeline"
	"itmanagerjobs/store/storetest/fixture"
)

// signInAs signs somebody in who has an account.
func signInAs(b *pagestest.Tab, s *portaltest.Site, email string) {
	b.Do("sign in", chromedp.Navigate(s.URL+"/employer/sign-in"), chromedp.WaitVisible("#email"))
	b.TabTo("#email")
	b.Do("email", chromedp.KeyEvent(email))
	b.TabTo("#password")
	b.Do("password", chromedp.KeyEvent(portaltest.Password), pagestest.Enter(), chromedp.WaitVisible(".stats"))
}

// TestAPersonHiresByKeyboard moves somebody, meets a colleague who was faster, and rejects with an email, without a mouse.
func TestAPersonHiresByKeyboard(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]bool{"with script": true, "without script": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hireByKeyboard(t, script)
		})
	}
}

func hireByKeyboard(t *testing.T, script bool) {
	t.Helper()
	b := pagestest.NewTab(t)
	s := portaltest.New(t)
	ada, _ := s.Hire("Grace")
	bo := s.Join(board.RoleRecruiter, ada, "bo@northwind.example")
	b.Do("script", chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !script})
		return err
	}))
	signInAs(b, s, "ada@northwind.example")
	status := func(want board.ApplicationStatus) {
		t.Helper()
		a, err := s.Store.Pipeline.Application(b.Ctx, board.Tenant{EmployerID: 1, Mode: board.ModeLive}, 1)
		if err != nil || a.Status != want {
			t.Errorf("the application is %s, %v; want %s", a.Status, err, want)
		}
	}
	b.Do("board", chromedp.Navigate(s.URL+"/employer/applications"), chromedp.WaitVisible(".board-card"))
	b.TabTo("#application-1-to")
	b.Do("choose", chromedp.KeyEvent("Scr"))
	b.TabTo(".board-card button")
	b.Do("move", pagestest.Enter(), chromedp.WaitVisible(`[data-value="Screened"] .board-card`))
	status(board.ApplicationScreened)

	bo.Post("/employer/applications/1/move", url.Values{"status": {"Interviewed"}, "fromStatus": {"Screened"}})
	b.TabTo(".board-card button")
	b.Do("move what was moved", pagestest.Enter(), chromedp.WaitVisible(".notice.bad"))
	if said := pagestest.Ask(b, "notice", chromedp.Text(".notice.bad")); !strings.Contains(said, "Bo Member moved this to Interviewed just now") {
		t.Errorf("the page says %q", said)
	}
	status(board.ApplicationInterviewed)

	b.Do("list", chromedp.Navigate(s.URL+"/employer/applications?view=list"), chromedp.WaitVisible(".check"))
	if script {
		dragACard(b, s)
		status(board.ApplicationOffered)
		b.Do("list", chromedp.Navigate(s.URL+"/employer/applications?view=list"), chromedp.WaitVisible(".check"))
	}
	b.TabTo(".check input")
	b.Do("choose", chromedp.KeyEvent(" "))
	b.Do("from the top", chromedp.Focus(chromedp.CSS("main")))
	b.TabTo(`button[formaction$="/reject"]`)
	b.Do("reject", pagestest.Enter(), chromedp.WaitVisible("#subject"))
	b.TabTo(`button[value="preview"]`)
	b.Do("preview", pagestest.Enter(), chromedp.WaitVisible("#preview"))
	b.TabTo("main button.danger")
	b.Do("send", pagestest.Enter(), chromedp.WaitVisible(".notice"))
	status(board.ApplicationRejected)
	if mails := s.Mails("grace@people.example"); len(mails) != 2 || mails[0].Subject != "Your application: IT Manager" {
		t.Errorf("%d emails to Grace: %+v", len(mails), mails)
	}
}

// dragACard drags the card of the board to the next column, and waits until it is there.
func dragACard(b *pagestest.Tab, s *portaltest.Site) {
	b.Do("board", chromedp.Navigate(s.URL+"/employer/applications"), chromedp.WaitVisible(`.board-card[draggable="true"]`))
	b.Do("drag", chromedp.Evaluate[pagestest.Void](`
const card = document.querySelector('.board-card'), target = document.querySelector('[data-value="Offered"]');
const init = {dataTransfer: new DataTransfer(), bubbles: true, cancelable: true};
card.dispatchEvent(new DragEvent('dragstart', init));
target.dispatchEvent(new DragEvent('dragover', init));
target.dispatchEvent(new DragEvent('drop', init));`))
	b.Do("dropped", chromedp.WaitVisible(`[data-value="Offered"] .board-card`))
}

// TestHiringPagesFitEveryScreen looks at every page of hiring with names that are long, and with what people enter.
func TestHiringPagesFitEveryScreen(t *testing.T) {
	t.Parallel()
	b := pagestest.NewTab(t)
	s := portaltest.New(t)
	ada, _ := s.Hire("Grace", "Bob", "Maximiliana-Wilhelmina-Konstantinopolitanowitschowna", "Carol")
	for id, to := range map[int64]board.ApplicationStatus{2: board.ApplicationScreened, 3: board.ApplicationOffered} {
		if _, err := s.Store.Pipeline.MoveApplication(b.Ctx, board.Tenant{EmployerID: 1, Mode: board.ModeLive}, id, pipeline.Move{To: to, Reason: "Knows Azure", Actor: pipeline.Actor{Kind: board.ActorUser, ID: 1}}); err != nil {
			t.Fatal(err)
		}
	}
	ada.Post("/employer/applications/1/notes", url.Values{"text": {"Ask for references.\nShe knows Bob."}})
	ada.Post("/employer/mail-templates", url.Values{"name": {"After the first interview"}, "subject": {"Your application for {job}"}, "body": {"Dear {first name},\n\nno, thank you."}})
	ada.Post("/employer/applications/1/rating", url.Values{"rating": {"4"}})
	page := ada.Get("/employer/interviews/new?application=1")
	ada.Post("/employer/interviews", url.Values{
		"form": {portaltest.HiddenForm.FindStringSubmatch(page.Body)[1]}, "application": {"1"}, "startsAt": {"2026-07-01T10:00"}, "durationMinutes": {"45"}, "timeZone": {"Europe/London"}, "location": {"Room 5"},
	})
	people := fixture.ImportAll(t, s.Store, fixture.People(t, 1, 60))
	signInAs(b, s, "ada@northwind.example")
	for _, look := range []struct{ name, path, wait string }{
		{"applications-board", "/employer/applications", ".board-card"}, {"applications-list", "/employer/applications?view=list", ".check"},
		{"application", "/employer/applications/1", "#history"}, {"reject", "/employer/applications/reject?id=1:New&id=2:Screened", "#subject"},
		{"mail-templates", "/employer/mail-templates", ".table"},
		{"mail-template", "/employer/mail-templates/1", "#preview"}, {"mail-template-new", "/employer/mail-templates/new", "#name"}, {"note", "/employer/applications/1/notes/1", "#text"},
		{"candidate", "/employer/candidates/1", "#erase"}, {"interviews", "/employer/interviews", ".table"}, {"interview-new", "/employer/interviews/new?application=1", "#startsAt"},
		{"interview", "/employer/interviews/1", "#startsAt"}, {"cv-search", "/employer/search?q=manager&skill=ITIL", ".hit"},
		{"cv-search-error", "/employer/search?q=" + url.QueryEscape("manager AND (azure"), ".summary"}, {"cv-profile", "/employer/candidates/" + strconv.FormatInt(people[0], 10), "#facts"},
	} {
		b.Do(look.name, chromedp.Navigate(s.URL+look.path), chromedp.WaitVisible(look.wait))
		b.Screens(look.name)
	}
	const use, replace = `button[value="template"]`, `button[value="replace"]`
	b.Do("type an email and choose a template", chromedp.Navigate(s.URL+"/employer/applications/reject?id=1:New&id=2:Screened"), chromedp.WaitVisible("#subject"),
		chromedp.SendKeys("#subject", "!"), chromedp.SetValue("#template", "1"), chromedp.Click(use), chromedp.WaitVisible(replace))
	b.Screens("reject-typed")
	b.Do("replace it", chromedp.Click(replace), chromedp.WaitVisible("#preview"))
	b.Screens("reject-template")
}
