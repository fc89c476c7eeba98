package webhooks

import "itmanagerjobs/store/outbox"

// maxMailsInFlight is how many emails of one copy are in flight: each is a connection to the mail server, however many employers send
// some. A lane has at most Config.InFlight of them.
const maxMailsInFlight = 200

// readyLanes are the lanes that may start a delivery: those of emails, which one mail server takes, and the others. Neither kind waits
// for the other's backlog.
type readyLanes struct {
	mails, others readyQueue
	mailsInFlight int
	mailsTurn     bool // those of emails are next
}

// push adds a lane if it is ready, see readyQueue.
func (r *readyLanes) push(l *lane) {
	if l.Kind == outbox.LaneEmail {
		r.mails.push(l)
		return
	}
	r.others.push(l)
}

// pop removes and returns the next lane, by turns one of emails and another, nil when there is none. With idleOnly it takes idle lanes
// only.
func (r *readyLanes) pop(idleOnly bool) *lane {
	r.mailsTurn = !r.mailsTurn
	room := r.mailsInFlight < maxMailsInFlight
	if room && r.mailsTurn {
		if l := r.mails.pop(idleOnly); l != nil {
			return l
		}
	}
	if l := r.others.pop(idleOnly); l != nil || !room {
		return l
	}
	return r.mails.pop(idleOnly)
}

// started and ended note a delivery of a lane.
func (r *readyLanes) started(l *lane) { r.count(l, 1) }
func (r *readyLanes) ended(l *lane)   { r.count(l, -1) }

func (r *readyLanes) count(l *lane, n int) {
	if l.Kind == outbox.LaneEmail {
		r.mailsInFlight += n
	}
}
