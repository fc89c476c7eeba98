package admission

import (
	"time"

	"github.com/labstack/echo/v4"

	"itmanagerjobs/server/pace"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

// refusals are what is refused before it is counted against any limit, or by a limit: nothing else would bound how much of it there is.
type refusals struct {
	// employers are those whose keys are refused, networks where requests without a usable key come from.
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

// heldKey is where a request keeps how long its refusal was held back.
const heldKey = "held"

// Held is how long the refusal of a request was held back: no work of ours, and no time that its answer took.
func Held(c echo.Context) time.Duration {
	waited, _ := c.Get(heldKey).(time.Duration)
	return waited
}
