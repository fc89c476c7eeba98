package personal

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/session"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

const (
	// sessionChallenges are the challenges that this session was asked with, the newest last: one for each page that is open.
	sessionChallenges = "challenges"
	mostChallenges    = 8

	noPasskeysHere = "Passkeys do not work at this address: browsers allow them only where a site has a name and https."
)

// passkeyForm asks the browser for a passkey. The challenge is for this session alone.
func (p *Pages) passkeyForm(ctx context.Context, c account.Challenge, action, submit string) *form {
	asked := append(strings.Fields(p.Sessions.GetString(ctx, sessionChallenges)), c.ID)
	p.Sessions.Put(ctx, sessionChallenges, strings.Join(asked[max(0, len(asked)-mostChallenges):], " "))
	return &form{
		Action: action, Submit: submit, Passkey: &pages.PasskeyRequest{Options: c.Options},
		Fields: []*field{{ID: "challenge", Kind: "hidden", Value: c.ID}},
	}
}

// answered is the challenge that a form answers, which is then forgotten; empty when this session was not asked with it.
func (p *Pages) answered(r *http.Request) string {
	ctx, id := r.Context(), r.PostForm.Get("challenge")
	asked := strings.Fields(p.Sessions.GetString(ctx, sessionChallenges))
	at := slices.Index(asked, id)
	if at < 0 {
		return ""
	}
	p.Sessions.Put(ctx, sessionChallenges, strings.Join(slices.Delete(asked, at, at+1), " "))
	return id
}

// usePasskey tells whose passkey has answered. Errors: invalid_request.
func (p *Pages) usePasskey(r *http.Request) (account.User, error) {
	return p.Store.Accounts.UsePasskey(r.Context(), p.party, p.answered(r), []byte(r.PostForm.Get("credential")))
}

func (p *Pages) showSignInPasskey(w http.ResponseWriter, r *http.Request) error {
	next := p.Local(r.URL.Query().Get("next"))
	if _, found, err := p.Sessions.User(r.Context()); err != nil || found {
		return redirectUnless(err, w, r, next)
	}
	return p.showAnyPasskey(w, r, next, nil)
}

func (p *Pages) showAnyPasskey(w http.ResponseWriter, r *http.Request, next string, failed *form) error {
	if err := p.Store.Accounts.CountChallenge(r.Context(), session.CallerAddress(r)); err != nil {
		return err
	}
	c, err := p.Store.Accounts.AskForPasskey(r.Context(), p.party, account.User{})
	if err != nil {
		return err
	}
	f := p.passkeyForm(r.Context(), c, p.Root+"/sign-in/passkey", "Use a passkey")
	f.Next, f.Passkey.AtOnce = next, failed == nil
	return p.showSheet(w, r, nil, &sheet{
		Title: "Sign in with a passkey", Text: "Your browser asks for the passkey, and for your finger, face or PIN.",
		Parts: []*part{{Form: replaced(f, failed, "passkey")}}, After: []pages.Link{{Text: "Sign in with your password", Path: p.Root + "/sign-in"}},
	})
}

// signInWithPasskey takes a passkey for both factors: the device, and what it has checked of the person.
func (p *Pages) signInWithPasskey(w http.ResponseWriter, r *http.Request) error {
	f := &form{Passkey: &pages.PasskeyRequest{}}
	if err := f.Read(r); err != nil {
		return err
	}
	next := p.Local(f.Next)
	u, err := p.usePasskey(r)
	switch {
	case f.Blame(err):
	case err != nil:
		return err
	case !p.Admits(u):
		f.Problem = "This is a passkey of an account that does not belong here."
	default:
		return p.letIn(w, r, u, next)
	}
	return p.showAnyPasskey(w, r, next, f)
}

func (p *Pages) passkeyList(r *http.Request, u account.User) (Listed, error) {
	passkeys, err := p.Store.Accounts.Passkeys(r.Context(), u.ID)
	if err != nil {
		return Listed{}, err
	}
	l := Listed{Title: "Passkeys", Text: "A passkey signs you in with your finger, face or PIN instead of a password, and is your second factor after it."}
	if p.Passkeys() {
		l.Actions = []pages.Action{{Label: "Add a passkey", Path: p.account("/passkeys/new")}}
	} else {
		l.Text = noPasskeysHere
	}
	if len(passkeys) == 0 {
		return l, nil
	}
	l.Table = &pages.Table{Caption: "Passkeys", Columns: []pages.Column{{Name: "Passkey"}, {Name: "Added"}, {Name: "Last used"}, {Unseen: "Change"}}}
	for _, k := range passkeys {
		added, used := pages.MomentOf(k.CreatedAt, p.Now()), pages.Cell{Text: "Never"}
		if k.UsedAt != nil {
			at := pages.MomentOf(*k.UsedAt, p.Now())
			used = pages.Cell{When: &at}
		}
		name := pages.Cell{Text: k.Name, Strong: true}
		if k.Synced {
			name.Sub = "On several devices"
		}
		l.Table.Rows = append(l.Table.Rows, pages.Row{Cells: []pages.Cell{name, {When: &added}, used, {Actions: []pages.Action{
			{Label: "Rename or remove", Of: k.Name, Path: p.account(fmt.Sprintf("/passkeys/%d", k.ID)), Little: true},
		}}}})
	}
	return l, nil
}

