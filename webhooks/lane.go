package webhooks

import (
	"itmanagerjobs/store/outbox"
	"log/slog"
	"time"
)

// disableAfter is how many consecutive failures, over any deliveries, disable a subscription (0.43).
const disableAfter = 10

// lookBack is how far before its cursor a lane is read again when something was put into it: an event is dated by the
// beginning of its transaction, so one that committed late stands before others that have been read.
const lookBack = 5 * time.Second

// lane is what one copy remembers of a lane that it owns: which deliveries it has read, which are on their way, and how
// the endpoint fares. It is a plain state machine without clock, lock or database; the scheduler alone touches it.
type lane struct {
	outbox.Lane

	log *slog.Logger // with what its lines have in common

	// settings counts the changes of the endpoint; sending is how many deliveries are on their way, and outdated how many
	// of those were begun with an endpoint of before. told is the version that nothing on its way is older than, as far
	// as the others know.
	settings int
	sending  int
	outdated int
	told     int64
	// permission is what the endpoint answered when it was asked; nil of one that is not asked. Until it is known,
	// deliveries go one by one.
	permission *permission
	permitted  bool
	// gap is the least time between two deliveries, as the endpoint wishes; resting says that it is not over.
	gap       time.Duration
	resting   bool
	restUntil time.Time

	// inFlight is the most deliveries on their way at once (0.48).
	inFlight int

	buffer []*item
	// known are all deliveries read and not yet settled: in the buffer, on their way, or waiting to be recorded.
	known map[int64]struct{}
	// out counts the slots taken. A slot is held until the result is on record, not only until the answer is there:
	// so a crash repeats no more deliveries than a subscription may have in flight, and a database that is away stops
	// the sending.
	out int

	// failures is the consecutive ones; generation counts all that were ever counted, to tell attempts that were under way
	// when one was (R13).
	failures   int
	generation int

	// more says that there may be due deliveries beyond the cursor.
	more     bool
	fetching bool
	again    bool // something was put in during the fetch
	restart  bool // the fetch is to be followed by one from the beginning
	after    outbox.Position
	rewound  bool // known deliveries may be read again
	// settledMeanwhile were recorded while a fetch was under way, which may still have seen them as due.
	settledMeanwhile []int64
	// nextDue is when the next retry is due, as far as known; zero for none.
	nextDue time.Time

	// closed lanes start nothing and read nothing; they are handed back once nothing is out.
	closed bool
	turn   *round // where it waits for its turn; nil when it does not
	hungry bool   // waits to be read
}

// item is a delivery that was read, with what is to be delivered. Both are nil when it is no longer kept.
type item struct {
	outbox.Queued

	event   *outbox.Event
	message *outbox.Message

	permission *permission // the lane's, when the attempt begins
}

func newLane(l outbox.Lane, inFlight int) *lane {
	return &lane{Lane: l, inFlight: inFlight, failures: l.Failures, known: map[int64]struct{}{}, more: true}
}

// limit is how many may be out now: one at a time after a failure, until a success (R13), and until a permission is known.
func (l *lane) limit() int {
	if l.failures > 0 || l.permission != nil && !l.permitted {
		return 1
	}
	return l.inFlight
}

// ready tells whether a delivery could be started.
func (l *lane) ready() bool { return !l.closed && !l.resting && len(l.buffer) > 0 && l.out < l.limit() }

// start takes a slot for the next delivery. The generation goes back to finish.
func (l *lane) start() (next *item, generation int) {
	next = l.buffer[0]
	l.buffer[0] = nil
	l.buffer = l.buffer[1:]
	l.out++
	l.sending++
	next.permission = l.permission
	return next, l.generation
}

// arrived notes that a delivery is no longer on its way, which was begun with the settings of that count.
func (l *lane) arrived(settings int) {
	l.sending--
	if settings != l.settings {
		l.outdated--
	}
}

// change takes in the endpoint as it is now.
func (l *lane) change(e *outbox.Endpoint) {
	if e != nil && l.Endpoint != nil && e.Version != l.Endpoint.Version {
		l.settings++
		l.outdated = l.sending
	}
	l.Endpoint = e
}

