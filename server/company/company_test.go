package company

import (
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// visits serves requests of networks, each of which is under way until it is let go.
type visits struct {
	company *Company
	serve   http.Handler
	began   chan string
	write   chan struct{} // one has to begin its answer
	finish  chan struct{} // one has to end
	ended   chan struct{}
}

func newVisits() *visits {
	v := &visits{company: New(), began: make(chan string, 100), write: make(chan struct{}), finish: make(chan struct{}), ended: make(chan struct{}, 100)}
	v.serve = v.company.Networks(func(r *http.Request) string { return r.Header.Get("From") }, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v.began <- r.Header.Get("From")
		select {
		case <-v.write:
			_, _ = w.Write([]byte("first part"))
			<-v.finish
		case <-v.finish:
		}
	}))
	return v
}

func (v *visits) come(from string, r *http.Request) {
	r.Header.Set("From", from)
	go func() {
		v.serve.ServeHTTP(httptest.NewRecorder(), r)
		v.ended <- struct{}{}
	}()
	synctest.Wait()
}

func get() *http.Request { return httptest.NewRequest(http.MethodGet, "/", nil) }

func TestANetworkLeavesProcessorsToOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v, most := newVisits(), each*runtime.GOMAXPROCS(0)
		v.come("quiet", get())
		for range most + 3 {
			v.come("busy", get())
		}
		if n := len(v.began); n != 1+most {
			t.Fatalf("%d requests are worked on, want one of one network and %d of the other", n, most)
		}
		v.come("quiet", get())
		// What has turns of another kind, or may take its time to arrive, does not wait.
		v.come("", get())
		v.come("busy", httptest.NewRequest(http.MethodPost, "/", strings.NewReader(strings.Repeat("x", SmallBody))))
		if n := len(v.began); n != 4+most {
			t.Fatalf("%d requests are worked on, want %d", n, 4+most)
		}
		if n := v.company.Waiting(); n != 3 {
			t.Errorf("%d requests wait, want 3", n)
		}
		// The one that waits longest goes on when the answer to one of its network begins, though nobody reads the rest.
		for range 4 + most {
			v.write <- struct{}{}
			synctest.Wait()
		}
		if n := v.company.Waiting(); n != 0 {
			t.Errorf("%d requests wait for those whose answers have begun", n)
		}
		for range 7 + most {
			v.finish <- struct{}{}
			<-v.ended
		}
	})
}

func TestARequestWaitsAWhileAndGoesOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v, most := newVisits(), each*runtime.GOMAXPROCS(0)
		v.come("quiet", get())
		for range most + 1 {
			v.come("busy", get())
		}
		if n := v.company.Waiting(); n != 1 {
			t.Fatalf("%d requests wait, want 1", n)
		}
		time.Sleep(patience)
		synctest.Wait()
		if n := len(v.began); n != 2+most {
			t.Errorf("%d requests are worked on after %v, want all %d", n, patience, 2+most)
		}
		for range 2 + most {
			v.finish <- struct{}{}
			<-v.ended
		}
		// What went on without a turn has given none back.
		v.come("quiet", get())
		for range most + 1 {
			v.come("busy", get())
		}
		if n := v.company.Waiting(); n != 1 {
			t.Errorf("%d requests wait, want 1", n)
		}
		for range 2 + most {
			v.finish <- struct{}{}
			<-v.ended
		}
	})
}
