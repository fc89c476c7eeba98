package server

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"runtime"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"itmanagerjobs/server/company"
	"itmanagerjobs/server/contract"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/turns"
)

// largeBody is the size of a body, in bytes, from which a request takes turns with others like it: to check a hundred jobs takes a
// processor for as long as hundreds of reads.
const largeBody = company.SmallBody

// errManyLarge answers a large request that waited too long for its turn.
var errManyLarge = board.Errorf(board.CodeUnavailable, "Many large requests are being worked on at the moment. Send this again in a few seconds, and fewer of them at a time.")

// newLarge makes the turns of large requests: at once two for each two processors, and half of them of one employer at most.
func newLarge() *turns.Gate {
	each := max(1, runtime.GOMAXPROCS(0)/2)
	return turns.New(turns.Options{AtOnce: 2 * each, Each: each, Patience: 10 * time.Second})
}

// inTurn makes requests with large bodies wait for their turn, so that an employer who sends many of them leaves processors to others.
// The body is read before the turn, and the answer is written after it, so that nobody waits for the network of somebody else.
func (s *Server) inTurn(op contract.Operation) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		if op.Method == http.MethodGet || op.MaxBody < largeBody {
			return next
		}
		return func(c echo.Context) error {
			r := c.Request()
			if r.ContentLength >= 0 && r.ContentLength < largeBody {
				return next(c)
			}
			var body bytes.Buffer
			_, err := body.ReadFrom(http.MaxBytesReader(c.Response(), r.Body, op.MaxBody))
			if err != nil { // for the check of the body to tell
				r.Body = io.NopCloser(io.MultiReader(&body, failing{err}))
				return next(c)
			}
			size := body.Len()
			r.Body = io.NopCloser(&body)
			if size < largeBody {
				return next(c)
			}
			p, _ := principalOf(c)
			if err := s.large.Enter(r.Context(), p.EmployerID); errors.Is(err, turns.ErrLate) {
				return errManyLarge
			} else if err != nil {
				return err
			}
			leave := sync.OnceFunc(func() { s.large.Leave(p.EmployerID) })
			defer leave()
			c.Response().Before(leave)
			return next(c)
		}
	}
}

// failing is a body whose end was not to be had.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
