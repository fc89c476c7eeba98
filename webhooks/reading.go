package webhooks

import (
	"itmanagerjobs/store/outbox"
)

// Bounds of what one copy reads ahead.
const (
	bufferAll  = 16 << 10 // deliveries, over all lanes
	bufferMost = 400      // of one lane
	bufferLess = 16       // of one lane among very many
	fetchRows  = 1000     // rows that one fetch asks for, more or less
)

// sweepsPerRewind is after how many sweeps lanes with due deliveries are read from their beginning again.
const sweepsPerRewind = 10

// feed queues a lane for reading when it may want it.
func (d *scheduler) feed(l *lane) {
	if !l.hungry && l.wants(d.bufferSize()) {
		l.hungry = true
		d.hungry.push(l)
	}
}

func (d *scheduler) bufferSize() int {
	return max(bufferLess, min(bufferMost, bufferAll/max(1, d.backlogged)))
}

// orderFetches hands hungry lanes to the fetchers, many in one order.
func (d *scheduler) orderFetches() {
	if d.stopping || d.ctx.Err() != nil {
		return
	}
	for d.fetching < fetchers && d.hungry.len() > 0 {
		order := fetchOrder{kinds: map[int64]outbox.LaneKind{}}
		for rows := 0; rows < fetchRows && d.hungry.len() > 0; {
			l := d.hungry.pop()
			l.hungry = false
			if !l.wants(d.bufferSize()) {
				continue
			}
			want := l.beginFetch(d.bufferSize())
			rows += want.Limit
			order.lanes = append(order.lanes, l)
			order.wants = append(order.wants, want)
			order.kinds[l.ID] = l.Kind
		}
		if len(order.wants) > 0 {
			d.fetching++
			d.fetches <- order // has room for one per fetcher
		}
	}
}

// fetched takes in what a fetch found. On an error the lanes are read again after the next sweep: until then the
// database may be back.
func (d *scheduler) fetched(order fetchOrder, rows map[int64][]*item, err error) {
	d.fetching--
	for i, l := range order.lanes {
		if err != nil {
			l.unfetched()
		} else {
			l.fetched(order.wants[i], rows[l.ID])
			d.turns.add(l)
			d.feed(l)
		}
		d.drained(l)
	}
}

// wake notes what a notification tells: which lanes were fed, or that their settings changed.
func (d *scheduler) wake(w outbox.Wake) {
	if w.Settings {
		d.claims.poke()
	}
	if w.All {
		for _, l := range d.lanes {
			l.fed()
			d.feed(l)
		}
		return
	}
	for _, id := range w.Lanes {
		if l := d.lanes[id]; l != nil {
			l.fed()
			d.feed(l)
		}
	}
}

// sweep looks for what no notification told of: retries that another copy recorded, and deliveries of a copy that died
// between its commit and its notification.
func (d *scheduler) sweep() {
	d.sweeps++
	rewind := d.sweeps%sweepsPerRewind == 0
	d.backlogged = 0
	var ask []outbox.LaneWant
	for _, l := range d.lanes {
		switch {
		case l.closed:
		case l.more || l.fetching:
			d.backlogged++
			if rewind {
				l.rewind()
			}
			d.feed(l)
		default:
			ask = append(ask, outbox.LaneWant{LaneID: l.ID})
		}
	}
	d.metrics.lanes.Set(float64(len(d.lanes)))
	if d.asking || len(ask) == 0 || d.stopping {
		return
	}
	d.asking = true
	go func() {
		dues, err := d.Queue.Due(d.ctx, ask)
		d.desk.put(func() { d.swept(dues, rewind, err) })
	}()
}

func (d *scheduler) swept(dues []outbox.LaneDue, rewind bool, err error) {
	d.asking = false
	if err != nil {
		d.complain("look for due deliveries", err)
		return
	}
	now := d.Now()
	for _, due := range dues {
		l := d.lanes[due.LaneID]
		switch {
		case l == nil:
		case due.DueAt.After(now):
			l.dueAt(due.DueAt)
			d.expect(due.DueAt)
		case rewind:
			l.rewind()
			d.feed(l)
		default:
			l.more = true
			d.feed(l)
		}
	}
}

// complain logs a failure of the database, unless the session is over, which explains it.
func (s *session) complain(what string, err error) {
	if s.ctx.Err() == nil {
		s.Log.Warn("cannot "+what+"; will try again", "error", err)
	}
}
