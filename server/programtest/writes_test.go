package programtest

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"itmanagerjobs/store/storetest"
)

// written is the answer to a write; status is 0 when there was none.
type written struct {
	status              int
	etag, replayed, all string
}

func sendWrite(url, method, path, key, idempotencyKey, body string) written {
	req, err := http.NewRequest(method, url+path, strings.NewReader(body))
	if err != nil {
		return written{}
	}
	req.Header.Set("X-Api-Key", key)
	req.Header.Set("Content-Type", "application/json")
	if idempotencyKey != "" {
		req.Header.Set("Idempotency-Key", idempotencyKey)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return written{}
	}
	defer res.Body.Close()
	all, err := io.ReadAll(res.Body)
	if err != nil {
		return written{}
	}
	return written{res.StatusCode, res.Header.Get("ETag"), res.Header.Get("Idempotency-Replayed"), string(all)}
}

// TestAKilledProgramWritesOnce kills the program among writes and sends all of them again to another copy: each is done
// once, whether its answer arrived or not.
func TestAKilledProgramWritesOnce(t *testing.T) {
	t.Parallel()
	env := []string{"DATABASE_URL=" + storetest.URL(t), "SECRET_KEY=" + testSecretKey()}
	killed := startServing(t, env, "serve")
	key := partner(t, env, "writes@acme.example")
	if made := sendWrite(killed.url, http.MethodPost, "/api/v1/jobs", key, "", `{"title":"Platform Lead"}`); made.status != http.StatusCreated {
		t.Fatalf("created: %+v", made)
	}
	const writes, writers = 200, 8
	send := func(url string, i int) written {
		method := []string{http.MethodPut, http.MethodPatch}[i%2]
		// Each title differs from all others, so that each write that is done raises the version by one.
		return sendWrite(url, method, "/api/v1/jobs/1", key, fmt.Sprintf("write-%d", i), fmt.Sprintf(`{"title":"Platform Lead %d"}`, i))
	}
	all := func(url string, answered func(n int64)) []written {
		answers := make([]written, writes)
		var next, done atomic.Int64
		var wg sync.WaitGroup
		for range writers {
			wg.Go(func() {
				for i := next.Add(1) - 1; i < writes; i = next.Add(1) - 1 {
					if answers[i] = send(url, int(i)); answers[i].status != 0 {
						answered(done.Add(1))
					}
				}
			})
		}
		wg.Wait()
		return answers
	}
	first := all(killed.url, func(n int64) {
		if n == writes/2 {
			killed.signal(syscall.SIGKILL)
		}
	})
	killed.wait()

	second := startServing(t, env, "serve")
	lost := 0
	for i, again := range all(second.url, func(int64) {}) {
		switch before := first[i]; {
		case again.status != http.StatusOK:
			t.Errorf("write %d again: %+v", i, again)
		case before.status == 0:
			lost++
		case before.status != http.StatusOK || again.replayed != "true" || again.all != before.all || again.etag != before.etag:
			t.Errorf("write %d was answered %+v, and again %+v", i, before, again)
		}
	}
	if lost == 0 {
		t.Error("the program was killed after the last write")
	}
	want := `"` + strconv.Itoa(writes+1) + `"`
	if got := sendWrite(second.url, http.MethodPatch, "/api/v1/jobs/1", key, "", `{}`); got.etag != want {
		t.Errorf("the job is at version %s after %d writes, want %s", got.etag, writes, want)
	}
}
