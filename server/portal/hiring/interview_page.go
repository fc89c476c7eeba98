package hiring

import (
	"context"
	"net/http"
	"net/mail"
	"strconv"
	"strings"
	"time"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/portal/member"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pipeline"
)

// interviewView is the main part of the pages that plan an interview and change it.
type interviewView struct {
	Head    pages.Head
	Form    *form // nil for those who only look, and when nothing can be changed
	Facts   []member.Fact
	Silent  bool // nobody is written to, because the data are for tests
	Dialogs []pages.Dialog
}

const localForm = "2006-01-02T15:04" // what a browser sends for datetime-local

// interviewForm has what can be changed of an interview.
func interviewForm(action, submit string, i board.Interview) *form {
	f := &form{Action: action, Submit: submit, Cancel: &pages.Link{Text: "Cancel", Path: interviewsPath}, Fields: []*field{
		{ID: "startsAt", Label: "Begins", Kind: "datetime-local", Width: "half", Says: map[string]string{board.FieldRequired: "Choose the day and the time.", board.FieldOutOfRange: "Choose a time to come, within two years."}},
		{ID: "durationMinutes", Label: "Minutes", Kind: "number", Width: "half", Value: strconv.Itoa(board.DefaultInterviewMinutes), Min: strconv.Itoa(board.MinInterviewMinutes), Max: strconv.Itoa(board.MaxInterviewMinutes), Says: map[string]string{board.FieldOutOfRange: "Choose from 5 minutes to 8 hours."}},
		{ID: "timeZone", Label: "Time zone", Kind: "text", Value: "Europe/London", MaxLength: board.MaxTimeZone, Suggestions: []string{"Europe/London", "Europe/Dublin", "Europe/Amsterdam", "Europe/Berlin", "Europe/Paris", "America/New_York", "UTC"}, Says: map[string]string{board.FieldInvalidFormat: "Enter a time zone by its name, such as Europe/London."}},
		{ID: "location", Label: "Place", Kind: "text", Optional: true, MaxLength: board.MaxInterviewPlace},
		{ID: "meetingUrl", Label: "Address of the video call", Kind: "url", Optional: true, Says: map[string]string{board.FieldInvalidFormat: "Enter an address that begins with https://."}},
		{ID: "interviewers", Label: "Interviewers", Kind: "textarea", Rows: 3, Optional: true, Hint: "One on each line: Grace Hopper <grace@example.com>. They are invited too."},
		{ID: "notes", Label: "Notes, for your team", Kind: "textarea", Rows: 3, Optional: true, MaxLength: board.MaxInterviewNotes, Hint: "Invitations do not contain them."},
		{ID: "version", Kind: "hidden"}, {ID: "application", Kind: "hidden"},
	}}
	if i.ID == 0 {
		return f
	}
	set := map[string]string{
		"startsAt": localTime(pipeline.Interview{Interview: i}).Format(localForm), "durationMinutes": strconv.Itoa(i.DurationMinutes), "timeZone": i.TimeZone, "location": i.Location,
		"meetingUrl": i.MeetingURL, "notes": i.Notes, "version": strconv.FormatInt(i.Version, 10),
	}
	lines := make([]string, len(i.Interviewers))
	for n, who := range i.Interviewers {
		lines[n] = who.Name + " <" + who.Email + ">"
	}
	set["interviewers"] = strings.Join(lines, "\n")
	for id, value := range set {
		f.Field(id).Value = value
	}
	return f
}

// readInterview makes of the form what the store takes. What can't be read is told in the form.
func readInterview(f *form) board.NewInterview {
	n := board.NewInterview{TimeZone: f.Text("timeZone"), Location: f.Text("location"), MeetingURL: f.Text("meetingUrl"), Notes: f.Text("notes"), Interviewers: []board.Interviewer{}}
	zone, err := time.LoadLocation(n.TimeZone)
	if err != nil || n.TimeZone == "" || n.TimeZone == "Local" {
		f.Field("timeZone").Error, zone = f.Field("timeZone").Says[board.FieldInvalidFormat], time.UTC
	}
	if n.StartsAt, err = time.ParseInLocation(localForm, f.Text("startsAt"), zone); err != nil {
		f.Field("startsAt").Error = f.Field("startsAt").Says[board.FieldRequired]
	}
	if n.DurationMinutes, err = strconv.Atoi(f.Text("durationMinutes")); err != nil || n.DurationMinutes < 1 {
		f.Field("durationMinutes").Error = f.Field("durationMinutes").Says[board.FieldOutOfRange]
	}
	for line := range strings.Lines(f.Text("interviewers")) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		who, ok := readInterviewer(line)
		if !ok {
			f.Field("interviewers").Error = "“" + line + "” is no person: write a name and an address, such as Grace Hopper <grace@example.com>."
			break
		}
		n.Interviewers = append(n.Interviewers, who)
	}
	return n
}

