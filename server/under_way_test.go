package server_test

import (
	"net/http"
	"runtime"
	"sync"
	"testing"
	"time"

	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
)

// TestRequestsOfOneEmployerLeaveRoomToOthers holds up an employer's creations, of which three for each processor are worked on while
// another employer is there.
func TestRequestsOfOneEmployerLeaveRoomToOthers(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	busy, key := api.Employer(t, "Busy", 1, apikey.ScopeJobPosting)
	there, other := api.Employer(t, "Northwind", 1, apikey.ScopeJobPosting)
	if err := api.Store.Accounts.SetLimit(t.Context(), there.EmployerID, board.FamilyJobs, 1_000_000); err != nil {
		t.Fatal(err)
	}
	create := func(key string) servertest.Request {
		return servertest.Request{Method: http.MethodPost, Path: "/api/v1/jobs", Key: key, Body: map[string]any{"title": "CIO"}}
	}
	api.Want(t, http.StatusCreated, create(key))
	api.Want(t, http.StatusCreated, create(other))
	release := holdEvents(t, api, busy)
	const waiting = 3
	// The other employer is there all the time, from before the first of them, and never waits for long.
	present, stop := make(chan struct{}), make(chan struct{})
	var sending, going sync.WaitGroup
	arrived := sync.OnceFunc(func() { close(present) })
	going.Go(func() {
		defer arrived()
		for {
			select {
			case <-stop:
				return
			default:
				api.Want(t, http.StatusCreated, create(other))
			}
			arrived()
		}
	})
	<-present
	for range 3*runtime.GOMAXPROCS(0) + waiting {
		sending.Go(func() { api.Want(t, http.StatusCreated, create(key)) })
	}
	for late := time.Now().Add(time.Minute); api.Handler.UnderWayWaiting() != waiting; {
		if time.Now().After(late) {
			t.Fatalf("%d requests wait, want %d", api.Handler.UnderWayWaiting(), waiting)
		}
	}
	close(stop)
	going.Wait()
	release()
	sending.Wait()
	if n := api.Handler.UnderWayWaiting(); n != 0 {
		t.Errorf("%d wait after all are answered", n)
	}
}
