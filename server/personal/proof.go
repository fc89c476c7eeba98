package personal

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/session"
	"itmanagerjobs/store/account"
)

const (
	// sessionProved is when somebody has shown last who it is.
	sessionProved = "proved"

	// halfLasts is how long the second factor may take, proofLasts how long it is not asked for anew.
	halfLasts  = 10 * time.Minute
	proofLasts = 10 * time.Minute
)

func codeField(u account.User) *field {
	f := &field{
		ID: "code", Label: "Code", Kind: "text", Autocomplete: "one-time-code", MaxLength: 40,
		Hint: "The six digits that your app shows, or one of your recovery codes.",
	}
	if !u.App {
		f.Label, f.Hint, f.Autocomplete = "Recovery code", "One of the codes that you have kept for the day when you have lost your passkey.", "off"
	}
	return f
}

// proofs are the forms with which somebody shows who it is: a passkey, a code, or the password of somebody who has no second factor.
// All of them are sent to the same place. failed is the one that was sent and refused, nil for none.
func (p *Pages) proofs(r *http.Request, u account.User, action, next, kept string, failed *form) ([]*part, error) {
	hidden := func() *field { return &field{ID: "kept", Kind: "hidden", Value: kept} }
	var parts []*part
	if !u.SecondFactor {
		f := &form{Action: action, Submit: "Continue", Next: next, Fields: []*field{PresentPassword(), hidden()}}
		return []*part{{Form: replaced(f, failed, "")}}, nil
	}
	if u.Passkeys > 0 && p.Passkeys() {
		c, err := p.Store.Accounts.AskForPasskey(r.Context(), p.party, u)
		if err != nil {
			return nil, err
		}
		f := p.passkeyForm(r.Context(), c, action, "Use your passkey")
		f.Next, f.Fields = next, append(f.Fields, hidden())
		parts = append(parts, &part{Form: replaced(f, failed, "passkey")})
	}
	f := &form{Action: action, Submit: "Continue", Next: next, Fields: []*field{codeField(u), hidden()}}
	code := &part{Form: replaced(f, failed, "code")}
	if len(parts) > 0 {
		code.Title, code.Form.Quiet = "Another way", true
	}
	return append(parts, code), nil
}

// replaced takes over what is wrong with a form of the same kind that was sent.
func replaced(f, failed *form, kind string) *form {
	if failed == nil || kind == "passkey" != (failed.Passkey != nil) {
		return f
	}
	f.Repeat(failed)
	return f
}

// read takes a proof that was sent and checks it. The form tells what is wrong.
func (p *Pages) checkProof(r *http.Request, u account.User) (*form, error) {
	f := &form{Fields: []*field{{ID: "kept", Kind: "hidden"}}}
	if err := f.Read(r); err != nil {
		return nil, err
	}
	f.Next = p.Local(f.Next)
	switch {
	case !u.SecondFactor:
		f.Fields = append(f.Fields, PresentPassword())
		return f, p.CheckPassword(r, u, f, "presentPassword")
	case r.PostForm.Get("credential") != "":
		f.Passkey = &pages.PasskeyRequest{}
		used, err := p.usePasskey(r)
		if f.Blame(err) {
			return f, nil
		}
		if err == nil && used.ID != u.ID {
			f.Problem = "This is a passkey of another account."
		}
		return f, err
	}
	f.Fields = append(f.Fields, codeField(u))
	return f, p.checkCode(r, u, f, r.PostForm.Get("code"))
}

// checkCode uses a code up, within the limit of attempts to sign in, and notes in the form what is wrong.
func (p *Pages) checkCode(r *http.Request, u account.User, f *form, typed string) error {
	code := f.Field("code")
	if typed == "" {
		code.Error = "Enter the code"
		return nil
	}
	if err := p.Store.Accounts.CountSignIn(r.Context(), u.Email, session.CallerAddress(r)); err != nil {
		if f.Blame(err) {
			return nil
		}
		return err
	}
	ok, err := p.Store.Accounts.UseCode(r.Context(), u, typed)
	if err != nil {
		return err
	}
	if !ok {
		code.Error = "This code is wrong, or was used already. Wait for the app's next one, or take another recovery code"
		return nil
	}
	return p.Store.Accounts.ForgiveSignIn(r.Context(), u.Email, session.CallerAddress(r))
}

