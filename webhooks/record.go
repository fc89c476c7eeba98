package webhooks

import (
	"fmt"
	"time"

	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/webhooks/careerjet"
)

// batchWait is how long results wait for others, so that one batch records them all. They do not wait when a lane has no free slot: what
// comes while they are recorded makes the next batch.
const (
	batchWait = 10 * time.Millisecond
	maxBatch  = 1000 // results
)

// Pauses between tries to record. When the session ends, the tries end too: the results are then no longer ours to record.
const (
	minRecordPause = 50 * time.Millisecond
	maxRecordPause = time.Second
)

// reasonFailures tells the owner of a subscription why it was disabled.
var reasonFailures = fmt.Sprintf("%d deliveries in a row failed.", disableAfter)

// result is an attempt to record, or a subscription to disable, or both.
type result struct {
	lane    *lane
	epoch   int64
	attempt *outbox.Attempt
	// final means that another attempt would fail too. It is false when the attempt was merely the last of its schedule.
	final bool
	// disableReason is why the subscription is to be disabled, empty when it is not.
	disableReason string
	failures      int // in a row
}

// recordResults records results in the order in which they come, until the session ends. It is the only writer of a session, so
// two batches never wait for each other's rows.
func (s *session) recordResults(d *scheduler) {
	var buffer []result
	for {
		select {
		case <-s.results.signal:
		case <-s.ctx.Done():
			return
		}
		s.waitForBatch()
		buffer = s.results.takeAll(buffer)
		for rest := buffer; len(rest) > 0; {
			batch := rest[:min(len(rest), maxBatch)]
			rest = rest[len(batch):]
			if !s.recordBatch(batch) {
				return
			}
			recorded := append([]result(nil), batch...)
			d.mailbox.put(func() { d.resultsRecorded(recorded) })
		}
	}
}

// waitForBatch waits for more results.
func (s *session) waitForBatch() {
	t := time.NewTimer(batchWait)
	defer t.Stop()
	select {
	case <-t.C:
	case <-s.flush:
	case <-s.ctx.Done():
	}
}

// recordBatch records a batch. It tries until it succeeds, and returns false when the session ended first.
func (s *session) recordBatch(batch []result) bool {
	attempts := make([]outbox.Attempt, 0, len(batch))
	for i := range batch {
		switch r := &batch[i]; {
		case r.attempt == nil:
		case r.lane.Kind == outbox.LanePush: // one by one: each also changes the status of its application
			if !s.untilDone("record a push", func() error { return s.recordPush(r) }) {
				return false
			}
		default:
			attempts = append(attempts, *r.attempt)
		}
	}
	if len(attempts) > 0 && !s.untilDone("record attempts", func() error {
		n, err := s.Queue.Record(s.ctx, attempts)
		if err == nil && n < len(attempts) {
			// A lane was lost, or a subscription deleted, or an earlier try succeeded although its answer was lost.
			s.Log.Info("attempts were recorded already, or are not ours to record", "attempts", len(attempts), "recorded", n)
		}
		return err
	}) {
		return false
	}
	for i := range batch {
		if r := &batch[i]; r.disableReason != "" && !s.untilDone("disable the subscription", func() error { return s.disable(r) }) {
			return false
		}
	}
	return true
}

func (s *session) recordPush(r *result) error {
	reason := r.attempt.Error
	if r.attempt.Outcome == delivery.AttemptDelivered {
		reason = careerjet.Accepted.Sentence()
	}
	_, err := s.Queue.RecordPush(s.ctx, *r.attempt, pushStatus(r.attempt.Outcome, r.final), reason)
	return err
}

func (s *session) disable(r *result) error {
	disabled, err := s.Queue.Disable(s.ctx, r.lane.ID, r.epoch, r.disableReason, r.failures)
	if err != nil {
		return err
	}
	if disabled {
		s.metrics.disabled.Inc()
		s.Log.Warn("subscription disabled", "lane", r.lane.ID, "reason", r.disableReason)
	}
	return nil
}

// untilDone repeats a write, which must be safe to repeat, until it succeeds. It returns false when the session ended first.
func (s *session) untilDone(action string, write func() error) bool {
	for pause := minRecordPause; ; pause = min(2*pause, maxRecordPause) {
		err := write()
		if err == nil {
			return true
		}
		s.warn(action, err)
		wait(s.ctx, pause)
		if s.ctx.Err() != nil {
			return false
		}
	}
}