// readInterviewer reads a line such as interviewForm writes, or an address alone. A name is taken as it stands: as the phrase of an email
// header it could have neither a comma nor a title behind it. The quotes around one that was copied from a header go.
func readInterviewer(line string) (who board.Interviewer, ok bool) {
	name, address := "", line
	if at := strings.LastIndexByte(line, '<'); at >= 0 && strings.HasSuffix(line, ">") {
		name, address = strings.TrimSpace(line[:at]), line[at+1:len(line)-1]
	}
	if len(name) > 2 && strings.HasPrefix(name, `"`) && strings.HasSuffix(name, `"`) && strings.Count(name, `"`) == 2 {
		name = strings.TrimSpace(name[1 : len(name)-1])
	}
	parsed, err := mail.ParseAddress(strings.TrimSpace(address))
	if err != nil || parsed.Name != "" {
		return board.Interviewer{}, false
	}
	if name == "" {
		name, _, _ = strings.Cut(parsed.Address, "@")
	}
	return board.Interviewer{Name: name, Email: parsed.Address}, true
}

func (p *Pages) showNewInterview(w http.ResponseWriter, r *http.Request, u account.User) error {
	f := interviewForm(interviewsPath, "Plan and invite", board.Interview{})
	f.ID, f.Field("application").Value = p.NewID(), r.URL.Query().Get("application")
	return p.showInterviewForm(w, r, u, f)
}

// interviewedFor is the application that a new interview is about.
func (p *Pages) interviewedFor(r *http.Request, u account.User, f *form) (pipeline.Application, error) {
	id, ok := applicationOf(f.Text("application"))
	if !ok {
		return pipeline.Application{}, board.Errorf(board.CodeInvalidRequest, "Open an application first, and plan the interview there.")
	}
	return p.Store.Pipeline.Application(r.Context(), p.Tenant(r.Context(), u), id)
}

func (p *Pages) showInterviewForm(w http.ResponseWriter, r *http.Request, u account.User, f *form) error {
	a, err := p.interviewedFor(r, u, f)
	if err != nil {
		return err
	}
	f.Action, f.Cancel = interviewsPath+"?application="+strconv.FormatInt(a.ID, 10), &pages.Link{Text: "Cancel", Path: applicationPath(a.ID)}
	v := interviewView{Form: f, Silent: p.Mode(r.Context()) != board.ModeLive, Head: pages.Head{
		Title: "Plan an interview with " + personOf(a), About: a.JobTitle + ". Everybody gets an invitation for the calendar.", Back: &pages.Link{Text: personOf(a), Path: applicationPath(a.ID)},
	}}
	return p.Show(w, r, f.Status(), "interview", member.Page{Title: v.Head.Title, Section: "interviews", User: &u, Failed: f.Failed(), Main: &v})
}

// createInterview plans an interview. A form that is sent twice invites once.
func (p *Pages) createInterview(w http.ResponseWriter, r *http.Request, u account.User) error {
	f := interviewForm(interviewsPath, "Plan and invite", board.Interview{})
	if err := f.Read(r); err != nil {
		return err
	}
	a, err := p.interviewedFor(r, u, f)
	if err != nil {
		return err
	}
	n := readInterview(f)
	p.blameUnconfirmed(r, u, f)
	if f.ID == "" || len(f.ID) > 100 {
		f.Problem = "The form was not complete. Open this page again."
	}
	if f.Failed() {
		return p.showInterviewForm(w, r, u, f)
	}
	n.CandidateID, n.JobID = a.CandidateID, a.JobID
	var made pipeline.Interview
	err = p.Store.WithTx(r.Context(), func(ctx context.Context) (err error) {
		if err := p.Store.Accounts.UseForm(ctx, u.ID, f.ID); err != nil {
			return err
		}
		made, err = p.Store.Pipeline.CreateInterview(ctx, p.Tenant(ctx, u), n, pipeline.Inviter{UserID: u.ID, PublicURL: p.PublicURL})
		return err
	})
	if e, ok := asBoardError(err); ok && e.Code == board.CodeConflict {
		p.Tell(r.Context(), "That interview was planned already.")
		http.Redirect(w, r, interviewsPath, http.StatusSeeOther)
		return nil
	}
	if f.Blame(err) {
		return p.showInterviewForm(w, r, u, f)
	}
	if err != nil {
		return err
	}
	p.Tell(r.Context(), "The interview is planned, and the invitations are on the way.")
	http.Redirect(w, r, interviewPath(made.ID), http.StatusSeeOther)
	return nil
}

