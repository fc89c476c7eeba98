package intake_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/storetest"
)

// crowded is a reader of CVs that takes as long as it may for the files of a crowd.
type crowded struct {
	patience time.Duration

	mu sync.Mutex
	// slow counts the files of the crowd that were given up, and honest has that number for each other file.
	slow   int
	honest []int
}

// ReadText takes a tenth of the time that it is given outside a request.
func (r *crowded) ReadText(ctx context.Context, cv board.CV, limit time.Duration) board.CVReading {
	crowd := bytes.HasPrefix(cv.Bytes, []byte("crowd"))
	if crowd {
		if limit > r.patience {
			limit /= 10
		}
		ctx, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		<-ctx.Done()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if crowd {
		r.slow++
		return board.CVReading{End: board.ReadingSlow, Problem: "The file took too long to read."}
	}
	r.honest = append(r.honest, r.slow)
	return board.CVReading{Text: string(cv.Bytes)}
}

// readUntilTheEnd reads the CVs that wait, as the chores of one copy of the program do.
func readUntilTheEnd(t *testing.T, s *store.Store) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var chores sync.WaitGroup
	for _, hard := range []bool{false, true} {
		chores.Go(func() {
			for ctx.Err() == nil {
				if err := s.Pipeline.ReadWaitingCVs(ctx, hard); err != nil && ctx.Err() == nil {
					t.Error(err)
				}
			}
		})
	}
	t.Cleanup(func() {
		cancel()
		chores.Wait()
	})
}

// TestStrangersWithSlowFilesHoldNobodyUp has twelve files of one network that take as long as they may, and somebody of another
// network, whose text is read before the answer. When two networks send such files, it is read before nearly all of theirs.
func TestStrangersWithSlowFilesHoldNobodyUp(t *testing.T) {
	t.Parallel()
	clock := storetest.NewClock()
	reader := &crowded{patience: 400 * time.Millisecond}
	o := storetest.Options(clock)
	o.CVPatience, o.ReadText = reader.patience, reader.ReadText
	api := servertest.Over(t, storetest.Open(t, storetest.URL(t), o), clock.Now)
	tenant, key := api.Employer(t, "Northwind", 5, apikey.ScopeJobPosting)
	job := api.OpenJob(t, tenant)
	readUntilTheEnd(t, api.Store)

	// An answer takes patience, and what a busy machine needs besides.
	const atMost = 5
	apply := func(address, email, content string) int64 {
		parts := servertest.Ada()
		parts[2][2] = email
		q := servertest.Applying(t, job.ID, append(parts, servertest.Part{"cv", "cv.txt", content})...)
		q.From = address
		began := time.Now()
		res := api.Do(t, q)
		if took := time.Since(began); res.Status != 201 || took > atMost*reader.patience {
			t.Errorf("%s: %d after %s", email, res.Status, took)
		}
		return servertest.ApplicationID(t, res)
	}
	// What a process makes for its first application, such as the words of the taxonomy, is no part of any later one's time.
	first := servertest.Ada()
	first[2][2] = "first@example.com"
	api.Want(t, 201, servertest.Applying(t, job.ID, append(first, servertest.Part{"cv", "cv.txt", "ten years of C"})...))
	var crowd sync.WaitGroup
	send := func(address string) {
		for i := range 12 {
			crowd.Go(func() { apply(address, fmt.Sprintf("%d@crowd-%s.example.com", i, address), "crowd") })
		}
	}
	send("127.0.0.2")
	id := apply("127.0.0.3", "ada@example.com", "ten years of Go")
	var shown struct{ CV map[string]json.RawMessage }
	api.Want(t, 200, servertest.Request{Method: http.MethodGet, Path: fmt.Sprintf("%s/%d", applications, id), Key: key}).JSON(t, &shown)
	if _, pending := shown.CV["textPending"]; pending {
		t.Errorf("one network had both readers: %s", shown.CV)
	}
	crowd.Wait()
	send("127.0.0.4")
	crowd.Wait()
	reader.mu.Lock()
	before := reader.slow
	reader.mu.Unlock()
	id = apply("127.0.0.5", "grace@example.com", "ten years of Rust")
	for pending := true; pending; {
		a, err := api.Store.Pipeline.Application(t.Context(), tenant, id)
		if err != nil {
			t.Fatal(err)
		}
		pending = a.CV.TextPending
	}
	reader.mu.Lock()
	defer reader.mu.Unlock()
	if len(reader.honest) != 3 || reader.honest[2]-before > 4 {
		t.Errorf("%d slow files were read before that of somebody who came after %d, want few", reader.honest, before)
	}
}

// TestWhoSendsTooManySlowFilesComesAgain fills what waits of one network.
func TestWhoSendsTooManySlowFilesComesAgain(t *testing.T) {
	t.Parallel()
	clock := storetest.NewClock()
	o := storetest.Options(clock)
	o.ReadText = func(context.Context, board.CV, time.Duration) board.CVReading {
		return board.CVReading{End: board.ReadingNotBegun}
	}
	api := servertest.Over(t, storetest.Open(t, storetest.URL(t), o), clock.Now)
	tenant, _ := api.Employer(t, "Northwind", 5, apikey.ScopeJobPosting)
	job := api.OpenJob(t, tenant)
	apply := func(i int, from, accept string) servertest.Response {
		parts := servertest.Ada()
		parts[2][2] = fmt.Sprintf("ada%d@example.com", i)
		q := servertest.Applying(t, job.ID, append(parts, servertest.Part{"cv", "cv.txt", "Ada"})...)
		q.From, q.Header["Accept"] = from, accept
		return api.Do(t, q)
	}
	for i := range 20 {
		if res := apply(i, "127.0.0.2", "application/json"); res.Status != 201 {
			t.Fatalf("%d: %d %s", i, res.Status, res.Body)
		}
	}
	for _, accept := range []string{"application/json", "text/html"} {
		res := apply(20, "127.0.0.2", accept)
		if res.Status != 429 || res.Header.Get("Retry-After") != "60" || !bytes.Contains(res.Body, []byte("Many files from your network are still being read.")) {
			t.Errorf("%s: %d %v\n%s", accept, res.Status, res.Header, res.Body)
		}
	}
	if res := apply(20, "127.0.0.3", "application/json"); res.Status != 201 {
		t.Errorf("from another network: %d %s", res.Status, res.Body)
	}
}
