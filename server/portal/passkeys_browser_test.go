package portal_test

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"itmanagerjobs/server/pagestest"
	"itmanagerjobs/server/portal/portaltest"
)

// securityKey plugs a key into the browser whose owner is always there.
func securityKey(b *pagestest.Tab) webauthn.AuthenticatorID {
	var plugged chromedp.Action[webauthn.AuthenticatorID] = func(ctx context.Context, t *chromedp.Target) (webauthn.AuthenticatorID, error) {
		if _, err := cdp.Call(ctx, t, webauthn.Enable, webauthn.EnableParams{}); err != nil {
			return "", err
		}
		added, err := cdp.Call(ctx, t, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal, HasResidentKey: true, HasUserVerification: true,
			IsUserVerified: true, AutomaticPresenceSimulation: true,
		}})
		return added.AuthenticatorID, err
	}
	return pagestest.Ask(b, "plug a security key in", plugged)
}

// verified tells the key whether it recognizes who uses it.
func verified(key webauthn.AuthenticatorID, yes bool) chromedp.Action[pagestest.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, webauthn.SetUserVerified, webauthn.SetUserVerifiedParams{AuthenticatorID: key, IsUserVerified: yes})
		return err
	})
}

// addCredential leaves out what the command of the library always sends and this key does not know.
var addCredential = cdp.Command[addCredentialParams, cdp.Empty]{Method: webauthn.CommandAddCredential}

type addCredentialParams struct {
	AuthenticatorID webauthn.AuthenticatorID `json:"authenticatorId"`
	Credential      map[string]any           `json:"credential"`
}

// copied puts a copy of the passkey into the key that has not counted its uses.
func copied(key webauthn.AuthenticatorID) chromedp.Action[pagestest.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		has, err := cdp.Call(ctx, t, webauthn.GetCredentials, webauthn.GetCredentialsParams{AuthenticatorID: key})
		if err != nil {
			return err
		}
		if _, err := cdp.Call(ctx, t, webauthn.ClearCredentials, webauthn.ClearCredentialsParams{AuthenticatorID: key}); err != nil {
			return err
		}
		old := has.Credentials[0]
		_, err = cdp.Call(ctx, t, addCredential, addCredentialParams{AuthenticatorID: key, Credential: map[string]any{
			"credentialId": old.CredentialID, "isResidentCredential": true, "rpId": old.RpID, "privateKey": old.PrivateKey, "userHandle": old.UserHandle, "signCount": 1,
		}})
		return err
	})
}

// TestSomebodySignsInWithAPasskey in a real browser, by keyboard: adds it, signs in with it alone and after the password, and is
// refused where the key does not know the person or is a copy.
func TestSomebodySignsInWithAPasskey(t *testing.T) {
	t.Parallel()
	b := pagestest.NewTab(t)
	s := portaltest.New(t)
	key := securityKey(b)
	b.Do("sign up", chromedp.Navigate(s.URL+"/employer/sign-up"))
	for _, field := range [][2]string{{"company", "Northwind"}, {"name", "Ada Admin"}, {"email", "ada@northwind.example"}, {"password", portaltest.Password}} {
		b.TabTo("#" + field[0])
		b.Do(field[0], chromedp.KeyEvent(field[1]))
	}
	b.Do("send", pagestest.Enter(), chromedp.WaitVisible("#key"))

	b.Do("new passkey", chromedp.Navigate(s.URL+"/employer/account/passkeys/new"), chromedp.WaitVisible("main button.primary"))
	b.Screens("new-passkey")
	b.TabTo("main button.primary")
	b.Do("create", pagestest.Enter(), chromedp.WaitVisible("#codes"))
	b.Screens("recovery-codes")
	b.Do("account", chromedp.Navigate(s.URL+"/employer/account"), chromedp.WaitVisible("main table"))
	b.Screens("account-passkey")
	b.Do("second factor", chromedp.Navigate(s.URL+"/employer/account/second-factor"), chromedp.WaitVisible(chromedp.CSS("main")))
	b.Screens("second-factor")
	b.Do("passkey", chromedp.Navigate(s.URL+"/employer/account/passkeys/1"), chromedp.WaitVisible("#name"))
	b.Screens("passkey")

	signOut := func() {
		t.Helper()
		b.TabTo(`form[action="/employer/sign-out"] button`)
		b.Do("sign out", pagestest.Enter(), chromedp.WaitVisible("#email"))
	}
	signOut()
	b.Screens("sign-in-ways")
	b.TabTo(`a[href="/employer/sign-in/passkey"]`)
	b.Do("with the passkey alone", pagestest.Enter(), chromedp.WaitVisible(".stats"))

	signOut()
	b.TabTo("#email")
	b.Do("address", chromedp.KeyEvent("ada@northwind.example"))
	b.TabTo("#password")
	b.Do("password", chromedp.KeyEvent(portaltest.Password), pagestest.Enter(), chromedp.WaitVisible("#code"))
	b.Screens("second-factor-passkey")
	b.TabTo("form[data-passkey] button.primary")
	b.Do("and the passkey", pagestest.Enter(), chromedp.WaitVisible(".stats"))

	signOut()
	b.Do("a key that does not know the person", verified(key, false), chromedp.Navigate(s.URL+"/employer/sign-in/passkey"),
		chromedp.Poll[pagestest.Void](`document.querySelector('[data-said]').textContent !== ''`))
	if said := pagestest.Ask(b, "what is said", chromedp.Text("[data-said]")); !strings.Contains(said, "choose another way") {
		t.Errorf("the page says %q", said)
	}
	b.Screens("passkey-cancelled")
	b.Do("a copy", verified(key, true), copied(key))
	b.TabTo("form[data-passkey] button.primary")
	b.Do("use it", pagestest.Enter(), chromedp.WaitVisible(".summary"))
	if said := pagestest.Ask(b, "what is said", chromedp.Text(".summary")); !strings.Contains(said, "counts fewer uses") {
		t.Errorf("of a copy the page says %q", said)
	}
	b.Screens("passkey-refused")
	if entries := auditOf(s); entries[len(entries)-1].Action != "refusePasskey" {
		t.Errorf("the audit log ends with %+v", entries[len(entries)-1])
	}
	b.Do("without the script", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}), chromedp.Navigate(s.URL+"/employer/sign-in/passkey"), chromedp.WaitVisible("[data-without]"))
}
