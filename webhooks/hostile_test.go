package webhooks

import (
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"itmanagerjobs/webhooks/webhooktest"
)

// TestHostileReceivers sends 50 requests at once to receivers of every hostile kind. None may
// keep its slot longer than the timeout and a second, and all together may not use more
// than 64 MiB of heap, the memory of the receivers included.
//
// It is not parallel: it measures time and memory.
func TestHostileReceivers(t *testing.T) {
	const atOnce = 50
	const timeout = time.Second
	const mostHeap = 64 << 20
	plain := webhooktest.New(t, time.Now)
	scripted := func(path string, answer webhooktest.Answer) string {
		plain.Script(path, answer)
		return plain.URL(path)
	}

	kinds := []struct {
		name, url string
		answers   bool // with a 2xx first, unless the machine is too busy for that
	}{
		{"slow drip", scripted("/drip", webhooktest.Drip(200, 20*time.Millisecond)), true},
		{"silence", scripted("/hang", webhooktest.Hang()), false},
		{"endless body", scripted("/endless", webhooktest.Endless(200)), true},
		{"gzip bomb", scripted("/bomb", webhooktest.GzipBomb(200, 32<<20)), true},
		{"huge header", scripted("/huge", webhooktest.HugeHeaders(200, 1<<20)), false},
		{"many headers", scripted("/many", webhooktest.ManyHeaders(200, 5000)), false},
		{"endless early hints", scripted("/early", webhooktest.Early()), false},
		{"reset", scripted("/reset", webhooktest.Reset()), false},
		{"handshake stalls", webhooktest.Listen(t, webhooktest.Mute).URL("https", "/"), false},
		{"handshake refused", webhooktest.Listen(t, webhooktest.RefuseTLS).URL("https", "/"), false},
		{"no TLS", webhooktest.Listen(t, webhooktest.NoTLS).URL("https", "/"), false},
		{"reset in the handshake", webhooktest.Listen(t, webhooktest.Reject).URL("https", "/"), false},
	}
	client := localClient(t, func(o *ClientOptions) { o.Timeout = timeout })
	heap := watchHeap(t)

	for _, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			var sending sync.WaitGroup
			var answered atomic.Int64
			for range atOnce {
				sending.Go(func() {
					began := time.Now()
					result := client.Send(t.Context(), Request{URL: kind.url, Body: []byte(`{"jobPostId":1}`)})
					if took := time.Since(began); took > timeout+time.Second {
						t.Errorf("held its slot for %s", took)
					}
					if result.Err == nil {
						answered.Add(1)
					}
				})
			}
			sending.Wait()
			if n := answered.Load(); (n > 0) != kind.answers {
				t.Errorf("%d of %d were answered, want answers = %v", n, atOnce, kind.answers)
			}
		})
	}
	if grown := heap(); grown > mostHeap {
		t.Errorf("the heap grew by %d KiB, want at most %d", grown>>10, mostHeap>>10)
	} else {
		t.Logf("the heap grew by %d KiB at most", grown>>10)
	}
}

// watchHeap samples the heap until the function it returns is called, which returns by how much
// it had grown at most.
func watchHeap(t *testing.T) func() uint64 {
	t.Helper()
	percent := debug.SetGCPercent(100) // what lies around uncollected is no growth; GOGC may let it lie for longer
	t.Cleanup(func() { debug.SetGCPercent(percent) })
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	before, most := stats.HeapAlloc, stats.HeapAlloc
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				runtime.ReadMemStats(&stats)
				most = max(most, stats.HeapAlloc)
			case <-stop:
				return
			}
		}
	}()
	return func() uint64 {
		close(stop)
		<-stopped
		return most - before
	}
}
