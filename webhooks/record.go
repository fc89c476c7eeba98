package webhooks

import (
	"fmt"
	"itmanagerjobs/store/outbox"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/webhooks/careerjet"
)

// How long results wait for others to be written with them: less when a lane has no slot left until they are.
const (
	recordAfter = 10 * time.Millisecond
	recordSoon  = 3 * time.Millisecond
	recordMost  = 1000 // in one batch
)

// Pauses between tries to record. The session's end ends the tries: then the results are not ours to record.
const (
	recordRetryFirst = 50 * time.Millisecond
	recordRetryMost  = time.Second
)

// reasonFailures is why a subscription was disabled, for its owner.
var reasonFailures = fmt.Sprintf("%d deliveries in a row failed.", disableAfter)

// result is an attempt to be recorded, or a lane to be disabled, or both.
type result struct {
	lane    *lane
	epoch   int64
	attempt *outbox.Attempt
	// final tells that the attempt failed for good, and was not given up.
	final bool
	// disable is why the subscription is to be disabled, empty when it is not.
	disable  string
	failures int
}

// record writes results in the order in which they come, until the session ends. It is the only writer, so no two
// batches wait for each other's rows.
func (s *session) record(d *scheduler) {
	var buffer []result
	for {
		select {
		case <-s.results.bell:
		case <-s.ctx.Done():
			return
		}
		s.gather()
		buffer = s.results.take(buffer)
		for rest := buffer; len(rest) > 0; {
			batch := rest[:min(len(rest), recordMost)]
			rest = rest[len(batch):]
			if !s.recordBatch(batch) {
				return
			}
			settled := append([]result(nil), batch...)
			d.desk.put(func() { d.recorded(settled) })
		}
	}
}

// gather waits for more results to come.
func (s *session) gather() {
	t := time.NewTimer(recordAfter)
	defer t.Stop()
	select {
	case <-t.C:
	case <-s.urgent:
		wait(s.ctx, recordSoon)
	case <-s.ctx.Done():
	}
}

// recordBatch tries until it succeeds, or the session ends.
func (s *session) recordBatch(batch []result) bool {
	attempts := make([]outbox.Attempt, 0, len(batch))
	for i := range batch {
		switch r := &batch[i]; {
		case r.attempt == nil:
		case r.lane.Kind == outbox.LanePush: // one by one: what became of it is shown on its application
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
			// A lane was lost, or a subscription deleted, or an earlier try did reach the database.
			s.Log.Info("attempts were on record already, or not ours to record", "attempts", len(attempts), "recorded", n)
		}
		return err
	}) {
		return false
	}
	for i := range batch {
		if r := &batch[i]; r.disable != "" && !s.untilDone("disable the subscription", func() error { return s.disable(r) }) {
			return false
		}
	}
	return true
}

func (s *session) recordPush(r *result) error {
	reason := r.attempt.Error
	if r.attempt.Outcome == board.AttemptDelivered {
		reason = careerjet.Accepted.Sentence()
	}
	_, err := s.Queue.RecordPush(s.ctx, *r.attempt, pushStatus(r.attempt.Outcome, r.final), reason)
	return err
}

func (s *session) disable(r *result) error {
	disabled, err := s.Queue.Disable(s.ctx, r.lane.ID, r.epoch, r.disable, r.failures)
	if err != nil {
		return err
	}
	if disabled {
		s.metrics.disabled.Inc()
		s.Log.Warn("subscription disabled", "lane", r.lane.ID, "reason", r.disable)
	}
	return nil
}

// untilDone repeats a write that is safe to repeat. It is false when the session ended first.
func (s *session) untilDone(what string, try func() error) bool {
	for pause := recordRetryFirst; ; pause = min(2*pause, recordRetryMost) {
		err := try()
		if err == nil {
			return true
		}
		s.complain(what, err)
		wait(s.ctx, pause)
		if s.ctx.Err() != nil {
			return false
		}
	}
}
