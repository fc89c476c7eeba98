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

	"itmanagerjobs/server/admission"
	"itmanagerjobs/server/company"
	"itmanagerjobs/server/contract"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/turns"
)

// largeBody is the size of a body, in bytes, from which a request takes turns with others like it: to check a hundred jobs takes a
// processor for as long as hundreds of reads.
const largeBody = company.SmallBody

// ErrManyLarge answers a large request that waited too long for its turn, or for room in memory.
var ErrManyLarge = board.Errorf(board.CodeUnavailable, "Many large requests are being worked on at the moment. Send this again in a few seconds, and fewer of them at a time.")

// ErrSlowBody answers a request whose large body came so slowly that others waited for the room in memory that it had.
var ErrSlowBody = board.Errorf(board.CodeUnavailable, "The body of the request came more slowly than 1 MiB a second, while others waited for the room in memory that it took. Send it again in a few seconds.")

// ErrStoppedBody answers a request whose body was not complete when its time was over.
var ErrStoppedBody = board.Errorf(board.CodeUnavailable, "The body of the request did not come in time: it stopped before its end, or came too slowly. Send all of it again.")

// newLarge makes the turns of large requests: at once two for each two processors, and half of them of one employer at most.
func newLarge() *turns.Gate {
	each := max(1, runtime.GOMAXPROCS(0)/2)
	return turns.New(turns.Options{AtOnce: 2 * each, Each: each, Patience: 10 * time.Second})
}

// inTurn makes requests with large bodies wait for their turn, so that an employer who sends many of them leaves processors to others.
// The body is read before the turn, and the answer is written after it, so that nobody waits for the network of somebody else. While another
// employer is there, the place rests for as long as the request took: what it needs of PostgreSQL is the other processor's work.
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
			p, _ := admission.Caller(c)
			company.BodyOf(r.Context(), p.EmployerID)
			body, err := company.ReadAll(http.MaxBytesReader(c.Response(), r.Body, op.MaxBody), min(r.ContentLength, op.MaxBody))
			if err != nil { // for the check of the body to tell
				r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), failing{err}))
				return next(c)
			}
			r.Body = arrived{bytes.NewBuffer(body)}
			if len(body) < largeBody {
				return next(c)
			}
			if err := s.large.Enter(r.Context(), p.EmployerID); errors.Is(err, turns.ErrLate) {
				return ErrManyLarge
			} else if err != nil {
				return err
			}
			//house:clock how long it takes, on the clock that only goes forward
			began := time.Now()
			leave := sync.OnceFunc(func() {
				var rest time.Duration
				if s.company.Beside(p.EmployerID) {
					//house:clock as above
					rest = time.Since(began)
				}
				s.large.LeaveRested(p.EmployerID, rest)
			})
			defer leave()
			c.Response().Before(leave)
			return next(c)
		}
	}
}

// arrived is a body that was read already, within its bound. Its Bytes are taken without another copy.
type arrived struct{ *bytes.Buffer }

// Close does nothing.
func (arrived) Close() error { return nil }

// failing is a body whose end was not to be had.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
