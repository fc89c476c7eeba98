package hiring

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"time"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/portal/member"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pipeline"
)

// applicationView is the main part of the page of an application.
type applicationView struct {
	Head    pages.Head
	Problem *pages.Notice

	CoverLetter string
	CV          *board.File
	CVPath      string
	CVText      string
	Unread      []board.UnreadFile
	Facts       []member.Fact
	History     pages.Timeline
	Notes       pages.Timeline
	// The forms are nil for those who only look.
	Move, Rate, Note *form
}

func (p *Pages) showApplication(w http.ResponseWriter, r *http.Request, u account.User) error {
	return p.showApplicationWith(w, r, u, nil)
}

// showApplicationWith shows the application of the path. change, unless it is nil, puts into its forms what somebody has entered
// and what is wrong with it.
func (p *Pages) showApplicationWith(w http.ResponseWriter, r *http.Request, u account.User, change func(v *applicationView)) error {
	ctx, t := r.Context(), p.Tenant(r.Context(), u)
	id, err := jobID(r)
	if err != nil {
		return err
	}
	a, err := p.Store.Pipeline.Application(ctx, t, id)
	if err != nil {
		return err
	}
	history, err := p.Store.Pipeline.ApplicationHistory(ctx, t, id)
	if err != nil {
		return err
	}
	notes, err := p.Store.Pipeline.Notes(ctx, t, id)
	if err != nil {
		return err
	}
	named, err := p.namesOfActors(r, u)
	if err != nil {
		return err
	}
	v := applicationView{
		Head: pages.Head{
			Title: personOf(a), Back: &pages.Link{Text: "Applications", Path: applicationsPath}, About: "Applied for “" + a.JobTitle + "” " + pages.Relative(a.AppliedAt, p.Now()) + ".",
			Tags: []pages.Tag{statusTag(a.Status)},
		},
		CoverLetter: a.Applicant.CoverLetter, CV: a.CV, CVPath: applicationPath(a.ID) + "/cv", Unread: a.UnreadFiles, Facts: factsOf(a),
		History: p.historyLine(history, named), Notes: p.noteLines(notes, named, u),
	}
	if a.Rating > 0 {
		v.Head.Tags = append(v.Head.Tags, pages.Tag{Text: "Rated " + ratingText(a.Rating), Tone: pages.Accent})
	}
	if a.CV != nil {
		if v.CVText, err = p.Store.Pipeline.CVText(ctx, t, id); err != nil {
			return err
		}
	}
	if u.Role.May(board.RightWork) {
		v.Move = moveForm(a)
		if !a.Erased {
			v.Rate, v.Note = rateForm(a), noteForm(a.ID)
			v.Note.ID = p.NewID()
			v.Head.Actions = applicationActions(a)
		}
	}
	if change != nil {
		change(&v)
	}
	status := http.StatusOK
	if v.Problem != nil {
		status = http.StatusConflict
	}
	for _, f := range []*form{v.Move, v.Rate, v.Note} {
		if f != nil && f.Failed() {
			status = f.Status()
		}
	}
	return p.Show(w, r, status, "application", member.Page{Title: personOf(a), Section: "applications", User: &u, Failed: status != http.StatusOK, Main: &v})
}

func applicationActions(a pipeline.Application) []pages.Action {
	actions := []pages.Action{{Label: "Plan an interview", Icon: "calendar", Path: "/employer/interviews/new?application=" + strconv.FormatInt(a.ID, 10)}}
	if a.Status != board.ApplicationRejected && a.Status != board.ApplicationWithdrawn {
		actions = append(actions, pages.Action{Label: "Reject with an email", Icon: "mail", Look: "danger", Path: rejectPath + "?id=" + moving(a)})
	}
	return actions
}

func factsOf(a pipeline.Application) []member.Fact {
	facts := []member.Fact{{Name: "Job", Text: a.JobTitle, Path: JobPath(a.JobID)}}
	if !a.Erased {
		facts = append(facts, member.Fact{Name: "Person", Text: personOf(a) + ", with all applications", Path: candidatePath(a.CandidateID)}, member.Fact{Name: "Email address", Text: a.Applicant.Email})
	}
	if a.Applicant.Phone != "" {
		facts = append(facts, member.Fact{Name: "Phone", Text: a.Applicant.Phone})
	}
	if a.Push != nil {
		facts = append(facts, member.Fact{Name: "Sent to your system", Text: string(a.Push.Status)})
	}
	return facts
}

// namesOfActors gives a function that names who did something.
func (p *Pages) namesOfActors(r *http.Request, u account.User) (func(pipeline.Actor) string, error) {
	users, err := p.Store.Accounts.Users(r.Context(), u.EmployerID)
	if err != nil {
		return nil, err
	}
	keys, err := p.Store.Accounts.Keys(r.Context(), u.EmployerID)
	if err != nil {
		return nil, err
	}
	return func(a pipeline.Actor) string {
		switch a.Kind {
		case board.ActorUser:
			for _, other := range users {
				switch {
				case other.ID == a.ID && a.ID == u.ID:
					return "You"
				case other.ID == a.ID:
					return other.Called()
				}
			}
			return "A former member of the team"
		case board.ActorKey:
			for _, k := range keys {
				if k.ID == a.ID {
					return "The API key “" + k.Name + "”"
				}
			}
			return "An API key"
		case board.ActorCandidate:
			return "The applicant"
		case board.ActorSystem:
		}
		return "The platform"
	}, nil
}

