package portal_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"

	"itmanagerjobs/server/openid"
	"itmanagerjobs/server/portal"
	"itmanagerjobs/server/portal/portaltest"
	"itmanagerjobs/store/storetest"
)

// The people whom the provider knows. It vouches for the address of the first alone.
const (
	knownEmail  = "ada@northwind.example"
	doubtful    = "eve@northwind.example"
	providerPwd = "verysecure"
)

type people map[string]*storage.User

// GetUserByID is for the provider.
func (p people) GetUserByID(id string) *storage.User { return p[id] }

// GetUserByUsername is for the provider.
func (p people) GetUserByUsername(name string) *storage.User { return p[name] }

// ExampleClientID is for the provider.
func (p people) ExampleClientID() string { return "none" }

// withProvider is a portal with a provider of OpenID Connect beside it, at an address of its own. Its tokens have the time of the
// network. Tests with a provider do not run in parallel: all providers of the library keep their clients in one map without a lock.
func withProvider(t *testing.T) *portaltest.Site {
	t.Helper()
	srv := httptest.NewUnstartedServer(nil)
	_, port, err := net.SplitHostPort(srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	issuer := "http://localhost:" + port
	users := people{}
	for id, email := range map[string]string{"ada": knownEmail, "eve": doubtful} {
		users[id] = &storage.User{ID: id, Username: id, Password: providerPwd, FirstName: strings.ToUpper(id[:1]) + id[1:], LastName: "Provided", Email: email, EmailVerified: id == "ada"}
	}
	var later atomic.Int64 // is how far its clock is ahead
	provider := openid.New(openid.Config{
		Issuer: issuer, ClientID: "portal-" + port, ClientSecret: "secret", Name: "Northwind Login",
		Now: func() time.Time { return time.Now().Add(time.Duration(later.Load())) },
	})
	s, clock := storetest.New(t)
	site := portaltest.NewOver(t, s, clock, func(c *portal.Config) { c.Provider = provider })
	storage.RegisterClients(storage.WebClient("portal-"+port, "secret", site.URL+"/employer/sign-in/provider/callback"))

	// While the provider is away the page says so, and the rest goes on.
	b := site.Browser()
	b.Get("/employer/sign-in").Wants(t, http.StatusOK, "Sign in with Northwind Login")
	srv.Listener.Close()
	b.Get("/employer/sign-in/provider").Wants(t, http.StatusUnprocessableEntity, "does not answer at the moment")
	if srv.Listener, err = net.Listen("tcp", "127.0.0.1:"+port); err != nil {
		t.Fatal(err)
	}
	later.Store(int64(5 * time.Second)) // then it is asked again
	srv.Config.Handler = exampleop.SetupServer(issuer, storage.NewStorage(users), nil, false)
	srv.Start()
	t.Cleanup(srv.Close)
	return site
}

var loginID = regexp.MustCompile(`name="id" value="([^"]+)"`)

// atProvider goes to the provider and signs in there, and gives the address to which it sends the browser back.
func atProvider(b *portaltest.Browser, from, name string) (callback string) {
	b.T.Helper()
	client := *b.Client
	client.CheckRedirect = func(req *http.Request, _ []*http.Request) error {
		if strings.HasSuffix(req.URL.Path, "/provider/callback") {
			return http.ErrUseLastResponse
		}
		return nil
	}
	page := ask(b.T, &client, http.MethodGet, b.URL+from, nil)
	if _, onward, ok := strings.Cut(page.refresh, "url="); ok {
		page = ask(b.T, &client, http.MethodGet, onward, nil)
	}
	id := loginID.FindStringSubmatch(page.body)
	if id == nil {
		b.T.Fatalf("the provider at %s shows no form:\n%s", page.at, page.body)
	}
	back := ask(b.T, &client, http.MethodPost, page.at.Scheme+"://"+page.at.Host+"/login/username", url.Values{"id": {id[1]}, "username": {name}, "password": {providerPwd}})
	callback, found := strings.CutPrefix(back.location, b.URL)
	if !found {
		b.T.Fatalf("the provider sends the browser to %q", back.location)
	}
	return callback
}

// provided is the page at which somebody ends who signs in at the provider.
func provided(b *portaltest.Browser, from, name string) portaltest.Answer {
	b.T.Helper()
	return b.Get(atProvider(b, from, name))
}

// told is what another site has answered.
type told struct {
	at                      *url.URL
	location, refresh, body string
}

func ask(t testing.TB, client *http.Client, method, address string, form url.Values) told {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return told{resp.Request.URL, resp.Header.Get("Location"), resp.Header.Get("Refresh"), string(body)}
}

// TestSomebodySignsInWithAProvider goes through signing in with a real provider of OpenID Connect: an account with the same address
// is connected only by its password, and stays connected by issuer and subject.
func TestSomebodySignsInWithAProvider(t *testing.T) {
	s := withProvider(t)
	ada := s.Browser().SignUp("Northwind", knownEmail)

	b := s.Browser()
	a := provided(b, "/employer/sign-in/provider?next=/employer/company", "ada")
	a.Wants(t, http.StatusOK, "there is an account with this address", knownEmail)
	if in := b.Get("/employer"); in.Path != "/employer/sign-in" {
		t.Fatal("the provider alone opens an account that it is not connected with")
	}
	b.Post("/employer/sign-in/provider/link", url.Values{"password": {"a wrong password"}}).Wants(t, http.StatusUnprocessableEntity, "This is not your password")
	if a := b.Post("/employer/sign-in/provider/link", url.Values{"password": {portaltest.Password}}); a.Path != "/employer" {
		t.Fatalf("with the password at %s\n%s", a.Path, a.Body)
	}
	if m := s.Mails(knownEmail)[0]; m.Subject != "Your account is connected with Northwind Login" {
		t.Errorf("the last email: %q", m.Subject)
	}
	if e := auditOf(s); e[len(e)-1].Action != "linkIdentity" {
		t.Errorf("the audit log ends with %+v", e[len(e)-1])
	}
	if a := provided(s.Browser(), "/employer/sign-in/provider?next=/employer/company", "ada"); a.Path != "/employer/company" {
		t.Errorf("the second time at %s\n%s", a.Path, a.Body)
	}
	if e := auditOf(s); e[len(e)-1].Action != "signIn" {
		t.Errorf("the audit log ends with %+v", e[len(e)-1])
	}

	// The provider takes the place of the password, not of the second factor.
	secret, _ := withApp(ada)
	s.Clock.Advance(time.Minute)
	half := s.Browser()
	if a := provided(half, "/employer/sign-in/provider", "ada"); a.Path != "/employer/sign-in/code" {
		t.Errorf("with a second factor at %s", a.Path)
	}
	if a := half.Post("/employer/sign-in/code", url.Values{"code": {codeOf(s, secret)}}); a.Path != "/employer" {
		t.Errorf("with both at %s\n%s", a.Path, a.Body)
	}
	half.Get("/employer/account").Wants(t, http.StatusOK, "You sign in with Northwind Login")
	half.Post("/employer/account/provider/disconnect", nil).Wants(t, http.StatusOK, "not connected with Northwind Login any more")
	if e := auditOf(s); e[len(e)-1].Action != "unlinkIdentity" {
		t.Errorf("the audit log ends with %+v", e[len(e)-1])
	}
	if a := provided(s.Browser(), "/employer/sign-in/provider", "ada"); a.Path != "/employer/sign-in/provider/link" {
		t.Errorf("after it was disconnected at %s", a.Path)
	}
}

// TestAnAccountIsConnectedOnlyWhenAllIsShown: with a second factor the password alone connects nothing.
func TestAnAccountIsConnectedOnlyWhenAllIsShown(t *testing.T) {
	s := withProvider(t)
	ada := s.Browser().SignUp("Northwind", knownEmail)
	secret, _ := withApp(ada)
	s.Clock.Advance(time.Minute)
	b := s.Browser()
	provided(b, "/employer/sign-in/provider", "ada")
	if a := b.Post("/employer/sign-in/provider/link", url.Values{"password": {portaltest.Password}}); a.Path != "/employer/sign-in/code" {
		t.Fatalf("with the password at %s\n%s", a.Path, a.Body)
	}
	if list, err := s.Store.Accounts.Identities(t.Context(), 1); err != nil || len(list) != 0 {
		t.Errorf("the password alone connects %+v, %v", list, err)
	}
	b.Post("/employer/sign-in/code", url.Values{"code": {codeOf(s, secret)}}).Wants(t, http.StatusOK)
	if list, err := s.Store.Accounts.Identities(t.Context(), 1); err != nil || len(list) != 1 || list[0].Subject != "ada" {
		t.Errorf("both connect %+v, %v", list, err)
	}
}

// TestAProviderThatDoesNotVouchFindsNoAccount: somebody who writes a foreign address into a profile gets no further than the sign-up.
func TestAProviderThatDoesNotVouchFindsNoAccount(t *testing.T) {
	s := withProvider(t)
	s.Browser().SignUp("Northwind", doubtful)
	b := s.Browser()
	a := provided(b, "/employer/sign-in/provider", "eve")
	a.Wants(t, http.StatusOK, "Create an employer account", `value="`+doubtful+`"`, `value="Eve Provided"`)
	if a.Path != "/employer/sign-up" {
		t.Errorf("at %s", a.Path)
	}
	if a := b.Get("/employer/sign-in/provider/link"); a.Path != "/employer/sign-in" {
		t.Errorf("an account that the provider does not vouch for is offered at %s", a.Path)
	}
	b.SignUpOnly("Southwind", "eve@southwind.example")
	if a := provided(s.Browser(), "/employer/sign-in/provider", "eve"); a.Path != "/employer" {
		t.Errorf("after signing up at %s", a.Path)
	}
	if list, err := s.Store.Accounts.Identities(t.Context(), 2); err != nil || len(list) != 1 {
		t.Errorf("connected: %+v, %v", list, err)
	}
}

// TestTheAnswerOfAProviderIsForOneSession, once, and not for ever.
func TestTheAnswerOfAProviderIsForOneSession(t *testing.T) {
	s := withProvider(t)
	s.Browser().SignUp("Northwind", knownEmail)
	b := s.Browser()
	callback := atProvider(b, "/employer/sign-in/provider", "ada")
	s.Browser().Get(callback).Wants(t, http.StatusUnprocessableEntity, "has not let you in")
	b.Get("/employer/sign-in/provider/callback?code=x&state=y").Wants(t, http.StatusUnprocessableEntity, "has not let you in")
	b.Get(callback).Wants(t, http.StatusUnprocessableEntity, "has not let you in") // the attempt was used up
	refused, err := url.Parse(atProvider(b, "/employer/sign-in/provider", "ada"))
	if err != nil {
		t.Fatal(err)
	}
	b.Get(refused.Path+"?error=access_denied&state="+refused.Query().Get("state")).Wants(t, http.StatusUnprocessableEntity, "has not let you in")
	callback = atProvider(b, "/employer/sign-in/provider", "ada")
	s.Clock.Advance(11 * time.Minute)
	b.Get(callback).Wants(t, http.StatusUnprocessableEntity, "has not let you in")
}

// TestSomebodyConnectsAndSignsInWithThat, from the page of the account.
func TestSomebodyConnectsAndSignsInWithThat(t *testing.T) {
	s := withProvider(t)
	ada := s.Browser().SignUp("Northwind", "ada@other.example")
	// Another site could have signed the browser in at the provider as somebody else before.
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/employer/account/provider", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	if a := ada.Do(req); a.Path != "/employer/account" || !strings.Contains(a.Body, "Connect") {
		t.Errorf("a link on another site leads to %s", a.Path)
	}
	if a := provided(ada, "/employer/account/provider", "ada"); a.Path != "/employer/account" || !strings.Contains(a.Body, "is connected with Northwind Login") {
		t.Fatalf("at %s\n%s", a.Path, a.Body)
	}
	if a := provided(s.Browser(), "/employer/sign-in/provider", "ada"); a.Path != "/employer" {
		t.Errorf("at %s", a.Path)
	}
	other := s.Browser().SignUp("Southwind", "bo@southwind.example")
	provided(other, "/employer/account/provider", "ada").Wants(t, http.StatusConflict, "connected already")
}
