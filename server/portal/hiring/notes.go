package hiring

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/portal/member"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pipeline"
)

// noteView is the main part of the page of a note, where it is changed and deleted.
type noteView struct {
	Head pages.Head
	// Edit is nil for another's note, whose Text is shown instead.
	Edit   *form
	Text   string
	Delete *form
}

func notePath(n pipeline.Note) string {
	return applicationPath(n.ApplicationID) + "/notes/" + strconv.FormatInt(n.ID, 10)
}

func (p *Pages) noteLines(notes []pipeline.Note, named func(pipeline.Actor) string, u account.User) pages.Timeline {
	var line pages.Timeline
	for _, n := range slices.Backward(notes) {
		e := pages.TimelineEntry{Text: n.Text, Detail: noteAuthor(n, named), When: new(pages.MomentOf(n.At, p.Now()))}
		if n.EditedAt != nil {
			e.Detail += ", edited " + pages.Relative(*n.EditedAt, p.Now())
		}
		of := "the note of " + pages.Relative(n.At, p.Now())
		switch mayWork := u.Role.May(board.RightWork); {
		case mayWork && board.CheckNoteEditor(n.UserID, u.ID) == nil:
			e.Actions = []pages.Action{{Label: "Edit or delete", Of: of, Look: "quiet", Little: true, Path: notePath(n)}}
		case mayWork && board.CheckNoteDeleter(n.UserID, u.ID, u.Role) == nil:
			e.Actions = []pages.Action{{Label: "Delete", Of: of, Look: "quiet", Little: true, Path: notePath(n)}}
		}
		line = append(line, e)
	}
	return line
}

func noteAuthor(n pipeline.Note, named func(pipeline.Actor) string) string {
	return named(pipeline.Actor{Kind: board.ActorUser, ID: n.UserID})
}

func noteForm(id int64) *form {
	return &form{Action: applicationPath(id) + "/notes", Submit: "Add note", Quiet: true, Fields: []*field{
		{ID: "text", Label: "Note", Kind: "textarea", Rows: 3, MaxLength: board.MaxNote, Hint: "Your whole team reads it. The person can ask for a copy.", Says: map[string]string{board.FieldRequired: "Write something first."}},
	}}
}

// createNote writes a note for the team.
func (p *Pages) createNote(w http.ResponseWriter, r *http.Request, u account.User) error {
	id, err := jobID(r)
	if err != nil {
		return err
	}
	f := noteForm(id)
	if err := f.Read(r); err != nil {
		return err
	}
	again, err := p.once(r.Context(), u, f.ID, func(ctx context.Context) error {
		_, err := p.Store.Pipeline.CreateNote(ctx, p.Tenant(ctx, u), id, u.ID, f.Text("text"))
		return err
	})
	if again {
		return p.toNotes(w, r, id, "The note was saved already.")
	}
	if f.Blame(err) {
		return p.showApplicationWith(w, r, u, func(v *applicationView) { v.Note = f })
	}
	if err != nil {
		return err
	}
	return p.toNotes(w, r, id, "The note is saved.")
}

// toNotes leads to the notes on an application, and says what has become of one.
func (p *Pages) toNotes(w http.ResponseWriter, r *http.Request, applicationID int64, sentence string) error {
	p.Tell(r.Context(), sentence)
	http.Redirect(w, r, applicationPath(applicationID), http.StatusSeeOther) //nolint:gosec // a path made of a number
	return nil
}

// noteOf reads the note that the path names.
func (p *Pages) noteOf(r *http.Request, u account.User) (pipeline.Note, error) {
	id, err := jobID(r)
	if err != nil {
		return pipeline.Note{}, err
	}
	noteID, ok := applicationOf(r.PathValue("note"))
	if !ok {
		return pipeline.Note{}, board.Errorf(board.CodeNotFound, "There is no such note.")
	}
	return p.Store.Pipeline.Note(r.Context(), p.Tenant(r.Context(), u), id, noteID)
}

func editNoteForm(n pipeline.Note) *form {
	f := noteForm(n.ApplicationID)
	f.Action, f.Submit, f.Fields[0].Value = notePath(n), "Save", n.Text
	f.Cancel = &pages.Link{Text: "Cancel", Path: applicationPath(n.ApplicationID)}
	return f
}

func (p *Pages) showNote(w http.ResponseWriter, r *http.Request, u account.User) error {
	n, err := p.noteOf(r, u)
	if err != nil {
		return err
	}
	return p.showNoteForm(w, r, u, n, editNoteForm(n))
}

func (p *Pages) showNoteForm(w http.ResponseWriter, r *http.Request, u account.User, n pipeline.Note, f *form) error {
	if err := board.CheckNoteDeleter(n.UserID, u.ID, u.Role); err != nil {
		return err
	}
	named, err := p.namesOfActors(r, u)
	if err != nil {
		return err
	}
	v := noteView{
		Head: pages.Head{
			Title: "Note", Back: &pages.Link{Text: "The application", Path: applicationPath(n.ApplicationID)},
			About: "Written by " + noteAuthor(n, named) + " " + pages.Relative(n.At, p.Now()) + ".",
		},
		Text: n.Text, Delete: &form{Action: notePath(n) + "/delete", Submit: "Delete this note", Danger: true},
	}
	if board.CheckNoteEditor(n.UserID, u.ID) == nil {
		v.Edit, v.Head.Title, v.Head.About = f, "Your note", "Written "+pages.Relative(n.At, p.Now())+". When you change it, your team sees that it was edited."
	}
	return p.Show(w, r, f.Status(), "note", member.Page{Title: v.Head.Title, Section: "applications", User: &u, Failed: f.Failed(), Main: &v})
}

// editNote changes the text of one's own note.
func (p *Pages) editNote(w http.ResponseWriter, r *http.Request, u account.User) error {
	n, err := p.noteOf(r, u)
	if err != nil {
		return err
	}
	f := editNoteForm(n)
	if err := f.Read(r); err != nil {
		return err
	}
	err = p.Store.Pipeline.EditNote(r.Context(), p.Tenant(r.Context(), u), n.ApplicationID, n.ID, u, f.Text("text"))
	if f.Blame(err) {
		return p.showNoteForm(w, r, u, n, f)
	}
	if err != nil {
		return err
	}
	return p.toNotes(w, r, n.ApplicationID, "The note is changed.")
}

// deleteNote deletes one's own note, or anybody's for an admin.
func (p *Pages) deleteNote(w http.ResponseWriter, r *http.Request, u account.User) error {
	n, err := p.noteOf(r, u)
	if err != nil {
		return err
	}
	if err := p.Store.Pipeline.DeleteNote(r.Context(), p.Tenant(r.Context(), u), n.ApplicationID, n.ID, u); err != nil {
		return err
	}
	return p.toNotes(w, r, n.ApplicationID, "The note is deleted.")
}