// mayInvite: an invitation reaches people outside, so the address of its sender must be confirmed.
func (p *Pages) mayInvite(r *http.Request, u account.User) error {
	if p.Mode(r.Context()) != board.ModeLive {
		return nil
	}
	return board.CheckConfirmed(u.Confirmed)
}

// blameUnconfirmed notes in a form that mayInvite forbids it, and so keeps what was written.
func (p *Pages) blameUnconfirmed(r *http.Request, u account.User, f *form) {
	if e, ok := asBoardError(p.mayInvite(r, u)); ok {
		f.Problem = e.Message
	}
}

func (p *Pages) showInterview(w http.ResponseWriter, r *http.Request, u account.User) error {
	return p.showInterviewWith(w, r, u, nil)
}

func (p *Pages) showInterviewWith(w http.ResponseWriter, r *http.Request, u account.User, f *form) error {
	id, err := jobID(r)
	if err != nil {
		return err
	}
	i, err := p.Store.Pipeline.Interview(r.Context(), p.Tenant(r.Context(), u), id)
	if err != nil {
		return err
	}
	v := interviewView{Silent: i.Mode != board.ModeLive, Head: pages.Head{
		Title: "Interview with " + intervieweeOf(i), Back: &pages.Link{Text: "Interviews", Path: interviewsPath}, Tags: []pages.Tag{interviewTag(i.Status)},
		About: i.JobTitle + ", " + localTime(i).Format("Monday, 2 January 2006, 15:04") + " (" + i.TimeZone + "), " + pages.Count(i.DurationMinutes, "minute") + ".",
	}, Facts: interviewFacts(i)}
	if u.Role.May(board.RightWork) && !i.Erased {
		p.offerInterview(&v, i, f)
	}
	if f != nil && v.Form == nil {
		return board.Errorf(board.CodeConflict, "Nothing was changed: this interview has changed meanwhile, and its state is: %s. Look at it again.", strings.ToLower(interviewTag(i.Status).Text))
	}
	status := http.StatusOK
	if v.Form != nil {
		status = v.Form.Status()
	}
	return p.Show(w, r, status, "interview", member.Page{Title: v.Head.Title, Section: "interviews", User: &u, Failed: status != http.StatusOK, Main: &v})
}

func interviewFacts(i pipeline.Interview) []member.Fact {
	facts := []member.Fact{{Name: "Job", Text: i.JobTitle, Path: JobPath(i.JobID)}}
	if !i.Erased {
		facts = append(facts, member.Fact{Name: "Person", Text: intervieweeOf(i), Path: candidatePath(i.CandidateID)})
	}
	for _, f := range []member.Fact{{Name: "Place", Text: i.Location}, {Name: "Video call", Text: i.MeetingURL}, {Name: "Notes", Text: i.Notes}} {
		if f.Text != "" {
			facts = append(facts, f)
		}
	}
	for _, who := range i.Interviewers {
		facts = append(facts, member.Fact{Name: "Interviewer", Text: who.Name + ", " + who.Email})
	}
	return facts
}

