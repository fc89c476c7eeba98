package webhooks

import (
	"itmanagerjobs/store/outbox"
)

// Sizes of the buffers of one copy, in deliveries.
const (
	bufferTotal = 16 << 10 // over all lanes
	bufferMax   = 400      // of one lane
	bufferMin   = 16       // of one lane, however many there are
	fetchRows   = 1000     // a fetch asks for about this many
)

// sweepsPerRewind is after how many sweeps the lanes that have due deliveries are read from their beginning again.
const sweepsPerRewind = 10

// queueFetch queues a lane for a fetch if it needs one.
func (d *scheduler) queueFetch(l *lane) {
	if !l.fetchQueued && l.needsFetch(d.bufferSize()) {
		l.fetchQueued = true
		d.fetchQueue.push(l)
	}
	if l.fetchQueued && !l.starved && len(l.buffer) == 0 {
		l.starved = true
		d.starved++
	}
}

func (d *scheduler) bufferSize() int {
	return max(bufferMin, min(bufferMax, bufferTotal/max(1, d.backlogged)))
}

// startFetches gives the queued lanes to the fetchers, many lanes in one request. While one fetches, lanes that have something to
// send gather for the next request; a lane that has nothing does not wait.
func (d *scheduler) startFetches() {
	if d.stopping || d.ctx.Err() != nil {
		return
	}
	for d.fetching < fetchers && d.fetchQueue.len() > 0 && (d.fetching == 0 || d.starved > 0) {
		request := fetchRequest{kinds: map[int64]outbox.LaneKind{}}
		for rows := 0; rows < fetchRows && d.fetchQueue.len() > 0; {
			l := d.fetchQueue.pop()
			l.fetchQueued = false
			if l.starved {
				l.starved = false
				d.starved--
			}
			if !l.needsFetch(d.bufferSize()) {
				continue
			}
			want := l.beginFetch(d.bufferSize())
			rows += want.Limit
			request.lanes = append(request.lanes, l)
			request.wants = append(request.wants, want)
			request.kinds[l.ID] = l.Kind
		}
		if len(request.wants) > 0 {
			d.fetching++
			d.fetches <- request // it has room for one request per fetcher
		}
	}
}

// fetchEnded adds the deliveries that a fetch found to their lanes. After an error the lanes are read again at the next sweep. A
// lane whose secrets have changed drops them, and reads them again once it has its settings: an event that is made after the
// activation of a secret is signed by that one.
func (d *scheduler) fetchEnded(request fetchRequest, rows map[int64][]*item, err error) {
	d.fetching--
	for i, l := range request.lanes {
		switch {
		case err != nil:
			l.fetchFailed()
		case l.stale(rows[l.ID]):
			l.fetchFailed()
			d.requests.refresh()
		default:
			l.fetched(request.wants[i], rows[l.ID])
			d.ready.push(l)
			d.queueFetch(l)
		}
		d.releaseIfDrained(l)
	}
}

// notified handles a notification: lanes have new deliveries, or settings have changed.
func (d *scheduler) notified(w outbox.Wake) {
	if w.Settings {
		d.requests.refresh()
	}
	if w.All {
		for _, l := range d.lanes {
			l.deliveriesAdded()
			d.queueFetch(l)
		}
		return
	}
	for _, id := range w.Lanes {
		if l := d.lanes[id]; l != nil {
			l.deliveriesAdded()
			d.queueFetch(l)
		}
	}
}

// sweep searches for due deliveries that no notification reported: retries that another copy recorded, and deliveries of a copy
// that died between its commit and its notification.
func (d *scheduler) sweep() {
	d.sweeps++
	rewind := d.sweeps%sweepsPerRewind == 0
	d.backlogged = 0
	var wants []outbox.LaneWant
	for _, l := range d.lanes {
		switch {
		case l.closed:
		case l.hasMore || l.fetching:
			d.backlogged++
			if rewind {
				l.rewind()
			}
			d.queueFetch(l)
		default:
			wants = append(wants, outbox.LaneWant{LaneID: l.ID})
		}
	}
	d.metrics.lanes.Set(float64(len(d.lanes)))
	if d.sweeping || len(wants) == 0 || d.stopping {
		return
	}
	d.sweeping = true
	go func() {
		dues, err := d.Queue.Due(d.ctx, wants)
		d.mailbox.put(func() { d.sweepEnded(dues, rewind, err) })
	}()
}

func (d *scheduler) sweepEnded(dues []outbox.LaneDue, rewind bool, err error) {
	d.sweeping = false
	if err != nil {
		d.warn("look for due deliveries", err)
		return
	}
	now := d.Now()
	for _, due := range dues {
		l := d.lanes[due.LaneID]
		switch {
		case l == nil:
		case due.DueAt.After(now):
			l.retryAt(due.DueAt)
			d.wakeAt(due.DueAt)
		case rewind:
			l.rewind()
			d.queueFetch(l)
		default:
			l.hasMore = true
			d.queueFetch(l)
		}
	}
}
