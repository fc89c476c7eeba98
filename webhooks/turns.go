package webhooks

// busyTurn is how often a lane with something out goes before one that has nothing out.
const busyTurn = 8

// turns says whose turn it is. Lanes with nothing out come first, so that a lane's backlog never keeps another from its
// first delivery; among equals it goes round the employers, and within an employer round its lanes, so that neither
// many deliveries nor many subscriptions buy a larger share.
type turns struct {
	idle, busy round
	picks      int
}

// add queues a lane that is ready, or moves it to the front rank when it has nothing out any more.
func (t *turns) add(l *lane) {
	rank := &t.busy
	if l.out == 0 {
		rank = &t.idle
	}
	if !l.ready() || l.turn == rank || l.turn == &t.idle {
		return
	}
	l.turn = rank // an entry in another rank becomes void
	rank.push(l)
}

// next takes the lane whose turn it is, nil for none. With idleOnly it must have nothing out.
func (t *turns) next(idleOnly bool) *lane {
	for {
		t.picks++
		from := &t.idle
		if from.empty() || !idleOnly && t.picks%busyTurn == 0 && !t.busy.empty() {
			from = &t.busy
		}
		if from.empty() || idleOnly && from == &t.busy {
			return nil
		}
		l := from.pop()
		if l.turn != from {
			continue
		}
		l.turn = nil
		if l.ready() { // it may have been shut, or slowed down, since it was queued
			return l
		}
	}
}

// round is a queue of employers, each with a queue of lanes.
type round struct {
	order  queue[int64]
	queues map[int64]*queue[*lane]
}

func (r *round) empty() bool { return r.order.len() == 0 }

func (r *round) push(l *lane) {
	if r.queues == nil {
		r.queues = map[int64]*queue[*lane]{}
	}
	q := r.queues[l.Tenant.EmployerID]
	if q == nil {
		q = &queue[*lane]{}
		r.queues[l.Tenant.EmployerID] = q
	}
	if q.len() == 0 {
		r.order.push(l.Tenant.EmployerID)
	}
	q.push(l)
}

func (r *round) pop() *lane {
	employer := r.order.pop()
	q := r.queues[employer]
	l := q.pop()
	if q.len() > 0 {
		r.order.push(employer)
	} else {
		delete(r.queues, employer)
	}
	return l
}

// queue is first in, first out, without moving what waits.
type queue[T any] struct {
	items []T
	head  int
}

func (q *queue[T]) len() int { return len(q.items) - q.head }

func (q *queue[T]) push(v T) { q.items = append(q.items, v) }

func (q *queue[T]) front() T { return q.items[q.head] }

func (q *queue[T]) pop() T {
	var none T
	v := q.items[q.head]
	q.items[q.head] = none
	q.head++
	if q.head == len(q.items) {
		q.items, q.head = q.items[:0], 0
	} else if q.head > 1024 && q.head > len(q.items)/2 {
		q.items, q.head = append(q.items[:0], q.items[q.head:]...), 0
	}
	return v
}
