package portal

import (
	"net/http"

	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

// memberHandler answers a request of somebody who is signed in and belongs to an employer.
type memberHandler func(w http.ResponseWriter, r *http.Request, u account.User) error

// memberRoute is a page of an employer. Whoever has the right may open it.
type memberRoute struct {
	right   board.Right
	handler memberHandler
}

// publicRoutes are for people who are not signed in, or not yet.
func (p *Portal) publicRoutes() map[string]handler {
	return map[string]handler{
		"GET /employer/sign-up":             p.showSignUp,
		"POST /employer/sign-up":            p.signUp,
		"GET /employer/sign-in":             p.showSignIn,
		"POST /employer/sign-in":            p.signIn,
		"POST /employer/sign-out":           p.signOut,
		"POST /employer/theme":              p.chooseTheme,
		"GET /employer/invitation/{token}":  p.showInvitation,
		"POST /employer/invitation/{token}": p.acceptInvitation,
		"GET /employer/confirm/{token}":     p.showConfirm,
		"POST /employer/confirm/{token}":    p.confirm,
		"GET /employer/forgot":              p.showForgot,
		"POST /employer/forgot":             p.forgot,
		"GET /employer/reset/{token}":       p.showReset,
		"POST /employer/reset/{token}":      p.reset,
		"GET /employer/address/{token}":     p.showNewAddress,
		"POST /employer/address/{token}":    p.changeAddress,
		"/employer/":                        func(http.ResponseWriter, *http.Request) error { return errNoPage },
	}
}

// memberRoutes are the pages of an employer, each with the right that it needs.
func (p *Portal) memberRoutes() map[string]memberRoute {
	return map[string]memberRoute{
		"GET /employer":       {board.RightOwnAccount, p.showOverview},
		"POST /employer/mode": {board.RightOwnAccount, p.chooseMode},

		"GET /employer/jobs":                 {board.RightSeeWork, p.showJobs},
		"POST /employer/jobs":                {board.RightWork, p.createJob},
		"GET /employer/jobs/new":             {board.RightWork, p.showNewJob},
		"GET /employer/jobs/{id}":            {board.RightSeeWork, p.showJob},
		"POST /employer/jobs/{id}":           {board.RightWork, p.updateJob},
		"GET /employer/jobs/{id}/edit":       {board.RightWork, p.showJobEditor},
		"POST /employer/jobs/{id}/publish":   {board.RightWork, p.publishJob},
		"POST /employer/jobs/{id}/extend":    {board.RightWork, p.extendJob},
		"POST /employer/jobs/{id}/close":     {board.RightWork, p.closeJob},
		"POST /employer/jobs/{id}/duplicate": {board.RightWork, p.duplicateJob},

		"GET /employer/keys":              {board.RightSeeKeys, p.showKeys},
		"GET /employer/keys/new":          {board.RightMintKeys, p.showNewKey},
		"POST /employer/keys":             {board.RightMintKeys, p.createKey},
		"POST /employer/keys/{id}/revoke": {board.RightMintKeys, p.revokeKey},

		"GET /employer/team":              {board.RightSeeTeam, p.showTeam},
		"POST /employer/team":             {board.RightManageTeam, p.invite},
		"POST /employer/team/{id}/link":   {board.RightManageTeam, p.renewInvitation},
		"POST /employer/team/{id}/role":   {board.RightManageTeam, p.changeRole},
		"POST /employer/team/{id}/remove": {board.RightManageTeam, p.removeUser},

		"GET /employer/company":  {board.RightSeeCompany, p.showCompany},
		"POST /employer/company": {board.RightEditCompany, p.editCompany},

		"GET /employer/billing":                     {board.RightBuy, p.showBilling},
		"GET /employer/billing/ledger.csv":          {board.RightBuy, p.exportLedger},
		"GET /employer/billing/buy/{package}":       {board.RightBuy, p.showBuy},
		"POST /employer/billing/buy/{package}":      {board.RightBuy, p.buy},
		"GET /employer/billing/orders/{id}":         {board.RightBuy, p.showOrder},
		"GET /employer/billing/orders/{id}/invoice": {board.RightBuy, p.showInvoice},

		"GET /employer/account":                    {board.RightOwnAccount, p.showPerson},
		"POST /employer/account":                   {board.RightOwnAccount, p.rename},
		"GET /employer/account/password":           {board.RightOwnAccount, p.showChangePassword},
		"POST /employer/account/password":          {board.RightOwnAccount, p.changePassword},
		"GET /employer/account/email":              {board.RightOwnAccount, p.showChangeEmail},
		"POST /employer/account/email":             {board.RightOwnAccount, p.askForAddress},
		"POST /employer/account/confirm":           {board.RightOwnAccount, p.askToConfirm},
		"POST /employer/account/sessions/end":      {board.RightOwnAccount, p.endSessions},
		"POST /employer/account/sessions/{id}/end": {board.RightOwnAccount, p.endSession},
	}
}

func (p *Portal) routes() *http.ServeMux {
	mux := http.NewServeMux()
	for pattern, h := range p.publicRoutes() {
		mux.Handle(pattern, p.page(h))
	}
	for pattern, route := range p.memberRoutes() {
		mux.Handle(pattern, p.page(p.member(route)))
		p.served[pattern] = true
	}
	mux.Handle("GET /employer/{$}", http.RedirectHandler("/employer", http.StatusMovedPermanently))
	mux.HandleFunc("GET /employer/static/{file}", p.views.ServeStatic)
	return mux
}
