package server

import (
	"errors"
	"net/http"
	"runtime"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"itmanagerjobs/server/contract"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/turns"
)

// errManyUnderWay answers a request that waited too long for others of its employer.
var errManyUnderWay = board.Errorf(board.CodeUnavailable, "Many requests of this account are being worked on at the moment. Send this again in a few seconds, and fewer of them at a time.")

// newUnderWay makes the turns of requests: of an employer three for each processor at once, while another employer has some too. What comes
// in greater numbers waits before it is looked at, or it would wait for the processors, and others with it.
func newUnderWay() *turns.Gate {
	return turns.New(turns.Options{Each: 3 * runtime.GOMAXPROCS(0), Company: time.Second, Patience: 10 * time.Second})
}

// begin waits until a request of an employer, turns.Nobody while it is not known whose, may be worked on. done, which may be called more
// than once, says that it was: its answer begins. A large body, which may take its time to arrive, has turns of another kind, see inTurn.
func (s *Server) begin(c echo.Context, op contract.Operation, employerID int64) (done func(), err error) {
	r := c.Request()
	if op.Method != http.MethodGet && (r.ContentLength < 0 || r.ContentLength >= largeBody) {
		return func() {}, nil
	}
	if err := s.underWay.Enter(r.Context(), employerID); errors.Is(err, turns.ErrLate) {
		return nil, errManyUnderWay
	} else if err != nil {
		return nil, err
	}
	done = sync.OnceFunc(func() { s.underWay.Leave(employerID) })
	c.Response().Before(done)
	return done, nil
}
