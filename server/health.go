package server

import (
	"context"
	"errors"
	"sync"
	"time"

	apiv1 "itmanagerjobs/gen/v1"
	"itmanagerjobs/store"
)

// readyTimeout is how long the database may take to do what a request does before this copy counts as not ready, and readyFor
// how long an answer holds: a client that asks all the time does not keep the database busy.
const (
	readyTimeout = time.Second
	readyFor     = 250 * time.Millisecond
)

// readiness asks the database, once for all requests that come at the same time.
type readiness struct {
	ask func(context.Context) error

	mu      sync.Mutex
	current *asked
}

// asked is one question to the database. err is set before answered is closed.
type asked struct {
	answered chan struct{}
	err      error
}

// check answers within readyTimeout. When the database hangs, the driver waits in spite of the context; so the answer does not wait
// for the driver, and the next question is asked anew.
func (r *readiness) check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	q := r.question(ctx)
	select {
	case <-q.answered:
		return q.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (r *readiness) question(ctx context.Context) *asked {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.current != nil {
		return r.current
	}
	q := &asked{answered: make(chan struct{})}
	r.current = q
	forget := func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.current == q {
			r.current = nil
		}
	}
	// Others wait for the answer as well, when the first one is gone.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readyTimeout)
	time.AfterFunc(readyTimeout, forget)
	go func() {
		defer cancel()
		q.err = r.ask(ctx)
		close(q.answered)
		time.AfterFunc(readyFor, forget)
	}()
	return q
}

// GetLiveness says that the process runs.
func (h *handlers) GetLiveness(context.Context, apiv1.GetLivenessRequestObject) (apiv1.GetLivenessResponseObject, error) {
	return apiv1.GetLiveness200JSONResponse{Status: "ok"}, nil
}

// GetReadiness says whether this copy of the program can serve requests now, and if not, why.
func (h *handlers) GetReadiness(ctx context.Context, _ apiv1.GetReadinessRequestObject) (apiv1.GetReadinessResponseObject, error) {
	if h.server.draining.Load() {
		return notReady("This copy is shutting down."), nil
	}
	if err := h.server.readiness.check(ctx); err != nil {
		h.server.log.WarnContext(ctx, "not ready", "error", err)
		reason := "The database does not answer."
		if e, ok := errors.AsType[*store.NotReadyError](err); ok {
			reason = e.Reason
		}
		return notReady(reason), nil
	}
	return apiv1.GetReadiness200JSONResponse{Status: "ok"}, nil
}

// readyRetry is what Retry-After says, in seconds: to ask is cheap, and a database is often back as soon.
const readyRetry = 1

func notReady(reason string) apiv1.GetReadiness503JSONResponse {
	return apiv1.GetReadiness503JSONResponse{
		Body:    apiv1.Health{Status: "unavailable", Reason: &reason},
		Headers: apiv1.GetReadiness503ResponseHeaders{RetryAfter: readyRetry},
	}
}
