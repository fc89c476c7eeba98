package hiring

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/portal/member"
	"itmanagerjobs/store"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/fit"
	"itmanagerjobs/store/match"
	"itmanagerjobs/store/pipeline"
)

const interviewsOfCandidate = 50

// candidateView is the main part of the page of a person: one of the own pipeline, or one of the CV database.
type candidateView struct {
	Head    pages.Head
	Problem *pages.Notice
	// Price asks to unlock a profile of the CV database; nil when it is open.
	Price *pages.Notice

	Facts        []member.Fact
	Skills       []string
	Summary      string
	Experience   []board.Experience
	CVPath       string // empty for no CV that may be opened
	Own          bool   // in the own pipeline
	Applications pages.Table
	Interviews   pages.Table
	Matches      pages.Table
	Erase        *form
}

func (p *Pages) showCandidate(w http.ResponseWriter, r *http.Request, u account.User) error {
	return p.showCandidateWith(w, r, u, nil, nil)
}

func (p *Pages) showCandidateWith(w http.ResponseWriter, r *http.Request, u account.User, erase *form, problem *pages.Notice) error {
	ctx, t := r.Context(), p.Tenant(r.Context(), u)
	id, err := jobID(r)
	if err != nil {
		return err
	}
	c, err := p.Store.Candidate(ctx, t, id)
	if err != nil {
		return err
	}
	v := candidateView{Own: c.Population == fit.PopulationPipeline, Problem: problem, Facts: candidateFacts(c), Skills: c.Skills, Summary: c.Summary, Experience: c.Experience}
	v.Head = pages.Head{Title: nameOr(c.FirstName, c.LastName, c.Title), About: c.Title, Back: &pages.Link{Text: "Applications", Path: applicationsPath}}
	if v.Head.About == v.Head.Title {
		v.Head.About = "" // a profile that is closed has no name but its title
	}
	section := "applications"
	if v.Own {
		v.Head.Tags = []pages.Tag{statusTag(c.Status)}
	} else {
		if !u.Role.May(board.RightSearchCV) {
			return member.MayNot(board.RightSearchCV)
		}
		section, v.Head.Back = "search", &pages.Link{Text: "CV search", Path: searchPath}
		if err := p.offerUnlock(r, u, c, &v); err != nil {
			return err
		}
	}
	if c.HasCV && (c.Unlock == nil || !c.Unlock.Required) {
		v.CVPath = candidatePath(id) + "/cv"
	}
	v.Matches = p.matchTable(c.Matches)
	if v.Own {
		found, err := p.Store.Pipeline.Interviews(ctx, t, pipeline.InterviewQuery{InterviewFilter: pipeline.InterviewFilter{CandidateID: id}, LatestFirst: true, Limit: interviewsOfCandidate})
		if err != nil {
			return err
		}
		v.Applications, v.Interviews = p.candidateApplications(c.ApplicationList), p.interviewTable(found.Items)
		v.Head.Actions = []pages.Action{{Label: "Export", Of: "everything that is kept of this person", Icon: "out", Path: candidatePath(id) + "/export"}}
		if u.Role.May(board.RightWork) {
			if v.Erase = erase; erase == nil {
				v.Erase = eraseForm(id)
			}
		}
	}
	status := http.StatusOK
	if problem != nil {
		status = http.StatusUnprocessableEntity
	}
	if v.Erase != nil && v.Erase.Failed() {
		status = v.Erase.Status()
	}
	return p.Show(w, r, status, "candidate", member.Page{Title: v.Head.Title, Section: section, User: &u, Failed: status != http.StatusOK, Main: &v})
}

