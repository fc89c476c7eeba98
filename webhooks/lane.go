package webhooks

import (
	"log/slog"
	"slices"
	"time"

	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/outbox"
)

// disableAfter is how many failures in a row, of any deliveries, disable a subscription. The contract promises this number with
// the operation createWebhook.
const disableAfter = delivery.MaxFailures

// lookBack is how far before its position a lane is read again when it has new deliveries. An event has the time at which its
// transaction began, so an event that committed late stands before events that have been read.
const lookBack = 5 * time.Second

// lane is the state of a lane that this worker owns: which deliveries were read, which are in flight, and how the endpoint
// answers. It is a state machine without clock, lock or database. Only the scheduler uses it.
type lane struct {
	outbox.Lane

	log *slog.Logger // its lines have the attributes of the lane

	// revision counts the changes of the endpoint's secrets. inFlight counts the deliveries in flight, and outdated those
	// of them that began with an earlier revision. acknowledged is the latest version of the settings for which the other
	// copies know that no delivery in flight uses an earlier one.
	revision     int
	inFlight     int
	outdated     int
	acknowledged int64
	// permission is the endpoint's answer to the handshake, nil for a profile without handshake. Until permitted is true,
	// the lane has one delivery in flight at a time.
	permission *permission
	permitted  bool
	// minGap is the least time between two deliveries, as the endpoint asked. A lane that is throttled waits until
	// throttledUntil.
	minGap         time.Duration
	throttled      bool
	throttledUntil time.Time

	// maxInFlight is Config.InFlight.
	maxInFlight int

	buffer []*item
	// known has the ids of the deliveries that were read and are not settled: in the buffer, in flight, or to be recorded.
	known map[int64]struct{}
	// slotsUsed is at most limit(). A delivery keeps its slot until its result is recorded and not only until the answer
	// has come. So a crash repeats at most as many deliveries as a subscription may have in flight, and a database that
	// cannot be reached stops the sending.
	slotsUsed int

	// failures counts the failures in a row. failureGeneration counts all failures that were ever counted: it tells the
	// attempts that began before one of them.
	failures          int
	failureGeneration int

	// hasMore means that the lane may have due deliveries after position.
	hasMore  bool
	position outbox.Position
	fetching bool
	// addedDuringFetch means that the lane got new deliveries while a fetch was running, and rewindAfterFetch that the
	// next fetch must start at the beginning.
	addedDuringFetch bool
	rewindAfterFetch bool
	rewound          bool // the next fetch may read known deliveries again
	// settledDuringFetch are deliveries that a running fetch may still see as due.
	settledDuringFetch []int64
	// nextRetry is when the next retry is due, as far as known; zero for none.
	nextRetry time.Time

	// closed means that nothing is started or fetched any more. The lane is released once no slot is in use.
	closed      bool
	queuedIn    *roundRobin // the part of the ready queue that the lane is in, nil for none
	fetchQueued bool        // the lane is in the fetch queue
	starved     bool        // and has nothing to send
}

// item is a delivery that was read, with what it delivers. Event and message are nil when they are no longer kept.
type item struct {
	outbox.Queued

	event   *outbox.Event
	message *outbox.Message

	permission *permission // the lane's, when the attempt begins
}

func newLane(l outbox.Lane, maxInFlight int) *lane {
	return &lane{Lane: l, maxInFlight: maxInFlight, failures: l.Failures, known: map[int64]struct{}{}, hasMore: true}
}

// limit is how many slots may be in use now. It is 1 after a failure until the next success, so that a dead endpoint takes one
// slot, and until the endpoint has permitted deliveries.
func (l *lane) limit() int {
	if l.failures > 0 || l.permission != nil && !l.permitted {
		return 1
	}
	return l.maxInFlight
}

// ready reports whether a delivery can be started.
func (l *lane) ready() bool {
	return !l.closed && !l.throttled && len(l.buffer) > 0 && l.slotsUsed < l.limit()
}

// start takes the next delivery and a slot. The caller passes generation to failed if the attempt fails.
func (l *lane) start() (next *item, generation int) {
	next = l.buffer[0]
	l.buffer[0] = nil
	l.buffer = l.buffer[1:]
	l.slotsUsed++
	l.inFlight++
	next.permission = l.permission
	return next, l.failureGeneration
}

// sendEnded notes that a delivery, which began with the given revision, is no longer in flight.
func (l *lane) sendEnded(revision int) {
	l.inFlight--
	if revision != l.revision {
		l.outdated--
	}
}

// setEndpoint replaces the settings of the endpoint. What is in flight is outdated only by other secrets: an activation, which
// waits for it, must not be put off by changes of the rest.
func (l *lane) setEndpoint(e *outbox.Endpoint) {
	if e != nil && l.Endpoint != nil && (e.Secret != l.Endpoint.Secret || e.NextSecret != l.Endpoint.NextSecret) {
		l.revision++
		l.outdated = l.inFlight
	}
	l.Endpoint = e
}

