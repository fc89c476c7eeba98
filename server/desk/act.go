package desk

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"itmanagerjobs/server/session"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

// act does what a reviewer has asked for and writes down that it was done, in one transaction. This is the only way in which the
// desk changes anything.
func (d *Desk) act(r *http.Request, u account.User, a account.PlatformAction, do func(ctx context.Context) error) error {
	// The employer reads in its own audit log what an operator has done to it.
	return d.Store.WithTx(account.Operating(r.Context(), camel(a.Action)), func(ctx context.Context) error {
		if err := do(ctx); err != nil {
			return err
		}
		a.UserID, a.Address = u.ID, session.CallerAddress(r)
		return d.Store.Accounts.NotePlatformAction(ctx, a)
	})
}

// camel writes an action as the audit logs of employers have it: "approve key" is "approveKey".
func camel(action string) string {
	words := strings.Fields(action)
	for i, w := range words[1:] {
		words[i+1] = strings.ToUpper(w[:1]) + w[1:]
	}
	return strings.Join(words, "")
}

// nothing is for what is only written down.
func nothing(context.Context) error { return nil }

// done tells what was done and leads to a page.
func (d *Desk) done(w http.ResponseWriter, r *http.Request, target, sentence string) error {
	d.sessions.Tell(r.Context(), sentence)
	http.Redirect(w, r, target, http.StatusSeeOther) //nolint:gosec // a page of the desk
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
	maps.Copy(v, r.URL.Query())
	v.Set("before", itoa(last))
	return r.URL.Path + "?" + v.Encode()
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// live is the live half of an employer.
func live(employerID int64) board.Tenant {
	return board.Tenant{EmployerID: employerID, Mode: board.ModeLive}
}