// offerUnlock says what a closed profile costs, with the credits that are left.
func (p *Pages) offerUnlock(r *http.Request, u account.User, c store.CandidateProfile, v *candidateView) error {
	switch {
	case c.Unlock == nil:
		v.Head.Tags = []pages.Tag{{Text: "In your pipeline", Tone: pages.Good}}
		return nil
	case !c.Unlock.Required:
		v.Head.Tags = []pages.Tag{{Text: "Unlocked until " + c.Unlock.ExpiresAt.Format("2 January 2006"), Tone: pages.Good}}
		return nil
	}
	credits, err := p.Store.Accounts.Credits(r.Context(), p.Tenant(r.Context(), u))
	if err != nil {
		return err
	}
	v.Price = &pages.Notice{Text: "Name, contact data and CV are closed. " + unlockPrice(c.Unlock.Price, credits.CVSearch)}
	if c.Unlock.Price > credits.CVSearch {
		v.Price.Tone, v.Price.Link = pages.Warn, &pages.Link{Text: "Buy credits", Path: "/employer/billing"}
		return nil
	}
	v.Head.Actions = append(v.Head.Actions, pages.Action{Label: "Unlock for " + pages.Count(int(c.Unlock.Price), "credit"), Of: v.Head.Title, Icon: "key", Look: "primary", Post: candidatePath(c.ID) + "/unlock"})
	if c.Unlock.Price == 0 {
		v.Head.Actions[len(v.Head.Actions)-1].Label = "Unlock"
	}
	return nil
}

func unlockPrice(price, credits int64) string {
	if price == 0 {
		return "Unlocking costs nothing here."
	}
	return fmt.Sprintf("Unlocking costs %s and lasts %d days. You have %d.", pages.Count(int(price), "CV search credit"), int(board.UnlockTerm/member.Day), credits)
}

func candidateFacts(c store.CandidateProfile) []member.Fact {
	var facts []member.Fact
	add := func(name, text string) {
		if text != "" {
			facts = append(facts, member.Fact{Name: name, Text: text})
		}
	}
	add("Email address", c.Email)
	if c.Phone != nil {
		add("Phone", *c.Phone)
	}
	add("Place", strings.TrimPrefix(strings.TrimSuffix(c.City+", "+c.Country, ", "), ", "))
	add("Seniority", string(c.Seniority))
	if c.YearsExperience != nil {
		add("Experience", pages.Count(*c.YearsExperience, "year"))
	}
	add("Can start", c.Availability)
	add("Languages", strings.Join(c.Languages, ", "))
	return facts
}

func (p *Pages) candidateApplications(list []pipeline.CandidateApplication) pages.Table {
	t := pages.Table{Caption: "Applications", Columns: []pages.Column{{Name: "Job"}, {Name: "Stage"}, {Name: "Applied"}}}
	for _, a := range list {
		t.Rows = append(t.Rows, pages.Row{Cells: []pages.Cell{
			{Text: a.JobTitle, Path: applicationPath(a.ID), Opens: true}, {Tags: []pages.Tag{statusTag(a.Status)}}, {When: new(pages.MomentOf(a.AppliedAt, p.Now()))},
		}})
	}
	return t
}

func (p *Pages) matchTable(list []match.Match) pages.Table {
	t := pages.Table{Caption: "Jobs that fit", Empty: &pages.Empty{Text: "No published job fits this person."}, Columns: []pages.Column{{Name: "Job"}, {Name: "Fits", Number: true}}}
	for _, m := range list {
		t.Rows = append(t.Rows, pages.Row{Cells: []pages.Cell{{Text: m.JobTitle, Path: JobPath(m.JobID)}, {Text: strconv.Itoa(m.Score) + " %"}}})
	}
	return t
}

// eraseWord is what somebody types to confirm an erasure.
const eraseWord = "erase"

func eraseForm(id int64) *form {
	return &form{Action: candidatePath(id) + "/erase", Submit: "Erase for good", Danger: true, Fields: []*field{{
		ID: "confirm", Label: "Type “" + eraseWord + "” to confirm", Kind: "text", Autocomplete: "off",
		Hint: "Applications, CVs, notes, interviews and emails of this person are emptied everywhere, also in webhooks that wait. Nobody can bring them back.",
	}}}
}

// eraseCandidate erases a person of the pipeline, when the word was typed.
func (p *Pages) eraseCandidate(w http.ResponseWriter, r *http.Request, u account.User) error {
	id, err := jobID(r)
	if err != nil {
		return err
	}
	f := eraseForm(id)
	if err := f.Read(r); err != nil {
		return err
	}
	if !strings.EqualFold(f.Text("confirm"), eraseWord) {
		f.Field("confirm").Error = "Type the word “" + eraseWord + "”, then nothing is left of this person."
		return p.showCandidateWith(w, r, u, f, nil)
	}
	receipt, err := p.Store.Erasure.EraseCandidate(r.Context(), p.Tenant(r.Context(), u), id, board.Precondition{})
	if err != nil {
		return err
	}
	p.Tell(r.Context(), fmt.Sprintf("The person is erased: %s, %s and %s. The receipt has the number %d.",
		pages.Count(receipt.Applications, "application"), pages.Count(receipt.Files, "file"), pages.Count(receipt.Messages, "email"), receipt.ID))
	http.Redirect(w, r, applicationsPath, http.StatusSeeOther)
	return nil
}

