// Package session keeps people signed in, in the portal and at the desk alike: sessions in the store, the cookie, passwords,
// and what keeps other sites from sending forms in somebody's name. It knows no page and no right: who may do what is for the
// package whose pages they are.
package session

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/alexedwards/scs/v2"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/store"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

// How long one stays signed in: without doing anything, and at most.
const (
	idleTimeout = 12 * time.Hour
	lifetime    = 7 * 24 * time.Hour
)

// EmployerCookie is the name of the cookie of the portal. With https it has a prefix.
const EmployerCookie = "employer_session"

// hostPrefix has the browser take a cookie from this very host over https alone.
const hostPrefix = "__Host-"

// Carries tells whether a request has the cookie of a set of pages, of a session that may be over.
func Carries(r *http.Request, name string) bool {
	for _, full := range []string{name, hostPrefix + name} {
		if _, err := r.Cookie(full); err == nil {
			return true
		}
	}
	return false
}

// What a session holds.
const (
	keyUser   = "user"
	keyNotice = "notice"
	// keyHalf is the user who has shown a first factor and has a second one to show, keyHalfAt when that was.
	keyHalf   = "half"
	keyHalfAt = "half-at"
	// keyHalfMeans are the means to sign in of that user, as they were then.
	keyHalfMeans = "half-means"
)

// Sessions are those of one set of pages.
type Sessions struct {
	*scs.SessionManager

	store *store.Store
}

// New keeps sessions under a cookie with a name of their own, so that one set of pages knows nothing of the sessions of the
// other. secure is for https.
func New(s *store.Store, name string, secure bool) *Sessions {
	m := scs.New()
	m.Store = rows{s}
	m.HashTokenInStore = true // who reads the table can't take a session over
	m.IdleTimeout, m.Lifetime = idleTimeout, lifetime
	m.Cookie.Name = name
	if secure {
		m.Cookie.Name = hostPrefix + name
	}
	m.Cookie.HttpOnly, m.Cookie.Secure, m.Cookie.SameSite, m.Cookie.Path = true, secure, http.SameSiteLaxMode, "/"
	return &Sessions{SessionManager: m, store: s}
}

// Handler answers a request, or returns an error that is turned into a page.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Page runs a handler inside the visitor's session, and fail for its error. The answer is held back until the session is saved:
// a session that can't be saved is a fault, not a page with a part missing.
func (s *Sessions) Page(h Handler, fail func(w http.ResponseWriter, r *http.Request, err error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token := ""
		if cookie, err := r.Cookie(s.Cookie.Name); err == nil {
			token = cookie.Value
		}
		v := &Visitor{device: Device(r.UserAgent()), address: CallerAddress(r)}
		ctx, err := s.Load(account.From(context.WithValue(r.Context(), visitorCtxKey{}, v), v.address), token)
		if err != nil {
			fail(w, r, fmt.Errorf("load session: %w", err))
			return
		}
		v.UserID, v.half = s.GetInt64(ctx, keyUser), s.GetInt64(ctx, keyHalf)
		ctx = account.InSession(ctx, func() string { return v.Token })
		r = r.WithContext(ctx)
		held := &heldResponse{ResponseWriter: w, status: http.StatusOK, save: func() error { return s.save(ctx, w) }}
		err = h(held, r)
		if held.streamed {
			if err != nil {
				pages.VisitOf(r.Context()).Fault = err // the answer is under way, so that no page can tell
			}
			return
		}
		if err != nil {
			held.body.Reset()
			fail(held, r, err)
		}
		if err := held.save(); err != nil {
			fail(w, r, fmt.Errorf("save session: %w", err))
			return
		}
		held.release(r)
	})
}

func (s *Sessions) save(ctx context.Context, w http.ResponseWriter) error {
	switch s.Status(ctx) {
	case scs.Modified:
		token, expiry, err := s.Commit(ctx)
		if err != nil {
			return err
		}
		s.WriteSessionCookie(ctx, w, token, expiry)
	case scs.Destroyed:
		s.WriteSessionCookie(ctx, w, "", time.Time{})
	case scs.Unmodified:
	}
	w.Header().Set("Cache-Control", "no-store") // WriteSessionCookie adds a weaker one
	return nil
}

// heldResponse keeps status and body; headers go straight to the response.
type heldResponse struct {
	http.ResponseWriter

	status   int
	body     bytes.Buffer
	save     func() error // the session
	streamed bool
}

// Stream saves the session and gives the response itself to a handler of a Page that answers little by little, such as with server-sent
// events. It is saved now because at the end the visitor may have gone; what the handler changes in the session afterwards is lost.
func Stream(w http.ResponseWriter) (http.ResponseWriter, error) {
	held, ok := w.(*heldResponse)
	if !ok {
		return w, nil
	}
	if err := held.save(); err != nil {
		return nil, fmt.Errorf("save session: %w", err)
	}
	held.streamed = true
	return held.ResponseWriter, nil
}

// WriteHeader notes the status.
func (w *heldResponse) WriteHeader(status int) { w.status = status }

// Unwrap is for http.ResponseController.
func (w *heldResponse) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *heldResponse) Write(b []byte) (int, error) { return w.body.Write(b) }

func (w *heldResponse) release(r *http.Request) {
	w.ResponseWriter.WriteHeader(w.status)
	if _, err := w.body.WriteTo(w.ResponseWriter); err != nil && r.Context().Err() == nil {
		pages.VisitOf(r.Context()).Fault = fmt.Errorf("write the page: %w", err)
	}
}