func passkeyName(value string) *field {
	return &field{
		ID: "name", Label: "Name of the passkey", Kind: "text", MaxLength: board.MaxPasskeyName, Value: value, Autocomplete: "off",
		Hint: "Such as the device that keeps it. You see it in the list of your passkeys.",
		Says: map[string]string{
			board.FieldTooShort: "Give the passkey a name", board.FieldTooLong: fmt.Sprintf("The name may have %d characters at most", board.MaxPasskeyName),
		},
	}
}

func (p *Pages) showNewPasskey(w http.ResponseWriter, r *http.Request, u account.User) error {
	return p.showNewPasskeyForm(w, r, u, session.Device(r.UserAgent()), nil)
}

func (p *Pages) showNewPasskeyForm(w http.ResponseWriter, r *http.Request, u account.User, name string, failed *form) error {
	c, err := p.Store.Accounts.AskForNewPasskey(r.Context(), p.party, u)
	if err != nil {
		return err
	}
	f := p.passkeyForm(r.Context(), c, p.account("/passkeys"), "Create the passkey")
	f.Passkey.Create, f.Fields = true, append(f.Fields, passkeyName(name))
	text := "Your device makes a passkey and keeps it. You then sign in with your finger, face or PIN."
	if !u.SecondFactor {
		text += " It is your second factor from then on: the password alone does not sign in any more, and you get recovery codes."
	}
	return p.showSheet(w, r, &u, &sheet{Back: p.toAccount(), Title: "Add a passkey", Text: text, Parts: []*part{{Form: replaced(f, failed, "passkey")}}})
}

func (p *Pages) createPasskey(w http.ResponseWriter, r *http.Request, u account.User) error {
	f := &form{Passkey: &pages.PasskeyRequest{}, Fields: []*field{passkeyName("")}}
	if err := f.Read(r); err != nil {
		return err
	}
	name := f.Text("name")
	after, codes, err := p.Store.Accounts.CreatePasskey(r.Context(), p.party, u, p.answered(r), name, []byte(r.PostForm.Get("credential")))
	if f.Blame(err) {
		return p.showNewPasskeyForm(w, r, u, name, f)
	}
	if err != nil {
		return err
	}
	if codes == nil {
		return p.back(w, r, nil, p.account(""), "The passkey “"+name+"” is added.")
	}
	return p.showFirstCodes(w, r, after, codes)
}

func (p *Pages) showPasskey(w http.ResponseWriter, r *http.Request, u account.User) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	return p.showPasskeyForm(w, r, u, id, nil)
}

func (p *Pages) showPasskeyForm(w http.ResponseWriter, r *http.Request, u account.User, id int64, failed *form) error {
	passkeys, err := p.Store.Accounts.Passkeys(r.Context(), u.ID)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(passkeys, func(k account.Passkey) bool { return k.ID == id })
	if at < 0 {
		return board.Errorf(board.CodeNotFound, "There is no such passkey. It was removed already.")
	}
	f := failed
	if f == nil {
		f = &form{Action: p.account(fmt.Sprintf("/passkeys/%d", id)), Submit: "Save", Fields: []*field{passkeyName(passkeys[at].Name)}}
	}
	remove := &part{
		Title: "Remove", Text: "It does not sign in any more. Delete it in your device, too: there it stays.",
		Actions: []pages.Action{{Label: "Remove the passkey", Look: "danger", Post: p.account(fmt.Sprintf("/passkeys/%d/remove", id))}},
	}
	if !u.App && u.Passkeys == 1 {
		remove.Text = "It is your only second factor. Without it your password alone signs in, and your recovery codes are worth nothing."
	}
	return p.showSheet(w, r, &u, &sheet{Back: p.toAccount(), Title: passkeys[at].Name, Parts: []*part{{Form: f}, remove}})
}

func (p *Pages) renamePasskey(w http.ResponseWriter, r *http.Request, u account.User) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	f := &form{Action: r.URL.Path, Submit: "Save", Fields: []*field{passkeyName("")}}
	if err := f.Read(r); err != nil {
		return err
	}
	err = p.Store.Accounts.RenamePasskey(r.Context(), u.ID, id, f.Text("name"))
	if f.Blame(err) {
		return p.showPasskeyForm(w, r, u, id, f)
	}
	return p.back(w, r, err, p.account(""), "The name is saved.")
}

func (p *Pages) removePasskey(w http.ResponseWriter, r *http.Request, u account.User) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	said := "The passkey is removed."
	if !u.App && u.Passkeys == 1 {
		said = "The passkey is removed, and the second factor is off. Your password alone signs in."
	}
	err = p.Store.Accounts.RemovePasskey(r.Context(), u.EmployerID, u.ID, id)
	return p.back(w, r, err, p.account(""), said)
}

func passkeysInWords(n int) string {
	switch n {
	case 0:
		return "no passkey"
	case 1:
		return "one passkey"
	}
	return fmt.Sprintf("%d passkeys", n)
}
