package portal

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

// team is the main part of the page "Team".
type team struct {
	*form

	Users     []account.User
	Self      int64
	MayManage bool
}

// invitationLink is the main part of the only page that shows the link of an invitation.
type invitationLink struct {
	User account.User
	Link string
}

func errMayNotManage() error {
	return board.Errorf(board.CodeInsufficientScope, "Only an employer admin can add people to the team. Ask an admin of your account.")
}

func teamForm() *form {
	roles := &field{ID: "role", Label: "Role", Kind: "radios"}
	for _, role := range board.EmployerRoles() {
		roles.Options = append(roles.Options, option{
			ID: "role-" + string(role), Value: string(role), Label: roleName(role), Hint: roleHint(role), Checked: role == board.RoleViewer,
		})
	}
	email := emailField()
	email.Autocomplete = "off"
	return &form{Action: "/employer/team", Submit: "Add to team", Fields: []*field{email, roles}}
}

func (p *Portal) showTeam(w http.ResponseWriter, r *http.Request, u account.User) error {
	return p.showTeamForm(w, r, u, teamForm())
}

func (p *Portal) showTeamForm(w http.ResponseWriter, r *http.Request, u account.User, f *form) error {
	users, err := p.store.Accounts.Users(r.Context(), u.EmployerID)
	if err != nil {
		return err
	}
	return p.show(w, r, f.Status(), "team", page{Title: "Team", Section: "team", User: &u, Failed: f.Failed(), Main: team{
		form: f, Users: users, Self: u.ID, MayManage: u.Role.CanManageTeam(),
	}})
}

// invite adds a user, whose link is shown to the admin to pass on.
func (p *Portal) invite(w http.ResponseWriter, r *http.Request, u account.User) error {
	if !u.Role.CanManageTeam() {
		return errMayNotManage()
	}
	f := teamForm()
	if err := f.Read(r); err != nil {
		return err
	}
	added, token, err := p.store.Accounts.CreateInvitation(r.Context(), account.NewInvitation{
		EmployerID: u.EmployerID, Email: strings.TrimSpace(f.Field("email").Value), Role: board.Role(r.PostForm.Get("role")),
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
	if !u.Role.CanManageTeam() {
		return errMayNotManage()
	}
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return errNoPage
	}
	invitee, token, err := p.store.Accounts.RenewInvitation(r.Context(), u.EmployerID, id)
	if err != nil {
		return err
	}
	return p.showLink(w, r, http.StatusOK, u, invitee, token)
}

func (p *Portal) showLink(w http.ResponseWriter, r *http.Request, status int, u, invitee account.User, token string) error {
	return p.show(w, r, status, "invited", page{Title: "Invitation link", Section: "team", User: &u, Main: invitationLink{
		User: invitee, Link: p.publicURL + "/employer/invitation/" + url.PathEscape(token),
	}})
}
