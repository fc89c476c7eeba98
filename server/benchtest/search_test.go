package benchtest

import (
	"context"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"testing"
	"time"

	"itmanagerjobs/store/cvsample"
)

// searchedPeople is how many people the search is measured with: PEOPLE of the environment, or else a million, which take 6 GB in
// .cache/people.
func searchedPeople(b *testing.B) int {
	if testing.Short() {
		return 50
	}
	return number(b, "PEOPLE", 1_000_000)
}

// searchStage is how long one rate is held.
func searchStage() time.Duration {
	if testing.Short() {
		return 50 * time.Millisecond
	}
	return 30 * time.Second
}

// BenchmarkSearchUnderLoad searches the CV database over HTTP, never twice for the same. The goals are 30 ms of CPU a search on
// average, client, program and PostgreSQL together, and p99 of 50 ms at 5 a second, 100 ms at 20, and 150 ms at 20 while 500
// people a second are imported (IMPORTS sets another rate).
//
// The searches of a rate are sent when they are due, whether those before are answered or not, and a search takes from when it is due.
func BenchmarkSearchUnderLoad(b *testing.B) {
	f := setUpSearch(b, searchedPeople(b))
	next, end := iter.Pull(cvsample.Searches(1))
	defer end()
	draw := func() cvsample.Search { s, _ := next(); return s }
	b.Run("one-at-a-time", func(b *testing.B) { f.oneAtATime(b, draw) })
	for _, perSecond := range []int{5, 10, 20} {
		b.Run(fmt.Sprintf("%d-a-second", perSecond), func(b *testing.B) { f.atRate(b, perSecond, draw) })
	}
	b.Run("20-a-second-with-import", func(b *testing.B) {
		ctx, stop := context.WithCancel(b.Context())
		var importing sync.WaitGroup
		imported, began := 0, time.Now()
		importing.Go(func() { imported = f.importAt(ctx, b, number(b, "IMPORTS", 500)) })
		f.atRate(b, 20, draw)
		stop()
		importing.Wait()
		b.ReportMetric(float64(imported)/time.Since(began).Seconds(), "people/s")
		f.forget(b)
	})
	for _, perSecond := range []int{5, 20} {
		b.Run(fmt.Sprintf("%d-a-second-after-a-restart", perSecond), func(b *testing.B) {
			f.people.restart(b, f.db)
			f.atRate(b, perSecond, draw)
		})
	}
}

// BenchmarkSearchKinds is the search one at a time, for each kind of search by itself.
func BenchmarkSearchKinds(b *testing.B) {
	f := setUpSearch(b, searchedPeople(b))
	for _, kind := range cvsample.SearchKinds() {
		b.Run(kind, func(b *testing.B) {
			next, end := iter.Pull(cvsample.Searches(2))
			defer end()
			f.oneAtATime(b, func() cvsample.Search {
				for {
					if s, _ := next(); s.Kind == kind {
						return s
					}
				}
			})
		})
	}
}

// searched is what some searches took. Those that were refused are not among the times.
type searched struct {
	mu      sync.Mutex
	times   []time.Duration
	refused int
}

func (f *searchers) oneAtATime(b *testing.B, draw func() cvsample.Search) {
	b.Helper()
	f.measure(b, func(all *searched) {
		until := time.Now().Add(searchStage() / 2)
		for n := 0; n == 0 || time.Now().Before(until); n++ {
			f.search(b, n, draw(), time.Now(), all)
		}
	})
}

func (f *searchers) atRate(b *testing.B, perSecond int, draw func() cvsample.Search) {
	b.Helper()
	f.measure(b, func(all *searched) {
		var under sync.WaitGroup
		start := time.Now()
		for n := range max(1, int(searchStage()*time.Duration(perSecond)/time.Second)) {
			s, due := draw(), start.Add(time.Duration(n)*time.Second/time.Duration(perSecond))
			time.Sleep(time.Until(due))
			under.Go(func() { f.search(b, n, s, due, all) })
		}
		under.Wait()
	})
}

func (f *searchers) measure(b *testing.B, run func(*searched)) {
	b.Helper()
	var all searched
	var cpu, postgres time.Duration
	for b.Loop() {
		own, theirs := f.cpu(b)
		run(&all)
		ownAfter, theirsAfter := f.cpu(b)
		postgres += theirsAfter - theirs
		cpu += ownAfter - own + theirsAfter - theirs
	}
	if len(all.times) == 0 {
		b.Fatal("no search was answered")
	}
	n := float64(len(all.times) + all.refused)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(n, "searches")
	b.ReportMetric(float64(all.refused), "refused")
	for _, p := range []int{50, 90, 99} {
		b.ReportMetric(percentile(all.times, p), fmt.Sprintf("p%d-ms", p))
	}
	b.ReportMetric(float64(cpu.Microseconds())/1000/n, "cpu-ms/search")
	b.ReportMetric(float64(postgres.Microseconds())/1000/n, "postgres-ms/search")
}

// search is the n-th search, which is due at a time.
func (f *searchers) search(b *testing.B, n int, s cvsample.Search, due time.Time, all *searched) {
	query := url.Values{"q": {s.Text}}
	if s.Location != "" {
		query.Set("location", s.Location)
		query.Set("radiusKm", strconv.Itoa(s.RadiusKm))
	}
	if s.RemoteType != "" {
		query.Set("remoteType", s.RemoteType)
	}
	res, err := f.http.Do(f.request(http.MethodGet, "/api/v1/candidates/search?"+query.Encode(), int64(n), nil))
	if err != nil {
		b.Error(err)
		return
	}
	body, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	took := time.Since(due)
	all.mu.Lock()
	defer all.mu.Unlock()
	switch {
	case err == nil && res.StatusCode == http.StatusOK:
		all.times = append(all.times, took)
	case err == nil && res.StatusCode == http.StatusServiceUnavailable && res.Header.Get("Retry-After") != "":
		all.refused++
	default:
		b.Errorf("%v: status %d %s %v", s, res.StatusCode, body, err)
	}
}
