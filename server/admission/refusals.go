package admission

import (
	"errors"
	"time"

	"github.com/labstack/echo/v4"

	"itmanagerjobs/server/company"
	"itmanagerjobs/server/pace"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

// refusals are what is refused before it is counted against any limit, or by a limit: nothing else would bound how much of it there is.
type refusals struct {
	// employers are those whose keys are refused, networks where requests without a usable key come from, and applications that are too many.
	employers *pace.Pace[int64]
	networks  *pace.Pace[string]
}

func newRefusals(insistence pace.Options) refusals {
	return refusals{employers: pace.New[int64](insistence), networks: pace.New[string](insistence)}
}

// unknown returns the answer to a request without a usable key, when its time has come.
func (r refusals) unknown(c echo.Context) error {
	c.Set(heldKey, r.networks.Wait(c.Request().Context(), board.Network(c.RealIP())))
	return account.ErrUnauthenticated
}

// known returns the answer to a request whose key is refused, when its time has come.
func (r refusals) known(c echo.Context, employerID int64, answer error) error {
	c.Set(heldKey, r.employers.Wait(c.Request().Context(), employerID))
	return answer
}

// Strangers passes on a request that needs no key. When a limit refuses it, the answer comes when its time has come: each of them asks the
// database.
func (g *Gate) Strangers(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		err := next(c)
		if e, ok := errors.AsType[*board.Error](err); ok && e.Code == board.CodeRateLimited {
			ctx := c.Request().Context()
			company.End(ctx)
			c.Set(heldKey, g.refusals.networks.Wait(ctx, board.Network(c.RealIP())))
		}
		return err
	}
}

// heldKey is where a request keeps how long its refusal was held back.
const heldKey = "held"

// Held is how long the refusal of a request was held back: no work of ours, and no time that its answer took.
func Held(c echo.Context) time.Duration {
	waited, _ := c.Get(heldKey).(time.Duration)
	return waited
}
