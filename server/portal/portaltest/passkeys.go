package portaltest

import (
	"html"
	"net/url"
	"regexp"

	"itmanagerjobs/store/account/passkeytest"
)

var (
	passkeyRequest   = regexp.MustCompile(`data-request="([^"]*)"`)
	passkeyChallenge = regexp.MustCompile(`name="challenge" value="([^"]*)"`)
)

// AskedForPasskey reads what a page asks the browser with, and the form that its answer belongs to.
func (b *Browser) AskedForPasskey(path string) (request string, form url.Values) {
	b.T.Helper()
	body := b.Get(path).Body
	m, c := passkeyRequest.FindStringSubmatch(body), passkeyChallenge.FindStringSubmatch(body)
	if m == nil || c == nil {
		b.T.Fatalf("%s asks for no passkey:\n%s", path, body)
	}
	return html.UnescapeString(m[1]), url.Values{"challenge": {c[1]}}
}

// UsePasskey answers the page at a path with a passkey.
func (b *Browser) UsePasskey(path string, key *passkeytest.Authenticator, also ...string) Answer {
	b.T.Helper()
	request, form := b.AskedForPasskey(path)
	form.Set("credential", key.Use(request))
	for i := 0; i+1 < len(also); i += 2 {
		form.Set(also[i], also[i+1])
	}
	return b.Post(path, form)
}

// AddPasskey makes a passkey of the person who is signed in.
func (b *Browser) AddPasskey(name string) (*passkeytest.Authenticator, Answer) {
	b.T.Helper()
	key := passkeytest.New(b.T, b.URL)
	request, form := b.AskedForPasskey("/employer/account/passkeys/new")
	form.Set("credential", key.Create(request))
	form.Set("name", name)
	return key, b.Post("/employer/account/passkeys", form)
}
