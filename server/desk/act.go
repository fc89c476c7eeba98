package desk

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"itmanagerjobs/server/session"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

// act does what a reviewer has asked for and writes down that it was done, in one transaction. This is the only way in which the
// desk changes anything.
func (d *Desk) act(r *http.Request, u account.User, a account.PlatformAction, do func(ctx context.Context) error) error {
	return d.Store.WithTx(r.Context(), func(ctx context.Context) error {
		if err := do(ctx); err != nil {
			return err
		}
		a.UserID, a.Address = u.ID, session.CallerAddress(r)
		return d.Store.Accounts.NotePlatformAction(ctx, a)
	})
}

// nothing is for what is only written down.
func nothing(context.Context) error { return nil }

// done tells what was done and leads to a page.
func (d *Desk) done(w http.ResponseWriter, r *http.Request, target, sentence string) error {
	d.sessions.Tell(r.Context(), sentence)
	http.Redirect(w, r, target, http.StatusSeeOther)
	return nil
}

// pathID is the number in the address of a page. Errors: not_found.
func pathID(r *http.Request) (int64, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || id < 1 {
		return 0, errNoPage
	}
	return id, nil
}

// before is where a page of a list begins, 0 for its first page.
func before(r *http.Request) int64 {
	id, err := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64)
	if err != nil || id < 1 {
		return 0
	}
	return id
}

// pageSize is how many rows a list has.
const pageSize = 50

// next is the address of the next page of a list, whose last row is last.
func next(r *http.Request, last int64) string {
	v := url.Values{}
	for name, values := range r.URL.Query() {
		v[name] = values
	}
	v.Set("before", itoa(last))
	return r.URL.Path + "?" + v.Encode()
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// live is the live half of an employer.
func live(employerID int64) board.Tenant {
	return board.Tenant{EmployerID: employerID, Mode: board.ModeLive}
}
