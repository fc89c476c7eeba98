package benchtest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A bystander sends a request every pace, whether those before are answered or not, so that what waits is counted from when it was due.
const pace = 10 * time.Millisecond

// bystander reads jobs of the last tenant, and returns how long each read took from when it was due.
func (f *bench) bystander(b *testing.B, reads int) []time.Duration {
	b.Helper()
	times := make([]time.Duration, reads)
	own := f.callers[len(f.callers)-1]
	var wg sync.WaitGroup
	start := time.Now()
	for i := range reads {
		due := start.Add(time.Duration(i) * pace)
		time.Sleep(time.Until(due))
		wg.Go(func() {
			r, err := http.NewRequest(http.MethodGet, fmt.Sprintf("%s/api/v1/jobs/%d", f.api.URL, own.jobs[i%len(own.jobs)]), nil)
			if err != nil {
				panic(err)
			}
			r.Header.Set("Authorization", "Bearer "+own.key)
			res, err := f.http.Do(r)
			if err != nil {
				b.Error(err)
				return
			}
			_, _ = io.Copy(io.Discard, res.Body)
			_ = res.Body.Close()
			if res.StatusCode != http.StatusOK {
				b.Errorf("the bystander was answered %d", res.StatusCode)
			}
			times[i] = time.Since(due)
		})
	}
	wg.Wait()
	return times
}

// flood is what a tenant sends to harm another: so many clients, one request of each after the other.
type flood struct {
	name    string
	clients int
	want    int
	request func(n int64) *http.Request
}

// floods are of the first tenant, whose keys are the first half of all.
func floods(b *testing.B, f *bench) []flood {
	b.Helper()
	one := map[string]any{
		"title": "IT Manager", "description": "<p>Run the team.</p>", "city": "Leeds", "country": "United Kingdom",
		"employmentType": "FullTime", "applyMethod": "EmailApply", "applyEmailAddress": "jobs@northwind.example",
	}
	encoded := func(v any) []byte {
		body, err := json.Marshal(v)
		if err != nil {
			b.Fatal(err)
		}
		return body
	}
	single, batch := encoded(one), encoded(map[string]any{"jobs": slices.Repeat([]any{one}, 100)})
	keys := int64(len(f.callers) / 2)
	return []flood{
		{"batches", 20, http.StatusMultiStatus, func(n int64) *http.Request { return f.request(http.MethodPost, "/api/v1/jobs/batch", n%keys, batch) }},
		{"lists", 20, http.StatusOK, func(n int64) *http.Request {
			return f.request(http.MethodGet, "/api/v1/jobs?pageSize=100&sort=-updatedAt&q=platform", n%keys, nil)
		}},
		{"creations", 60, http.StatusCreated, func(n int64) *http.Request { return f.request(http.MethodPost, "/api/v1/jobs", n%keys, single) }},
		{"reads", 60, http.StatusOK, func(n int64) *http.Request { return f.readJob(n % keys) }},
	}
}

// send sends until the returned function is called, which says how many requests were answered.
func (l flood) send(b *testing.B, f *bench) (stop func() int64) {
	b.Helper()
	done := make(chan struct{})
	var wg sync.WaitGroup
	var sent, answered atomic.Int64
	for range l.clients {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				res, err := f.http.Do(l.request(sent.Add(1)))
				if err != nil {
					b.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, res.Body)
				_ = res.Body.Close()
				if res.StatusCode != l.want {
					b.Errorf("%s: status %d", l.name, res.StatusCode)
					return
				}
				answered.Add(1)
			}
		})
	}
	return func() int64 {
		close(done)
		wg.Wait()
		return answered.Load()
	}
}

// BenchmarkNeighbours measures how long a tenant's reads take while another tenant sends as much as its clients can, with limits that
// stop nobody. Client, server and PostgreSQL share the processors, and so what the machine can do is divided, too.
func BenchmarkNeighbours(b *testing.B) {
	f := setUp(b, rig{tenants: 2, keys: 40})
	reads := 300
	if testing.Short() {
		reads = 20
	}
	for _, l := range floods(b, f) {
		b.Run(l.name, func(b *testing.B) {
			var alone, beside []time.Duration
			var answered int64
			var took time.Duration
			for b.Loop() {
				alone = append(alone, f.bystander(b, reads)...)
				start := time.Now()
				stop := l.send(b, f)
				beside = append(beside, f.bystander(b, reads)...)
				answered += stop()
				took += time.Since(start)
			}
			b.ReportMetric(percentile(beside, 95)/percentile(alone, 95), "p95-of-alone")
			b.ReportMetric(percentile(alone, 95), "alone-p95-ms")
			b.ReportMetric(percentile(beside, 95), "p95-ms")
			b.ReportMetric(percentile(beside, 50), "p50-ms")
			b.ReportMetric(float64(answered)/took.Seconds(), "flood/s")
			b.ReportMetric(0, "ns/op")
		})
	}
}