// unlockCandidate opens a profile of the CV database. Sent twice, it costs once.
func (p *Pages) unlockCandidate(w http.ResponseWriter, r *http.Request, u account.User) error {
	id, err := jobID(r)
	if err != nil {
		return err
	}
	ctx, t := r.Context(), p.Tenant(r.Context(), u)
	if t.Mode == board.ModeLive {
		if err := board.CheckConfirmed(u.Confirmed); err != nil {
			return err
		}
	}
	c, err := p.Store.UnlockCandidate(ctx, account.Principal{Tenant: t}, id)
	if e, ok := asBoardError(err); ok && e.Code == board.CodeNoCredits {
		return p.showCandidateWith(w, r, u, nil, &pages.Notice{Tone: pages.Bad, Text: "You have no CV search credit left, so the profile stays closed.", Link: &pages.Link{Text: "Buy credits", Path: "/employer/billing"}})
	}
	if err != nil {
		return err
	}
	p.Tell(ctx, nameOr(c.FirstName, c.LastName, c.Title)+" is open for you now.")
	http.Redirect(w, r, candidatePath(id), http.StatusSeeOther) //nolint:gosec // a path made of a number
	return nil
}

// downloadCandidateCV sends the newest CV of a person.
func (p *Pages) downloadCandidateCV(w http.ResponseWriter, r *http.Request, u account.User) error {
	id, err := jobID(r)
	if err != nil {
		return err
	}
	ctx, t := r.Context(), p.Tenant(r.Context(), u)
	if !u.Role.May(board.RightSearchCV) {
		if _, err := p.Store.Pipeline.Candidate(ctx, t, id); err != nil {
			return err
		}
	}
	file, content, err := p.Store.OpenCandidateCV(ctx, t, id)
	if e, ok := asBoardError(err); ok && e.Code == board.CodeUnlockRequired {
		return board.Errorf(board.CodeInvalidState, "The CV is closed. Unlock the profile first.")
	}
	if err != nil {
		return err
	}
	sendFile(w, r, file, content)
	return nil
}

// exportCandidate sends everything that is kept of a person as JSON.
func (p *Pages) exportCandidate(w http.ResponseWriter, r *http.Request, u account.User) error {
	id, err := jobID(r)
	if err != nil {
		return err
	}
	export, err := p.Store.Erasure.ExportCandidate(r.Context(), p.Tenant(r.Context(), u), id)
	if err != nil {
		return err
	}
	body, err := readableJSON(export)
	if err != nil {
		return err
	}
	sendFile(w, r, board.File{Name: "candidate-" + strconv.FormatInt(id, 10) + "-" + export.ExportedAt.Format(time.DateOnly) + ".json", MediaType: "application/json"}, bytes.NewReader(body))
	return nil
}

// readableJSON writes any value with names that begin with a small letter, so that nothing which is added to an export is forgotten.
func readableJSON(v any) ([]byte, error) {
	encoded, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode an export: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(encoded))
	decoder.UseNumber()
	var tree any
	if err := decoder.Decode(&tree); err != nil {
		return nil, fmt.Errorf("read an export: %w", err)
	}
	return json.MarshalIndent(smallNames(tree), "", "  ")
}

func smallNames(v any) any {
	switch v := v.(type) {
	case map[string]any:
		small := make(map[string]any, len(v))
		for name, value := range v {
			small[smallName(name)] = smallNames(value)
		}
		return small
	case []any:
		for i := range v {
			v[i] = smallNames(v[i])
		}
	}
	return v
}

// smallName turns "FirstName" into "firstName", "ID" into "id" and "AICalls" into "aiCalls".
func smallName(name string) string {
	runes := []rune(name)
	for i, c := range runes {
		if !unicode.IsUpper(c) || i > 0 && i+1 < len(runes) && unicode.IsLower(runes[i+1]) {
			break
		}
		runes[i] = unicode.ToLower(c)
	}
	return string(runes)
}