// Start signs a user in, under a new token: one that somebody else may have planted is worth nothing.
func (s *Sessions) Start(ctx context.Context, u account.User) error {
	if err := s.RenewToken(ctx); err != nil {
		return fmt.Errorf("renew session: %w", err)
	}
	s.Put(ctx, keyUser, u.ID)
	s.Remove(ctx, keyHalf)
	v := VisitorOf(ctx)
	v.Token, v.UserID, v.half, v.signsIn, v.means = "", u.ID, 0, true, u.Means
	return nil
}

// Halve renews the token of the session, signs out the user who was signed in, and notes the user who has shown a first factor at a
// time and has a second factor to show. The session is that user's from then on: what ends the user's sessions ends it, too.
func (s *Sessions) Halve(ctx context.Context, u account.User, at time.Time) error {
	if err := s.RenewToken(ctx); err != nil {
		return fmt.Errorf("renew session: %w", err)
	}
	s.Remove(ctx, keyUser)
	s.Put(ctx, keyHalf, u.ID)
	s.Put(ctx, keyHalfAt, at.Unix())
	s.Put(ctx, keyHalfMeans, u.Means)
	v := VisitorOf(ctx)
	v.Token, v.UserID, v.half, v.signsIn, v.means = "", 0, u.ID, true, u.Means
	return nil
}

// Half is the user who has shown a first factor in this session, and when that was. There is none when the account is gone, or what
// signs in was changed since.
func (s *Sessions) Half(ctx context.Context) (u account.User, at time.Time, found bool, err error) {
	id := s.GetInt64(ctx, keyHalf)
	if id == 0 {
		return account.User{}, time.Time{}, false, nil
	}
	u, found, err = s.userOf(ctx, id)
	return u, time.Unix(s.GetInt64(ctx, keyHalfAt), 0), found && u.Means == s.GetInt64(ctx, keyHalfMeans), err
}

// User is who is signed in, with the rights of this moment. There is none when the account is gone.
func (s *Sessions) User(ctx context.Context) (u account.User, found bool, err error) {
	id := s.GetInt64(ctx, keyUser)
	if id == 0 {
		return account.User{}, false, nil
	}
	u, found, err = s.userOf(ctx, id)
	if found {
		pages.VisitOf(ctx).Attrs = []slog.Attr{slog.Int64("user_id", u.ID), slog.Int64("employer_id", u.EmployerID)}
	}
	return u, found, err
}

func (s *Sessions) userOf(ctx context.Context, id int64) (u account.User, found bool, err error) {
	u, err = s.store.Accounts.User(ctx, id)
	if e, ok := errors.AsType[*board.Error](err); ok && e.Code == board.CodeNotFound {
		return account.User{}, false, nil
	}
	return u, err == nil, err
}

// Tell leaves a sentence for the next page.
func (s *Sessions) Tell(ctx context.Context, sentence string) { s.Put(ctx, keyNotice, sentence) }

// Told is the sentence that was left for this page, which is gone then.
func (s *Sessions) Told(ctx context.Context) string { return s.PopString(ctx, keyNotice) }

// Visitor is what is kept beside a session's data, so that people know their sessions in a list.
type Visitor struct {
	// Token is what the store knows the session by; empty for a new one.
	Token string
	// UserID is 0 for somebody who is not signed in.
	UserID int64
	// half is the user who has a second factor to show yet, 0 for none.
	half int64
	// signsIn tells that the session becomes theirs with this request, who have shown the means of that count.
	signsIn         bool
	means           int64
	device, address string
}

type visitorCtxKey struct{}

// VisitorOf is never nil.
func VisitorOf(ctx context.Context) *Visitor {
	if v, ok := ctx.Value(visitorCtxKey{}).(*Visitor); ok {
		return v
	}
	return &Visitor{}
}

// rows keeps sessions in the store. The methods without a context are not called as long as those with one are there.
type rows struct{ store *store.Store }

var _ scs.CtxStore = rows{}

func (r rows) Find(token string) ([]byte, bool, error) { return r.FindCtx(context.Background(), token) }
func (r rows) Delete(token string) error               { return r.DeleteCtx(context.Background(), token) }
func (r rows) Commit(token string, data []byte, expiry time.Time) error {
	return r.CommitCtx(context.Background(), token, data, expiry)
}

func (r rows) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	VisitorOf(ctx).Token = token
	return r.store.Accounts.Session(ctx, token)
}

func (r rows) DeleteCtx(ctx context.Context, token string) error {
	return r.store.Accounts.EndSession(ctx, token)
}

func (r rows) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	v := VisitorOf(ctx)
	return r.store.Accounts.SaveSession(ctx, account.SavedSession{
		Token: token, Data: data, Expiry: expiry, UserID: max(v.UserID, v.half), HalfOpen: v.half != 0, SignsIn: v.signsIn, Means: v.means, Device: v.device, Address: v.address,
	})
}

// Guard refuses forms that another site sends, with denied.
func Guard(publicURL string, denied http.HandlerFunc) (*http.CrossOriginProtection, error) {
	guard := http.NewCrossOriginProtection()
	public, err := url.Parse(publicURL)
	if err != nil {
		return nil, fmt.Errorf("public URL: %w", err)
	}
	// A proxy may change the Host header; browsers that send no Sec-Fetch-Site are then told apart by their Origin.
	if err := guard.AddTrustedOrigin(public.Scheme + "://" + public.Host); err != nil {
		return nil, fmt.Errorf("public URL: %w", err)
	}
	guard.SetDenyHandler(denied)
	return guard, nil
}
