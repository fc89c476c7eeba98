package portal

import (
	"maps"
	"net/http"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/personal"
	"itmanagerjobs/server/portal/member"
	"itmanagerjobs/server/session"
	"itmanagerjobs/store/board"
)

// publicRoutes are for people who are not signed in, or not yet.
func (p *Portal) publicRoutes() map[string]session.Handler {
	signIn, account := pages.Link{Text: "Sign in", Path: "/employer/sign-in"}, pages.Link{Text: "Go to your account", Path: "/employer/account"}
	forgot := pages.Link{Text: "Ask for a new link", Path: "/employer/forgot"}
	routes := map[string]session.Handler{
		"GET /employer/sign-up":              p.showSignUp,
		"POST /employer/sign-up":             p.signUp,
		"GET /employer/sign-in":              p.showSignIn,
		"POST /employer/sign-in":             p.signIn,
		"POST /employer/sign-out":            p.signOut,
		"POST /employer/theme":               p.ChooseTheme,
		"GET /employer/invitation/{token}":   p.byLink(p.showInvitation, signIn),
		"POST /employer/invitation/{token}":  p.byLink(p.acceptInvitation, signIn),
		"GET /employer/confirm/{token}":      p.byLink(p.showConfirm, account),
		"POST /employer/confirm/{token}":     p.byLink(p.confirm, account),
		"GET /employer/forgot":               p.showForgot,
		"POST /employer/forgot":              p.forgot,
		"GET /employer/reset/{token}":        p.byLink(p.showReset, forgot),
		"POST /employer/reset/{token}":       p.byLink(p.reset, forgot),
		"GET /employer/address/{token}":      p.byLink(p.showNewAddress, account),
		"POST /employer/address/{token}":     p.byLink(p.changeAddress, account),
		"GET /employer/search/stop/{token}":  p.showStopSearch,
		"POST /employer/search/stop/{token}": p.stopSearch,
		"/employer/":                         func(http.ResponseWriter, *http.Request) error { return member.ErrNoPage },
	}
	maps.Copy(routes, p.personal.Public())
	for pattern, h := range p.providerRoutes() {
		routes[pattern] = h
	}
	return routes
}

// memberRoutes are the pages of an employer, each with the right that it needs.
func (p *Portal) memberRoutes() map[string]member.Route {
	routes := map[string]member.Route{
		"GET /employer":       member.View(board.RightOwnAccount, p.showOverview),
		"POST /employer/mode": member.Act(board.RightOwnAccount, "", p.ChooseMode),

		"GET /employer/proposals":               member.View(board.RightWork, p.showProposals),
		"GET /employer/proposals/{id}":          member.View(board.RightWork, p.showProposal),
		"POST /employer/proposals/{id}/approve": member.Act(board.RightWork, "approveProposal", p.approveProposal),
		"POST /employer/proposals/{id}/refuse":  member.Act(board.RightWork, "refuseProposal", p.refuseProposal),

		"GET /employer/team":              member.View(board.RightSeeTeam, p.showTeam),
		"POST /employer/team":             member.Act(board.RightManageTeam, "inviteUser", p.invite),
		"POST /employer/team/{id}/link":   member.Act(board.RightManageTeam, "renewInvitation", p.renewInvitation),
		"POST /employer/team/{id}/role":   member.Act(board.RightManageTeam, "changeRole", p.changeRole),
		"POST /employer/team/{id}/remove": member.Act(board.RightManageTeam, "removeUser", p.removeUser),

		"GET /employer/company":  member.View(board.RightSeeCompany, p.showCompany),
		"POST /employer/company": member.Act(board.RightEditCompany, "updateEmployer", p.editCompany),

		"GET /employer/billing":                     member.View(board.RightSeeBilling, p.showBilling),
		"GET /employer/billing/ledger.csv":          member.View(board.RightSeeBilling, p.exportLedger),
		"GET /employer/billing/buy/{package}":       member.View(board.RightBuy, p.showBuy),
		"POST /employer/billing/buy/{package}":      member.Act(board.RightBuy, "buyPackage", p.buy),
		"GET /employer/billing/orders/{id}":         member.View(board.RightSeeBilling, p.showOrder),
		"GET /employer/billing/orders/{id}/invoice": member.View(board.RightSeeBilling, p.showInvoice),

		"GET /employer/account/email":    member.View(board.RightOwnAccount, p.showChangeEmail).WithProof(),
		"POST /employer/account/email":   member.Act(board.RightOwnAccount, "askForAddress", p.askForAddress).WithProof(),
		"POST /employer/account/confirm": member.Act(board.RightOwnAccount, "askToConfirm", p.askToConfirm),

		"GET /employer/contact":  member.View(board.RightOwnAccount, p.showContact),
		"POST /employer/contact": member.Act(board.RightOwnAccount, "createContactRequest", p.contact),

		"GET /employer/audit":     member.View(board.RightSeeAudit, p.showAudit),
		"GET /employer/audit.csv": member.View(board.RightSeeAudit, p.downloadAudit),
	}
	for pattern, route := range p.personal.Routes() {
		routes[pattern] = member.Route{Right: board.RightOwnAccount, Action: route.Action, Handler: member.Handler(route.Handler), Proof: route.Proof}
	}
	if p.provider != nil {
		connect := member.View(board.RightOwnAccount, p.connectProvider)
		connect.Proof = personal.Always
		routes["GET /employer/account/provider"] = connect
		routes["POST /employer/account/provider/disconnect"] = member.Act(board.RightOwnAccount, "unlinkIdentity", p.disconnectProvider)
	}
	if p.payments != nil {
		routes["POST /employer/billing/orders/{id}/pay"] = member.Act(board.RightBuy, "payOrder", p.pay)
	}
	maps.Copy(routes, p.hiring.Routes())
	maps.Copy(routes, p.developers.Routes())
	return routes
}

func (p *Portal) routes() *http.ServeMux {
	mux := http.NewServeMux()
	for pattern, h := range p.publicRoutes() {
		mux.Handle(pattern, p.InSession(h))
	}
	for pattern, route := range p.memberRoutes() {
		mux.Handle(pattern, p.InSession(p.member(route)))
	}
	mux.Handle("GET /employer/{$}", http.RedirectHandler("/employer", http.StatusMovedPermanently))
	mux.HandleFunc("GET /employer/static/{file}", p.ServeStatic)
	return mux
}
