package webhooks

import (
	"itmanagerjobs/store/outbox"
	"time"

	"itmanagerjobs/store/board"
)

// youth is how long a send counts towards Config.Burst: longer than a fast endpoint takes even when this machine has more
// to do than it can, or else ever more would be begun, and all be late.
const youth = time.Second

// deskTurns is how often the scheduler looks at its desk before it looks at anything else, which costs more.
const deskTurns = 16

// scheduler decides what is read and sent next. One goroutine owns it and all lanes, without locks; the others reach it
// by putting calls on its desk.
type scheduler struct {
	*session

	desk  *pile[func()]
	jobs  chan func() // for workers that wait
	lanes map[int64]*lane
	turns turns

	sends int // on their way
	out   int // slots taken: on their way, or waiting to be recorded
	// young are the sends by their start; youths is how many of those that are young are still on their way.
	young  queue[*sending]
	youths int

	hungry     queue[*lane] // lanes that may want a fetch
	fetching   int
	backlogged int // lanes with more than was read, at the last sweep

	soonest time.Time // when the next retry of any lane is due, zero for none
	timer   *time.Timer
	sweeps  int
	asking  bool // a sweep's query is under way

	stopping bool
}

// sending is one delivery on its way.
type sending struct {
	began    time.Duration // since the beginning of the session
	young    bool
	ended    bool
	settings int         // the lane's, when it began
	asked    *permission // the lane's, when it began
}

func newScheduler(s *session) *scheduler {
	return &scheduler{session: s, desk: newPile[func()](), jobs: make(chan func()), lanes: map[int64]*lane{}}
}

// run works until it was stopped and all results are recorded, or until the session is lost and all sends have ended.
func (d *scheduler) run(stop <-chan struct{}, wakes <-chan outbox.Wake) {
	sweep := time.NewTicker(d.SweepEvery)
	defer sweep.Stop()
	d.timer = time.NewTimer(0)
	defer d.timer.Stop()
	var (
		grace <-chan time.Time
		calls []func()
		lost  = d.ctx.Done()
	)
	for turn := 0; !d.finished(); turn++ {
		d.startSends()
		d.orderFetches()
		if calls = d.desk.take(calls); len(calls) > 0 {
			for _, call := range calls {
				call()
			}
			if turn%deskTurns != 0 {
				continue
			}
			ring(d.desk.bell) // so that the select does not wait
		}
		d.setTimer()
		select {
		case <-d.desk.bell:
		case wake, ok := <-wakes:
			if !ok { // the session is ending
				wakes = nil
				break
			}
			d.wake(wake)
		case <-sweep.C:
			d.sweep()
		case <-d.timer.C:
			d.retriesDue()
		case <-stop:
			stop, d.stopping = nil, true
			t := time.NewTimer(d.Grace)
			defer t.Stop()
			grace = t.C
		case <-grace:
			d.lose(errGraceOver)
		case <-lost:
			lost = nil
		}
	}
}

func (d *scheduler) finished() bool {
	if d.ctx.Err() != nil {
		return d.sends == 0 // what is not recorded by now belongs to another copy
	}
	return d.stopping && d.out == 0
}

// startSends starts what may be started, lane by lane in turn.
func (d *scheduler) startSends() {
	if d.stopping || d.ctx.Err() != nil {
		return
	}
	d.grow()
	for d.youths < 2*d.Burst {
		l := d.turns.next(d.youths >= d.Burst || d.sends >= d.MaxInFlight)
		if l == nil {
			return
		}
		d.start(l)
		d.turns.add(l)
		d.feed(l)
	}
}

func (d *scheduler) start(l *lane) {
	next, generation := l.start()
	s := &sending{began: d.since(), young: true, settings: l.settings, asked: l.permission}
	if until, resting := l.rest(d.Now()); resting {
		d.expect(until)
	}
	d.young.push(s)
	d.youths++
	d.sends++
	d.out++
	settings, log := l.Lane, l.log // as they are now: they may change during the attempt
	d.work(func() {
		a := d.attempt(settings, next, log)
		d.desk.put(func() { d.ended(l, s, generation, a) })
	})
}

// work runs a job on a goroutine, one that is waiting for another if there is any: its stack has grown already.
func (d *scheduler) work(job func()) {
	select {
	case d.jobs <- job:
	default:
		go func() {
			for job != nil {
				job()
				select {
				case job = <-d.jobs:
				case <-d.ctx.Done():
					return
				}
			}
		}()
	}
}

