package webhooks

import (
	"time"

	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/outbox"
)

// recentWindow is how long a delivery in flight counts towards Config.Burst. It is longer than a fast endpoint takes to answer
// on an overloaded machine: with a shorter one, a machine that falls behind would begin more and more deliveries.
const recentWindow = time.Second

// mailboxRounds is how many times in a row the scheduler reads its mailbox before it also looks at its channels, which costs
// more.
const mailboxRounds = 16

// scheduler decides what is fetched and sent next. One goroutine owns it and its lanes, so they need no lock. Other goroutines
// change them by functions that they put into the mailbox.
type scheduler struct {
	*session

	mailbox *mailbox[func()]
	tasks   chan func() // for goroutines that have nothing to do
	lanes   map[int64]*lane
	ready   readyLanes

	inFlight  int // deliveries in flight
	slotsUsed int // deliveries in flight and results that are not recorded yet
	// recentSends holds the sends of the last second and recentInFlight counts those among them that are in flight.
	recentSends    fifo[*send]
	recentInFlight int

	fetchQueue fifo[*lane] // lanes that may need a fetch
	starved    int         // those among them that had nothing to send
	fetching   int         // fetches that are running
	backlogged int         // lanes that had more due deliveries than their buffer takes, at the last sweep

	nextWake time.Time // when the timer must fire for some lane; zero for never
	timer    *time.Timer
	sweeps   int
	sweeping bool // the query of a sweep is running

	stopping bool
}

// send is one delivery in flight.
type send struct {
	began      time.Duration // since the beginning of the session
	recent     bool          // it counts in recentInFlight
	ended      bool
	revision   int         // the lane's, when it began
	permission *permission // the lane's, when it began
}

func newScheduler(s *session) *scheduler {
	return &scheduler{session: s, mailbox: newMailbox[func()](), tasks: make(chan func()), lanes: map[int64]*lane{}}
}

// run works until stop is closed and all results are recorded, or until the session is aborted and all sends have ended.
func (d *scheduler) run(stop <-chan struct{}, wakes <-chan outbox.Wake) {
	sweep := time.NewTicker(d.SweepEvery)
	defer sweep.Stop()
	d.timer = time.NewTimer(0)
	defer d.timer.Stop()
	var (
		grace   <-chan time.Time
		calls   []func()
		aborted = d.ctx.Done()
	)
	for round := 0; !d.finished(); round++ {
		d.startSends()
		d.startFetches()
		if calls = d.mailbox.takeAll(calls); len(calls) > 0 {
			for _, call := range calls {
				call()
			}
			if round%mailboxRounds != 0 {
				continue
			}
			notify(d.mailbox.signal) // so that the select does not wait
		}
		d.setTimer()
		select {
		case <-d.mailbox.signal:
		case wake, ok := <-wakes:
			if !ok { // the session is ending
				wakes = nil
				break
			}
			d.notified(wake)
		case <-sweep.C:
			d.sweep()
		case <-d.timer.C:
			d.timerFired()
		case <-stop:
			stop, d.stopping = nil, true
			t := time.NewTimer(d.Grace)
			defer t.Stop()
			grace = t.C
		case <-grace:
			d.abort(errGraceOver)
		case <-aborted:
			aborted = nil
		}
	}
}

func (d *scheduler) finished() bool {
	if d.ctx.Err() != nil {
		return d.inFlight == 0 // results that are not recorded by now belong to another copy
	}
	return d.stopping && d.slotsUsed == 0
}

// startSends starts as many sends as the limits allow, in the order of the ready queue.
func (d *scheduler) startSends() {
	if d.stopping || d.ctx.Err() != nil {
		return
	}
	d.expireRecent()
	for d.recentInFlight < 2*d.Burst {
		l := d.ready.pop(d.recentInFlight >= d.Burst || d.inFlight >= d.MaxInFlight)
		if l == nil {
			return
		}
		d.startSend(l)
		d.ready.push(l)
		d.queueFetch(l)
	}
}

func (d *scheduler) startSend(l *lane) {
	next, generation := l.start()
	s := &send{began: d.elapsed(), recent: true, revision: l.revision, permission: l.permission}
	if until, throttled := l.throttle(d.Now()); throttled {
		d.wakeAt(until)
	}
	d.recentSends.push(s)
	d.recentInFlight++
	d.inFlight++
	d.ready.started(l)
	d.slotsUsed++
	settings, log := l.Lane, l.log // copies: the lane's may change during the attempt
	d.runTask(func() {
		a := d.attempt(settings, next, log)
		d.mailbox.put(func() { d.sendEnded(l, s, generation, a) })
	})
}

// runTask runs a task on a goroutine that has nothing to do, or else on a new one. A goroutine that is used again need not grow
// its stack again.
func (d *scheduler) runTask(task func()) {
	select {
	case d.tasks <- task:
	default:
		go func() {
			for task != nil {
				task()
				select {
				case task = <-d.tasks:
				case <-d.ctx.Done():
					return
				}
			}
		}()
	}
}

