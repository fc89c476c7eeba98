package snapshots_test

import (
	"context"
	"net/http"
	"strings"

	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/storetest/fixture"
)

// answered sends a request beforehand, so that the one of the exchange is its repetition or follows it. What the client
// takes from the answer are {etag} and {cursor}.
func answered(method, path, body string, header map[string]string) step {
	return answeredWith(liveKey, method, path, body, header)
}

// answeredWith is answered for another kind of key.
func answeredWith(kind, method, path, body string, header map[string]string) step {
	return func(w *world) {
		q := servertest.Request{Method: method, Path: path, Key: w.key(kind), Header: header}
		if body != "" {
			q.Body = body
		}
		res := w.Do(w.t, q)
		if res.Status >= http.StatusBadRequest {
			w.t.Fatalf("%s %s beforehand: %d %s", method, path, res.Status, res.Body)
		}
		w.words["{etag}"] = res.Header.Get("ETag")
		if res.Status == http.StatusOK && strings.HasSuffix(path, "pageSize=2") {
			var list struct {
				NextCursor string `json:"nextCursor"`
			}
			res.JSON(w.t, &list)
			w.words["{cursor}"] = list.NextCursor
		}
	}
}

// keyUsed has a key of a kind send another request with the Idempotency-Key, which is answered.
func keyUsed(kind string) step {
	if kind == liveKey {
		return answered(http.MethodPost, "/api/v1/jobs", `{"title":"Another request"}`, map[string]string{"Idempotency-Key": idempotencyKey})
	}
	return func(w *world) {
		w.Do(w.t, servertest.Request{Method: http.MethodGet, Path: "/healthz/live"}) // it has the first request id
		w.key(kind)
		_, _, err := w.Store.Idempotent(w.t.Context(), w.principals[kind], idempotencyKey, []byte("another request"), func(context.Context) (store.Reply, error) {
			return store.Reply{}, nil
		})
		w.must(err, "use the Idempotency-Key")
	}
}

// answerErased leaves the answer to the very request that follows, which told of a person who was erased since.
func answerErased(kind, method, path, body string) step {
	return func(w *world) {
		q := servertest.Request{Method: method, Path: path, Key: w.key(kind), Header: withKey}
		if body != "" {
			q.Body = body
		}
		w.Do(w.t, q)
		fixture.MustExec(w.t, fixture.Raw(w.t, w.DatabaseURL), `UPDATE idempotent_replies SET content = '', erased = true, candidate_ids = '{}'`)
	}
}

// keyInFlight leaves a request of a key of a kind, with the Idempotency-Key, without an answer until the test ends.
func keyInFlight(kind string) step {
	return func(w *world) {
		w.key(kind)
		w.inFlight(w.principals[kind])
	}
}

func (w *world) inFlight(p account.Principal) {
	claimed, release, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		// Not the test's context, which ends before its clean-up.
		_, _, err := w.Store.Idempotent(context.Background(), p, idempotencyKey, []byte("a twin"), func(context.Context) (store.Reply, error) {
			close(claimed)
			<-release
			return store.Reply{}, nil
		})
		ended <- err
	}()
	select {
	case <-claimed:
	case err := <-ended:
		w.t.Fatalf("the twin ended: %v", err)
	}
	w.t.Cleanup(func() {
		close(release)
		if err := <-ended; err != nil {
			w.t.Errorf("the twin: %v", err)
		}
	})
}
