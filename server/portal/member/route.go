package member

import (
	"net/http"

	"itmanagerjobs/server/personal"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

// Handler answers a request of somebody who is signed in and belongs to an employer.
type Handler func(w http.ResponseWriter, r *http.Request, u account.User) error

// Route is a page of an employer, for people who have the right.
type Route struct {
	Right board.Right
	// Action is what the audit log calls it when a form is sent: the name of the operation of the API where there is one. It
	// is empty for a page that only shows something.
	Action  string
	Handler Handler
	// Proof is whether people must show anew who they are.
	Proof personal.Proof
}

// View is a page that only shows something.
func View(right board.Right, h Handler) Route {
	return Route{Right: right, Handler: h}
}

// Act is where a form is sent to; action is what the audit log calls it.
func Act(right board.Right, action string, h Handler) Route {
	return Route{Right: right, Action: action, Handler: h}
}

// WithProof is the route for those who have shown their second factor just now, if they have one.
func (r Route) WithProof() Route {
	r.Proof = personal.SecondFactor
	return r
}

// MayNot tells somebody that the role does not have the right. Error: insufficient scope.
func MayNot(right board.Right) error {
	what := "do this"
	switch right {
	case board.RightMintKeys:
		what = "create and revoke API keys"
	case board.RightManageTeam:
		what = "change the team"
	case board.RightEditCompany:
		what = "change the company's profile"
	case board.RightBuy:
		what = "order credits"
	case board.RightSeeKeys, board.RightSeeTeam, board.RightSeeCompany, board.RightSeeBilling, board.RightSeeAudit, board.RightSeeWebhooks:
		return board.Errorf(board.CodeInsufficientScope, "Your role has nothing to do with this page. If you need it, ask an employer admin of your account for another role.")
	case board.RightWork, board.RightSearchCV:
		return board.Errorf(board.CodeInsufficientScope, "Your role only looks at this. If you need more, ask an employer admin of your account for another role.")
	case board.RightOwnAccount, board.RightSeeWork, board.RightEditWebhooks, board.RightReviewKeys:
	}
	return board.Errorf(board.CodeInsufficientScope, "Only an employer admin can %s. Ask an admin of your account.", what)
}
