package developers

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/portal/member"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/job"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/pipeline"
)

const (
	testModePath = "/employer/test"
	// testChoices is how many jobs and applications can be chosen, the newest.
	testChoices = 50
)

// testMode is the page where test data is made up and cleared, with the inboxes that test webhooks can send to.
type testMode struct {
	Head    pages.Head
	Inboxes pages.Table
	Events  []pages.Action
	Dialogs []pages.Dialog
	MayEdit bool
	// Live is set while the session looks at live data: nothing is made up there.
	Live *pages.Action
}

func (p *Pages) showTestMode(w http.ResponseWriter, r *http.Request, u account.User) error {
	ctx, t := r.Context(), p.Tenant(r.Context(), u)
	main := testMode{
		Head:    pages.Head{Title: "Test mode", About: "Test data is free, is never public and is kept apart from live data. Make things happen here, and see what your system gets."},
		MayEdit: u.Role.May(board.RightEditWebhooks),
	}
	if t.Mode != board.ModeTest {
		main.Live = &pages.Action{Label: "Switch to test mode", Look: "primary", Post: "/employer/mode", Values: map[string]string{"mode": string(board.ModeTest), "next": testModePath}}
		return p.Show(w, r, http.StatusOK, "test-mode", member.Page{Title: "Test mode", Section: "test", User: &u, Main: main})
	}
	inboxes, err := p.Store.Outbox.Inboxes(ctx, t)
	if err != nil {
		return err
	}
	main.Inboxes = p.inboxTable(inboxes, main.MayEdit)
	if main.MayEdit {
		main.Head.Actions = []pages.Action{{Label: "New inbox", Icon: "plus", Look: "primary", Opens: "new-inbox"}}
		main.Dialogs = []pages.Dialog{newInboxDialog()}
		for _, b := range inboxes {
			main.Dialogs = append(main.Dialogs, deleteInboxDialog(b))
		}
		if err := p.offerEvents(ctx, t, &main); err != nil {
			return err
		}
	}
	return p.Show(w, r, http.StatusOK, "test-mode", member.Page{Title: "Test mode", Section: "test", User: &u, Main: main})
}

// offerEvents adds what can be made to happen, each with its dialog; what needs a job or an application that is not there is left out.
func (p *Pages) offerEvents(ctx context.Context, t board.Tenant, main *testMode) error {
	jobs, err := p.Store.Jobs.Jobs(ctx, t, job.Query{Filter: job.Filter{Statuses: []board.JobStatus{board.JobActive}}, Limit: testChoices})
	if err != nil {
		return err
	}
	applications, err := p.Store.Pipeline.Applications(ctx, t, pipeline.ApplicationQuery{Sort: pg.NewestFirst, Limit: testChoices})
	if err != nil {
		return err
	}
	offer := func(label string, d pages.Dialog) {
		main.Events = append(main.Events, pages.Action{Label: label, Opens: d.ID})
		main.Dialogs = append(main.Dialogs, d)
	}
	if len(jobs.Items) == 0 {
		main.Events = append(main.Events, pages.Action{Label: "Post a test job first", Icon: "plus", Path: "/employer/jobs/new"})
	} else {
		offer("Send test application", pages.Dialog{
			ID: "test-apply", Title: "Send a test application", Text: "Somebody who doesn't exist applies, with a letter and a CV.",
			Form: &form{Action: testModePath + "/applications", Submit: "Send it", Fields: []*field{jobField("jobId", jobs.Items)}},
		})
		offer("Let a job expire", pages.Dialog{
			ID: "test-expire", Title: "Let a job expire", Text: "Its run ends now, as it would on its last day.",
			Form: &form{Action: testModePath + "/expiries", Submit: "Let it expire", Fields: []*field{jobField("expiringId", jobs.Items)}},
		})
	}
	if len(applications.Items) > 0 {
		offer("Move an application", moveDialog(applications.Items))
	}
	offer("Clear test data", pages.Dialog{
		ID: "test-clear", Title: "Clear all test data?", Danger: true, Label: "Clear test data", Post: testModePath + "/clear",
		Text: "Deletes all test jobs, applications, candidates, interviews, calls, events and deliveries of your account. Keys, webhooks and inboxes stay. This can't be undone.",
	})
	main.Events[len(main.Events)-1].Look = "danger"
	return nil
}