// HalfSignIn leaves somebody half signed in whose password was right, and goes on to the second factor.
func (p *Pages) HalfSignIn(w http.ResponseWriter, r *http.Request, u account.User, next, kept string) error {
	ctx := r.Context()
	if err := p.Sessions.Halve(ctx, u, p.Now()); err != nil {
		return err
	}
	p.Keep(r, next, kept)
	http.Redirect(w, r, p.Root+"/sign-in/code?next="+url.QueryEscape(next), http.StatusSeeOther)
	return nil
}

// halfSignedIn is who has given the password a moment ago.
func (p *Pages) halfSignedIn(ctx context.Context) (u account.User, found bool, err error) {
	u, at, found, err := p.Sessions.Half(ctx)
	return u, found && p.Now().Sub(at) <= halfLasts, err
}

func (p *Pages) showSignInCode(w http.ResponseWriter, r *http.Request) error {
	u, found, err := p.halfSignedIn(r.Context())
	if err != nil || !found {
		return redirectUnless(err, w, r, p.Root+"/sign-in")
	}
	return p.showSignInProof(w, r, u, p.Local(r.URL.Query().Get("next")), nil)
}

func (p *Pages) showSignInProof(w http.ResponseWriter, r *http.Request, u account.User, next string, failed *form) error {
	parts, err := p.proofs(r, u, p.Root+"/sign-in/code", next, "", failed)
	if err != nil {
		return err
	}
	return p.showSheet(w, r, nil, &sheet{Title: "Second factor", Text: "You are almost in. Now your second factor.", Parts: parts})
}

func (p *Pages) signInWithCode(w http.ResponseWriter, r *http.Request) error {
	u, found, err := p.halfSignedIn(r.Context())
	if err != nil || !found {
		return redirectUnless(err, w, r, p.Root+"/sign-in")
	}
	f, err := p.checkProof(r, u)
	if err != nil {
		return err
	}
	if f.Failed() {
		return p.showSignInProof(w, r, u, f.Next, f)
	}
	return p.letIn(w, r, u, f.Next)
}

// letIn signs somebody in who has shown two factors.
func (p *Pages) letIn(w http.ResponseWriter, r *http.Request, u account.User, next string) error {
	ctx := r.Context()
	if err := p.SignIn(r, u); err != nil {
		return err
	}
	p.NoteProof(ctx)
	http.Redirect(w, r, next, http.StatusSeeOther)
	return nil
}

// proved tells whether somebody has shown a short time ago who it is.
func (p *Pages) proved(ctx context.Context) bool {
	at := p.Sessions.GetInt64(ctx, sessionProved)
	return at != 0 && p.Now().Sub(time.Unix(at, 0)) <= proofLasts
}

// NoteProof notes that somebody has just shown who it is.
func (p *Pages) NoteProof(ctx context.Context) { p.Sessions.Put(ctx, sessionProved, p.Now().Unix()) }

// AskToProve asks somebody anew who it is, and keeps what was typed.
func (p *Pages) AskToProve(w http.ResponseWriter, r *http.Request, u account.User) error {
	if r.Method != http.MethodPost {
		http.Redirect(w, r, p.account("/prove")+"?next="+url.QueryEscape(r.URL.Path), http.StatusSeeOther)
		return nil
	}
	if p.Check != nil {
		if err := p.Check(r, u); err != nil {
			return err
		}
	}
	if err := (&form{}).Read(r); err != nil {
		return err
	}
	return p.showProof(w, r, u, p.PageOfForm(r), session.KeptOf(r), nil)
}

func (p *Pages) showProve(w http.ResponseWriter, r *http.Request, u account.User) error {
	return p.showProof(w, r, u, p.Local(r.URL.Query().Get("next")), "", nil)
}

func (p *Pages) showProof(w http.ResponseWriter, r *http.Request, u account.User, next, kept string, failed *form) error {
	parts, err := p.proofs(r, u, p.account("/prove"), next, kept, failed)
	if err != nil {
		return err
	}
	s := &sheet{Title: "Show your second factor", Text: "For what you want to do now, show your second factor again. For 10 minutes you are not asked anew.", Parts: parts}
	if !u.SecondFactor {
		s.Title, s.Text = "Enter your password", "For what you want to do now, enter your password again. For 10 minutes you are not asked anew."
	}
	return p.showSheet(w, r, &u, s)
}

func (p *Pages) prove(w http.ResponseWriter, r *http.Request, u account.User) error {
	f, err := p.checkProof(r, u)
	if err != nil {
		return err
	}
	if f.Failed() {
		return p.showProof(w, r, u, f.Next, f.Text("kept"), f)
	}
	p.NoteProof(r.Context())
	p.Keep(r, f.Next, f.Text("kept"))
	http.Redirect(w, r, f.Next, http.StatusSeeOther)
	return nil
}
