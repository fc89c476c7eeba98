package personal

import (
	"fmt"
	"net/http"
	"strconv"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/session"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

const maxName = 100

// accountPage is the main part of the page "Your account".
type accountPage struct {
	Form    *form
	Facts   []Fact
	Actions []pages.Action
	Lists   []Listed
	Dialogs []pages.Dialog
}

func (p *Pages) nameForm(u account.User) *form {
	return &form{Action: p.account(""), Submit: "Save", Fields: []*field{
		{ID: "name", Label: "Your name", Kind: "text", Autocomplete: "name", MaxLength: maxName, Value: u.Name, Says: NameSays},
	}}
}

// NameSays are the sentences about the name of a person.
var NameSays = map[string]string{
	board.FieldRequired: "Enter your name", board.FieldTooShort: "Enter your name",
	board.FieldTooLong: fmt.Sprintf("Your name may have %d characters at most", maxName), board.FieldInvalid: "Enter your name, without an address of the web",
}

func (p *Pages) showAccount(w http.ResponseWriter, r *http.Request, u account.User) error {
	return p.showAccountForm(w, r, u, p.nameForm(u))
}

func (p *Pages) showAccountForm(w http.ResponseWriter, r *http.Request, u account.User, f *form) error {
	main := &accountPage{
		Form:  f,
		Facts: []Fact{{Name: "Email address", Value: u.Email}, {Name: "Second factor", Value: secondFactorInWords(u)}},
		Actions: []pages.Action{
			{Label: "Change your password", Path: p.account("/password")}, {Label: "Second factor", Path: p.account("/second-factor")},
		},
	}
	if !u.Confirmed {
		main.Facts[0].Tags = []pages.Tag{{Text: "Not confirmed yet", Tone: pages.Warn}}
	}
	passkeys, err := p.passkeyList(r, u)
	if err != nil {
		return err
	}
	sessions, err := p.sessionList(r, u)
	if err != nil {
		return err
	}
	main.Lists = []Listed{passkeys, sessions}
	if p.About != nil {
		about, err := p.About(r, u)
		if err != nil {
			return err
		}
		main.Facts, main.Actions = append(main.Facts, about.Facts...), append(main.Actions, about.Actions...)
		main.Lists = append(main.Lists, about.Tables...)
	}
	main.Dialogs = []pages.Dialog{{
		ID: "everywhere", Title: "Sign out everywhere?", Text: "Every device is signed out, this one too.", Post: p.account("/sessions/end"), Label: "Sign out everywhere", Danger: true,
	}}
	return p.Show(w, r, Page{Title: "Your account", User: &u, Status: f.Status(), Template: "own-account", Failed: f.Failed(), Main: main})
}

func secondFactorInWords(u account.User) string {
	passkeys := passkeysInWords(u.Passkeys)
	switch {
	case u.App && u.Passkeys > 0:
		return "On: an app, and " + passkeys
	case u.App:
		return "On: an app"
	case u.Passkeys > 0:
		return "On: " + passkeys
	}
	return "Off: your password alone signs in"
}

func (p *Pages) rename(w http.ResponseWriter, r *http.Request, u account.User) error {
	f := p.nameForm(u)
	if err := f.Read(r); err != nil {
		return err
	}
	err := p.Store.Accounts.RenameUser(r.Context(), u.EmployerID, u.ID, f.Field("name").Value)
	if f.Blame(err) {
		return p.showAccountForm(w, r, u, f)
	}
	return p.back(w, r, err, p.account(""), "Your name is saved.")
}

func (p *Pages) sessionList(r *http.Request, u account.User) (Listed, error) {
	open, err := p.Store.Accounts.Sessions(r.Context(), u.ID, session.VisitorOf(r.Context()).Token)
	if err != nil {
		return Listed{}, err
	}
	t := &pages.Table{Caption: "Where you are signed in", Columns: []pages.Column{
		{Name: "Device"}, {Name: "Network address"}, {Name: "Last used"}, {Name: "Signed in"}, {Unseen: "Change"},
	}}
	for _, s := range open {
		seen, since := pages.MomentOf(s.SeenAt, p.Now()), pages.MomentOf(s.CreatedAt, p.Now())
		device, change := pages.Cell{Text: s.Device, Strong: true}, pages.Cell{}
		if s.Current {
			device.Tags = []pages.Tag{{Text: "This device", Tone: pages.Good}}
		} else {
			change.Actions = []pages.Action{{Label: "Sign out", Of: s.Device + " at " + s.Address, Post: p.account(fmt.Sprintf("/sessions/%d/end", s.ID)), Little: true}}
		}
		t.Rows = append(t.Rows, pages.Row{Cells: []pages.Cell{device, {Text: s.Address}, {When: &seen}, {When: &since}, change}})
	}
	return Listed{Title: "Where you are signed in", Table: t, Actions: []pages.Action{{Label: "Sign out everywhere", Look: "danger", Opens: "everywhere"}}}, nil
}

func (p *Pages) endSession(w http.ResponseWriter, r *http.Request, u account.User) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	err = p.Store.Accounts.EndSessionOf(r.Context(), u.ID, id)
	return p.back(w, r, err, p.account(""), "That device is signed out.")
}

func (p *Pages) endSessions(w http.ResponseWriter, r *http.Request, u account.User) error {
	if err := p.Store.Accounts.EndSessions(r.Context(), u.ID); err != nil {
		return err
	}
	if err := p.Sessions.Destroy(r.Context()); err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	http.Redirect(w, r, p.Root+"/sign-in?done=all", http.StatusSeeOther)
	return nil
}

// pathID is the number in the address of a page. Errors: not_found.
func pathID(r *http.Request) (int64, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || id < 1 {
		return 0, board.Errorf(board.CodeNotFound, "There is no such page.")
	}
	return id, nil
}
