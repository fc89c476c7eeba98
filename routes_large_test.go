package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

	"itmanagerjobs/server/company"
	"itmanagerjobs/store/storetest"
)

// slowForm is a body that has one more byte to come when all of it that fits into memory is there.
type slowForm struct {
	left    int
	begun   bool
	inAll   *atomic.Int64
	began   func()
	arrived func()
	last    <-chan struct{}
}

func (f *slowForm) Read(p []byte) (int, error) {
	switch f.left {
	case 0:
		return 0, io.EOF
	case 1:
		f.arrived()
		<-f.last
	}
	n := min(len(p), max(f.left-1, 1))
	clear(p[:n])
	f.left -= n
	f.inAll.Add(int64(n))
	if !f.begun {
		f.begun = true
		f.began()
	}
	return n, nil
}

// TestLargeBodiesOfOneNetworkLeaveMemoryToOthers sends forms at once that would take more memory than there may be for them.
func TestLargeBodiesOfOneNetworkLeaveMemoryToOthers(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	routes := routesOf(t, s, &app{now: clock.Now})
	const forms, size, atOnce = 8, 11 << 20, 2 // with their heads, two have room
	var inAll atomic.Int64
	var sending, begun sync.WaitGroup
	arrived, last := make(chan struct{}, forms), make(chan struct{})
	begun.Add(forms)
	for range forms {
		sending.Go(func() {
			f := &slowForm{left: size, inAll: &inAll, began: begun.Done, arrived: func() { arrived <- struct{}{} }, last: last}
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/apply/careerjet", io.MultiReader(bytes.NewReader([]byte(head)), f))
			r.ContentLength = int64(size + len(head))
			r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
			routes.ServeHTTP(httptest.NewRecorder(), r)
		})
	}
	begun.Wait()
	for range atOnce {
		<-arrived
	}
	if got, most := inAll.Load(), int64(atOnce*size+(forms-atOnce)*company.LargeBody); got > most {
		t.Errorf("%d bytes of the forms of one network are in memory, want %d at most", got, most)
	}
	close(last)
	sending.Wait()
}

const head = "--x\r\nContent-Disposition: form-data; name=\"cv\"; filename=\"cv.pdf\"\r\n\r\n"