// moveSentence tells of a move: "Ada moved this to Screened 2 minutes ago".
func (p *Pages) moveSentence(e pipeline.HistoryEntry, named func(pipeline.Actor) string) string {
	return named(e.Actor) + " moved this to " + string(e.To) + " " + pages.Relative(e.At, p.Now())
}

func (p *Pages) historyLine(history []pipeline.HistoryEntry, named func(pipeline.Actor) string) pages.Timeline {
	var line pages.Timeline
	for i, e := range slices.Backward(history) {
		entry := pages.TimelineEntry{Text: named(e.Actor) + " moved this to " + string(e.To), Detail: e.Reason, When: new(pages.MomentOf(e.At, p.Now())), Tone: statusTag(e.To).Tone}
		switch {
		case i == 0 && e.From == nil, e.From != nil && *e.From == e.To:
			entry.Text = "The application arrived"
		case e.To == board.ApplicationWithdrawn && e.Actor.Kind == board.ActorCandidate:
			entry.Text = "The applicant withdrew it"
		}
		line = append(line, entry)
	}
	return line
}

func moveForm(a pipeline.Application) *form {
	f := &form{Action: applicationPath(a.ID) + "/move", Submit: "Move", Fields: []*field{
		{ID: "status", Label: "Move to", Kind: "select"},
		{ID: "reason", Label: "Reason, for your team", Kind: "textarea", Rows: 2, MaxLength: board.MaxReason, Optional: true, Says: map[string]string{
			board.FieldRequired: "Say why this is taken up again: " + string(a.Status) + " was the end of it.",
		}},
		{ID: "fromStatus", Kind: "hidden", Value: string(a.Status)},
	}}
	for _, s := range board.Follows(a.Status) {
		f.Field("status").Options = append(f.Field("status").Options, option{Value: string(s), Label: string(s)})
	}
	return f
}

func rateForm(a pipeline.Application) *form {
	f := &form{Action: applicationPath(a.ID) + "/rating", Submit: "Rate", Quiet: true, Fields: []*field{{ID: "rating", Label: "Rating", Kind: "select", Options: []option{{Value: "0", Label: "Not rated"}}}}}
	for n, words := range []string{"not for us", "rather not", "maybe", "good", "excellent"} {
		f.Fields[0].Options = append(f.Fields[0].Options, option{Value: strconv.Itoa(n + 1), Label: strconv.Itoa(n+1) + ", " + words, Checked: a.Rating == n+1})
	}
	return f
}

// rateApplication keeps what the team thinks of an application.
func (p *Pages) rateApplication(w http.ResponseWriter, r *http.Request, u account.User) error {
	id, err := jobID(r)
	if err != nil {
		return err
	}
	rating, err := strconv.Atoi(r.PostFormValue("rating"))
	if err != nil {
		return board.Errorf(board.CodeInvalidRequest, "Choose a rating from 1 to %d.", board.MaxRating)
	}
	if err := p.Store.Pipeline.RateApplication(r.Context(), p.Tenant(r.Context(), u), id, rating); err != nil {
		return err
	}
	p.Tell(r.Context(), "The rating is saved.")
	http.Redirect(w, r, applicationPath(id), http.StatusSeeOther) //nolint:gosec // a path made of a number
	return nil
}

// downloadCV sends the CV of an application.
func (p *Pages) downloadCV(w http.ResponseWriter, r *http.Request, u account.User) error {
	id, err := jobID(r)
	if err != nil {
		return err
	}
	file, content, err := p.Store.Pipeline.OpenCV(r.Context(), p.Tenant(r.Context(), u), id)
	if err != nil {
		return err
	}
	sendFile(w, r, file, content)
	return nil
}

// sendFile serves a file that a stranger wrote. The headers let a browser only save it, as those of the API do.
func sendFile(w http.ResponseWriter, r *http.Request, file board.File, content io.ReadSeeker) {
	disposition := mime.FormatMediaType("attachment", map[string]string{"filename": file.Name})
	if disposition == "" {
		disposition = "attachment"
	}
	for name, value := range map[string]string{
		"Content-Type": file.MediaType, "Content-Disposition": disposition, "Cache-Control": "private, no-cache", "X-Content-Type-Options": "nosniff",
		"Content-Security-Policy": "sandbox; default-src 'none'", "Cross-Origin-Resource-Policy": "same-origin",
	} {
		w.Header().Set(name, value)
	}
	r = r.Clone(r.Context())
	r.Header.Del("Range")
	http.ServeContent(w, r, "", time.Time{}, content)
}

// asBoardError gives the error of the job board that err is.
func asBoardError(err error) (*board.Error, bool) { return errors.AsType[*board.Error](err) }
