// Package admission lets a request in by its key: one that is usable, has the scope of the operation and is within its limit. Who is
// refused again and again is answered late. It must not know what an operation does.
package admission

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"itmanagerjobs/server/company"
	"itmanagerjobs/server/contract"
	"itmanagerjobs/server/pace"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

const headerAPIKey = "X-Api-Key" //nolint:gosec // the name of a header

// Gate admits requests by their keys. It is safe for concurrent use.
type Gate struct {
	accounts *account.Store
	company  *company.Company
	refusals refusals
}

// New makes a gate. there are those who send requests, and insistence says when those wait who are refused.
func New(accounts *account.Store, there *company.Company, insistence pace.Options) *Gate {
	return &Gate{accounts: accounts, company: there, refusals: newRefusals(insistence)}
}

// admissionKey is where a request keeps who calls, for its log line.
const admissionKey = "admission"

type admissionCtxKey struct{}

// From is what the caller was admitted with; every authenticated operation has one.
func From(ctx context.Context) account.Admission {
	if a, ok := ctx.Value(admissionCtxKey{}).(*account.Admission); ok {
		return *a
	}
	return account.Admission{}
}

// Principal is the caller; every authenticated operation has one.
func Principal(ctx context.Context) account.Principal { return From(ctx).Principal }

// Caller is the caller of a request that was let in, for what stands before its handler.
func Caller(c echo.Context) (account.Principal, bool) {
	a, ok := c.Get(admissionKey).(*account.Admission)
	if !ok {
		return account.Principal{}, false
	}
	return a.Principal, true
}

// Admit passes a request on if its key is usable, has the operation's scope and is within its limit. One statement in
// the database checks all three, so that a revoked key fails and a limit holds on every copy at once.
func (g *Gate) Admit(op contract.Operation) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			key, err := g.apiKey(c)
			if errors.Is(err, account.ErrUnauthenticated) {
				return g.refusals.unknown(c)
			} else if err != nil {
				return err
			}
			r := c.Request()
			ctx, done := r.Context(), func() {}
			if company.Small(r) {
				ctx, done = g.company.Begin(ctx, key.EmployerID)
				defer done()
				c.Response().Before(done)
			}
			a, err := g.accounts.AdmitShown(ctx, key, account.Need{
				Scope: op.Scope, Family: op.Family, Write: op.Write(), Address: c.RealIP(), Job: jobRead(op, c),
			})
			switch {
			case errors.Is(err, account.ErrUnauthenticated):
				done()
				return g.refusals.unknown(c)
			case err != nil:
				return err
			}
			c.Set(admissionKey, &a)
			writeLimit(c.Response().Header(), a)
			switch {
			case !a.Permitted:
				done()
				return g.refusals.known(c, a.EmployerID, notPermitted(a, op))
			case !a.Admitted:
				done()
				return g.refusals.known(c, a.EmployerID, rateLimited(a))
			case op.TestMode && a.Mode != board.ModeTest:
				return board.ErrTestModeOnly
			case a.ProposeOnly && op.Destructive:
				return errLeftToPeople
			}
			// What the request does in the database shares the connections with what others of its employer do.
			c.SetRequest(r.WithContext(pg.For(context.WithValue(ctx, admissionCtxKey{}, &a), a.EmployerID)))
			return next(c)
		}
	}
}

// jobRead is the job that a request reads, 0 for none.
func jobRead(op contract.Operation, c echo.Context) int64 {
	if op.ID != "getJob" {
		return 0
	}
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil {
		return 0 // the contract's check refuses it
	}
	return id
}

// apiKey takes the key from Authorization: Bearer or X-Api-Key. It refuses two different keys: either choice would
// surprise somebody.
func (g *Gate) apiKey(c echo.Context) (account.Shown, error) {
	h := c.Request().Header
	var key string
	for _, value := range append(bearerTokens(h.Values(echo.HeaderAuthorization)), h.Values(headerAPIKey)...) {
		switch value = strings.TrimSpace(value); {
		case value == "" || value == key:
		case key == "":
			key = value
		default:
			return account.Shown{}, &board.Error{Code: board.CodeInvalidRequest, Message: "The request carries two different API keys. Send one, as Authorization: Bearer or as X-Api-Key."}
		}
	}
	return g.accounts.Show(key)
}

func bearerTokens(values []string) []string {
	tokens := make([]string, 0, 1)
	for _, v := range values {
		if scheme, token, ok := strings.Cut(v, " "); ok && strings.EqualFold(scheme, "Bearer") {
			tokens = append(tokens, token)
		}
	}
	return tokens
}

// errLeftToPeople answers a key that only proposes, for an operation that can't be undone.
var errLeftToPeople = board.Errorf(board.CodeInsufficientScope,
	"This key only proposes, and this operation can't be undone: it is left to people. Ask somebody to do it in the portal, or use a key without this limit.")

func notPermitted(a account.Admission, op contract.Operation) error {
	if a.Elsewhere {
		return board.Errorf(board.CodeAddressNotAllowed,
			"This key may be used only from the networks that it was created with, and this request comes from another. Send it from there, or create a key for this network.")
	}
	if a.ReadOnly && op.Write() {
		return board.Errorf(board.CodeInsufficientScope, "This key is read-only. Use a key that may write.")
	}
	return board.Errorf(board.CodeInsufficientScope,
		"This operation needs the scope %s, which the key does not have. Scopes are fixed when a key is minted: mint a new one with it.", op.Scope)
}
