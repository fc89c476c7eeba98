package portal

import (
	"context"

	"itmanagerjobs/store/account"
)

// startSession signs a user in who has just chosen a password.
func (p *Portal) startSession(ctx context.Context, u account.User) error {
	if err := p.Sessions.Start(ctx, u); err != nil {
		return err
	}
	p.personal.NoteProof(ctx)
	return p.linkPending(ctx, u)
}

// currentUser is who is signed in, with the rights of this moment.
func (p *Portal) currentUser(ctx context.Context) (u account.User, found bool, err error) {
	return p.Sessions.User(ctx)
}
