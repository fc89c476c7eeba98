package portal

import (
	"bytes"
	"context"
	"fmt"
	"image/png"
	"net/http"
	"net/url"
	"time"

	"itmanagerjobs/server/portal/member"
	"itmanagerjobs/server/session"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

const (
	// sessionHalf is the user whose password was right and whose code is still to come, sessionHalfAt when that was.
	sessionHalf   = "half"
	sessionHalfAt = "half-at"
	// sessionProved is when the second factor was shown last.
	sessionProved = "proved"

	// halfLasts is how long the code may take, proofLasts how long it is not asked for anew.
	halfLasts  = 10 * time.Minute
	proofLasts = 10 * time.Minute
)

func codeField() *field {
	return &field{
		ID: "code", Label: "Code", Kind: "text", Autocomplete: "one-time-code", MaxLength: 40,
		Hint: "The six digits that your app shows, or one of your recovery codes.",
	}
}

func codeForm(action string) *form {
	return &form{Action: action, Submit: "Continue", Fields: []*field{codeField(), {ID: "kept", Kind: "hidden"}}}
}

// askForCode leaves somebody half signed in whose password was right, and goes on to the second factor.
func (p *Portal) askForCode(w http.ResponseWriter, r *http.Request, u account.User, f *form) error {
	ctx := r.Context()
	if err := p.Sessions.Halve(ctx); err != nil {
		return err
	}
	p.Sessions.Put(ctx, sessionHalf, u.ID)
	p.Sessions.Put(ctx, sessionHalfAt, p.Now().Unix())
	p.Keep(r, f.Next, f.Field("kept").Value)
	http.Redirect(w, r, "/employer/sign-in/code?next="+url.QueryEscape(f.Next), http.StatusSeeOther)
	return nil
}

// halfSignedIn is who has given the password a moment ago.
func (p *Portal) halfSignedIn(ctx context.Context) (u account.User, found bool, err error) {
	id, at := p.Sessions.GetInt64(ctx, sessionHalf), time.Unix(p.Sessions.GetInt64(ctx, sessionHalfAt), 0)
	if id == 0 || p.Now().Sub(at) > halfLasts {
		return account.User{}, false, nil
	}
	u, err = p.Store.Accounts.User(ctx, id)
	return u, err == nil, err
}

func (p *Portal) showSignInCode(w http.ResponseWriter, r *http.Request) error {
	if _, found, err := p.halfSignedIn(r.Context()); err != nil || !found {
		return redirectUnless(err, w, r, "/employer/sign-in")
	}
	f := codeForm("/employer/sign-in/code")
	f.Next = localPage(r.URL.Query().Get("next"))
	return p.showForm(w, r, "code", "Second factor", f)
}

func (p *Portal) signInWithCode(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	u, found, err := p.halfSignedIn(ctx)
	if err != nil || !found {
		return redirectUnless(err, w, r, "/employer/sign-in")
	}
	f := codeForm("/employer/sign-in/code")
	if err := f.Read(r); err != nil {
		return err
	}
	f.Next = localPage(f.Next)
	if err := p.checkCode(r, u, f); err != nil {
		return err
	}
	if f.Failed() {
		return p.showForm(w, r, "code", "Second factor", f)
	}
	if err := p.Store.Accounts.SignedIn(ctx, u, u.Email, session.CallerAddress(r)); err != nil {
		return err
	}
	if err := p.startSession(ctx, u); err != nil {
		return err
	}
	p.Sessions.Remove(ctx, sessionHalf)
	p.Sessions.Put(ctx, sessionProved, p.Now().Unix())
	http.Redirect(w, r, f.Next, http.StatusSeeOther)
	return nil
}

// checkCode uses a code up, within the limit of attempts to sign in, and notes in the form what is wrong.
func (p *Portal) checkCode(r *http.Request, u account.User, f *form) error {
	code := f.Field("code")
	typed := code.Value
	code.Value = "" // a code works once, so it is not sent back
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
	if err == nil && !ok {
		code.Error = "This code is wrong, or was used already. Wait for the next one"
	}
	return err
}

// proved tells whether the second factor was shown a short time ago.
func (p *Portal) proved(ctx context.Context) bool {
	at := p.Sessions.GetInt64(ctx, sessionProved)
	return at != 0 && p.Now().Sub(time.Unix(at, 0)) <= proofLasts
}

// askToProve asks for the second factor anew, and keeps what was typed.
func (p *Portal) askToProve(w http.ResponseWriter, r *http.Request, u account.User) error {
	if r.Method != http.MethodPost {
		http.Redirect(w, r, "/employer/account/prove?next="+url.QueryEscape(r.URL.Path), http.StatusSeeOther)
		return nil
	}
	if err := checkEmployer(r, u); err != nil {
		return err
	}
	f := codeForm("/employer/account/prove")
	next, exact := p.pageOfForm(r)
	f.Next = next
	if kept := withoutSecrets(r.PostForm).Encode(); exact && len(kept) <= member.MaxKept {
		f.Field("kept").Value = kept
	}
	return p.showProof(w, r, u, f)
}

func (p *Portal) showProve(w http.ResponseWriter, r *http.Request, u account.User) error {
	f := codeForm("/employer/account/prove")
	f.Next = localPage(r.URL.Query().Get("next"))
	return p.showProof(w, r, u, f)
}

func (p *Portal) showProof(w http.ResponseWriter, r *http.Request, u account.User, f *form) error {
	return p.Show(w, r, f.Status(), "code", member.Page{Title: "Show your second factor", Section: "account", User: &u, Failed: f.Failed(), Main: f})
}

func (p *Portal) prove(w http.ResponseWriter, r *http.Request, u account.User) error {
	f := codeForm("/employer/account/prove")
	if err := f.Read(r); err != nil {
		return err
	}
	f.Next = localPage(f.Next)
	if err := p.checkCode(r, u, f); err != nil {
		return err
	}
	if f.Failed() {
		return p.showProof(w, r, u, f)
	}
	if err := p.Store.Accounts.ForgiveSignIn(r.Context(), u.Email, session.CallerAddress(r)); err != nil {
		return err
	}
	p.Sessions.Put(r.Context(), sessionProved, p.Now().Unix())
	p.Keep(r, f.Next, f.Field("kept").Value)
	http.Redirect(w, r, f.Next, http.StatusSeeOther)
	return nil
}

func beginForm() *form {
	return &form{Action: "/employer/account/second-factor", Submit: "Set up", Fields: []*field{presentPassword()}}
}

func (p *Portal) showSecondFactor(w http.ResponseWriter, r *http.Request, u account.User) error {
	return p.showSecondFactorForm(w, r, u, beginForm())
}

func (p *Portal) showSecondFactorForm(w http.ResponseWriter, r *http.Request, u account.User, f *form) error {
	return p.Show(w, r, f.Status(), "second-factor", member.Page{Title: "Second factor", Section: "account", User: &u, Failed: f.Failed(), Main: f})
}

// beginSecondFactor asks for the password: else a stolen session could lock its owner out.
func (p *Portal) beginSecondFactor(w http.ResponseWriter, r *http.Request, u account.User) error {
	f := beginForm()
	if err := f.Read(r); err != nil {
		return err
	}
	if err := p.checkPassword(r, u, f, "presentPassword"); err != nil {
		return err
	}
	if f.Failed() {
		return p.showSecondFactorForm(w, r, u, f)
	}
	if err := p.Store.Accounts.BeginSecondFactor(r.Context(), u.EmployerID, u.ID); err != nil {
		return err
	}
	http.Redirect(w, r, "/employer/account/second-factor/app", http.StatusSeeOther)
	return nil
}

// app is the main part of the page on which an app is set up.
type app struct {
	*form

	Secret string
}

func appForm() *form {
	code := codeField()
	code.Hint = "The six digits that the app shows now."
	return &form{Action: "/employer/account/second-factor/app", Submit: "Turn on", Fields: []*field{code}}
}

func (p *Portal) showApp(w http.ResponseWriter, r *http.Request, u account.User) error {
	return p.showAppForm(w, r, u, appForm())
}

func (p *Portal) showAppForm(w http.ResponseWriter, r *http.Request, u account.User, f *form) error {
	key, err := p.Store.Accounts.SecondFactorKey(r.Context(), u)
	if err != nil {
		return err
	}
	return p.Show(w, r, f.Status(), "app", member.Page{Title: "Set up an app", Section: "account", User: &u, Failed: f.Failed(), Main: app{f, key.Secret()}})
}

// pictureSize is in pixels.
const pictureSize = 240

// showAppPicture is the picture that an app reads, from our own host, which the policy for content asks for.
func (p *Portal) showAppPicture(w http.ResponseWriter, r *http.Request, u account.User) error {
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
func (p *Portal) confirmApp(w http.ResponseWriter, r *http.Request, u account.User) error {
	f := appForm()
	if err := f.Read(r); err != nil {
		return err
	}
	code := f.Field("code")
	typed := code.Value
	code.Value = ""
	codes, ok, err := p.Store.Accounts.ConfirmSecondFactor(r.Context(), u, typed)
	if err != nil {
		return err
	}
	if !ok {
		code.Error = "This code is wrong. Wait for the next one, and look whether the clock of the device is right"
		return p.showAppForm(w, r, u, f)
	}
	if err := p.startSession(r.Context(), u); err != nil {
		return err
	}
	p.Sessions.Put(r.Context(), sessionProved, p.Now().Unix())
	return p.showCodes(w, r, u, codes)
}

func (p *Portal) showCodes(w http.ResponseWriter, r *http.Request, u account.User, codes []string) error {
	return p.Show(w, r, http.StatusOK, "recovery-codes", member.Page{Title: "Your recovery codes", Section: "account", User: &u, Main: codes})
}

func (p *Portal) newRecoveryCodes(w http.ResponseWriter, r *http.Request, u account.User) error {
	codes, err := p.Store.Accounts.NewRecoveryCodes(r.Context(), u.EmployerID, u.ID)
	if err != nil {
		return err
	}
	return p.showCodes(w, r, u, codes)
}

func (p *Portal) dropSecondFactor(w http.ResponseWriter, r *http.Request, u account.User) error {
	if !u.SecondFactor {
		return board.Errorf(board.CodeInvalidState, "Your account has no second factor.")
	}
	err := p.Store.Accounts.DropSecondFactor(r.Context(), u.EmployerID, u.ID)
	return p.back(w, r, err, "/employer/account/second-factor", "The second factor is off. Your password alone signs in.")
}
