package portal

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/portal/member"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

// team is the main part of the page "Team".
type team struct {
	*form

	Head      pages.Head
	Table     pages.Table
	Dialogs   []pages.Dialog
	MayManage bool
}

// invitationLink is the main part of the only page that shows the link of an invitation.
type invitationLink struct {
	User account.User
	Link string
}

func teamForm() *form {
	roles := &field{ID: "role", Label: "Role", Kind: "radios", Says: map[string]string{board.FieldNotAllowed: "Choose a role"}}
	for _, role := range board.EmployerRoles() {
		roles.Options = append(roles.Options, option{
			ID: "role-" + string(role), Value: string(role), Label: roleName(role), Hint: roleHint(role), Checked: role == board.RoleViewer,
		})
	}
	email := emailField()
	email.Autocomplete = "off"
	return &form{Action: "/employer/team", Submit: "Send the invitation", Fields: []*field{email, roles}}
}

func (p *Portal) showTeam(w http.ResponseWriter, r *http.Request, u account.User) error {
	return p.showTeamForm(w, r, u, teamForm())
}

func (p *Portal) showTeamForm(w http.ResponseWriter, r *http.Request, u account.User, f *form) error {
	users, err := p.Store.Accounts.Users(r.Context(), u.EmployerID)
	if err != nil {
		return err
	}
	main := team{form: f, Head: pages.Head{Title: "Team", About: "The people who can sign in to this account."}, MayManage: u.Role.May(board.RightManageTeam)}
	main.Table = pages.Table{Caption: "Team", Columns: []pages.Column{{Name: "Person"}, {Name: "Role"}, {Name: "Added"}}}
	if main.MayManage {
		main.Table.Columns = append(main.Table.Columns, pages.Column{Unseen: "Actions"})
	}
	for _, other := range users {
		person := pages.Cell{Text: other.Called()}
		if other.Name != "" {
			person.Sub = other.Email
		}
		if other.ID == u.ID {
			person.Tags = []pages.Tag{{Text: "You", Tone: pages.Accent}}
		}
		role := pages.Cell{Text: roleName(other.Role)}
		if !other.Joined {
			role.Tags = []pages.Tag{{Text: "Not joined yet", Tone: pages.Warn}}
		}
		cells := []pages.Cell{person, role, {When: new(pages.MomentOf(other.CreatedAt, p.Now()))}}
		if main.MayManage {
			actions, dialogs := teamActions(other)
			cells = append(cells, pages.Cell{Actions: actions})
			main.Dialogs = append(main.Dialogs, dialogs...)
		}
		main.Table.Rows = append(main.Table.Rows, pages.Row{Cells: cells})
	}
	return p.Show(w, r, f.Status(), "team", member.Page{Title: "Team", Section: "team", User: &u, Failed: f.Failed(), Main: main})
}

// teamActions are what an admin can do with somebody, and the dialogs that ask before.
func teamActions(other account.User) ([]pages.Action, []pages.Dialog) {
	n := strconv.FormatInt(other.ID, 10)
	path, role, end := "/employer/team/"+n, "role-of-"+n, "remove-"+n
	roles := &field{ID: "role", Label: "Role", Kind: "radios", Says: map[string]string{board.FieldNotAllowed: "Choose a role"}}
	for _, r := range board.EmployerRoles() {
		roles.Options = append(roles.Options, option{ID: role + "-" + string(r), Value: string(r), Label: roleName(r), Checked: r == other.Role})
	}
	remove := pages.Dialog{
		ID: end, Title: "Remove " + other.Called() + "?", Post: path + "/remove", Label: "Remove from the team", Danger: true,
		Text: "This person is signed out everywhere at once and can't sign in any more. API keys stay as they are.",
	}
	actions := []pages.Action{{Label: "Change role", Of: "of " + other.Called(), Opens: role, Little: true}, {Label: "Remove", Of: other.Called(), Opens: end, Look: "danger", Little: true}}
	if !other.Joined {
		remove.Title, remove.Label, remove.Text = "Cancel the invitation of "+other.Called()+"?", "Cancel the invitation", "The link of the invitation stops working at once."
		actions[1].Label, actions[1].Of = "Cancel invitation", "of "+other.Called()
		actions = append([]pages.Action{{Label: "New link", Of: "for the invitation of " + other.Called(), Post: path + "/link", Little: true}}, actions...)
	}
	return actions, []pages.Dialog{{ID: role, Title: "Role of " + other.Called(), Form: &form{Action: path + "/role", Submit: "Save role", Fields: []*field{roles}}}, remove}
}

// invite adds a user, whose link is shown to the admin to pass on.
func (p *Portal) invite(w http.ResponseWriter, r *http.Request, u account.User) error {
	if err := board.CheckConfirmed(u.Confirmed); err != nil {
		return err
	}
	f := teamForm()
	if err := f.Read(r); err != nil {
		return err
	}
	added, token, err := p.Store.Accounts.CreateInvitation(r.Context(), account.NewInvitation{
		EmployerID: u.EmployerID, Email: strings.TrimSpace(f.Field("email").Value), Role: board.Role(r.PostForm.Get("role")),
		InvitedBy: u.Called(), PublicURL: p.PublicURL,
	})
	if f.Blame(err) {
		return p.showTeamForm(w, r, u, f)
	}
	if err != nil {
		return err
	}
	return p.showLink(w, r, http.StatusCreated, u, added, token)
}

// renewInvitation is for a link that was lost or has expired.
func (p *Portal) renewInvitation(w http.ResponseWriter, r *http.Request, u account.User) error {
	if err := board.CheckConfirmed(u.Confirmed); err != nil {
		return err
	}
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return member.ErrNoPage
	}
	invitee, token, err := p.Store.Accounts.RenewInvitation(r.Context(), u.EmployerID, id, u.Called(), p.PublicURL)
	if err != nil {
		return err
	}
	return p.showLink(w, r, http.StatusOK, u, invitee, token)
}

func (p *Portal) changeRole(w http.ResponseWriter, r *http.Request, u account.User) error {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return member.ErrNoPage
	}
	changed, err := p.Store.Accounts.ChangeRole(r.Context(), u.EmployerID, id, board.Role(r.PostForm.Get("role")))
	if changed.ID == u.ID && !changed.Role.May(board.RightSeeTeam) {
		return p.back(w, r, err, "/employer", "You are a "+strings.ToLower(roleName(changed.Role))+" now.")
	}
	return p.back(w, r, err, "/employer/team", changed.Called()+" is now: "+roleName(changed.Role)+".")
}

// removeUser takes somebody out of the team, or cancels the invitation.
func (p *Portal) removeUser(w http.ResponseWriter, r *http.Request, u account.User) error {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return member.ErrNoPage
	}
	removed, err := p.Store.Accounts.RemoveUser(r.Context(), u.EmployerID, id)
	sentence := removed.Called() + " is no longer in the team, and is signed out everywhere."
	if !removed.Joined {
		sentence = "The invitation of " + removed.Email + " is cancelled. Its link does not work any more."
	}
	return p.back(w, r, err, "/employer/team", sentence)
}

func (p *Portal) showLink(w http.ResponseWriter, r *http.Request, status int, u, invitee account.User, token string) error {
	return p.Show(w, r, status, "invited", member.Page{Title: "Invitation link", Section: "team", User: &u, Main: invitationLink{
		User: invitee, Link: p.PublicURL + "/employer/invitation/" + url.PathEscape(token),
	}})
}
