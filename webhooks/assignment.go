package webhooks

import (
	"itmanagerjobs/store/outbox"
)

// addLanes adds lanes that this worker has become the owner of.
func (d *scheduler) addLanes(lanes []outbox.Lane) {
	for _, settings := range lanes {
		if d.lanes[settings.ID] != nil || d.kinds[settings.Kind] == nil {
			continue
		}
		l := newLane(settings, d.InFlight)
		l.log = laneLog(d.Log, settings)
		l.permission = d.kinds[l.Kind].permission(settings)
		d.lanes[l.ID] = l
		d.acknowledge(l)
		if l.Endpoint != nil && l.failures >= disableAfter {
			// The owner that counted the last failure died before it could disable the subscription.
			l.close()
			d.results.put(result{lane: l, epoch: l.Epoch, disableReason: reasonFailures, failures: l.failures})
		}
		d.queueFetch(l)
	}
}

// syncLanes makes the lanes those that the database says this worker owns, with their settings. A closed lane stays closed: it
// is released and, if it has an owner again, added anew.
func (d *scheduler) syncLanes(owned []outbox.Lane) {
	missing := make(map[int64]bool, len(d.lanes))
	for id := range d.lanes {
		missing[id] = true
	}
	var added []outbox.Lane
	for _, settings := range owned {
		delete(missing, settings.ID)
		l := d.lanes[settings.ID]
		switch {
		case l == nil:
			added = append(added, settings)
		case settings.Epoch != l.Epoch || settings.Paused:
			d.closeLane(l)
		default:
			d.updateLane(l, settings)
		}
	}
	for id := range missing {
		d.closeLane(d.lanes[id])
	}
	d.addLanes(added)
}

// updateLane replaces the settings of a lane. An endpoint with a new URL needs a new handshake.
func (d *scheduler) updateLane(l *lane, settings outbox.Lane) {
	if settings.Endpoint != nil && l.Endpoint != nil && settings.Endpoint.URL != l.Endpoint.URL {
		l.permission, l.permitted, l.minGap = d.kinds[l.Kind].permission(settings), false, 0
	}
	l.setEndpoint(settings.Endpoint)
	l.log = laneLog(d.Log, settings)
	d.acknowledge(l)
	d.queueFetch(l) // a fetch may have waited for the settings
}

// acknowledge lets the coordinator record, during a rotation of the secret, which version of the settings every delivery in
// flight uses.
func (d *scheduler) acknowledge(l *lane) {
	if version, ok := l.acknowledgement(); ok {
		d.requests.acknowledge(outbox.LaneSettings{LaneID: l.ID, Epoch: l.Epoch, Version: version})
	}
}

// shrinkTo closes lanes until no more than share are open. It begins with those that have no deliveries.
func (d *scheduler) shrinkTo(share int) {
	open := 0
	for _, l := range d.lanes {
		if !l.closed {
			open++
		}
	}
	for _, empty := range []bool{true, false} {
		for _, l := range d.lanes {
			if open <= share {
				return
			}
			if !l.closed && (l.slotsUsed == 0 && len(l.buffer) == 0) == empty {
				d.closeLane(l)
				open--
			}
		}
	}
}

func (d *scheduler) closeLane(l *lane) {
	l.close()
	d.releaseIfDrained(l)
}

// releaseIfDrained lets the coordinator release a lane that is closed and has no slot in use.
func (d *scheduler) releaseIfDrained(l *lane) {
	if l.drained() && d.lanes[l.ID] == l {
		delete(d.lanes, l.ID)
		d.requests.releaseLane(l.ID)
	}
}