// grow lets sends that have been on their way for a while count no longer towards the burst.
func (d *scheduler) grow() {
	now := d.since()
	for d.young.len() > 0 {
		oldest := d.young.front()
		if !oldest.ended && now-oldest.began < youth {
			return
		}
		d.young.pop()
		d.comeOfAge(oldest)
	}
}

func (d *scheduler) comeOfAge(s *sending) {
	if s.young {
		s.young = false
		d.youths--
	}
}

// ended takes in the result of an attempt. The slot stays taken until the result is recorded.
func (d *scheduler) ended(l *lane, s *sending, generation int, a *attempt) {
	d.sends--
	s.ended = true
	d.comeOfAge(s)
	l.arrived(s.settings)
	d.tell(l)
	if a.permitted && s.asked == l.permission {
		d.permit(l, a.gap)
	}
	if a.outcome == Aborted {
		l.settle(a.record.DeliveryID)
		d.out--
		d.drained(l)
		return
	}
	r := result{lane: l, epoch: l.Epoch, attempt: &a.record, final: a.final}
	if l.Endpoint != nil {
		r.disable = judge(l, generation, a)
	}
	r.failures = l.failures
	r.attempt.LaneFailures = l.failures
	if r.disable != "" {
		l.shut()
	}
	d.results.put(r)
	if r.disable != "" || len(l.buffer) > 0 && l.out >= l.limit() {
		ring(d.urgent)
	}
}

// permit notes what the endpoint allows. The delivery that found out is the first that counts.
func (d *scheduler) permit(l *lane, gap time.Duration) {
	known := l.permitted
	l.permitted, l.gap = true, gap
	if known {
		return
	}
	if until, resting := l.rest(d.Now()); resting {
		d.expect(until)
	}
}

// judge counts an attempt for its subscription. A reason means that it is to be disabled.
func judge(l *lane, generation int, a *attempt) (disable string) {
	switch {
	case a.outcome == Delivered:
		l.succeeded()
	case a.ours: // says nothing about the endpoint
	case a.outcome == Disable:
		l.failed(generation)
		return a.record.Error
	case l.failed(generation):
		return reasonFailures
	}
	return ""
}

// recorded frees the slots of results that are on record.
func (d *scheduler) recorded(results []result) {
	for i := range results {
		r := &results[i]
		l := r.lane
		if r.attempt == nil { // only a lane to be disabled
			d.drained(l)
			continue
		}
		l.settle(r.attempt.DeliveryID)
		d.out--
		if r.attempt.Outcome == board.AttemptFailed {
			l.dueAt(r.attempt.RetryAt)
			d.expect(r.attempt.RetryAt)
		}
		d.turns.add(l)
		d.feed(l)
		d.drained(l)
	}
}

// expect notes that some retry will be due.
func (d *scheduler) expect(at time.Time) {
	if d.soonest.IsZero() || at.Before(d.soonest) {
		d.soonest = at
	}
}

// setTimer wakes the scheduler for the next retry, and for the end of a youth that holds up others.
func (d *scheduler) setTimer() {
	const idle = time.Hour
	next := idle
	if !d.soonest.IsZero() {
		next = min(next, max(0, d.soonest.Sub(d.Now())))
	}
	if d.youths >= d.Burst {
		next = min(next, max(0, d.young.front().began+youth-d.since()))
	}
	if next < idle {
		d.timer.Reset(next)
	}
}

// retriesDue has the lanes read whose retries have come due.
func (d *scheduler) retriesDue() {
	now := d.Now()
	if d.soonest.IsZero() || d.soonest.After(now) {
		return
	}
	d.soonest = time.Time{}
	for _, l := range d.lanes {
		if l.resting {
			d.wakeUp(l, now)
		}
		switch {
		case l.nextDue.IsZero():
		case l.nextDue.After(now):
			d.expect(l.nextDue)
		default:
			l.nextDue = time.Time{}
			l.more = true
			d.feed(l)
		}
	}
}

// wakeUp ends the pause of a lane when it is over.
func (d *scheduler) wakeUp(l *lane, now time.Time) {
	if l.restUntil.After(now) {
		d.expect(l.restUntil)
		return
	}
	l.resting = false
	d.turns.add(l)
}