func jobField(id string, jobs []board.Job) *field {
	f := &field{ID: id, Label: "Job", Kind: "select"}
	for _, j := range jobs {
		f.Options = append(f.Options, option{Value: strconv.FormatInt(j.ID, 10), Label: j.Title + " · " + strconv.FormatInt(j.ID, 10)})
	}
	return f
}

// moveDialog names applications by their numbers: it is not said here who applied.
func moveDialog(applications []pipeline.Application) pages.Dialog {
	which := &field{ID: "applicationId", Label: "Application", Kind: "select"}
	for _, a := range applications {
		which.Options = append(which.Options, option{
			Value: strconv.FormatInt(a.ID, 10), Label: strconv.FormatInt(a.ID, 10) + " · " + a.JobTitle + " · " + string(a.Status),
		})
	}
	to := &field{ID: "status", Label: "New stage", Kind: "select"}
	for _, s := range board.AllApplicationStatuses() {
		to.Options = append(to.Options, option{Value: string(s), Label: string(s)})
	}
	return pages.Dialog{
		ID: "test-move", Title: "Move a test application", Text: "As somebody else does: a colleague, or the applicant who withdraws.",
		Form: &form{Action: testModePath + "/moves", Submit: "Move it", Fields: []*field{
			which, to, {ID: "reason", Label: "Reason", Kind: "text", Optional: true, MaxLength: 500, Hint: "Needed to take an application back from an end."},
		}},
	}
}

// sent reads a number of a form of this page.
func sent(r *http.Request, name string) (int64, error) {
	id, err := strconv.ParseInt(r.PostFormValue(name), 10, 64)
	if err != nil || id < 1 {
		return 0, board.Errorf(board.CodeInvalidRequest, "The form was not complete. Open the page again.")
	}
	return id, nil
}

// backToTestMode leads back after an action. What the state of things or a form forbids is told there.
func (p *Pages) backToTestMode(w http.ResponseWriter, r *http.Request, err error, done string) error {
	if e, ok := errors.AsType[*board.Error](err); ok && (e.Code == board.CodeInvalidRequest || e.Code == board.CodeNotFound) {
		sentences := append(make([]string, 0, 1+len(e.Fields)), e.Message)
		for _, f := range e.Fields {
			sentences = append(sentences, f.Message)
		}
		done, err = strings.Join(sentences, " "), nil
	}
	return p.unlessRefused(w, r, err, done, testModePath)
}

func (p *Pages) simulateApplication(w http.ResponseWriter, r *http.Request, u account.User) error {
	id, err := sent(r, "jobId")
	if err != nil {
		return err
	}
	a, err := p.Store.Simulation.Apply(r.Context(), p.Tenant(r.Context(), u), id)
	return p.backToTestMode(w, r, err, "Application "+strconv.FormatInt(a.ID, 10)+" has come in. Webhooks that ask for application.submitted are told now.")
}

func (p *Pages) simulateMove(w http.ResponseWriter, r *http.Request, u account.User) error {
	id, err := sent(r, "applicationId")
	if err != nil {
		return err
	}
	to := board.ApplicationStatus(r.PostFormValue("status"))
	if !to.Valid() {
		return board.Errorf(board.CodeInvalidRequest, "Choose the stage that the application moves to.")
	}
	_, err = p.Store.Simulation.Move(r.Context(), p.Tenant(r.Context(), u), id, to, r.PostFormValue("reason"))
	return p.backToTestMode(w, r, err, "Application "+strconv.FormatInt(id, 10)+" is "+string(to)+" now.")
}

func (p *Pages) simulateExpiry(w http.ResponseWriter, r *http.Request, u account.User) error {
	id, err := sent(r, "expiringId")
	if err != nil {
		return err
	}
	j, err := p.Store.Simulation.Expire(r.Context(), p.Tenant(r.Context(), u), id)
	return p.backToTestMode(w, r, err, "The job "+j.Title+" has expired.")
}

func (p *Pages) clearTestData(w http.ResponseWriter, r *http.Request, u account.User) error {
	c, err := p.Store.Erasure.ClearTestData(r.Context(), p.Tenant(r.Context(), u))
	return p.backToTestMode(w, r, err, "Your test data is cleared: "+pages.Count(int(c.Jobs), "job")+", "+pages.Count(int(c.Applications), "application")+" and "+pages.Count(int(c.Events), "event")+".")
}
