package portal

import (
	"context"

	"itmanagerjobs/store/account"
)

// startSession signs a user in.
func (p *Portal) startSession(ctx context.Context, u account.User) error {
	return p.Sessions.Start(ctx, u)
}

// currentUser is who is signed in, with the rights of this moment.
func (p *Portal) currentUser(ctx context.Context) (u account.User, found bool, err error) {
	return p.Sessions.User(ctx)
}
