package portal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
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

// What a session holds.
const (
	sessionUser   = "user"
	sessionNotice = "notice"
)

func newSessions(s *store.Store, secure bool) *scs.SessionManager {
	m := scs.New()
	m.Store = rows{s}
	m.HashTokenInStore = true // who reads the table can't take a session over
	m.IdleTimeout, m.Lifetime = idleTimeout, lifetime
	m.Cookie.Name = "employer_session"
	if secure {
		// With this prefix the browser takes the cookie from this very host over https alone.
		m.Cookie.Name = "__Host-employer_session"
	}
	m.Cookie.HttpOnly, m.Cookie.Secure, m.Cookie.SameSite, m.Cookie.Path = true, secure, http.SameSiteLaxMode, "/"
	return m
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
	visitorOf(ctx).token = token
	return r.store.Accounts.Session(ctx, token)
}

func (r rows) DeleteCtx(ctx context.Context, token string) error {
	return r.store.Accounts.EndSession(ctx, token)
}

func (r rows) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	v := visitorOf(ctx)
	return r.store.Accounts.SaveSession(ctx, account.SavedSession{
		Token: token, Data: data, Expiry: expiry, UserID: v.userID, Device: v.device, Address: v.address,
	})
}

// visitor is what is kept beside a session's data, so that people know their sessions in a list.
type visitor struct {
	// token is what the store knows the session by; empty for a new one.
	token string
	// userID is 0 for somebody who is not signed in.
	userID          int64
	device, address string
}

type visitorCtxKey struct{}

// visitorOf is never nil.
func visitorOf(ctx context.Context) *visitor {
	if v, ok := ctx.Value(visitorCtxKey{}).(*visitor); ok {
		return v
	}
	return &visitor{}
}

// handler answers a request, or returns an error that page turns into a page.
type handler func(w http.ResponseWriter, r *http.Request) error

// page runs a handler inside the visitor's session. The answer is held back until the session is saved: a session
// that can't be saved is a fault, not a page with a part missing.
func (p *Portal) page(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token := ""
		if cookie, err := r.Cookie(p.sessions.Cookie.Name); err == nil {
			token = cookie.Value
		}
		v := &visitor{device: device(r.UserAgent()), address: callerAddress(r)}
		ctx, err := p.sessions.Load(account.From(context.WithValue(r.Context(), visitorCtxKey{}, v), v.address), token)
		if err != nil {
			p.answerError(w, r, fmt.Errorf("load session: %w", err))
			return
		}
		v.userID = p.sessions.GetInt64(ctx, sessionUser)
		r = r.WithContext(ctx)
		held := &heldResponse{ResponseWriter: w, status: http.StatusOK}
		if err := h(held, r); err != nil {
			held.body.Reset()
			p.answerError(held, r, err)
		}
		if err := p.saveSession(ctx, w); err != nil {
			p.answerError(w, r, fmt.Errorf("save session: %w", err))
			return
		}
		held.release(r)
	})
}

func (p *Portal) saveSession(ctx context.Context, w http.ResponseWriter) error {
	switch p.sessions.Status(ctx) {
	case scs.Modified:
		token, expiry, err := p.sessions.Commit(ctx)
		if err != nil {
			return err
		}
		p.sessions.WriteSessionCookie(ctx, w, token, expiry)
	case scs.Destroyed:
		p.sessions.WriteSessionCookie(ctx, w, "", time.Time{})
	case scs.Unmodified:
	}
	w.Header().Set("Cache-Control", "no-store") // WriteSessionCookie adds a weaker one
	return nil
}

// heldResponse keeps status and body; headers go straight to the response.
type heldResponse struct {
	http.ResponseWriter

	status int
	body   bytes.Buffer
}

// WriteHeader notes the status.
func (w *heldResponse) WriteHeader(status int) { w.status = status }

func (w *heldResponse) Write(b []byte) (int, error) { return w.body.Write(b) }

func (w *heldResponse) release(r *http.Request) {
	w.ResponseWriter.WriteHeader(w.status)
	if _, err := w.body.WriteTo(w.ResponseWriter); err != nil && r.Context().Err() == nil {
		pages.VisitOf(r.Context()).Fault = fmt.Errorf("write the page: %w", err)
	}
}

// startSession signs a user in, under a new token: one that somebody else may have planted is worth nothing.
func (p *Portal) startSession(ctx context.Context, u account.User) error {
	if err := p.sessions.RenewToken(ctx); err != nil {
		return fmt.Errorf("renew session: %w", err)
	}
	p.sessions.Put(ctx, sessionUser, u.ID)
	visitorOf(ctx).userID = u.ID
	return nil
}

// currentUser is who is signed in, with the rights of this moment. There is none when the account is gone.
func (p *Portal) currentUser(ctx context.Context) (u account.User, found bool, err error) {
	id := p.sessions.GetInt64(ctx, sessionUser)
	if id == 0 {
		return account.User{}, false, nil
	}
	u, err = p.store.Accounts.User(ctx, id)
	if e, ok := errors.AsType[*board.Error](err); ok && e.Code == board.CodeNotFound {
		return account.User{}, false, nil
	}
	if err != nil {
		return account.User{}, false, err
	}
	pages.VisitOf(ctx).Attrs = []slog.Attr{slog.Int64("user_id", u.ID), slog.Int64("employer_id", u.EmployerID)}
	return u, true, nil
}

// tell leaves a sentence for the next page.
func (p *Portal) tell(ctx context.Context, sentence string) {
	p.sessions.Put(ctx, sessionNotice, sentence)
}
