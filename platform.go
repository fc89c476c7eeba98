package main

import (
	"context"

	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
)

// platform is what the public pages show of the platform itself, and where its messages go.
type platform struct{ store *store.Store }

// Packages lists what is for sale, cheapest first.
func (p platform) Packages(ctx context.Context) ([]board.Package, error) {
	return p.store.Billing.Packages(ctx)
}

// Contact keeps what somebody has written.
func (p platform) Contact(ctx context.Context, c board.ContactRequest, address string) (ticket string, err error) {
	r, err := p.store.Accounts.CreateContactRequest(ctx, c, address)
	return r.Ticket(), err
}
