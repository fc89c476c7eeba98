package server

import (
	"context"
	"time"

	apiv1 "itmanagerjobs/gen/v1"
)

// readyTimeout is how long the database may take to answer before this copy counts as not ready.
const readyTimeout = 2 * time.Second

// GetLiveness says that the process runs.
func (h *handlers) GetLiveness(context.Context, apiv1.GetLivenessRequestObject) (apiv1.GetLivenessResponseObject, error) {
	return apiv1.GetLiveness200JSONResponse{Status: "ok"}, nil
}

// GetReadiness says whether this copy of the program can serve requests now, and if not, why.
func (h *handlers) GetReadiness(ctx context.Context, _ apiv1.GetReadinessRequestObject) (apiv1.GetReadinessResponseObject, error) {
	if h.server.draining.Load() {
		return notReady("This copy is shutting down."), nil
	}
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	// When the database hangs, the driver waits in spite of the context; so the answer does not wait for the driver.
	pinged := make(chan error, 1)
	go func() { pinged <- h.server.store.Ping(ctx) }()
	var err error
	select {
	case err = <-pinged:
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err != nil {
		h.server.log.WarnContext(ctx, "not ready", "error", err)
		return notReady("The database does not answer."), nil
	}
	return apiv1.GetReadiness200JSONResponse{Status: "ok"}, nil
}

func notReady(reason string) apiv1.GetReadiness503JSONResponse {
	return apiv1.GetReadiness503JSONResponse{Status: "unavailable", Reason: &reason}
}
