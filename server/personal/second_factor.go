package personal

import (
	"bytes"
	"fmt"
	"image/png"
	"net/http"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

func (p *Pages) beginForm() *form {
	return &form{Action: p.account("/second-factor"), Submit: "Set up", Fields: []*field{PresentPassword()}}
}

func (p *Pages) showSecondFactor(w http.ResponseWriter, r *http.Request, u account.User) error {
	return p.showSecondFactorForm(w, r, u, p.beginForm())
}

func (p *Pages) showSecondFactorForm(w http.ResponseWriter, r *http.Request, u account.User, f *form) error {
	s := &sheet{
		Back: p.toAccount(), Title: "Second factor",
		Text: "With a second factor a password that somebody has found out is not enough. You need an app that shows codes, such as the one for passwords on your phone, or a passkey.",
	}
	if u.SecondFactor {
		s.Text = "It is on: you sign in with your password and a code of your app, or with a passkey. Before you create an API key or change your email address you are asked for it again."
	}
	app := &part{Title: "App", Form: f}
	if u.App {
		app.Form, app.Text = nil, "An app shows the codes."
		app.Actions = []pages.Action{{Label: "Turn the app off", Look: "danger", Post: p.account("/second-factor/off")}}
	}
	passkeys := &part{Title: "Passkeys", Text: "You have " + passkeysInWords(u.Passkeys) + "."}
	if p.Passkeys() {
		passkeys.Actions = []pages.Action{{Label: "Add a passkey", Path: p.account("/passkeys/new")}}
	} else {
		passkeys.Text = noPasskeysHere
	}
	s.Parts = []*part{app, passkeys}
	if u.SecondFactor {
		s.Parts = append(s.Parts, &part{
			Title: "Recovery codes", Text: "They are for the day when you have lost the app and the passkeys.",
			Actions: []pages.Action{{Label: "Make new recovery codes", Post: p.account("/second-factor/codes")}},
		})
	}
	return p.showSheet(w, r, &u, s)
}

// beginSecondFactor asks for the password: else a stolen session could lock its owner out.
func (p *Pages) beginSecondFactor(w http.ResponseWriter, r *http.Request, u account.User) error {
	f := p.beginForm()
	if err := f.Read(r); err != nil {
		return err
	}
	if err := p.CheckPassword(r, u, f, "presentPassword"); err != nil {
		return err
	}
	if f.Failed() {
		return p.showSecondFactorForm(w, r, u, f)
	}
	if err := p.Store.Accounts.BeginSecondFactor(r.Context(), u.EmployerID, u.ID); err != nil {
		return err
	}
	http.Redirect(w, r, p.account("/second-factor/app"), http.StatusSeeOther)
	return nil
}

// app is the main part of the page on which an app is set up.
type app struct {
	Back    pages.Link
	Picture string
	Secret  string
	Form    *form
}

func (p *Pages) appForm() *form {
	code := codeField(account.User{App: true})
	code.Hint = "The six digits that the app shows now."
	return &form{Action: p.account("/second-factor/app"), Submit: "Turn on", Fields: []*field{code}}
}

func (p *Pages) showApp(w http.ResponseWriter, r *http.Request, u account.User) error {
	return p.showAppForm(w, r, u, p.appForm())
}

func (p *Pages) showAppForm(w http.ResponseWriter, r *http.Request, u account.User, f *form) error {
	key, err := p.Store.Accounts.SecondFactorKey(r.Context(), u)
	if err != nil {
		return err
	}
	return p.Show(w, r, Page{Title: "Set up an app", User: &u, Status: f.Status(), Template: "own-app", Failed: f.Failed(), Main: &app{
		Back: pages.Link{Text: "Second factor", Path: p.account("/second-factor")}, Picture: p.account("/second-factor/app.png"), Secret: key.Secret(), Form: f,
	}})
}

// pictureSize is in pixels.
const pictureSize = 240

// showAppPicture is the picture that an app reads, from our own host, which the policy for content asks for.
func (p *Pages) showAppPicture(w http.ResponseWriter, r *http.Request, u account.User) error {
	key, err := p.Store.Accounts.SecondFactorKey(r.Context(), u)
	if err != nil {
		return err
	}
	picture, err := key.Image(pictureSize, pictureSize)
	if err != nil {
		return fmt.Errorf("draw the picture: %w", err)
	}
	var out bytes.Buffer
	if err := png.Encode(&out, picture); err != nil {
		return fmt.Errorf("encode the picture: %w", err)
	}
	w.Header().Set("Content-Type", "image/png")
	_, err = out.WriteTo(w)
	return err
}

// confirmApp answers with the recovery codes at once, for they must not be kept anywhere in between.
func (p *Pages) confirmApp(w http.ResponseWriter, r *http.Request, u account.User) error {
	f := p.appForm()
	if err := f.Read(r); err != nil {
		return err
	}
	code := f.Field("code")
	typed := code.Value
	code.Value = ""
	after, codes, err := p.Store.Accounts.ConfirmSecondFactor(r.Context(), u, typed)
	if err != nil {
		return err
	}
	if codes == nil {
		code.Error = "This code is wrong. Wait for the next one, and look whether the clock of the device is right"
		return p.showAppForm(w, r, u, f)
	}
	return p.showFirstCodes(w, r, after, codes)
}

// showFirstCodes goes on in a session that alone is left, after a second factor was set up.
func (p *Pages) showFirstCodes(w http.ResponseWriter, r *http.Request, u account.User, codes []string) error {
	if err := p.startAnew(r, u); err != nil {
		return err
	}
	p.NoteProof(r.Context())
	return p.showCodes(w, r, u, codes)
}

// recoveryCodes is the main part of the page that shows them, once.
type recoveryCodes struct {
	Codes []string
	Done  string
}

func (p *Pages) showCodes(w http.ResponseWriter, r *http.Request, u account.User, codes []string) error {
	return p.Show(w, r, Page{Title: "Your recovery codes", User: &u, Status: http.StatusOK, Template: "own-codes", Main: recoveryCodes{codes, p.account("")}})
}

func (p *Pages) newRecoveryCodes(w http.ResponseWriter, r *http.Request, u account.User) error {
	codes, err := p.Store.Accounts.NewRecoveryCodes(r.Context(), u.EmployerID, u.ID)
	if err != nil {
		return err
	}
	return p.showCodes(w, r, u, codes)
}

func (p *Pages) dropApp(w http.ResponseWriter, r *http.Request, u account.User) error {
	if !u.App {
		return board.Errorf(board.CodeInvalidState, "Your account has no app.")
	}
	said := "The second factor is off. Your password alone signs in."
	if u.Passkeys > 0 {
		said = "The app is off. Your passkeys are your second factor."
	}
	err := p.Store.Accounts.DropSecondFactor(r.Context(), u.EmployerID, u.ID)
	return p.back(w, r, err, p.account("/second-factor"), said)
}
