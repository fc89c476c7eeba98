package webhooks

// busyEvery is how often a lane that has a slot in use is taken before one that has none: every eighth time.
const busyEvery = 8

// readyQueue orders the lanes that may start a delivery. Idle lanes, which have no slot in use, come first, so that the backlog
// of one lane never delays the first delivery of another. Among idle lanes, and among busy ones, it goes round the employers,
// and for each employer round its lanes: neither many deliveries nor many subscriptions give an employer a larger share.
type readyQueue struct {
	idle, busy roundRobin
	pops       int
}

// push adds a lane if it is ready. A lane that was queued as busy and is idle now is queued as idle.
func (q *readyQueue) push(l *lane) {
	to := &q.busy
	if l.slotsUsed == 0 {
		to = &q.idle
	}
	if !l.ready() || l.queuedIn == to || l.queuedIn == &q.idle {
		return
	}
	l.queuedIn = to // this makes an entry in the other queue void
	to.push(l)
}

// pop removes and returns the next lane, nil when there is none. With idleOnly it takes idle lanes only.
func (q *readyQueue) pop(idleOnly bool) *lane {
	for {
		q.pops++
		from := &q.idle
		if from.empty() || !idleOnly && q.pops%busyEvery == 0 && !q.busy.empty() {
			from = &q.busy
		}
		if from.empty() || idleOnly && from == &q.busy {
			return nil
		}
		l := from.pop()
		if l.queuedIn != from {
			continue
		}
		l.queuedIn = nil
		if l.ready() { // it may have been closed or throttled since it was queued
			return l
		}
	}
}

// roundRobin is a queue of employers, each with a queue of lanes.
type roundRobin struct {
	employers fifo[int64]
	lanes     map[int64]*fifo[*lane] // by employer
}

func (r *roundRobin) empty() bool { return r.employers.len() == 0 }

func (r *roundRobin) push(l *lane) {
	if r.lanes == nil {
		r.lanes = map[int64]*fifo[*lane]{}
	}
	q := r.lanes[l.Tenant.EmployerID]
	if q == nil {
		q = &fifo[*lane]{}
		r.lanes[l.Tenant.EmployerID] = q
	}
	if q.len() == 0 {
		r.employers.push(l.Tenant.EmployerID)
	}
	q.push(l)
}

func (r *roundRobin) pop() *lane {
	employer := r.employers.pop()
	q := r.lanes[employer]
	l := q.pop()
	if q.len() > 0 {
		r.employers.push(employer)
	} else {
		delete(r.lanes, employer)
	}
	return l
}

// fifo is a queue, first in, first out. pop does not move the items that stay; the space of popped items is reclaimed now and
// then.
type fifo[T any] struct {
	items []T
	head  int
}

func (q *fifo[T]) len() int { return len(q.items) - q.head }

func (q *fifo[T]) push(v T) { q.items = append(q.items, v) }

func (q *fifo[T]) front() T { return q.items[q.head] }

func (q *fifo[T]) pop() T {
	var zero T
	v := q.items[q.head]
	q.items[q.head] = zero
	q.head++
	if q.head == len(q.items) {
		q.items, q.head = q.items[:0], 0
	} else if q.head > 1024 && q.head > len(q.items)/2 {
		q.items, q.head = append(q.items[:0], q.items[q.head:]...), 0
	}
	return v
}
