package webhooks

import (
	"context"
	"itmanagerjobs/store/outbox"
)

// fetchers is how many fetches run at once: while one reads a backlog, the other serves a lane that was just fed.
const fetchers = 2

// fetchOrder asks for deliveries of some lanes.
type fetchOrder struct {
	lanes []*lane // for the scheduler; a fetcher must not look into them
	wants []outbox.LaneWant
	kinds map[int64]outbox.LaneKind // by lane
}

// fetch carries out orders until the session ends.
func (s *session) fetch(d *scheduler) {
	for {
		select {
		case order := <-s.fetches:
			rows, err := s.read(order)
			if err != nil {
				s.complain("fetch deliveries", err)
			}
			d.desk.put(func() { d.fetched(order, rows, err) })
		case <-s.ctx.Done():
			return
		}
	}
}

// read fetches deliveries and what they deliver: two statements, however many lanes and deliveries there are.
func (s *session) read(order fetchOrder) (map[int64][]*item, error) {
	queued, err := s.Queue.Fetch(s.ctx, s.worker, order.wants)
	if err != nil {
		return nil, err
	}
	var emails, others []outbox.Queued
	for _, q := range queued {
		switch order.kinds[q.LaneID] {
		case outbox.LaneEmail:
			emails = append(emails, q)
		case outbox.LanePush: // read when it is sent
		case outbox.LaneWebhook:
			others = append(others, q)
		}
	}
	events, err := subjects(s.ctx, others, s.Queue.Events)
	if err != nil {
		return nil, err
	}
	messages, err := subjects(s.ctx, emails, s.Queue.Messages)
	if err != nil {
		return nil, err
	}
	rows := make(map[int64][]*item, len(order.wants))
	items := make([]item, len(queued))
	for i, q := range queued {
		it := &items[i]
		it.Queued = q
		switch order.kinds[q.LaneID] {
		case outbox.LaneEmail:
			it.message = messages[q.SubjectID]
		case outbox.LanePush:
		case outbox.LaneWebhook:
			it.event = events[q.SubjectID]
		}
		rows[q.LaneID] = append(rows[q.LaneID], it)
	}
	return rows, nil
}

// subjects reads what rows deliver, each once.
func subjects[T any](ctx context.Context, rows []outbox.Queued, read func(context.Context, []outbox.Queued) (map[int64]T, error)) (map[int64]*T, error) {
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
