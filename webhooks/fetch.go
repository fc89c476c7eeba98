package webhooks

import (
	"context"

	"itmanagerjobs/store/outbox"
)

// fetchers is how many fetches run at once: while one reads a backlog, the other serves a lane that just got a delivery.
const fetchers = 2

// fetchRequest asks for deliveries of some lanes.
type fetchRequest struct {
	lanes []*lane // for the scheduler; a fetcher must not use them
	wants []outbox.LaneWant
	kinds map[int64]outbox.LaneKind // by lane
}

// runFetcher carries out fetch requests until the session ends.
func (s *session) runFetcher(d *scheduler) {
	for {
		select {
		case request := <-s.fetches:
			rows, err := s.fetch(request)
			if err != nil {
				s.warn("fetch deliveries", err)
			}
			d.mailbox.put(func() { d.fetchEnded(request, rows, err) })
		case <-s.ctx.Done():
			return
		}
	}
}

// fetch reads deliveries, with their events and messages, by lane. The number of statements does not grow with the number of lanes
// and deliveries.
func (s *session) fetch(request fetchRequest) (map[int64][]*item, error) {
	queued, err := s.Queue.Fetch(s.ctx, s.worker, request.wants)
	if err != nil {
		return nil, err
	}
	var emails, webhooks []outbox.Queued
	for _, q := range queued {
		switch request.kinds[q.LaneID] {
		case outbox.LaneEmail:
			emails = append(emails, q)
		case outbox.LanePush: // its application is read when it is sent
		case outbox.LaneWebhook:
			webhooks = append(webhooks, q)
		}
	}
	events, err := readSubjects(s.ctx, webhooks, s.Queue.Events)
	if err != nil {
		return nil, err
	}
	messages, err := readSubjects(s.ctx, emails, s.Queue.Messages)
	if err != nil {
		return nil, err
	}
	rows := make(map[int64][]*item, len(request.wants))
	items, pointers := make([]item, len(queued)), make([]*item, len(queued))
	for i, q := range queued {
		it := &items[i]
		it.Queued, pointers[i] = q, it
		switch request.kinds[q.LaneID] {
		case outbox.LaneEmail:
			it.message = messages[q.SubjectID]
		case outbox.LanePush:
		case outbox.LaneWebhook:
			it.event = events[q.SubjectID]
		}
	}
	for rest := pointers; len(rest) > 0; { // the rows of a lane follow one another
		n := 1
		for n < len(rest) && rest[n].LaneID == rest[0].LaneID {
			n++
		}
		rows[rest[0].LaneID], rest = append(rows[rest[0].LaneID], rest[:n]...), rest[n:]
	}
	return rows, nil
}

// readSubjects reads the events or messages of deliveries, by id. Deliveries of the same one share it.
func readSubjects[T any](ctx context.Context, rows []outbox.Queued, read func(context.Context, []outbox.Queued) (map[int64]T, error)) (map[int64]*T, error) {
	if len(rows) == 0 {
		return nil, nil //nolint:nilnil // nothing was asked for
	}
	found, err := read(ctx, rows)
	if err != nil {
		return nil, err
	}
	pointers := make(map[int64]*T, len(found))
	for id, v := range found {
		pointers[id] = &v
	}
	return pointers, nil
}
