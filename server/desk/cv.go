package desk

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

// showCV shows how many people there are, the imports, and the forms to import and to find somebody.
func (d *Desk) showCV(w http.ResponseWriter, r *http.Request, u account.User) error {
	return d.showCVForms(w, r, u, importForm(), findForm())
}

func findForm() *form {
	return &form{Action: "/platform/cv/people", Submit: "Find", Fields: []*field{
		{ID: "who", Label: "Email address or number", Kind: "text", Autocomplete: "off", MaxLength: board.MaxEmail, Hint: "The whole address. What you look at is written into the audit log.", Says: map[string]string{
			board.FieldInvalidFormat: "Enter an email address such as jobs@example.com, or a number",
		}},
	}}
}

func (d *Desk) showCVForms(w http.ResponseWriter, r *http.Request, u account.User, file, find *form) error {
	counts, err := d.Store.CV.Counts(r.Context(), board.ModeLive)
	if err != nil {
		return err
	}
	runs, err := d.Store.CV.ImportRuns(r.Context(), 10)
	if err != nil {
		return err
	}
	t := &pages.Table{
		Caption: "Imports", Columns: []pages.Column{{Name: "File"}, {Name: "Status"}, {Name: "Imported", Number: true}, {Name: "Left out", Number: true}, {Name: "Begun"}},
		Empty: &pages.Empty{Title: "Nothing was imported at the desk yet."},
	}
	for _, run := range runs {
		when := pages.MomentOf(run.CreatedAt, d.Now())
		t.Rows = append(t.Rows, pages.Row{Cells: []pages.Cell{
			{Text: run.File, Path: fmt.Sprintf("/platform/cv/imports/%d", run.ID), Opens: true}, {Tags: []pages.Tag{importTag(run.Status)}},
			{Text: strconv.Itoa(run.Imported)}, {Text: strconv.Itoa(run.Skipped)}, {When: &when},
		}})
	}
	wrong := file
	if find.Failed() {
		wrong = find
	}
	return d.showScreen(w, r, u, screen{
		Head:  pages.Head{Title: "CV database", About: "People whom employers can find and unlock."},
		Stats: []pages.Stat{{Name: "Visible people", Figure: itoa(counts.Visible)}, {Name: "Hidden people", Figure: itoa(counts.Hidden)}},
		Sections: []section{
			{Title: "Find somebody", Form: find}, {Title: "Import", Form: file}, {Title: "Imports", Table: t},
		},
	}, wrong)
}

// findPerson leads from an address or a number to a person. The form is a POST: the email address of a person must not be in the
// address of a page, which browsers and proxies keep.
func (d *Desk) findPerson(w http.ResponseWriter, r *http.Request, u account.User) error {
	f := findForm()
	if err := f.Read(r); err != nil {
		return err
	}
	who := f.Text("who")
	id, err := strconv.ParseInt(who, 10, 64)
	if err != nil {
		email, problem, bad := board.CheckEmail("who", who)
		if bad {
			f.BlameFields([]board.FieldError{problem})
			return d.showCVForms(w, r, u, importForm(), f)
		}
		if id, err = d.Store.CV.PersonID(r.Context(), board.ModeLive, email); err != nil {
			f.Field("who").Error = "Nobody in the CV database has this address"
			return d.showCVForms(w, r, u, importForm(), f)
		}
	}
	http.Redirect(w, r, fmt.Sprintf("/platform/cv/people/%d", id), http.StatusSeeOther)
	return nil
}

func (d *Desk) showPerson(w http.ResponseWriter, r *http.Request, u account.User) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	p, err := d.Store.CV.Export(r.Context(), id)
	if err != nil {
		return err
	}
	if err := d.act(r, u, account.PlatformAction{Action: "look at person", Subject: personSubject(id)}, nothing); err != nil {
		return err
	}
	facts := []fact{
		{Name: "Email address", Value: p.Email}, {Name: "Title", Value: p.Title}, {Name: "Place", Value: strings.Trim(p.City+", "+p.Country, ", ")},
		{Name: "Skills", Value: strings.Join(p.Skills, ", ")}, {Name: "Kept until", Value: exact(p.RetainUntil)}, {Name: "Last heard of", Value: exact(p.UpdatedAt)},
		{Name: "Opened by", Value: pages.Count(len(p.OpenedBy), "employer")}, {Name: "Matches", Value: strconv.Itoa(len(p.Matches))},
	}
	at := fmt.Sprintf("/platform/cv/people/%d", id)
	visible := pages.Action{Label: "Hide from employers", Post: at + "/visible", Values: map[string]string{"visibility": string(board.VisibilityHidden)}}
	tag := pages.Tag{Text: "Visible", Tone: pages.Good}
	if p.Visibility == board.VisibilityHidden {
		tag = pages.Tag{Text: "Hidden"}
		visible.Label, visible.Values = "Show to employers", map[string]string{"visibility": string(board.VisibilityVisible)}
	}
	return d.showScreen(w, r, u, screen{
		Head: pages.Head{
			Title: p.FirstName + " " + p.LastName, Back: &pages.Link{Text: "CV database", Path: "/platform/cv"}, Tags: []pages.Tag{tag},
			Actions: []pages.Action{visible, {Label: "Erase", Look: "danger", Opens: "erase"}},
		},
		Sections: []section{{Title: fmt.Sprintf("Person %d", id), Facts: facts}},
		Dialogs: []pages.Dialog{{
			ID: "erase", Title: "Erase this person?", Danger: true, Label: "Erase for good", Post: at + "/erase",
			Text: "Everything that tells of the person leaves the CV database, for all employers. This can't be undone.",
		}},
	}, nil)
}

func personSubject(id int64) string { return fmt.Sprintf("person %d of the CV database", id) }

func (d *Desk) setVisibility(w http.ResponseWriter, r *http.Request, u account.User) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	if err := (&form{}).Read(r); err != nil {
		return err
	}
	v := board.Visibility(r.PostForm.Get("visibility"))
	err = d.act(r, u, account.PlatformAction{Action: "set visibility", Subject: personSubject(id), Detail: string(v)}, func(ctx context.Context) error {
		return d.Store.CV.SetVisibility(ctx, id, v)
	})
	if err != nil {
		return err
	}
	sentence := "Employers find this person again."
	if v == board.VisibilityHidden {
		sentence = "No employer finds this person any more."
	}
	return d.done(w, r, fmt.Sprintf("/platform/cv/people/%d", id), sentence)
}

func (d *Desk) erasePerson(w http.ResponseWriter, r *http.Request, u account.User) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	receipt := int64(0)
	err = d.act(r, u, account.PlatformAction{Action: "erase person", Subject: personSubject(id)}, func(ctx context.Context) error {
		done, err := d.Store.Erasure.EraseCV(ctx, id)
		receipt = done.ID
		return err
	})
	if err != nil {
		return err
	}
	return d.done(w, r, "/platform/cv", fmt.Sprintf("The person is erased. The number of the receipt is %d.", receipt))
}
