package desk_test

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"itmanagerjobs/store/account/passkeytest"
	"itmanagerjobs/store/board"
)

var (
	shownSecret   = regexp.MustCompile(`data-copy="Copy secret">([A-Z2-7]+)<`)
	recoveryCodes = regexp.MustCompile(`[a-z2-7]{4}-[a-z2-7]{4}-[a-z2-7]{4}-[a-z2-7]{4}`)
	request       = regexp.MustCompile(`data-request="([^"]*)"`)
	challenge     = regexp.MustCompile(`name="challenge" value="([^"]*)"`)
)

// asked reads what the page that was looked at last asks the browser with, and the form of the answer.
func (b *browser) asked() (options string, form url.Values) {
	b.t.Helper()
	m, c := request.FindStringSubmatch(b.last), challenge.FindStringSubmatch(b.last)
	if m == nil || c == nil {
		b.t.Fatalf("the page asks for no passkey:\n%s", b.last)
	}
	return html.UnescapeString(m[1]), url.Values{"challenge": {c[1]}}
}

// usePasskey answers the page that was looked at last.
func (b *browser) usePasskey(path string, key *passkeytest.Authenticator) answer {
	b.t.Helper()
	options, form := b.asked()
	form.Set("credential", key.Use(options))
	return b.post(path, form)
}

// TestAReviewerLooksAfterTheOwnAccount changes everything there is, each with an entry of the audit log, and signs in with what was
// set up.
func TestAReviewerLooksAfterTheOwnAccount(t *testing.T) {
	t.Parallel()
	s := newSite(t, true)
	rita, other := s.signedIn("/platform", reviewer), s.signedIn("/platform", reviewer)
	rita.get("/platform/account").wants(t, http.StatusOK, "Rita Reviewer", "Off: your password alone signs in", "Where you are signed in")
	did := func(action string, a answer, wants ...string) {
		t.Helper()
		a.wants(t, http.StatusOK, wants...)
		if got, _, _ := strings.Cut(s.actions(), ","); got != action {
			t.Errorf("the audit log has %q, want %q", got, action)
		}
	}
	did("rename user", rita.post("/platform/account", url.Values{"name": {"Rita R."}}), "Your name is saved")
	rita.get("/platform/account")
	did("end session", rita.post(regexp.MustCompile(`/platform/account/sessions/\d+/end`).FindString(rita.last), nil), "That device is signed out")
	if a := other.get("/platform"); a.path != "/platform/sign-in" {
		t.Error("the other device is signed in")
	}
	did("change password", rita.post("/platform/account/password", url.Values{"presentPassword": {password}, "password": {"another horse battery"}}), "Your password is changed")

	did("begin second factor", rita.post("/platform/account/second-factor", url.Values{"presentPassword": {"another horse battery"}}), "Scan this picture")
	secret := shownSecret.FindStringSubmatch(rita.last)[1]
	code := func() string {
		code, err := totp.GenerateCode(secret, s.clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		return code
	}
	did("confirm second factor", rita.post("/platform/account/second-factor/app", url.Values{"code": {code()}}), "Your recovery codes")
	did("new recovery codes", rita.post("/platform/account/second-factor/codes", nil), "Your recovery codes")
	recovery := recoveryCodes.FindAllString(rita.last, -1)

	key := passkeytest.New(t, s.url)
	rita.get("/platform/account/passkeys/new")
	options, form := rita.asked()
	form.Set("credential", key.Create(options))
	form.Set("name", "Laptop")
	did("create passkey", rita.post("/platform/account/passkeys", form), "“Laptop” is added")
	did("rename passkey", rita.post("/platform/account/passkeys/1", url.Values{"name": {"My laptop"}}), "The name is saved")

	s.clock.Advance(time.Minute)
	half := s.browser()
	if a := half.post("/platform/sign-in", url.Values{"email": {reviewer}, "password": {"another horse battery"}}); a.path != "/platform/sign-in/code" {
		t.Fatalf("after the password at %s", a.path)
	}
	if a := half.get("/platform/employers"); a.path != "/platform/sign-in" {
		t.Errorf("the password alone leads to %s", a.path)
	}
	half.get("/platform/sign-in/code")
	half.post("/platform/sign-in/code", url.Values{"code": {"000000"}}).wants(t, http.StatusUnprocessableEntity, "This code is wrong")
	did("sign in", half.post("/platform/sign-in/code", url.Values{"code": {code()}}))
	alone := s.browser()
	alone.get("/platform/sign-in/passkey")
	did("sign in", alone.usePasskey("/platform/sign-in/passkey", key))
	if alone.get("/platform").path != "/platform" {
		t.Error("the passkey does not sign in")
	}
	lost := s.browser()
	lost.post("/platform/sign-in", url.Values{"email": {reviewer}, "password": {"another horse battery"}})
	lost.post("/platform/sign-in/code", url.Values{"code": {recovery[0]}})
	if got := s.actions(); !strings.HasPrefix(got, "sign in, use recovery code") {
		t.Errorf("the audit log has %s", got)
	}

	did("drop second factor", rita.post("/platform/account/second-factor/off", nil), "Your passkeys are your second factor")
	did("remove passkey", rita.post("/platform/account/passkeys/1/remove", nil), "the second factor is off")
	did("end sessions", rita.post("/platform/account/sessions/end", nil), "signed out on every device")
}

// TestCreditsTakeAProof: a desk that was left open gives nothing away, and what was typed is not lost.
func TestCreditsTakeAProof(t *testing.T) {
	t.Parallel()
	s := newSite(t, true)
	rita := s.signedIn("/platform", reviewer)
	at := fmt.Sprintf("/platform/employers/%d", s.employer.EmployerID)
	rita.get(at)
	form := url.Values{"kind": {string(board.CreditCVSearch)}, "delta": {"7"}, "note": {"A present & more"}}
	s.clock.Advance(11 * time.Minute)
	for _, path := range []string{"/trusted", "/contract"} {
		rita.post(at+path, url.Values{"trusted": {"yes"}, "until": {"2030-01-01"}}).wants(t, http.StatusOK, "enter your password again")
		rita.get(at)
	}
	rita.post("/platform/orders/1/paid", nil).wants(t, http.StatusOK, "enter your password again")
	rita.get(at)
	rita.post(at+"/credits", form).wants(t, http.StatusOK, "enter your password again")
	kept := html.UnescapeString(regexp.MustCompile(`name="kept" value="([^"]*)"`).FindStringSubmatch(rita.last)[1])
	rita.post("/platform/account/prove", url.Values{"presentPassword": {"wrong"}, "next": {at}, "kept": {kept}}).wants(t, http.StatusUnprocessableEntity, "This is not your password")
	back := rita.post("/platform/account/prove", url.Values{"presentPassword": {password}, "next": {at}, "kept": {kept}})
	back.wants(t, http.StatusOK, "Here is what you typed", `value="7"`, `value="A present & more"`)
	if o, err := s.store.Accounts.Overview(t.Context(), s.employer.EmployerID); err != nil || o.CVSearch != 0 || o.Trusted || o.ContractUntil != nil {
		t.Errorf("without a proof: %+v, %v", o, err)
	}
	rita.post(at+"/credits", form).wants(t, http.StatusOK, "The credits are changed")
	if got := s.actions(); got != "change credits, sign in" {
		t.Errorf("the audit log has %s", got)
	}
}
