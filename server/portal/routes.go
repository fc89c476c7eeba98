package portal

import (
	"maps"
	"net/http"

	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

// memberHandler answers a request of somebody who is signed in and belongs to an employer.
type memberHandler func(w http.ResponseWriter, r *http.Request, u account.User) error

// memberRoute is a page of an employer, for people who have the right.
type memberRoute struct {
	right board.Right
	// action is what the audit log calls it when a form is sent: the name of the operation of the API where there is one. It
	// is empty for a page that only shows something.
	action  string
	handler memberHandler
	// proof asks those who have a second factor for it anew, unless they have just shown it.
	proof bool
}

// publicRoutes are for people who are not signed in, or not yet.
func (p *Portal) publicRoutes() map[string]handler {
	return map[string]handler{
		"GET /employer/sign-up":             p.showSignUp,
		"POST /employer/sign-up":            p.signUp,
		"GET /employer/sign-in":             p.showSignIn,
		"POST /employer/sign-in":            p.signIn,
		"GET /employer/sign-in/code":        p.showSignInCode,
		"POST /employer/sign-in/code":       p.signInWithCode,
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
	routes := map[string]memberRoute{
		"GET /employer":       {board.RightOwnAccount, "", p.showOverview, false},
		"POST /employer/mode": {board.RightOwnAccount, "", p.chooseMode, false},

		"GET /employer/jobs":                 {board.RightSeeWork, "", p.showJobs, false},
		"POST /employer/jobs":                {board.RightWork, "createJob", p.createJob, false},
		"GET /employer/jobs/new":             {board.RightWork, "", p.showNewJob, false},
		"GET /employer/jobs/{id}":            {board.RightSeeWork, "", p.showJob, false},
		"POST /employer/jobs/{id}":           {board.RightWork, "updateJob", p.updateJob, false},
		"GET /employer/jobs/{id}/edit":       {board.RightWork, "", p.showJobEditor, false},
		"POST /employer/jobs/{id}/publish":   {board.RightWork, "publishJob", p.publishJob, false},
		"POST /employer/jobs/{id}/extend":    {board.RightWork, "extendJob", p.extendJob, false},
		"POST /employer/jobs/{id}/close":     {board.RightWork, "closeJob", p.closeJob, false},
		"POST /employer/jobs/{id}/duplicate": {board.RightWork, "duplicateJob", p.duplicateJob, false},

		"GET /employer/applications":              {board.RightSeeWork, "", p.showApplications, false},
		"POST /employer/applications/move":        {board.RightWork, "moveApplications", p.moveApplications, false},
		"GET /employer/applications/reject":       {board.RightWork, "", p.showReject, false},
		"POST /employer/applications/reject":      {board.RightWork, "rejectApplications", p.rejectApplications, false},
		"GET /employer/applications/{id}":         {board.RightSeeWork, "", p.showApplication, false},
		"GET /employer/applications/{id}/cv":      {board.RightSeeWork, "", p.downloadCV, false},
		"POST /employer/applications/{id}/move":   {board.RightWork, "moveApplication", p.moveApplication, false},
		"POST /employer/applications/{id}/rating": {board.RightWork, "rateApplication", p.rateApplication, false},
		"POST /employer/applications/{id}/notes":  {board.RightWork, "createNote", p.createNote, false},

		"GET /employer/candidates/{id}":         {board.RightSeeWork, "", p.showCandidate, false},
		"GET /employer/candidates/{id}/cv":      {board.RightSeeWork, "", p.downloadCandidateCV, false},
		"GET /employer/candidates/{id}/export":  {board.RightSeeWork, "", p.exportCandidate, false},
		"POST /employer/candidates/{id}/erase":  {board.RightWork, "eraseCandidate", p.eraseCandidate, false},
		"POST /employer/candidates/{id}/unlock": {board.RightSearchCV, "unlockCandidate", p.unlockCandidate, false},

		"GET /employer/interviews":             {board.RightSeeWork, "", p.showInterviews, false},
		"POST /employer/interviews":            {board.RightWork, "createInterview", p.createInterview, false},
		"GET /employer/interviews/new":         {board.RightWork, "", p.showNewInterview, false},
		"GET /employer/interviews/{id}":        {board.RightSeeWork, "", p.showInterview, false},
		"POST /employer/interviews/{id}":       {board.RightWork, "patchInterview", p.updateInterview, false},
		"POST /employer/interviews/{id}/state": {board.RightWork, "patchInterview", p.changeInterviewState, false},

		"GET /employer/search":                    {board.RightSearchCV, "", p.showSearch, false},
		"POST /employer/search/saved":             {board.RightSearchCV, "saveSearch", p.saveSearch, false},
		"POST /employer/search/saved/{id}/delete": {board.RightSearchCV, "deleteSavedSearch", p.deleteSavedSearch, false},

		"GET /employer/keys":              {board.RightSeeKeys, "", p.showKeys, false},
		"GET /employer/keys/new":          {board.RightMintKeys, "", p.showNewKey, true},
		"POST /employer/keys":             {board.RightMintKeys, "createKey", p.createKey, true},
		"POST /employer/keys/{id}/revoke": {board.RightMintKeys, "revokeKey", p.revokeKey, false},
		"POST /employer/keys/{id}/roll":   {board.RightMintKeys, "rollKey", p.rollKey, true},

		"GET /employer/team":              {board.RightSeeTeam, "", p.showTeam, false},
		"POST /employer/team":             {board.RightManageTeam, "inviteUser", p.invite, false},
		"POST /employer/team/{id}/link":   {board.RightManageTeam, "renewInvitation", p.renewInvitation, false},
		"POST /employer/team/{id}/role":   {board.RightManageTeam, "changeRole", p.changeRole, false},
		"POST /employer/team/{id}/remove": {board.RightManageTeam, "removeUser", p.removeUser, false},

		"GET /employer/company":  {board.RightSeeCompany, "", p.showCompany, false},
		"POST /employer/company": {board.RightEditCompany, "updateEmployer", p.editCompany, false},

		"GET /employer/billing":                     {board.RightBuy, "", p.showBilling, false},
		"GET /employer/billing/ledger.csv":          {board.RightBuy, "", p.exportLedger, false},
		"GET /employer/billing/buy/{package}":       {board.RightBuy, "", p.showBuy, false},
		"POST /employer/billing/buy/{package}":      {board.RightBuy, "buyPackage", p.buy, false},
		"GET /employer/billing/orders/{id}":         {board.RightBuy, "", p.showOrder, false},
		"GET /employer/billing/orders/{id}/invoice": {board.RightBuy, "", p.showInvoice, false},

		"GET /employer/account":                    {board.RightOwnAccount, "", p.showPerson, false},
		"POST /employer/account":                   {board.RightOwnAccount, "renameUser", p.rename, false},
		"GET /employer/account/password":           {board.RightOwnAccount, "", p.showChangePassword, false},
		"POST /employer/account/password":          {board.RightOwnAccount, "changePassword", p.changePassword, false},
		"GET /employer/account/email":              {board.RightOwnAccount, "", p.showChangeEmail, true},
		"POST /employer/account/email":             {board.RightOwnAccount, "askForAddress", p.askForAddress, true},
		"POST /employer/account/confirm":           {board.RightOwnAccount, "askToConfirm", p.askToConfirm, false},
		"POST /employer/account/sessions/end":      {board.RightOwnAccount, "endSessions", p.endSessions, false},
		"POST /employer/account/sessions/{id}/end": {board.RightOwnAccount, "endSession", p.endSession, false},

		"GET /employer/account/prove":                 {board.RightOwnAccount, "", p.showProve, false},
		"POST /employer/account/prove":                {board.RightOwnAccount, "proveSecondFactor", p.prove, false},
		"GET /employer/account/second-factor":         {board.RightOwnAccount, "", p.showSecondFactor, false},
		"POST /employer/account/second-factor":        {board.RightOwnAccount, "beginSecondFactor", p.beginSecondFactor, false},
		"GET /employer/account/second-factor/app":     {board.RightOwnAccount, "", p.showApp, false},
		"GET /employer/account/second-factor/app.png": {board.RightOwnAccount, "", p.showAppPicture, false},
		"POST /employer/account/second-factor/app":    {board.RightOwnAccount, "confirmSecondFactor", p.confirmApp, false},
		"POST /employer/account/second-factor/codes":  {board.RightOwnAccount, "newRecoveryCodes", p.newRecoveryCodes, true},
		"POST /employer/account/second-factor/off":    {board.RightOwnAccount, "dropSecondFactor", p.dropSecondFactor, true},

		"GET /employer/audit":     {board.RightSeeAudit, "", p.showAudit, false},
		"GET /employer/audit.csv": {board.RightSeeAudit, "", p.downloadAudit, false},
	}
	maps.Copy(routes, p.developerPages())
	return routes
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