// news tells that from now on nothing is on its way that an older endpoint sent. Others ask only while a secret is
// rotated: they wait for it.
func (l *lane) news() (version int64, ok bool) {
	if l.Endpoint == nil || l.Endpoint.NextSecret == "" || l.outdated > 0 || l.told >= l.Endpoint.Version {
		return 0, false
	}
	l.told = l.Endpoint.Version
	return l.told, true
}

// rest begins the pause after a delivery that the endpoint asked for.
func (l *lane) rest(now time.Time) (until time.Time, resting bool) {
	if l.gap == 0 {
		return time.Time{}, false
	}
	l.resting, l.restUntil = true, now.Add(l.gap)
	return l.restUntil, true
}

// succeeded resets the count.
func (l *lane) succeeded() { l.failures = 0 }

// failed counts a failure and tells whether it is the one that disables the subscription. An attempt that was under way
// when a failure was counted is that same failure (R13).
func (l *lane) failed(generation int) (disable bool) {
	if generation != l.generation {
		return false
	}
	l.generation++
	l.failures++
	return l.failures == disableAfter
}

// settle frees the slot of a delivery whose result is on record.
func (l *lane) settle(id int64) {
	l.out--
	if l.fetching {
		l.settledMeanwhile = append(l.settledMeanwhile, id)
		return
	}
	delete(l.known, id)
}

// dueAt notes that a delivery will be due.
func (l *lane) dueAt(at time.Time) {
	if l.nextDue.IsZero() || at.Before(l.nextDue) {
		l.nextDue = at
	}
}

// fed notes that something was put into the lane.
func (l *lane) fed() {
	l.more = true
	if l.fetching {
		l.again = true
		return
	}
	if !l.after.DueAt.IsZero() {
		l.after = outbox.Position{DueAt: l.after.DueAt.Add(-lookBack)}
		l.rewound = true
	}
}

// rewind reads the lane from its beginning. Only now and then: while somebody holds an old snapshot, everything that
// was delivered since is walked over again.
func (l *lane) rewind() {
	if l.fetching {
		l.restart = true
		return
	}
	l.more = true
	l.after = outbox.Position{}
	l.rewound = true
}

// wants tells whether the lane should be read: its buffer, of the given size, has run down to half.
func (l *lane) wants(size int) bool {
	return !l.closed && !l.fetching && l.more && len(l.buffer) <= l.share(size)/2
}

// share is how much of a buffer the lane needs: next to nothing while it goes one by one.
func (l *lane) share(size int) int {
	if l.limit() == 1 {
		return min(size, 2)
	}
	return size
}

// beginFetch says what to fetch to fill the buffer.
func (l *lane) beginFetch(size int) outbox.LaneWant {
	limit := l.share(size) - len(l.buffer)
	if l.rewound {
		limit += len(l.known)
	}
	l.fetching, l.rewound = true, false
	return outbox.LaneWant{LaneID: l.ID, Limit: limit, After: l.after}
}

// fetched ends a fetch with what it found, in the order of the lane.
func (l *lane) fetched(want outbox.LaneWant, rows []*item) {
	l.fetching = false
	l.more = len(rows) == want.Limit
	for _, row := range rows {
		if _, seen := l.known[row.DeliveryID]; !seen && !l.closed {
			l.known[row.DeliveryID] = struct{}{}
			l.buffer = append(l.buffer, row)
		}
	}
	if n := len(rows); n > 0 {
		l.after = outbox.Position{DueAt: rows[n-1].DueAt, SubjectID: rows[n-1].SubjectID}
	}
	l.endFetch()
}

// unfetched ends a fetch that failed.
func (l *lane) unfetched() {
	l.fetching, l.rewound = false, true
	l.endFetch()
}

func (l *lane) endFetch() {
	for _, id := range l.settledMeanwhile {
		delete(l.known, id)
	}
	l.settledMeanwhile = nil
	if l.again {
		l.fed()
	}
	if l.restart {
		l.rewind()
	}
	l.again, l.restart = false, false
}

// shut stops the lane; what has been read and not begun is forgotten.
func (l *lane) shut() {
	l.closed = true
	l.buffer = nil
}

// drained tells whether a closed lane can be handed back.
func (l *lane) drained() bool { return l.closed && l.out == 0 && !l.fetching }
