package portal

import (
	"context"
	"net/http"

	"itmanagerjobs/server/session"
	"itmanagerjobs/store/account"
)

// cookieName is that of the session of the portal.
const cookieName = "employer_session"

// handler answers a request, or returns an error that page turns into a page.
type handler = session.Handler

// page runs a handler inside the visitor's session.
func (p *Portal) page(h handler) http.Handler { return p.sessions.Page(h, p.answerError) }

// startSession signs a user in.
func (p *Portal) startSession(ctx context.Context, u account.User) error {
	return p.sessions.Start(ctx, u)
}

// currentUser is who is signed in, with the rights of this moment.
func (p *Portal) currentUser(ctx context.Context) (u account.User, found bool, err error) {
	return p.sessions.User(ctx)
}

// tell leaves a sentence for the next page.
func (p *Portal) tell(ctx context.Context, sentence string) { p.sessions.Tell(ctx, sentence) }