// offerInterview puts what the state of an interview allows on its page.
func (p *Pages) offerInterview(v *interviewView, i pipeline.Interview, f *form) {
	path := interviewPath(i.ID)
	state := func(label string, s board.InterviewStatus) {
		v.Head.Actions = append(v.Head.Actions, pages.Action{Label: label, Post: path + "/state", Values: map[string]string{"status": string(s)}})
	}
	switch i.Status {
	case board.InterviewScheduled:
		if v.Form = f; f == nil {
			v.Form = interviewForm(path, "Save and tell everybody", i.Interview)
		}
		if i.StartsAt.Before(p.Now()) {
			state("It took place", board.InterviewCompleted)
			state("Nobody came", board.InterviewNoShow)
		}
		v.Head.Actions = append(v.Head.Actions, pages.Action{Label: "Cancel the interview", Look: "danger", Opens: "cancel"})
		v.Dialogs = []pages.Dialog{{
			ID: "cancel", Title: "Cancel this interview?", Danger: true, Label: "Cancel the interview", Post: path + "/state", Values: map[string]string{"status": string(board.InterviewCancelled)},
			Text: "Everybody who was invited is told, and their calendars forget it.",
		}}
	case board.InterviewNoShow:
		state("It took place", board.InterviewCompleted)
	case board.InterviewCancelled:
		if i.StartsAt.After(p.Now()) {
			state("Plan it again", board.InterviewScheduled)
		}
	case board.InterviewCompleted:
	}
}

// updateInterview moves an interview, or changes something else of it.
func (p *Pages) updateInterview(w http.ResponseWriter, r *http.Request, u account.User) error {
	id, err := jobID(r)
	if err != nil {
		return err
	}
	t := p.Tenant(r.Context(), u)
	i, err := p.Store.Pipeline.Interview(r.Context(), t, id)
	if err != nil {
		return err
	}
	f := interviewForm(interviewPath(id), "Save and tell everybody", i.Interview)
	if err := f.Read(r); err != nil {
		return err
	}
	n := readInterview(f)
	p.blameUnconfirmed(r, u, f)
	version, err := strconv.ParseInt(f.Text("version"), 10, 64)
	if err != nil {
		return board.Errorf(board.CodeInvalidRequest, "This form can't be read. Go back and open it again.")
	}
	if f.Failed() {
		return p.showInterviewWith(w, r, u, f)
	}
	patch := board.InterviewPatch{
		DurationMinutes: board.Set(n.DurationMinutes), TimeZone: board.Set(n.TimeZone), Location: board.Set(n.Location),
		MeetingURL: board.Set(n.MeetingURL), Notes: board.Set(n.Notes), Interviewers: board.Set(n.Interviewers),
	}
	if !n.StartsAt.Equal(i.StartsAt.Truncate(time.Minute)) {
		patch.StartsAt = board.Set(n.StartsAt) // one that has begun already keeps its time
	}
	_, err = p.Store.Pipeline.UpdateInterview(r.Context(), t, id, patch, board.Precondition{Set: true, Versions: []int64{version}})
	if e, ok := asBoardError(err); ok && (e.Code == board.CodePreconditionFailed || e.Code == board.CodeInvalidState) {
		f.Problem = "Somebody else changed this interview since you opened it. What you entered is still here: look at the interview in another tab, and save again to replace their version."
		f.Field("version").Value = strconv.FormatInt(i.Version, 10)
		return p.showInterviewWith(w, r, u, f)
	}
	if f.Blame(err) {
		return p.showInterviewWith(w, r, u, f)
	}
	if err != nil {
		return err
	}
	p.Tell(r.Context(), "The interview is saved.")
	http.Redirect(w, r, interviewPath(id), http.StatusSeeOther) //nolint:gosec // a path made of a number
	return nil
}

// changeInterviewState cancels an interview, or says whether it took place.
func (p *Pages) changeInterviewState(w http.ResponseWriter, r *http.Request, u account.User) error {
	id, err := jobID(r)
	if err != nil {
		return err
	}
	if err := p.mayInvite(r, u); err != nil {
		return err
	}
	status := board.InterviewStatus(r.PostFormValue("status"))
	i, err := p.Store.Pipeline.UpdateInterview(r.Context(), p.Tenant(r.Context(), u), id, board.InterviewPatch{Status: board.Set(status)}, board.Precondition{})
	if err != nil {
		return err
	}
	p.Tell(r.Context(), "The interview with "+intervieweeOf(i)+": "+strings.ToLower(interviewTag(i.Status).Text)+".")
	http.Redirect(w, r, interviewPath(id), http.StatusSeeOther) //nolint:gosec // a path made of a number
	return nil
}