// acknowledgement returns the version of the settings that every delivery in flight uses. ok is false when nobody waits for it:
// no secret is being rotated, or it was returned before, or deliveries with earlier settings are still in flight.
func (l *lane) acknowledgement() (version int64, ok bool) {
	if l.Endpoint == nil || l.Endpoint.NextSecret == "" || l.outdated > 0 || l.acknowledged >= l.Endpoint.Version {
		return 0, false
	}
	l.acknowledged = l.Endpoint.Version
	return l.acknowledged, true
}

// throttle begins the pause after a delivery, if the endpoint asked for one.
func (l *lane) throttle(now time.Time) (until time.Time, throttled bool) {
	if l.minGap == 0 {
		return time.Time{}, false
	}
	l.throttled, l.throttledUntil = true, now.Add(l.minGap)
	return l.throttledUntil, true
}

// succeeded ends the row of failures.
func (l *lane) succeeded() { l.failures = 0 }

// failed counts a failure and reports whether it is the one that disables the subscription. When an attempt fails that began
// before the last failure was counted, it is not counted: one outage fails every attempt in flight, and is one failure.
func (l *lane) failed(generation int) (disable bool) {
	if generation != l.failureGeneration {
		return false
	}
	l.failureGeneration++
	l.failures++
	return l.failures == disableAfter
}

// settle frees the slot of a delivery whose result was recorded, or whose attempt was aborted.
func (l *lane) settle(id int64) {
	l.slotsUsed--
	if l.fetching {
		l.settledDuringFetch = append(l.settledDuringFetch, id)
		return
	}
	delete(l.known, id)
}

// retryAt notes when a delivery of the lane is due.
func (l *lane) retryAt(at time.Time) {
	if l.nextRetry.IsZero() || at.Before(l.nextRetry) {
		l.nextRetry = at
	}
}

// deliveriesAdded notes that the lane has new deliveries.
func (l *lane) deliveriesAdded() {
	l.hasMore = true
	if l.fetching {
		l.addedDuringFetch = true
		return
	}
	if !l.position.DueAt.IsZero() {
		l.position = outbox.Position{DueAt: l.position.DueAt.Add(-lookBack)}
		l.rewound = true
	}
}

// rewind makes the next fetch start at the beginning of the lane. It is expensive while some transaction holds an old snapshot:
// the fetch then passes all rows that were delivered since.
func (l *lane) rewind() {
	if l.fetching {
		l.rewindAfterFetch = true
		return
	}
	l.hasMore = true
	l.position = outbox.Position{}
	l.rewound = true
}

// needsFetch reports whether the lane may have more deliveries and its buffer, of the given size, is at most half full.
func (l *lane) needsFetch(size int) bool {
	return !l.closed && !l.fetching && l.hasMore && len(l.buffer) <= l.usableBuffer(size)/2
}

// usableBuffer is how much of a buffer the lane needs: two deliveries while its limit is one.
func (l *lane) usableBuffer(size int) int {
	if l.limit() == 1 {
		return min(size, 2)
	}
	return size
}

// beginFetch returns what to fetch so that the buffer, of the given size, is full.
func (l *lane) beginFetch(size int) outbox.LaneWant {
	limit := l.usableBuffer(size) - len(l.buffer)
	if l.rewound {
		limit += len(l.known)
	}
	l.fetching, l.rewound = true, false
	return outbox.LaneWant{LaneID: l.ID, Limit: limit, After: l.position}
}

// fetched ends a fetch and adds the rows that it found, in the order of the lane.
func (l *lane) fetched(want outbox.LaneWant, rows []*item) {
	l.fetching = false
	l.hasMore = len(rows) == want.Limit
	for _, row := range rows {
		if _, isKnown := l.known[row.DeliveryID]; !isKnown && !l.closed {
			l.known[row.DeliveryID] = struct{}{}
			l.buffer = append(l.buffer, row)
		}
	}
	if n := len(rows); n > 0 {
		l.position = outbox.Position{DueAt: rows[n-1].DueAt, SubjectID: rows[n-1].SubjectID}
	}
	l.endFetch()
}

// stale reports whether one of the rows was read when the secrets were newer than those that the lane would sign it with.
func (l *lane) stale(rows []*item) bool {
	return l.Endpoint != nil && slices.ContainsFunc(rows, func(row *item) bool { return row.SecretsVersion > l.Endpoint.Version })
}

// fetchFailed ends a fetch that failed.
func (l *lane) fetchFailed() {
	l.fetching, l.rewound = false, true
	l.endFetch()
}

func (l *lane) endFetch() {
	for _, id := range l.settledDuringFetch {
		delete(l.known, id)
	}
	l.settledDuringFetch = nil
	if l.addedDuringFetch {
		l.deliveriesAdded()
	}
	if l.rewindAfterFetch {
		l.rewind()
	}
	l.addedDuringFetch, l.rewindAfterFetch = false, false
}

// close stops the lane and drops the deliveries in its buffer. The database still has them.
func (l *lane) close() {
	l.closed = true
	l.buffer = nil
}

// drained reports whether the lane is closed and can be released.
func (l *lane) drained() bool { return l.closed && l.slotsUsed == 0 && !l.fetching }
