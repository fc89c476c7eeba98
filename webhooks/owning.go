package webhooks

import (
	"itmanagerjobs/store/outbox"
)

// adopt takes over lanes that this copy now owns.
func (d *scheduler) adopt(lanes []outbox.Lane) {
	for _, settings := range lanes {
		if d.lanes[settings.ID] != nil || d.kinds[settings.Kind] == nil {
			continue
		}
		l := newLane(settings, d.InFlight)
		l.log = laneLog(d.Log, settings)
		l.permission = d.kinds[l.Kind].permission(settings)
		d.lanes[l.ID] = l
		d.tell(l)
		if l.Endpoint != nil && l.failures >= disableAfter {
			// The copy that counted the last failure died before it could say so.
			l.shut()
			d.results.put(result{lane: l, epoch: l.Epoch, disable: reasonFailures, failures: l.failures})
		}
		d.feed(l)
	}
}

// refresh takes in the settings of all lanes that this copy owns. A lane that is closed stays so: it is handed back
// and, if it is wanted again, taken anew.
func (d *scheduler) refresh(owned []outbox.Lane) {
	missing := make(map[int64]bool, len(d.lanes))
	for id := range d.lanes {
		missing[id] = true
	}
	var unknown []outbox.Lane
	for _, settings := range owned {
		delete(missing, settings.ID)
		l := d.lanes[settings.ID]
		switch {
		case l == nil:
			unknown = append(unknown, settings)
		case settings.Epoch != l.Epoch || settings.Paused:
			d.release(l)
		default:
			d.change(l, settings)
		}
	}
	for id := range missing {
		d.release(d.lanes[id])
	}
	d.adopt(unknown)
}

// change takes in the settings of a lane. An endpoint that has moved is asked again.
func (d *scheduler) change(l *lane, settings outbox.Lane) {
	if settings.Endpoint != nil && l.Endpoint != nil && settings.Endpoint.URL != l.Endpoint.URL {
		l.permission, l.permitted, l.gap = d.kinds[l.Kind].permission(settings), false, 0
	}
	l.change(settings.Endpoint)
	l.log = laneLog(d.Log, settings)
	d.tell(l)
}

// tell lets the others know what nothing on its way is older than.
func (d *scheduler) tell(l *lane) {
	if version, ok := l.news(); ok {
		d.claims.saw(outbox.LaneSettings{LaneID: l.ID, Epoch: l.Epoch, Version: version})
	}
}

// shrink gives up lanes until no more than share are left, those that are at rest first.
func (d *scheduler) shrink(share int) {
	open := 0
	for _, l := range d.lanes {
		if !l.closed {
			open++
		}
	}
	for _, atRest := range []bool{true, false} {
		for _, l := range d.lanes {
			if open <= share {
				return
			}
			if !l.closed && (l.out == 0 && len(l.buffer) == 0) == atRest {
				d.release(l)
				open--
			}
		}
	}
}

func (d *scheduler) release(l *lane) {
	l.shut()
	d.drained(l)
}

// drained hands a lane back when it is closed and nothing of it is out.
func (d *scheduler) drained(l *lane) {
	if l.drained() && d.lanes[l.ID] == l {
		delete(d.lanes, l.ID)
		d.claims.handBack(l.ID)
	}
}
