package company

import (
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"itmanagerjobs/store/turns"
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
		defer turns.Away(r.Context())() // as one that waits for the database
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

// computing serves requests that compute until they are told to end, or to do what is asked of them meanwhile.
type computing struct {
	company *Company
	serve   http.Handler
	running chan string
	do      chan func(http.ResponseWriter, *http.Request)
}

func newComputing() *computing {
	c := &computing{company: New(), running: make(chan string, 100), do: make(chan func(http.ResponseWriter, *http.Request))}
	c.serve = c.company.Networks(func(r *http.Request) string { return r.Header.Get("From") }, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			panic(err)
		}
		c.running <- r.Header.Get("From")
		for what := range c.do {
			if what == nil {
				return
			}
			what(w, r)
		}
	}))
	return c
}

// come sends a request, whose answer w takes.
func (c *computing) come(from string, w http.ResponseWriter, r *http.Request) {
	r.Header.Set("From", from)
	go c.serve.ServeHTTP(w, r)
	synctest.Wait()
}

// run lets a request that computes do something.
func (c *computing) run(what func(http.ResponseWriter, *http.Request)) {
	c.do <- what
	synctest.Wait()
}

// slow is a network that takes nothing until it is let go on.
type slow struct {
	http.ResponseWriter

	goOn chan struct{}
}

func (s slow) Write(b []byte) (int, error) {
	<-s.goOn
	return len(b), nil
}

func (s slow) Flush() {}

func TestANetworkComputesOnHalfOfTheProcessors(t *testing.T) {
	t.Parallel()
	most := max(1, runtime.GOMAXPROCS(0)/2)
	for name, leaves := range map[string]func(goOn chan struct{}) func(http.ResponseWriter, *http.Request){
		"who waits for the database": func(goOn chan struct{}) func(http.ResponseWriter, *http.Request) {
			return func(_ http.ResponseWriter, r *http.Request) {
				defer turns.Away(r.Context())()
				<-goOn
			}
		},
		"who waits for the network": func(chan struct{}) func(http.ResponseWriter, *http.Request) {
			return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("part of a feed")) }
		},
		"a stream of events": func(goOn chan struct{}) func(http.ResponseWriter, *http.Request) {
			return func(w http.ResponseWriter, _ *http.Request) {
				if err := http.NewResponseController(w).Flush(); err != nil {
					panic(err)
				}
				<-goOn
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, goOn := newComputing(), make(chan struct{})
				c.come("quiet", httptest.NewRecorder(), get())
				for range most + 1 {
					c.come("busy", slow{httptest.NewRecorder(), goOn}, get())
				}
				if n := len(c.running); n != 1+most || c.company.Waiting() != 1 {
					t.Fatalf("%d compute and %d wait, want one of a network and %d of the other, and one", n, c.company.Waiting(), most)
				}
				c.run(nil) // the quiet one
				c.run(leaves(goOn))
				if n := len(c.running); n != 2+most {
					t.Errorf("%d have computed, want %d: one has left its place", n, 2+most)
				}
				goOn <- struct{}{}
				synctest.Wait()
				for range most + 1 {
					c.run(nil)
				}
				if n := c.company.Waiting(); n != 0 {
					t.Errorf("%d wait after all have ended", n)
				}
			})
		})
	}
}

func TestANetworkRestsForAsLongAsItHasComputed(t *testing.T) {
	t.Parallel()
	most := max(1, runtime.GOMAXPROCS(0)/2)
	synctest.Test(t, func(t *testing.T) {
		c := newComputing()
		c.come("quiet", httptest.NewRecorder(), get())
		for range most + 1 {
			c.come("busy", httptest.NewRecorder(), get())
		}
		c.run(nil) // the quiet one
		time.Sleep(5 * time.Millisecond)
		began := time.Now()
		c.run(nil)
		if c.company.Waiting() != 1 {
			t.Fatal("the next one of a network computes as soon as one before it has ended")
		}
		for range most {
			c.run(nil) // the last of them when the first place has rested
		}
		if rested := time.Since(began); rested != 5*time.Millisecond {
			t.Errorf("the next one computed after %v, want 5ms", rested)
		}
		time.Sleep(5 * time.Millisecond)
	})
}

func TestALargeBodyWaitsForItsTurnWhenItHasArrived(t *testing.T) {
	t.Parallel()
	most := max(1, runtime.GOMAXPROCS(0)/2)
	synctest.Test(t, func(t *testing.T) {
		c := newComputing()
		c.come("quiet", httptest.NewRecorder(), get())
		c.run(nil)
		var bodies []*io.PipeWriter
		for range most + 1 {
			body, to := io.Pipe()
			bodies = append(bodies, to)
			c.come("busy", httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/", body))
		}
		// What has not arrived yet holds up nobody.
		c.come("busy", httptest.NewRecorder(), get())
		if n := len(c.running); n != 2 {
			t.Fatalf("%d have computed, want the two that came whole", n)
		}
		c.run(nil)
		for _, to := range bodies {
			_ = to.Close()
		}
		synctest.Wait()
		if n := len(c.running); n != 2+most || c.company.Waiting() != 1 {
			t.Errorf("%d have computed and %d wait, want %d and one", n, c.company.Waiting(), 2+most)
		}
		for range most + 1 {
			c.run(nil)
		}
	})
}

// TestWhoIsRefusedLaterKeepsNobodyWaiting: it waits for nothing but its answer.
func TestWhoIsRefusedLaterKeepsNobodyWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		there, most := New(), each*runtime.GOMAXPROCS(0)
		served, done := 0, make(chan struct{})
		h := there.Networks(func(r *http.Request) string { return r.Header.Get("From") }, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			served++
			End(r.Context())
			defer turns.Away(r.Context())()
			<-done
		}))
		var under sync.WaitGroup
		for _, from := range append([]string{"quiet"}, slices.Repeat([]string{"busy"}, most+1)...) {
			r := get()
			r.Header.Set("From", from)
			under.Go(func() { h.ServeHTTP(httptest.NewRecorder(), r) })
			synctest.Wait()
		}
		if served != 2+most {
			t.Errorf("%d requests are worked on, want %d", served, 2+most)
		}
		close(done)
		under.Wait()
	})
}
