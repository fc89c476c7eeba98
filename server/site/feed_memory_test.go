package site

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"itmanagerjobs/store/board/publication"
)

// endless makes jobs up as they are asked for.
type endless struct {
	fakeJobs

	jobs        int64
	description string
	batches     int
	heap        uint64 // the most that was in use
}

func (e *endless) FeedPage(_ context.Context, after int64, limit int) ([]publication.Listing, error) {
	if e.batches++; e.batches%50 == 0 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		e.heap = max(e.heap, m.HeapAlloc)
	}
	var batch []publication.Listing
	for id := after + 1; id <= e.jobs && len(batch) < limit; id++ {
		l := job(id)
		l.Job.Description = &e.description
		batch = append(batch, l)
	}
	return batch, nil
}

// TestFeedNeedsConstantMemory streams 100,000 jobs. It runs alone, for it counts the memory of the process.
func TestFeedNeedsConstantMemory(t *testing.T) { //nolint:paralleltest // see above
	jobs := &endless{jobs: 100_000, description: "<p>" + strings.Repeat("Run the platform. ", 5) + "</p>"}
	srv := httptest.NewServer(newSite(t, jobs, io.Discard))
	defer srv.Close()
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL+"/feeds/jobs.xml", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept-Encoding", "identity") // a packer's window is as large for one job as for all
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	n, err := io.Copy(io.Discard, resp.Body)
	if err != nil || n < 50<<20 {
		t.Fatalf("%d bytes, %v", n, err)
	}
	const most = 16 << 20
	if jobs.heap > before.HeapAlloc+most {
		t.Errorf("%d MiB more were in use for %d MiB of feed", (jobs.heap-before.HeapAlloc)>>20, n>>20)
	}
}