// expireRecent stops counting sends that began longer than recentWindow ago.
func (d *scheduler) expireRecent() {
	now := d.elapsed()
	for d.recentSends.len() > 0 {
		oldest := d.recentSends.front()
		if !oldest.ended && now-oldest.began < recentWindow {
			return
		}
		d.recentSends.pop()
		d.uncountRecent(oldest)
	}
}

func (d *scheduler) uncountRecent(s *send) {
	if s.recent {
		s.recent = false
		d.recentInFlight--
	}
}

// sendEnded handles the result of an attempt. The slot stays in use until the result is recorded.
func (d *scheduler) sendEnded(l *lane, s *send, generation int, a *attempt) {
	d.inFlight--
	d.ready.ended(l)
	s.ended = true
	d.uncountRecent(s)
	l.sendEnded(s.revision)
	d.acknowledge(l)
	if a.permitted && s.permission == l.permission {
		d.permit(l, a.minGap)
	}
	if a.outcome == Aborted {
		l.settle(a.record.DeliveryID)
		d.slotsUsed--
		d.releaseIfDrained(l)
		return
	}
	r := result{lane: l, epoch: l.Epoch, attempt: &a.record, final: a.final}
	if l.Endpoint != nil {
		r.disableReason = countAttempt(l, generation, a)
	}
	r.failures = l.failures
	r.attempt.LaneFailures = l.failures
	if r.disableReason != "" {
		l.close()
	}
	d.results.put(r)
	if r.disableReason != "" || len(l.buffer) > 0 && l.slotsUsed >= l.limit() {
		notify(d.flush)
	}
}

// permit notes that the endpoint permits deliveries, at most one per minGap. The first gap follows the delivery whose handshake
// the endpoint answered.
func (d *scheduler) permit(l *lane, minGap time.Duration) {
	first := !l.permitted
	l.permitted, l.minGap = true, minGap
	if !first {
		return
	}
	if until, throttled := l.throttle(d.Now()); throttled {
		d.wakeAt(until)
	}
}

// countAttempt counts an attempt as a success or a failure of the endpoint. It returns why the subscription is to be disabled,
// or "" when it is not.
func countAttempt(l *lane, generation int, a *attempt) (disableReason string) {
	switch {
	case a.outcome == Delivered:
		l.succeeded()
	case a.localFault: // it says nothing about the endpoint
	case a.outcome == Disable:
		l.failed(generation)
		return a.record.Error
	case l.failed(generation):
		return reasonFailures
	}
	return ""
}

// resultsRecorded frees the slots of results that were recorded.
func (d *scheduler) resultsRecorded(results []result) {
	for i := range results {
		r := &results[i]
		l := r.lane
		if r.attempt == nil { // a subscription to disable, without an attempt
			d.releaseIfDrained(l)
			continue
		}
		l.settle(r.attempt.DeliveryID)
		d.slotsUsed--
		if r.attempt.Outcome == delivery.AttemptFailed {
			l.retryAt(r.attempt.RetryAt)
			d.wakeAt(r.attempt.RetryAt)
		}
		d.ready.push(l)
		d.queueFetch(l)
		d.releaseIfDrained(l)
	}
}

// wakeAt makes the timer fire at the given time, or earlier.
func (d *scheduler) wakeAt(at time.Time) {
	if d.nextWake.IsZero() || at.Before(d.nextWake) {
		d.nextWake = at
	}
}

// setTimer sets the timer for nextWake, and for the moment when the oldest recent send is no longer recent, if that holds up
// others.
func (d *scheduler) setTimer() {
	const never = time.Hour
	next := never
	if !d.nextWake.IsZero() {
		next = min(next, max(0, d.nextWake.Sub(d.Now())))
	}
	if d.recentInFlight >= d.Burst {
		next = min(next, max(0, d.recentSends.front().began+recentWindow-d.elapsed()))
	}
	if next < never {
		d.timer.Reset(next)
	}
}

// timerFired ends throttling that is over, and queues a fetch for lanes whose retries are due.
func (d *scheduler) timerFired() {
	now := d.Now()
	if d.nextWake.IsZero() || d.nextWake.After(now) {
		return
	}
	d.nextWake = time.Time{}
	for _, l := range d.lanes {
		if l.throttled {
			d.unthrottle(l, now)
		}
		switch {
		case l.nextRetry.IsZero():
		case l.nextRetry.After(now):
			d.wakeAt(l.nextRetry)
		default:
			l.nextRetry = time.Time{}
			l.hasMore = true
			d.queueFetch(l)
		}
	}
}

// unthrottle ends the throttling of a lane when its time is over.
func (d *scheduler) unthrottle(l *lane, now time.Time) {
	if l.throttledUntil.After(now) {
		d.wakeAt(l.throttledUntil)
		return
	}
	l.throttled = false
	d.ready.push(l)
}
